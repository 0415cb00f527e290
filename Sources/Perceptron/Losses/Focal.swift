/// The focal losses: a cross-entropy whose terms shrink by (1 − p)^γ, p the probability of the
/// target, so that rows that are right already leave the gradient to the others.
///
/// Source: Lin, Goyal, Girshick, He and Dollár, "Focal Loss for Dense Object Detection" (2017).
enum Focal {
  /// One yes/no output z with target t, and u = 1 − t unless it is weighted:
  /// t(1−p)^γ softplus(−z) + u p^γ softplus(z), p = σ(z).
  ///
  /// −ln p = softplus(−z) and −ln(1−p) = softplus(z), so that the powers are
  /// (1−p)^γ = e^{−γ softplus(z)}, p^γ = e^{−γ softplus(−z)}, and with p′ = p(1−p)
  /// the slope is c times
  /// u p^γ(γ(1−p) softplus(z) + p) − t(1−p)^γ(γ p softplus(−z) + (1−p)): no term cancels.
  static func ofLogit<Element: Scalar>(
    _ z: Element, target t: Element, complement u: Element, factor c: Element, gamma: Element
  ) -> (loss: Element, slope: Element) {
    let small = Element.exp(-abs(z))
    let tail = Element.log1p(small)
    let positive: Element = z <= 0 ? tail : z + tail
    let negative: Element = z <= 0 ? tail - z : tail
    let near = 1 / (1 + small)
    let far = small / (1 + small)
    let p: Element = z <= 0 ? far : near
    let rest: Element = z <= 0 ? near : far
    let hardYes = Element.exp(-(gamma * positive))
    let hardNo = Element.exp(-(gamma * negative))
    let yes: Element = t == 0 ? 0 : t * (hardYes * negative)
    let no: Element = u == 0 ? 0 : u * (hardNo * positive)
    let rise: Element = u == 0 ? 0 : u * (hardNo * (gamma * (rest * positive) + p))
    let fall: Element = t == 0 ? 0 : t * (hardYes * (gamma * (p * negative) + rest))
    return (yes + no, c * (rise - fall))
  }

  /// One row of logits z with targets t: Σ_k t_k (1−p_k)^γ s_k, p = softmax(z), s_k = −ln p_k.
  ///
  /// With h_k = −t_k (1−p_k)^γ (γ p_k s_k/(1−p_k) + 1), which is p_k times the slope in p_k,
  /// the gradient is z̄_j = h_j − p_j Σ_k h_k = (1−p_j) h_j − p_j Σ_{k≠j} h_k, times c. For the
  /// largest logit 1 − p and s come from the sum R of the others, R/(1+R) and ln(1+R), so that neither
  /// cancels. Terms with t_k = 0 are 0. The gradient may be in place of the logits.
  static func ofLogits<Element: Scalar>(
    _ z: UnsafePointer<Element>, targets t: UnsafePointer<Element>, columns: Int,
    factor c: Element, gamma: Element, gradient: UnsafeMutablePointer<Element>
  ) -> Element {
    let largest = Softmax.maximum(z, columns)
    let top = (0..<columns).first { z[$0] == largest } ?? columns
    let others = Element.treeSum(count: columns) { $0 == top ? 0 : .exp(z[$0] - largest) }
    let total = 1 + others
    let logTotal = Element.log1p(others)
    /// p, 1 − p, s and (1 − p)^γ of class k.
    func parts(_ k: Int) -> (p: Element, rest: Element, surprise: Element, power: Element) {
      let p: Element = .exp(z[k] - largest) / total
      let rest: Element = k == top ? others / total : 1 - p
      return (p, rest, logTotal - (z[k] - largest), .exp(gamma * .log(rest)))
    }
    func slope(_ k: Int) -> Element {
      let (p, rest, surprise, power) = parts(k)
      let ratio: Element = rest == 0 ? 1 : (p * surprise) / rest
      return t[k] == 0 ? 0 : -(t[k] * (power * (gamma * ratio + 1)))
    }
    let loss = Element.treeSum(count: columns) { k in
      let (_, _, surprise, power) = parts(k)
      return t[k] == 0 ? 0 : t[k] * (power * surprise)
    }
    let sum = Element.treeSum(count: columns) { slope($0) }
    for j in 0..<columns {
      let (p, rest, _, _) = parts(j)
      let own = slope(j)
      gradient[j] = c * (rest * own - p * (sum - own))
    }
    return loss
  }
}
