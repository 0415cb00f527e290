/// Adam with bias correction, as the plain executor runs it; the kernels compute the same numbers.
///
/// m ← β₁m + (1−β₁)g, v ← β₂v + (1−β₂)g², w ← w − s m/(√(c v) + ε), with the step size
/// s = η/(1−β₁ᵗ) and the correction c = 1/(1−β₂ᵗ) from the clock. m and v are 0 at first.
///
/// Source: Kingma and Ba 2015. AdamW (Loshchilov and Hutter 2019) is the same behind
/// w ← w(1 − ηλ), an operation of its own.
enum Adam {
  static func update<Element: Scalar>(
    _ w: UnsafeMutablePointer<Element>, _ g: UnsafePointer<Element>,
    first m: UnsafeMutablePointer<Element>, second v: UnsafeMutablePointer<Element>, count: Int,
    stepSize: Element, correction: Element, beta1: Double, beta2: Double, epsilon: Double
  ) {
    let decay1 = Element(beta1)
    let decay2 = Element(beta2)
    let share1 = Element(1 - beta1)
    let share2 = Element(1 - beta2)
    let floor = Element(epsilon)
    for k in 0..<count {
      m[k] = share1.multipliedAdding(g[k], decay1 * m[k])
      v[k] = (share2 * g[k]).multipliedAdding(g[k], decay2 * v[k])
      let denominator = (v[k] * correction).squareRoot() + floor
      w[k] = (-stepSize).multipliedAdding(m[k] / denominator, w[k])
    }
  }
}
