/// How far predicted numbers are from the truth.
///
/// With several outputs each number is the plain mean over the outputs, but for ``maximumError``; in
/// particular ``rmse`` is the mean of the roots, not the root of the mean. All sums are in Double
/// and in row order. Without rows, ``mae``, ``mse`` and ``rmse`` are NaN.
///
/// With weights every mean is a weighted one, and m their sum.
///
/// Conventions and numbers agree with scikit-learn's (`multioutput="uniform_average"`), but where
/// ``mape`` is nil.
public struct RegressionMetrics: Sendable, Equatable {
  /// How many rows were judged.
  public let rows: Int
  /// Mean absolute error: Σ |y − p| / m.
  public let mae: Double
  /// Mean squared error: Σ (y − p)² / m.
  public let mse: Double
  /// Root mean squared error: √(Σ (y − p)² / m).
  public let rmse: Double
  /// The median of |y − p|; nil without rows.
  public let medianAbsoluteError: Double?
  /// The largest |y − p| of all outputs; nil without rows.
  public let maximumError: Double?
  /// Mean absolute percentage error as a share: Σ |y − p| / |y| / m; nil without rows and where a
  /// truth is 0.
  public let mape: Double?
  /// Coefficient of determination: 1 − Σ (y − p)² / Σ (y − ȳ)², ȳ being the mean of the truth.
  ///
  /// Where the truth is constant it is 1 if predicted exactly and 0 otherwise; `nil` for fewer
  /// than two rows.
  public let r2: Double?
  /// Explained variance: 1 − Var(y − p) / Var(y), which unlike ``r2`` forgives a constant error.
  ///
  /// Where the truth is constant it is 1 if the error is too and 0 otherwise; `nil` for fewer than
  /// two rows.
  public let explainedVariance: Double?
  /// Each output alone.
  public let perOutput: [OutputErrors]

  /// - Parameters:
  ///   - truth: Row by row, `outputs` numbers each.
  ///   - predictions: In the same order as `truth`.
  ///   - outputs: How many numbers a row has.
  ///   - weights: A weight for each row, at least 0; nil for 1 each.
  public init(
    truth: [Double], predictions: [Double], outputs: Int = 1, weights: [Double]? = nil
  ) {
    if outputs < 1 || truth.count % outputs != 0 || predictions.count != truth.count {
      misuse(
        "RegressionMetrics: \(truth.count) true and \(predictions.count) predicted numbers "
          + "for \(outputs) outputs")
    }
    let rows = truth.count / outputs
    if let weights, weights.count != rows || !weights.allSatisfy({ $0 >= 0 }) {
      misuse("RegressionMetrics: \(weights.count) weights for \(rows) rows, or one below 0")
    }
    let perOutput = (0..<outputs).map { output in
      let places = stride(from: output, to: truth.count, by: outputs)
      return OutputErrors(
        truth: places.map { truth[$0] }, predictions: places.map { predictions[$0] },
        weights: weights ?? Array(repeating: 1, count: rows))
    }
    func mean(_ value: (OutputErrors) -> Double?) -> Double? {
      let values = perOutput.compactMap(value)
      return values.count == outputs ? values.reduce(0, +) / Double(outputs) : nil
    }
    self.rows = rows
    self.perOutput = perOutput
    mae = perOutput.reduce(0) { $0 + $1.mae } / Double(outputs)
    mse = perOutput.reduce(0) { $0 + $1.mse } / Double(outputs)
    rmse = perOutput.reduce(0) { $0 + $1.rmse } / Double(outputs)
    medianAbsoluteError = mean(\.medianAbsoluteError)
    maximumError = rows == 0 ? nil : largest(perOutput.compactMap(\.maximumError))
    mape = mean(\.mape)
    r2 = mean(\.r2)
    explainedVariance = mean(\.explainedVariance)
  }
}

/// The largest of some numbers; NaN if there is one.
private func largest(_ values: [Double]) -> Double {
  values.reduce(-.infinity) { $1 > $0 || $1.isNaN ? $1 : $0 }
}

/// The errors of one output; see ``RegressionMetrics`` for what the names mean.
public struct OutputErrors: Sendable, Equatable {
  /// Σ |y − p| / m
  public let mae: Double
  /// Σ (y − p)² / m
  public let mse: Double
  /// √mse
  public var rmse: Double { mse.squareRoot() }
  /// The median of |y − p|; nil without rows.
  public let medianAbsoluteError: Double?
  /// max |y − p|; nil without rows.
  public let maximumError: Double?
  /// Σ |y − p| / |y| / m; nil without rows and where a truth is 0.
  public let mape: Double?
  /// 1 − Σ (y − p)² / Σ (y − ȳ)²; nil for fewer than two rows.
  public let r2: Double?
  /// 1 − Var(y − p) / Var(y); nil for fewer than two rows.
  public let explainedVariance: Double?

  init(truth: [Double], predictions: [Double], weights: [Double]) {
    let rows = truth.count
    let errors = zip(truth, predictions).map { $0 - $1 }
    let magnitudes = errors.map(\.magnitude)
    let total = weights.reduce(0, +)
    func sum(_ term: (Int) -> Double) -> Double {
      (0..<rows).reduce(0) { $0 + weights[$1] * term($1) }
    }
    let squared = sum { errors[$0] * errors[$0] }
    mae = sum { magnitudes[$0] } / total
    mse = squared / total
    medianAbsoluteError = rows == 0 ? nil : Self.median(magnitudes, weights, total)
    maximumError = rows == 0 ? nil : largest(magnitudes)
    mape =
      rows == 0 || truth.contains(0)
      ? nil : sum { magnitudes[$0] / truth[$0].magnitude } / total
    guard rows > 1 else {
      (r2, explainedVariance) = (nil, nil)
      return
    }
    /// Σ w (x − x̄)²
    func spread(_ values: [Double]) -> Double {
      // Asked of the numbers themselves: the rounded mean of equal numbers need not equal them.
      if values.allSatisfy({ $0 == values[0] }) { return 0 }
      let mean = sum { values[$0] } / total
      return sum { (values[$0] - mean) * (values[$0] - mean) }
    }
    /// 1 − part / whole, and where there is no whole 1 without a part, else 0.
    func explained(_ part: Double, of whole: Double) -> Double {
      whole == 0 ? (part == 0 ? 1 : 0) : 1 - part / whole
    }
    let whole = spread(truth)
    r2 = explained(squared, of: whole)
    explainedVariance = explained(spread(errors), of: whole)
  }

  /// Where half of the weight is below and half above: the middle number, or the mean of the two
  /// beside the middle.
  private static func median(_ values: [Double], _ weights: [Double], _ total: Double) -> Double {
    if values.contains(where: \.isNaN) { return .nan }
    let order = values.indices.filter { weights[$0] > 0 }.sorted { values[$0] < values[$1] }
    var below = 0.0
    for (place, row) in order.enumerated() {
      below += weights[row]
      if below * 2 == total, place + 1 < order.count {
        return (values[row] + values[order[place + 1]]) / 2
      }
      if below * 2 >= total { return values[row] }
    }
    return .nan
  }
}
