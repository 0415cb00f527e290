/// Lion, as the plain executor runs it; the kernels compute the same numbers.
///
/// w ← w − η sign(β₁m + (1−β₁)g), m ← β₂m + (1−β₂)g, behind w ← w(1 − ηλ), an operation of its own.
/// sign 0 = 0. m is 0 at first.
///
/// Source: Chen et al. 2023.
enum Lion {
  static func update<Element: Scalar>(
    _ memory: PlanMemory<Element>, _ count: Int, _ coefficients: UpdateCoefficients, beta2: Double
  ) {
    let (w, g, m) = (memory.base(.parameters), memory.base(.gradient), memory.base(.firstState))
    let rate = Element(coefficients.first)
    let (decay1, share1) = (Element(coefficients.third), Element(1 - coefficients.third))
    let (decay2, share2) = (Element(beta2), Element(1 - beta2))
    for k in 0..<count {
      let c = share1.multipliedAdding(g[k], decay1 * m[k])
      let sign: Element = c > 0 ? 1 : c < 0 ? -1 : c
      w[k] = (-rate).multipliedAdding(sign, w[k])
      m[k] = share2.multipliedAdding(g[k], decay2 * m[k])
    }
  }
}
