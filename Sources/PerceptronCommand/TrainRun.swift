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
  let recipe: TrainingRecipe
  /// The model to train on; nil for a fresh one.
  let start: MLP<Element>?
  /// The processes that share the work; nil for one by itself.
  let processes: (any Communicator)?

  /// Whether this process is the one that prints and writes.
  private var isFirst: Bool { processes?.rank ?? 0 == 0 }

  init(
    _ options: Train, from file: ModelFile?, with processes: (any Communicator)? = nil
  ) throws {
    self.options = options
    self.processes = processes
    _ = try InstructionSet.selected()
    if processes?.rank ?? 0 == 0 { try Self.checkFiles(options) }
    start = try file.map { try MLP<Element>($0) }
    if let start {
      (data, test) = try Self.read(options, for: start)
    } else {
      (data, test) = try options.data.read(
        weightColumn: options.recipe.stack.weights.weightColumn)
    }
    (train, validation) = try options.held.split(
      data, options.recipe.learning, separator: options.data.separator)
    var recipe = try start.map { try Self.recipe(options, $0) } ?? options.recipe.recipe(for: train)
    recipe.options.measuresTraining = options.trainingMetrics
    recipe.options.isDeterministic = options.deterministic
    self.recipe = recipe
  }

  /// The rows to train a model on, with its columns and classes.
  private static func read(
    _ options: Train, for model: MLP<Element>
  ) throws -> (Dataset<Element>, Dataset<Element>?) {
    guard let preprocessing = model.preprocessing else {
      throw PerceptronError(
        .network, "the model does not say how rows of a table become inputs", file: options.from)
    }
    if options.data.isImages {
      let (data, test) = try options.data.read() as (Dataset<Element>, Dataset<Element>?)
      _ = try data.examples(outputs: model.outputs, encodedBy: preprocessing)
      return (data, test)
    }
    let known = preprocessing.targets.map(\.name)
    if !options.data.target.isEmpty, options.data.target != known {
      func list(_ names: [String]) -> String { names.map { quoted($0) }.joined(separator: ", ") }
      throw PerceptronError(
        .dataset, "the model predicts \(list(known)), not \(list(options.data.target))",
        file: options.from)
    }
    return (try Dataset(options.data.table(like: preprocessing), encodedBy: preprocessing), nil)
  }

  /// The network of a model, its loss unless another is asked for, and the rest of the options.
  private static func recipe(_ options: Train, _ model: MLP<Element>) throws -> TrainingRecipe {
    let loss = try options.recipe.stack.wantedLoss() ?? model.standardLoss
    return TrainingRecipe(
      layers: model.architecture.layers,
      options: try options.recipe.learning.trainingOptions(loss))
  }

  private static func picture(_ path: String) -> String {
    DiagnosisFile<Element>.picture(of: path)
  }

  static func checkFiles(_ options: Train) throws {
    var files = OutputFiles(reading: options.data.files)
    files.read("--from", options.from)
    files.read("--validation", options.held.validation)
    files.write("--out", options.out, .model)
    files.write("--checkpoint", options.checkpoint, .checkpoint)
    files.write("--history", options.history, .history)
    files.write("--plot", options.plot, .chart)
    files.write("--diagnose", options.diagnose, .diagnosis)
    files.write("--runs", options.runs, .runs)
    if let folder = options.logDir, FileSystem.exists(folder), !FileSystem.isFolder(folder) {
      throw PerceptronError(.file, "it is not a folder; choose another --log-dir", file: folder)
    }
    files.write("the picture of --diagnose", options.diagnose.map(picture), .chart)
    try files.check()
  }

  /// What a checkpoint must share beside the network and the numbers.
  private var context: [ProvenanceEntry] {
    var entries = options.data.context(data) + options.recipe.context + [options.held.context]
    if let start, let path = options.from {
      entries.append(ProvenanceEntry("from", fileName(path)))
      entries.append(ProvenanceEntry("fingerprint of from", start.fingerprint))
    }
    return entries
  }

  func run() async throws {
    let began = ContinuousClock.now
    let architecture =
      try start?.architecture ?? Architecture(inputs: train.inputs, layers: recipe.layers)
    try architecture.validate(training: recipe.options.loss)
    var trainingOptions = recipe.options
    trainingOptions.context = context
    if let path = options.checkpoint {
      trainingOptions.checkpoint = TrainingOptions.Checkpoint(
        path: path, every: try .init(options.checkpointEvery ?? "10s"), resumes: options.resume)
    }
    let report = TrainReport(self)
    let ((trained, history), code) = try await fit(architecture, trainingOptions, report)
    guard isFirst else {
      if history.stopped == .diverged { throw PerceptronError(.diverged, "diverged") }
      if history.stopped == .interrupted { throw ExitCode(code) }
      return
    }
    var result = trained
    result.note(provenance(history))
    try result.save(to: options.out)
    let seconds = Double((ContinuousClock.now - began) / .microseconds(1)) / 1e6
    let summary = try report.printResult(result, history, seconds: seconds)
    if let path = options.runs {
      try RunFile.append(report.record(summary, options: provenance(history)), to: path)
    }
    if history.stopped == .diverged {
      throw PerceptronError(
        .diverged,
        (history.message ?? "diverged")
          + "; the last good model is in \(printable(options.out, limit: 1000))")
    }
    if history.stopped == .interrupted { throw ExitCode(code) }
  }

  /// Trains until Ctrl-C or another end.
  private func fit(
    _ architecture: Architecture, _ trainingOptions: TrainingOptions,
    _ report: TrainReport<Element>
  ) async throws -> ((MLP<Element>, TrainingHistory), Int32) {
    let (run, out, seed) = (self, options.out, recipe.options.seed)
    let isSilent = options.json || options.quiet || !isFirst
    let isFirst = isFirst
    let overwritten =
      options.resume ? nil : options.checkpoint.flatMap { FileSystem.exists($0) ? $0 : nil }
    return try await Interruption.cancelling { () throws -> (MLP<Element>, TrainingHistory) in
      // Made here: a copy outside would take its memory all the time.
      var model =
        try run.start
        ?? MLP<Element>(inputs: architecture.inputs, layers: architecture.layers, seed: seed)
      var progress = Progress(run.style, epochs: trainingOptions.epochs)
      progress.monitor = trainingOptions.monitor
      progress.showsRate = trainingOptions.schedule != nil
      defer { progress.finish() }
      var hasStarted = false
      do {
        let history = try model.train(
          on: run.train, validation: run.validation.map { .dataset($0) } ?? .none,
          options: trainingOptions, encodedBy: run.start?.preprocessing, with: run.processes,
          callbacks: isFirst ? try run.callbacks(architecture) : [],
          notice: { if isFirst { Output.message("note: \($0)") } },
          onStart: {
            hasStarted = true
            if !isSilent { report.printStart(architecture) }
            if let overwritten, isFirst {
              let path = printable(overwritten, limit: 1000)
              Output.message("note: overwriting \(path); --resume would go on from it")
            }
          },
          onEpoch: { record in
            progress.show(record)
            return .proceed
          })
        return (model, history)
      } catch let error as PerceptronError where hasStarted && isFirst {
        // What was to be written cannot be any more: what has been learned must not go with it.
        try model.save(to: out)
        throw PerceptronError(
          error.kind,
          "\(error.message); training stopped, the best model so far is in "
            + printable(out, limit: 1000), file: error.file)
      }
    }
  }

  /// How progress is shown; the live curve shows it itself.
  private var style: Progress.Style {
    options.live && Output.isTerminal || !isFirst
      ? .silent : Progress.style(quiet: options.quiet)
  }

  /// Who is told of the epochs beside the progress.
  private func callbacks(_ architecture: Architecture) throws -> [any TrainingCallback] {
    var callbacks: [any TrainingCallback] = []
    if let path = options.history { callbacks.append(HistoryFile(path)) }
    if let folder = options.logDir { callbacks.append(EventLog(folder)) }
    if let path = options.plot { callbacks.append(LearningCurveFile(path)) }
    if let path = options.diagnose {
      callbacks.append(
        DiagnosisFile<Element>(
          path, rows: try sample(architecture), loss: recipe.options.loss))
    }
    if options.live {
      if Output.isTerminal {
        callbacks.append(LiveCurve(epochs: recipe.options.epochs))
      } else {
        Output.message("note: --live draws on terminals only; a line per epoch stands in for it")
      }
    }
    return callbacks
  }

  /// Some of the training rows, at equal distances.
  private func sample(_ architecture: Architecture) throws -> Examples<Element> {
    let count = min(train.rows.count, 256)
    let encoder = try (start?.preprocessing ?? data.preprocessing(fittedOn: train))
      .adapted(to: recipe.options.loss, file: data.name)
    return try train.selecting(rows: (0..<count).map { $0 * train.rows.count / count })
      .examples(outputs: architecture.outputs, encodedBy: encoder)
  }

  /// What the model file says about its making; nothing that differs between two equal runs.
  private func provenance(_ history: TrainingHistory) -> [ProvenanceEntry] {
    context + [
      ProvenanceEntry("training rows", "\(train.rows.count)"),
      ProvenanceEntry("validation rows", "\(validation?.rows.count ?? 0)"),
    ] + (options.deterministic ? [ProvenanceEntry("deterministic", "yes")] : [])
      + RecipeOptions.provenance(recipe, history)
  }
}

extension MLP {
  /// A number that tells its parameters apart from others.
  fileprivate var fingerprint: String {
    String(
      contentFingerprint(of: parameters.map { Double($0) }), radix: 16)
  }
}
