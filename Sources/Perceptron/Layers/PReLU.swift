/// A rectifier whose slope below 0 is learned, one for each unit: A = max(0, X) + a ⊙ min(0, X).
///
/// a `[1 × n]`; X, A `[m × n]`. Backward: X̄ = Ā where x > 0, else Ā ⊙ a; ā = Σ_i Ā ⊙ min(0, X). At the
/// kink x = 0 the slope is a.
///
/// Source: He et al., "Delving Deep into Rectifiers", ICCV 2015.
public struct PReLU: PlannedLayer, Sendable, Hashable {
  /// What every a starts from.
  public var initialSlope: Double

  /// - Parameter initialSlope: what every a starts from.
  public init(initialSlope: Double = 0.25) { self.initialSlope = initialSlope }

  func units(inputs: Int) throws -> Int {
    guard initialSlope.isFinite else {
      throw PerceptronError(.network, "prelu cannot start from the slope \(initialSlope)")
    }
    return inputs
  }

  func parameters(inputs: Int, layer: Int, offset: Int) -> [Parameter] {
    Parameter.rows([.slope], units: inputs, layer: layer, offset: offset)
  }

  func forward(_ plan: inout Plan, input: Operand, layer: Int, activates: Bool) -> LayerValues {
    let output = plan.batch(columns: input.columns)
    plan.add(.loop(.prelu(input, slope: plan.parameter(.slope, layer: layer), into: output)))
    return LayerValues(input: input, preActivation: input, activation: output)
  }

  func backward(
    _ plan: inout Plan, values: LayerValues, outputGradient: LayerGradient, layer: Int,
    needsInput: Bool
  ) -> LayerAdjoints {
    let gradient = outputGradient.operand
    let result = plan.batch(columns: gradient.columns)
    plan.add(
      .loop(
        .preluGradient(
          gradient, input: values.input, slope: plan.parameter(.slope, layer: layer),
          into: result)))
    plan.add(
      .loop(
        .preluSlopeGradient(
          gradient, input: values.input, into: plan.gradient(.slope, layer: layer))))
    return LayerAdjoints(preActivationGradient: result, inputGradient: result)
  }
}

extension PReLU {
  /// Rows `range` of A.
  static func run<Element: Scalar>(
    _ memory: PlanMemory<Element>, rows range: Range<Int>, _ input: Operand, slope: Operand,
    into result: Operand
  ) {
    let slope = memory[slope]
    for i in range {
      let x = memory[input] + i * input.stride
      let a = memory[result] + i * result.stride
      for j in 0..<input.columns { a[j] = x[j] <= 0 ? x[j] * slope[j] : x[j] }
    }
  }

  /// Rows `range` of X̄.
  static func differentiate<Element: Scalar>(
    _ memory: PlanMemory<Element>, rows range: Range<Int>, _ gradient: Operand, input: Operand,
    slope: Operand, into result: Operand
  ) {
    let slope = memory[slope]
    for i in range {
      let x = memory[input] + i * input.stride
      let own = memory[gradient] + i * gradient.stride
      let into = memory[result] + i * result.stride
      for j in 0..<input.columns { into[j] = x[j] <= 0 ? own[j] * slope[j] : own[j] }
    }
  }

  /// Columns `range` of ā.
  static func differentiateSlope<Element: Scalar>(
    _ memory: PlanMemory<Element>, rows m: Int, columns range: Range<Int>, _ gradient: Operand,
    input: Operand, into result: Operand
  ) {
    let (x, own, into) = (memory[input], memory[gradient], memory[result])
    ColumnSums.each(range) { columns, sums in
      for i in 0..<m {
        let (below, along) = (x + i * input.stride, own + i * gradient.stride)
        for (place, j) in columns.enumerated() where below[j] <= 0 {
          sums[place] += Double(below[j]) * Double(along[j])
        }
      }
      for (place, j) in columns.enumerated() { into[j] = Element(sums[place]) }
    }
  }
}
