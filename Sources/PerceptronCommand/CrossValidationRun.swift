import ArgumentParser
import Perceptron

/// One run of `perceptron cross-validate`.
struct CrossValidationRun<Element: Scalar>: Sendable {
  private static var fileKind: String { "folds" }

  private let options: CrossValidate
  private let data: Dataset<Element>
  private let recipe: TrainingRecipe
  /// The folds finished before.
  private var file: ResultFile?

  init(_ options: CrossValidate) throws {
    self.options = options
    _ = try InstructionSet.selected()
    var files = OutputFiles(reading: options.data.files)
    files.write("--out", options.out, .model)
    files.write("--checkpoint", options.checkpoint, .results(Self.fileKind))
    files.write("--predictions", options.predictions, .text)
    try files.check()
    data = try options.data.read(
      weightColumn: options.recipe.stack.weights.weightColumn, leavingOut: options.groupColumn
    ).data
    recipe = try options.recipe.recipe(for: data)
    // What would fail in the first fold fails before it.
    _ = try options.method.assignment(of: data)
    _ = try recipe.model(for: data)
    try recipe.options.validate()
    try recipe.options.monitor.check(data)
    file = try options.checkpoint.map {
      try ResultFile($0, kind: Self.fileKind, identity: identity, resumes: options.resume)
    }
  }

  func run() async throws {
    let isQuiet = options.quiet || options.json
    if !isQuiet { printStart() }
    let run = self
    let (report, code) = try await Interruption.cancelling { () throws -> CrossValidationReport in
      var file = run.file
      if !isQuiet, let count = file?.results.count, count > 0 {
        Output.message("note: resumed behind \(count) \(count == 1 ? "fold" : "folds")")
      }
      return try run.options.method.run(
        run.data, recipe: { _ in run.recipe }, file: &file
      ) { result in
        if !run.options.quiet { Output.message(run.line(result)) }
      }
    }
    try writePredictions(report)
    if report.isComplete, let out = options.out, !report.judged.isEmpty {
      try await trainOnAll(out)
    }
    printResult(report)
    if !report.isComplete { throw ExitCode(code) }
    if report.judged.isEmpty {
      throw PerceptronError(
        .diverged, "every fold diverged: " + (report.folds.first?.message ?? "no reason is known"))
    }
  }

  /// What two runs must share for one to take up the other's folds.
  private var identity: [ProvenanceEntry] {
    let training = recipe.options
    return options.data.context(data) + options.recipe.context + [
      ProvenanceEntry("precision", Element.precision.rawValue),
      ProvenanceEntry("network", LayerStack.text(recipe.layers)),
      ProvenanceEntry("bias", options.recipe.stack.noBias ? "no" : "yes"),
      ProvenanceEntry("loss", training.loss.name),
      ProvenanceEntry("optimizer", training.optimizer.fullDescription),
    ] + training.rules + [
      ProvenanceEntry("epochs", "\(training.epochs)"),
      ProvenanceEntry("batch size", "\(training.batchSize)"),
      ProvenanceEntry("accumulated batches", "\(training.accumulation)"),
      ProvenanceEntry("monitor", training.monitor.rawValue),
      ProvenanceEntry("early stopping", training.patience.map { "\($0)" } ?? "off"),
      ProvenanceEntry("least improvement", "\(training.minDelta)"),
      ProvenanceEntry("seed", "\(training.seed)"),
      ProvenanceEntry("folds", "\(options.folds)"),
      ProvenanceEntry("repeats", "\(options.repeats)"),
      ProvenanceEntry("stratified", options.stratified ? "yes" : "no"),
      ProvenanceEntry("group column", options.groupColumn ?? ""),
      ProvenanceEntry("validation", "\(options.validation)"),
    ]
  }

  /// Trains as `train` does, in the end.
  private func trainOnAll(_ out: String) async throws {
    let run = self
    let (result, code) = try await Interruption.cancelling { () throws -> StopReason in
      let parts = run.data.splitForValidation(
        fraction: run.options.validation, seed: run.recipe.options.seed)
      let useful = run.options.validation > 0 ? parts : nil
      var (model, history) = try run.recipe.trained(
        on: useful?.train ?? run.data, validation: useful?.validation)
      model.note(
        run.options.data.context(run.data) + run.options.recipe.context
          + RecipeOptions.provenance(run.recipe, history))
      try model.save(to: out)
      return history.stopped
    }
    if result == .interrupted { throw ExitCode(code) }
  }

  // MARK: What is said

  private func printStart() {
    Output.message(
      "\(printable(fileName(data.name), limit: 60)): \(grouped(data.rows.count)) rows, "
        + "\(options.folds) folds" + (options.repeats > 1 ? ", \(options.repeats) times" : ""))
    for (name, count) in zip(data.classNames ?? [], data.classCounts) where count < options.folds {
      Output.message(
        "note: \(grouped(count)) rows of class \(printable(name)) are fewer than the folds; "
          + "some folds are without it")
    }
  }

  private func name(_ result: FoldResult) -> String {
    (options.repeats > 1 ? "repetition \(result.repetition + 1), " : "")
      + "fold \(result.fold + 1)/\(options.folds)"
  }

  private func line(_ result: FoldResult) -> String {
    if result.stopped == .diverged {
      return "\(name(result)) diverged: \(result.message ?? ""); it is left out of the mean"
    }
    return name(result) + "  \(grouped(result.rows.count)) rows  "
      + result.metrics.members.map { "\($0.name) \(decimal($0.value, digits: 4))" }
      .joined(separator: "  ")
      + (options.validation > 0 && result.validationRows == 0
        ? "  (too few to hold any out: the last epoch)" : "")
  }

  private func printResult(_ report: CrossValidationReport) {
    let metrics = Monitor.allCases.filter { metric in
      report.judged.contains { $0.metrics[metric] != nil }
    }
    if options.json {
      Output.result(json(report, metrics).text())
      return
    }
    var rows = [["", "rows", "epoch"] + metrics.map(\.rawValue)]
    for result in report.folds {
      let hasDiverged = result.stopped == .diverged
      rows.append(
        [name(result), grouped(result.rows.count), "\(result.bestEpoch)"]
          + (hasDiverged
            ? ["diverged"]
            : metrics.map { result.metrics[$0].map { decimal($0, digits: 4) } ?? "" }))
    }
    let summaries = metrics.map { report.summary(of: $0) }
    rows.append(
      ["mean", "", ""] + summaries.map { $0.map { decimal($0.mean, digits: 4) } ?? "" })
    rows.append(
      ["± standard deviation", "", ""]
        + summaries.map { $0.map { decimal($0.standardDeviation, digits: 4) } ?? "" })
    TextTable(rows: rows).lines.forEach { Output.result($0) }
    let done = "\(report.folds.count) of \(options.folds * options.repeats) folds"
    if !report.isComplete {
      Output.result(
        "\ninterrupted after \(done)"
          + (options.checkpoint == nil ? "" : "; --resume goes on behind them"))
    }
    let left = report.folds.count - report.judged.count
    if left > 0 { Output.result("\n\(left) of \(done) diverged and are left out of the mean") }
    if let out = options.out, report.isComplete, !report.judged.isEmpty {
      Output.result("\nmodel of all rows written to \(printable(out, limit: 1000))")
    }
  }

  private func json(_ report: CrossValidationReport, _ metrics: [Monitor]) -> JSON {
    let folds = report.folds.map { result in
      var members = [
        JSON.Member("repetition", JSON(result.repetition + 1)),
        JSON.Member("fold", JSON(result.fold + 1)),
        JSON.Member("training_rows", JSON(result.trainingRows)),
        JSON.Member("validation_rows", JSON(result.validationRows)),
        JSON.Member("rows", JSON(result.rows.count)), JSON.Member("epochs", JSON(result.epochs)),
        JSON.Member("best_epoch", JSON(result.bestEpoch)),
        JSON.Member("stopped", .string(result.stopped.rawValue)),
      ]
      if let message = result.message, result.stopped == .diverged {
        members.append(JSON.Member("message", .string(message)))
      }
      return JSON.object(members + [JSON.Member("metrics", result.metrics.json)])
    }
    let summary = metrics.compactMap { metric in
      report.summary(of: metric).map {
        JSON.Member(
          metric.rawValue,
          [
            "mean": JSON($0.mean), "standard_deviation": JSON($0.standardDeviation),
            "folds": JSON($0.folds),
          ])
      }
    }
    return [
      "task": .string(data.taskName),
      "target": .string(data.target), "rows": JSON(data.rows.count),
      "complete": .bool(report.isComplete), "folds": .array(folds), "summary": .object(summary),
      "model": options.out.map { .string($0) } ?? .null,
      "seed": .number(recipe.options.seed.description),
    ]
  }

  /// Each row's prediction: its number in the table, counted from 1, its fold, what is true and what
  /// was predicted.
  private func writePredictions(_ report: CrossValidationReport) throws {
    guard let path = options.predictions else { return }
    let isRepeated = options.repeats > 1
    let truths = try data.table.map { table in
      (table, try data.targets.map { try table.index(of: $0) })
    }
    var header = isRepeated ? ["repetition"] : []
    header += ["row", "fold"]
    if truths != nil {
      header += data.targets.count > 1 ? data.targets.map { "truth_\($0)" } : ["truth"]
    }
    var lines: [(order: (Int, Int), text: String)] = []
    for (number, result) in report.folds.enumerated() {
      let columns = result.predictions.columns(as: Element.self)
      if number == 0 { header += columns.map { $0.name } }
      for (place, row) in result.rows.enumerated() {
        var cells = isRepeated ? ["\(result.repetition + 1)"] : []
        cells += ["\(row + 1)", "\(result.fold + 1)"]
        if let (table, places) = truths {
          cells += places.map { table.text(row: row, column: $0) ?? "" }
        }
        // The texts of columns are cells already.
        let text = (cells.map(csvCell) + columns.map { $0.text(place) }).joined(separator: ",")
        lines.append(((result.repetition, row), text))
      }
    }
    lines.sort { $0.order < $1.order }
    let text = ([header.map(csvCell).joined(separator: ",")] + lines.map(\.text))
      .map { $0 + "\n" }.joined()
    try FileSystem.writeAtomically(Array(text.utf8), to: path)
  }
}
