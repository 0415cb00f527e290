import Perceptron

/// What `perceptron train` says: before, and when it is done.
struct TrainReport<Element: Scalar>: Sendable {
  private let run: TrainRun<Element>
  private var options: Train { run.options }

  init(_ run: TrainRun<Element>) {
    self.run = run
  }

  /// The data, the network and how it starts.
  func printStart(_ architecture: Architecture) {
    var rows = "\(grouped(run.train.rows.count)) training rows"
    if let validation = run.validation {
      rows += ", \(grouped(validation.rows.count)) validation rows"
    } else {
      rows += Double(options.held.validation) == 0 ? "" : ", too few to hold any out for validation"
    }
    if let test = run.test { rows += ", \(grouped(test.rows.count)) test rows" }
    if run.data.unlabelledRows > 0 {
      rows += "; \(grouped(run.data.unlabelledRows)) rows without a target are left out"
    }
    Output.message("\(printable(fileName(run.data.name), limit: 60)): \(rows)")
    Output.message(targetLine)
    Output.message(inputLine)
    let distributions = architecture.layers.indices.compactMap { index in
      architecture.distribution(of: index).map {
        "\(architecture.layers[index].initializerName) \($0)"
      }
    }
    Output.message(
      "network: \(architecture.summary); \(grouped(architecture.parameterCount)) parameters, "
        + "weights from \(distributions.joined(separator: ", "))")
  }

  private var targetLine: String {
    let name = printable(run.data.target)
    let isScaled = run.data.options.scaling == .standard && run.recipe.options.loss.kind != .poisson
    let scaled = isScaled ? ", standardised inside" : ""
    if run.data.targets.count > 1 {
      let names = list(run.data.targets.map { printable($0) })
      return "targets: \(names); "
        + (run.data.isClassification ? "a label each" : "a number each" + scaled)
    }
    guard let classes = run.data.classNames else {
      return "target: \(name), a number\(scaled)"
    }
    let shown = classes.prefix(10).map { printable($0) }.joined(separator: ", ")
    let more = classes.count > 10 ? ", …" : ""
    let hint =
      run.data.options.task == .automatic && Double(classes[0]) != nil
      ? " (--task regression takes it as a number)" : ""
    return "target: \(name), \(classes.count) classes: \(shown)\(more)\(hint)"
  }

  private var inputLine: String {
    guard let table = run.data.table else {
      return "inputs: \(grouped(run.train.inputs)) pixels, kept as bytes; 0 … 255 becomes 0 … 1"
    }
    let columns = run.train.preprocessing.inputs
    let categories = columns.filter { $0.width > 1 }.map { printable($0.name) }
    let missing = columns.filter { column in
      table.columns.contains { $0.name == column.name && $0.missing > 0 }
    }.map { printable($0.name) }
    var line = "inputs: \(run.train.inputs) from \(columns.count) columns"
    if !categories.isEmpty { line += "; categories: \(list(categories))" }
    if !missing.isEmpty { line += "; missing values filled in: \(list(missing))" }
    return line
  }

  private func list(_ names: [String]) -> String {
    names.prefix(8).joined(separator: ", ") + (names.count > 8 ? ", …" : "")
  }

  /// The result, for people or as JSON; returned as JSON.
  func printResult(
    _ model: MLP<Element>, _ history: TrainingHistory, seconds: Double
  ) throws -> JSON {
    let training = try model.evaluate(run.train, loss: run.recipe.options.loss)
    let validation = try run.validation.map {
      try model.evaluate($0, loss: run.recipe.options.loss)
    }
    let test = try run.test.map { try model.evaluate($0, loss: run.recipe.options.loss) }
    let result = json(
      model, history, training: training, validation: validation, test: test, seconds: seconds)
    if options.json {
      Output.result(result.text())
      return result
    }
    var rows = [["", "rows", "loss"] + training.metricNames]
    rows.append(["training"] + training.cells)
    if let validation { rows.append(["validation"] + validation.cells) }
    if let test { rows.append(["test"] + test.cells) }
    Output.result()
    TextTable(rows: rows).lines.forEach { Output.result($0) }
    if let metrics = (test ?? validation ?? training).classification {
      Output.result()
      let title = test != nil ? "test" : validation != nil ? "validation" : "training"
      metrics.printConfusion(title: title)
    }
    (test ?? validation ?? training).printTargets()
    Output.result()
    Output.result(
      ending(history) + "; \(decimal(seconds, digits: 2)) s, "
        + "\(grouped(Int(history.samplesPerSecond))) rows/s on "
        + (run.processes.map { "\($0.count) processes with " } ?? "") + "\(history.threads) "
        + (history.threads == 1 ? "thread" : "threads") + (run.processes == nil ? "" : " each"))
    Output.result("model written to \(printable(options.out, limit: 1000))")
    return result
  }

  private func ending(_ history: TrainingHistory) -> String {
    let count = history.epochs.count
    let extreme = run.recipe.options.monitor.isHigherBetter ? "highest" : "lowest"
    let kept =
      history.bestEpoch == 0
      ? "starting weights kept"
      : "weights of epoch \(history.bestEpoch)"
        + (history.monitor.map { ", which had the \(extreme) \($0)" } ?? "")
    return switch history.stopped {
    case .epochs: "\(count) epochs; \(kept)"
    case .earlyStopping:
      "\(history.message ?? "stopped early"); \(count) epochs; \(kept)"
    case .converged: "\(history.message ?? "converged"); \(kept)"
    case .interrupted: "interrupted after \(count) epochs; \(kept)"
    case .diverged: "diverged after \(count) epochs; \(kept)"
    }
  }

  private func json(
    _ model: MLP<Element>, _ history: TrainingHistory, training: EvaluationReport,
    validation: EvaluationReport?, test: EvaluationReport?, seconds: Double
  ) -> JSON {
    var members = [
      JSON.Member("model", .string(options.out)),
      JSON.Member("task", .string(run.data.taskName)),
      JSON.Member("target", .string(run.data.target)),
      JSON.Member("targets", .array(run.data.targets.map { .string($0) })),
      JSON.Member("inputs", JSON(model.inputs)),
      JSON.Member("layers", .string(LayerStack.text(model.architecture.layers))),
      JSON.Member("parameters", JSON(model.parameters.count)),
      JSON.Member("loss", .string(run.recipe.options.loss.label)),
      JSON.Member("optimizer", .string(run.recipe.options.optimizer.name)),
      JSON.Member("epochs", JSON(history.epochs.count)),
      JSON.Member("best_epoch", JSON(history.bestEpoch)),
      JSON.Member("monitor", history.monitor.map { .string($0) } ?? .null),
      JSON.Member("best_value", history.bestValue.map { JSON($0) } ?? .null),
      JSON.Member("stopped", .string(history.stopped.rawValue)),
      JSON.Member("message", history.message.map { .string($0) } ?? .null),
      JSON.Member("train", training.json),
      JSON.Member("validation", validation?.json ?? .null),
    ]
    if let test { members.append(JSON.Member("test", test.json)) }
    if let processes = run.processes {
      members.append(JSON.Member("processes", JSON(processes.count)))
    }
    members += [
      JSON.Member("seconds", JSON(seconds)),
      JSON.Member("samples_per_second", JSON(history.samplesPerSecond)),
      JSON.Member("threads", JSON(history.threads)),
      JSON.Member("seed", .number(run.recipe.options.seed.description)),
    ]
    return .object(members)
  }
}

extension Layer {
  /// The name of the initialiser of its weights, empty where it has none.
  var initializerName: String {
    if case .dense(let dense) = self { dense.initializer.rawValue } else { "" }
  }
}

extension EvaluationReport {
  /// The metrics that `cells` shows after rows and loss.
  var metricNames: [String] {
    classification != nil || labels != nil ? ["accuracy", "f1"] : ["mae", "rmse", "r2"]
  }

  /// Rows, loss and metrics, rounded for people.
  var cells: [String] {
    var cells = [grouped(rows), loss.map { decimal($0, digits: 6) } ?? ""]
    if let metrics = classification {
      cells += [decimal(metrics.accuracy, digits: 4), decimal(metrics.f1, digits: 4)]
    }
    if let labels {
      cells += [decimal(labels.subsetAccuracy, digits: 4), decimal(labels.macroF1, digits: 4)]
    }
    if let metrics = regression {
      cells += [
        decimal(metrics.mae, digits: 4), decimal(metrics.rmse, digits: 4),
        metrics.r2.map { decimal($0, digits: 4) } ?? "",
      ]
    }
    return cells
  }

  /// All metrics, in full.
  var json: JSON {
    var members = [
      JSON.Member("rows", JSON(rows)), JSON.Member("loss", loss.map { JSON($0) } ?? .null),
    ]
    if let metrics = classification {
      members += [
        JSON.Member("accuracy", JSON(metrics.accuracy)),
        JSON.Member("precision", JSON(metrics.precision)),
        JSON.Member("recall", JSON(metrics.recall)),
        JSON.Member("f1", JSON(metrics.f1)),
        JSON.Member("roc_auc", metrics.rocAUC.map { JSON($0) } ?? .null),
        JSON.Member("classes", .array(metrics.classNames.map { .string($0) })),
        JSON.Member(
          "confusion_matrix",
          .array(metrics.confusionMatrix.map { .array($0.map { JSON($0) }) })),
      ]
    }
    if let metrics = regression {
      members += [
        JSON.Member("mae", JSON(metrics.mae)), JSON.Member("rmse", JSON(metrics.rmse)),
        JSON.Member("r2", metrics.r2.map { JSON($0) } ?? .null),
      ]
    }
    members += targetMembers
    return .object(members)
  }
}

extension ClassificationMetrics {
  /// The confusion matrix; of more than 20 classes only its size.
  func printConfusion(title: String) {
    guard classNames.count <= 20 else {
      Output.result("confusion matrix of \(classNames.count) classes: see --json")
      return
    }
    Output.result("confusion matrix, \(title) rows (down: truth, across: prediction)")
    let names = classNames.map { printable($0, limit: 16) }
    let rows =
      [[""] + names]
      + zip(names, confusionMatrix).map { name, counts in [name] + counts.map { grouped($0) } }
    TextTable(rows: rows).lines.forEach { Output.result($0) }
  }
}
