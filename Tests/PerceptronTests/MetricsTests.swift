import Foundation
import Perceptron
import Testing

/// Against scikit-learn's numbers, see `Fixtures/reference/metrics.json`.
@Suite struct MetricsReferenceTests {
  @Test func casesAreAllThere() {
    #expect(MetricsCase.binary.count == 15)
    #expect(MetricsCase.multiclass.count == 10)
    #expect(MetricsCase.regression.count == 10)
    let all = MetricsCase.binary + MetricsCase.multiclass + MetricsCase.regression
    #expect(all.count { $0.weights != nil } == 3)
  }

  @Test(arguments: MetricsCase.binary)
  func binary(_ reference: MetricsCase) throws {
    let expected = reference.expected
    let metrics = ClassificationMetrics(
      truth: reference.truthClasses, probabilities: reference.predictions, classes: 2,
      classNames: ["no", "yes"], weights: reference.weights)
    #expect(metrics.rows == reference.truthClasses.count)
    #expect(metrics.classNames == ["no", "yes"])
    try expectConfusion(metrics, expected["confusion_matrix"])
    try expectEqual(metrics.accuracy, expected["accuracy"])
    try expectEqual(metrics.balancedAccuracy, expected["balanced_accuracy"])
    try expectEqual(metrics.precision, expected["precision"])
    try expectEqual(metrics.recall, expected["recall"])
    try expectEqual(metrics.f1, expected["f1"])
    try expectEqual(metrics.matthewsCorrelation, expected["matthews_correlation"])
    try expectEqual(metrics.rocAUC, expected["roc_auc"])
    try expectEqual(metrics.averagePrecision, expected["average_precision"])
    try expectEqual(metrics.logLoss, expected["log_loss"])
    try expectEqual(metrics.brier, expected["brier"])
    #expect(metrics.perClass.count == 2)
    #expect(metrics.perClass[1].f1 == metrics.f1)
    #expect(metrics.perClass[1].support == reference.truthClasses.count { $0 == 1 })
    let counts = metrics.confusionMatrix.flatMap(\.self)
    #expect(counts.reduce(0, +) == metrics.rows)
    #expect(
      try #require(expected["y_pred"]).enumerated().allSatisfy { row, label in
        label == (reference.predictions[row] >= 0.5 ? 1 : 0)
      })

    // As two columns the same, except that one half each is class 0.
    if !reference.predictions.contains(0.5) {
      let columns = ClassificationMetrics(
        truth: reference.truthClasses,
        probabilities: reference.predictions.flatMap { [1 - $0, $0] },
        classes: 2, classNames: ["no", "yes"], weights: reference.weights)
      #expect(columns == metrics)
    }
  }

  @Test(arguments: MetricsCase.multiclass)
  func multiclass(_ reference: MetricsCase) throws {
    let expected = reference.expected
    let metrics = ClassificationMetrics(
      truth: reference.truthClasses, probabilities: reference.predictions,
      classes: reference.columns, classNames: (0..<reference.columns).map { "class \($0)" },
      weights: reference.weights)
    try expectConfusion(metrics, expected["confusion_matrix"])
    try expectEqual(metrics.accuracy, expected["accuracy"])
    try expectEqual(metrics.precision, expected["precision.macro"])
    try expectEqual(metrics.recall, expected["recall.macro"])
    try expectEqual(metrics.f1, expected["f1.macro"])
    let averages = [
      ("macro", metrics.macro), ("micro", metrics.micro), ("weighted", metrics.weighted),
      ("macro_over_present_classes", metrics.macroOverPresentClasses),
    ]
    for (name, average) in averages {
      try expectEqual(average.precision, expected["precision.\(name)"])
      try expectEqual(average.recall, expected["recall.\(name)"])
      try expectEqual(average.f1, expected["f1.\(name)"])
    }
    // The reference does not report the area of rows with weights.
    if reference.weights == nil { try expectEqual(metrics.rocAUC, expected["roc_auc_ovr_macro"]) }
    try expectEqual(metrics.logLoss, expected["log_loss"])
    try expectEqual(metrics.topAccuracy(2), expected["top_2_accuracy"])
    #expect(metrics.perClass.count == reference.columns)
    for (label, scores) in metrics.perClass.enumerated() {
      try expectEqual(scores.precision, [try #require(expected["precision.per_class"])[label]])
      try expectEqual(scores.recall, [try #require(expected["recall.per_class"])[label]])
      try expectEqual(scores.f1, [try #require(expected["f1.per_class"])[label]])
      #expect(scores.support == reference.truthClasses.count { $0 == label })
    }
  }

  @Test(arguments: MetricsCase.regression)
  func regression(_ reference: MetricsCase) throws {
    let expected = reference.expected
    let metrics = RegressionMetrics(
      truth: reference.truthNumbers, predictions: reference.predictions,
      outputs: reference.columns, weights: reference.weights)
    #expect(metrics.rows == reference.truthNumbers.count / reference.columns)
    try expectEqual(metrics.mae, expected["mae"])
    try expectEqual(metrics.mse, expected["mse"])
    try expectEqual(metrics.rmse, expected["rmse"])
    try expectEqual(metrics.r2, expected["r2"])
    // The reference does not report the largest error of several outputs.
    if reference.columns == 1 { try expectEqual(metrics.maximumError, expected["max_error"]) }
    for (output, errors) in metrics.perOutput.enumerated() where reference.columns > 1 {
      try expectEqual(errors.mae, [try #require(expected["mae_per_output"])[output]])
      try expectEqual(errors.mse, [try #require(expected["mse_per_output"])[output]])
      try expectEqual(errors.r2, [try #require(expected["r2_per_output"])[output]])
    }
  }

  /// Counts to the unit, sums of weights to the tolerance.
  private func expectConfusion(
    _ metrics: ClassificationMetrics, _ expected: [Double]?,
    sourceLocation: SourceLocation = #_sourceLocation
  ) throws {
    let expected = try #require(expected, sourceLocation: sourceLocation)
    let found = metrics.confusionWeights.flatMap(\.self)
    #expect(found.count == expected.count, sourceLocation: sourceLocation)
    for (found, expected) in zip(found, expected) {
      try expectEqual(found, [expected], sourceLocation: sourceLocation)
    }
    if expected.allSatisfy({ $0 == $0.rounded() }) {
      let counts = metrics.confusionMatrix.flatMap { $0.map { Double($0) } }
      #expect(counts == expected, sourceLocation: sourceLocation)
    }
  }

  private let tolerance = 1e-12

  /// `nil` is expected where the reference has NaN or nothing.
  private func expectEqual(
    _ found: Double?, _ expected: [Double]?, sourceLocation: SourceLocation = #_sourceLocation
  ) throws {
    let value = try #require(expected, sourceLocation: sourceLocation).first
    guard let value, !value.isNaN else {
      #expect(found == nil, sourceLocation: sourceLocation)
      return
    }
    let number = try #require(found, sourceLocation: sourceLocation)
    #expect(abs(number - value) <= tolerance * max(1, abs(value)), sourceLocation: sourceLocation)
  }
}

@Suite struct MetricsEdgeTests {
  private let threeNames = ["a", "b", "c"]

  @Test func notANumberIsTheLowestScore() throws {
    let oneColumn = ClassificationMetrics(
      truth: [0, 1, 1], probabilities: [.nan, 0.7, .nan], classes: 2, classNames: ["no", "yes"])
    #expect(oneColumn.confusionMatrix == [[1, 0], [1, 1]])
    #expect(oneColumn.rocAUC == 0.75)
    #expect(try #require(oneColumn.logLoss).isNaN)

    let threeColumns = ClassificationMetrics(
      truth: [0, 1, 2], probabilities: [.nan, .nan, .nan, .nan, 0.1, 0.2, 0.3, .nan, 0.4],
      classes: 3, classNames: threeNames)
    #expect(threeColumns.confusionMatrix == [[1, 0, 0], [0, 0, 1], [0, 0, 1]])
    #expect(threeColumns.rocAUC != nil)

    let allLost = ClassificationMetrics(
      truth: [0, 1, 2], probabilities: [Double](repeating: .nan, count: 9), classes: 3,
      classNames: threeNames)
    #expect(allLost.rocAUC == 0.5)
    #expect(allLost.confusionMatrix == [[1, 0, 0], [1, 0, 0], [1, 0, 0]])
  }

  @Test func infinityDoesNotCrash() {
    let metrics = ClassificationMetrics(
      truth: [0, 1, 1], probabilities: [-.infinity, .infinity, 0.5], classes: 2,
      classNames: ["no", "yes"])
    #expect(metrics.accuracy == 1)
    #expect(metrics.rocAUC == 1)
    #expect(metrics.logLoss?.isFinite == true)
    let regression = RegressionMetrics(truth: [1, 2], predictions: [.infinity, .nan])
    #expect(regression.mae.isNaN)
    #expect(regression.r2?.isNaN == true)
  }

  @Test func equalHalvesAreTheFirstColumn() {
    let metrics = ClassificationMetrics(
      truth: [0], probabilities: [0.5, 0.5], classes: 2, classNames: ["no", "yes"])
    #expect(metrics.confusionMatrix == [[1, 0], [0, 0]])
  }

  @Test func orderOfTheRowsIsOfNoConsequence() {
    var stream = RandomStream(seed: 1, purpose: .check)
    let truth = (0..<300).map { _ in stream.index(below: 2) }
    let scores = truth.map { ((0.3 * Double($0) + stream.uniform()) * 10).rounded() / 20 }
    let metrics = ClassificationMetrics(
      truth: truth, probabilities: scores, classes: 2, classNames: ["no", "yes"])
    let order = stream.permutation(of: 300).map { Int($0) }
    let shuffled = ClassificationMetrics(
      truth: order.map { truth[$0] }, probabilities: order.map { scores[$0] }, classes: 2,
      classNames: ["no", "yes"])
    #expect(shuffled.rocAUC == metrics.rocAUC)
    #expect(shuffled.perClass == metrics.perClass)

    var wins = 0.0
    for (score, label) in zip(scores, truth) where label == 1 {
      for (other, otherLabel) in zip(scores, truth) where otherLabel == 0 {
        wins += score > other ? 1 : score == other ? 0.5 : 0
      }
    }
    let positives = Double(truth.count { $0 == 1 })
    #expect(metrics.rocAUC == wins / (positives * (300 - positives)))
  }

  @Test func noRows() {
    let classification = ClassificationMetrics(
      truth: [], probabilities: [], classes: 3, classNames: threeNames)
    #expect(classification.rows == 0)
    #expect(classification.accuracy.isNaN)
    #expect(classification.f1 == 0)
    #expect(classification.rocAUC == nil)
    #expect(classification.logLoss == nil)
    let regression = RegressionMetrics(truth: [], predictions: [], outputs: 2)
    #expect(regression.rows == 0)
    #expect(regression.mae.isNaN)
    #expect(regression.r2 == nil)
  }

  @Test func oneClass() {
    let metrics = ClassificationMetrics(
      truth: [0, 0], probabilities: [1, 1], classes: 1, classNames: ["only"])
    #expect(metrics.accuracy == 1)
    #expect(metrics.f1 == 1)
    #expect(metrics.rocAUC == nil)
  }

  /// The mean of ten times 0.1 is not 0.1, yet the truth is constant.
  @Test func constantTruthIsSeenDespiteRounding() {
    let truth = [Double](repeating: 0.1, count: 10)
    #expect(RegressionMetrics(truth: truth, predictions: truth).r2 == 1)
    #expect(RegressionMetrics(truth: truth, predictions: truth.map { $0 + 1 }).r2 == 0)
    let half = RegressionMetrics(
      truth: [1, 5, 1, 6, 1, 7], predictions: [0, 5, 1, 6, 1, 7], outputs: 2)
    #expect(half.r2 == 0.5)
  }

  @Test func wrongCountsStop() async {
    await #expect(processExitsWith: .failure) {
      _ = ClassificationMetrics(
        truth: [3], probabilities: [0, 0], classes: 2, classNames: ["a", "b"])
    }
    await #expect(processExitsWith: .failure) {
      _ = ClassificationMetrics(truth: [0], probabilities: [1], classes: 3, classNames: ["a"])
    }
    await #expect(processExitsWith: .failure) {
      _ = RegressionMetrics(truth: [1, 2, 3], predictions: [1, 2, 3], outputs: 2)
    }
  }
}

/// One case of `metrics.json`. Every expected value is a list of numbers (a single number is a
/// list of one, `null` an empty one) under its path, such as `f1.macro`.
struct MetricsCase: Sendable, CustomTestStringConvertible {
  let testDescription: String
  let weights: [Double]?
  let truthClasses: [Int]
  let truthNumbers: [Double]
  let predictions: [Double]
  let columns: Int
  let expected: [String: [Double]]

  static let binary = all("binary", "probability")
  static let multiclass = all("multiclass", "probabilities")
  static let regression = all("regression", "y_pred")

  private static func all(_ group: String, _ predictions: String) -> [MetricsCase] {
    let file = URL(filePath: #filePath).deletingLastPathComponent()
      .appending(path: "Fixtures/reference/metrics.json")
    do {
      let root = try JSONDecoder().decode(JSON.self, from: Data(contentsOf: file))
      return root[group].elements.map { MetricsCase($0, predictions: predictions) }
    } catch {
      Issue.record(error)
      return []
    }
  }

  private init(_ json: JSON, predictions: String) {
    if case .text(let name) = json["name"] { testDescription = name } else { testDescription = "?" }
    let weights = json["sample_weight"].numbers
    self.weights = weights.isEmpty ? nil : weights
    truthNumbers = json["y_true"].numbers
    truthClasses = truthNumbers.map { Int($0) }
    self.predictions = json[predictions].numbers
    let shape = json[predictions]["shape"].numbers
    columns = shape.count == 2 ? Int(shape[1]) : 1
    var expected = ["y_pred": json["y_pred"].numbers]
    for (name, value) in json["expected"].members {
      expected[name] = value.numbers
      for (part, value) in value.members { expected["\(name).\(part)"] = value.numbers }
    }
    self.expected = expected
  }
}

extension MetricsCase {
  /// Any JSON, by `JSONDecoder`: on Linux, `JSONSerialization` does not round numbers correctly
  /// (1000000.3552723231 becomes its upper neighbour).
  fileprivate enum JSON: Decodable {
    case null
    case number(Double)
    case text(String)
    case list([JSON])
    case object([String: JSON])

    init(from decoder: any Decoder) throws {
      let container = try decoder.singleValueContainer()
      if container.decodeNil() {
        self = .null
      } else if let number = try? container.decode(Double.self) {
        self = .number(number)
      } else if let text = try? container.decode(String.self) {
        self = .text(text)
      } else if let list = try? container.decode([JSON].self) {
        self = .list(list)
      } else {
        self = .object(try container.decode([String: JSON].self))
      }
    }

    subscript(name: String) -> JSON { members[name] ?? .null }

    var members: [String: JSON] {
      if case .object(let members) = self { members } else { [:] }
    }

    var elements: [JSON] {
      if case .list(let elements) = self { elements } else { [] }
    }

    /// The numbers of a list, a `{"shape", "data"}`, a single number, or one of the strings
    /// "nan", "inf" and "-inf".
    var numbers: [Double] {
      switch self {
      case .null: []
      case .number(let number): [number]
      case .text(let text): [Double(text) ?? .nan]
      case .list(let elements): elements.flatMap(\.numbers)
      case .object: self["data"].numbers
      }
    }
  }
}
