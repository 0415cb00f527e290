import Perceptron

/// Loss and metric of the rows of one side.
struct Measure: Sendable, Hashable, Encodable {
  let loss: Double
  /// The share of rows whose class is right; nil for numbers.
  let accuracy: Double?
  /// The root of the mean squared error, in the target's unit; nil for classes.
  let rmse: Double?

  /// Whichever there is.
  var metric: Double { accuracy ?? rmse ?? 0 }
}

/// The training rows, or the test rows, and how a network is judged on them.
struct JudgedSide: Sendable {
  let inputs: Matrix<Double>
  let targets: Matrix<Double>
  let loss: Loss
  let target: PlaygroundProblem.Target

  /// How good a network is on these rows.
  func measure(_ model: MLP<Double>) throws -> Measure {
    let outputs = try model.outputs(inputs)
    let value = try model.loss(inputs: inputs, targets: targets, loss: loss)
    switch target {
    case .number:
      var scale = 1.0
      if case .number(_, let own)? = model.preprocessing?.target.kind { scale = own }
      let squares = zip(outputs.values, targets.values).reduce(0) {
        $0 + ($1.0 - $1.1) * ($1.0 - $1.1)
      }
      return Measure(
        loss: value, accuracy: nil,
        rmse: scale * (squares / Double(max(targets.values.count, 1))).squareRoot())
    case .classes:
      let threshold = loss.kind.targets == .signs ? 0 : 0.5
      let hits = (0..<outputs.rows).count { i in
        Self.label(outputs.row(i), threshold) == Self.label(targets.row(i), threshold)
      }
      return Measure(
        loss: value, accuracy: Double(hits) / Double(max(outputs.rows, 1)), rmse: nil)
    }
  }

  /// The class a row of outputs stands for: the first of the largest, of one output by its threshold.
  private static func label(_ row: ArraySlice<Double>, _ threshold: Double) -> Int {
    guard row.count > 1 else { return (row.first ?? 0) >= threshold ? 1 : 0 }
    var best = row.startIndex
    for j in row.indices where row[j] > row[best] { best = j }
    return best - row.startIndex
  }
}
