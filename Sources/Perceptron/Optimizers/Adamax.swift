/// Adamax: m ← β₁m + (1−β₁)g, u ← max(β₂u, |g| + ε), w ← w − s m/u with s = η/(1−β₁ᵗ) from the
/// clock. As the plain executor runs it; the kernels compute the same numbers.
///
/// Source: Kingma and Ba 2015, §7.1; ε keeps u above 0.
enum Adamax {
  static func update<Element: Scalar>(
    _ memory: PlanMemory<Element>, _ count: Int, _ coefficients: UpdateCoefficients, beta2: Double,
    epsilon: Double
  ) {
    let (w, g) = (memory.base(.parameters), memory.base(.gradient))
    let (m, u) = (memory.base(.firstState), memory.base(.secondState))
    let stepSize = Element(coefficients.first)
    let (decay1, share1) = (Element(coefficients.third), Element(1 - coefficients.third))
    let (decay2, floor) = (Element(beta2), Element(epsilon))
    for k in 0..<count {
      m[k] = share1.multipliedAdding(g[k], decay1 * m[k])
      let (faded, size) = (decay2 * u[k], abs(g[k]) + floor)
      u[k] = faded > size ? faded : size
      w[k] = (-stepSize).multipliedAdding(m[k] / u[k], w[k])
    }
  }
}
