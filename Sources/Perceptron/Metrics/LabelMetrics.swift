/// How well several yes/no labels of a row are named.
///
/// A ratio of counts with denominator 0 is 0, except those of no rows (NaN). Conventions agree with
/// scikit-learn's for multilabel indicator matrices (`zero_division=0`).
public struct LabelMetrics: Sendable, Equatable {
  /// The share of rows all of whose labels are right.
  public let subsetAccuracy: Double
  /// The share of labels that are wrong.
  public let hammingLoss: Double
  /// The plain mean of the labels' F1 = 2 TP / (2 TP + FP + FN).
  public let macroF1: Double
  /// F1 of the counts of all labels together.
  public let microF1: Double

  /// - Parameters:
  ///   - truth: row by row, `labels` answers each.
  ///   - predicted: in the same order.
  ///   - labels: how many a row has.
  public init(truth: [Bool], predicted: [Bool], labels: Int) {
    guard labels > 0, truth.count == predicted.count, truth.count.isMultiple(of: labels) else {
      misuse("LabelMetrics: \(truth.count) and \(predicted.count) answers of \(labels) labels")
    }
    let rows = truth.count / labels
    var hits = [Int](repeating: 0, count: labels)
    var wrong = [Int](repeating: 0, count: labels)
    var right = 0
    for i in 0..<rows {
      var isRight = true
      for j in 0..<labels {
        let (truly, said) = (truth[i * labels + j], predicted[i * labels + j])
        if truly != said {
          wrong[j] += 1
          isRight = false
        } else if said {
          hits[j] += 1
        }
      }
      if isRight { right += 1 }
    }
    func f1(_ hits: Int, _ wrong: Int) -> Double {
      hits + wrong == 0 ? 0 : Double(2 * hits) / Double(2 * hits + wrong)
    }
    subsetAccuracy = Double(right) / Double(rows)
    hammingLoss = Double(wrong.reduce(0, +)) / Double(truth.count)
    macroF1 = zip(hits, wrong).reduce(0) { $0 + f1($1.0, $1.1) } / Double(labels)
    microF1 = f1(hits.reduce(0, +), wrong.reduce(0, +))
  }
}
