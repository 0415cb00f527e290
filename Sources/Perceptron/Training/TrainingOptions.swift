/// How a network is trained.
public struct TrainingOptions: Sendable, Hashable {
  /// What is minimised; it must fit the output layer.
  public var loss: Loss
  /// The rule of the updates.
  public var optimizer: Optimizer
  /// How the learning rate changes; nil leaves it as it is.
  public var schedule: LearningRateSchedule?
  /// What is done to a gradient before the update.
  public var regularization: Regularization
  /// Passes over the training rows.
  public var epochs: Int
  /// Rows of a step. The last batch of an epoch may be shorter; it is used, and the epoch's loss
  /// weighs each batch by its rows.
  public var batchSize: Int
  /// The order of epoch e is a function of (seed, e).
  public var seed: UInt64
  /// Epochs without an improvement after which training stops; nil trains all epochs.
  public var patience: Int?
  /// What counts as an improvement to `patience`: more than this. The best is the best, by however
  /// little.
  public var minDelta: Double
  /// The value of the validation rows by which epochs are compared.
  public var monitor: Monitor
  /// How many batches are gathered to one update; see `GradientAccumulator`.
  public var accumulation: Int
  /// Whether an update's sums have one order whatever the number of processes; see `GradientSharing`.
  public var isDeterministic = false
  /// Whether the metrics of the training rows are computed after each epoch, at the cost of a
  /// forward pass over them, about a third of an epoch.
  public var measuresTraining: Bool
  /// How many threads may run a step; the result does not depend on it.
  public var threads: Threads
  /// Where and how often the state is saved.
  public var checkpoint: Checkpoint?
  /// What else a checkpoint must have been made with to be resumed, beside what stands here: the
  /// options that shaped the data and the network.
  public var context: [ProvenanceEntry]

  /// Nothing is checked here; training throws for a number out of range.
  public init(
    loss: Loss, optimizer: Optimizer = .adam(), schedule: LearningRateSchedule? = nil,
    regularization: Regularization = Regularization(), epochs: Int = 100, batchSize: Int = 32,
    seed: UInt64 = 0, patience: Int? = nil, minDelta: Double = 0, monitor: Monitor = .loss,
    accumulation: Int = 1, measuresTraining: Bool = false, threads: Threads = .automatic,
    checkpoint: Checkpoint? = nil, context: [ProvenanceEntry] = []
  ) {
    self.loss = loss
    self.optimizer = optimizer
    self.schedule = schedule
    self.regularization = regularization
    self.epochs = epochs
    self.batchSize = batchSize
    self.seed = seed
    self.patience = patience
    self.minDelta = minDelta
    self.monitor = monitor
    self.accumulation = accumulation
    self.measuresTraining = measuresTraining
    self.threads = threads
    self.checkpoint = checkpoint
    self.context = context
  }

  /// Saving the state of a training to a file.
  public struct Checkpoint: Sendable, Hashable {
    /// The file; it is replaced whole at every save.
    public var path: String
    /// How often it is saved, beside the end and an interruption, where it always is.
    public var interval: Interval
    /// Whether to take up the training that `path` holds, if it is there.
    public var resumes: Bool

    /// Every 10 seconds, and not resumed, unless told otherwise.
    public init(path: String, every interval: Interval = .seconds(10), resumes: Bool = false) {
      self.path = path
      self.interval = interval
      self.resumes = resumes
    }

    /// What is counted from one save to the next.
    public enum Interval: Sendable, Hashable {
      /// Whole epochs; at least 1.
      case epochs(Int)
      /// Batches, across epochs; at least 1.
      case steps(Int)
      /// Seconds on the clock, looked at after every step; above 0.
      case seconds(Double)

      /// Reads `5`, `500steps`, `30s` or `5m`.
      ///
      /// - Throws: `PerceptronError` for anything else.
      public init(_ text: String) throws {
        func positive<Number: Comparable & LosslessStringConvertible & ExpressibleByIntegerLiteral>(
          dropping suffix: String
        ) -> Number? {
          guard text.hasSuffix(suffix) else { return nil }
          return Number(String(text.dropLast(suffix.count))).flatMap { $0 > 0 ? $0 : nil }
        }
        if let count: Int = positive(dropping: "steps") {
          self = .steps(count)
        } else if let seconds: Double = positive(dropping: "s"), seconds < 1e9 {
          self = .seconds(seconds)
        } else if let minutes: Double = positive(dropping: "m"), minutes < 1e7 {
          self = .seconds(minutes * 60)
        } else if let count: Int = positive(dropping: "") {
          self = .epochs(count)
        } else {
          throw PerceptronError(
            .option,
            "\(quoted(text)) is no interval; write 5 (epochs), 500steps, 30s or 5m")
        }
      }
    }
  }

  /// - Throws: `PerceptronError` for a number out of range.
  package func validate() throws {
    guard epochs > 0 else {
      throw PerceptronError(.option, "the number of epochs must be above 0, not \(epochs)")
    }
    guard batchSize > 0 else {
      throw PerceptronError(.option, "the batch size must be above 0, not \(batchSize)")
    }
    switch checkpoint?.interval {
    case .epochs(let count)? where count <= 0, .steps(let count)? where count <= 0:
      throw PerceptronError(.option, "a checkpoint every \(count) makes no sense")
    case .seconds(let seconds)? where !(seconds > 0 && seconds < 1e9):
      throw PerceptronError(.option, "a checkpoint every \(seconds) seconds makes no sense")
    default: break
    }
    if let patience, patience <= 0 {
      throw PerceptronError(.option, "the patience must be above 0, not \(patience)")
    }
    guard minDelta >= 0, minDelta.isFinite else {
      throw PerceptronError(.option, "the least improvement must be at least 0, not \(minDelta)")
    }
    guard patience != nil || minDelta == 0 else {
      throw PerceptronError(.option, "a least improvement has no effect without early stopping")
    }
    guard accumulation > 0 else {
      throw PerceptronError(
        .option, "the number of accumulated batches must be above 0, not \(accumulation)")
    }
    guard accumulation == 1 || !optimizer.isFullBatch else {
      throw PerceptronError(
        .option, "\(optimizer.name) takes all rows at once: there are no batches to accumulate")
    }
    try optimizer.validate()
    try schedule?.validate(optimizer)
    try regularization.validate(optimizer)
  }

  /// Rows of a batch; no more than there are, and all for an optimizer that wants them.
  func batchSize(of rows: Int) -> Int { optimizer.isFullBatch ? rows : min(batchSize, rows) }

  /// Rows of one update: a batch, or the batches that are accumulated, but no more than there are.
  func rowsPerUpdate(of rows: Int) -> Int {
    if optimizer.isFullBatch { return rows }
    let (product, overflow) = batchSize.multipliedReportingOverflow(by: accumulation)
    return overflow ? rows : min(product, rows)
  }
}
