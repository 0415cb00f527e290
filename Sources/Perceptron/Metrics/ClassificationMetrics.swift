/// How well predicted probabilities name the classes.
///
/// The predicted class is the arg max of a row, the first of equals; where a binary problem comes
/// as one column, the probability of class 1, it is class 1 from 0.5 on, or from the threshold
/// given. A probability that is NaN ranks below every number, so a diverged network gets bad scores,
/// a ``logLoss`` of NaN, and no crash. Every ratio of counts with denominator 0 is 0, except the
/// accuracy of no rows (NaN); what has no meaning otherwise is nil.
///
/// With weights every count of rows is the sum of their weights, every mean a weighted one.
///
/// Conventions and numbers agree with scikit-learn's (`zero_division=0`, all classes as labels).
public struct ClassificationMetrics: Sendable, Equatable {
  /// Precision, recall and F1: of a class against all others, or an average over classes. TP, FP and
  /// FN count the rows that are rightly, wrongly and wrongly not predicted as this class.
  public struct Scores: Sendable, Equatable {
    /// TP / (TP + FP)
    public let precision: Double
    /// TP / (TP + FN)
    public let recall: Double
    /// 2 TP / (2 TP + FP + FN), the harmonic mean of precision and recall. An average is the mean
    /// of the classes' F1, not the F1 of the means.
    public let f1: Double
  }

  /// One class against all others.
  public struct ClassScores: Sendable, Equatable {
    /// TP / (TP + FP)
    public let precision: Double
    /// TP / (TP + FN)
    public let recall: Double
    /// 2 TP / (2 TP + FP + FN), the harmonic mean of precision and recall.
    public let f1: Double
    /// TP + FN: the rows whose truth is this class.
    public let support: Int
    /// ``RankingCurve/rocAUC`` by the probability of this class.
    public let rocAUC: Double?
    /// ``RankingCurve/averagePrecision`` by the probability of this class.
    public let averagePrecision: Double
  }

  /// How many rows were judged.
  public let rows: Int
  /// A name for every class, in the order of the probabilities.
  public let classNames: [String]
  /// From which probability on class 1 of two is predicted; nil for arg max, or ½ of one column.
  public let threshold: Double?
  /// The share of rows whose predicted class is the truth.
  public let accuracy: Double
  /// The mean recall of the classes found in the truth; nil when there are none.
  public let balancedAccuracy: Double?
  /// `confusionMatrix[i][j]` counts the rows of truth i that were predicted as j.
  public let confusionMatrix: [[Int]]
  /// The same as sums of weights.
  public let confusionWeights: [[Double]]
  /// In the order of ``classNames``.
  public let perClass: [ClassScores]
  /// Two classes: of the positive class, which is class 1. Otherwise the plain mean over all
  /// classes (macro average), absent ones counting as they are, as 0.
  public let precision: Double
  /// Averaged like ``precision``.
  public let recall: Double
  /// Averaged like ``precision``: the mean of the classes' F1, not the F1 of the means.
  public let f1: Double
  /// The plain mean over all classes, absent ones counting as they are, as 0.
  public let macro: Scores
  /// The plain mean over the classes that are found in the truth or among the predictions.
  public let macroOverPresentClasses: Scores
  /// The mean over the classes, each counting by its weight in the truth.
  public let weighted: Scores
  /// From the counts of all classes together: all three are the accuracy.
  public let micro: Scores
  /// Matthews' correlation of truth and prediction, from −1 to 1; 0 where one of them is constant.
  public let matthewsCorrelation: Double
  /// Cohen's κ: agreement beyond chance, 1 at most; nil where chance alone agrees always.
  public let kappa: Double?
  /// The area under the receiver operating characteristic: the probability that a positive row
  /// outranks a negative one, ties counting half. Two classes: by the probability of class 1.
  /// Otherwise the plain mean over the classes, each against the rest. `nil` when a class is
  /// missing in the truth, or is all of it.
  public let rocAUC: Double?
  /// Average precision, see ``RankingCurve``. Two classes: by the probability of class 1. Otherwise
  /// the plain mean over the classes, each against the rest, absent ones counting 0.
  public let averagePrecision: Double
  /// The mean of −ln p, p being the probability of the true class clipped to [ε, 1 − ε] with
  /// ε = 2⁻⁵². `nil` when there are no rows.
  public let logLoss: Double?
  /// Brier's score: the mean of (p − y)², y being 1 where class 1 of two is the truth and 0
  /// otherwise; with more classes that of Σ_k (p_k − y_k)². `nil` when there are no rows.
  public let brier: Double?
  /// Of the probability of class 1 of two; with more classes of the probability of the predicted
  /// class, which is to be the share of rows predicted rightly. `nil` when there are no rows, or a
  /// probability is NaN.
  public let calibration: Calibration?
  /// `topAccuracies[k − 1]`: see ``topAccuracy(_:)``.
  private let topAccuracies: [Double]

  /// The share of rows whose true class is among the k most probable ones.
  ///
  /// Of classes with equal probability the last counts first, as scikit-learn's
  /// `top_k_accuracy_score` has it; but for such ties, k = 1 is ``accuracy``.
  ///
  /// - Parameter k: from 1; from the number of classes on it is 1.
  public func topAccuracy(_ k: Int) -> Double {
    if k < 1 { misuse("ClassificationMetrics: the top \(k) classes") }
    return topAccuracies[min(k, topAccuracies.count) - 1]
  }

  /// - Parameters:
  ///   - truth: The class of each row, in 0, …, `classes` − 1.
  ///   - probabilities: Row by row, one column per class; two classes may also come as one column,
  ///     the probability of class 1.
  ///   - classes: How many classes there are.
  ///   - classNames: One name per class.
  ///   - weights: A weight for each row, at least 0; nil for 1 each.
  ///   - threshold: Of two classes, from which probability on class 1 is predicted; nil for arg max,
  ///     or ½ of one column.
  ///   - calibrationBins: The bins of ``calibration``.
  public init(
    truth: [Int], probabilities: [Double], classes: Int, classNames: [String],
    weights: [Double]? = nil, threshold: Double? = nil, calibrationBins: Int = 10
  ) {
    let table = Self.table(truth, probabilities, classes, classNames, weights, threshold)
    let rows = truth.count
    var counts = [[Int]](repeating: [Int](repeating: 0, count: classes), count: classes)
    var confusion = [[Double]](repeating: [Double](repeating: 0, count: classes), count: classes)
    var ranks = [Double](repeating: 0, count: classes)
    var (logarithms, squares, total) = (0.0, 0.0, 0.0)
    for (row, label) in truth.enumerated() {
      let weight = weights?[row] ?? 1
      let predicted = table.predictedClass(row: row)
      counts[label][predicted] += 1
      confusion[label][predicted] += weight
      ranks[table.rank(of: label, row: row)] += weight
      logarithms += weight * Double.log(Self.clipped(table.probability(of: label, row: row)))
      squares += weight * Self.brier(table, row: row, truth: label, classes: classes)
      total += weight
    }
    let curves = (0..<classes).map { Self.curve(of: $0, truth, table, weights) }
    let scores = ConfusionScores(confusion)
    let perClass = zip(scores.perClass, curves).enumerated().map { label, own in
      ClassScores(
        precision: own.0.precision, recall: own.0.recall, f1: own.0.f1,
        support: counts[label].reduce(0, +), rocAUC: own.1.rocAUC,
        averagePrecision: own.1.averagePrecision)
    }
    let averaged = classes == 2 ? perClass[1...] : perClass[...]
    let areas = averaged.compactMap(\.rocAUC)

    self.rows = rows
    self.classNames = classNames
    self.threshold = threshold
    accuracy = scores.accuracy
    balancedAccuracy = scores.balancedAccuracy
    confusionMatrix = counts
    confusionWeights = confusion
    self.perClass = perClass
    precision = Self.mean(averaged.map(\.precision))
    recall = Self.mean(averaged.map(\.recall))
    f1 = Self.mean(averaged.map(\.f1))
    macro = scores.macro
    macroOverPresentClasses = scores.macroOverPresentClasses
    weighted = scores.weighted
    micro = scores.micro
    matthewsCorrelation = scores.matthewsCorrelation
    kappa = scores.kappa
    rocAUC = areas.count == averaged.count ? Self.mean(areas) : nil
    averagePrecision = Self.mean(averaged.map(\.averagePrecision))
    logLoss = total == 0 ? nil : -logarithms / total
    brier = total == 0 ? nil : squares / total
    calibration = Self.calibration(truth, table, classes, weights, calibrationBins)
    var top: [Double] = []
    for weight in ranks { top.append((top.last ?? 0) + weight) }
    topAccuracies = top.map { $0 / total }
  }
}

extension ClassificationMetrics {
  /// The arguments, looked at.
  private static func table(
    _ truth: [Int], _ probabilities: [Double], _ classes: Int, _ classNames: [String],
    _ weights: [Double]?, _ threshold: Double?
  ) -> ProbabilityTable {
    if classes < 1 || classNames.count != classes {
      misuse("ClassificationMetrics: \(classes) classes, \(classNames.count) class names")
    }
    let rows = truth.count
    let columns = classes == 2 && probabilities.count == rows ? 1 : classes
    if probabilities.count != rows * columns {
      misuse(
        "ClassificationMetrics: \(rows) rows × \(columns) probabilities expected, "
          + "\(probabilities.count) numbers given")
    }
    if let row = truth.firstIndex(where: { $0 < 0 || $0 >= classes }) {
      misuse(
        "ClassificationMetrics: the truth of row \(row) is \(truth[row]), of \(classes) classes")
    }
    if let weights, weights.count != rows || !weights.allSatisfy({ $0 >= 0 }) {
      misuse("ClassificationMetrics: \(weights.count) weights for \(rows) rows, or one below 0")
    }
    if threshold != nil, classes != 2 {
      misuse("ClassificationMetrics: a threshold with \(classes) classes")
    }
    return ProbabilityTable(probabilities, rows: rows, classes: classes, threshold: threshold)
  }

  /// The curve of one class against the rest, by its probability.
  ///
  /// - Parameters:
  ///   - label: The class, counted from 0.
  ///   - truth: The class of each row.
  ///   - probabilities: As in the initialiser.
  ///   - classes: How many classes there are.
  public static func curve(
    of label: Int, truth: [Int], probabilities: [Double], classes: Int
  ) -> RankingCurve {
    curve(
      of: label, truth, ProbabilityTable(probabilities, rows: truth.count, classes: classes), nil)
  }

  private static func curve(
    of label: Int, _ truth: [Int], _ table: ProbabilityTable, _ weights: [Double]?
  ) -> RankingCurve {
    RankingCurve(
      scores: truth.indices.map { table.score(of: label, row: $0) },
      isPositive: truth.map { $0 == label }, weights: weights)
  }

  private static func calibration(
    _ truth: [Int], _ table: ProbabilityTable, _ classes: Int, _ weights: [Double]?, _ bins: Int
  ) -> Calibration? {
    let named = truth.indices.map { classes == 2 ? 1 : table.predictedClass(row: $0) }
    return Calibration(
      probabilities: truth.indices.map { table.probability(of: named[$0], row: $0) },
      outcomes: truth.indices.map { truth[$0] == named[$0] }, weights: weights, bins: bins)
  }

  private static func brier(
    _ table: ProbabilityTable, row: Int, truth: Int, classes: Int
  ) -> Double {
    (classes == 2 ? 1..<2 : 0..<classes).reduce(0) { sum, label in
      let error = table.probability(of: label, row: row) - (label == truth ? 1 : 0)
      return sum + error * error
    }
  }

  private static func mean(_ values: [Double]) -> Double {
    values.reduce(0, +) / Double(values.count)
  }

  /// NaN stays NaN.
  private static func clipped(_ probability: Double) -> Double {
    let least = Double.ulpOfOne
    if probability < least { return least }
    return probability > 1 - least ? 1 - least : probability
  }
}
