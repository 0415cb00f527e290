/// Gradient descent and its two forms of momentum, as the plain executor runs them; the kernels
/// compute the same numbers. η is the learning rate, μ the momentum, v the velocity, 0 at first.
///
/// Sources: Polyak 1964; Nesterov 1983 in the form of Sutskever et al. 2013.
enum GradientDescent {
  /// w ← w − ηg.
  static func plain<Element: Scalar>(
    _ w: UnsafeMutablePointer<Element>, _ g: UnsafePointer<Element>, count: Int, rate: Element
  ) {
    for k in 0..<count { w[k] = (-rate).multipliedAdding(g[k], w[k]) }
  }

  /// v ← μv + g; w ← w − ηv, or with Nesterov's look-ahead w ← w − η(g + μv).
  static func momentum<Element: Scalar>(
    _ w: UnsafeMutablePointer<Element>, _ g: UnsafePointer<Element>,
    velocity v: UnsafeMutablePointer<Element>, count: Int, rate: Element, momentum: Element,
    looksAhead: Bool
  ) {
    for k in 0..<count {
      v[k] = momentum.multipliedAdding(v[k], g[k])
      let direction = looksAhead ? momentum.multipliedAdding(v[k], g[k]) : v[k]
      w[k] = (-rate).multipliedAdding(direction, w[k])
    }
  }

  /// v ← μv + sg; w ← w − ηv, with the share s = 1−τ of a dampening τ, 1 in the first step.
  static func dampedMomentum<Element: Scalar>(
    _ w: UnsafeMutablePointer<Element>, _ g: UnsafePointer<Element>,
    velocity v: UnsafeMutablePointer<Element>, count: Int, rate: Element, momentum: Element,
    share: Element
  ) {
    for k in 0..<count {
      v[k] = momentum.multipliedAdding(v[k], share * g[k])
      w[k] = (-rate).multipliedAdding(v[k], w[k])
    }
  }
}
