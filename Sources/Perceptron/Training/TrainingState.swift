/// All that a training is at one moment: saved and loaded, it goes on as if it had never stopped.
public struct TrainingState<Element: Scalar>: Sendable, Hashable {
  /// The parameters at this moment.
  public internal(set) var parameters: [Element]
  /// The optimizer's memory, each of the parameters' size or empty.
  var firstState: [Element] = []
  var secondState: [Element] = []
  var thirdState: [Element] = []
  /// The steps that L-BFGS remembers.
  var lbfgs = LBFGS()
  /// What a schedule by the loss has seen; nil before the first epoch.
  var plateau: Plateau.State?
  var clock = OptimizerClock()
  /// Epochs completed.
  public internal(set) var epoch = 0
  /// Batches completed in the epoch at hand.
  public internal(set) var batch = 0
  /// Σ over those batches of loss × rows.
  var lossSum = 0.0
  /// The parameters to hand out if training ended now, and where they come from.
  var best: Best
  /// The last value that was better than the one before by more than the least improvement.
  var reference: Double?
  /// Epochs since then.
  var epochsWithoutBest = 0
  /// A record for each epoch completed.
  public internal(set) var history: [EpochRecord] = []
  /// Why training has ended; nil while it has not.
  public internal(set) var stopped: StopReason?
  /// What to tell the user about the end.
  var message: String?
  /// Whether the optimizer has found that there is nothing left to do.
  var hasConverged = false

  struct Best: Sendable, Hashable {
    var parameters: [Element]
    /// The epoch after which they stood, 0 for the start.
    var epoch = 0
    /// The monitored value; nil when there is nothing to monitor or no epoch has ended.
    var value: Double?
  }

  init(parameters: [Element]) {
    self.parameters = parameters
    best = Best(parameters: parameters)
  }
}

extension TrainingState {
  /// Whether the epoch just ended is the best so far; counts the epochs since the last improvement.
  ///
  /// - Parameters:
  ///   - value: the monitored value; nil, where its metric came to no number, is never the best.
  ///   - monitors: whether there are rows to monitor; without them every epoch is.
  mutating func takesForBest(
    _ value: Double?, _ options: TrainingOptions, monitors: Bool
  ) -> Bool {
    func improves(_ other: Double?, by least: Double) -> Bool {
      guard let value, !value.isNaN else { return false }
      return other.map { options.monitor.isBetter(value, than: $0, byMoreThan: least) } ?? true
    }
    if !monitors || improves(reference, by: options.minDelta) {
      reference = value
      epochsWithoutBest = 0
    } else {
      epochsWithoutBest += 1
    }
    return !monitors || improves(best.value, by: 0)
  }
}

/// Why a training ended.
public enum StopReason: String, Sendable, Hashable, CaseIterable {
  /// All epochs are done.
  case epochs
  /// The monitored value has not become better for the epochs of `patience`.
  case earlyStopping = "early_stopping"
  /// `lbfgs`: the gradient is 0 within its tolerance, or no step lowers the loss any more.
  case converged
  /// The task was cancelled, or `onEpoch` or a callback answered `stop`; it can be resumed.
  case interrupted
  /// The loss or a parameter was no finite number any more.
  case diverged
}

/// What the caller of `fit` answers after an epoch.
public enum TrainingControl: Sendable, Hashable {
  /// Go on with the next epoch.
  case proceed
  /// End here, with the best parameters so far.
  case stop
}

/// The course of a training.
public struct TrainingHistory: Sendable, Hashable {
  /// A record for each, those before a resume included.
  public let epochs: [EpochRecord]
  /// The epoch whose parameters the model has now, counted from 1; 0 for the start.
  public let bestEpoch: Int
  /// The monitored value of that epoch; nil where nothing is monitored.
  public let bestValue: Double?
  /// Why it ended.
  public let stopped: StopReason
  /// For `.diverged`: where, why and what to do. For `.converged`: how far. For `.earlyStopping`:
  /// what was not improved on.
  public let message: String?
  /// Training rows a second, in this run.
  public let samplesPerSecond: Double
  /// Threads a step ran on.
  public let threads: Int
  /// What was monitored, such as `validation loss`; nil without validation rows.
  public let monitor: String?
}
