/// `z⁽¹⁾₁₁ = x₁₁ w⁽¹⁾₁₁ + x₁₂ w⁽¹⁾₂₁`, with its numbers where there are some.
public struct EntryEquation: Sendable, Hashable {
  /// The entry, or the adjoint's.
  public let left: Entry
  /// What it is, every Σ of a known range written out.
  public let right: IndexExpression
  /// The right-hand side with a number for every entry; nil without data, or where an index is open.
  public let substituted: IndexExpression?
  /// What it comes to, from the numbers in full.
  public let value: Double?
}

extension Indexing {
  /// On one line: `w̄⁽¹⁾₂₁`, `x₁₁ w⁽¹⁾₁₁ + x₁₂ w⁽¹⁾₂₁`.
  public func text(_ x: IndexExpression) -> String { UnicodeMath.line(formula(x)) }

  /// On one line: `w̄⁽¹⁾₂₁`.
  public func text(_ entry: Entry) -> String { UnicodeMath.line(formula(entry)) }

  /// How many of a dimension are written out one by one; nil where an index stands for them all: the
  /// number is not known, or it counts examples and there are many.
  func expansion(_ dimension: Dimension) -> Int? {
    guard let size = size(dimension) else { return nil }
    let isOfParameter = program.inputs.contains {
      $0.kind == .parameter && ($0.shape.rows == dimension || $0.shape.columns == dimension)
    }
    return isOfParameter || size <= 10 ? size : nil
  }

  /// With every Σ written out whose range is known, and every δ of numbers decided.
  func expanded(_ x: IndexExpression) -> IndexExpression {
    switch x {
    case .sum(let index, let range, let body):
      guard let size = expansion(range) else { return x.with(children: [expanded(body)]) }
      return .adding((0..<size).map { expanded(body.replacing(index, by: .number($0 + 1))) })
    case .within(.number(let place), let range, let body, let otherwise):
      guard let size = size(range) else { return x }
      return place <= size ? expanded(body) : .coefficient(Coefficient(otherwise))
    default:
      let parts = x.children
      return parts.isEmpty ? x : x.with(children: parts.map(expanded))
    }
  }

  /// Every place of a symbol: its numbers, or the index that stands for them.
  ///
  /// - Parameter asTarget: whether open indices are k and l, as of what is derived by.
  func places(of symbol: Symbol, asTarget: Bool) -> [(row: EntryIndex?, column: EntryIndex?)] {
    func all(_ dimension: Dimension, _ letter: Int) -> [EntryIndex?] {
      if isOne(dimension) { return [nil] }
      guard let size = expansion(dimension) else {
        return [.variable(letters[letter + (asTarget ? 2 : 0)])]
      }
      return (0..<size).map { .number($0 + 1) }
    }
    let columns = all(symbol.shape.columns, 1)
    return all(symbol.shape.rows, 0).flatMap { row in columns.map { (row, $0) } }
  }

  /// One equation for every entry of a symbol.
  ///
  /// - Parameters:
  ///   - symbol: whose entries, or whose adjoint's, stand on the left.
  ///   - isAdjoint: whether they are the adjoint's.
  ///   - x: the matrix on the right.
  ///   - evaluation: its numbers.
  func equations(
    for symbol: Symbol, isAdjoint: Bool, _ x: Expression, _ evaluation: Evaluation?
  ) -> [EntryEquation] {
    places(of: symbol, asTarget: isAdjoint).compactMap { row, column in
      guard let entry = entry(of: x, row: row, column: column) else { return nil }
      return equation(
        self.entry(symbol, isAdjoint: isAdjoint, row: row, column: column), expanded(entry),
        evaluation)
    }
  }

  private func equation(
    _ left: Entry, _ right: IndexExpression, _ evaluation: Evaluation?
  ) -> EntryEquation {
    let isKnown = right.entries.allSatisfy {
      ($0.isAdjoint ? evaluation?.adjoints[$0.symbol] : evaluation?.values[$0.symbol]) != nil
    }
    guard let evaluation, isKnown, right.freeIndices.isEmpty else {
      return EntryEquation(left: left, right: right, substituted: nil, value: nil)
    }
    let isOpen = right.contains { if case .sum = $0 { true } else { false } }
    return EntryEquation(
      left: left, right: right, substituted: isOpen ? nil : right.withNumbers(evaluation, self),
      value: evaluation.value(of: right, self))
  }
}

extension IndexExpression {
  /// With the number of every entry and coefficient in its place.
  fileprivate func withNumbers(_ evaluation: Evaluation, _ indexing: Indexing) -> IndexExpression {
    rewritten { x in
      switch x {
      case .entry: .number(evaluation.value(of: x, indexing))
      case .coefficient(let c): .coefficient(c.withNumbers(evaluation))
      default: x
      }
    }
  }
}

extension Coefficient {
  /// The number it comes to: 1/6; or as a fraction, where that is shorter than its digits: 2/3.
  fileprivate func withNumbers(_ evaluation: Evaluation) -> Coefficient {
    let value = evaluation.value(of: self)
    let below = evaluation.value(of: Coefficient(1, powers.map { ($0.base, -$0.exponent) }))
    func isWhole(_ x: Double) -> Bool { x == x.rounded() && abs(x) < 1e6 }
    guard !isWhole(value), !isWhole(1 / value), isWhole(number), isWhole(below) else {
      return Coefficient(value)
    }
    return Coefficient(number, [(.constant(Decimals.text(below)), -1)])
  }
}
