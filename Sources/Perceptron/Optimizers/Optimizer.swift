/// The rule that turns a gradient g into an update of the parameters w, element by element.
///
/// | name | rule | source |
/// |---|---|---|
/// | `sgd` | w ← w − ηg | |
/// | `momentum` | v ← μv + (1−τ)g, w ← w − ηv; v = g in the first step | Polyak 1964 |
/// | `nesterov` | v ← μv + g, w ← w − η(g + μv) | Nesterov 1983, Sutskever et al. 2013 |
/// | `adam` | m ← β₁m + (1−β₁)g, v ← β₂v + (1−β₂)g², w ← w − η m̂/(√v̂ + ε) | Kingma and Ba 2015 |
/// | `amsgrad` | as `adam`, with the largest v so far for v | Reddi et al. 2018 |
/// | `adamw` | w ← w(1 − ηλ), then `adam` | Loshchilov and Hutter 2019 |
/// | `adamax` | m as `adam`, u ← max(β₂u, abs(g) + ε), w ← w − η m̂/u | Kingma and Ba 2015, §7 |
/// | `nadam` | `adam` with Nesterov's look-ahead | Dozat 2016 |
/// | `radam` | `adam` once the variance of its step is under control, before that w ← w − ηm̂ | Liu et al. 2020 |
/// | `rmsprop` | v ← αv + (1−α)g², w ← w − η g/(√v + ε) | Tieleman and Hinton 2012 |
/// | `adagrad` | v ← v + g², w ← w − η g/(√v + ε) | Duchi et al. 2011 |
/// | `adadelta` | v ← ρv + (1−ρ)g², d = g √(u+ε)/√(v+ε), u ← ρu + (1−ρ)d², w ← w − ηd | Zeiler 2012 |
/// | `lion` | w ← w(1 − ηλ), w ← w − η sign(β₁m + (1−β₁)g), m ← β₂m + (1−β₂)g | Chen et al. 2023 |
/// | `lbfgs` | a line search along −Hg, H from the last steps; full batch | Nocedal and Wright 2006 |
///
/// with m̂ = m/(1−β₁ᵗ), v̂ = v/(1−β₂ᵗ) in step t = 1, 2, …; η is the learning rate. State starts
/// at 0. λ is the decay of `Regularization`, which the other rules add to the gradient: g + λw.
public enum Optimizer: Sendable, Hashable {
  /// w ← w − ηg.
  case sgd(learningRate: Double = 0.01)
  /// v ← μv + (1−τ)g, w ← w − ηv; 0 ≤ μ < 1, 0 ≤ τ ≤ 1.
  case momentum(learningRate: Double = 0.01, momentum: Double = 0.9, dampening: Double = 0)
  /// v ← μv + g, w ← w − η(g + μv); 0 ≤ μ < 1.
  case nesterov(learningRate: Double = 0.01, momentum: Double = 0.9)
  /// Steps of about η, whatever the gradient's size; 0 ≤ β < 1, ε > 0. With `amsgrad` its
  /// denominator never falls.
  case adam(
    learningRate: Double = 0.001, beta1: Double = 0.9, beta2: Double = 0.999,
    epsilon: Double = 1e-8, amsgrad: Bool = false)
  /// Adam with decoupled weight decay, 0.01 unless `Regularization` says otherwise.
  case adamw(
    learningRate: Double = 0.001, beta1: Double = 0.9, beta2: Double = 0.999,
    epsilon: Double = 1e-8, amsgrad: Bool = false)
  /// Adam with the largest gradient in place of the mean square.
  case adamax(
    learningRate: Double = 0.002, beta1: Double = 0.9, beta2: Double = 0.999,
    epsilon: Double = 1e-8)
  /// Adam with Nesterov's momentum β₁(1 − 0.96^(tψ)/2), ψ = `momentumDecay` ≥ 0.
  case nadam(
    learningRate: Double = 0.002, beta1: Double = 0.9, beta2: Double = 0.999,
    epsilon: Double = 1e-8, momentumDecay: Double = 0.004)
  /// Adam that warms up by itself.
  case radam(
    learningRate: Double = 0.001, beta1: Double = 0.9, beta2: Double = 0.999,
    epsilon: Double = 1e-8)
  /// The gradient by its root mean square, less its mean if `centered`, with momentum if that is
  /// above 0.
  case rmsprop(
    learningRate: Double = 0.01, alpha: Double = 0.99, epsilon: Double = 1e-8,
    momentum: Double = 0, centered: Bool = false)
  /// The gradient by the root of the sum of all its squares. η falls as η/(1 + (t−1)δ).
  case adagrad(
    learningRate: Double = 0.01, learningRateDecay: Double = 0, initialAccumulator: Double = 0,
    epsilon: Double = 1e-10)
  /// Steps the size of the last ones; η only scales them.
  case adadelta(learningRate: Double = 1, rho: Double = 0.9, epsilon: Double = 1e-6)
  /// Steps of η up or down.
  case lion(learningRate: Double = 1e-4, beta1: Double = 0.9, beta2: Double = 0.99)
  /// Quasi-Newton steps from all rows at once, see `LBFGS`: every epoch is one, and training ends
  /// when no entry of the gradient is above `tolerance`. The learning rate is the first step tried.
  case lbfgs(learningRate: Double = 1, history: Int = 10, tolerance: Double = 1e-5)

  /// The names of all optimizers.
  public static let names = [
    "sgd", "momentum", "nesterov", "adam", "amsgrad", "adamw", "adamax", "nadam", "radam",
    "rmsprop", "adagrad", "adadelta", "lion", "lbfgs",
  ]

  /// The name in commands, JSON and model files.
  public var name: String {
    switch self {
    case .sgd: "sgd"
    case .momentum: "momentum"
    case .nesterov: "nesterov"
    case .adam(_, _, _, _, let amsgrad): amsgrad ? "amsgrad" : "adam"
    case .adamw: "adamw"
    case .adamax: "adamax"
    case .nadam: "nadam"
    case .radam: "radam"
    case .rmsprop: "rmsprop"
    case .adagrad: "adagrad"
    case .adadelta: "adadelta"
    case .lion: "lion"
    case .lbfgs: "lbfgs"
    }
  }

  /// The optimizer called `name`; `nil` takes its usual learning rate, which is that of its case.
  ///
  /// - Throws: `PerceptronError` for an unknown name or an impossible rate.
  public init(named name: String, learningRate: Double? = nil) throws {
    let usual: [Optimizer] = [
      .sgd(), .momentum(), .nesterov(), .adam(), .adam(amsgrad: true), .adamw(), .adamax(),
      .nadam(), .radam(), .rmsprop(), .adagrad(), .adadelta(), .lion(), .lbfgs(),
    ]
    guard let found = usual.first(where: { $0.name == name.lowercased() }) else {
      throw unknownName(name, what: "optimizer", among: Self.names)
    }
    self = learningRate.map { found.with(learningRate: $0) } ?? found
    try validate()
  }

  /// η.
  public var learningRate: Double {
    switch self {
    case .sgd(let rate), .momentum(let rate, _, _), .nesterov(let rate, _),
      .adam(let rate, _, _, _, _), .adamw(let rate, _, _, _, _), .adamax(let rate, _, _, _),
      .nadam(let rate, _, _, _, _), .radam(let rate, _, _, _), .rmsprop(let rate, _, _, _, _),
      .adagrad(let rate, _, _, _), .adadelta(let rate, _, _), .lion(let rate, _, _),
      .lbfgs(let rate, _, _):
      rate
    }
  }

  /// How many numbers it remembers for each parameter.
  public var stateCount: Int {
    switch self {
    case .sgd, .lbfgs: 0
    case .momentum, .nesterov, .adagrad, .lion: 1
    case .adam(_, _, _, _, let amsgrad), .adamw(_, _, _, _, let amsgrad): amsgrad ? 3 : 2
    case .adamax, .nadam, .radam, .adadelta: 2
    case .rmsprop(_, _, _, let momentum, let centered):
      1 + (momentum > 0 ? 1 : 0) + (centered ? 1 : 0)
    }
  }

  /// The decay of the weights where `Regularization` does not say: 0.01 for `adamw`, otherwise 0.
  public var usualWeightDecay: Double {
    if case .adamw = self { return 0.01 }
    return 0
  }

  /// Whether weights decay by themselves, w ← w(1 − ηλ), and not by way of the gradient.
  public var decouplesWeightDecay: Bool {
    switch self {
    case .adamw, .lion: true
    default: false
    }
  }

  /// Whether it takes all rows at once and looks for the length of its steps: `lbfgs`.
  public var isFullBatch: Bool {
    if case .lbfgs = self { return true }
    return false
  }
}
