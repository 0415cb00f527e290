/// The hinge of two classes T = ±1: nothing where the score A has the right sign and a margin of 1.
///
/// Source: Cortes and Vapnik, "Support-Vector Networks", Machine Learning 20 (1995).
enum Hinge {
  /// max(0, 1 − T A), and its slope: −cT where T A < 1, else 0.
  static func element<Element: Scalar>(
    output a: Element, target t: Element, factor c: Element
  ) -> (loss: Element, slope: Element) {
    let shortfall = 1 - t * a
    return shortfall <= 0 ? (0, 0) : (shortfall, -(c * t))
  }

  /// max(0, 1 − T A)², and its slope −2cT max(0, 1 − T A).
  static func squared<Element: Scalar>(
    output a: Element, target t: Element, factor c: Element
  ) -> (loss: Element, slope: Element) {
    let shortfall = 1 - t * a
    return shortfall <= 0 ? (0, 0) : (shortfall * shortfall, -((2 * c * t) * shortfall))
  }
}
