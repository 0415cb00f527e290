/// M + (η − M)(1 + cos πt/N)/2: slowly away from η, slowly to the minimum M after N; past N it rises
/// again.
///
/// Source: Loshchilov and Hutter 2017.
enum Cosine {
  static func rate(_ rate: Double, t: Double, length: Double, minimum: Double) -> Double {
    minimum + (rate - minimum) * (1 + ofHalfTurns(t / length)) / 2
  }

  /// cos πx, x ≥ 0: exactly ±1 and 0 where it is, elsewhere off by a few units in the last place.
  static func ofHalfTurns(_ x: Double) -> Double {
    // cos has the period 2, and is even about 0 and 1 and odd about ½.
    var y = x - 2 * Double(Int(x / 2))
    if y > 1 { y = 2 - y }
    if y > 0.5 { return -ofHalfTurns(1 - y) }
    // Near ½ the sine of the rest, near 0 the cosine: series of at most an eighth turn.
    if y > 0.25 { return series(Double.pi * (0.5 - y), isSine: true) }
    return series(Double.pi * y, isSine: false)
  }

  /// sin z or cos z for |z| ≤ π/4, from the smallest term to the largest.
  private static func series(_ z: Double, isSine: Bool) -> Double {
    var sum = 0.0
    for n in stride(from: 11, through: 1, by: -1) {
      let k = Double(isSine ? 2 * n * (2 * n + 1) : 2 * n * (2 * n - 1))
      sum = (1 + sum) * (-z * z / k)
    }
    return isSine ? z + z * sum : 1 + sum
  }
}
