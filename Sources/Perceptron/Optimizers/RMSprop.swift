/// RMSprop, as the plain executor runs it; the kernels compute the same numbers.
///
/// v ← αv + (1−α)g², u = g/(√v + ε); centered: ḡ ← αḡ + (1−α)g, and v − ḡ² takes the place of v;
/// with momentum: m ← μm + u, and m takes the place of u; w ← w − ηu. All state is 0 at first.
///
/// Sources: Tieleman and Hinton 2012; centered in Graves 2013.
enum RMSprop {
  static func update<Element: Scalar>(
    _ memory: PlanMemory<Element>, _ count: Int, _ coefficients: UpdateCoefficients, alpha: Double,
    epsilon: Double, hasMomentum: Bool, centered: Bool
  ) {
    let (w, g) = (memory.base(.parameters), memory.base(.gradient))
    let v = memory.base(.firstState)
    let mean = centered ? memory.base(.secondState) : v
    let m = hasMomentum ? memory.base(centered ? .thirdState : .secondState) : v
    let (rate, momentum) = (Element(coefficients.first), Element(coefficients.second))
    let (decay, share, floor) = (Element(alpha), Element(1 - alpha), Element(epsilon))
    for k in 0..<count {
      v[k] = (share * g[k]).multipliedAdding(g[k], decay * v[k])
      var variance = v[k]
      if centered {
        mean[k] = share.multipliedAdding(g[k], decay * mean[k])
        // Never below 0 but by rounding.
        variance = (-mean[k]).multipliedAdding(mean[k], v[k])
        if variance < 0 { variance = 0 }
      }
      var direction = g[k] / (variance.squareRoot() + floor)
      if hasMomentum {
        m[k] = momentum.multipliedAdding(m[k], direction)
        direction = m[k]
      }
      w[k] = (-rate).multipliedAdding(direction, w[k])
    }
  }
}
