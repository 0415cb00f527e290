import ArgumentParser
import Perceptron

/// How a network is trained, beside data and epochs: the rule of the updates, the learning rate's
/// course, and what is done to the gradient. Every command that trains takes them.
struct OptimizerOptions: ParsableArguments {
  @Option(
    help: """
      sgd, momentum, nesterov, adam, amsgrad, adamw, adamax, nadam, radam, rmsprop, adagrad, \
      adadelta, lion or lbfgs, which takes all rows at once.
      """)
  var optimizer = "adam"

  @Option(
    help: """
      The learning rate. (default: 0.01 for sgd, momentum, nesterov, rmsprop and adagrad; 0.002 for \
      adamax and nadam; 1 for adadelta and lbfgs; 0.0001 for lion; 0.001 for the others)
      """)
  var learningRate: Double?

  @Option(
    help: """
      How the learning rate changes: constant, constant-factor:F:EPOCHS, step:EPOCHS:F, \
      multi-step:E1,E2:F, exponential:F, polynomial[:EPOCHS:POWER], cosine[:EPOCHS:MINIMUM], \
      cosine-warm-restarts:EPOCHS[:GROWTH], one-cycle[:PEAK], plateau[:F:PATIENCE]; before any of \
      them warmup:UPDATES, as in warmup:500,cosine. (default: it does not)
      """)
  var schedule: String?

  @Option(help: "Of momentum and nesterov (default: 0.9) and rmsprop (default: 0).")
  var momentum: Double?

  @Option(help: "Of momentum: what the gradient's share is less than 1. (default: 0)")
  var dampening: Double?

  @Option(help: "Of adam and its kin and lion: decay of the first moment. (default: 0.9)")
  var beta1: Double?

  @Option(
    help: "Of the same: decay of the second moment. (default: 0.999; 0.99 for lion)")
  var beta2: Double?

  @Option(help: "Of rmsprop: decay of the mean square. (default: 0.99)")
  var alpha: Double?

  @Option(help: "Of adadelta: decay of the mean squares. (default: 0.9)")
  var rho: Double?

  @Option(
    help: "What keeps denominators above 0. (default: 1e-8; adagrad 1e-10, adadelta 1e-6)")
  var epsilon: Double?

  @Flag(help: "Of rmsprop: take the gradient's mean off its mean square.")
  var centered = false

  @Flag(help: "Of adam and adamw: denominators never fall.")
  var amsgrad = false

  @Option(
    help: """
      Weight decay: added to the gradient; adamw and lion shrink the weights by themselves. \
      (default: 0; 0.01 for adamw)
      """)
  var weightDecay: Double?

  @Flag(help: "Biases do not decay.")
  var noBiasDecay = false

  @Option(
    name: .customLong("l1"), help: "A penalty on the sizes of weights; losses are without it.")
  var l1 = 0.0

  @Option(
    name: .customLong("l2"), help: "A penalty on the squares of weights; losses are without it.")
  var l2 = 0.0

  @Option(help: "The gradient as a whole is made no longer than this.")
  var clipNorm: Double?

  @Option(help: "No entry of the gradient is larger than this.")
  var clipValue: Double?

  /// Which optimizers an option is for.
  private var uses: [(option: String, isGiven: Bool, optimizers: [String])] {
    let adams = ["adam", "amsgrad", "adamw", "adamax", "nadam", "radam"]
    return [
      ("--momentum", momentum != nil, ["momentum", "nesterov", "rmsprop"]),
      ("--dampening", dampening != nil, ["momentum"]),
      ("--beta1", beta1 != nil, adams + ["lion"]),
      ("--beta2", beta2 != nil, adams + ["lion"]),
      ("--alpha", alpha != nil, ["rmsprop"]),
      ("--rho", rho != nil, ["adadelta"]),
      ("--epsilon", epsilon != nil, adams + ["rmsprop", "adagrad", "adadelta"]),
      ("--centered", centered, ["rmsprop"]),
      ("--amsgrad", amsgrad, ["adam", "amsgrad", "adamw"]),
    ]
  }

  func validate() throws {
    let name = optimizer.lowercased()
    // An unknown name is refused where the nearest one is known.
    guard Optimizer.names.contains(name) else { return }
    for use in uses where use.isGiven && !use.optimizers.contains(name) {
      var names = use.optimizers
      let last = names.removeLast()
      let all = names.isEmpty ? last : names.joined(separator: ", ") + " and " + last
      throw ValidationError("\(use.option) has no effect with \(optimizer); it is for \(all).")
    }
    if clipNorm != nil, clipValue != nil {
      throw ValidationError("Give either --clip-norm or --clip-value, not both.")
    }
    if noBiasDecay, weightDecay == nil, name != "adamw" {
      throw ValidationError("--no-bias-decay has no effect without --weight-decay.")
    }
  }

  /// The rule of the updates.
  ///
  /// - Throws: `PerceptronError` for an unknown name or a number out of range.
  func rule() throws -> Optimizer {
    let usual = try Optimizer(named: optimizer, learningRate: learningRate)
    let rule: Optimizer
    switch usual {
    case .sgd, .lbfgs: rule = usual
    case .momentum(let rate, let mu, let tau):
      rule = .momentum(learningRate: rate, momentum: momentum ?? mu, dampening: dampening ?? tau)
    case .nesterov(let rate, let mu):
      rule = .nesterov(learningRate: rate, momentum: momentum ?? mu)
    case .adam(let rate, let b1, let b2, let floor, let isAMSGrad):
      rule = .adam(
        learningRate: rate, beta1: beta1 ?? b1, beta2: beta2 ?? b2, epsilon: epsilon ?? floor,
        amsgrad: amsgrad || isAMSGrad)
    case .adamw(let rate, let b1, let b2, let floor, _):
      rule = .adamw(
        learningRate: rate, beta1: beta1 ?? b1, beta2: beta2 ?? b2, epsilon: epsilon ?? floor,
        amsgrad: amsgrad)
    case .adamax(let rate, let b1, let b2, let floor):
      rule = .adamax(
        learningRate: rate, beta1: beta1 ?? b1, beta2: beta2 ?? b2, epsilon: epsilon ?? floor)
    case .nadam(let rate, let b1, let b2, let floor, let decay):
      rule = .nadam(
        learningRate: rate, beta1: beta1 ?? b1, beta2: beta2 ?? b2, epsilon: epsilon ?? floor,
        momentumDecay: decay)
    case .radam(let rate, let b1, let b2, let floor):
      rule = .radam(
        learningRate: rate, beta1: beta1 ?? b1, beta2: beta2 ?? b2, epsilon: epsilon ?? floor)
    case .rmsprop(let rate, let decay, let floor, let mu, _):
      rule = .rmsprop(
        learningRate: rate, alpha: alpha ?? decay, epsilon: epsilon ?? floor,
        momentum: momentum ?? mu, centered: centered)
    case .adagrad(let rate, let decay, let start, let floor):
      rule = .adagrad(
        learningRate: rate, learningRateDecay: decay, initialAccumulator: start,
        epsilon: epsilon ?? floor)
    case .adadelta(let rate, let decay, let floor):
      rule = .adadelta(learningRate: rate, rho: rho ?? decay, epsilon: epsilon ?? floor)
    case .lion(let rate, let b1, let b2):
      rule = .lion(learningRate: rate, beta1: beta1 ?? b1, beta2: beta2 ?? b2)
    }
    try rule.validate()
    return rule
  }

  /// What is done to the gradient.
  var regularization: Regularization {
    Regularization(
      weightDecay: weightDecay, decaysBiases: !noBiasDecay, l1: l1, l2: l2,
      clipping: clipNorm.map { .norm($0) } ?? clipValue.map { .value($0) })
  }

  /// How the learning rate changes.
  ///
  /// - Throws: `PerceptronError` for a text that is no schedule.
  func learningRateSchedule() throws -> LearningRateSchedule? {
    try schedule.map { try LearningRateSchedule($0) }
  }
}
