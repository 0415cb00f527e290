/// Brings every row to mean 0 and variance 1 over its features, then scales and shifts each feature:
///
///     μ_i = (1/n) Σ_j x_ij      v_i = (1/n) Σ_j (x_ij − μ_i)²      r_i = 1/√(v_i + ε)
///     x̂ = (x − μ) r             A = γ x̂ + β
///
/// γ, β `[1 × n]`; μ, v, r `[m × 1]`; X, X̂, A `[m × n]`. Training and use are the same.
///
/// Backward, with G = Ā ⊙ γ and means over a row:
///
///     γ̄ = Σ_i Ā x̂      β̄ = Σ_i Ā      X̄ = (G − mean(G) − x̂ mean(G x̂)) r
///
/// Source: Ba, Kiros and Hinton, "Layer Normalization", 2016.
public struct LayerNormalization: PlannedLayer, Sendable, Hashable {
  /// ε
  public var epsilon: Double

  /// - Parameter epsilon: ε > 0.
  public init(epsilon: Double = 1e-5) { self.epsilon = epsilon }

  func units(inputs: Int) throws -> Int {
    guard epsilon > 0, epsilon.isFinite else {
      throw PerceptronError(.network, "layer-norm needs an epsilon above 0")
    }
    return inputs
  }

  func parameters(inputs: Int, layer: Int, offset: Int) -> [Parameter] {
    Parameter.rows([.scale, .shift], units: inputs, layer: layer, offset: offset)
  }

  func forward(_ plan: inout Plan, input: Operand, layer: Int, activates: Bool) -> LayerValues {
    let output = plan.batch(columns: input.columns)
    let normalized = plan.batch(columns: input.columns)
    let deviation = plan.batch(columns: 1)
    let pass = Pass(
      layer: self, normalized: normalized, deviation: deviation,
      scale: plan.parameter(.scale, layer: layer))
    plan.add(
      .loop(
        .layerNormalization(
          pass, input, shift: plan.parameter(.shift, layer: layer), into: output)))
    return LayerValues(
      input: input, preActivation: output, activation: output, kept: [normalized, deviation])
  }

  func backward(
    _ plan: inout Plan, values: LayerValues, outputGradient: LayerGradient, layer: Int,
    needsInput: Bool
  ) -> LayerAdjoints {
    let gradient = outputGradient.operand
    let pass = Pass(
      layer: self, normalized: values.kept[0], deviation: values.kept[1],
      scale: plan.parameter(.scale, layer: layer))
    let result = plan.batch(columns: gradient.columns)
    plan.add(.loop(.layerNormalizationGradient(pass, outputGradient: gradient, into: result)))
    plan.add(
      .loop(
        .sumOfProducts(
          gradient, pass.normalized, into: plan.gradient(.scale, layer: layer))))
    plan.add(.sumRows(gradient, into: plan.gradient(.shift, layer: layer)))
    return LayerAdjoints(preActivationGradient: gradient, inputGradient: result)
  }

  /// The operands of a layer in a plan.
  struct Pass: Sendable, Hashable {
    let layer: LayerNormalization
    /// X̂
    let normalized: Operand
    /// √(v + ε) `[m × 1]`
    let deviation: Operand
    let scale: Operand

    /// Rows `range` of X̂ and A.
    func run<Element: Scalar>(
      _ memory: PlanMemory<Element>, rows range: Range<Int>, _ input: Operand, shift: Operand,
      into result: Operand
    ) {
      let n = input.columns
      let (scale, shift) = (memory[scale], memory[shift])
      for i in range {
        let x = memory[input] + i * input.stride
        let normalized = memory[self.normalized] + i * self.normalized.stride
        let a = memory[result] + i * result.stride
        var sum = 0.0
        for j in 0..<n { sum += Double(x[j]) }
        let mean = Element(sum / Double(n))
        sum = 0
        for j in 0..<n {
          let difference = Double(x[j] - mean)
          sum += difference * difference
        }
        let deviation = Element((sum / Double(n) + layer.epsilon).squareRoot())
        memory[self.deviation][i] = deviation
        for j in 0..<n {
          normalized[j] = (x[j] - mean) / deviation
          a[j] = normalized[j] * scale[j] + shift[j]
        }
      }
    }

    /// Rows `range` of X̄.
    func differentiate<Element: Scalar>(
      _ memory: PlanMemory<Element>, rows range: Range<Int>, outputGradient: Operand,
      into result: Operand
    ) {
      let n = outputGradient.columns
      let scale = memory[scale]
      for i in range {
        let gradient = memory[outputGradient] + i * outputGradient.stride
        let normalized = memory[self.normalized] + i * self.normalized.stride
        let x = memory[result] + i * result.stride
        var sum = 0.0
        var product = 0.0
        for j in 0..<n {
          let own = Double(gradient[j] * scale[j])
          sum += own
          product += own * Double(normalized[j])
        }
        let common = Element(sum / Double(n))
        let along = Element(product / Double(n))
        let deviation = memory[deviation][i]
        for j in 0..<n {
          x[j] = (gradient[j] * scale[j] - common - normalized[j] * along) / deviation
        }
      }
    }
  }
}
