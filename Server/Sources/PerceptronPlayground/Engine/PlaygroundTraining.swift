import Perceptron

/// One network in training, update by update: a function of its settings and the number of updates.
struct PlaygroundTraining: ~Copyable {
  /// What it is a function of; how it is shown may change on the way.
  private(set) var settings: PlaygroundSettings
  let problem: PlaygroundProblem
  let loss: Loss
  let optimizer: Optimizer
  let train: JudgedSide
  let test: JudgedSide
  private let schedule: LearningRateSchedule
  /// The parameters as they are; after a divergence the last that were numbers.
  private(set) var model: MLP<Double>
  private var step: TrainingStep<Double>
  private var order: [Int32]
  /// Updates made.
  private(set) var updates = 0
  /// Why there are no more.
  private(set) var divergence: Divergence?
  /// The course so far.
  private(set) var curve: LearningCurve
  /// Whether `model` is behind the step.
  private var isBehind = false

  /// - Throws: `PerceptronError` when the settings are impossible together, or with this table.
  init(_ settings: PlaygroundSettings, table: Table? = nil) throws {
    let problem = try PlaygroundProblem(settings, table: table)
    let loss = settings.loss(for: problem.target)
    let optimizer = try settings.rule()
    let schedule = try LearningRateSchedule(settings.schedule)
    let architecture = try settings.architecture(
      inputs: problem.inputNames.count, target: problem.target)
    let seed = UInt64(settings.seed)
    var model = try MLP<Double>(
      inputs: architecture.inputs, layers: architecture.layers, seed: seed)
    try model.adopt(problem.train.preprocessing, loss: loss)
    func side(_ part: Dataset<Double>, _ model: MLP<Double>) throws -> JudgedSide {
      let examples = try part.examples(outputs: model.outputs, encodedBy: model.preprocessing)
      return JudgedSide(
        inputs: examples.inputs, targets: examples.targets, loss: loss, target: problem.target)
    }
    let train = try side(problem.train, model)
    let test = try side(problem.test, model)
    let batchSize = min(settings.batchSize, train.inputs.rows)
    var step = try TrainingStep(
      model, loss: loss, optimizer: optimizer,
      regularization: Regularization(l1: settings.l1, l2: settings.l2),
      largestBatch: batchSize, seed: seed, threads: .exactly(1))
    try step.follow(
      schedule, of: optimizer, updatesPerEpoch: (train.inputs.rows - 1) / batchSize + 1,
      epochs: PlaygroundSettings.scheduledEpochs)
    var curve = LearningCurve()
    curve.append(
      LearningCurve.Point(
        updates: 0, train: try train.measure(model), test: try test.measure(model)))
    var order = Array(repeating: Int32(0), count: train.inputs.rows)
    RandomStream.shuffle(&order, seed: seed, epoch: 0)
    self.settings = settings
    self.problem = problem
    self.loss = loss
    self.optimizer = optimizer
    self.train = train
    self.test = test
    self.schedule = schedule
    self.model = model
    self.step = step
    self.order = order
    self.curve = curve
  }

  /// Rows of an update; the last of an epoch may have fewer.
  var batchSize: Int { min(settings.batchSize, train.inputs.rows) }
  /// Updates of an epoch.
  var updatesPerEpoch: Int { (train.inputs.rows - 1) / batchSize + 1 }
  /// Epochs completed.
  var epoch: Int { updates / updatesPerEpoch }
  /// η of the last update, or of the first.
  var learningRate: Double { step.learningRate }

  /// Shows it as other settings do, and goes on.
  mutating func show(as other: PlaygroundSettings) { settings.takeView(of: other) }

  /// The rows of the next update, as numbers of training rows.
  var nextRows: [Int] {
    let first = updates % updatesPerEpoch * batchSize
    return order[first..<min(first + batchSize, order.count)].map { Int($0) }
  }

  /// Inputs and targets of the next update: what the page's gradient is of.
  var nextBatch: (inputs: Matrix<Double>, targets: Matrix<Double>) {
    let rows = nextRows
    return (train.inputs.selecting(rows: rows), train.targets.selecting(rows: rows))
  }

  /// Makes one update, unless training has diverged.
  mutating func advance() throws {
    guard divergence == nil else { return }
    let (x, t) = nextBatch
    try step.follow(
      schedule, of: optimizer, updatesPerEpoch: updatesPerEpoch,
      epochs: PlaygroundSettings.scheduledEpochs)
    let value = step.run(x, t)
    guard value.isFinite else {
      try refreshModel()
      if divergence == nil { try diverge(value) }
      return
    }
    isBehind = true
    updates += 1
    guard updates % updatesPerEpoch == 0 else { return }
    RandomStream.shuffle(&order, seed: UInt64(settings.seed), epoch: epoch)
    try refreshModel()
    guard divergence == nil else { return }
    curve.append(
      LearningCurve.Point(
        updates: updates, train: try train.measure(model), test: try test.measure(model)))
  }

  /// Brings `model` up to the step.
  mutating func refreshModel() throws {
    guard isBehind else { return }
    isBehind = false
    let before = model.parameters
    step.snapshot(into: &model)
    if !model.parameters.allSatisfy(\.isFinite) {
      model.setParameters(before)
      try diverge(.infinity)
    }
  }

  private mutating func diverge(_ value: Double) throws {
    let (x, t) = nextBatch
    divergence = Divergence(
      value: value, update: updates + 1, epoch: epoch + 1,
      diagnosis: try TrainingDiagnosis(model, inputs: x, targets: t, loss: loss),
      learningRate: learningRate)
  }
}
