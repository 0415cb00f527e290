/// The divergence of a row of predicted probabilities from those of its targets: cross-entropy less
/// the targets' own entropy, so that it is 0 where they agree. Gradients are those of cross-entropy.
///
/// Source: Kullback and Leibler, "On Information and Sufficiency", Ann. Math. Stat. 22 (1951).
enum KullbackLeibler {
  /// Σ_k t_k (ln t_k − ln p_k); writes c times its gradient −t_k/p_k. Terms with t_k = 0 are 0.
  static func ofProbabilities<Element: Scalar>(
    _ p: UnsafePointer<Element>, targets t: UnsafePointer<Element>, columns: Int,
    factor c: Element, gradient: UnsafeMutablePointer<Element>
  ) -> Element {
    let loss = Element.treeSum(count: columns) {
      t[$0] == 0 ? 0 : t[$0] * (.log(t[$0]) - .log(p[$0]))
    }
    for j in 0..<columns { gradient[j] = t[j] == 0 ? 0 : -(c * (t[j] / p[j])) }
    return loss
  }

  /// Σ_k t_k (ln t_k + ln Σ_i e^{z_i − max z} − (z_k − max z)); writes c times its gradient
  /// softmax(z) − t, which is that of targets of sum 1. It may be in place of the logits.
  static func ofLogits<Element: Scalar>(
    _ z: UnsafePointer<Element>, targets t: UnsafePointer<Element>, columns: Int,
    factor c: Element, gradient: UnsafeMutablePointer<Element>
  ) -> Element {
    let largest = Softmax.maximum(z, columns)
    let total = Element.treeSum(count: columns) { .exp(z[$0] - largest) }
    let logTotal = Element.log(total)
    let loss = Element.treeSum(count: columns) {
      t[$0] == 0 ? 0 : t[$0] * (.log(t[$0]) + (logTotal - (z[$0] - largest)))
    }
    for j in 0..<columns { gradient[j] = c * (Element.exp(z[j] - largest) / total - t[j]) }
    return loss
  }
}
