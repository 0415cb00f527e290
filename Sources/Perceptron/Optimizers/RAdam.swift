/// RAdam: Adam that warms up by itself. As the plain executor runs it; the kernels compute the same
/// numbers.
///
/// m and v as in Adam. With ρ_∞ = 2/(1−β₂) − 1 and ρ_t = ρ_∞ − 2tβ₂ᵗ/(1−β₂ᵗ), the length of the
/// average that v is: while ρ_t ≤ 5, w ← w − s m with s = η/(1−β₁ᵗ); then
/// w ← w − s r_t √(1−β₂ᵗ) m/(√v + ε).
///
/// Source: Liu et al. 2020.
enum RAdam {
  /// r_t √(1−β₂ᵗ); nil while the variance of an adaptive step has no bound.
  static func rectification(_ beta2: Double, power: Double, step: UInt64) -> Double? {
    let limit = 2 / (1 - beta2) - 1
    let length = limit - 2 * Double(step) * power / (1 - power)
    guard length > 5 else { return nil }
    let squared = (length - 4) * (length - 2) * limit / ((limit - 4) * (limit - 2) * length)
    return squared.squareRoot() * (1 - power).squareRoot()
  }

  static func update<Element: Scalar>(
    _ memory: PlanMemory<Element>, _ count: Int, _ coefficients: UpdateCoefficients, beta2: Double,
    epsilon: Double
  ) {
    let (w, g) = (memory.base(.parameters), memory.base(.gradient))
    let (m, v) = (memory.base(.firstState), memory.base(.secondState))
    let (stepSize, isAdaptive) = (Element(coefficients.first), coefficients.second > 0)
    let (decay1, share1) = (Element(coefficients.third), Element(1 - coefficients.third))
    let (decay2, share2, floor) = (Element(beta2), Element(1 - beta2), Element(epsilon))
    for k in 0..<count {
      m[k] = share1.multipliedAdding(g[k], decay1 * m[k])
      v[k] = (share2 * g[k]).multipliedAdding(g[k], decay2 * v[k])
      let direction = isAdaptive ? m[k] / (v[k].squareRoot() + floor) : m[k]
      w[k] = (-stepSize).multipliedAdding(direction, w[k])
    }
  }
}
