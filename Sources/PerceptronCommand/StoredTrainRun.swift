import ArgumentParser
import Perceptron

/// One run of `perceptron train` on rows that `perceptron convert` has written: they are read window by
/// window, in memory of a given size.
struct StoredTrainRun<Element: Scalar>: Sendable {
  let options: Train
  let stored: StoredRows
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
    try Self.refuseUseless(options)
    if processes?.rank ?? 0 == 0 { try TrainRun<Element>.checkFiles(options) }
    stored = try StoredRows(contentsOf: options.data.data ?? "")
    let (layers, loss) = try options.recipe.stack.network(for: stored)
    var recipe = TrainingRecipe(
      layers: layers, options: try options.recipe.learning.trainingOptions(loss))
    recipe.options.isDeterministic = options.deterministic
    self.recipe = recipe
    plan = try MLP<Element>.StreamPlan(
      stored, recipe.options, memory: options.memory?.bytes ?? Self.usualMemory,
      validates: Double(options.held.validation) != 0)
  }

  /// Refuses what `convert` has decided, and what needs all rows.
  private static func refuseUseless(_ options: Train) throws {
    let data = options.data
    let decided = [
      ("--target", !data.target.isEmpty), ("--task", data.task != "auto"),
      ("--scale", data.scale != "standard"), ("--drop", !data.drop.isEmpty),
      ("--categorical", !data.categorical.isEmpty), ("--separator", data.separator != "auto"),
      ("--validation", !["0.1", "0"].contains(options.held.validation)),
    ]
    if let (option, _) = decided.first(where: \.1) {
      throw ValidationError(
        "\(option) has no effect on converted rows: say it to perceptron convert.")
    }
    let weights = options.recipe.stack.weights
    let unknown = [
      ("--from", options.from != nil), ("--diagnose", options.diagnose != nil),
      ("--training-metrics", options.trainingMetrics), ("--runs", options.runs != nil),
      ("--weight-column", weights.weightColumn != nil),
      ("--class-weight", weights.classWeight != nil),
      ("--positive-weight", weights.positiveWeight != nil),
      ("--label-smoothing", weights.labelSmoothing != nil),
    ]
    if let (option, _) = unknown.first(where: \.1) {
      throw ValidationError("\(option) cannot be had with converted rows.")
    }
  }

  /// What a checkpoint must share beside the network and the numbers.
  private var context: [ProvenanceEntry] {
    [
      ProvenanceEntry("data", fileName(stored.origin)),
      ProvenanceEntry("target", stored.preprocessing.target.name),
      ProvenanceEntry("task", stored.options.task.rawValue),
      ProvenanceEntry("scale", stored.options.scaling.rawValue),
      ProvenanceEntry("data fingerprint", String(stored.fingerprint, radix: 16)),
    ] + options.recipe.context
  }

  func run() async throws {
    let began = ContinuousClock.now
    let architecture = try Architecture(inputs: stored.inputs, layers: recipe.layers)
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
          ProvenanceEntry("training rows", "\(stored.trainingRows)"),
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
    let held = stored.rows - stored.trainingRows
    let judged = plan.validationRows.count
    Output.message(
      "\(printable(fileName(stored.folder), limit: 60)): \(grouped(stored.trainingRows)) training "
        + "rows, \(grouped(judged)) validation rows"
        + (judged < held ? " (of \(grouped(held)); the memory holds no more)" : ""))
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
        "model": .string(options.out), "task": .string(stored.options.task.rawValue),
        "target": .string(stored.preprocessing.target.name), "inputs": JSON(model.inputs),
        "layers": .string(LayerStack.text(model.architecture.layers)),
        "parameters": JSON(model.parameters.count),
        "loss": .string(recipe.options.loss.label),
        "optimizer": .string(recipe.options.optimizer.name),
        "epochs": JSON(history.epochs.count), "best_epoch": JSON(history.bestEpoch),
        "best_value": history.bestValue.map { JSON($0) } ?? .null,
        "stopped": .string(history.stopped.rawValue),
        "message": history.message.map { .string($0) } ?? .null,
        "train": ["rows": JSON(stored.trainingRows), "loss": best.map { JSON($0.loss) } ?? .null],
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
