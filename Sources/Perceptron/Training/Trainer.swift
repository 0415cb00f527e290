/// The training loop: epochs of shuffled mini-batches, the best parameters kept, the state saved.
struct Trainer<Element: Scalar>: ~Copyable {
  let architecture: Architecture
  /// For checkpoints, which can be used as models.
  let preprocessing: Preprocessing?
  let train: Examples<Element>
  /// Where the training rows are read from, piece by piece; nil where `train` has them all.
  private let stream: RowStream<Element>?
  private let trainRows: Int
  let validation: Examples<Element>?
  let options: TrainingOptions
  var step: TrainingStep<Element>
  private let evaluator: Evaluator<Element>?
  /// Measures the training rows after an epoch, where that is asked for.
  private let trainEvaluator: Evaluator<Element>?
  var state: TrainingState<Element>
  var order: [Int32]
  private var lastSave: ContinuousClock.Instant
  private var stepsSinceSave = 0
  private var rowsSeen = 0
  /// What the training rows count together: their number, or what they weigh.
  private let trainWeight: Double
  /// What a user should know about the start: resumed, or started afresh.
  let note: String?

  init(
    _ model: MLP<Element>, train: Examples<Element>, from stream: RowStream<Element>? = nil,
    validation: Examples<Element>?, options: TrainingOptions,
    with communicator: (any Communicator)? = nil
  ) throws {
    let trainRows = stream?.rows ?? train.rows
    try options.validate()
    if communicator != nil || options.isDeterministic {
      try options.checkIsDivisible(model.architecture)
    }
    if options.optimizer.isFullBatch {
      try model.architecture.checkIsOneFunction(options.optimizer)
    }
    try model.checkShapes(train)
    if let validation { try model.checkShapes(validation) }
    guard trainRows <= Int(Int32.max) else {
      throw PerceptronError(.dataset, "\(grouped(trainRows)) rows are more than 2³¹")
    }
    var state = TrainingState(parameters: model.parameters)
    var note: String?
    let identity =
      options.checkpoint == nil && communicator == nil
      ? []
      : options.identity(
        model.architecture, train: train, from: stream, validation: validation)
    try communicator?.checkSame(identity)
    if let checkpoint = options.checkpoint, checkpoint.resumes {
      if let bytes = try Self.bytes(of: checkpoint.path, communicator) {
        state = try CheckpointFile<Element>.read(
          bytes, name: checkpoint.path, architecture: model.architecture, identity: identity,
          optimizer: options.optimizer)
        let batches = (trainRows - 1) / options.rowsPerUpdate(of: trainRows) + 1
        guard state.batch <= batches, state.epoch <= options.epochs,
          state.stopped == .diverged
            || state.clock.step == UInt64(state.epoch) * UInt64(batches) + UInt64(state.batch)
        else {
          throw PerceptronError(
            .modelFile, "its counters do not fit the training data", file: checkpoint.path)
        }
        note =
          "resumed from \(printable(checkpoint.path, limit: 1000)): epoch \(state.epoch)"
          + (state.batch > 0 ? " and \(state.batch) batches" : "")
      } else {
        note =
          "no checkpoint at \(printable(checkpoint.path, limit: 1000)): starting from the beginning"
      }
    }
    let sharing =
      try communicator == nil && !options.isDeterministic
      ? nil
      : GradientSharing<Element>(
        communicator, isTree: options.isDeterministic,
        parameters: model.architecture.parameterCount)
    let largestShare = sharing?.largestShare(of: options.rowsPerUpdate(of: trainRows))
    var step = try TrainingStep(
      model, loss: options.loss, optimizer: options.optimizer,
      regularization: options.regularization,
      largestBatch: min(options.batchSize(of: trainRows), largestShare ?? Int.max),
      inputForm: train.form,
      hasSampleWeights: train.allWeights != nil, accumulates: options.accumulation > 1,
      threads: options.threads, seed: options.seed, sharing: sharing)
    step.restore(state)
    let parameters = UnsafePointer(step.memory.workspace.memory.base(.parameters))
    func evaluator(_ rows: Examples<Element>) throws -> Evaluator<Element> {
      try Evaluator(
        model.architecture, parametersAt: parameters, loss: options.loss,
        threads: options.threads, inputForm: rows.form,
        hasSampleWeights: rows.allWeights != nil)
    }
    let validationEvaluator = try validation.map { try evaluator($0) }
    let trainEvaluator = options.measuresTraining ? try evaluator(train) : nil
    self.evaluator = validationEvaluator
    self.trainEvaluator = trainEvaluator
    self.architecture = model.architecture
    self.preprocessing = model.preprocessing
    self.train = train
    self.stream = stream
    self.trainRows = trainRows
    trainWeight = stream?.weight ?? train.weight(in: options.loss)
    self.validation = validation
    self.options = options
    self.step = step
    self.communicator = communicator
    self.state = state
    self.note = note
    self.identity = identity
    order = Array(repeating: 0, count: train.rows)
    lastSave = .now
  }

  /// What a checkpoint must match to be resumed.
  let identity: [ProvenanceEntry]

  /// The processes that train together; nil in one by itself.
  private let communicator: (any Communicator)?

  /// Whether to end before the next batch: of several processes all do, or none.
  private var isInterrupted: Bool {
    communicator == nil ? Task.isCancelled : step.sharing?.isStopAgreed ?? false
  }

  /// Ends before the next batch; of several processes behind the next.
  private mutating func interrupt() {
    if communicator == nil { state.stopped = .interrupted } else { step.sharing?.wantsStop = true }
  }

  /// Batches of an epoch.
  var batches: Int { (trainRows - 1) / batchSize + 1 }

  /// Rows of an update; no more than there are.
  private var batchSize: Int { options.rowsPerUpdate(of: trainRows) }

  /// Trains until something ends it. `model` then has the best parameters, whatever the end, be it
  /// an error of saving the state.
  mutating func run(
    _ model: inout MLP<Element>, callbacks: [any TrainingCallback] = [],
    onEpoch: (EpochRecord) -> TrainingControl
  ) throws -> TrainingHistory {
    let start = ContinuousClock.now
    rowsSeen = 0
    defer { stream?.finish() }
    // They are in the step now, and finish(_:) gives them back: no copies that only wait.
    model.parameters = []
    state.forgetStep()
    do {
      for callback in callbacks { try callback.trainingStarted(state.history) }
      try loop(callbacks, onEpoch)
    } catch {
      state.stopped = .interrupted
      finish(&model)
      throw error
    }
    finish(&model)
    if options.checkpoint != nil { try save() }
    let seconds = Double((ContinuousClock.now - start) / .nanoseconds(1)) / 1e9
    let history = TrainingHistory(
      epochs: state.history, bestEpoch: state.best.epoch, bestValue: state.best.value,
      stopped: state.stopped ?? .epochs,
      message: state.message, samplesPerSecond: seconds > 0 ? Double(rowsSeen) / seconds : 0,
      threads: step.threads, monitor: validation == nil ? nil : options.monitor.title)
    for callback in callbacks { try callback.trainingEnded(history) }
    return history
  }

  private mutating func loop(
    _ callbacks: [any TrainingCallback], _ onEpoch: (EpochRecord) -> TrainingControl
  ) throws {
    while state.stopped == nil || state.stopped == .interrupted {
      state.stopped = nil
      if state.epoch >= options.epochs {
        state.stopped = .epochs
        break
      }
      // L-BFGS needs one function, to the bit.
      let epoch = options.optimizer.isFullBatch ? 0 : state.epoch
      if stream == nil { RandomStream.shuffle(&order, seed: options.seed, epoch: epoch) }
      if let rows = train.selection {
        for place in order.indices { order[place] = rows[Int(order[place])] }
      }
      while state.batch < batches {
        if isInterrupted {
          state.stopped = .interrupted
          break
        }
        let first = state.batch * batchSize
        let rows = min(batchSize, trainRows - first)
        setRates()
        let loss =
          options.optimizer.isFullBatch
          ? iterate() : Double(try runStep(first, rows: rows))
        guard loss.isFinite else {
          state.message = divergence(loss, rows: rows)
          state.stopped = .diverged
          break
        }
        state.lossSum +=
          options.loss.reduction == .sum ? loss : loss * step.weight(ofRows: rows)
        state.batch += 1
        rowsSeen += rows
        stepsSinceSave += 1
        if !callbacks.isEmpty, try tell(callbacks, loss: loss, rows: rows) == .stop {
          interrupt()
        }
        if isSaveDue { try save() }
        if state.stopped != nil { break }
      }
      guard state.stopped == nil else { break }
      let record = endEpoch()
      if let communicator {
        try communicator.checkSame(
          contentFingerprint(of: UnsafeRawBufferPointer(step.parameters)), after: state.epoch)
      }
      if state.stopped == nil, state.hasConverged { state.stopped = .converged }
      if state.stopped == nil || state.stopped == .converged {
        let answer = try callbacks.ask { try $0.epochEnded(record) { currentModel } }
        let stops = onEpoch(record) == .stop || answer == .stop
        if communicator?.isTrueOfAny(stops) ?? stops { state.stopped = .interrupted }
        if let patience = options.patience, state.epochsWithoutBest >= patience {
          state.stopped = .earlyStopping
          state.message = state.reference.map {
            options.monitor.notImproved(
              over: $0, epoch: state.epoch - state.epochsWithoutBest,
              byMoreThan: options.minDelta, for: state.epochsWithoutBest)
          }
        }
      }
      if state.stopped == nil, state.epoch >= options.epochs { state.stopped = .epochs }
      if state.stopped != nil { break }
      if case .epochs(let interval)? = options.checkpoint?.interval,
        state.epoch.isMultiple(of: interval)
      {
        try save()
      }
    }
  }

  /// Trains on the rows of the epoch's order from a place on.
  @inline(__always)
  private mutating func runStep(_ first: Int, rows: Int) throws -> Element {
    if let window = try stream?.window(epoch: state.epoch, holding: first) {
      return window.order.withUnsafeBufferPointer { order in
        step.run(window.examples, rows: rows, order: order.baseAddress! + (first - window.first))
      }
    }
    return order.withUnsafeBufferPointer { order in
      step.run(train, rows: rows, order: order.baseAddress! + first)
    }
  }

  /// What is at a checkpoint's path, as process 0 sees it; nil where there is nothing.
  private static func bytes(
    of path: String, _ communicator: (any Communicator)?
  ) throws -> [UInt8]? {
    func read() throws -> [UInt8]? {
      FileSystem.exists(path) ? try FileSystem.read(path) : nil
    }
    guard let communicator else { return try read() }
    let bytes = communicator.broadcast(communicator.rank == 0 ? try read() ?? [] : [])
    return bytes.isEmpty ? nil : bytes
  }

  /// Closes an epoch: its loss, the validation, the best so far.
  private mutating func endEpoch() -> EpochRecord {
    let loss =
      options.loss.reduction == .sum ? state.lossSum : state.lossSum / trainWeight
    state.epoch += 1
    state.batch = 0
    state.lossSum = 0
    let held = measure(validation, evaluator)
    let isFinite = held?.loss.isFinite ?? step.parameters.allSatisfy(\.isFinite)
    let value = held?[options.monitor]
    let isBest = isFinite && state.takesForBest(value, options, monitors: held != nil)
    if isBest {
      step.memory.workspace.read(.parameters, into: &state.best.parameters)
      state.best.epoch = state.epoch
      state.best.value = value
    }
    let record = EpochRecord(
      epoch: state.epoch, loss: loss, learningRate: step.optimizer.learningRate,
      training: measure(train, trainEvaluator), validation: held, isBest: isBest)
    observe(record)
    state.history.append(record)
    if !isFinite {
      let what = validation == nil ? "the parameters" : "the validation loss"
      state.message =
        "\(what) stopped being finite in epoch \(state.epoch), after step \(batches), at "
        + "\(nonFinitePlace): \(remedy)"
      state.stopped = .diverged
    }
    return record
  }

  /// The network as it stands, a copy.
  private var currentModel: MLP<Element> {
    guard var model = try? MLP(architecture, parameters: Array(step.parameters)) else {
      misuse("\(architecture.summary) does not take its own parameters")
    }
    model.preprocessing = preprocessing
    return model
  }

  /// What rows come to now.
  private func measure(
    _ rows: Examples<Element>?, _ evaluator: Evaluator<Element>?
  ) -> EpochMetrics? {
    guard let rows, let evaluator else { return nil }
    _ = step.memory
    return evaluator.evaluate(rows, with: communicator).metrics(preprocessing?.targets ?? [])
  }

  private func tell(
    _ callbacks: [any TrainingCallback], loss: Double, rows: Int
  ) throws -> TrainingControl {
    let record = StepRecord(
      epoch: state.epoch + 1, batch: state.batch, step: step.clock.step, rows: rows, loss: loss,
      learningRate: step.optimizer.learningRate)
    return try callbacks.ask { try $0.stepEnded(record) }
  }

  /// Says where the loss stopped being a number.
  private func divergence(_ loss: Double, rows: Int) -> String {
    let place = step.firstNonFinite(rows: rows) ?? overflow
    return "the loss became \(loss.isNaN ? "NaN" : "infinite") in epoch \(state.epoch + 1), "
      + "step \(state.batch + 1), at \(place): \(remedy)"
  }

  /// The first layer whose parameters, or values on the validation rows, are not finite.
  private var nonFinitePlace: String {
    for parameter in architecture.parameters
    where step.parameters[parameter.range].contains(where: { !$0.isFinite }) {
      return "layer \(parameter.layer + 1), \(parameter.role.name)"
    }
    return validation.flatMap { evaluator?.firstNonFinite($0) } ?? overflow
  }

  /// Where all values are finite, but the loss of them is not.
  private var overflow: String {
    "layer \(architecture.layers.count), whose outputs are too large for the loss"
  }

  private var remedy: String {
    let largest = train.largestInput
    if largest > 1e3 {
      return "inputs reach \(decimal(largest, digits: 0)): standardise them, "
        + "or lower the learning rate"
    }
    return "the learning rate \(options.optimizer.learningRate) is probably too high; "
      + "try a tenth of it"
  }

  /// Puts the best parameters into the model.
  private mutating func finish(_ model: inout MLP<Element>) {
    // Without validation rows, or before the first validation, the newest is the best there is.
    if state.stopped == .interrupted, state.best.value == nil {
      model.parameters = Array(step.parameters)
    } else {
      model.parameters = state.best.parameters
    }
  }

  private var isSaveDue: Bool {
    switch options.checkpoint?.interval {
    case .steps(let interval): stepsSinceSave >= interval
    case .seconds(let interval):
      Double((ContinuousClock.now - lastSave) / .microseconds(1)) >= interval * 1e6
    case .epochs, nil: false
    }
  }

  private mutating func save() throws {
    guard let checkpoint = options.checkpoint, communicator?.rank ?? 0 == 0 else { return }
    step.snapshot(into: &state)
    defer { state.forgetStep() }
    if state.stopped == .diverged { state.forgetDivergence() }
    try CheckpointFile(
      state, architecture: architecture, preprocessing: preprocessing, identity: identity
    ).write(checkpoint.path)
    stepsSinceSave = 0
    lastSave = .now
  }
}
