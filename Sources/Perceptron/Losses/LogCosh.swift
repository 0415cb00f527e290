/// The logarithm of the hyperbolic cosine of D = A − T: ½D² near 0, |D| − ln 2 far out, smooth
/// everywhere.
enum LogCosh {
  /// ln cosh D, and its slope c·tanh D.
  ///
  /// From cosh² = 1/(1 − tanh²): −½ ln(1 − tanh² D), which cancels nothing up to |D| = 1; beyond that
  /// |D| + ln(1 + e^{−2|D|}) − ln 2, which cannot overflow.
  static func element<Element: Scalar>(
    output a: Element, target t: Element, factor c: Element
  ) -> (loss: Element, slope: Element) {
    let difference = a - t
    let size = abs(difference)
    let slope = Element.tanh(difference)
    let near = -(Element.log1p(-(slope * slope)) * 0.5)
    let far = size - (Element(0x1.62e42fefa39efp-1) - .log1p(.exp(-2 * size)))
    return (size <= 1 ? near : far, c * slope)
  }
}
