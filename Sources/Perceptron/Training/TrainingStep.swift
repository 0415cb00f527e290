/// One training step, planned once: forward, loss, backward, update, without allocating.
///
/// The loop below `fit`, for those who write their own:
///
/// ```swift
/// var step = try TrainingStep(model, loss: .mse, optimizer: .adam(), largestBatch: 32)
/// for _ in 0..<1000 { print(step.run(x, y)) }
/// step.snapshot(into: &model)
/// ```
public struct TrainingStep<Element: Scalar>: ~Copyable {
  private let runner: PlanRunner<Element>
  /// The rule of the next update: the one the step was made with, but for its rate and momentum,
  /// which may be changed from step to step.
  var optimizer: Optimizer
  private let inputs: Int
  private let outputs: Int
  private let inputForm: InputForm
  private let seed: UInt64
  private let hasSampleWeights: Bool
  /// Where the weight of the last batch's rows stands in the workspace.
  private let weightOffset: Int?
  /// Runs the batches of an update that are gathered; nil where a batch is an update.
  private let accumulator: GradientAccumulator<Element>?
  /// Divides the batches among processes; nil in one by itself.
  let sharing: GradientSharing<Element>?
  /// The optimizer's step counter and running products.
  public internal(set) var clock = OptimizerClock()

  /// - Parameters:
  ///   - model: the network to start from; `snapshot(into:)` hands the trained parameters back.
  ///   - loss: what is minimised; it must fit the output layer.
  ///   - optimizer: the rule of the updates; not `lbfgs`, which no single step makes.
  ///   - regularization: what is done to the gradient before.
  ///   - largestBatch: the most rows a step may be given.
  ///   - hasSampleWeights: whether every step is given a weight for each row.
  ///   - seed: of the units that `Dropout` leaves out.
  ///   - threads: how many threads may run it; the result does not depend on it.
  ///   - executor: who runs it; the result does not depend on it.
  ///   - instructionSet: which kernels run it; nil takes `InstructionSet.selected()`.
  /// - Throws: `PerceptronError` when the network cannot be trained with this loss, or an
  ///   optimizer's number is out of range.
  public init(
    _ model: MLP<Element>, loss: Loss, optimizer: Optimizer,
    regularization: Regularization = Regularization(), largestBatch: Int,
    hasSampleWeights: Bool = false, seed: UInt64 = 0, threads: Threads = .automatic,
    executor: Executor = .kernels,
    instructionSet: InstructionSet? = nil
  ) throws {
    guard !optimizer.isFullBatch else {
      throw PerceptronError(.option, "lbfgs is no rule of single updates: use fit")
    }
    try self.init(
      model, loss: loss, optimizer: optimizer, regularization: regularization,
      largestBatch: largestBatch, inputForm: .numbers, hasSampleWeights: hasSampleWeights,
      threads: threads, executor: executor, instructionSet: instructionSet, seed: seed)
  }

  /// The same for inputs that may be kept as bytes, and with a say in how a narrow network runs.
  init(
    _ model: MLP<Element>, loss: Loss, optimizer: Optimizer,
    regularization: Regularization = Regularization(), largestBatch: Int, inputForm: InputForm,
    hasSampleWeights: Bool = false, accumulates: Bool = false, threads: Threads = .automatic,
    executor: Executor = .kernels, instructionSet: InstructionSet? = nil,
    samplesInLanes: Bool? = nil, seed: UInt64 = 0, sharing: GradientSharing<Element>? = nil
  ) throws {
    let accumulates = accumulates || sharing != nil
    try model.architecture.validate(training: loss)
    try optimizer.validate()
    try regularization.validate(optimizer)
    let runner = try PlanRunner<Element>(
      Plan(
        model.architecture,
        optimizer.isFullBatch ? .differentiate(loss) : .train(loss, optimizer, regularization),
        largestBatch: accumulates ? 1 : largestBatch,
        samplesInLanes: executor == .kernels && !accumulates
          && samplesInLanes ?? model.architecture.isNarrow,
        inputForm: inputForm, hasSampleWeights: hasSampleWeights),
      executor: executor, threads: threads, instructionSet: instructionSet)
    runner.workspace.write(model.parameters, to: .parameters)
    accumulator =
      accumulates
      ? try GradientAccumulator(
        runner, loss: loss, largestBatch: largestBatch, executor: executor,
        threads: threads, instructionSet: instructionSet, sharing: sharing) : nil
    self.sharing = sharing
    self.runner = runner
    inputs = model.inputs
    outputs = model.outputs
    self.inputForm = inputForm
    self.seed = seed
    self.hasSampleWeights = hasSampleWeights
    weightOffset = runner.plan.weightedFactor.map { $0.offset + 1 }
    self.optimizer = optimizer
  }

  /// The threads that run it.
  public var threads: Int { accumulator?.threads ?? runner.threads }

  /// Trains on one batch: all rows of x `[m × n₀]` and y `[m × n_L]`.
  ///
  /// - Returns: the batch's loss before the update. When it is not a finite number no update has
  ///   been made.
  @specialized(where Element == Float)
  @specialized(where Element == Double)
  @discardableResult
  public mutating func run(_ x: Matrix<Element>, _ y: Matrix<Element>) -> Element {
    guard
      x.columns == inputs, y.columns == outputs, x.rows == y.rows, inputForm == .numbers,
      !hasSampleWeights
    else {
      misuse(
        "a step of \(runner.plan.architecture.summary) was given inputs \(x.shape) and targets "
          + "\(y.shape)")
    }
    clock.advance(optimizer)
    return x.values.withUnsafeBufferPointer { inputs in
      y.values.withUnsafeBufferPointer { targets in
        runner.workspace.point(.inputs, at: inputs.baseAddress)
        runner.workspace.point(.targets, at: targets.baseAddress)
        return runner.run(call(rows: x.rows))
      }
    }
  }

  /// The same with a weight for each row, m finite numbers of 0 and above. Where all are 0 the loss
  /// and its gradient are 0.
  @specialized(where Element == Float)
  @specialized(where Element == Double)
  @discardableResult
  public mutating func run(
    _ x: Matrix<Element>, _ y: Matrix<Element>, weights: [Element]
  ) -> Element {
    guard
      x.columns == inputs, y.columns == outputs, x.rows == y.rows, inputForm == .numbers,
      hasSampleWeights, weights.count == x.rows
    else {
      misuse(
        "a step of \(runner.plan.architecture.summary) \(hasSampleWeights ? "with" : "without") weights "
          + "was given inputs \(x.shape), targets \(y.shape) and \(weights.count) weights")
    }
    clock.advance(optimizer)
    return Examples(inputs: x, targets: y, weights: weights).bound(to: runner.workspace.memory) {
      runner.run(call(rows: x.rows))
    }
  }

  @inline(__always)
  private func call(rows: Int, order: UnsafePointer<Int32>? = nil) -> PlanCall {
    PlanCall(
      rows: rows, order: order, coefficients: clock.coefficients(optimizer), seed: seed,
      step: clock.step)
  }

  /// What the last batch counts in the mean over an epoch: its rows, or what they weigh.
  func weight(ofRows rows: Int) -> Double {
    if let accumulator { return accumulator.weight }
    return weightOffset.map { Double(runner.workspace.memory.base(.workspace)[$0]) }
      ?? Double(rows)
  }

  /// Trains on the first `rows` rows of the examples that `order` names: numbers of rows of their
  /// source. They may be more than a batch where batches are accumulated.
  @specialized(where Element == Float)
  @specialized(where Element == Double)
  @discardableResult
  mutating func run(
    _ examples: borrowing Examples<Element>, rows: Int, order: UnsafePointer<Int32>
  ) -> Element {
    clock.advance(optimizer)
    if let accumulator {
      return accumulator.run(examples, call(rows: rows, order: order))
    }
    let call = call(rows: rows, order: order)
    return examples.bound(to: runner.workspace.memory) { runner.run(call) }
  }

  /// The loss and its gradient for rows of the examples, without an update.
  @specialized(where Element == Float)
  @specialized(where Element == Double)
  func differentiate(
    _ examples: borrowing Examples<Element>, rows: Int, order: UnsafePointer<Int32>
  ) -> Element {
    let call = PlanCall(rows: rows, order: order)
    return examples.bound(to: runner.workspace.memory) { runner.run(call) }
  }

  /// The memory it trains in, parameters and state in the order of files.
  var memory: PlanRunner<Element> {
    runner.settle()
    return runner
  }

  /// Copies the parameters into `model`.
  public func snapshot(into model: inout MLP<Element>) {
    memory.workspace.read(.parameters, into: &model.parameters)
  }

  /// The first layer whose values in the last step are not finite numbers: the word for the message
  /// when training stops.
  func firstNonFinite(rows: Int) -> String? {
    accumulator.map { $0.firstNonFinite(rows: rows) } ?? runner.firstNonFinite(rows: rows)
  }
}
