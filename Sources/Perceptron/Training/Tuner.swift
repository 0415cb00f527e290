/// Search for the settings that train best: at random, or by successive halving.
///
/// Trial i's settings are a function of (seed, i), and its score of the settings: a search that was
/// killed and takes up its file of results ends in the same table as one that was not.
///
/// Successive halving trains all trials for few epochs, keeps the best 1/η of them, trains those
/// anew with η times the epochs, and so on up to all epochs. A promoted trial starts from the
/// beginning, so that its result is that of a plain training with as many epochs.
///
/// Sources: Bergstra and Bengio, "Random Search for Hyper-Parameter Optimization", JMLR 13, 2012;
/// Jamieson and Talwalkar, "Non-stochastic Best Arm Identification and Hyperparameter Optimization",
/// AISTATS 2016.
///
/// ```swift
/// let tuner = Tuner(space: try SearchSpace(parsing: ["learning-rate=log:1e-4..1e-1"]), trials: 20)
/// let trials = try tuner.run { settings, epochs in
///   recipe.options.epochs = epochs
///   recipe.options.optimizer = .adam(learningRate: Double(settings[0].value) ?? 0)
///   return try Tuner.Judgement(recipe.trained(on: train, validation: validation).history)
/// }
/// ```
public struct Tuner: Sendable, Hashable {
  /// How the epochs are given out.
  public enum Strategy: Sendable, Hashable {
    /// All epochs to every trial.
    case random
    /// Few epochs to all, η times as many to the best 1/η, and so on; η is at least 2.
    case successiveHalving(factor: Int = 3)
  }

  /// What is tried.
  public var space: SearchSpace
  /// How many trials; nil for as many as `seconds` allow.
  public var trials: Int?
  /// After how many seconds no trial is begun, and one that is under way does not count.
  public var seconds: Double?
  /// How the epochs are given out.
  public var strategy: Strategy
  /// Epochs of a whole training.
  public var epochs: Int
  /// What the trials are compared by.
  public var monitor: Monitor
  /// What the settings are drawn from.
  public var seed: UInt64

  /// Nothing is checked here; `run` throws for a number out of range.
  public init(
    space: SearchSpace, trials: Int? = nil, seconds: Double? = nil, strategy: Strategy = .random,
    epochs: Int = 100, monitor: Monitor = .loss, seed: UInt64 = 0
  ) {
    self.space = space
    self.trials = trials
    self.seconds = seconds
    self.strategy = strategy
    self.epochs = epochs
    self.monitor = monitor
    self.seed = seed
  }

  /// How many trials are trained for how many epochs, rung by rung.
  public func rungs(trials: Int) -> [(trials: Int, epochs: Int)] {
    guard case .successiveHalving(let factor) = strategy, factor > 1 else {
      return [(trials, epochs)]
    }
    var rungs = [(trials: trials, epochs: epochs)]
    while let last = rungs.first, last.epochs / factor >= 1, rungs.count < 64,
      trials / power(factor, rungs.count) >= 1
    {
      rungs.insert((trials, last.epochs / factor), at: 0)
    }
    for rung in rungs.indices { rungs[rung].trials = max(trials / power(factor, rung), 1) }
    return rungs
  }

  private func power(_ base: Int, _ exponent: Int) -> Int {
    var result = 1
    for _ in 0..<exponent {
      let (product, overflow) = result.multipliedReportingOverflow(by: base)
      if overflow { return .max }
      result = product
    }
    return result
  }

  /// What was found out about one trial.
  public struct Judgement: Sendable, Hashable {
    /// What the trial is compared by; nil where it diverged.
    public var score: Double?
    /// The metrics of the rows it was judged by, where it did not diverge.
    public var metrics: EpochMetrics?
    /// Epochs trained.
    public var epochs: Int
    /// The epoch whose parameters were judged.
    public var bestEpoch: Int
    /// Why its training ended.
    public var stopped: StopReason
    /// For `.diverged`: where, why and what to do.
    public var message: String?

    /// The judgement of the validation rows of a training.
    public init(_ history: TrainingHistory) {
      let hasDiverged = history.stopped == .diverged
      score = hasDiverged ? nil : history.bestValue
      metrics = hasDiverged ? nil : history.epochs.last { $0.isBest }?.validation
      epochs = history.epochs.count
      bestEpoch = history.bestEpoch
      stopped = history.stopped
      message = hasDiverged ? history.message : nil
    }

    /// The judgement of a cross-validation: the means over its folds.
    public init(_ report: CrossValidationReport, monitor: Monitor) {
      let hasDiverged = report.judged.count < report.folds.count
      score = hasDiverged ? nil : report.summary(of: monitor)?.mean
      metrics =
        hasDiverged
        ? nil
        : EpochMetrics { name in
          Monitor(rawValue: name).flatMap { report.summary(of: $0)?.mean }
        }
      epochs = report.folds.map(\.epochs).max() ?? 0
      bestEpoch = report.folds.map(\.bestEpoch).max() ?? 0
      stopped = hasDiverged ? .diverged : report.isComplete ? .epochs : .interrupted
      message = report.folds.first { $0.stopped == .diverged }?.message
    }
  }

  /// A trial with its result.
  public struct Trial: Sendable, Hashable {
    /// Counted from 0.
    public let number: Int
    /// 0, or how often successive halving has promoted it.
    public let rung: Int
    /// The epochs it was given.
    public let epochs: Int
    /// What it was trained with.
    public let settings: [SearchSpace.Setting]
    /// What it came to.
    public let judgement: Judgement
  }
}
