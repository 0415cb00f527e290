/// What a model says about rows of a table.
public enum Predictions: Sendable, Hashable {
  /// For each row the class and the probability of every class, in the classes' order.
  case classes([String], labels: [Int], probabilities: [[Double]])
  /// For each row the number, in the target's own unit.
  case numbers([Double])

  /// The number of rows.
  public var count: Int {
    switch self {
    case .classes(_, let labels, _): labels.count
    case .numbers(let values): values.count
    }
  }
}

/// How good a model is on rows whose target is known.
public struct EvaluationReport: Sendable, Equatable {
  /// Rows judged: those whose target is known.
  public let rows: Int
  /// The loss asked for; nil when it is not defined for this network.
  public let loss: Double?
  /// For classes.
  public let classification: ClassificationMetrics?
  /// For numbers, in the target's own unit.
  public let regression: RegressionMetrics?
}

extension MLP {
  /// Predicts rows of a table; columns are found by name, in any order.
  ///
  /// - Throws: `PerceptronError` when the model has no preprocessing, a column is missing, or a cell
  ///   cannot be read.
  @specialized(where Element == Float)
  @specialized(where Element == Double)
  public func predict(_ table: Table, rows: [Int]? = nil) throws -> Predictions {
    let encoder = try requirePreprocessing()
    let inputs: Matrix<Element> = try encoder.encodeInputs(
      table, rows: rows ?? Array(0..<table.rowCount))
    let outputs = try Predictor(self).outputs(inputs)
    return predictions(outputs, encoder)
  }

  /// Predicts the rows of a data set.
  public func predict(_ data: Dataset<Element>) throws -> Predictions {
    switch data.source {
    case .table(let table): return try predict(table, rows: data.rows)
    case .images(let images):
      let encoder = try requirePreprocessing()
      let examples: Examples<Element> = try images.examples(
        rows: data.rows, outputs: outputs, encodedBy: encoder)
      return predictions(
        try Evaluator(self, loss: standardLoss, inputForm: examples.form).evaluate(examples)
          .outputs, encoder)
    }
  }

  private func predictions(_ outputs: Matrix<Element>, _ encoder: Preprocessing) -> Predictions {
    switch encoder.target.kind {
    case .classes(let names):
      return .classes(
        names, labels: (0..<outputs.rows).map { Classes.index(outputs.row($0)) },
        probabilities: (0..<outputs.rows).map { i in
          let row = outputs.row(i).map { Double($0) }
          return row.count == 1 ? [1 - row[0], row[0]] : row
        })
    case .number(let shift, let scale):
      return .numbers(outputs.values.map { Double($0) * scale + shift })
    }
  }

  /// Judges the model on rows of a table whose target is known; rows without one are left out.
  ///
  /// - Parameters:
  ///   - table: columns are found by name.
  ///   - rows: rows of the table, counted from 0; nil takes all.
  ///   - loss: nil takes the loss the network was trained with, or the one its output calls for.
  /// - Throws: `PerceptronError` when the table lacks a column or holds an unknown class.
  @specialized(where Element == Float)
  @specialized(where Element == Double)
  public func evaluate(
    _ table: Table, rows: [Int]? = nil, loss: Loss? = nil
  ) throws -> EvaluationReport {
    let encoder = try requirePreprocessing()
    let wanted = rows ?? Array(0..<table.rowCount)
    guard let target = try? table.index(of: encoder.target.name) else {
      throw PerceptronError(
        .dataset, "the target column \(quoted(encoder.target.name)) is missing", file: table.name)
    }
    let codes = table.categories(column: target, rows: wanted).codes
    let labelled = wanted.indices.filter { codes[$0] >= 0 }.map { wanted[$0] }
    guard !labelled.isEmpty else {
      throw PerceptronError(
        .dataset, "no row has a target", file: table.name, column: encoder.target.name)
    }
    let examples = Examples<Element>(
      inputs: try encoder.encodeInputs(table, rows: labelled),
      targets: try encoder.encodeTargets(table, rows: labelled, outputs: outputs))
    let evaluation = try Evaluator(self, loss: loss ?? standardLoss).evaluate(examples)
    guard case .number = encoder.target.kind else { return report(evaluation, encoder, truth: []) }
    return report(
      evaluation, encoder,
      truth: try table.numbers(column: target, rows: labelled, as: Double.self))
  }

  /// Judges the model on a data set.
  public func evaluate(_ data: Dataset<Element>, loss: Loss? = nil) throws -> EvaluationReport {
    switch data.source {
    case .table(let table): return try evaluate(table, rows: data.rows, loss: loss)
    case .images(let images):
      let encoder = try requirePreprocessing()
      let examples: Examples<Element> = try images.examples(
        rows: data.rows, outputs: outputs, encodedBy: encoder)
      let evaluator = try Evaluator(
        self, loss: loss ?? standardLoss, inputForm: examples.form)
      return report(evaluator.evaluate(examples), encoder, truth: [])
    }
  }

  private func report(
    _ evaluation: Evaluation<Element>, _ encoder: Preprocessing, truth: [Double]
  ) -> EvaluationReport {
    let rows = evaluation.outputs.rows
    switch encoder.target.kind {
    case .classes(let names):
      return EvaluationReport(
        rows: rows, loss: evaluation.loss,
        classification: ClassificationMetrics(
          truth: (0..<rows).map { Classes.index(evaluation.targets.row($0)) },
          probabilities: evaluation.outputs.values.map { Double($0) }, classes: names.count,
          classNames: names), regression: nil)
    case .number(let shift, let scale):
      return EvaluationReport(
        rows: rows, loss: evaluation.loss, classification: nil,
        regression: RegressionMetrics(
          truth: truth,
          predictions: evaluation.outputs.values.map { Double($0) * scale + shift }))
    }
  }

  /// The loss noted in the provenance, or the one the output layer calls for.
  public var standardLoss: Loss {
    func noted(_ key: String) -> String? { provenance.first { $0.key == key }?.value }
    if let name = noted("loss"),
      let loss = try? Loss(
        named: name, reduction: noted("reduction").flatMap(Loss.Reduction.init(rawValue:))),
      (try? loss.validate(output: architecture.outputActivation, units: outputs)) != nil
    {
      return loss
    }
    return switch architecture.outputActivation {
    case .softmax where outputs > 1: .crossEntropy
    case .sigmoid: .binaryCrossEntropy
    default: .mse
    }
  }

  private func requirePreprocessing() throws -> Preprocessing {
    guard let preprocessing else {
      throw PerceptronError(
        .network,
        "the model does not say how rows of a table become inputs; it takes matrices only")
    }
    return preprocessing
  }
}
