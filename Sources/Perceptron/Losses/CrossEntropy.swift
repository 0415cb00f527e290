/// The cross-entropy of one row: one class among K, or probabilities t_k of sum 1.
enum CrossEntropy {
  /// −Σ_k t_k ln p_k; writes c times its gradient −t_k/p_k. Terms with t_k = 0 are 0.
  static func ofProbabilities<Element: Scalar>(
    _ p: UnsafePointer<Element>, targets t: UnsafePointer<Element>, columns: Int,
    factor c: Element, gradient: UnsafeMutablePointer<Element>
  ) -> Element {
    let loss = Element.treeSum(count: columns) { t[$0] == 0 ? 0 : -(t[$0] * .log(p[$0])) }
    for j in 0..<columns { gradient[j] = t[j] == 0 ? 0 : -(c * (t[j] / p[j])) }
    return loss
  }

  /// Σ_k t_k (ln Σ_i e^{z_i − max z} − (z_k − max z)); writes c times its gradient softmax(z) − t.
  /// The gradient may be in place of the logits.
  static func ofLogits<Element: Scalar>(
    _ z: UnsafePointer<Element>, targets t: UnsafePointer<Element>, columns: Int,
    factor c: Element, gradient: UnsafeMutablePointer<Element>
  ) -> Element {
    let largest = Softmax.maximum(z, columns)
    let total = Element.treeSum(count: columns) { .exp(z[$0] - largest) }
    let logTotal = Element.log(total)
    let loss = Element.treeSum(count: columns) {
      t[$0] == 0 ? 0 : t[$0] * (logTotal - (z[$0] - largest))
    }
    for j in 0..<columns { gradient[j] = c * (Element.exp(z[j] - largest) / total - t[j]) }
    return loss
  }

  /// The same of targets u of any sum, c times whose gradient is softmax(z) Σ_j u_j − u: classes that
  /// are weighted.
  static func ofLogits<Element: Scalar>(
    _ z: UnsafePointer<Element>, unnormalised u: UnsafePointer<Element>, columns: Int,
    factor c: Element, gradient: UnsafeMutablePointer<Element>
  ) -> Element {
    let largest = Softmax.maximum(z, columns)
    let total = Element.treeSum(count: columns) { .exp(z[$0] - largest) }
    let logTotal = Element.log(total)
    let weight = Element.treeSum(count: columns) { u[$0] }
    let loss = Element.treeSum(count: columns) {
      u[$0] == 0 ? 0 : u[$0] * (logTotal - (z[$0] - largest))
    }
    for j in 0..<columns {
      gradient[j] = c * (Element.exp(z[j] - largest) / total * weight - u[j])
    }
    return loss
  }
}
