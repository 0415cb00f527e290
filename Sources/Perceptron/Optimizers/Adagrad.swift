/// Adagrad, as the plain executor runs it; the kernels compute the same numbers.
///
/// v ← v + g², w ← w − η_t g/(√(v + v₀) + ε) with η_t = η/(1 + (t−1)δ) from the clock. v is 0 at
/// first; v₀ is what others start it from.
///
/// Source: Duchi, Hazan and Singer 2011.
enum Adagrad {
  static func update<Element: Scalar>(
    _ memory: PlanMemory<Element>, _ count: Int, _ coefficients: UpdateCoefficients,
    initialAccumulator: Double, epsilon: Double
  ) {
    let (w, g, v) = (memory.base(.parameters), memory.base(.gradient), memory.base(.firstState))
    let (rate, start) = (Element(coefficients.first), Element(initialAccumulator))
    let floor = Element(epsilon)
    for k in 0..<count {
      v[k] = g[k].multipliedAdding(g[k], v[k])
      w[k] = (-rate).multipliedAdding(g[k] / ((v[k] + start).squareRoot() + floor), w[k])
    }
  }
}
