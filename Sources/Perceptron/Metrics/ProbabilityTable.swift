/// Predicted probabilities row by row, one column per class; two classes may come as one column, the
/// probability of class 1.
///
/// A probability that is NaN ranks below every number.
struct ProbabilityTable {
  let values: [Double]
  let classes: Int
  /// Whether `values` is one column for two classes.
  let isBinary: Bool
  /// From which probability on class 1 of two is predicted; nil for arg max, or ½ of one column.
  let threshold: Double?

  init(_ values: [Double], rows: Int, classes: Int, threshold: Double? = nil) {
    self.values = values
    self.classes = classes
    isBinary = classes == 2 && values.count == rows
    self.threshold = threshold
  }

  func probability(of label: Int, row: Int) -> Double {
    if isBinary { return label == 1 ? values[row] : 1 - values[row] }
    return values[row * classes + label]
  }

  /// The probability, or −∞ in place of NaN: a score that can be ordered.
  func score(of label: Int, row: Int) -> Double {
    let probability = probability(of: label, row: row)
    return probability.isNaN ? -.infinity : probability
  }

  /// The arg max, the first of equals, or what the threshold says.
  func predictedClass(row: Int) -> Int {
    if isBinary { return values[row] >= threshold ?? 0.5 ? 1 : 0 }
    if let threshold { return score(of: 1, row: row) >= threshold ? 1 : 0 }
    var best = 0
    for label in 0..<classes where score(of: label, row: row) > score(of: best, row: row) {
      best = label
    }
    return best
  }

  /// How many classes stand before `label` when a row's classes are ordered by falling probability,
  /// of equals the last first.
  func rank(of label: Int, row: Int) -> Int {
    let own = score(of: label, row: row)
    var rank = 0
    for other in 0..<classes where other != label {
      let score = score(of: other, row: row)
      if score > own || (score == own && other > label) { rank += 1 }
    }
    return rank
  }
}
