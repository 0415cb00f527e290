extension Derivation {
  /// The adjoint of a symbol in forward values and data alone: every adjoint in its formula replaced by
  /// its own formula, with numbers at the front.
  ///
  /// nil where there is nothing to replace, where something could not be derived, and where the result
  /// is too long for anybody to read.
  func together(_ symbol: Symbol) -> Expression? {
    guard let formula = adjoint(of: symbol)?.formula else { return nil }
    var result = formula
    // A formula reads adjoints derived before it: from the last to the first each is met once.
    for other in adjoints.reversed() where result.contains(where: { $0 == .adjoint(other.symbol) })
    {
      guard let part = other.formula else { return nil }
      result = result.replacing(.adjoint(other.symbol), by: part).tidied
      guard result.size <= Self.largestTogether else { return nil }
    }
    guard result != formula else { return nil }
    return Simplifier(program: program).scalarsFirst(result)
  }

  /// The parts that a formula may have in which everything is replaced: more than stand on a line.
  static let largestTogether = 100
}
