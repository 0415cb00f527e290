extension Loss {
  /// Computes one row: what the plain executor runs. The kernels compute the same numbers in the
  /// same order.
  ///
  /// - Parameters:
  ///   - output: the network's output A, or its logits, K numbers.
  ///   - targets: T, K numbers.
  ///   - complement: what stands for 1 − T where it is weighted, K numbers.
  ///   - columns: K.
  ///   - factor: c.
  ///   - losses: E: K numbers, or one where the loss is per row. Not multiplied by c.
  ///   - gradient: c ∂ΣE/∂output, K numbers; may be `output`.
  func row<Element: Scalar>(
    output: UnsafePointer<Element>, targets: UnsafePointer<Element>,
    complement: UnsafePointer<Element>? = nil, columns: Int,
    factor c: Element, losses: UnsafeMutablePointer<Element>,
    gradient: UnsafeMutablePointer<Element>
  ) {
    switch kind {
    case .crossEntropy:
      losses[0] = CrossEntropy.ofProbabilities(
        output, targets: targets, columns: columns, factor: c, gradient: gradient)
    case .crossEntropyFromLogits where isUnnormalised:
      losses[0] = CrossEntropy.ofLogits(
        output, unnormalised: targets, columns: columns, factor: c, gradient: gradient)
    case .crossEntropyFromLogits:
      losses[0] = CrossEntropy.ofLogits(
        output, targets: targets, columns: columns, factor: c, gradient: gradient)
    case .klDivergence:
      losses[0] = KullbackLeibler.ofProbabilities(
        output, targets: targets, columns: columns, factor: c, gradient: gradient)
    case .klDivergenceFromLogits:
      losses[0] = KullbackLeibler.ofLogits(
        output, targets: targets, columns: columns, factor: c, gradient: gradient)
    case .focalFromLogits:
      losses[0] = Focal.ofLogits(
        output, targets: targets, columns: columns, factor: c, gamma: Element(parameter),
        gradient: gradient)
    default:
      for j in 0..<columns {
        (losses[j], gradient[j]) = element(
          output: output[j], target: targets[j], complement: complement?[j] ?? 1 - targets[j],
          factor: c)
      }
    }
  }

  /// One element loss and c times its slope.
  private func element<Element: Scalar>(
    output a: Element, target t: Element, complement u: Element, factor c: Element
  ) -> (loss: Element, slope: Element) {
    switch kind {
    case .halfSquaredError: SquaredError.half(output: a, target: t, factor: c)
    case .squaredError, .meanSquaredError: SquaredError.full(output: a, target: t, factor: c)
    case .absoluteError: AbsoluteError.absolute(output: a, target: t, factor: c)
    case .quantile:
      AbsoluteError.quantile(output: a, target: t, factor: c, tau: Element(parameter))
    case .huber: Huber.element(output: a, target: t, factor: c, delta: Element(parameter))
    case .logCosh: LogCosh.element(output: a, target: t, factor: c)
    case .poisson: Poisson.element(output: a, target: t, factor: c)
    case .hinge: Hinge.element(output: a, target: t, factor: c)
    case .squaredHinge: Hinge.squared(output: a, target: t, factor: c)
    case .binaryCrossEntropy: BinaryCrossEntropy.ofProbability(a, target: t, factor: c)
    case .binaryCrossEntropyFromLogits:
      BinaryCrossEntropy.ofLogit(a, target: t, complement: u, factor: c)
    case .binaryFocalFromLogits:
      Focal.ofLogit(a, target: t, complement: u, factor: c, gamma: Element(parameter))
    case .crossEntropy, .crossEntropyFromLogits, .klDivergence, .klDivergenceFromLogits,
      .focalFromLogits:
      misuse("\(kind.rawValue) is of a row")
    case .focal, .binaryFocal: misuse("\(kind.rawValue) is computed from the logits")
    }
  }
}
