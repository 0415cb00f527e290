/// The cross-entropy of one yes/no output with target t.
enum BinaryCrossEntropy {
  /// −t ln p − (1−t) ln(1−p), and c times its slope (p−t)/(p(1−p)); the mathematical limits where t
  /// or p is 0 or 1.
  static func ofProbability<Element: Scalar>(
    _ p: Element, target t: Element, factor c: Element
  ) -> (loss: Element, slope: Element) {
    let yes: Element = t == 0 ? 0 : -(t * .log(p))
    let no: Element = t == 1 ? 0 : -((1 - t) * .log1p(-p))
    let slope: Element =
      t == 0 ? 1 / (1 - p) : t == 1 ? -(1 / p) : (p - t) / (p * (1 - p))
    return (yes + no, c * slope)
  }

  /// t·softplus(−z) + u·softplus(z), u = 1 − t unless it is weighted, and c times its slope
  /// uσ(z) − tσ(−z): no term overflows or cancels. With p = σ(z) and u = 1 − t it is the same number,
  /// and the slope is p − t.
  static func ofLogit<Element: Scalar>(
    _ z: Element, target t: Element, complement u: Element, factor c: Element
  ) -> (loss: Element, slope: Element) {
    let small = Element.exp(-abs(z))
    let tail = Element.log1p(small)
    let positive: Element = z <= 0 ? tail : z + tail
    let negative: Element = z <= 0 ? tail - z : tail
    let yes: Element = t == 0 ? 0 : t * negative
    let no: Element = u == 0 ? 0 : u * positive
    let near = 1 / (1 + small)
    let far = small / (1 + small)
    let sigma: Element = z <= 0 ? far : near
    let complement: Element = z <= 0 ? near : far
    return (yes + no, c * (u * sigma - t * complement))
  }
}
