/// AMSGrad: Adam whose denominator takes the largest v so far, u ← max(u, v), before its correction:
/// w ← w − s m/(√(c u) + ε). As the plain executor runs it; the kernels compute the same numbers.
///
/// Source: Reddi, Kale and Kumar 2018.
enum AMSGrad {
  static func update<Element: Scalar>(
    _ memory: PlanMemory<Element>, _ count: Int, _ coefficients: UpdateCoefficients, beta2: Double,
    epsilon: Double
  ) {
    let (w, g) = (memory.base(.parameters), memory.base(.gradient))
    let (m, v) = (memory.base(.firstState), memory.base(.secondState))
    let u = memory.base(.thirdState)
    let (stepSize, correction) = (Element(coefficients.first), Element(coefficients.second))
    let (decay1, share1) = (Element(coefficients.third), Element(1 - coefficients.third))
    let (decay2, share2, floor) = (Element(beta2), Element(1 - beta2), Element(epsilon))
    for k in 0..<count {
      m[k] = share1.multipliedAdding(g[k], decay1 * m[k])
      v[k] = (share2 * g[k]).multipliedAdding(g[k], decay2 * v[k])
      u[k] = v[k] > u[k] ? v[k] : u[k]
      let denominator = (u[k] * correction).squareRoot() + floor
      w[k] = (-stepSize).multipliedAdding(m[k] / denominator, w[k])
    }
  }
}
