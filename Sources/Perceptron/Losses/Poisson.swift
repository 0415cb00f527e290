/// The negative logarithm of a Poisson likelihood, without the terms of T alone: the output A is the
/// logarithm of the rate, so that every A is allowed and the rate e^A positive.
enum Poisson {
  /// e^A − T A, and its slope c(e^A − T); T = 0 drops its term.
  static func element<Element: Scalar>(
    output a: Element, target t: Element, factor c: Element
  ) -> (loss: Element, slope: Element) {
    let rate = Element.exp(a)
    let credit: Element = t == 0 ? 0 : t * a
    return (rate - credit, c * (rate - t))
  }
}
