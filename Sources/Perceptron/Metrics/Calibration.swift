/// Whether probabilities mean what they say: of the rows that are given 0.8, do 80 % turn out so?
///
/// Rows are put in B bins of equal width by their probability p, bin b holding (b−1)/B < p ≤ b/B and
/// the first one 0 too. With the mean probability c_b of a bin, the share s_b of its rows that turned
/// out so, and the bin's share w_b of all rows,
///
///     expected calibration error  Σ_b w_b |s_b − c_b|        maximum calibration error  max_b |s_b − c_b|
///
/// Sources: Niculescu-Mizil, Caruana, "Predicting good probabilities with supervised learning", ICML
/// 2005 (the diagram); Naeini, Cooper, Hauskrecht, AAAI 2015, and Guo, Pleiss, Sun, Weinberger, "On
/// calibration of modern neural networks", ICML 2017 (the errors).
public struct Calibration: Sendable, Hashable {
  /// The rows whose probability is in one range.
  public struct Bin: Sendable, Hashable {
    /// (b−1)/B
    public let lower: Double
    /// b/B
    public let upper: Double
    /// How many rows are in it.
    public let rows: Int
    /// Their weights together.
    public let weight: Double
    /// c_b; nil for a bin without weight.
    public let meanProbability: Double?
    /// s_b; nil for a bin without weight.
    public let share: Double?
  }

  /// From 0 to 1.
  public let bins: [Bin]
  /// Σ_b w_b |s_b − c_b|
  public let expectedError: Double
  /// max_b |s_b − c_b|
  public let maximumError: Double

  /// - Parameters:
  ///   - probabilities: one a row, of what `outcomes` tells.
  ///   - outcomes: whether it turned out so.
  ///   - weights: one a row; nil for 1 each.
  ///   - bins: B, at least 1.
  /// - Returns: nil when there is no row with a weight, or a probability is NaN.
  public init?(
    probabilities: [Double], outcomes: [Bool], weights: [Double]? = nil, bins: Int = 10
  ) {
    let count = bins
    guard count > 0, probabilities.count == outcomes.count,
      (weights ?? probabilities).count == probabilities.count
    else {
      misuse(
        "Calibration: \(probabilities.count) probabilities, \(outcomes.count) outcomes, "
          + "\(count) bins")
    }
    var rows = [Int](repeating: 0, count: count)
    var sums = [(weight: Double, probability: Double, hits: Double)](
      repeating: (0, 0, 0), count: count)
    var total = 0.0
    for (row, probability) in probabilities.enumerated() {
      if probability.isNaN { return nil }
      let weight = weights?[row] ?? 1
      let place = min(max(probability, 0), 1) * Double(count)
      // ⌈place⌉ − 1
      let bin = max(Double(Int(place)) < place ? Int(place) : Int(place) - 1, 0)
      rows[bin] += 1
      sums[bin].weight += weight
      sums[bin].probability += weight * probability
      if outcomes[row] { sums[bin].hits += weight }
      total += weight
    }
    guard total > 0 else { return nil }
    var (expected, largest) = (0.0, 0.0)
    self.bins = (0..<count).map { bin in
      let sum = sums[bin]
      let isEmpty = sum.weight == 0
      let (mean, share) = (sum.probability / sum.weight, sum.hits / sum.weight)
      if !isEmpty {
        expected += sum.weight / total * (share - mean).magnitude
        largest = max(largest, (share - mean).magnitude)
      }
      return Bin(
        lower: Double(bin) / Double(count), upper: Double(bin + 1) / Double(count),
        rows: rows[bin], weight: sum.weight, meanProbability: isEmpty ? nil : mean,
        share: isEmpty ? nil : share)
    }
    (expectedError, maximumError) = (expected, largest)
  }
}
