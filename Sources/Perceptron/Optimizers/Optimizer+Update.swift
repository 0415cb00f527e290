extension Optimizer {
  /// The rule on all parameters, as the plain executor runs it.
  @inline(__always)
  func update<Element: Scalar>(
    _ memory: PlanMemory<Element>, _ count: Int, _ coefficients: UpdateCoefficients
  ) {
    let (w, g) = (memory.base(.parameters), memory.base(.gradient))
    let first = Element(coefficients.first)
    switch self {
    case .sgd: GradientDescent.plain(w, g, count: count, rate: first)
    case .momentum(_, _, let dampening) where dampening > 0:
      GradientDescent.dampedMomentum(
        w, g, velocity: memory.base(.firstState), count: count, rate: first,
        momentum: Element(coefficients.second), share: Element(coefficients.fourth))
    case .momentum:
      GradientDescent.momentum(
        w, g, velocity: memory.base(.firstState), count: count, rate: first,
        momentum: Element(coefficients.second), looksAhead: false)
    case .nesterov:
      GradientDescent.momentum(
        w, g, velocity: memory.base(.firstState), count: count, rate: first,
        momentum: Element(coefficients.second), looksAhead: true)
    case .adam(_, _, let beta2, let epsilon, true), .adamw(_, _, let beta2, let epsilon, true):
      AMSGrad.update(memory, count, coefficients, beta2: beta2, epsilon: epsilon)
    case .adam(_, _, let beta2, let epsilon, false), .adamw(_, _, let beta2, let epsilon, false):
      Adam.update(
        w, g, first: memory.base(.firstState), second: memory.base(.secondState), count: count,
        stepSize: first, correction: Element(coefficients.second), beta1: coefficients.third,
        beta2: beta2, epsilon: epsilon)
    case .adamax(_, _, let beta2, let epsilon):
      Adamax.update(memory, count, coefficients, beta2: beta2, epsilon: epsilon)
    case .nadam(_, _, let beta2, let epsilon, _):
      NAdam.update(memory, count, coefficients, beta2: beta2, epsilon: epsilon)
    case .radam(_, _, let beta2, let epsilon):
      RAdam.update(memory, count, coefficients, beta2: beta2, epsilon: epsilon)
    case .rmsprop(_, let alpha, let epsilon, let momentum, let centered):
      RMSprop.update(
        memory, count, coefficients, alpha: alpha, epsilon: epsilon, hasMomentum: momentum > 0,
        centered: centered)
    case .adagrad(_, _, let initial, let epsilon):
      Adagrad.update(
        memory, count, coefficients, initialAccumulator: initial, epsilon: epsilon)
    case .adadelta(_, let rho, let epsilon):
      Adadelta.update(memory, count, coefficients, rho: rho, epsilon: epsilon)
    case .lion(_, _, let beta2): Lion.update(memory, count, coefficients, beta2: beta2)
    case .lbfgs: misuse("lbfgs is no rule of single updates")
    }
  }
}
