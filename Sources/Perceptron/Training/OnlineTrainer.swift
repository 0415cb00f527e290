/// Trains a model on rows as they come: every call is one pass over its rows, in their order, and
/// the optimizer's moments and step counter live on from call to call.
///
/// Two calls equal one with the rows of both where the first ends with a full batch.
///
/// ```swift
/// var trainer = try OnlineTrainer(model, optimizer: .adam(learningRate: 1e-4))
/// try trainer.partialFit(Table(contentsOf: "monday.csv"))
/// try trainer.partialFit(Table(contentsOf: "tuesday.csv"))
/// try trainer.model.save(to: "model.safetensors")
/// ```
public struct OnlineTrainer<Element: Scalar>: ~Copyable {
  private var step: TrainingStep<Element>
  /// The model after the last call.
  public private(set) var model: MLP<Element>
  /// What is minimised.
  public let loss: Loss
  /// Rows of an update; the last of a call may have fewer.
  public let batchSize: Int
  /// What a call goes back to that diverges.
  private var before: TrainingState<Element>

  /// - Parameters:
  ///   - model: the network to go on from; its preprocessing encodes tables.
  ///   - loss: what is minimised; nil takes the loss the model was trained with.
  ///   - optimizer: the rule of the updates; it starts afresh.
  ///   - batchSize: rows of an update.
  ///   - threads: how many threads may run a step; the result does not depend on it.
  /// - Throws: `PerceptronError` when the network cannot be trained with this loss, or a number is
  ///   out of range.
  public init(
    _ model: MLP<Element>, loss: Loss? = nil, optimizer: Optimizer = .adam(), batchSize: Int = 32,
    threads: Threads = .automatic
  ) throws {
    guard batchSize > 0 else {
      throw PerceptronError(.option, "the batch size must be above 0, not \(batchSize)")
    }
    let loss = loss ?? model.standardLoss
    let step = try TrainingStep(
      model, loss: loss, optimizer: optimizer, largestBatch: batchSize, threads: threads)
    self.step = step
    self.loss = loss
    self.batchSize = batchSize
    self.model = model
    before = TrainingState(parameters: model.parameters)
  }

  /// Updates made so far.
  public var updates: UInt64 { step.clock.step }

  /// Learns the rows of a table whose target is known, as the model encodes them.
  ///
  /// - Returns: the mean loss of the rows, each before the update it took part in.
  /// - Throws: `PerceptronError` when a column is missing, a cell cannot be read or a class is new to
  ///   the model; of kind `.diverged` when the loss stopped being a number. The model is then as it
  ///   was before the call.
  @discardableResult
  public mutating func partialFit(_ table: Table) throws -> Double {
    guard let encoder = model.preprocessing else {
      throw PerceptronError(
        .network, "the model does not say how rows of a table become inputs; it takes matrices")
    }
    let rows = try encoder.labelled(table, among: Array(0..<table.rowCount))
    return try learn(
      Examples(
        inputs: try encoder.encodeInputs(table, rows: rows),
        targets: try encoder.encodeTargets(table, rows: rows, outputs: model.outputs)))
  }

  /// Learns the rows of a data set, as the model encodes them, or as the data set does where the
  /// model has no preprocessing yet.
  ///
  /// - Returns: as the form for tables does.
  /// - Throws: as the form for tables does.
  @discardableResult
  public mutating func partialFit(_ data: Dataset<Element>) throws -> Double {
    let encoder =
      try model.preprocessing
      ?? data.preprocessing.adapted(to: loss, file: data.name)
    let examples = try data.examples(outputs: model.outputs, encodedBy: encoder)
    let value = try learn(Examples(inputs: examples.inputs, targets: examples.targets))
    model.preprocessing = encoder
    return value
  }

  /// Learns rows of matrices: X `[m × n₀]` and T `[m × n_L]`.
  ///
  /// - Returns: as the form for tables does.
  /// - Throws: as the form for tables does.
  @discardableResult
  public mutating func partialFit(
    inputs: Matrix<Element>, targets: Matrix<Element>
  ) throws -> Double {
    guard inputs.rows == targets.rows else {
      throw PerceptronError(
        .dataset, "inputs \(inputs.shape) and targets \(targets.shape) have different rows")
    }
    return try learn(Examples(inputs: inputs, targets: targets))
  }

  private mutating func learn(_ examples: Examples<Element>) throws -> Double {
    try model.checkShapes(examples)
    guard examples.rows <= Int(Int32.max) else {
      throw PerceptronError(.dataset, "\(grouped(examples.rows)) rows are more than 2³¹")
    }
    try loss.validate(targets: examples.targets)
    try model.checkFinite(examples, "new")
    step.snapshot(into: &before)
    let order = (0..<Int32(examples.rows)).map(\.self)
    var sum = 0.0
    var first = 0
    while first < examples.rows {
      let rows = min(batchSize, examples.rows - first)
      let value = order.withUnsafeBufferPointer { order in
        Double(step.run(examples, rows: rows, order: order.baseAddress! + first))
      }
      let place = value.isFinite ? nil : step.firstNonFinite(rows: rows) ?? "the loss"
      if let place { try diverge(value, rows: first + 1...first + rows, place: place) }
      sum += loss.reduction == .sum ? value : value * Double(rows)
      first += rows
    }
    step.snapshot(into: &model)
    guard model.parameters.allSatisfy(\.isFinite) else {
      try diverge(.infinity, rows: 1...examples.rows, place: "the parameters")
    }
    return loss.reduction == .sum ? sum : sum / Double(examples.rows)
  }

  private mutating func diverge(
    _ value: Double, rows: ClosedRange<Int>, place: String
  ) throws -> Never {
    let number = step.clock.step
    step.restore(before)
    step.snapshot(into: &model)
    throw PerceptronError(
      .diverged,
      "the loss became \(value.isNaN ? "NaN" : "infinite") in update \(number), rows "
        + "\(rows.lowerBound) to \(rows.upperBound) of the call, at \(place); the model is as it was "
        + "before; lower the learning rate")
  }
}
