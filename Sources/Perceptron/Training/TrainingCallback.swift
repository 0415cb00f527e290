/// Somebody who is told how a training goes and may end it.
///
/// Every method has a default that does nothing. Several callbacks are told in their order; training
/// stops when any of them answers `stop`. An error that one throws ends the training and is handed
/// on by `fit`, the best parameters so far in the model; `trainingEnded` is then not called.
///
/// ```swift
/// struct Budget: TrainingCallback {
///   let deadline: ContinuousClock.Instant
///   func stepEnded(_ step: StepRecord) -> TrainingControl { .now < deadline ? .proceed : .stop }
/// }
/// try model.fit(data, loss: .mse, callbacks: [Budget(deadline: .now + .seconds(60))])
/// ```
public protocol TrainingCallback {
  /// Before the first step; `history` has the epochs before a resume.
  func trainingStarted(_ history: [EpochRecord]) throws
  /// After every update of the parameters.
  func stepEnded(_ step: StepRecord) throws -> TrainingControl
  /// After every epoch, its validation included.
  func epochEnded(_ epoch: EpochRecord) throws -> TrainingControl
  /// The same, with the network as it stands then: `model` makes a copy of it.
  func epochEnded<Element: Scalar>(
    _ epoch: EpochRecord, model: () -> MLP<Element>
  ) throws -> TrainingControl
  /// After the last step, whatever ended the training but an error.
  func trainingEnded(_ history: TrainingHistory) throws
}

extension TrainingCallback {
  /// Does nothing.
  public func trainingStarted(_ history: [EpochRecord]) throws {}
  /// Goes on.
  public func stepEnded(_ step: StepRecord) throws -> TrainingControl { .proceed }
  /// Goes on.
  public func epochEnded(_ epoch: EpochRecord) throws -> TrainingControl { .proceed }
  /// Leaves the network alone: `epochEnded(_:)` is asked.
  public func epochEnded<Element: Scalar>(
    _ epoch: EpochRecord, model: () -> MLP<Element>
  ) throws -> TrainingControl { try epochEnded(epoch) }
  /// Does nothing.
  public func trainingEnded(_ history: TrainingHistory) throws {}
}

/// What one update of the parameters came to.
public struct StepRecord: Sendable, Hashable {
  /// The epoch it belongs to, counted from 1.
  public let epoch: Int
  /// Its place in the epoch, counted from 1.
  public let batch: Int
  /// Its place in the whole training, counted from 1.
  public let step: UInt64
  /// How many rows it saw.
  public let rows: Int
  /// Their loss, before the update.
  public let loss: Double
  /// η of the update.
  public let learningRate: Double
}

extension [any TrainingCallback] {
  /// Asks all; one `stop` is enough.
  func ask(
    _ question: (any TrainingCallback) throws -> TrainingControl
  ) rethrows -> TrainingControl {
    var answer = TrainingControl.proceed
    for callback in self where try question(callback) == .stop { answer = .stop }
    return answer
  }
}
