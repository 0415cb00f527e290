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
  /// Epochs since the last new best.
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

/// What one epoch came to.
public struct EpochRecord: Sendable, Hashable {
  /// Counted from 1.
  public let epoch: Int
  /// The mean over the epoch's batches, each at the parameters it met, weighted by rows.
  public let loss: Double
  /// After the epoch; nil without validation rows.
  public let validationLoss: Double?
  /// Accuracy on the validation rows; nil where there are none, or no classes.
  public let validationAccuracy: Double?
  /// Whether the monitored value is the lowest so far.
  public let isBest: Bool
  /// The learning rate of its last update; nil where no schedule changes it.
  public internal(set) var learningRate: Double?
}

/// Why a training ended.
public enum StopReason: String, Sendable, Hashable, CaseIterable {
  /// All epochs are done.
  case epochs
  /// The validation loss has not fallen for the epochs of `patience`.
  case earlyStopping = "early_stopping"
  /// `lbfgs`: the gradient is 0 within its tolerance, or no step lowers the loss any more.
  case converged
  /// The task was cancelled, or `onEpoch` answered `stop`; it can be resumed.
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
  /// Why it ended.
  public let stopped: StopReason
  /// For `.diverged`: where, why and what to do. For `.converged`: how far.
  public let message: String?
  /// Training rows a second, in this run.
  public let samplesPerSecond: Double
  /// Threads a step ran on.
  public let threads: Int
  /// What was monitored: `validation loss`, or nil without validation rows.
  public let monitor: String?
}
