/// How well predicted probabilities name the classes.
///
/// The predicted class is the arg max of a row, the first of equals; where a binary problem comes
/// as one column, the probability of class 1, it is class 1 from 0.5 on. A probability that is NaN
/// ranks below every number, so a diverged network gets bad scores, a ``logLoss`` of NaN, and no
/// crash. Every ratio of counts with denominator 0 is 0, except the accuracy of no rows (NaN).
///
/// Conventions and numbers agree with scikit-learn's (`zero_division=0`, all classes as labels).
public struct ClassificationMetrics: Sendable, Equatable {
  /// One class against all others: TP, FP and FN count the rows that are rightly, wrongly and
  /// wrongly not predicted as this class.
  public struct ClassScores: Sendable, Equatable {
    /// TP / (TP + FP)
    public let precision: Double
    /// TP / (TP + FN)
    public let recall: Double
    /// 2 TP / (2 TP + FP + FN), the harmonic mean of precision and recall.
    public let f1: Double
    /// TP + FN: the rows whose truth is this class.
    public let support: Int
  }

  /// How many rows were judged.
  public let rows: Int
  /// A name for every class, in the order of the probabilities.
  public let classNames: [String]
  /// The share of rows whose predicted class is the truth.
  public let accuracy: Double
  /// `confusionMatrix[i][j]` counts the rows of truth i that were predicted as j.
  public let confusionMatrix: [[Int]]
  /// In the order of ``classNames``.
  public let perClass: [ClassScores]
  /// Two classes: of the positive class, which is class 1. Otherwise the plain mean over all
  /// classes (macro average), absent ones counting as they are, as 0.
  public let precision: Double
  /// Averaged like ``precision``.
  public let recall: Double
  /// Averaged like ``precision``: the mean of the classes' F1, not the F1 of the means.
  public let f1: Double
  /// The area under the receiver operating characteristic: the probability that a positive row
  /// outranks a negative one, ties counting half. Two classes: by the probability of class 1.
  /// Otherwise the plain mean over the classes, each against the rest. `nil` when a class is
  /// missing in the truth, or is all of it.
  public let rocAUC: Double?
  /// The mean of −ln p, p being the probability of the true class clipped to [ε, 1 − ε] with
  /// ε = 2⁻⁵². `nil` when there are no rows.
  public let logLoss: Double?

  /// - Parameters:
  ///   - truth: The class of each row, in 0, …, `classes` − 1.
  ///   - probabilities: Row by row, one column per class; two classes may also come as one column,
  ///     the probability of class 1.
  ///   - classes: How many classes there are.
  ///   - classNames: One name per class.
  public init(truth: [Int], probabilities: [Double], classes: Int, classNames: [String]) {
    if classes < 1 || classNames.count != classes {
      misuse("ClassificationMetrics: \(classes) classes, \(classNames.count) class names")
    }
    let rows = truth.count
    let isBinary = classes == 2 && probabilities.count == rows
    let columns = isBinary ? 1 : classes
    if probabilities.count != rows * columns {
      misuse(
        "ClassificationMetrics: \(rows) rows × \(columns) probabilities expected, "
          + "\(probabilities.count) numbers given")
    }
    let table = ProbabilityTable(values: probabilities, columns: columns, isBinary: isBinary)

    var confusion = [[Int]](repeating: [Int](repeating: 0, count: classes), count: classes)
    var logarithms = 0.0
    for (row, label) in truth.enumerated() {
      if label < 0 || label >= classes {
        misuse("ClassificationMetrics: the truth of row \(row) is \(label), of \(classes) classes")
      }
      confusion[label][table.predictedClass(row: row)] += 1
      logarithms += Double.log(Self.clipped(table.probability(of: label, row: row)))
    }
    let perClass = (0..<classes).map { Self.scores(of: $0, confusion: confusion) }
    let correct = (0..<classes).reduce(0) { $0 + confusion[$1][$1] }
    let averaged = classes == 2 ? perClass[1...] : perClass[...]

    self.rows = rows
    self.classNames = classNames
    self.accuracy = Double(correct) / Double(rows)
    self.confusionMatrix = confusion
    self.perClass = perClass
    self.precision = Self.mean(averaged.map(\.precision))
    self.recall = Self.mean(averaged.map(\.recall))
    self.f1 = Self.mean(averaged.map(\.f1))
    self.rocAUC = Self.averageAUC(truth: truth, table: table, classes: averaged.indices)
    self.logLoss = rows == 0 ? nil : -logarithms / Double(rows)
  }
}

/// Probabilities row by row, one column per class; `isBinary`: one column, that of class 1 of two.
private struct ProbabilityTable {
  let values: [Double]
  let columns: Int
  let isBinary: Bool

  func probability(of label: Int, row: Int) -> Double {
    if isBinary { return label == 1 ? values[row] : 1 - values[row] }
    return values[row * columns + label]
  }

  /// The probability, or −∞ in place of NaN: a score that can be ordered.
  func score(of label: Int, row: Int) -> Double {
    let probability = probability(of: label, row: row)
    return probability.isNaN ? -.infinity : probability
  }

  func predictedClass(row: Int) -> Int {
    if isBinary { return values[row] >= 0.5 ? 1 : 0 }
    var best = 0
    for label in 1..<columns where score(of: label, row: row) > score(of: best, row: row) {
      best = label
    }
    return best
  }
}

extension ClassificationMetrics {
  private static func scores(of label: Int, confusion: [[Int]]) -> ClassScores {
    let hits = confusion[label][label]
    let predicted = confusion.reduce(0) { $0 + $1[label] }
    let support = confusion[label].reduce(0, +)
    return ClassScores(
      precision: ratio(hits, predicted),
      recall: ratio(hits, support),
      f1: ratio(2 * hits, predicted + support),
      support: support)
  }

  private static func ratio(_ part: Int, _ whole: Int) -> Double {
    whole == 0 ? 0 : Double(part) / Double(whole)
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

  /// The mean over `classes` of the area of one class against the rest; `nil` if one has none.
  private static func averageAUC(truth: [Int], table: ProbabilityTable, classes: Range<Int>)
    -> Double?
  {
    var areas: [Double] = []
    for label in classes {
      let ranked = truth.indices.map { row in
        (score: table.score(of: label, row: row), isPositive: truth[row] == label)
      }
      guard let area = areaUnderCurve(ranked) else { return nil }
      areas.append(area)
    }
    return mean(areas)
  }

  /// The probability that a positive outranks a negative; `nil` if one of the two is missing.
  ///
  /// Sorted by score, each group of equal scores wins against the negatives below it and half
  /// against its own. Twice the wins is an integer: the order within a group cannot matter.
  private static func areaUnderCurve(_ rows: [(score: Double, isPositive: Bool)]) -> Double? {
    let sorted = rows.sorted { $0.score < $1.score }
    var positives = 0
    var negatives = 0
    var twiceTheWins = 0
    var start = 0
    while start < sorted.count {
      var end = start
      var groupPositives = 0
      while end < sorted.count, sorted[end].score == sorted[start].score {
        if sorted[end].isPositive { groupPositives += 1 }
        end += 1
      }
      let groupNegatives = end - start - groupPositives
      twiceTheWins += groupPositives * (2 * negatives + groupNegatives)
      positives += groupPositives
      negatives += groupNegatives
      start = end
    }
    if positives == 0 || negatives == 0 { return nil }
    return Double(twiceTheWins) / (2 * Double(positives) * Double(negatives))
  }
}
