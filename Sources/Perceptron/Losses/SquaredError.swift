/// The squared error of one element, with D = A − T.
enum SquaredError {
  /// ½D², and its slope c·D.
  static func half<Element: Scalar>(
    output a: Element, target t: Element, factor c: Element
  ) -> (loss: Element, slope: Element) {
    let difference = a - t
    return (difference * difference * 0.5, c * difference)
  }

  /// D², and its slope 2c·D.
  static func full<Element: Scalar>(
    output a: Element, target t: Element, factor c: Element
  ) -> (loss: Element, slope: Element) {
    let difference = a - t
    return (difference * difference, 2 * c * difference)
  }
}
