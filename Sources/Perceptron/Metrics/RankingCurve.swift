/// What becomes of positive and negative rows when everything from a threshold on is called
/// positive, for every threshold: the points of the receiver operating characteristic and of the
/// precision-recall curve.
///
///     true positive rate (recall) = TP / P      false positive rate = FP / N      precision = TP / (TP + FP)
///
/// TP and FP are the weights of the positive and negative rows whose score is at least the
/// threshold; P and N those of all. One sort of the rows, O(n log n).
///
/// Source: Fawcett, "An introduction to ROC analysis", Pattern Recognition Letters 27, 2006.
public struct RankingCurve: Sendable, Hashable {
  /// One threshold.
  public struct Point: Sendable, Hashable {
    /// A score that some row has.
    public let threshold: Double
    /// TP
    public let truePositives: Double
    /// FP
    public let falsePositives: Double
  }

  /// By falling thresholds, one for every different score.
  public let points: [Point]
  /// P
  public let positives: Double
  /// N
  public let negatives: Double

  /// - Parameters:
  ///   - scores: one a row; NaN ranks below every number.
  ///   - isPositive: which rows are positive.
  ///   - weights: one a row; nil for 1 each.
  public init(scores: [Double], isPositive: [Bool], weights: [Double]? = nil) {
    guard scores.count == isPositive.count, (weights ?? scores).count == scores.count else {
      misuse("RankingCurve: \(scores.count) scores, \(isPositive.count) truths")
    }
    let scores = scores.map { $0.isNaN ? -Double.infinity : $0 }
    // Rows of one score keep their order, so that weights are always summed in the same one.
    let order = scores.indices.sorted { (scores[$0], $1) > (scores[$1], $0) }
    var points: [Point] = []
    var (hits, misses) = (0.0, 0.0)
    for (place, row) in order.enumerated() {
      let weight = weights?[row] ?? 1
      if isPositive[row] { hits += weight } else { misses += weight }
      let isLast = place + 1 == order.count
      if isLast || scores[order[place + 1]] != scores[row] {
        points.append(
          Point(threshold: scores[row], truePositives: hits, falsePositives: misses))
      }
    }
    self.points = points
    (positives, negatives) = (hits, misses)
  }

  /// The area under the receiver operating characteristic: the probability that a positive row
  /// outranks a negative one, ties counting half; nil where there are none of the one or the other.
  ///
  /// Trapezoids: Σ (FP_k − FP_{k−1}) (TP_k + TP_{k−1}) / 2PN, a quotient of two integers when all
  /// weights are 1.
  public var rocAUC: Double? {
    guard positives > 0, negatives > 0 else { return nil }
    var twice = 0.0
    var (hits, misses) = (0.0, 0.0)
    for point in points {
      twice += (point.falsePositives - misses) * (point.truePositives + hits)
      (hits, misses) = (point.truePositives, point.falsePositives)
    }
    return twice / (2 * positives * negatives)
  }

  /// Average precision: Σ (R_k − R_{k−1}) P_k over the thresholds, R recall and P precision, without
  /// interpolation; 0 without positive rows.
  public var averagePrecision: Double {
    guard positives > 0 else { return 0 }
    var sum = 0.0
    var hits = 0.0
    for point in points where point.truePositives > hits {
      let precision = point.truePositives / (point.truePositives + point.falsePositives)
      sum += (point.truePositives - hits) * precision
      hits = point.truePositives
    }
    return sum / positives
  }
}
