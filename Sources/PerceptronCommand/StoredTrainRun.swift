import ArgumentParser
import Perceptron
import PerceptronInterchange

/// One run of `perceptron train` on rows that are read window by window, in memory of a given size: those
/// that `perceptron convert` has written, arrays of NumPy, or IDX images.
struct StoredTrainRun<Element: Scalar>: TrainSession {
  let options: Train
  let rows: any RowSource
  let recipe: TrainingRecipe
  let plan: MLP<Element>.StreamPlan
  let start: MLP<Element>?
  let processes: (any Communicator)?

  /// Rows in memory beside the network, where nothing is said.
  private static var usualMemory: Int { 1_000_000_000 }

  init(_ options: Train, from file: ModelFile?, with processes: (any Communicator)?) throws {
    self.options = options
    self.processes = processes
    _ = try InstructionSet.selected()
    if processes?.rank ?? 0 == 0 { try options.checkFiles() }
    let start = try file.map { try MLP<Element>($0) }
    let rows = try options.data.rows(
      heldOut: options.held, seed: options.recipe.learning.seed,
      like: start.map { try encoding(of: $0, at: options.from) })
    var recipe =
      try start.map { try options.recipe.recipe(for: $0, classWeights: rows.classWeights) }
      ?? options.recipe.recipe(for: rows)
    recipe.options.isDeterministic = options.deterministic
    if let encoder = start?.preprocessing,
      try rows.preprocessing(for: recipe.options.loss)
        != encoder.adapted(to: recipe.options.loss, file: rows.name)
    {
      throw PerceptronError(
        .dataset,
        "its rows are not encoded as the model encodes them; perceptron convert --from "
          + "\(shellWord(options.from ?? "")) does that", file: rows.name)
    }
    (self.start, self.rows, self.recipe) = (start, rows, recipe)
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

  var context: [ProvenanceEntry] {
    [
      ProvenanceEntry("data", fileName(rows.origin)),
      ProvenanceEntry("target", targetNames),
      ProvenanceEntry("task", task),
      ProvenanceEntry("scale", rows.options.scaling.rawValue),
      ProvenanceEntry("data fingerprint", String(rows.fingerprint, radix: 16)),
    ] + options.recipe.context
  }

  var inputs: Int { rows.inputs }
  var dataName: String { rows.name }
  var dataFingerprint: UInt64 { rows.fingerprint }

  var rowCounts: [ProvenanceEntry] {
    [
      ProvenanceEntry("training rows", "\(rows.trainingRows)"),
      ProvenanceEntry("validation rows", "\(plan.validationRows.count)"),
      ProvenanceEntry("rows of a window", "\(plan.windowRows)"),
    ]
  }

  /// At equal distances.
  var sample: Examples<Element> {
    get throws {
      let count = min(rows.trainingRows, 256)
      return try rows.examples(
        (0..<count).map { place in
          let row = place * rows.trainingRows / count
          return row..<row + 1
        })
    }
  }

  func train(
    _ model: inout MLP<Element>, options: TrainingOptions, callbacks: [any TrainingCallback],
    notice: (String) -> Void, onStart: () -> Void, onEpoch: (EpochRecord) -> TrainingControl
  ) throws -> TrainingHistory {
    try model.train(
      on: plan, options: options, with: processes, callbacks: callbacks, notice: notice,
      onStart: onStart, onEpoch: onEpoch)
  }

  func printStart(_ architecture: Architecture) {
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

  func printResult(
    _ model: MLP<Element>, _ history: TrainingHistory, seconds: Double
  ) throws -> JSON {
    let best = history.epochs.first { $0.epoch == history.bestEpoch }
    let result = json(model, history, best, seconds)
    guard !options.json else {
      Output.result(result.text())
      return result
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
    return result
  }

  private func json(
    _ model: MLP<Element>, _ history: TrainingHistory, _ best: EpochRecord?, _ seconds: Double
  ) -> JSON {
    let targets = rows.preprocessing.targets.map { JSON.string($0.name) }
    let validation = best?.validation.map { metrics in
      JSON.object(metrics.members.map { JSON.Member($0.name, JSON($0.value)) })
    }
    return [
      "model": .string(options.out), "task": .string(task), "target": .string(targetNames),
      "targets": .array(targets), "inputs": JSON(model.inputs),
      "layers": .string(LayerStack.text(model.architecture.layers)),
      "parameters": JSON(model.parameters.count), "loss": .string(recipe.options.loss.label),
      "optimizer": .string(recipe.options.optimizer.name), "epochs": JSON(history.epochs.count),
      "best_epoch": JSON(history.bestEpoch),
      "monitor": history.monitor.map { .string($0) } ?? .null,
      "best_value": history.bestValue.map { JSON($0) } ?? .null,
      "stopped": .string(history.stopped.rawValue),
      "message": history.message.map { .string($0) } ?? .null,
      "train": ["rows": JSON(rows.trainingRows), "loss": best.map { JSON($0.loss) } ?? .null],
      "validation": validation ?? .null, "seconds": JSON(seconds),
      "samples_per_second": JSON(history.samplesPerSecond), "threads": JSON(history.threads),
      "processes": JSON(processes?.count ?? 1), "window_rows": JSON(plan.windowRows),
      "windows": JSON(plan.windows), "seed": .number(recipe.options.seed.description),
    ]
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
      ("--training-metrics", trainingMetrics),
      ("--weight-column", recipe.stack.weights.weightColumn != nil),
    ]
    if let (option, _) = unknown.first(where: \.1) {
      throw ValidationError("\(option) cannot be had with rows that are read piece by piece.")
    }
  }
}

extension DataOptions {
  /// The rows to read piece by piece.
  ///
  /// - Parameter known: how they are to be encoded, where that is not to be learned from them.
  fileprivate func rows(
    heldOut: ValidationOptions, seed: UInt64, like known: RowEncoding?
  ) throws -> any RowSource {
    if isStored { return try StoredRows(contentsOf: data ?? "") }
    let share = Double(heldOut.validation) ?? 0
    if isImages {
      let pair =
        try images.flatMap { images in labels.map { (images: images, labels: $0) } }
        ?? ImageFolder(data ?? "")?.training()
      guard let pair else {
        throw PerceptronError(.file, "it is no folder with images", file: data)
      }
      return try RawRows(
        images: pair.images, labels: pair.labels, heldOut: share, seed: seed, like: known)
    }
    let options = DatasetOptions(
      task: try named(task, DatasetOptions.Task.self, "task"),
      scaling: try named(scale, Preprocessing.Scaling.self, "scaling"))
    if let inputs = arrays.inputs, let targets = arrays.targets {
      return try NumPyRows.rows(
        inputs: inputs, targets: targets, options: options, heldOut: share, seed: seed,
        like: known)
    }
    let path = data ?? ""
    guard NumPyTable.isArchive(path) else {
      throw PerceptronError(
        .dataset, "it has no targets: say --inputs \(shellWord(path)) --targets FILE", file: path)
    }
    return try NumPyRows.rows(
      archive: path, options: options, heldOut: share, seed: seed, like: known)
  }
}

extension String {
  /// Whether it is a share of rows to hold out.
  fileprivate var isShare: Bool { Double(self).map { (0..<1).contains($0) } ?? false }
}
