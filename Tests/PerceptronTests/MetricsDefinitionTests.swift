import Perceptron
import Testing

/// What the reference does not hold: against the definitions, written out.
@Suite struct MetricsDefinitionTests {
  /// 200 rows of 4 classes with weights; some probabilities are equal.
  private static let rows: (truth: [Int], probabilities: [[Double]], weights: [Double]) = {
    var stream = RandomStream(seed: 11, purpose: .check)
    let truth = (0..<200).map { _ in stream.index(below: 4) }
    let probabilities = truth.map { label in
      let raw = (0..<4).map { Double(stream.index(below: 5)) + ($0 == label ? 2 : 0.25) }
      return raw.map { $0 / raw.reduce(0, +) }
    }
    return (truth, probabilities, truth.map { _ in stream.uniform() })
  }()

  private static func metrics(_ weights: [Double]? = nil) -> ClassificationMetrics {
    ClassificationMetrics(
      truth: rows.truth, probabilities: rows.probabilities.flatMap(\.self), classes: 4,
      classNames: ["a", "b", "c", "d"], weights: weights)
  }

  private func expectClose(
    _ found: Double?, _ expected: Double, _ location: SourceLocation = #_sourceLocation
  ) {
    guard let found, abs(found - expected) <= 1e-12 * max(1, abs(expected)) else {
      Issue.record("\(found as Double?), not \(expected)", sourceLocation: location)
      return
    }
  }

  @Test("whole weights are as good as repeated rows")
  func weightsRepeatRows() {
    let rows = Self.rows
    let times = rows.truth.indices.map { $0 % 3 + 1 }
    let repeated = rows.truth.indices.flatMap { Array(repeating: $0, count: times[$0]) }
    let weighted = Self.metrics(times.map(Double.init))
    let long = ClassificationMetrics(
      truth: repeated.map { rows.truth[$0] },
      probabilities: repeated.flatMap { rows.probabilities[$0] }, classes: 4,
      classNames: ["a", "b", "c", "d"])
    #expect(weighted.confusionWeights == long.confusionWeights)
    #expect(weighted.macro == long.macro)
    #expect(weighted.kappa == long.kappa)
    #expect(weighted.rocAUC == long.rocAUC)
    expectClose(weighted.matthewsCorrelation, long.matthewsCorrelation)
    expectClose(weighted.averagePrecision, long.averagePrecision)
    expectClose(weighted.logLoss, long.logLoss ?? .nan)
    expectClose(weighted.brier, long.brier ?? .nan)
    expectClose(
      weighted.calibration?.expectedError, long.calibration?.expectedError ?? .nan)
    for k in 1...5 { expectClose(weighted.topAccuracy(k), long.topAccuracy(k)) }

    let truth = rows.truth.map { Double($0) - 1.5 }
    let predictions = rows.probabilities.map { $0[3] - $0[0] }
    let numbers = RegressionMetrics(
      truth: truth, predictions: predictions, weights: times.map(Double.init))
    let all = RegressionMetrics(
      truth: repeated.map { truth[$0] }, predictions: repeated.map { predictions[$0] })
    expectClose(numbers.mape, all.mape ?? .nan)
    expectClose(numbers.medianAbsoluteError, all.medianAbsoluteError ?? .nan)
    expectClose(numbers.explainedVariance, all.explainedVariance ?? .nan)
    expectClose(numbers.r2, all.r2 ?? .nan)
  }

  @Test("Cohen's κ of a published table: 20 + 15 of 50 agree, 26 by chance")
  func kappa() throws {
    var (truth, probabilities) = ([Int](), [Double]())
    for (label, predicted, count) in [(1, 1, 20), (1, 0, 5), (0, 1, 10), (0, 0, 15)] {
      truth += Array(repeating: label, count: count)
      probabilities += Array(repeating: Double(predicted), count: count)
    }
    let metrics = ClassificationMetrics(
      truth: truth, probabilities: probabilities, classes: 2, classNames: ["no", "yes"])
    expectClose(metrics.kappa, 0.4)
    let certain = ClassificationMetrics(
      truth: [1, 1], probabilities: [1, 1], classes: 2, classNames: ["no", "yes"])
    #expect(certain.kappa == nil)
  }

  @Test("Matthews' correlation of many classes is that of the indicator columns")
  func matthews() {
    let rows = Self.rows
    let metrics = Self.metrics()
    let predicted = rows.probabilities.map { row in row.firstIndex(of: row.max() ?? 0) ?? 0 }
    let count = Double(rows.truth.count)
    /// Σ_k cov(x_k, y_k) of indicator columns, Gorodkin's K-category covariance.
    func covariance(_ x: [Int], _ y: [Int]) -> Double {
      (0..<4).reduce(0.0) { sum, k in
        let (a, b) = (x.map { $0 == k ? 1.0 : 0 }, y.map { $0 == k ? 1.0 : 0 })
        let (meanA, meanB) = (a.reduce(0, +) / count, b.reduce(0, +) / count)
        return sum + zip(a, b).reduce(0) { $0 + ($1.0 - meanA) * ($1.1 - meanB) }
      }
    }
    let expected =
      covariance(rows.truth, predicted)
      / (covariance(rows.truth, rows.truth) * covariance(predicted, predicted)).squareRoot()
    expectClose(metrics.matthewsCorrelation, expected)
  }

  @Test("the Brier score of many classes sums over them; top K of K classes is everything")
  func brierAndTop() {
    let rows = Self.rows
    let metrics = Self.metrics()
    var sum = 0.0
    for (label, row) in zip(rows.truth, rows.probabilities) {
      for k in 0..<4 {
        let error = row[k] - (k == label ? 1 : 0)
        sum += error * error
      }
    }
    expectClose(metrics.brier, sum / 200)
    #expect(metrics.topAccuracy(4) == 1)
    #expect(metrics.topAccuracy(9) == 1)
    let tops = (1...4).map { metrics.topAccuracy($0) }
    #expect(tops == tops.sorted() && tops[0] < tops[3])
  }

  @Test("a threshold moves rows from one class to the other", arguments: [0.1, 0.5, 0.9])
  func threshold(_ threshold: Double) {
    var stream = RandomStream(seed: 3, purpose: .check)
    let truth = (0..<50).map { _ in stream.index(below: 2) }
    let probabilities = truth.map { _ in stream.uniform() }
    for isTwoColumns in [false, true] {
      let metrics = ClassificationMetrics(
        truth: truth,
        probabilities: isTwoColumns ? probabilities.flatMap { [1 - $0, $0] } : probabilities,
        classes: 2, classNames: ["no", "yes"], threshold: threshold)
      let expected = probabilities.count { $0 >= threshold }
      #expect(metrics.confusionMatrix.reduce(0) { $0 + $1[1] } == expected)
    }
  }

  @Test("bins of 10 and 15: every row in one, the errors by their definition", arguments: [10, 15])
  func calibration(_ bins: Int) throws {
    var stream = RandomStream(seed: 5, purpose: .check)
    let probabilities = (0..<500).map { (row: Int) -> Double in
      if row % 20 == 0 { return Double(row / 20 % 11) / 10 }
      return stream.uniform()
    }
    let outcomes = probabilities.map { stream.uniform() < $0 * $0 }
    let weights = probabilities.map { _ in stream.uniform() }
    let found = try #require(
      Calibration(probabilities: probabilities, outcomes: outcomes, weights: weights, bins: bins))
    #expect(found.bins.count == bins)
    #expect(found.bins.reduce(0) { $0 + $1.rows } == 500)
    var (expected, largest, all) = (0.0, 0.0, 0.0)
    for (number, bin) in found.bins.enumerated() {
      // (lower, upper], compared without a division.
      let members = probabilities.indices.filter { (row: Int) -> Bool in
        let place = probabilities[row] * Double(bins)
        if place == 0 { return number == 0 }
        return place <= Double(number + 1) && place > Double(number)
      }
      #expect(bin.rows == members.count)
      let weight: Double = members.reduce(0) { $0 + weights[$1] }
      guard weight > 0 else { continue }
      let mean: Double = members.reduce(0) { $0 + weights[$1] * probabilities[$1] } / weight
      let share: Double = members.reduce(0) { $0 + (outcomes[$1] ? weights[$1] : 0) } / weight
      expectClose(bin.meanProbability, mean)
      expectClose(bin.share, share)
      expected += weight * abs(share - mean)
      largest = max(largest, abs(share - mean))
      all += weight
    }
    expectClose(found.expectedError, expected / all)
    expectClose(found.maximumError, largest)
    #expect(found.expectedError > 0.1, "p² is not p")
  }

  @Test("calibration of nothing, of NaN and of a constant")
  func calibrationEdges() throws {
    #expect(Calibration(probabilities: [], outcomes: []) == nil)
    #expect(Calibration(probabilities: [0.5, .nan], outcomes: [true, true]) == nil)
    #expect(Calibration(probabilities: [0.5], outcomes: [true], weights: [0]) == nil)
    let one = try #require(Calibration(probabilities: [0, 1, 1], outcomes: [false, true, true]))
    #expect(one.expectedError == 0)
    #expect(one.bins.map(\.rows) == [1, 0, 0, 0, 0, 0, 0, 0, 0, 2])
    #expect(one.bins[4].share == nil)
  }

  @Test("median, percentage and explained variance by hand")
  func numbers() {
    let metrics = RegressionMetrics(truth: [1, 2, 4, -5], predictions: [2, 2, 6, -1])
    #expect(metrics.medianAbsoluteError == 1.5)
    #expect(metrics.maximumError == 4)
    expectClose(metrics.mape, 2.3 / 4)
    // Errors −1, 0, −2, −4: mean −7/4, spread 35/4; truths: mean ½, spread 45.
    expectClose(metrics.explainedVariance, 1 - 8.75 / 45)
    let shifted = RegressionMetrics(truth: [1, 2, 4], predictions: [11, 12, 14])
    #expect(shifted.explainedVariance == 1)
    #expect((shifted.r2 ?? 0) < 0)
    #expect(RegressionMetrics(truth: [0, 1], predictions: [0, 1]).mape == nil)
    #expect(RegressionMetrics(truth: [3], predictions: [1]).explainedVariance == nil)
    #expect(RegressionMetrics(truth: [], predictions: []).medianAbsoluteError == nil)
    #expect(RegressionMetrics(truth: [1, 2, 9], predictions: [0, 0, 0]).medianAbsoluteError == 2)
  }

  @Test("the curves of a small table, point by point")
  func curve() {
    let curve = RankingCurve(
      scores: [0.9, 0.8, 0.8, 0.3, .nan], isPositive: [true, false, true, false, true])
    #expect(curve.points.map(\.threshold) == [0.9, 0.8, 0.3, -.infinity])
    #expect(curve.points.map(\.truePositives) == [1, 2, 2, 3])
    #expect(curve.points.map(\.falsePositives) == [0, 1, 2, 2])
    // 3 × 2 pairs: 0.9 wins both, 0.8 a half and one, NaN none.
    #expect(curve.rocAUC == 3.5 / 6)
    let precisions: [Double] = [1, 2.0 / 3, 0.6]
    expectClose(curve.averagePrecision, precisions.reduce(0, +) / 3)
    #expect(RankingCurve(scores: [], isPositive: []).rocAUC == nil)
    #expect(RankingCurve(scores: [1], isPositive: [false]).averagePrecision == 0)
  }
}
