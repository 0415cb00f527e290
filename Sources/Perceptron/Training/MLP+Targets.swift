// From outputs to predictions and reports, target by target.

extension MLP {
  /// What the outputs of rows stand for.
  func predictions(_ outputs: Matrix<Element>, _ encoder: Preprocessing) -> Predictions {
    guard encoder.targets.count > 1 else { return prediction(outputs, of: encoder.target) }
    return .targets(
      encoder.targets.map(\.name),
      encoder.targets.enumerated().map { prediction(outputs.column($0), of: $1) })
  }

  private func prediction(
    _ outputs: Matrix<Element>, of target: Preprocessing.Target
  ) -> Predictions {
    switch target.kind {
    case .classes(let names) where target.output == .score:
      return .scores(
        names, labels: outputs.values.map { $0 >= 0 ? 1 : 0 },
        scores: outputs.values.map { Double($0) })
    case .classes(let names):
      return .classes(
        names, labels: (0..<outputs.rows).map { Classes.index(outputs.row($0)) },
        probabilities: (0..<outputs.rows).map { i in
          let row = outputs.row(i).map { Double($0) }
          return row.count == 1 ? [1 - row[0], row[0]] : row
        })
    case .number(let shift, let scale):
      return .numbers(
        outputs.values.map { target.number(Double($0), shift: shift, scale: scale) })
    }
  }

  /// - Parameter truth: for every target that is a number, the numbers.
  func report(
    _ evaluation: Evaluation<Element>, _ encoder: Preprocessing, truth: [[Double]]
  ) -> EvaluationReport {
    let rows = evaluation.outputs.rows
    guard encoder.targets.count > 1 else {
      let one = report(
        encoder.target, evaluation.outputs, evaluation.targets, truth: truth[0])
      return EvaluationReport(
        rows: rows, loss: evaluation.loss, classification: one.classification,
        regression: one.regression,
        outcomes: outcomes(encoder.target, evaluation, truth: truth[0]))
    }
    let reports = encoder.targets.enumerated().map { place, target in
      report(
        target, evaluation.outputs.column(place), evaluation.targets.column(place),
        truth: truth[place])
    }
    guard !encoder.isMultiLabel else {
      let isScore = encoder.target.output == .score
      return EvaluationReport(
        rows: rows, loss: evaluation.loss, classification: nil, regression: nil, targets: reports,
        labels: LabelMetrics(
          truth: evaluation.targets.values.map { $0 > 0 },
          predicted: evaluation.outputs.values.map { $0 >= (isScore ? 0 : 0.5) },
          labels: reports.count))
    }
    let predicted = encoder.targets.enumerated().map { place, target in
      numbers(evaluation.outputs.column(place), of: target)
    }
    // Row by row.
    func woven(_ columns: [[Double]]) -> [Double] {
      (0..<rows).flatMap { i in columns.map { $0[i] } }
    }
    return EvaluationReport(
      rows: rows, loss: evaluation.loss, classification: nil,
      regression: RegressionMetrics(
        truth: woven(truth), predictions: woven(predicted), outputs: truth.count),
      targets: reports)
  }

  private func numbers(_ outputs: Matrix<Element>, of target: Preprocessing.Target) -> [Double] {
    guard case .numbers(let values) = prediction(outputs, of: target) else { return [] }
    return values
  }

  private func outcomes(
    _ target: Preprocessing.Target, _ evaluation: Evaluation<Element>, truth: [Double]
  ) -> Outcomes? {
    switch target.kind {
    case .classes where target.output == .score: nil
    case .classes:
      .classes(
        truth: classes(evaluation.targets),
        probabilities: evaluation.outputs.values.map { Double($0) })
    case .number:
      .numbers(truth: truth, predictions: numbers(evaluation.outputs, of: target))
    }
  }

  private func classes(_ targets: Matrix<Element>) -> [Int] {
    (0..<targets.rows).map { i in
      targets.columns > 1 ? Classes.index(targets.row(i)) : targets[i, 0] > 0.5 ? 1 : 0
    }
  }

  private func report(
    _ target: Preprocessing.Target, _ outputs: Matrix<Element>, _ targets: Matrix<Element>,
    truth: [Double]
  ) -> TargetReport {
    switch target.kind {
    case .classes(let names):
      let ranks = outputs.values.map { output in
        target.output == .score ? Classes.rank(output) : Double(output)
      }
      return TargetReport(
        name: target.name,
        classification: ClassificationMetrics(
          truth: self.classes(targets), probabilities: ranks, classes: names.count,
          classNames: names),
        regression: nil)
    case .number:
      return TargetReport(
        name: target.name, classification: nil,
        regression: RegressionMetrics(truth: truth, predictions: numbers(outputs, of: target)))
    }
  }
}

extension Matrix {
  /// A column as a matrix.
  fileprivate func column(_ j: Int) -> Matrix {
    Matrix(rows: rows, columns: 1, values: (0..<rows).map { self[$0, j] })
  }
}
