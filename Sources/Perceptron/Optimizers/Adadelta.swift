/// Adadelta, as the plain executor runs it; the kernels compute the same numbers.
///
/// v ← ρv + (1−ρ)g², d = g (√(u + ε)/√(v + ε)), u ← ρu + (1−ρ)d², w ← w − ηd. u and v are 0 at
/// first.
///
/// Source: Zeiler 2012.
enum Adadelta {
  static func update<Element: Scalar>(
    _ memory: PlanMemory<Element>, _ count: Int, _ coefficients: UpdateCoefficients, rho: Double,
    epsilon: Double
  ) {
    let (w, g) = (memory.base(.parameters), memory.base(.gradient))
    let (v, u) = (memory.base(.firstState), memory.base(.secondState))
    let rate = Element(coefficients.first)
    let (decay, share, floor) = (Element(rho), Element(1 - rho), Element(epsilon))
    for k in 0..<count {
      v[k] = (share * g[k]).multipliedAdding(g[k], decay * v[k])
      let d = g[k] * ((u[k] + floor).squareRoot() / (v[k] + floor).squareRoot())
      u[k] = (share * d).multipliedAdding(d, decay * u[k])
      w[k] = (-rate).multipliedAdding(d, w[k])
    }
  }
}
