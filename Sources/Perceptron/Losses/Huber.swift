/// Huber's loss of one element, with D = A − T: square near 0, straight beyond δ, so that one wild
/// target counts no more than its sign.
///
/// Source: Huber, "Robust Estimation of a Location Parameter", Ann. Math. Stat. 35 (1964).
enum Huber {
  /// ½D² for |D| ≤ δ, else δ(|D| − ½δ); the slope is c·max(−δ, min(δ, D)).
  static func element<Element: Scalar>(
    output a: Element, target t: Element, factor c: Element, delta: Element
  ) -> (loss: Element, slope: Element) {
    let difference = a - t
    let size = abs(difference)
    let square = difference * difference * 0.5
    let line = delta * (size - delta * 0.5)
    let slope: Element = difference > delta ? delta : difference < -delta ? -delta : difference
    return (size <= delta ? square : line, c * slope)
  }
}
