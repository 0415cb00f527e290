/// Leaves units out at random while training: A = X ⊙ M with M = 0 with probability p, and 1/(1 − p)
/// otherwise, so that the mean stays; outside of training A = X.
///
/// Backward: X̄ = Ā ⊙ M. Which units are left out in a step is a function of the seed, the layer, the
/// step and the unit's place in the batch: neither threads nor an interruption change it.
///
/// Source: Srivastava et al., "Dropout: A Simple Way to Prevent Neural Networks from Overfitting",
/// JMLR 15, 2014 (in its inverted form).
public struct Dropout: PlannedLayer, Sendable, Hashable {
  /// p, the share left out: 0 ≤ p < 1.
  public var rate: Double

  /// - Parameter rate: p.
  public init(rate: Double = 0.5) { self.rate = rate }

  func units(inputs: Int) throws -> Int {
    guard rate >= 0, rate < 1 else {
      throw PerceptronError(
        .network, "the dropout rate must be at least 0 and below 1, not \(rate)")
    }
    return inputs
  }

  func parameters(inputs: Int, layer: Int, offset: Int) -> [Parameter] { [] }

  func forward(_ plan: inout Plan, input: Operand, layer: Int, activates: Bool) -> LayerValues {
    guard plan.isTraining, rate > 0 else {
      return LayerValues(input: input, preActivation: input, activation: input)
    }
    let mask = plan.batch(columns: input.columns)
    let output = plan.batch(columns: input.columns)
    if plan.drawsMasks { plan.add(.loop(.dropoutMask(self, layer: layer, into: mask))) }
    plan.add(.loop(.multiply(input, mask, into: output)))
    return LayerValues(input: input, preActivation: output, activation: output, kept: [mask])
  }

  func backward(
    _ plan: inout Plan, values: LayerValues, outputGradient: LayerGradient, layer: Int,
    needsInput: Bool
  ) -> LayerAdjoints {
    let gradient = outputGradient.operand
    guard needsInput, let mask = values.kept.first else {
      return LayerAdjoints(preActivationGradient: gradient, inputGradient: gradient)
    }
    let result = plan.keepsEverything ? plan.batch(columns: gradient.columns) : gradient
    plan.add(.loop(.multiply(gradient, mask, into: result)))
    return LayerAdjoints(preActivationGradient: gradient, inputGradient: result)
  }
}

extension Dropout {
  /// Writes rows `range` of M `[m × n]`, whose first row is `firstRow` of its update.
  ///
  /// Four entries of a row take a word each of the block of `Philox` whose counter is (step, block,
  /// layer): an entry is left out when its word is below p·2³².
  func mask<Element: Scalar>(
    into mask: UnsafeMutablePointer<Element>, columns: Int, rows range: Range<Int>,
    firstRow: Int = 0,
    layer: Int, seed: UInt64, step: UInt64
  ) {
    let random = Philox(key: seed)
    let limit = UInt32((rate * 0x1p32).rounded(.down))
    let kept = Element(1 / (1 - rate))
    let blocks = (columns + 3) / 4
    for i in range {
      let row = mask + i * columns
      for block in 0..<blocks {
        let words = random.block(
          (
            UInt32(truncatingIfNeeded: step),
            UInt32(truncatingIfNeeded: (firstRow + i) * blocks + block),
            UInt32(truncatingIfNeeded: layer), RandomStream.Purpose.dropout.rawValue
          ))
        let j = 4 * block
        row[j] = words.0 < limit ? 0 : kept
        if j + 1 < columns { row[j + 1] = words.1 < limit ? 0 : kept }
        if j + 2 < columns { row[j + 2] = words.2 < limit ? 0 : kept }
        if j + 3 < columns { row[j + 3] = words.3 < limit ? 0 : kept }
      }
    }
  }

  /// M `[rows × columns]` of a step: what multiplies the layer's input.
  ///
  /// - Parameters:
  ///   - rows: m.
  ///   - columns: n.
  ///   - layer: the layer's place in the stack, counted from 0.
  ///   - seed: the training's seed.
  ///   - step: updates made before it, plus 1; 0 for a pass outside of a training.
  public func mask<Element: Scalar>(
    rows: Int, columns: Int, layer: Int, seed: UInt64 = 0, step: UInt64 = 0
  ) -> Matrix<Element> {
    var result = Matrix<Element>(rows: rows, columns: columns)
    result.values.withUnsafeMutableBufferPointer { values in
      guard let base = values.baseAddress else { return }
      mask(into: base, columns: columns, rows: 0..<rows, layer: layer, seed: seed, step: step)
    }
    return result
  }
}
