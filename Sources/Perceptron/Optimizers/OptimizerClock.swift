/// The numbers of one update that depend on the step: what is passed to the update rule.
///
/// βᵗ is kept as a running product (no power function), in `Double`.
public struct OptimizerClock: Sendable, Hashable {
  /// How many updates have been made.
  public internal(set) var step: UInt64 = 0
  /// β₁ᵗ, or for nadam μ₁ μ₂ … μ_t; 1 before the first update. Where a schedule cycles β₁ it is the
  /// product of those that were used.
  public internal(set) var beta1Power = 1.0
  /// β₂ᵗ; 1 before the first update.
  public internal(set) var beta2Power = 1.0

  /// The clock before the first update.
  public init() {}

  /// Moves to the next step.
  mutating func advance(_ optimizer: Optimizer) {
    step += 1
    switch optimizer {
    case .adam(_, let beta1, let beta2, _, _), .adamw(_, let beta1, let beta2, _, _),
      .adamax(_, let beta1, let beta2, _), .radam(_, let beta1, let beta2, _):
      beta1Power *= beta1
      beta2Power *= beta2
    case .nadam(_, let beta1, let beta2, _, let decay):
      beta1Power *= NAdam.momentum(beta1, decay: decay, step: step)
      beta2Power *= beta2
    case .sgd, .momentum, .nesterov, .rmsprop, .adagrad, .adadelta, .lion, .lbfgs: break
    }
  }

  /// The coefficients of the rule in the current step.
  func coefficients(_ optimizer: Optimizer) -> UpdateCoefficients {
    let rate = optimizer.learningRate
    var result = UpdateCoefficients(rate: rate)
    result.first = rate
    switch optimizer {
    case .sgd, .adadelta, .lbfgs: break
    case .momentum(_, let momentum, let dampening):
      result.second = momentum
      result.fourth = step == 1 ? 1 : 1 - dampening
    case .nesterov(_, let momentum), .rmsprop(_, _, _, let momentum, _):
      result.second = momentum
    case .adam(_, let beta1, _, _, _), .adamw(_, let beta1, _, _, _):
      result.first = rate / (1 - beta1Power)
      result.second = 1 / (1 - beta2Power)
      result.third = beta1
    case .adamax(_, let beta1, _, _):
      result.first = rate / (1 - beta1Power)
      result.third = beta1
    case .nadam(_, let beta1, _, _, let decay):
      let now = NAdam.momentum(beta1, decay: decay, step: step)
      let next = NAdam.momentum(beta1, decay: decay, step: step + 1)
      result.first = rate * (1 - now) / (1 - beta1Power)
      result.second = 1 / (1 - beta2Power)
      result.third = beta1
      result.fourth = rate * next / (1 - beta1Power * next)
    case .radam(_, let beta1, let beta2, _):
      result.first = rate / (1 - beta1Power)
      result.third = beta1
      if let factor = RAdam.rectification(beta2, power: beta2Power, step: step) {
        result.first *= factor
        result.second = 1
      }
    case .adagrad(_, let decay, _, _): result.first = rate / (1 + Double(step - 1) * decay)
    case .lion(_, let beta1, _): result.third = beta1
    }
    return result
  }
}

/// What an update rule is given anew in every step; which rule takes what stands in
/// `OptimizerClock.coefficients(_:)`.
struct UpdateCoefficients: Sendable, Hashable {
  /// The step size: η, corrected where the rule says so.
  var first = 0.0
  /// μ, or Adam's correction 1/(1−β₂ᵗ), or whether radam's step is adaptive.
  var second = 0.0
  /// β₁
  var third = 0.0
  /// The gradient's share in a damped velocity; nadam's factor of m.
  var fourth = 0.0
  /// η
  var rate = 0.0
}
