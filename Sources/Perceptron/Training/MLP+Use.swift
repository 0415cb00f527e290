/// What a model says about rows of a table.
public enum Predictions: Sendable, Hashable {
  /// For each row the class and the probability of every class, in the classes' order.
  case classes([String], labels: [Int], probabilities: [[Double]])
  /// For each row the number, in the target's own unit.
  case numbers([Double])
  /// Of a network that says no probabilities: for each row the class, and the score whose sign it is.
  case scores([String], labels: [Int], scores: [Double])
  /// Of several targets, by name, each as if it were alone.
  indirect case targets([String], [Predictions])

  /// The number of rows.
  public var count: Int {
    switch self {
    case .classes(_, let labels, _): labels.count
    case .numbers(let values): values.count
    case .scores(_, let labels, _): labels.count
    case .targets(_, let parts): parts.first?.count ?? 0
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
  /// For numbers, in the target's own unit; of several targets the means over them.
  public let regression: RegressionMetrics?
  /// For several targets, one by one.
  public let targets: [TargetReport]
  /// For labels, all together.
  public let labels: LabelMetrics?
  /// Truth and prediction row by row, which the metrics are made of; nil for several targets, and
  /// where the outputs are scores, which are no probabilities.
  public internal(set) var outcomes: Outcomes?

  /// The report of one of several targets.
  package init(of target: TargetReport, rows: Int) {
    self.init(
      rows: rows, loss: nil, classification: target.classification, regression: target.regression)
  }

  init(
    rows: Int, loss: Double?, classification: ClassificationMetrics?,
    regression: RegressionMetrics?, targets: [TargetReport] = [], labels: LabelMetrics? = nil,
    outcomes: Outcomes? = nil
  ) {
    self.outcomes = outcomes
    self.rows = rows
    self.loss = loss
    self.classification = classification
    self.regression = regression
    self.targets = targets
    self.labels = labels
  }
}

/// How good a model is at one of several targets.
public struct TargetReport: Sendable, Equatable {
  /// The target's column.
  public let name: String
  /// For a label, whose positive class is the second.
  public let classification: ClassificationMetrics?
  /// For a number, in its own unit.
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

  /// Judges the model on rows of a table whose target is known; rows without one are left out.
  ///
  /// - Parameters:
  ///   - table: columns are found by name.
  ///   - rows: rows of the table, counted from 0; nil takes all.
  ///   - loss: nil takes the loss the network was trained with, or the one its output calls for. It
  ///     weighs rows as the model's column of weights says, where the table has it; the metrics count
  ///     every row once.
  /// - Throws: `PerceptronError` when the table lacks a column or holds an unknown class.
  @specialized(where Element == Float)
  @specialized(where Element == Double)
  public func evaluate(
    _ table: Table, rows: [Int]? = nil, loss: Loss? = nil
  ) throws -> EvaluationReport {
    let encoder = try requirePreprocessing()
    let labelled = try encoder.labelled(table, among: rows ?? Array(0..<table.rowCount))
    let examples: Examples<Element> = try encoder.examples(
      of: table, rows: labelled, outputs: outputs)
    let loss = loss ?? standardLoss
    try loss.validate(targets: examples.targets, file: table.name)
    try examples.validateWeights(loss, "evaluated")
    let evaluation = try Evaluator(
      self, loss: loss, hasSampleWeights: examples.allWeights != nil
    ).evaluate(examples)
    return report(evaluation, encoder, truth: try encoder.truth(of: table, rows: labelled))
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
      return report(evaluator.evaluate(examples), encoder, truth: [[]])
    }
  }

  /// The loss noted in the provenance, or the one the output layer calls for.
  public var standardLoss: Loss {
    func noted(_ key: String) -> String? { provenance.first { $0.key == key }?.value }
    func numbers(_ key: String) -> [Double] {
      (noted(key) ?? "").split(separator: ",").compactMap { Double(String($0).trimmed) }
    }
    if let name = noted("loss"),
      let plain = try? Loss(
        named: name, reduction: noted("reduction").flatMap(Loss.Reduction.init(rawValue:))),
      case let loss = plain.smoothed(by: numbers("label smoothing").first ?? 0)
        .weighted(classes: numbers("class weights"))
        .weighted(positive: numbers("positive weight"))
        .divided(by: noted("weighted sum divided by") == "rows" ? .rows : .weights),
      (try? loss.validate(output: architecture.outputActivation, units: outputs)) != nil
    {
      return loss
    }
    switch preprocessing?.target.output {
    case .score: return .hinge
    case .logarithm: return .poisson
    case .direct, nil: break
    }
    return switch architecture.outputActivation {
    case .softmax where outputs > 1: .crossEntropy
    case .sigmoid: .binaryCrossEntropy
    default: .mse
    }
  }

  func requirePreprocessing() throws -> Preprocessing {
    guard let preprocessing else {
      throw PerceptronError(
        .network,
        "the model does not say how rows of a table become inputs; it takes matrices only")
    }
    return preprocessing
  }
}
