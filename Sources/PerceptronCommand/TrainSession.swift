import ArgumentParser
import Perceptron

/// One run of `perceptron train`, wherever its rows come from: how it is begun, watched and ended, and
/// what it leaves behind.
protocol TrainSession<Element>: Sendable {
  associatedtype Element: Scalar

  var options: Train { get }
  var recipe: TrainingRecipe { get }
  /// The model to train on; nil for a fresh one.
  var start: MLP<Element>? { get }
  /// The processes that share the work; nil for one by itself.
  var processes: (any Communicator)? { get }

  /// n₀
  var inputs: Int { get }
  /// The rows, as records of runs name them, and a number that tells contents apart.
  var dataName: String { get }
  var dataFingerprint: UInt64 { get }
  /// What a checkpoint must share about the rows and the options.
  var context: [ProvenanceEntry] { get }
  /// How many rows there are of which kind, for the model file.
  var rowCounts: [ProvenanceEntry] { get }
  /// Some of the training rows, which stand for all where layers are looked at.
  var sample: Examples<Element> { get throws }

  /// Trains the model, and reports every end as a result.
  func train(
    _ model: inout MLP<Element>, options: TrainingOptions, callbacks: [any TrainingCallback],
    notice: (String) -> Void, onStart: () -> Void, onEpoch: (EpochRecord) -> TrainingControl
  ) throws -> TrainingHistory

  /// Says what is about to be trained, and on what.
  func printStart(_ architecture: Architecture)

  /// Says the result, for people or as JSON; returned as JSON.
  func printResult(
    _ model: MLP<Element>, _ history: TrainingHistory, seconds: Double
  ) throws -> JSON
}

extension TrainSession {
  /// Whether this process is the one that prints and writes.
  var isFirst: Bool { processes?.rank ?? 0 == 0 }

  func run() async throws {
    let began = ContinuousClock.now
    let architecture =
      try start?.architecture ?? Architecture(inputs: inputs, layers: recipe.layers)
    try architecture.validate(training: recipe.options.loss)
    var trainingOptions = recipe.options
    trainingOptions.context = wholeContext
    if let path = options.checkpoint {
      trainingOptions.checkpoint = TrainingOptions.Checkpoint(
        path: path, every: try .init(options.checkpointEvery ?? "10s"), resumes: options.resume)
    }
    let ((trained, history), code) = try await fit(architecture, trainingOptions)
    if isFirst {
      var result = trained
      result.note(provenance(history))
      try result.save(to: options.out)
      let seconds = Double((ContinuousClock.now - began) / .microseconds(1)) / 1e6
      let summary = try printResult(result, history, seconds: seconds)
      if let path = options.runs { try RunFile.append(record(summary, history), to: path) }
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
    _ architecture: Architecture, _ trainingOptions: TrainingOptions
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
      var (hasStarted, hasLearned) = (false, false)
      do {
        let history = try run.train(
          &model, options: trainingOptions, callbacks: isFirst ? try run.callbacks() : [],
          notice: { if isFirst { Output.message("note: \($0)") } },
          onStart: {
            hasStarted = true
            if !isSilent {
              run.printStart(architecture)
              run.printRecipe()
            }
            if let overwritten, isFirst {
              let path = printable(overwritten, limit: 1000)
              Output.message("note: overwriting \(path); --resume would go on from it")
            }
          },
          onEpoch: { record in
            progress.show(record)
            hasLearned = true
            return .proceed
          })
        return (model, history)
      } catch let error as PerceptronError where hasStarted && isFirst {
        // What was to be read or written cannot be any more: what has been learned must not go too,
        // nor a model that was there before there is a better one.
        let place = printable(out, limit: 1000)
        guard hasLearned || !FileSystem.exists(out) else {
          throw error.followed(by: "training stopped in its first epoch, \(place) is as it was")
        }
        model.note(run.provenance())
        try model.save(to: out)
        throw error.followed(by: "training stopped, the best model so far is in \(place)")
      }
    }
  }

  /// The rest of what is said before the first epoch: who trains, and how.
  private func printRecipe() {
    let options = recipe.options
    let rules = options.rules.map { "; \($0.key): \($0.value)" }.joined()
    if let processes {
      Output.message(
        "\(processes.count) processes, each with its part of every batch; "
          + (options.isDeterministic
            ? "sums in a fixed tree: the bits of --deterministic in one"
            : "a step differs from one process's by rounding, about 1e-6 of it in float"))
    }
    Output.message(
      "loss: \(options.loss.name); optimizer: \(options.optimizer.fullDescription)\(rules)")
  }

  /// How progress is shown; the live curve shows it itself.
  private var style: Progress.Style {
    options.live && Output.isTerminal || !isFirst
      ? .silent : Progress.style(quiet: options.quiet)
  }

  /// Who is told of the epochs beside the progress.
  private func callbacks() throws -> [any TrainingCallback] {
    var callbacks: [any TrainingCallback] = []
    if let path = options.history { callbacks.append(HistoryFile(path)) }
    if let folder = options.logDir { callbacks.append(EventLog(folder)) }
    if let path = options.plot { callbacks.append(LearningCurveFile(path)) }
    if let path = options.diagnose {
      callbacks.append(DiagnosisFile<Element>(path, rows: try sample, loss: recipe.options.loss))
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

  /// With the model that is trained on.
  private var wholeContext: [ProvenanceEntry] {
    guard let start, let path = options.from else { return context }
    let fingerprint = contentFingerprint(of: start.parameters.map { Double($0) })
    // It scales as it did.
    let scale = start.provenance.first { $0.key == "scale" }
    return context.map { $0.key == "scale" ? scale ?? $0 : $0 } + [
      ProvenanceEntry("from", fileName(path)),
      ProvenanceEntry("fingerprint of from", String(fingerprint, radix: 16)),
    ]
  }

  /// What the model file says about its making; nothing that differs between two equal runs.
  ///
  /// - Parameter history: nil where training did not come to its end.
  private func provenance(_ history: TrainingHistory? = nil) -> [ProvenanceEntry] {
    wholeContext + rowCounts
      + (options.deterministic ? [ProvenanceEntry("deterministic", "yes")] : [])
      + RecipeOptions.provenance(recipe, history)
  }

  /// What a record of runs keeps of a result: everything but what grows with the classes.
  private func record(_ result: JSON, _ history: TrainingHistory) -> JSON {
    func small(_ member: JSON.Member) -> JSON.Member {
      guard case .object(let members) = member.value else { return member }
      let kept = members.filter { !["classes", "confusion_matrix", "targets"].contains($0.key) }
      return JSON.Member(member.key, .object(kept))
    }
    let options = provenance(history).map { JSON.Member($0.key, .string($0.value)) }
    return .object(
      [
        JSON.Member("time", .string(TimeStamp.now.iso8601)),
        JSON.Member("data", .string(dataName)),
        JSON.Member("data_fingerprint", .string(String(dataFingerprint, radix: 16))),
      ] + (result.object ?? []).map(small) + [JSON.Member("options", .object(options))])
  }
}

extension PerceptronError {
  /// The same error with what became of it.
  fileprivate func followed(by outcome: String) -> PerceptronError {
    PerceptronError(kind, "\(message); \(outcome)", file: file, line: line, column: column)
  }
}

extension Train {
  /// Refuses to write what must not be written, before anything is read.
  func checkFiles() throws {
    var files = OutputFiles(reading: data.files)
    files.read("--from", from)
    files.read("--validation", held.validation)
    files.write("--out", out, .model)
    files.write("--checkpoint", checkpoint, .checkpoint)
    files.write("--history", history, .history)
    files.write("--plot", plot, .chart)
    files.write("--diagnose", diagnose, .diagnosis)
    files.write("--runs", runs, .runs)
    if let folder = logDir, FileSystem.exists(folder), !FileSystem.isFolder(folder) {
      throw PerceptronError(.file, "it is not a folder; choose another --log-dir", file: folder)
    }
    files.write(
      "the picture of --diagnose", diagnose.map { DiagnosisFile<Float>.picture(of: $0) }, .chart)
    try files.check()
  }
}
