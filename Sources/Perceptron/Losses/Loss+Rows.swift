extension Loss.Kind {
  /// Computes one row: what the plain executor runs. The kernels compute the same numbers in the
  /// same order.
  ///
  /// - Parameters:
  ///   - output: the network's output A, or its logits, K numbers.
  ///   - targets: T, K numbers.
  ///   - columns: K.
  ///   - factor: c.
  ///   - losses: E: K numbers, or one where the loss is per row. Not multiplied by c.
  ///   - gradient: c ∂ΣE/∂output, K numbers; may be `output`.
  func row<Element: Scalar>(
    output: UnsafePointer<Element>, targets: UnsafePointer<Element>, columns: Int,
    factor c: Element, losses: UnsafeMutablePointer<Element>,
    gradient: UnsafeMutablePointer<Element>
  ) {
    switch self {
    case .crossEntropy:
      losses[0] = CrossEntropy.ofProbabilities(
        output, targets: targets, columns: columns, factor: c, gradient: gradient)
    case .crossEntropyFromLogits:
      losses[0] = CrossEntropy.ofLogits(
        output, targets: targets, columns: columns, factor: c, gradient: gradient)
    default:
      for j in 0..<columns {
        (losses[j], gradient[j]) = element(output: output[j], target: targets[j], factor: c)
      }
    }
  }

  /// One element loss and c times its slope.
  private func element<Element: Scalar>(
    output a: Element, target t: Element, factor c: Element
  ) -> (loss: Element, slope: Element) {
    switch self {
    case .halfSquaredError: SquaredError.half(output: a, target: t, factor: c)
    case .squaredError, .meanSquaredError: SquaredError.full(output: a, target: t, factor: c)
    case .binaryCrossEntropy: BinaryCrossEntropy.ofProbability(a, target: t, factor: c)
    case .binaryCrossEntropyFromLogits: BinaryCrossEntropy.ofLogit(a, target: t, factor: c)
    case .crossEntropy, .crossEntropyFromLogits: misuse("\(rawValue) is of a row")
    }
  }
}
