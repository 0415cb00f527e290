/// Softmax of rows: p_j = e^{z_j − max z} / Σ_k e^{z_k − max z}.
///
/// Backward, row by row: Z̄ = A ⊙ (Ā − s), s = Σ_k Ā_k A_k; the Jacobian diag(p) − p pᵀ is never
/// formed.
enum Softmax {
  /// The largest entry of a row; NaN if there is one, so that it is not lost.
  static func maximum<Element: Scalar>(
    _ z: UnsafePointer<Element>, _ count: Int
  ) -> Element {
    var largest = -Element.infinity
    for j in 0..<count where z[j] > largest || z[j].isNaN { largest = z[j] }
    return largest
  }

  static func forward<Element: Scalar>(
    _ z: UnsafePointer<Element>, _ a: UnsafeMutablePointer<Element>, _ count: Int
  ) {
    let largest = maximum(z, count)
    for j in 0..<count { a[j] = .exp(z[j] - largest) }
    let total = Element.treeSum(count: count) { a[$0] }
    for j in 0..<count { a[j] = a[j] / total }
  }

  static func backward<Element: Scalar>(
    outputGradient: UnsafePointer<Element>, output a: UnsafePointer<Element>,
    into result: UnsafeMutablePointer<Element>, _ count: Int
  ) {
    let inner = Element.treeSum(count: count) { outputGradient[$0] * a[$0] }
    for j in 0..<count { result[j] = a[j] * (outputGradient[j] - inner) }
  }
}
