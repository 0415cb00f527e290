extension CrossValidation {
  /// Trains and judges a model for every fold.
  ///
  /// A fold that diverges is a result as well, told by its `stopped` and left out of the summary.
  /// When the Task is cancelled the folds that are finished are returned.
  ///
  /// - Parameters:
  ///   - data: all rows.
  ///   - recipe: what is trained in every fold.
  ///   - onFold: is handed each fold's result as it comes.
  /// - Throws: `PerceptronError` when something is refused.
  public func run<Element: Scalar>(
    _ data: Dataset<Element>, recipe: TrainingRecipe, onFold: (FoldResult) -> Void = { _ in }
  ) throws -> CrossValidationReport {
    var file: ResultFile?
    return try run(data, recipe: { _ in recipe }, file: &file, onFold: onFold)
  }

  /// The same with the recipe for each fold's training rows, and with a file that has the folds
  /// finished before and takes the others.
  package func run<Element: Scalar>(
    _ data: Dataset<Element>, recipe: (Dataset<Element>) throws -> TrainingRecipe,
    file: inout ResultFile?, callbacks: [any TrainingCallback] = [],
    onFold: (FoldResult) -> Void
  ) throws -> CrossValidationReport {
    var results: [FoldResult] = []
    for (index, line) in (file?.results ?? []).enumerated() {
      guard let result = FoldResult(line), result.fold < folds, result.repetition < repeats else {
        throw file?.malformed(index) ?? PerceptronError(.modelFile, "malformed")
      }
      results.append(result)
    }
    for repetition in 0..<max(repeats, 1) {
      let assignment = try assignment(of: data, repetition: repetition)
      for fold in 0..<folds {
        if results.contains(where: { $0.repetition == repetition && $0.fold == fold }) { continue }
        let parts = try parts(of: data, assignment: assignment, fold: fold)
        var recipe = try recipe(parts.train)
        recipe.options.seed &+= UInt64(repetition)
        let (model, history) = try recipe.trained(
          on: parts.train, validation: parts.validation, callbacks: callbacks)
        if history.stopped == .interrupted {
          return CrossValidationReport(folds: results, isComplete: false)
        }
        let result = FoldResult(
          repetition: repetition, fold: fold, trainingRows: parts.train.rows.count,
          validationRows: parts.validation?.rows.count ?? 0, rows: parts.judged.rows,
          epochs: history.epochs.count, bestEpoch: history.bestEpoch, stopped: history.stopped,
          message: history.message,
          metrics: EpochMetrics(try model.evaluate(parts.judged, loss: recipe.options.loss)),
          predictions: try model.predict(parts.judged))
        results.append(result)
        try file?.append(result.json)
        onFold(result)
      }
    }
    results.sort { ($0.repetition, $0.fold) < ($1.repetition, $1.fold) }
    return CrossValidationReport(folds: results, isComplete: true)
  }
}

/// What one fold of a cross-validation came to.
public struct FoldResult: Sendable, Hashable {
  /// Counted from 0.
  public let repetition: Int
  /// Counted from 0.
  public let fold: Int
  /// How many rows it learned from.
  public let trainingRows: Int
  /// How many rows chose its best epoch.
  public let validationRows: Int
  /// The rows it was judged by: rows of the table, counted from 0.
  public let rows: [Int]
  /// Epochs trained.
  public let epochs: Int
  /// The epoch whose parameters were judged.
  public let bestEpoch: Int
  /// Why its training ended; `.diverged` leaves it out of the summary.
  public let stopped: StopReason
  /// For `.diverged`: where, why and what to do.
  public let message: String?
  /// On `rows`.
  public let metrics: EpochMetrics
  /// Of `rows`, in their order.
  public let predictions: Predictions
}

/// What a cross-validation came to.
public struct CrossValidationReport: Sendable, Hashable {
  /// The folds that are finished, in order.
  public let folds: [FoldResult]
  /// Whether all are.
  public let isComplete: Bool

  /// The folds that did not diverge.
  public var judged: [FoldResult] { folds.filter { $0.stopped != .diverged } }

  /// Mean and standard deviation (of the sample, n − 1; 0 of one fold) of a metric over the folds
  /// that did not diverge and have it; nil when there is none.
  public func summary(
    of metric: Monitor
  ) -> (mean: Double, standardDeviation: Double, folds: Int)? {
    let values = judged.compactMap { $0.metrics[metric] }
    guard !values.isEmpty else { return nil }
    let mean = values.reduce(0, +) / Double(values.count)
    let squares = values.reduce(0) { $0 + ($1 - mean) * ($1 - mean) }
    let deviation = values.count > 1 ? (squares / Double(values.count - 1)).squareRoot() : 0
    return (mean, deviation, values.count)
  }
}

extension FoldResult {
  /// A line of the file of finished folds.
  package var json: JSON {
    var members = [
      JSON.Member("repetition", JSON(repetition)), JSON.Member("fold", JSON(fold)),
      JSON.Member("training_rows", JSON(trainingRows)),
      JSON.Member("validation_rows", JSON(validationRows)),
      JSON.Member("rows", .array(rows.map { JSON($0) })),
      JSON.Member("epochs", JSON(epochs)), JSON.Member("best_epoch", JSON(bestEpoch)),
      JSON.Member("stopped", .string(stopped.rawValue)),
      JSON.Member("message", message.map { .string($0) } ?? .null),
      JSON.Member("metrics", metrics.json),
    ]
    members.append(JSON.Member("predictions", predictions.json))
    return .object(members)
  }

  /// Reads what `json` has written; nil for anything else.
  package init?(_ json: JSON) {
    guard let repetition = json["repetition"]?.int, let fold = json["fold"]?.int,
      let trainingRows = json["training_rows"]?.int,
      let validationRows = json["validation_rows"]?.int, let numbers = json["rows"]?.array,
      let epochs = json["epochs"]?.int, let bestEpoch = json["best_epoch"]?.int,
      let stopped = json["stopped"]?.string.flatMap(StopReason.init(rawValue:)),
      let metrics = EpochMetrics({ json["metrics"]?[$0]?.double })
    else { return nil }
    let rows = numbers.compactMap(\.int)
    guard let predictions = json["predictions"].flatMap(Predictions.init) else { return nil }
    guard rows.count == numbers.count, rows.allSatisfy({ $0 >= 0 }),
      predictions.count == rows.count
    else { return nil }
    self.init(
      repetition: repetition, fold: fold, trainingRows: trainingRows,
      validationRows: validationRows, rows: rows, epochs: epochs, bestEpoch: bestEpoch,
      stopped: stopped, message: json["message"]?.string, metrics: metrics,
      predictions: predictions)
  }
}

extension EpochMetrics {
  /// Its values by their names.
  package var json: JSON {
    .object(members.map { JSON.Member($0.name, JSON($0.value)) })
  }
}

extension Predictions {
  /// Everything, as a file of results keeps it.
  fileprivate var json: JSON {
    switch self {
    case .classes(let names, let labels, let probabilities):
      [
        "classes": .array(names.map { .string($0) }), "labels": .array(labels.map { JSON($0) }),
        "probabilities": .array(probabilities.map { .array($0.map { JSON($0) }) }),
      ]
    case .scores(let names, let labels, let scores):
      [
        "classes": .array(names.map { .string($0) }), "labels": .array(labels.map { JSON($0) }),
        "scores": .array(scores.map { JSON($0) }),
      ]
    case .numbers(let values): ["numbers": .array(values.map { JSON($0) })]
    case .targets(let names, let parts):
      [
        "targets": .array(names.map { .string($0) }), "parts": .array(parts.map(\.json)),
      ]
    }
  }

  /// Reads what `json` has written; nil for anything else.
  fileprivate init?(_ json: JSON) {
    if let names = json["targets"]?.strings, let parts = json["parts"]?.array {
      let read = parts.compactMap { Predictions($0) }
      guard read.count == names.count, Set(read.map(\.count)).count == 1 else { return nil }
      self = .targets(names, read)
    } else if let names = json["classes"]?.strings,
      let labels = json["labels"]?.array?.compactMap(\.int),
      labels.allSatisfy(names.indices.contains)
    {
      if let scores = json["scores"]?.array?.compactMap(\.double) {
        guard scores.count == labels.count else { return nil }
        self = .scores(names, labels: labels, scores: scores)
      } else {
        let table = (json["probabilities"]?.array ?? []).map {
          ($0.array ?? []).compactMap(\.double)
        }
        guard table.count == labels.count, table.allSatisfy({ $0.count == names.count }) else {
          return nil
        }
        self = .classes(names, labels: labels, probabilities: table)
      }
    } else if let numbers = json["numbers"]?.array {
      self = .numbers(numbers.compactMap(\.double))
    } else {
      return nil
    }
  }
}
