/// The loss on some rows and the metrics that are defined for them.
///
/// A metric that the rows cannot say (the area under the curve where a class is missing, r² of one
/// row) is nil, and so is one that is no finite number: never a NaN to be compared.
public struct EpochMetrics: Sendable, Hashable {
  /// The loss that is trained with; NaN or infinite when the training has diverged.
  public let loss: Double
  /// Of classes: see `Monitor`.
  public internal(set) var accuracy: Double?
  /// Of classes: see `Monitor`.
  public internal(set) var f1: Double?
  /// Of classes: see `Monitor`.
  public internal(set) var rocAUC: Double?
  /// Of numbers, in the target's unit.
  public internal(set) var mae: Double?
  /// Of numbers, in the target's unit.
  public internal(set) var rmse: Double?
  /// Of numbers.
  public internal(set) var r2: Double?

  init(loss: Double) { self.loss = loss }

  /// The value that `monitor` names.
  public subscript(monitor: Monitor) -> Double? {
    switch monitor {
    case .loss: loss
    case .accuracy: accuracy
    case .f1: f1
    case .rocAUC: rocAUC
    case .mae: mae
    case .rmse: rmse
    case .r2: r2
    }
  }

  /// Those that are there, by their names.
  package var members: [(name: String, value: Double)] {
    Monitor.allCases.compactMap { monitor in self[monitor].map { (monitor.rawValue, $0) } }
  }

  /// From values by their names; nil without a loss.
  package init?(_ value: (String) -> Double?) {
    guard let loss = value(Monitor.loss.rawValue) else { return nil }
    self.loss = loss
    accuracy = value(Monitor.accuracy.rawValue)
    f1 = value(Monitor.f1.rawValue)
    rocAUC = value(Monitor.rocAUC.rawValue)
    mae = value(Monitor.mae.rawValue)
    rmse = value(Monitor.rmse.rawValue)
    r2 = value(Monitor.r2.rawValue)
  }

  /// The metrics of a report.
  package init(_ report: EvaluationReport) {
    loss = report.loss ?? .nan
    take(report.classification, report.regression)
  }

  fileprivate mutating func take(
    _ classification: ClassificationMetrics?, _ regression: RegressionMetrics?
  ) {
    func finite(_ value: Double?) -> Double? { value.flatMap { $0.isFinite ? $0 : nil } }
    accuracy = finite(classification?.accuracy)
    f1 = finite(classification?.f1)
    rocAUC = finite(classification?.rocAUC)
    mae = finite(regression?.mae)
    rmse = finite(regression?.rmse)
    r2 = finite(regression?.r2)
  }
}

extension Evaluation {
  /// The metrics of what a network made of its rows; of several targets the means over them, of
  /// labels the share of rows that are right in all of them and the mean of their F1.
  ///
  /// - Parameter kinds: what the outputs stand for; empty, for a network on plain matrices, takes
  ///   targets of 0 and 1 with one 1 a row, or in one column, for classes, and all others for
  ///   numbers.
  func metrics(_ kinds: [Preprocessing.Target]) -> EpochMetrics {
    var result = EpochMetrics(loss: loss)
    guard outputs.rows > 0 else { return result }
    guard let first = kinds.first else {
      if isOneClassPerRow {
        result.take(classification((0..<max(2, targets.columns)).map(String.init), false), nil)
      } else {
        result.take(
          nil,
          RegressionMetrics(
            truth: targets.values.map { Double($0) },
            predictions: outputs.values.map { Double($0) }, outputs: outputs.columns))
      }
      return result
    }
    switch first.kind {
    case .classes where kinds.count > 1:
      let least: Element = first.output == .score ? 0 : 0.5
      let labels = LabelMetrics(
        truth: targets.values.map { $0 > 0 }, predicted: outputs.values.map { $0 >= least },
        labels: kinds.count)
      result.accuracy = labels.subsetAccuracy
      result.f1 = labels.macroF1
    case .classes(let names): result.take(classification(names, first.output == .score), nil)
    case .number:
      result.take(
        nil,
        RegressionMetrics(
          truth: numbers(targets, kinds) { Double($0) * $1 + $2 },
          predictions: numbers(outputs, kinds, nil), outputs: kinds.count))
    }
    return result
  }

  private func classification(_ names: [String], _ isScore: Bool) -> ClassificationMetrics {
    ClassificationMetrics(
      truth: (0..<targets.rows).map { i in
        targets.columns > 1 ? Classes.index(targets.row(i)) : targets[i, 0] > 0.5 ? 1 : 0
      },
      probabilities: outputs.values.map { isScore ? Classes.rank($0) : Double($0) },
      classes: names.count, classNames: names)
  }

  /// Numbers in their targets' own units, row by row.
  private func numbers(
    _ values: Matrix<Element>, _ kinds: [Preprocessing.Target],
    _ unscaled: ((Element, Double, Double) -> Double)?
  ) -> [Double] {
    values.values.enumerated().map { place, value in
      let target = kinds[place % kinds.count]
      guard case .number(let shift, let scale) = target.kind else { return Double(value) }
      return unscaled?(value, scale, shift)
        ?? target.number(Double(value), shift: shift, scale: scale)
    }
  }

  private var isOneClassPerRow: Bool {
    guard targets.values.allSatisfy({ $0 == 0 || $0 == 1 }) else { return false }
    return targets.columns == 1
      || (0..<targets.rows).allSatisfy { targets.row($0).count(where: { $0 == 1 }) == 1 }
  }
}

extension Monitor {
  /// - Throws: `PerceptronError` with advice when the metric is not defined on such targets.
  func check<Element: Scalar>(
    _ targets: Matrix<Element>, of kinds: [Preprocessing.Target]
  ) throws {
    // What is undefined of perfect predictions is undefined of all.
    let perfect = Evaluation(loss: 0, outputs: targets, targets: targets).metrics(kinds)
    guard perfect[self] == nil else { return }
    if isOfClasses != (perfect.accuracy != nil) {
      let others = Monitor.allCases.filter { perfect[$0] != nil }.map(\.rawValue)
      throw PerceptronError(
        .option,
        "\(title) cannot be monitored: the target is \(isOfClasses == true ? "a number" : "a class")"
          + "; there are: " + others.joined(separator: ", "))
    }
    let needs = self == .rocAUC ? "rows of every class" : "2 rows"
    throw PerceptronError(
      .option,
      "\(title) cannot be monitored: it needs \(needs), and there "
        + (targets.rows == 1 ? "is 1 validation row" : "are \(targets.rows) validation rows")
        + "; hold out more rows, or monitor the loss")
  }

  /// - Throws: `PerceptronError` with advice when the metric is not defined on such rows.
  package func check<Element: Scalar>(_ rows: Dataset<Element>) throws {
    let outputs =
      rows.targets.count > 1 ? rows.targets.count : rows.classNames.map { max($0.count, 1) } ?? 1
    try check(rows.examples(outputs: outputs).targets, of: rows.preprocessing.targets)
  }
}
