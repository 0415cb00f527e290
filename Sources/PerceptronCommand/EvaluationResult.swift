import Perceptron

/// What `perceptron evaluate` says.
struct EvaluationResult {
  /// The files, as the user named them.
  let model: String
  let data: String
  let report: EvaluationReport
  /// Of classes: with the threshold and the bins asked for.
  let metrics: ClassificationMetrics?
  let topK: Int?

  func printTables() {
    var rows = [["rows", "loss"] + report.metricNames]
    var cells = report.cells
    if let metrics {
      cells[2...] = [decimal(metrics.accuracy, digits: 4), decimal(metrics.f1, digits: 4)]
    }
    rows.append(cells)
    if let metrics, let topK {
      rows[0].append("top \(topK)")
      rows[1].append(decimal(metrics.topAccuracy(topK), digits: 4))
    }
    TextTable(rows: rows).lines.forEach { Output.result($0) }
    report.printTargets()
    Output.result()
    if let metrics { printClasses(metrics) }
    if let metrics = report.regression {
      TextTable(rows: [Self.moreNames, Self.moreCells(metrics)]).lines.forEach {
        Output.result($0)
      }
    }
  }

  private func printClasses(_ metrics: ClassificationMetrics) {
    TextTable(rows: classTable(metrics, limit: 50)).lines.forEach { Output.result($0) }
    Output.result()
    for (name, value) in more(metrics) { Output.result("\(name) \(value)") }
    Output.result()
    metrics.printConfusion(title: "all")
  }

  /// Class by class, then the averages over them.
  func classTable(_ metrics: ClassificationMetrics, limit: Int) -> [[String]] {
    func cells(_ values: [Double?]) -> [String] {
      values.map { $0.map { decimal($0, digits: 4) } ?? "-" }
    }
    var rows = [["class", "precision", "recall", "f1", "roc auc", "avg. precision", "rows"]]
    for (name, own) in zip(metrics.classNames, metrics.perClass).prefix(limit) {
      rows.append(
        [printable(name)]
          + cells([own.precision, own.recall, own.f1, own.rocAUC, own.averagePrecision])
          + [grouped(own.support)])
    }
    if metrics.classNames.count > limit {
      rows.append(["… \(metrics.classNames.count - limit) more: see --json"])
    }
    for (name, mean) in [("macro average", metrics.macro), ("weighted", metrics.weighted)] {
      rows.append(
        [name] + cells([mean.precision, mean.recall, mean.f1]) + ["", "", grouped(metrics.rows)])
    }
    return rows
  }

  /// Numbers for all classes together, with their names.
  func more(_ metrics: ClassificationMetrics) -> [(name: String, value: String)] {
    var values: [(String, Double?)] = [
      ("balanced accuracy", metrics.balancedAccuracy),
      ("matthews correlation", metrics.matthewsCorrelation), ("cohen's kappa", metrics.kappa),
      ("roc auc", metrics.rocAUC), ("average precision", metrics.averagePrecision),
    ]
    if hasProbabilities {
      values += [("log loss", metrics.logLoss), ("brier score", metrics.brier)]
    }
    if hasProbabilities, let calibration = metrics.calibration {
      values.append(
        ("expected calibration error, \(calibration.bins.count) bins", calibration.expectedError))
    }
    return values.compactMap { name, value in value.map { (name, decimal($0, digits: 4)) } }
  }

  /// Scores have none.
  private var hasProbabilities: Bool { report.outcomes != nil }

  static let moreNames = ["median error", "largest error", "mape", "explained variance"]

  static func moreCells(_ metrics: RegressionMetrics) -> [String] {
    [
      metrics.medianAbsoluteError, metrics.maximumError, metrics.mape, metrics.explainedVariance,
    ].map { $0.map { decimal($0, digits: 4) } ?? "-" }
  }

  /// Everything, in full.
  var json: JSON {
    guard let metrics else {
      guard case .object(let members) = report.json, let numbers = report.regression else {
        return report.json
      }
      return .object(
        members + [
          member("mse", numbers.mse), member("median_absolute_error", numbers.medianAbsoluteError),
          member("max_error", numbers.maximumError), member("mape", numbers.mape),
          member("explained_variance", numbers.explainedVariance),
        ])
    }
    // The members of a report, with the threshold.
    let own = EvaluationReport(report, classification: metrics)
    guard case .object(var members) = own.json else { return own.json }
    members += [
      member("balanced_accuracy", metrics.balancedAccuracy),
      member("matthews_correlation", metrics.matthewsCorrelation), member("kappa", metrics.kappa),
      member("average_precision", metrics.averagePrecision),
      member("log_loss", hasProbabilities ? metrics.logLoss : nil),
      member("brier", hasProbabilities ? metrics.brier : nil),
    ]
    if let topK { members.append(member("top_\(topK)_accuracy", metrics.topAccuracy(topK))) }
    if let threshold = metrics.threshold { members.append(member("threshold", threshold)) }
    members += [
      JSON.Member("per_class", .array(perClass(metrics))),
      JSON.Member("macro", json(metrics.macro)),
      JSON.Member("macro_over_present_classes", json(metrics.macroOverPresentClasses)),
      JSON.Member("weighted", json(metrics.weighted)),
      JSON.Member("micro", json(metrics.micro)),
      JSON.Member(
        "calibration", hasProbabilities ? metrics.calibration.map(json) ?? .null : .null),
    ]
    return .object(members)
  }

  private func member(_ name: String, _ value: Double?) -> JSON.Member {
    JSON.Member(name, value.map { JSON($0) } ?? .null)
  }

  private func json(_ scores: ClassificationMetrics.Scores) -> JSON {
    [
      "precision": JSON(scores.precision), "recall": JSON(scores.recall), "f1": JSON(scores.f1),
    ]
  }

  private func perClass(_ metrics: ClassificationMetrics) -> [JSON] {
    zip(metrics.classNames, metrics.perClass).map { name, scores in
      [
        "class": .string(name), "precision": JSON(scores.precision),
        "recall": JSON(scores.recall), "f1": JSON(scores.f1),
        "roc_auc": scores.rocAUC.map { JSON($0) } ?? .null,
        "average_precision": JSON(scores.averagePrecision), "rows": JSON(scores.support),
      ]
    }
  }

  private func json(_ calibration: Calibration) -> JSON {
    [
      "expected_error": JSON(calibration.expectedError),
      "maximum_error": JSON(calibration.maximumError),
      "bins": .array(
        calibration.bins.map { bin in
          [
            "lower": JSON(bin.lower), "upper": JSON(bin.upper), "rows": JSON(bin.rows),
            "mean_probability": bin.meanProbability.map { JSON($0) } ?? .null,
            "share": bin.share.map { JSON($0) } ?? .null,
          ]
        }),
    ]
  }
}
