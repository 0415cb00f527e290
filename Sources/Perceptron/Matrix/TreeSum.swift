extension Scalar {
  /// How many partial sums a reduction keeps: 16 in `Float`, 8 in `Double`, on every machine.
  static var treeLanes: Int { precision == .float ? 16 : 8 }

  /// Folds the partial sums of a reduction: halves are added until one is left.
  static func foldTree(_ lanes: inout [Self]) -> Self {
    var half = treeLanes / 2
    while half > 0 {
      for lane in 0..<half { lanes[lane] += lanes[lane + half] }
      half /= 2
    }
    return lanes[0]
  }

  /// The sum of `count` terms in the one order that every executor uses: term i goes to partial
  /// sum i mod `treeLanes`, and the partial sums are folded by halves.
  static func treeSum(count: Int, _ term: (Int) -> Self) -> Self {
    var lanes = [Self](repeating: 0, count: treeLanes)
    for i in 0..<count { lanes[i % treeLanes] += term(i) }
    return foldTree(&lanes)
  }
}
