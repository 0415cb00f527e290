import Perceptron

/// Matrices and networks drawn from a seed, for tests that need many of them.
enum Draw {
  static func normal<Element: Scalar>(
    rows: Int, columns: Int, seed: UInt64, as: Element.Type = Element.self
  ) -> Matrix<Element> {
    var stream = RandomStream(seed: seed, purpose: .check)
    return Matrix(
      rows: rows, columns: columns,
      values: (0..<rows * columns).map { _ in Element(stream.normal()) })
  }

  /// Targets that a loss accepts: one class a row for cross-entropy, probabilities for divergence and
  /// yes/no, signs, counts, or any numbers.
  static func targets<Element: Scalar>(
    for loss: Loss, rows: Int, columns: Int, seed: UInt64, as: Element.Type = Element.self
  ) -> Matrix<Element> {
    var stream = RandomStream(seed: seed, purpose: .check, index: 1)
    var result = Matrix<Element>(rows: rows, columns: columns)
    for i in 0..<rows {
      switch loss.kind.targets {
      case .distributions where !loss.takesClasses:
        // Probabilities, one of them 0.
        let shares = (0..<columns).map {
          Double($0 == i % columns ? 0 : 1 + stream.index(below: 4))
        }
        let sum = shares.reduce(0, +)
        for j in 0..<columns { result[i, j] = Element(shares[j] / sum) }
      case .distributions: result[i, stream.index(below: columns)] = 1
      case .probabilities:
        for j in 0..<columns { result[i, j] = Element(stream.index(below: 3)) / 2 }
      case .signs: for j in 0..<columns { result[i, j] = Element(2 * stream.index(below: 2) - 1) }
      case .counts: for j in 0..<columns { result[i, j] = Element(stream.index(below: 5)) }
      case .numbers: for j in 0..<columns { result[i, j] = Element(stream.normal()) }
      }
    }
    return result
  }

  /// A network whose weights and biases are all N(0, 1): zero biases would put dead units exactly on
  /// the kink of ReLU.
  static func network<Element: Scalar>(
    inputs: Int, _ layers: [(units: Int, activation: Activation)], bias: Bool = true, seed: UInt64,
    as: Element.Type = Element.self
  ) throws -> MLP<Element> {
    let shape = try MLP<Element>(inputs: inputs, layers, bias: bias)
    let count = shape.architecture.parameterCount
    return try MLP(
      shape.architecture,
      parameters: normal(rows: 1, columns: count, seed: seed).values)
  }
}

extension Matrix {
  /// The bits of every entry, so that NaN equals NaN and -0 differs from 0.
  var bits: [UInt64] { values.map { UInt64($0.bits) } }
}

extension Scalar {
  var bits: UInt64 {
    self is Float ? UInt64((self as! Float).bitPattern) : (self as! Double).bitPattern
  }
}

extension Array where Element: Scalar {
  var bits: [UInt64] { map(\.bits) }
}
