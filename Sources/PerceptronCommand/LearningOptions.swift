import ArgumentParser
import Perceptron

/// How a network is trained: the options that `train`, `cross-validate` and `tune` share.
struct LearningOptions: ParsableArguments {
  @OptionGroup var optimizing: OptimizerOptions

  @Option(help: "Passes over the training rows.")
  var epochs = 100

  @Option(help: "Rows in a step; the last step of an epoch may have fewer.")
  var batchSize = 32

  @Option(
    help: ArgumentHelp(
      "Gather the gradients of this many batches to one update; memory is that of one.",
      valueName: "batches"))
  var accumulate = 1

  @Option(
    help: """
      What epochs are compared by, on the validation rows: loss, accuracy, f1, roc_auc, mae, rmse \
      or r2. The best epoch's weights are kept.
      """)
  var monitor = "loss"

  @Option(
    help: ArgumentHelp(
      "Stop after this many epochs without an improvement of the monitored value.",
      valueName: "patience"))
  var earlyStopping: Int?

  @Option(help: "What counts as an improvement to --early-stopping: more than this. (default: 0)")
  var minDelta: Double?

  @Option(help: "The same seed gives the same model, to the bit.")
  var seed: UInt64 = 0

  @Option(help: "float or double. (default: float)")
  var precision: String?

  func validate() throws {
    if minDelta != nil, earlyStopping == nil {
      throw ValidationError("--min-delta has no effect without --early-stopping.")
    }
  }

  /// Refuses options that need validation rows where there are none.
  func validate(validation: String) throws {
    guard Double(validation) == 0 else { return }
    if earlyStopping != nil {
      throw ValidationError(
        "--early-stopping has no effect with --validation 0: it watches the validation rows.")
    }
    if monitorsAnotherThanLoss {
      throw ValidationError(
        "--monitor has no effect with --validation 0: it is of the validation rows.")
    }
  }

  /// Whether epochs are compared by something that not all rows have.
  var monitorsAnotherThanLoss: Bool { (try? Monitor(named: monitor)) ?? .loss != .loss }

  /// Everything but where the state is saved.
  func trainingOptions(_ loss: Loss) throws -> TrainingOptions {
    let optimizer = try optimizing.rule()
    let schedule = try optimizing.learningRateSchedule()
    try schedule?.validate(optimizer)
    return TrainingOptions(
      loss: loss, optimizer: optimizer, schedule: schedule,
      regularization: optimizing.regularization, epochs: epochs, batchSize: batchSize, seed: seed,
      patience: earlyStopping, minDelta: minDelta ?? 0,
      monitor: try Monitor(named: monitor), accumulation: accumulate)
  }

  /// The precision that was asked for, or `usual`.
  func chosenPrecision(usual: Precision = .float) throws -> Precision {
    try precision.map { try named($0, Precision.self, "precision") } ?? usual
  }
}
