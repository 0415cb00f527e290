/// What `Regularization` does to a gradient, as the plain executor runs it; the kernels compute the
/// same numbers.
///
/// Sources: clipping by norm in Pascanu, Mikolov and Bengio 2013.
enum GradientRules {
  /// g ← g + λ₂w + λ₁ sign(w), sign 0 = 0.
  static func penalize<Element: Scalar>(
    _ w: UnsafePointer<Element>, _ g: UnsafeMutablePointer<Element>, _ count: Int, l1: Double,
    l2: Double
  ) {
    let (lasso, ridge) = (Element(l1), Element(l2))
    for k in 0..<count {
      if l2 > 0 { g[k] = ridge.multipliedAdding(w[k], g[k]) }
      if l1 > 0 {
        let sign: Element = w[k] > 0 ? 1 : w[k] < 0 ? -1 : 0
        g[k] = lasso.multipliedAdding(sign, g[k])
      }
    }
  }

  /// Σg² of every block of the gradient, each by the tree of all sums.
  static func sumSquares<Element: Scalar>(
    _ g: UnsafePointer<Element>, _ count: Int, into squares: UnsafeMutablePointer<Element>
  ) {
    let block = Plan.normBlock
    for number in 0..<(count + block - 1) / block {
      let first = number * block
      squares[number] = Element.treeSum(count: min(block, count - first)) {
        g[first + $0] * g[first + $0]
      }
    }
  }

  /// g ← g min(1, most/(‖g‖ + 10⁻⁶)).
  static func clipNorm<Element: Scalar>(
    _ g: UnsafeMutablePointer<Element>, _ count: Int, squares: UnsafePointer<Element>,
    blocks: Int, most: Double
  ) {
    let norm = Element.treeSum(count: blocks) { squares[$0] }.squareRoot()
    let factor = Element(most) / (norm + Element(1e-6))
    guard factor < 1 else { return }
    for k in 0..<count { g[k] *= factor }
  }

  /// g ← min(max(g, −most), most).
  static func clipValue<Element: Scalar>(
    _ g: UnsafeMutablePointer<Element>, _ count: Int, most: Element
  ) {
    for k in 0..<count { g[k] = g[k] > most ? most : g[k] < -most ? -most : g[k] }
  }
}
