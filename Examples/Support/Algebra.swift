public import Perceptron

// The few matrix operations in which the texts write their equations: plain loops, to be read.
// The library's own products are elsewhere and share nothing with these.

/// a b: the inner dimensions meet and vanish.
public func product(_ a: Matrix<Double>, _ b: Matrix<Double>) -> Matrix<Double> {
  precondition(a.columns == b.rows, "\(a.shape) · \(b.shape)")
  var result = Matrix<Double>(rows: a.rows, columns: b.columns)
  for i in 0..<a.rows {
    for j in 0..<b.columns {
      for k in 0..<a.columns { result[i, j] += a[i, k] * b[k, j] }
    }
  }
  return result
}

/// a ⊙ b, the Hadamard product: both have one shape, the result keeps it.
public func hadamard(_ a: Matrix<Double>, _ b: Matrix<Double>) -> Matrix<Double> {
  combine(a, b, *)
}

/// a − b.
public func difference(_ a: Matrix<Double>, _ b: Matrix<Double>) -> Matrix<Double> {
  combine(a, b, -)
}

/// a + b.
public func sum(_ a: Matrix<Double>, _ b: Matrix<Double>) -> Matrix<Double> {
  combine(a, b, +)
}

/// A · B = Σ A_ij B_ij, the inner product of matrices of one shape.
public func inner(_ a: Matrix<Double>, _ b: Matrix<Double>) -> Double {
  hadamard(a, b).values.reduce(0, +)
}

/// `function` of every entry.
public func map(
  _ a: Matrix<Double>, _ function: (Double) -> Double
) -> Matrix<Double> {
  Matrix(rows: a.rows, columns: a.columns, values: a.values.map(function))
}

private func combine(
  _ a: Matrix<Double>, _ b: Matrix<Double>, _ operation: (Double, Double) -> Double
) -> Matrix<Double> {
  precondition(a.shape == b.shape, "\(a.shape) with \(b.shape)")
  let values = zip(a.values, b.values).map { operation($0.0, $0.1) }
  return Matrix(rows: a.rows, columns: a.columns, values: values)
}
