extension MLP {
  /// How a network is trained on rows that are read from a disk.
  package struct StreamPlan: Sendable {
    /// The rows.
    package let source: any RowSource
    /// The order, which the memory for rows decides.
    let order: WindowOrder
    /// The rows to judge by, which stay in memory: those held out, but no more than a quarter of it
    /// holds.
    package let validationRows: Range<Int>

    /// - Parameters:
    ///   - memory: bytes for rows.
    ///   - validates: whether rows that were held out are used.
    /// - Throws: `PerceptronError` where the memory does not hold two updates.
    package init(
      _ source: any RowSource, _ options: TrainingOptions, memory: Int, validates: Bool = true
    ) throws {
      try options.validate()
      let size = source.memory(ofRowIn: Element.precision)
      let held = validates ? min(source.rows - source.trainingRows, memory / 4 / size) : 0
      self.source = source
      validationRows = source.trainingRows..<source.trainingRows + held
      order = try WindowOrder(
        rows: source.trainingRows, rowSize: size,
        rowsPerUpdate: options.rowsPerUpdate(of: source.trainingRows),
        memory: memory - held * size, seed: options.seed)
    }

    /// Rows that are shuffled among themselves, and how many of these windows there are.
    package var windowRows: Int { order.windowRows }
    /// How many windows an epoch has.
    package var windows: Int { order.windows }
    /// Neighbours that stay together.
    package var blockRows: Int { order.blockRows }
  }

  /// Trains on rows that are read from a disk, and reports every end as a result.
  package mutating func train(
    on plan: StreamPlan, options: TrainingOptions, with communicator: (any Communicator)? = nil,
    callbacks: [any TrainingCallback] = [], notice: (String) -> Void = { _ in },
    onStart: () -> Void = {}, onEpoch: (EpochRecord) -> TrainingControl
  ) throws -> TrainingHistory {
    let source = plan.source
    guard source.inputs == inputs, source.outputs == outputs else {
      throw PerceptronError(
        .network,
        "the rows have \(source.inputs) inputs and \(source.outputs) targets, the network takes "
          + "\(inputs) and says \(outputs)", file: source.name)
    }
    guard !options.optimizer.isFullBatch, !options.measuresTraining else {
      throw PerceptronError(
        .option,
        "rows on a disk are learned from batch by batch: lbfgs and metrics of the training rows need "
          + "all of them")
    }
    let encoder = try source.preprocessing(for: options.loss)
    let validation: Examples<Element>? =
      plan.validationRows.isEmpty ? nil : try source.examples(plan.validationRows)
    try checkMonitor(options, hasValidation: validation != nil)
    // The first rows stand for all where what targets are is looked at.
    let sample: Examples<Element> = try source.examples(0..<min(source.trainingRows, 256))
    try options.loss.validate(targets: sample.targets)
    if let validation {
      try options.loss.validate(targets: validation.targets)
      try options.monitor.check(validation.targets, of: encoder.targets)
    }
    let weight = try source.weight(in: options.loss, as: Element.self)
    guard weight > 0, validation.map({ $0.weight(in: options.loss) > 0 }) ?? true else {
      throw PerceptronError(
        .dataset, "all rows have weight 0: there is nothing to learn from or judge by",
        file: source.name)
    }
    preprocessing = encoder
    let stream = RowStream<Element>(
      source, order: plan.order, weight: weight,
      share: WindowShare(of: communicator?.rank ?? 0, among: communicator?.count ?? 1),
      epochs: options.epochs)
    var trainer = try Trainer(
      self, train: sample, from: stream, validation: validation, options: options,
      with: communicator)
    onStart()
    if let note = trainer.note { notice(note) }
    return try trainer.run(&self, callbacks: callbacks, onEpoch: onEpoch)
  }
}

extension RowSource {
  /// How raw rows become these, as a network trained with a loss says it.
  ///
  /// - Throws: `PerceptronError` where the loss wants targets in another form than they have.
  package func preprocessing(for loss: Loss) throws -> Preprocessing {
    let adapted = try preprocessing.adapted(to: loss, file: name)
    for (target, stored) in zip(adapted.targets, preprocessing.targets) {
      switch (target.output, stored.kind) {
      case (.score, _):
        throw PerceptronError(
          .network,
          "\(loss.kind.rawValue) compares −1 and 1, and the rows hold 0 and 1; use "
            + "binary-cross-entropy", file: name)
      case (.logarithm, .number(let shift, let scale)) where shift != 0 || scale != 1:
        throw PerceptronError(
          .network,
          "\(loss.kind.rawValue) counts, and the targets are scaled: use --scale none",
          file: name)
      case (.direct, _), (.logarithm, _): break
      }
    }
    return adapted
  }
}
