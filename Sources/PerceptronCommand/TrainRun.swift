import ArgumentParser
import Perceptron

/// One run of `perceptron train`.
struct TrainRun<Element: Scalar>: Sendable {
  let options: Train
  let data: Dataset<Element>
  /// What the network learns from and is judged by.
  let train: Dataset<Element>
  let validation: Dataset<Element>?
  /// What it is judged by in the end, never before: the second pair of a folder of images.
  let test: Dataset<Element>?
  let loss: Loss
  let optimizer: Optimizer
  let schedule: LearningRateSchedule?
  let layers: [Layer]

  init(_ options: Train, checksFiles: Bool = true) throws {
    self.options = options
    _ = try InstructionSet.selected()
    if checksFiles { try Self.checkFiles(options) }
    let separator = try named(options.separator, Table.Separator.self, "separator")
    (data, test) = try Self.read(options, separator)
    (train, validation) = try Self.split(data, options, separator)
    optimizer = try options.optimizing.rule()
    schedule = try options.optimizing.learningRateSchedule()
    try schedule?.validate(optimizer)
    let network = try Self.network(options, data)
    layers = network.layers
    loss = try options.weights.applied(to: network.loss, train)
  }

  /// The rows to learn from, and the test set where there is one.
  private static func read(
    _ options: Train, _ separator: Table.Separator
  ) throws -> (Dataset<Element>, Dataset<Element>?) {
    if let images = options.images, let labels = options.labels {
      return (try Dataset(images: images, labels: labels), nil)
    }
    let path = options.data ?? ""
    if options.isImages, let folder = ImageFolder(path) {
      let files = try folder.training()
      let test = try folder.testIfPresent().map {
        try Dataset<Element>(images: $0.images, labels: $0.labels)
      }
      let data = try Dataset<Element>(images: files.images, labels: files.labels)
      if let test { try test.checkFits(data) }
      return (data, test)
    }
    let data = try Dataset<Element>(
      Table(contentsOf: path, separator: separator), targets: options.target,
      options: DatasetOptions(
        task: try named(options.task, DatasetOptions.Task.self, "task"),
        scaling: try named(options.scale, Preprocessing.Scaling.self, "scaling"),
        drop: options.drop, categorical: options.categorical,
        weightColumn: options.weights.weightColumn))
    return (data, nil)
  }

  /// Refuses what would fail only after the training, or destroy a file of the user's.
  private static func checkFiles(_ options: Train) throws {
    func refuse(_ message: String, _ path: String) -> PerceptronError {
      PerceptronError(.file, message, file: path)
    }
    for path in [options.out, options.checkpoint, options.history].compactMap(\.self) {
      try FileSystem.checkWritable(path)
      guard !FileSystem.exists(path) || FileSystem.isRegular(path) else {
        throw refuse("it is not a regular file", path)
      }
      FileSystem.removeLeftovers(of: path)
    }
    if let content = ModelFile.content(of: options.out), content != .model {
      let what = content == .checkpoint ? "is a checkpoint" : "is not a model of this program"
      throw refuse("it exists and \(what); choose another --out", options.out)
    }
    if let path = options.checkpoint, let content = ModelFile.content(of: path),
      content != .checkpoint
    {
      throw refuse("it exists and is not a checkpoint; choose another --checkpoint", path)
    }
    if let path = options.history, FileSystem.exists(path),
      !(try FileSystem.read(path)).starts(with: HistoryFile.beginning.utf8)
    {
      throw refuse("it exists and is not a history; choose another --history", path)
    }
    let named =
      [
        ("the table", options.data), ("--images", options.images), ("--labels", options.labels),
        ("--validation", options.validation), ("--out", options.out),
        ("--checkpoint", options.checkpoint), ("--history", options.history),
      ].compactMap { name, path in path.map { (name, $0) } }
    for (i, first) in named.enumerated() {
      for second in named[(i + 1)...] where second.0 != "--validation" {
        if FileSystem.isSame(first.1, second.1) {
          throw refuse("\(first.0) and \(second.0) are one file", second.1)
        }
      }
    }
  }

  private static func split(
    _ data: Dataset<Element>, _ options: Train, _ separator: Table.Separator
  ) throws -> (Dataset<Element>, Dataset<Element>?) {
    guard let fraction = Double(options.validation) else {
      let table = try Table(contentsOf: options.validation, separator: separator)
      return (data, try Dataset(table, like: data))
    }
    guard fraction != 0 else { return (data, nil) }
    guard fraction > 0, fraction < 1 else {
      throw PerceptronError(
        .option, "--validation must be a share from 0 to 1 or a file, not \(options.validation)")
    }
    if let parts = data.splitForValidation(fraction: fraction, seed: options.seed) {
      return (parts.train, parts.validation)
    }
    guard options.earlyStopping == nil else {
      throw PerceptronError(
        .dataset,
        "there are too few rows to hold any out for validation, which --early-stopping needs",
        file: data.name)
    }
    return (data, nil)
  }

  /// The layers and the loss: what is not said follows from the task.
  private static func network(
    _ options: Train, _ data: Dataset<Element>
  ) throws -> (layers: [Layer], loss: Loss) {
    let classes = data.isClassification ? data.classNames ?? data.targets : nil
    let initializer = try options.initializer.map { try Initializer(named: $0) }
    let reduction = try options.reduction.map {
      try named($0, Loss.Reduction.self, "reduction")
    }
    let wanted = try options.loss.map { try Loss(named: $0, reduction: reduction) }
    func stack(_ text: String) throws -> [Layer] {
      try LayerStack.parse(text, bias: !options.noBias, initializer: initializer)
    }
    if let text = options.layers {
      let layers = try stack(text)
      return (layers, wanted ?? standardLoss(layers, classes).reduced(by: reduction))
    }
    if let wanted, !wanted.kind.isOfLogits {
      _ = try data.preprocessing.adapted(to: wanted, file: options.data ?? "")
    }
    let hidden = options.hidden ?? "32:relu,32:relu"
    var layers = hidden.isEmpty ? [] : try stack(hidden)
    let units: Int
    let activation: Activation
    if data.targets.count > 1 {
      units = data.targets.count
      activation = wanted?.kind.requiredActivation ?? (classes == nil ? .identity : .sigmoid)
    } else if let classes {
      let needs = wanted?.kind.requiredActivation
      activation = needs ?? (classes.count == 2 ? .sigmoid : .softmax)
      units = classes.count == 2 && activation != .softmax ? 1 : classes.count
    } else {
      (units, activation) = (1, .identity)
    }
    layers.append(
      .dense(units, activation, bias: !options.noBias, initializer: initializer))
    return (layers, wanted ?? standardLoss(layers, classes).reduced(by: reduction))
  }

  private static func standardLoss(_ layers: [Layer], _ classes: [String]?) -> Loss {
    guard let output = layers.last, classes != nil else { return .mse }
    switch output.activation {
    case .softmax: return .crossEntropy
    case .sigmoid: return .binaryCrossEntropy
    default: return .mse
    }
  }

  /// What a checkpoint must share beside the network and the numbers.
  private var context: [ProvenanceEntry] {
    [
      ProvenanceEntry("data", fileName(data.name)),
      ProvenanceEntry("target", data.target),
      ProvenanceEntry("task", data.taskName),
      ProvenanceEntry("scale", data.options.scaling.rawValue),
      ProvenanceEntry("drop", options.drop.joined(separator: ", ")),
      ProvenanceEntry("categorical", options.categorical.joined(separator: ", ")),
      ProvenanceEntry("initialiser", options.initializer ?? "standard"),
      ProvenanceEntry(
        "validation",
        Double(options.validation).map { "\($0)" } ?? fileName(options.validation)),
      ProvenanceEntry("data fingerprint", String(data.fingerprint, radix: 16)),
    ] + (options.weights.weightColumn.map { [ProvenanceEntry("weight column", $0)] } ?? [])
  }

  /// How it is trained, but for the checkpoint.
  var trainingOptions: TrainingOptions {
    TrainingOptions(
      loss: loss, optimizer: optimizer, schedule: schedule,
      regularization: options.optimizing.regularization, epochs: options.epochs,
      batchSize: options.batchSize, seed: options.seed, patience: options.earlyStopping,
      context: context)
  }

  func run() async throws {
    let start = ContinuousClock.now
    let architecture = try Architecture(inputs: train.inputs, layers: layers)
    try architecture.validate(training: loss)
    var trainingOptions = trainingOptions
    if let path = options.checkpoint {
      trainingOptions.checkpoint = TrainingOptions.Checkpoint(
        path: path, every: try .init(options.checkpointEvery ?? "10s"), resumes: options.resume)
    }
    let report = TrainReport(self)
    let (trained, history, code) = try await fit(architecture, trainingOptions, report)
    var result = trained
    result.note(provenance(history))
    try result.save(to: options.out)
    if let path = options.history { try HistoryFile.write(history, to: path) }
    let seconds = Double((ContinuousClock.now - start) / .microseconds(1)) / 1e6
    try report.printResult(result, history, seconds: seconds)
    if history.stopped == .diverged {
      throw PerceptronError(
        .diverged,
        (history.message ?? "diverged")
          + "; the last good model is in \(printable(options.out, limit: 1000))")
    }
    if history.stopped == .interrupted { throw ExitCode(code) }
  }

  /// Trains in a task of its own, which Ctrl-C cancels; not a detached one, which would know nothing
  /// of the limit to its threads.
  private func fit(
    _ architecture: Architecture, _ trainingOptions: TrainingOptions,
    _ report: TrainReport<Element>
  ) async throws -> (MLP<Element>, TrainingHistory, Int32) {
    let style = Progress.style(quiet: options.quiet)
    let (data, validation, out, seed) = (train, validation, options.out, options.seed)
    let isSilent = options.json || options.quiet
    let overwritten =
      options.resume ? nil : options.checkpoint.flatMap { FileSystem.exists($0) ? $0 : nil }
    let interruption = Interruption()
    defer { interruption.end() }
    let task = Task { () throws -> (MLP<Element>, TrainingHistory) in
      // Made here: a copy outside would take its memory all the time.
      var model = try MLP<Element>(
        inputs: architecture.inputs, layers: architecture.layers, seed: seed)
      var progress = Progress(style, epochs: trainingOptions.epochs)
      defer { progress.finish() }
      var hasStarted = false
      func train() throws -> TrainingHistory {
        try model.train(
          on: data, validation: validation.map { .dataset($0) } ?? .none,
          options: trainingOptions, notice: { Output.message("note: \($0)") },
          onStart: {
            hasStarted = true
            if !isSilent { report.printStart(architecture) }
            if let overwritten {
              let path = printable(overwritten, limit: 1000)
              Output.message("note: overwriting \(path); --resume would go on from it")
            }
          },
          onEpoch: { record in
            progress.show(record)
            return .proceed
          })
      }
      do {
        let history = try train()
        return (model, history)
      } catch let error as PerceptronError where hasStarted {
        // The state cannot be saved any more: what has been learned must not go with it.
        try model.save(to: out)
        throw PerceptronError(
          error.kind,
          "\(error.message); training stopped, the best model so far is in "
            + printable(out, limit: 1000), file: error.file)
      }
    }
    interruption.handle { task.cancel() }
    let (trained, history) = try await task.value
    return (trained, history, interruption.exitCode)
  }

  /// What the model file says about its making; nothing that differs between two equal runs.
  private func provenance(_ history: TrainingHistory) -> [ProvenanceEntry] {
    context + [
      ProvenanceEntry("training rows", "\(train.rows.count)"),
      ProvenanceEntry("validation rows", "\(validation?.rows.count ?? 0)"),
      ProvenanceEntry("loss", loss.label),
      ProvenanceEntry("reduction", loss.reduction.rawValue),
    ] + WeightOptions.provenance(loss) + [
      ProvenanceEntry("optimizer", optimizer.fullDescription),
    ] + trainingOptions.rules + [
      ProvenanceEntry("epochs", "\(history.epochs.count)"),
      ProvenanceEntry("best epoch", "\(history.bestEpoch)"),
      ProvenanceEntry("stopped", history.stopped.rawValue),
      ProvenanceEntry("batch size", "\(options.batchSize)"),
      ProvenanceEntry("seed", "\(options.seed)"),
      ProvenanceEntry("program", "perceptron \(PerceptronCommand.version)"),
    ]
  }
}

extension Dataset {
  /// What is learned, as files and JSON say it.
  var taskName: String {
    preprocessing.isMultiLabel
      ? "multi-label" : isClassification ? "classification" : "regression"
  }
}

extension Loss {
  /// The same loss with another reduction, if one is given.
  fileprivate func reduced(by reduction: Reduction?) -> Loss {
    reduction.map { reduced(by: $0) } ?? self
  }
}

/// The last part of a path.
func fileName(_ path: String) -> String {
  path.split(separator: "/").last.map(String.init) ?? path
}
