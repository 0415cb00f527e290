extension MLP where Element == Double {
  /// Output k of every row, and its slope in the inputs: ∂A_k/∂X `[m × n₀]`.
  ///
  /// The backward pass starts from a loss, and this is a loss of slope exactly 1: to the network is
  /// appended a layer of one unit, Z = ε A_k + 1 with ε = 2⁻²⁰⁰, and of it the half squared error
  /// against 0 is taken. For |A_k| below 2¹⁴⁷ the sum is rounded to 1, which makes Z̄ = 1 and
  /// Ā_k = ε, a power of two that scales every further number without rounding; where A_k is larger,
  /// Z̄ is known and divided out. Nothing is approximated and no rule is written twice.
  ///
  /// - Throws: `PerceptronError` for a network with an activation that has no useful derivative.
  func outputGradient(
    _ k: Int, at inputs: Matrix<Double>
  ) throws -> (outputs: [Double], gradient: Matrix<Double>) {
    let small = 0x1p-200
    let layers = architecture.layers + [.dense(1, .identity)]
    let selection = (0..<outputs).map { $0 == k ? small : 0 }
    let model = try MLP(
      Architecture(inputs: self.inputs, layers: layers), parameters: parameters + selection + [1])
    let pass = try model.backwardPass(
      inputs: inputs, targets: Matrix(rows: inputs.rows, columns: 1),
      loss: .halfSquaredError.reduced(by: .sum), mode: .inference)
    let activation = pass.layers[architecture.layers.count - 1].activation
    let slopes = pass.layers[architecture.layers.count].preActivationGradient
    var gradient = pass.inputGradient
    for i in 0..<gradient.rows {
      for j in 0..<gradient.columns {
        gradient[i, j] = gradient[i, j] / small / slopes[i, 0]
      }
    }
    return ((0..<inputs.rows).map { activation[$0, k] }, gradient)
  }
}
