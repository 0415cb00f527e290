/// Rows to judge a training by, after each epoch.
public enum Validation<Element: Scalar>: Sendable {
  /// No rows: the last epoch's parameters are kept.
  case none
  /// A stratified share of the training rows, held out: at least 2 rows and one of each class, or
  /// nothing where there are too few for that.
  case fraction(Double)
  /// Rows of their own.
  case dataset(Dataset<Element>)
}

extension MLP {
  /// Trains the network on rows of a table, and keeps the best parameters: those of the best
  /// monitored value (the lowest validation loss unless told otherwise), or of the last epoch
  /// without validation rows. It starts from the parameters the model has.
  ///
  /// The model takes over how rows are encoded, fitted on the training rows, so that afterwards it
  /// predicts from raw rows; to train a trained model on, keep the encoding it has. Training works on probabilities; class labels exist only at inference.
  ///
  /// ```swift
  /// let history = try model.fit(train, loss: .crossEntropy, optimizer: .adam(learningRate: 1e-3),
  ///                             epochs: 100, batchSize: 32, validation: .fraction(0.1))
  /// ```
  ///
  /// - Parameters:
  ///   - data: the rows to learn from.
  ///   - loss: what is minimised; it must fit the output layer.
  ///   - optimizer: the rule of the updates.
  ///   - schedule: how the learning rate changes.
  ///   - regularization: what is done to a gradient before the update; the losses reported are
  ///     without it.
  ///   - epochs: passes over the rows.
  ///   - batchSize: rows of a step.
  ///   - validation: the rows to judge by.
  ///   - seed: the order of the rows in epoch e, and which are held out, are functions of it.
  ///   - threads: how many threads may run a step; the result does not depend on it.
  ///   - earlyStopping: epochs without an improvement of the monitored value after which to stop.
  ///   - minDelta: by how much a value must be better to count as an improvement.
  ///   - monitor: the value of the validation rows by which epochs are compared.
  ///   - accumulation: how many batches are gathered to one update.
  ///   - keepsPreprocessing: whether rows are encoded as the model says already, in place of
  ///     fitting the encoding anew.
  ///   - checkpoint: where the state is saved, and whether to resume from there.
  ///   - callbacks: are told of every step and epoch.
  ///   - onEpoch: is handed each epoch's result and answers whether to go on.
  /// - Returns: the course of the training.
  /// - Throws: `PerceptronError`; of kind `.diverged` when the loss stopped being a number, with the
  ///   last good parameters in the model. `CancellationError` when the Task is cancelled, with the
  ///   best parameters so far in the model.
  @discardableResult
  public mutating func fit(
    _ data: Dataset<Element>, loss: Loss, optimizer: Optimizer = .adam(),
    schedule: LearningRateSchedule? = nil, regularization: Regularization = Regularization(),
    epochs: Int = 100, batchSize: Int = 32, validation: Validation<Element> = .fraction(0.1),
    earlyStopping: Int? = nil, minDelta: Double = 0, monitor: Monitor = .loss,
    accumulation: Int = 1, keepsPreprocessing: Bool = false, seed: UInt64 = 0,
    threads: Threads = .automatic, checkpoint: TrainingOptions.Checkpoint? = nil,
    callbacks: [any TrainingCallback] = [],
    onEpoch: (EpochRecord) -> TrainingControl = { _ in .proceed }
  ) throws -> TrainingHistory {
    let options = TrainingOptions(
      loss: loss, optimizer: optimizer, schedule: schedule, regularization: regularization,
      epochs: epochs, batchSize: batchSize, seed: seed, patience: earlyStopping,
      minDelta: minDelta, monitor: monitor, accumulation: accumulation, threads: threads,
      checkpoint: checkpoint)
    if keepsPreprocessing, preprocessing == nil {
      throw PerceptronError(.option, "the model has no preprocessing to keep")
    }
    let encoder = keepsPreprocessing ? preprocessing : nil
    return try raising(
      train(
        on: data, validation: validation, options: options, encodedBy: encoder,
        callbacks: callbacks, onEpoch: onEpoch))
  }

  /// Trains the network on matrices: X `[m × n₀]` and T `[m × n_L]`, without preprocessing.
  ///
  /// - Throws: as the form for data sets does.
  @discardableResult
  public mutating func fit(
    inputs: Matrix<Element>, targets: Matrix<Element>, loss: Loss, optimizer: Optimizer = .adam(),
    schedule: LearningRateSchedule? = nil, regularization: Regularization = Regularization(),
    epochs: Int = 100, batchSize: Int = 32, validation: Examples<Element>? = nil,
    earlyStopping: Int? = nil, minDelta: Double = 0, monitor: Monitor = .loss,
    accumulation: Int = 1, seed: UInt64 = 0, threads: Threads = .automatic,
    checkpoint: TrainingOptions.Checkpoint? = nil, callbacks: [any TrainingCallback] = [],
    onEpoch: (EpochRecord) -> TrainingControl = { _ in .proceed }
  ) throws -> TrainingHistory {
    let options = TrainingOptions(
      loss: loss, optimizer: optimizer, schedule: schedule, regularization: regularization,
      epochs: epochs, batchSize: batchSize, seed: seed, patience: earlyStopping,
      minDelta: minDelta, monitor: monitor, accumulation: accumulation, threads: threads,
      checkpoint: checkpoint)
    guard inputs.rows == targets.rows else {
      throw PerceptronError(
        .dataset, "inputs \(inputs.shape) and targets \(targets.shape) have different rows")
    }
    return try raising(
      train(
        on: Examples(inputs: inputs, targets: targets), validation: validation, options: options,
        callbacks: callbacks, onEpoch: onEpoch))
  }

  /// Turns an end that is no result into an error.
  private func raising(_ history: TrainingHistory) throws -> TrainingHistory {
    switch history.stopped {
    case .diverged: throw PerceptronError(.diverged, history.message ?? "diverged")
    case .interrupted where Task<Never, Never>.isCancelled: throw CancellationError()
    default: return history
    }
  }

  /// Trains on rows of a table, and reports every end as a result. `onStart` is called when nothing
  /// that can be refused is left. Without `known` the encoding is fitted on the training rows.
  package mutating func train(
    on data: Dataset<Element>, validation: Validation<Element>, options: TrainingOptions,
    encodedBy known: Preprocessing? = nil, with communicator: (any Communicator)? = nil,
    callbacks: [any TrainingCallback] = [],
    notice: (String) -> Void = { _ in }, onStart: () -> Void = {},
    onEpoch: (EpochRecord) -> TrainingControl
  ) throws -> TrainingHistory {
    try checkOutputs(data, encodedBy: known ?? data.preprocessing)
    if data.isClassification, options.loss.kind.isOfLogits {
      throw PerceptronError(
        .network,
        "\(options.loss.kind.rawValue) leaves a network that says logits, not probabilities, of "
          + "classes; use cross-entropy with softmax or binary-cross-entropy with sigmoid")
    }
    _ = try data.preprocessing.adapted(to: options.loss, file: data.name)
    var train = data
    var held: Dataset<Element>?
    switch validation {
    case .none: break
    case .dataset(let rows): held = rows
    case .fraction(let fraction):
      guard fraction > 0, fraction < 1 else {
        throw PerceptronError(
          .option, "the validation share must be between 0 and 1, not \(fraction)")
      }
      if let parts = data.splitForValidation(fraction: fraction, seed: options.seed) {
        (train, held) = (parts.train, parts.validation)
      } else {
        notice("too few rows to hold any out for validation")
      }
    }
    let encoder = try (known ?? data.preprocessing(fittedOn: train))
      .adapted(to: options.loss, file: data.name)
    let rows = try train.examples(outputs: outputs, encodedBy: encoder)
    let heldRows = try held?.examples(outputs: outputs, encodedBy: encoder)
    // A refused training leaves the model as it was.
    let before = preprocessing
    var hasStarted = false
    preprocessing = encoder
    defer { if !hasStarted { preprocessing = before } }
    return try self.train(
      on: rows, validation: heldRows, options: options, with: communicator,
      callbacks: callbacks, notice: notice,
      onStart: {
        hasStarted = true
        onStart()
      }, onEpoch: onEpoch)
  }

  /// Trains on matrices, and reports every end as a result.
  @specialized(where Element == Float)
  @specialized(where Element == Double)
  package mutating func train(
    on examples: Examples<Element>, validation: Examples<Element>?, options: TrainingOptions,
    with communicator: (any Communicator)? = nil, callbacks: [any TrainingCallback] = [],
    notice: (String) -> Void = { _ in },
    onStart: () -> Void = {},
    onEpoch: (EpochRecord) -> TrainingControl
  ) throws -> TrainingHistory {
    try checkMonitor(options, hasValidation: validation != nil)
    try options.loss.validate(targets: examples.targets)
    try examples.validateWeights(options.loss, "training")
    if let validation {
      try options.loss.validate(targets: validation.targets)
      try validation.validateWeights(options.loss, "validation")
    }
    try checkFinite(examples, "training")
    if let validation {
      try checkFinite(validation, "validation")
      try options.monitor.check(validation.targets, of: preprocessing?.targets ?? [])
    }
    var trainer = try Trainer(
      self, train: examples, validation: validation, options: options, with: communicator)
    onStart()
    if let note = trainer.note { notice(note) }
    return try trainer.run(&self, callbacks: callbacks, onEpoch: onEpoch)
  }

  /// Checks that there is something to judge by where that is asked for.
  func checkMonitor(_ options: TrainingOptions, hasValidation: Bool) throws {
    if options.patience != nil, !hasValidation {
      throw PerceptronError(
        .option,
        "early stopping watches the \(options.monitor.title), and there are no validation rows")
    }
    if options.monitor != .loss, !hasValidation {
      throw PerceptronError(
        .option,
        "\(options.monitor.title) cannot be monitored: there are no validation rows")
    }
  }

  /// Checks that the output layer fits what a data set asks for.
  private func checkOutputs(_ data: Dataset<Element>, encodedBy encoder: Preprocessing) throws {
    guard encoder.inputCount == inputs else {
      throw PerceptronError(
        .network,
        "the data make \(encoder.inputCount) inputs, the network takes \(inputs); its first layer "
          + "must be built for them", file: data.name)
    }
    if let classes = encoder.classes {
      guard outputs == classes.count || (outputs == 1 && classes.count == 2) else {
        throw PerceptronError(
          .network,
          "\(classes.count) classes need \(classes.count == 2 ? "1 or 2" : "\(classes.count)") "
            + "outputs, the network has \(outputs)", file: data.name)
      }
    } else if outputs != data.targets.count {
      throw PerceptronError(
        .network,
        data.targets.count == 1
          ? "a number to predict needs 1 output, the network has \(outputs)"
          : "\(data.targets.count) targets need as many outputs, the network has \(outputs)",
        file: data.name)
    }
  }

  func checkFinite(_ examples: Examples<Element>, _ what: String) throws {
    guard examples.isFinite else {
      throw PerceptronError(.dataset, "the \(what) data has values that are not finite numbers")
    }
  }
}
