/// How far predicted numbers are from the truth.
///
/// With several outputs each number is the plain mean over the outputs; in particular ``rmse`` is
/// the mean of the roots, not the root of the mean. All sums are in Double and in row order.
/// Without rows, ``mae`` and ``rmse`` are NaN.
///
/// Conventions and numbers agree with scikit-learn's (`multioutput="uniform_average"`).
public struct RegressionMetrics: Sendable, Equatable {
  /// How many rows were judged.
  public let rows: Int
  /// Mean absolute error: Σ |y − p| / m.
  public let mae: Double
  /// Root mean squared error: √(Σ (y − p)² / m).
  public let rmse: Double
  /// Coefficient of determination: 1 − Σ (y − p)² / Σ (y − ȳ)², ȳ being the mean of the truth.
  ///
  /// Where the truth is constant it is 1 if predicted exactly and 0 otherwise; `nil` for fewer
  /// than two rows.
  public let r2: Double?

  /// - Parameters:
  ///   - truth: Row by row, `outputs` numbers each.
  ///   - predictions: In the same order as `truth`.
  ///   - outputs: How many numbers a row has.
  public init(truth: [Double], predictions: [Double], outputs: Int = 1) {
    if outputs < 1 || truth.count % outputs != 0 || predictions.count != truth.count {
      misuse(
        "RegressionMetrics: \(truth.count) true and \(predictions.count) predicted numbers "
          + "for \(outputs) outputs")
    }
    let errors = (0..<outputs).map { output in
      OutputErrors(truth: truth, predictions: predictions, output: output, outputs: outputs)
    }
    self.rows = truth.count / outputs
    self.mae = errors.reduce(0) { $0 + $1.meanAbsoluteError } / Double(outputs)
    self.rmse = errors.reduce(0) { $0 + $1.meanSquaredError.squareRoot() } / Double(outputs)
    self.r2 = rows < 2 ? nil : errors.reduce(0) { $0 + $1.determination } / Double(outputs)
  }
}

/// The errors of one output.
private struct OutputErrors {
  let meanAbsoluteError: Double
  let meanSquaredError: Double
  let determination: Double

  init(truth: [Double], predictions: [Double], output: Int, outputs: Int) {
    let places = stride(from: output, to: truth.count, by: outputs)
    var sum = 0.0
    var absolute = 0.0
    var squared = 0.0
    // Asked of the numbers themselves: the rounded mean of equal numbers need not equal them.
    var isConstant = true
    for place in places {
      let error = truth[place] - predictions[place]
      sum += truth[place]
      absolute += error.magnitude
      squared += error * error
      if truth[place] != truth[output] { isConstant = false }
    }
    let rows = Double(truth.count / outputs)
    let mean = sum / rows
    var total = 0.0
    for place in places {
      let deviation = truth[place] - mean
      total += deviation * deviation
    }
    meanAbsoluteError = absolute / rows
    meanSquaredError = squared / rows
    if isConstant || total == 0 {
      determination = squared == 0 ? 1 : 0
    } else {
      determination = 1 - squared / total
    }
  }
}
