/// Powers without a call of libm: the same bits everywhere.
enum Powers {
  /// xⁿ, n ≥ 0, by squaring.
  static func integer(_ x: Double, _ n: Int) -> Double {
    var (result, square, rest) = (1.0, x, n)
    while rest > 0 {
      if rest & 1 == 1 { result *= square }
      square *= square
      rest >>= 1
    }
    return result
  }

  /// xᵖ for 0 ≤ x, 0 < p.
  static func real(_ x: Double, _ p: Double) -> Double {
    if p > 0, p < 1000, p == Double(Int(p)) { return integer(x, Int(p)) }
    return x <= 0 ? 0 : Double.exp(p * Double.log(x))
  }
}
