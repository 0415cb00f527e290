/// Truth and prediction of rows whose target is known, in the order of the rows.
public enum Outcomes: Sendable, Equatable {
  /// The class of each row, and the probabilities row by row: one column per class, or for two
  /// classes one column, the probability of class 1.
  case classes(truth: [Int], probabilities: [Double])
  /// Numbers in the target's own unit.
  case numbers(truth: [Double], predictions: [Double])
}

extension EvaluationReport {
  /// The metrics of classes with another threshold and other bins of the calibration; nil for
  /// numbers.
  ///
  /// - Parameters:
  ///   - threshold: Of two classes, from which probability on the second is predicted; nil for the
  ///     most probable one.
  ///   - bins: The bins of the calibration.
  public func classification(threshold: Double?, bins: Int = 10) -> ClassificationMetrics? {
    guard case .classes(let truth, let probabilities) = outcomes, let classification else {
      return classification
    }
    return ClassificationMetrics(
      truth: truth, probabilities: probabilities, classes: classification.classNames.count,
      classNames: classification.classNames, threshold: threshold, calibrationBins: bins)
  }

  /// The same report with other metrics of its classes.
  package init(_ report: EvaluationReport, classification: ClassificationMetrics) {
    self.init(
      rows: report.rows, loss: report.loss, classification: classification,
      regression: report.regression, targets: report.targets, labels: report.labels,
      outcomes: report.outcomes)
  }
}
