/// The rule that turns a gradient g into an update of the parameters w, element by element.
///
/// | name | rule | source |
/// |---|---|---|
/// | `sgd` | w ← w − ηg | |
/// | `momentum` | v ← μv + g, w ← w − ηv | Polyak 1964 |
/// | `nesterov` | v ← μv + g, w ← w − η(g + μv) | Nesterov 1983, Sutskever et al. 2013 |
/// | `adam` | m ← β₁m + (1−β₁)g, v ← β₂v + (1−β₂)g², w ← w − η m̂/(√v̂ + ε) | Kingma and Ba 2015 |
///
/// with m̂ = m/(1−β₁ᵗ), v̂ = v/(1−β₂ᵗ) in step t = 1, 2, …; η is the learning rate. State starts
/// at 0.
public enum Optimizer: Sendable, Hashable {
  /// w ← w − ηg.
  case sgd(learningRate: Double = 0.01)
  /// v ← μv + g, w ← w − ηv; 0 ≤ μ < 1.
  case momentum(learningRate: Double = 0.01, momentum: Double = 0.9)
  /// v ← μv + g, w ← w − η(g + μv); 0 ≤ μ < 1.
  case nesterov(learningRate: Double = 0.01, momentum: Double = 0.9)
  /// Steps of about η, whatever the gradient's size; 0 ≤ β < 1, ε > 0.
  case adam(
    learningRate: Double = 0.001, beta1: Double = 0.9, beta2: Double = 0.999,
    epsilon: Double = 1e-8)

  /// The names of all optimizers.
  public static let names = ["sgd", "momentum", "nesterov", "adam"]

  /// The name in commands, JSON and model files.
  public var name: String {
    switch self {
    case .sgd: "sgd"
    case .momentum: "momentum"
    case .nesterov: "nesterov"
    case .adam: "adam"
    }
  }

  /// The optimizer called `name`; `nil` takes its usual learning rate (adam 0.001, others 0.01).
  ///
  /// - Throws: `PerceptronError` for an unknown name or an impossible rate.
  public init(named name: String, learningRate: Double? = nil) throws {
    switch name.lowercased() {
    case "sgd": self = .sgd(learningRate: learningRate ?? 0.01)
    case "momentum": self = .momentum(learningRate: learningRate ?? 0.01)
    case "nesterov": self = .nesterov(learningRate: learningRate ?? 0.01)
    case "adam": self = .adam(learningRate: learningRate ?? 0.001)
    default: throw unknownName(name, what: "optimizer", among: Self.names)
    }
    try validate()
  }

  /// η.
  public var learningRate: Double {
    switch self {
    case .sgd(let rate), .momentum(let rate, _), .nesterov(let rate, _), .adam(let rate, _, _, _):
      rate
    }
  }

  /// The name with every number: `adam(learningRate: 0.001, beta1: 0.9, …)`.
  public var fullDescription: String {
    switch self {
    case .sgd(let rate): "sgd(learningRate: \(rate))"
    case .momentum(let rate, let momentum):
      "momentum(learningRate: \(rate), momentum: \(momentum))"
    case .nesterov(let rate, let momentum):
      "nesterov(learningRate: \(rate), momentum: \(momentum))"
    case .adam(let rate, let beta1, let beta2, let epsilon):
      "adam(learningRate: \(rate), beta1: \(beta1), beta2: \(beta2), epsilon: \(epsilon))"
    }
  }

  /// How many numbers it remembers for each parameter.
  public var stateCount: Int {
    switch self {
    case .sgd: 0
    case .momentum, .nesterov: 1
    case .adam: 2
    }
  }

  /// - Throws: `PerceptronError` where a number is out of range.
  public func validate() throws {
    func check(_ holds: Bool, _ message: String) throws {
      guard holds else { throw PerceptronError(.option, message) }
    }
    try check(
      learningRate.isFinite && learningRate > 0,
      "the learning rate must be above 0, not \(learningRate)")
    switch self {
    case .sgd: break
    case .momentum(_, let momentum), .nesterov(_, let momentum):
      try check(
        momentum >= 0 && momentum < 1,
        "the momentum must be at least 0 and below 1, not \(momentum)"
      )
    case .adam(_, let beta1, let beta2, let epsilon):
      try check(beta1 >= 0 && beta1 < 1, "beta1 must be at least 0 and below 1, not \(beta1)")
      try check(beta2 >= 0 && beta2 < 1, "beta2 must be at least 0 and below 1, not \(beta2)")
      try check(epsilon > 0 && epsilon.isFinite, "epsilon must be above 0, not \(epsilon)")
    }
  }
}

/// The numbers of one update that depend on the step: what is passed to the update rule.
///
/// βᵗ is kept as a running product (no power function), in `Double`.
public struct OptimizerClock: Sendable, Hashable {
  /// How many updates have been made.
  public internal(set) var step: UInt64 = 0
  /// β₁ᵗ and β₂ᵗ; 1 before the first update.
  public internal(set) var beta1Power = 1.0
  /// β₂ᵗ; 1 before the first update.
  public internal(set) var beta2Power = 1.0

  /// The clock before the first update.
  public init() {}

  /// Moves to the next step.
  mutating func advance(_ optimizer: Optimizer) {
    step += 1
    if case .adam(_, let beta1, let beta2, _) = optimizer {
      beta1Power *= beta1
      beta2Power *= beta2
    }
  }

  /// The coefficients of the rule in the current step: η and μ, or for Adam the step size
  /// η/(1−β₁ᵗ) and the correction 1/(1−β₂ᵗ).
  func coefficients(_ optimizer: Optimizer) -> (first: Double, second: Double) {
    switch optimizer {
    case .sgd(let rate): (rate, 0)
    case .momentum(let rate, let momentum), .nesterov(let rate, let momentum): (rate, momentum)
    case .adam(let rate, _, _, _): (rate / (1 - beta1Power), 1 / (1 - beta2Power))
    }
  }
}
