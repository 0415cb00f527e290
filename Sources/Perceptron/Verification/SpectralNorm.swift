extension Matrix where Element == Double {
  /// ‖W‖_F = √(Σ w²), without overflow or underflow on the way; NaN where an entry is.
  var frobeniusNorm: Double { euclideanNorm(values) }

  /// ‖W‖₂ = max ‖W v‖ / ‖v‖, the largest singular value, by power iteration on WᵀW:
  /// v ← WᵀW v / ‖WᵀW v‖, σ = ‖W v‖.
  ///
  /// The start is drawn from a fixed seed. σ grows towards ‖W‖₂ from below and stops when it no
  /// longer does to 10⁻¹⁵, or after 2,000 rounds; where several singular values crowd at the top it
  /// may then be short by some 10⁻⁶ of itself.
  ///
  /// Source: Golub and Van Loan, Matrix Computations, 4th ed., §7.3.1.
  public var spectralNorm: Double {
    var largest = 0.0
    for value in values {
      if !value.isFinite { return .nan }
      largest = max(largest, abs(value))
    }
    guard largest > 0 else { return 0 }
    let scaled = values.map { $0 / largest }
    var stream = RandomStream(seed: 0, purpose: .check)
    var v = (0..<columns).map { _ in stream.normal() }
    var sigma = 0.0
    for _ in 0..<2000 {
      let length = euclideanNorm(v)
      guard length > 0 else { break }
      for j in 0..<columns { v[j] /= length }
      var next = [Double](repeating: 0, count: columns)
      var square = 0.0
      for i in 0..<rows {
        let row = i * columns
        var u = 0.0
        for j in 0..<columns { u += scaled[row + j] * v[j] }
        square += u * u
        for j in 0..<columns { next[j] += scaled[row + j] * u }
      }
      let found = square.squareRoot()
      let isDone = found - sigma <= 1e-15 * found
      sigma = max(sigma, found)
      if isDone { break }
      v = next
    }
    return sigma * largest
  }
}

/// √(Σ v²), without overflow or underflow on the way; NaN where an entry is.
func euclideanNorm(_ values: [Double]) -> Double {
  var largest = 0.0
  for value in values {
    if value.isNaN { return .nan }
    largest = max(largest, abs(value))
  }
  guard largest > 0, largest.isFinite else { return largest }
  var sum = 0.0
  for value in values { sum += (value / largest) * (value / largest) }
  return largest * sum.squareRoot()
}
