// The update rules on the flat buffers: what the plain executor runs. The kernels compute the same
// numbers.

/// Gradient descent and its two forms of momentum.
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
}

/// Adam with bias correction: the step size η/(1−β₁ᵗ) and 1/(1−β₂ᵗ) come from the clock.
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
