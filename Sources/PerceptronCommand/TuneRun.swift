import ArgumentParser
import Perceptron

/// One run of `perceptron tune`.
struct TuneRun<Element: Scalar>: Sendable {
  private static var fileKind: String { "trials" }

  private let options: Tune
  private let data: Dataset<Element>
  private let train: Dataset<Element>
  private let validation: Dataset<Element>?
  private let tuner: Tuner
  /// The trials finished before.
  private var file: ResultFile?

  init(_ options: Tune) throws {
    self.options = options
    _ = try InstructionSet.selected()
    var files = OutputFiles(reading: options.data.files)
    files.read("--validation", options.folds == nil ? options.held.validation : nil)
    files.read("--space", options.space)
    files.write("--out", options.out, .model)
    files.write("--table", options.table, .results(Self.fileKind))
    try files.check()
    let learning = options.recipe.learning
    let space = try options.searchSpace()
    data = try options.data.read(weightColumn: options.recipe.stack.weights.weightColumn).data
    (train, validation) = try options.held.split(
      data, learning, separator: options.data.separator)
    guard validation != nil || options.folds != nil else {
      throw PerceptronError(
        .dataset, "there are too few rows to hold any out for validation, which a search needs",
        file: data.name)
    }
    tuner = Tuner(
      space: space, trials: options.trials ?? (options.seconds == nil ? 20 : nil),
      seconds: options.seconds,
      strategy: options.strategy == "halving" ? .successiveHalving() : .random,
      epochs: learning.epochs, monitor: try Monitor(named: learning.monitor),
      seed: learning.seed)
    // What would fail in the first trial fails before it.
    _ = try recipe(space.settings(ofTrial: 0, seed: learning.seed), epochs: learning.epochs)
    try tuner.monitor.check(options.folds == nil ? validation ?? data : data)
    file = try options.table.map {
      try ResultFile($0, kind: Self.fileKind, identity: identity(), resumes: options.resume)
    }
  }

  /// The recipe of a trial.
  private func recipe(
    _ settings: [SearchSpace.Setting], epochs: Int
  ) throws -> TrainingRecipe {
    var recipe = try options.recipe.setting(settings).recipe(for: train)
    recipe.options.epochs = epochs
    _ = try recipe.model(for: train)
    try recipe.options.validate()
    return recipe
  }

  func run() async throws {
    let isQuiet = options.quiet || options.json
    if !isQuiet { printStart() }
    let run = self
    let ((trials, isInterrupted), code) = try await Interruption.cancelling {
      () throws -> ([Tuner.Trial], Bool) in
      var file = run.file
      if !isQuiet, let count = file?.results.count, count > 0 {
        Output.message("note: resumed behind \(count) results")
      }
      let trials = try run.tuner.run(
        file: &file,
        onTrial: { if !run.options.quiet { Output.message(run.line($0)) } },
        { try run.judge($0, epochs: $1, deadline: $2) })
      return (trials, Task.isCancelled)
    }
    guard let best = trials.first, best.judgement.score != nil else {
      if isInterrupted { throw ExitCode(code) }
      if !trials.isEmpty { printResult(trials, nil) }
      throw noResult(trials)
    }
    if isInterrupted {
      printResult(trials, nil)
      throw ExitCode(code)
    }
    let (history, lastCode) = try await trainBest(best)
    printResult(trials, history)
    if history.stopped == .interrupted { throw ExitCode(lastCode) }
  }

  /// Why there is no best trial.
  private func noResult(_ trials: [Tuner.Trial]) -> PerceptronError {
    guard let first = trials.first else {
      return PerceptronError(
        .option, "no trial was finished in \(options.seconds ?? 0) seconds")
    }
    guard first.judgement.stopped == .diverged else {
      return PerceptronError(
        .dataset,
        "no trial has a \(tuner.monitor.title) to compare: too few rows; monitor the loss")
    }
    return PerceptronError(
      .diverged,
      "every trial diverged: \(first.judgement.message ?? ""); search lower learning rates")
  }

  /// Trains with some settings and judges the result.
  private func judge(
    _ settings: [SearchSpace.Setting], epochs: Int, deadline: ContinuousClock.Instant?
  ) throws -> Tuner.Judgement {
    let recipe = try recipe(settings, epochs: epochs)
    let callbacks: [any TrainingCallback] = deadline.map { [Deadline(instant: $0)] } ?? []
    guard let folds = options.folds else {
      return Tuner.Judgement(
        try recipe.trained(on: train, validation: validation, callbacks: callbacks).history)
    }
    let method = CrossValidation(
      folds: folds, validation: Double(options.held.validation) ?? 0, seed: tuner.seed)
    var none: ResultFile?
    let report = try method.run(
      data, recipe: { _ in recipe }, file: &none, callbacks: callbacks, onFold: { _ in })
    return Tuner.Judgement(report, monitor: tuner.monitor)
  }

  /// Trains the best trial once more, on the rows `train` would learn from, into `--out`.
  private func trainBest(_ best: Tuner.Trial) async throws -> (TrainingHistory, Int32) {
    let run = self
    return try await Interruption.cancelling { () throws -> TrainingHistory in
      let recipe = try run.recipe(best.settings, epochs: best.epochs)
      var (model, history) = try recipe.trained(on: run.train, validation: run.validation)
      model.note(
        run.options.data.context(run.data) + [run.options.held.context]
          + [ProvenanceEntry("trial", "\(best.number + 1) of \(run.options.trials ?? 0)")]
          + best.settings.map { ProvenanceEntry("searched \($0.name)", $0.value) }
          + RecipeOptions.provenance(recipe, history))
      try model.save(to: run.options.out)
      return history
    }
  }

  /// What two runs must share for one to take up the other's trials.
  private func identity() throws -> [ProvenanceEntry] {
    let (learning, stack) = (options.recipe.learning, options.recipe.stack)
    func text(_ value: (some CustomStringConvertible)?) -> String { value?.description ?? "" }
    return options.data.context(data) + options.recipe.context + [
      options.held.context,
      ProvenanceEntry("space", tuner.space.texts.joined(separator: "; ")),
      ProvenanceEntry("strategy", options.strategy),
      // Halving promotes by their number; trials drawn at random may go on.
      ProvenanceEntry(
        "trials", options.strategy == "halving" ? "\(text(tuner.trials))" : "any"),
      ProvenanceEntry("folds", text(options.folds)),
      ProvenanceEntry("precision", Element.precision.rawValue),
      ProvenanceEntry("hidden", stack.hidden ?? ""),
      ProvenanceEntry("layers", stack.layers ?? ""),
      ProvenanceEntry("bias", stack.noBias ? "no" : "yes"),
      ProvenanceEntry("loss", stack.loss ?? ""),
      ProvenanceEntry("reduction", stack.reduction ?? ""),
      ProvenanceEntry("optimizer", try learning.optimizing.rule().fullDescription),
      ProvenanceEntry("schedule", learning.optimizing.schedule ?? ""),
      ProvenanceEntry("regularization", "\(learning.optimizing.regularization)"),
      ProvenanceEntry("epochs", "\(learning.epochs)"),
      ProvenanceEntry("batch size", "\(learning.batchSize)"),
      ProvenanceEntry("accumulated batches", "\(learning.accumulate)"),
      ProvenanceEntry("monitor", tuner.monitor.rawValue),
      ProvenanceEntry("early stopping", text(learning.earlyStopping)),
      ProvenanceEntry("least improvement", text(learning.minDelta)),
      ProvenanceEntry("seed", "\(learning.seed)"),
    ]
  }

  // MARK: What is said

  private func printStart() {
    var line = "\(printable(fileName(data.name), limit: 60)): \(grouped(train.rows.count)) training"
    if let validation { line += ", \(grouped(validation.rows.count)) validation" }
    Output.message("\(line) rows; searching \(tuner.space.texts.joined(separator: "  "))")
  }

  private func line(_ trial: Tuner.Trial) -> String {
    let settings = trial.settings.map { "\($0.name) \($0.value)" }.joined(separator: "  ")
    let score =
      trial.judgement.score.map { "\(tuner.monitor.title) \(decimal($0, digits: 6))" }
      ?? (trial.judgement.stopped == .diverged
        ? "diverged: \(trial.judgement.message ?? "")" : "no \(tuner.monitor.title)")
    return "trial \(trial.number + 1), \(trial.epochs) epochs  \(score)  \(settings)"
  }

  private func printResult(_ trials: [Tuner.Trial], _ history: TrainingHistory?) {
    if options.json {
      let best = trials.first.flatMap { $0.judgement.score == nil ? nil : $0 }
      let result: JSON = [
        "target": .string(data.target), "monitor": .string(tuner.monitor.rawValue),
        "trials": .array(trials.map(\.json)), "best": best?.json ?? .null,
        "model": history == nil ? .null : .string(options.out),
        "best_epoch": history.map { JSON($0.bestEpoch) } ?? .null,
        "seed": .number(tuner.seed.description),
      ]
      Output.result(result.text())
      return
    }
    let names = tuner.space.dimensions.map(\.name)
    var rows = [["trial", "epochs", tuner.monitor.title, "best epoch"] + names]
    for trial in trials {
      rows.append(
        [
          "\(trial.number + 1)", "\(trial.epochs)",
          trial.judgement.score.map { decimal($0, digits: 6) }
            ?? (trial.judgement.stopped == .diverged ? "diverged" : "none"),
          "\(trial.judgement.bestEpoch)",
        ] + trial.settings.map { printable($0.value, limit: 40) })
    }
    TextTable(rows: rows).lines.forEach { Output.result($0) }
    guard history != nil else { return }
    Output.result(
      "\nbest: trial \(trials[0].number + 1); its model written to "
        + printable(options.out, limit: 1000))
  }
}

/// Stops a training when the time is over.
private struct Deadline: TrainingCallback {
  let instant: ContinuousClock.Instant

  func stepEnded(_ step: StepRecord) -> TrainingControl { .now < instant ? .proceed : .stop }
}
