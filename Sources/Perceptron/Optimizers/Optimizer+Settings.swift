extension Optimizer {
  /// One of an optimizer's numbers.
  struct Setting {
    /// What it must be.
    enum Range {
      case positive
      case notNegative
      /// From 0 to below 1.
      case fraction
      /// From 0 to 1.
      case share
    }

    let name: String
    let value: Double
    let range: Range
    /// As it stands in a description; nil where it is not mentioned.
    var text: String?

    init(_ name: String, _ value: Double, _ range: Range, text: String? = nil) {
      (self.name, self.value, self.range) = (name, value, range)
      self.text = text ?? "\(value)"
    }

    /// The same, not mentioned where it is 0.
    var unlessZero: Setting {
      var setting = self
      if value == 0 { setting.text = nil }
      return setting
    }
  }

  /// All numbers, in the order of the case's labels.
  private var settings: [Setting] {
    let rate = Setting("learningRate", learningRate, .positive)
    func moments(_ beta1: Double, _ beta2: Double, _ epsilon: Double) -> [Setting] {
      [
        rate, Setting("beta1", beta1, .fraction), Setting("beta2", beta2, .fraction),
        Setting("epsilon", epsilon, .positive),
      ]
    }
    switch self {
    case .sgd: return [rate]
    case .momentum(_, let momentum, let dampening):
      return [
        rate, Setting("momentum", momentum, .fraction),
        Setting("dampening", dampening, .share).unlessZero,
      ]
    case .nesterov(_, let momentum): return [rate, Setting("momentum", momentum, .fraction)]
    case .adam(_, let beta1, let beta2, let epsilon, _),
      .adamax(_, let beta1, let beta2, let epsilon), .radam(_, let beta1, let beta2, let epsilon):
      return moments(beta1, beta2, epsilon)
    case .adamw(_, let beta1, let beta2, let epsilon, let amsgrad):
      return moments(beta1, beta2, epsilon)
        + (amsgrad ? [Setting("amsgrad", 1, .positive, text: "true")] : [])
    case .nadam(_, let beta1, let beta2, let epsilon, let decay):
      return moments(beta1, beta2, epsilon) + [Setting("momentumDecay", decay, .notNegative)]
    case .rmsprop(_, let alpha, let epsilon, let momentum, let centered):
      return [
        rate, Setting("alpha", alpha, .fraction), Setting("epsilon", epsilon, .positive),
        Setting("momentum", momentum, .fraction).unlessZero,
      ] + (centered ? [Setting("centered", 1, .positive, text: "true")] : [])
    case .adagrad(_, let decay, let initial, let epsilon):
      return [
        rate, Setting("learningRateDecay", decay, .notNegative).unlessZero,
        Setting("initialAccumulator", initial, .notNegative).unlessZero,
        Setting("epsilon", epsilon, .positive),
      ]
    case .adadelta(_, let rho, let epsilon):
      return [rate, Setting("rho", rho, .fraction), Setting("epsilon", epsilon, .positive)]
    case .lion(_, let beta1, let beta2):
      return [rate, Setting("beta1", beta1, .fraction), Setting("beta2", beta2, .fraction)]
    case .lbfgs(_, let history, let tolerance):
      return [
        rate, Setting("history", Double(history), .positive, text: "\(history)"),
        Setting("tolerance", tolerance, .notNegative),
      ]
    }
  }

  /// The name with every number: `adam(learningRate: 0.001, beta1: 0.9, …)`.
  public var fullDescription: String {
    let numbers = settings.compactMap { setting in setting.text.map { "\(setting.name): \($0)" } }
    return "\(name)(\(numbers.joined(separator: ", ")))"
  }

  /// - Throws: `PerceptronError` where a number is out of range.
  public func validate() throws {
    for setting in settings {
      let value = setting.value
      let (holds, range) =
        switch setting.range {
        case .positive: (value > 0, "above 0")
        case .notNegative: (value >= 0, "at least 0")
        case .fraction: (value >= 0 && value < 1, "at least 0 and below 1")
        case .share: (value >= 0 && value <= 1, "from 0 to 1")
        }
      guard holds, value.isFinite else {
        let name = setting.name == "learningRate" ? "learning rate" : setting.name
        let article = ["learning rate", "momentum"].contains(name) ? "the " : ""
        throw PerceptronError(.option, "\(article)\(name) must be \(range), not \(value)")
      }
    }
    if case .lbfgs(_, let history, _) = self, history > 1000 {
      throw PerceptronError(.option, "history must be at most 1000, not \(history)")
    }
  }

  /// μ, or β₁ where Adam's first moment has its place: what a cycle of learning rates cycles the
  /// other way; nil for rules without momentum.
  public var momentum: Double? {
    switch self {
    case .momentum(_, let momentum, _), .nesterov(_, let momentum): momentum
    case .rmsprop(_, _, _, let momentum, _): momentum > 0 ? momentum : nil
    case .adam(_, let beta1, _, _, _), .adamw(_, let beta1, _, _, _), .adamax(_, let beta1, _, _),
      .nadam(_, let beta1, _, _, _), .radam(_, let beta1, _, _):
      beta1
    case .sgd, .adagrad, .adadelta, .lion, .lbfgs: nil
    }
  }

  /// The same rule with another η and, where it has one, another momentum.
  public func with(learningRate eta: Double, momentum mu: Double? = nil) -> Optimizer {
    switch self {
    case .sgd: .sgd(learningRate: eta)
    case .momentum(_, let momentum, let dampening):
      .momentum(learningRate: eta, momentum: mu ?? momentum, dampening: dampening)
    case .nesterov(_, let momentum): .nesterov(learningRate: eta, momentum: mu ?? momentum)
    case .adam(_, let beta1, let beta2, let epsilon, let amsgrad):
      .adam(
        learningRate: eta, beta1: mu ?? beta1, beta2: beta2, epsilon: epsilon, amsgrad: amsgrad)
    case .adamw(_, let beta1, let beta2, let epsilon, let amsgrad):
      .adamw(
        learningRate: eta, beta1: mu ?? beta1, beta2: beta2, epsilon: epsilon, amsgrad: amsgrad)
    case .adamax(_, let beta1, let beta2, let epsilon):
      .adamax(learningRate: eta, beta1: mu ?? beta1, beta2: beta2, epsilon: epsilon)
    case .nadam(_, let beta1, let beta2, let epsilon, let decay):
      .nadam(
        learningRate: eta, beta1: mu ?? beta1, beta2: beta2, epsilon: epsilon,
        momentumDecay: decay)
    case .radam(_, let beta1, let beta2, let epsilon):
      .radam(learningRate: eta, beta1: mu ?? beta1, beta2: beta2, epsilon: epsilon)
    case .rmsprop(_, let alpha, let epsilon, let momentum, let centered):
      .rmsprop(
        learningRate: eta, alpha: alpha, epsilon: epsilon,
        momentum: momentum > 0 ? mu ?? momentum : 0, centered: centered)
    case .adagrad(_, let decay, let initial, let epsilon):
      .adagrad(
        learningRate: eta, learningRateDecay: decay, initialAccumulator: initial,
        epsilon: epsilon)
    case .adadelta(_, let rho, let epsilon):
      .adadelta(learningRate: eta, rho: rho, epsilon: epsilon)
    case .lion(_, let beta1, let beta2): .lion(learningRate: eta, beta1: beta1, beta2: beta2)
    case .lbfgs(_, let history, let tolerance):
      .lbfgs(learningRate: eta, history: history, tolerance: tolerance)
    }
  }
}
