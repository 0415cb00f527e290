/// Brings every column to mean 0 and variance 1 over the batch, then scales and shifts it:
///
///     μ = (1/m) Σ_i x_i      v = (1/m) Σ_i (x_i − μ)²      r = 1/√(v + ε)
///     x̂ = (x − μ) r          A = γ x̂ + β
///
/// γ, β, μ, v, r `[1 × n]`; X, X̂, A `[m × n]`. Training keeps running statistics, which take the place
/// of μ and v outside of training and in a batch of one row, where nothing varies:
///
///     running mean ← (1 − α) running mean + α μ
///     running variance ← (1 − α) running variance + α v m/(m − 1)
///
/// Backward, with G = Ā ⊙ γ and means over the batch:
///
///     γ̄ = Σ_i Ā x̂      β̄ = Σ_i Ā      X̄ = (G − mean(G) − x̂ mean(G x̂)) r
///
/// and X̄ = G r where the statistics are constants. Sums are in `Double`, in row order.
///
/// Source: Ioffe and Szegedy, "Batch Normalization", ICML 2015.
public struct BatchNormalization: PlannedLayer, Sendable, Hashable {
  /// ε
  public var epsilon: Double
  /// α, the weight of a new batch in the running statistics.
  public var momentum: Double

  /// - Parameters:
  ///   - epsilon: ε > 0.
  ///   - momentum: α, above 0 and at most 1.
  public init(epsilon: Double = 1e-5, momentum: Double = 0.1) {
    self.epsilon = epsilon
    self.momentum = momentum
  }

  func units(inputs: Int) throws -> Int {
    guard epsilon > 0, epsilon.isFinite, momentum > 0, momentum <= 1 else {
      throw PerceptronError(
        .network, "batch-norm needs an epsilon above 0 and a momentum of 0 … 1")
    }
    return inputs
  }

  func parameters(inputs: Int, layer: Int, offset: Int) -> [Parameter] {
    Parameter.rows(
      [.scale, .shift, .runningMean, .runningVariance], units: inputs, layer: layer,
      offset: offset)
  }

  func forward(_ plan: inout Plan, input: Operand, layer: Int, activates: Bool) -> LayerValues {
    let output = plan.batch(columns: input.columns)
    let pass = Pass(
      layer: self, input: input, normalized: plan.batch(columns: input.columns),
      mean: plan.row(columns: input.columns), variance: plan.row(columns: input.columns),
      scale: plan.parameter(.scale, layer: layer), shift: plan.parameter(.shift, layer: layer),
      runningMean: plan.parameter(.runningMean, layer: layer),
      runningVariance: plan.parameter(.runningVariance, layer: layer),
      usesBatch: plan.isTraining)
    plan.add(.loop(.batchNormalization(pass, into: output)))
    if plan.isTraining { plan.addWithUpdate(.loop(.runningStatistics(pass))) }
    return LayerValues(
      input: input, preActivation: output, activation: output,
      kept: [pass.normalized, pass.mean, pass.variance])
  }

  func backward(
    _ plan: inout Plan, values: LayerValues, outputGradient: LayerGradient, layer: Int,
    needsInput: Bool
  ) -> LayerAdjoints {
    let gradient = outputGradient.operand
    let pass = Pass(
      layer: self, input: values.input, normalized: values.kept[0], mean: values.kept[1],
      variance: values.kept[2], scale: plan.parameter(.scale, layer: layer),
      shift: plan.parameter(.shift, layer: layer),
      runningMean: plan.parameter(.runningMean, layer: layer),
      runningVariance: plan.parameter(.runningVariance, layer: layer),
      usesBatch: plan.isTraining)
    let result = plan.keepsEverything ? plan.batch(columns: gradient.columns) : gradient
    plan.add(
      .loop(
        .batchNormalizationGradient(
          pass, outputGradient: gradient, scale: plan.gradient(.scale, layer: layer),
          shift: plan.gradient(.shift, layer: layer), into: result)))
    return LayerAdjoints(preActivationGradient: gradient, inputGradient: result)
  }

  /// The operands of a layer in a plan.
  struct Pass: Sendable, Hashable {
    let layer: BatchNormalization
    let input: Operand
    /// X̂
    let normalized: Operand
    let mean: Operand
    /// v
    let variance: Operand
    let scale: Operand
    let shift: Operand
    let runningMean: Operand
    let runningVariance: Operand
    /// Whether μ and v are the batch's, if it has more than one row.
    let usesBatch: Bool

    /// Columns `range` of X̂ and A.
    func run<Element: Scalar>(
      _ memory: PlanMemory<Element>, rows m: Int, columns range: Range<Int>, into result: Operand
    ) {
      let (x, normalized, a) = (memory[input], memory[self.normalized], memory[result])
      let (mean, variance) = (memory[mean], memory[variance])
      let (scale, shift) = (memory[scale], memory[shift])
      if usesBatch, m > 1 {
        ColumnSums.each(range) { columns, sums in
          ColumnSums.add(x, input.stride, rows: m, columns, into: sums)
          for (place, j) in columns.enumerated() { mean[j] = Element(sums[place] / Double(m)) }
          sums.update(repeating: 0, count: columns.count)
          for i in 0..<m {
            let row = x + i * input.stride + columns.lowerBound
            let center = mean + columns.lowerBound
            for place in 0..<columns.count {
              let difference = Double(row[place] - center[place])
              sums[place] += difference * difference
            }
          }
          for (place, j) in columns.enumerated() { variance[j] = Element(sums[place] / Double(m)) }
        }
      } else {
        let (runningMean, runningVariance) = (memory[runningMean], memory[runningVariance])
        for j in range { (mean[j], variance[j]) = (runningMean[j], runningVariance[j]) }
      }
      let epsilon = Element(layer.epsilon)
      for i in 0..<m {
        for j in range {
          let centered = x[i * input.stride + j] - mean[j]
          let value = centered / (variance[j] + epsilon).squareRoot()
          normalized[i * self.normalized.stride + j] = value
          a[i * result.stride + j] = value * scale[j] + shift[j]
        }
      }
    }

    /// Columns `range` of γ̄, β̄ and X̄, which may be in place of Ā.
    func differentiate<Element: Scalar>(
      _ memory: PlanMemory<Element>, rows m: Int, columns range: Range<Int>,
      outputGradient: Operand, scale scaleResult: Operand, shift shiftResult: Operand,
      into result: Operand
    ) {
      let (gradient, normalized) = (memory[outputGradient], memory[self.normalized])
      let (scaleGradient, shiftGradient) = (memory[scaleResult], memory[shiftResult])
      let (variance, scale, x) = (memory[variance], memory[scale], memory[result])
      ColumnSums.each(range) { columns, sums in
        ColumnSums.add(gradient, outputGradient.stride, rows: m, columns, into: sums)
        for (place, j) in columns.enumerated() { shiftGradient[j] = Element(sums[place]) }
        sums.update(repeating: 0, count: columns.count)
        for i in 0..<m {
          let row = gradient + i * outputGradient.stride + columns.lowerBound
          let other = normalized + i * self.normalized.stride + columns.lowerBound
          for place in 0..<columns.count {
            sums[place] += Double(row[place]) * Double(other[place])
          }
        }
        for (place, j) in columns.enumerated() { scaleGradient[j] = Element(sums[place]) }
      }
      let epsilon = Element(layer.epsilon)
      let share = usesBatch && m > 1 ? 1 / Element(m) : 0
      for i in 0..<m {
        for j in range {
          let own = gradient[i * outputGradient.stride + j]
          let common = shiftGradient[j] * share
          let along = normalized[i * self.normalized.stride + j] * (scaleGradient[j] * share)
          let factor = scale[j] / (variance[j] + epsilon).squareRoot()
          x[i * result.stride + j] = (own - common - along) * factor
        }
      }
    }

    /// Takes the batch into the running statistics.
    func updateStatistics<Element: Scalar>(
      _ memory: PlanMemory<Element>, rows m: Int, columns range: Range<Int>
    ) {
      guard m > 1 else { return }
      let (mean, variance) = (memory[mean], memory[variance])
      let (runningMean, runningVariance) = (memory[runningMean], memory[runningVariance])
      let (new, old) = (Element(layer.momentum), Element(1 - layer.momentum))
      let unbiased = Element(layer.momentum * Double(m) / Double(m - 1))
      for j in range {
        runningMean[j] = old * runningMean[j] + new * mean[j]
        runningVariance[j] = old * runningVariance[j] + unbiased * variance[j]
      }
    }
  }
}
