/// What one epoch came to.
public struct EpochRecord: Sendable, Hashable {
  /// Counted from 1.
  public let epoch: Int
  /// The mean over the epoch's batches, each at the parameters it met, weighted by rows.
  public let loss: Double
  /// η at the epoch's end.
  public let learningRate: Double
  /// On the training rows after the epoch; nil unless `TrainingOptions.measuresTraining` asks.
  public let training: EpochMetrics?
  /// On the validation rows after the epoch; nil where there are none.
  public let validation: EpochMetrics?
  /// Whether the monitored value is the best so far.
  public let isBest: Bool

  /// After the epoch; nil without validation rows.
  public var validationLoss: Double? { validation?.loss }
  /// Accuracy on the validation rows; nil where there are none, or no classes.
  public var validationAccuracy: Double? { validation?.accuracy }

  /// Everything that is known, by name: a line of a history, and of a checkpoint.
  package var json: JSON {
    var members = [
      JSON.Member("epoch", JSON(epoch)), JSON.Member("loss", JSON(loss)),
      JSON.Member("learning_rate", JSON(learningRate)),
    ]
    for (set, metrics) in [("training", training), ("validation", validation)] {
      for (name, value) in metrics?.members ?? [] {
        members.append(JSON.Member("\(set)_\(name)", JSON(value)))
      }
    }
    return .object(members + [JSON.Member("best", .bool(isBest))])
  }

  /// Reads what `json` has written; nil for anything else.
  package init?(_ json: JSON) {
    guard let epoch = json["epoch"]?.int, let loss = json["loss"]?.double,
      let learningRate = json["learning_rate"]?.double, let isBest = json["best"]?.bool
    else { return nil }
    self.init(
      epoch: epoch, loss: loss, learningRate: learningRate,
      training: EpochMetrics { json["training_\($0)"]?.double },
      validation: EpochMetrics { json["validation_\($0)"]?.double }, isBest: isBest)
  }

  init(
    epoch: Int, loss: Double, learningRate: Double, training: EpochMetrics?,
    validation: EpochMetrics?, isBest: Bool
  ) {
    self.epoch = epoch
    self.loss = loss
    self.learningRate = learningRate
    self.training = training
    self.validation = validation
    self.isBest = isBest
  }
}
