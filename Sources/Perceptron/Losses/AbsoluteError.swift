/// The absolute error of one element, with D = A − T, and its lopsided form.
enum AbsoluteError {
  /// |D|, and its slope c·sign D; 0 at D = 0.
  static func absolute<Element: Scalar>(
    output a: Element, target t: Element, factor c: Element
  ) -> (loss: Element, slope: Element) {
    let difference = a - t
    let sign: Element = difference > 0 ? 1 : difference < 0 ? -1 : difference
    return (abs(difference), c * sign)
  }

  /// (1−τ)D above the target, −τD below; slopes c(1−τ) and −cτ, 0 at D = 0. The mean of it is least
  /// where a share τ of the targets lies below: at their τ-quantile. ½|D| for τ = ½.
  ///
  /// Source: Koenker and Bassett, "Regression Quantiles", Econometrica 46 (1978).
  static func quantile<Element: Scalar>(
    output a: Element, target t: Element, factor c: Element, tau: Element
  ) -> (loss: Element, slope: Element) {
    let difference = a - t
    let rest = 1 - tau
    let loss: Element = difference < 0 ? -(tau * difference) : rest * difference
    let slope: Element = difference > 0 ? rest : difference < 0 ? -tau : difference
    return (loss, c * slope)
  }
}
