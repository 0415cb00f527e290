import ArgumentParser
import Perceptron
import PerceptronInterchange

/// One run of `perceptron train` on rows that are read window by window, in memory of a given size: those
/// that `perceptron convert` has written, arrays of NumPy, or IDX images.
struct StoredTrainRun<Element: Scalar>: Sendable {
  let options: Train
  let rows: any RowSource
  let recipe: TrainingRecipe
  let plan: MLP<Element>.StreamPlan
  /// The processes that share the work; nil for one by itself.
  let processes: (any Communicator)?

  private var isFirst: Bool { processes?.rank ?? 0 == 0 }
  /// Rows in memory beside the network, where nothing is said.
  private static var usualMemory: Int { 1_000_000_000 }

  init(_ options: Train, with processes: (any Communicator)?) throws {
    self.options = options
    self.processes = processes
    _ = try InstructionSet.selected()
    if processes?.rank ?? 0 == 0 { try TrainRun<Element>.checkFiles(options) }
    rows = try options.data.rows(heldOut: options.held, seed: options.recipe.learning.seed)
    let (layers, loss) = try options.recipe.stack.network(for: rows)
    var recipe = TrainingRecipe(
      layers: layers, options: try options.recipe.learning.trainingOptions(loss))
    recipe.options.isDeterministic = options.deterministic
    self.recipe = recipe
    plan = try MLP<Element>.StreamPlan(
      rows, recipe.options, memory: options.memory?.bytes ?? Self.usualMemory,
      validates: Double(options.held.validation) != 0)
  }

  private var targetNames: String {
    rows.preprocessing.targets.map(\.name).joined(separator: ", ")
  }

  private var task: String {
    rows.preprocessing.isMultiLabel ? "multi-label" : rows.options.task.rawValue
  }

  /// What a checkpoint must share beside the network and the numbers.
  private var context: [ProvenanceEntry] {
    [
      ProvenanceEntry("data", fileName(rows.origin)),
      ProvenanceEntry("target", targetNames),
      ProvenanceEntry("task", task),
      ProvenanceEntry("scale", rows.options.scaling.rawValue),
      ProvenanceEntry("data fingerprint", String(rows.fingerprint, radix: 16)),
    ] + options.recipe.context
  }

  func run() async throws {
    let began = ContinuousClock.now
    let architecture = try Architecture(inputs: rows.inputs, layers: recipe.layers)
    try architecture.validate(training: recipe.options.loss)
    var trainingOptions = recipe.options
    trainingOptions.context = context
    if let path = options.checkpoint {
      trainingOptions.checkpoint = TrainingOptions.Checkpoint(
        path: path, every: try .init(options.checkpointEvery ?? "10s"), resumes: options.resume)
    }
    let ((trained, history), code) = try await fit(architecture, trainingOptions)
    if isFirst {
      var model = trained
      model.note(
        context + [
          ProvenanceEntry("training rows", "\(rows.trainingRows)"),
          ProvenanceEntry("validation rows", "\(plan.validationRows.count)"),
          ProvenanceEntry("rows of a window", "\(plan.windowRows)"),
        ] + (options.deterministic ? [ProvenanceEntry("deterministic", "yes")] : [])
          + RecipeOptions.provenance(recipe, history))
      try model.save(to: options.out)
      printResult(
        model, history, Double((ContinuousClock.now - began) / .microseconds(1)) / 1e6)
    }
    if history.stopped == .diverged {
      throw PerceptronError(
        .diverged,
        (history.message ?? "diverged")
          + "; the last good model is in \(printable(options.out, limit: 1000))")
    }
    if history.stopped == .interrupted { throw ExitCode(code) }
  }

  private func fit(
    _ architecture: Architecture, _ trainingOptions: TrainingOptions
  ) async throws -> ((MLP<Element>, TrainingHistory), Int32) {
    let run = self
    return try await Interruption.cancelling { () throws -> (MLP<Element>, TrainingHistory) in
      var model = try MLP<Element>(
        inputs: architecture.inputs, layers: architecture.layers, seed: trainingOptions.seed)
      var progress = Progress(
        run.isFirst ? Progress.style(quiet: run.options.quiet) : .silent,
        epochs: trainingOptions.epochs)
      progress.monitor = trainingOptions.monitor
      progress.showsRate = trainingOptions.schedule != nil
      defer { progress.finish() }
      let history = try model.train(
        on: run.plan, options: trainingOptions, with: run.processes,
        callbacks: run.isFirst ? run.callbacks() : [],
        notice: { if run.isFirst { Output.message("note: \($0)") } },
        onStart: { run.printStart(architecture) },
        onEpoch: { record in
          progress.show(record)
          return .proceed
        })
      return (model, history)
    }
  }

  private func callbacks() -> [any TrainingCallback] {
    var callbacks: [any TrainingCallback] = []
    if let path = options.history { callbacks.append(HistoryFile(path)) }
    if let folder = options.logDir { callbacks.append(EventLog(folder)) }
    if let path = options.plot { callbacks.append(LearningCurveFile(path)) }
    return callbacks
  }

  private func printStart(_ architecture: Architecture) {
    guard isFirst, !options.json, !options.quiet else { return }
    let held = rows.rows - rows.trainingRows
    let judged = plan.validationRows.count
    Output.message(
      "\(printable(fileName(rows.name), limit: 60)): \(grouped(rows.trainingRows)) training "
        + "rows, \(grouped(judged)) validation rows"
        + (judged < held ? " (of \(grouped(held)); the memory holds no more)" : ""))
    if options.data.isImages, options.data.data != nil {
      Output.message(
        "note: the test images are not looked at; perceptron evaluate measures the model on them")
    }
    Output.message(
      plan.windows == 1
        ? "all rows fit the memory: shuffled as one"
        : "\(grouped(plan.windows)) windows of \(grouped(plan.windowRows)) rows, of blocks of "
          + "\(grouped(plan.blockRows)) neighbours drawn anew in every epoch")
    Output.message(
      "network: \(architecture.summary); \(grouped(architecture.parameterCount)) parameters")
  }

  private func printResult(
    _ model: MLP<Element>, _ history: TrainingHistory, _ seconds: Double
  ) {
    let best = history.epochs.first { $0.epoch == history.bestEpoch }
    if options.json {
      func json(_ metrics: EpochMetrics?) -> JSON {
        metrics.map { .object($0.members.map { JSON.Member($0.name, JSON($0.value)) }) } ?? .null
      }
      let result: JSON = [
        "model": .string(options.out), "task": .string(task),
        "target": .string(targetNames), "inputs": JSON(model.inputs),
        "layers": .string(LayerStack.text(model.architecture.layers)),
        "parameters": JSON(model.parameters.count),
        "loss": .string(recipe.options.loss.label),
        "optimizer": .string(recipe.options.optimizer.name),
        "epochs": JSON(history.epochs.count), "best_epoch": JSON(history.bestEpoch),
        "best_value": history.bestValue.map { JSON($0) } ?? .null,
        "stopped": .string(history.stopped.rawValue),
        "message": history.message.map { .string($0) } ?? .null,
        "train": ["rows": JSON(rows.trainingRows), "loss": best.map { JSON($0.loss) } ?? .null],
        "validation": json(best?.validation), "seconds": JSON(seconds),
        "samples_per_second": JSON(history.samplesPerSecond), "threads": JSON(history.threads),
        "processes": JSON(processes?.count ?? 1), "window_rows": JSON(plan.windowRows),
        "windows": JSON(plan.windows), "seed": .number(recipe.options.seed.description),
      ]
      return Output.result(result.text())
    }
    let judged = best?.validation?.members.map { name, value in
      "validation \(name) \(decimal(value, digits: 6))"
    }
    Output.result(
      "\(history.epochs.count) epochs"
        + (history.stopped == .epochs ? "" : ", \(history.message ?? history.stopped.rawValue)")
        + "; weights of epoch \(history.bestEpoch)"
        + (best.map { "; loss while training \(decimal($0.loss, digits: 6))" } ?? "")
        + (judged.map { "; " + $0.joined(separator: ", ") } ?? ""))
    Output.result(
      "\(decimal(seconds, digits: 2)) s, \(grouped(Int(history.samplesPerSecond))) rows/s on "
        + "\(history.threads) \(history.threads == 1 ? "thread" : "threads")")
    Output.result("model written to \(printable(options.out, limit: 1000))")
  }
}

extension Train {
  /// Refuses, for rows that are read piece by piece, what `convert` has decided, and what needs all rows.
  func validatePieces() throws {
    if !data.isStored {
      let unknown = [("--drop", !data.drop.isEmpty), ("--categorical", !data.categorical.isEmpty)]
      if let (option, _) = unknown.first(where: \.1) {
        throw ValidationError(
          "\(option) cannot be had with --memory, which takes arrays as they are.")
      }
      guard held.validation.isShare else {
        throw ValidationError(
          "With --memory, --validation is a share of the rows, not \(held.validation).")
      }
    }
    let decided = [
      ("--target", !data.target.isEmpty), ("--task", data.task != "auto"),
      ("--scale", data.scale != "standard"), ("--drop", !data.drop.isEmpty),
      ("--categorical", !data.categorical.isEmpty), ("--separator", data.separator != "auto"),
      ("--validation", !["0.1", "0"].contains(held.validation)),
    ]
    if data.isStored, let (option, _) = decided.first(where: \.1) {
      throw ValidationError(
        "\(option) has no effect on converted rows: say it to perceptron convert.")
    }
    let unknown = [
      ("--from", from != nil), ("--diagnose", diagnose != nil),
      ("--training-metrics", trainingMetrics), ("--runs", runs != nil),
      ("--weight-column", recipe.stack.weights.weightColumn != nil),
    ]
    if let (option, _) = unknown.first(where: \.1) {
      throw ValidationError("\(option) cannot be had with rows that are read piece by piece.")
    }
  }
}

extension DataOptions {
  /// The rows to read piece by piece.
  fileprivate func rows(heldOut: ValidationOptions, seed: UInt64) throws -> any RowSource {
    if isStored { return try StoredRows(contentsOf: data ?? "") }
    let share = Double(heldOut.validation) ?? 0
    if isImages {
      let pair =
        try images.flatMap { images in labels.map { (images: images, labels: $0) } }
        ?? ImageFolder(data ?? "")?.training()
      guard let pair else {
        throw PerceptronError(.file, "it is no folder with images", file: data)
      }
      return try RawRows(images: pair.images, labels: pair.labels, heldOut: share, seed: seed)
    }
    let options = DatasetOptions(
      task: try named(task, DatasetOptions.Task.self, "task"),
      scaling: try named(scale, Preprocessing.Scaling.self, "scaling"))
    if let inputs = arrays.inputs, let targets = arrays.targets {
      return try NumPyRows.rows(
        inputs: inputs, targets: targets, options: options, heldOut: share, seed: seed)
    }
    let path = data ?? ""
    guard NumPyTable.isArchive(path) else {
      throw PerceptronError(
        .dataset, "it has no targets: say --inputs \(shellWord(path)) --targets FILE", file: path)
    }
    return try NumPyRows.rows(
      archive: path, options: options, heldOut: share, seed: seed)
  }
}

extension String {
  /// Whether it is a share of rows to hold out.
  fileprivate var isShare: Bool { Double(self).map { (0..<1).contains($0) } ?? false }
}
