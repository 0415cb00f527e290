/// What follows from the confusion matrix C alone, C_ij being the weight of the rows of truth i that
/// were predicted as j.
///
/// With t_k = Σ_j C_kj (truth), p_k = Σ_i C_ik (predicted), c = Σ_k C_kk and s = Σ_ij C_ij:
///
/// | | |
/// |---|---|
/// | precision, recall, F1 of class k | C_kk / p_k, C_kk / t_k, 2 C_kk / (p_k + t_k) |
/// | accuracy | c / s |
/// | balanced accuracy | the mean recall of the classes with t_k > 0 |
/// | Matthews correlation | (c s − Σ p_k t_k) / √((s² − Σ p_k²)(s² − Σ t_k²)) |
/// | Cohen's κ | (c/s − e) / (1 − e), e = Σ p_k t_k / s² |
///
/// A ratio with denominator 0 is 0, the accuracy of nothing NaN and κ nil.
///
/// Sources: Gorodkin, "Comparing two K-category assignments by a K-category correlation
/// coefficient", Computational Biology and Chemistry 28, 2004; Cohen, "A coefficient of agreement
/// for nominal scales", Educational and Psychological Measurement 20, 1960.
struct ConfusionScores {
  typealias Scores = ClassificationMetrics.Scores

  /// C
  private let confusion: [[Double]]
  /// t
  private let truth: [Double]
  /// p
  private let predicted: [Double]
  /// s
  private let total: Double
  /// c
  private let hits: Double

  init(_ confusion: [[Double]]) {
    self.confusion = confusion
    truth = confusion.map { $0.reduce(0, +) }
    predicted = confusion.indices.map { label in confusion.reduce(0) { $0 + $1[label] } }
    total = truth.reduce(0, +)
    hits = confusion.indices.reduce(0) { $0 + confusion[$1][$1] }
  }

  /// Those of each class.
  var perClass: [Scores] {
    confusion.indices.map { label in
      let hit = confusion[label][label]
      return Scores(
        precision: Self.ratio(hit, predicted[label]), recall: Self.ratio(hit, truth[label]),
        f1: Self.ratio(2 * hit, predicted[label] + truth[label]))
    }
  }

  /// The plain mean over all classes, absent ones counting as they are, as 0.
  var macro: Scores { mean(weights: truth.map { _ in 1 }) }

  /// The plain mean over the classes that are found in the truth or among the predictions.
  var macroOverPresentClasses: Scores {
    mean(weights: zip(truth, predicted).map { $0 + $1 > 0 ? 1 : 0 })
  }

  /// The mean over the classes, each counting by its weight in the truth.
  var weighted: Scores { mean(weights: truth) }

  /// From the counts of all classes together: all three are the accuracy.
  var micro: Scores {
    let share = Self.ratio(hits, total)
    return Scores(precision: share, recall: share, f1: share)
  }

  var accuracy: Double { hits / total }

  var balancedAccuracy: Double? {
    let present = truth.indices.filter { truth[$0] > 0 }
    guard !present.isEmpty else { return nil }
    return present.reduce(0) { $0 + confusion[$1][$1] / truth[$1] } / Double(present.count)
  }

  var matthewsCorrelation: Double {
    let chance = zip(truth, predicted).reduce(0) { $0 + $1.0 * $1.1 }
    let spreadOfTruth = total * total - truth.reduce(0) { $0 + $1 * $1 }
    let spreadOfPredicted = total * total - predicted.reduce(0) { $0 + $1 * $1 }
    // A single class has no spread, but for rounding where weights are not whole numbers.
    guard truth.count(where: { $0 > 0 }) > 1, predicted.count(where: { $0 > 0 }) > 1 else {
      return 0
    }
    return Self.ratio(
      hits * total - chance, spreadOfTruth.squareRoot() * spreadOfPredicted.squareRoot())
  }

  var kappa: Double? {
    let chance = zip(truth, predicted).reduce(0) { $0 + $1.0 * $1.1 } / (total * total)
    return chance < 1 ? (hits / total - chance) / (1 - chance) : nil
  }

  private func mean(weights: [Double]) -> Scores {
    let (perClass, total) = (perClass, weights.reduce(0, +))
    func mean(_ score: (Scores) -> Double) -> Double {
      Self.ratio(zip(perClass, weights).reduce(0) { $0 + score($1.0) * $1.1 }, total)
    }
    return Scores(precision: mean(\.precision), recall: mean(\.recall), f1: mean(\.f1))
  }

  private static func ratio(_ part: Double, _ whole: Double) -> Double {
    whole == 0 ? 0 : part / whole
  }
}
