/// NAdam: Adam whose step looks ahead as Nesterov's does. As the plain executor runs it; the kernels
/// compute the same numbers.
///
/// m and v as in Adam, w ← w − (a g + b m)/(√(c v) + ε) with, from the clock,
/// a = η(1−μ_t)/(1−Π_t), b = ημ_{t+1}/(1−Π_{t+1}), c = 1/(1−β₂ᵗ), μ_t = β₁(1 − 0.96^(tψ)/2) and
/// Π_t = μ₁ μ₂ … μ_t.
///
/// Source: Dozat 2016.
enum NAdam {
  /// μ_t
  static func momentum(_ beta1: Double, decay: Double, step: UInt64) -> Double {
    beta1 * (1 - 0.5 * Double.exp(Double(step) * decay * Double.log(0.96)))
  }

  static func update<Element: Scalar>(
    _ memory: PlanMemory<Element>, _ count: Int, _ coefficients: UpdateCoefficients, beta2: Double,
    epsilon: Double
  ) {
    let (w, g) = (memory.base(.parameters), memory.base(.gradient))
    let (m, v) = (memory.base(.firstState), memory.base(.secondState))
    let (now, ahead) = (Element(coefficients.first), Element(coefficients.fourth))
    let correction = Element(coefficients.second)
    let (decay1, share1) = (Element(coefficients.third), Element(1 - coefficients.third))
    let (decay2, share2, floor) = (Element(beta2), Element(1 - beta2), Element(epsilon))
    for k in 0..<count {
      m[k] = share1.multipliedAdding(g[k], decay1 * m[k])
      v[k] = (share2 * g[k]).multipliedAdding(g[k], decay2 * v[k])
      let denominator = (v[k] * correction).squareRoot() + floor
      w[k] -= now.multipliedAdding(g[k], ahead * m[k]) / denominator
    }
  }
}
