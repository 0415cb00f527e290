/// Which row or column an entry stands in.
public enum EntryIndex: Sendable, Hashable {
  /// `i`: any.
  case variable(String)
  /// Counted from 1, as it is written.
  case number(Int)
}

/// One entry of a symbol or of its adjoint: w⁽¹⁾₂₁, z̄_ij.
///
/// A dimension of 1 has no index: a row has a column index alone, a 1 × 1 matrix neither.
public struct Entry: Sendable, Hashable {
  /// Whose entry it is.
  public let symbol: Symbol
  /// Whether it is one of the symbol's adjoint.
  public let isAdjoint: Bool
  /// nil where there is one row.
  public let row: EntryIndex?
  /// nil where there is one column.
  public let column: EntryIndex?

  /// An entry at a place; `Indexing.entry` leaves out the indices of dimensions that are 1.
  ///
  /// - Parameters:
  ///   - symbol: whose entry it is.
  ///   - isAdjoint: whether it is one of the symbol's adjoint.
  ///   - row: nil where there is one row.
  ///   - column: nil where there is one column.
  public init(_ symbol: Symbol, isAdjoint: Bool = false, row: EntryIndex?, column: EntryIndex?) {
    self.symbol = symbol
    self.isAdjoint = isAdjoint
    self.row = row
    self.column = column
  }

  /// Those that are there, the row's first.
  public var indices: [EntryIndex] { [row, column].compactMap { $0 } }
}

/// An expression over single entries: what a matrix expression says about one of its entries.
public indirect enum IndexExpression: Sendable, Hashable {
  /// w_kl
  case entry(Entry)
  /// A number put in for an entry.
  case number(Double)
  /// A factor of the formula itself: 2, 1/m; 0 and 1.
  case coefficient(Coefficient)
  /// δ: 1 where both indices agree, 0 elsewhere.
  case delta(EntryIndex, EntryIndex)
  /// Σ over an index that runs from 1 to a dimension.
  case sum(String, over: Dimension, IndexExpression)
  /// x · y · …
  case product([IndexExpression])
  /// x + y + …
  case terms([IndexExpression])
  /// g(x)
  case function(Function, IndexExpression)
  /// g′ at an expression.
  case functionDerivative(Function, IndexExpression)
  /// 1/x
  case reciprocal(IndexExpression)
  /// x while an index is at most a dimension, a number behind it: an entry of `[X 1]`.
  case within(EntryIndex, Dimension, IndexExpression, otherwise: Double)
  /// ∂(one entry)/∂(another)
  case derivative(Entry, by: Entry)
}

extension IndexExpression {
  static let zero = IndexExpression.coefficient(Coefficient(0))
  static let one = IndexExpression.coefficient(.one)

  /// The parts it is made of.
  var children: [IndexExpression] {
    switch self {
    case .entry, .number, .coefficient, .delta, .derivative: []
    case .sum(_, _, let x), .function(_, let x), .functionDerivative(_, let x), .reciprocal(let x),
      .within(_, _, let x, _):
      [x]
    case .product(let parts), .terms(let parts): parts
    }
  }

  /// The same operation on other parts, written simply.
  func with(children parts: [IndexExpression]) -> IndexExpression {
    switch self {
    case .entry, .number, .coefficient, .delta, .derivative: self
    case .sum(let index, let range, _): .summing(index, over: range, parts[0])
    case .function(let function, _): .function(function, parts[0])
    case .functionDerivative(let function, _): .functionDerivative(function, parts[0])
    case .reciprocal: parts[0] == .one ? .one : .reciprocal(parts[0])
    case .within(let index, let range, _, let otherwise):
      .within(index, range, parts[0], otherwise: otherwise)
    case .product: .multiplying(parts)
    case .terms: .adding(parts)
    }
  }

  /// The expression with every part replaced by `change`, innermost first.
  func rewritten(_ change: (IndexExpression) -> IndexExpression) -> IndexExpression {
    let parts = children
    return change(parts.isEmpty ? self : with(children: parts.map { $0.rewritten(change) }))
  }

  func contains(where condition: (IndexExpression) -> Bool) -> Bool {
    condition(self) || children.contains { $0.contains(where: condition) }
  }

  /// Whether an entry of the symbol itself (not of its adjoint) is in it.
  func contains(_ symbol: Symbol) -> Bool {
    contains {
      switch $0 {
      case .entry(let entry): entry.symbol == symbol && !entry.isAdjoint
      case .derivative(let entry, _): entry.symbol == symbol
      default: false
      }
    }
  }

  /// The variables that no Σ of its own binds.
  var freeIndices: Set<String> {
    func names(_ indices: [EntryIndex]) -> Set<String> {
      Set(indices.compactMap { if case .variable(let name) = $0 { name } else { nil } })
    }
    switch self {
    case .entry(let entry): return names(entry.indices)
    case .delta(let a, let b): return names([a, b])
    case .derivative(let a, let b): return names(a.indices + b.indices)
    case .sum(let index, _, let body): return body.freeIndices.subtracting([index])
    case .within(let index, _, let body, _): return body.freeIndices.union(names([index]))
    default: return children.reduce(into: []) { $0.formUnion($1.freeIndices) }
    }
  }

  /// With another index in place of a variable.
  func replacing(_ variable: String, by index: EntryIndex) -> IndexExpression {
    func changed(_ old: EntryIndex) -> EntryIndex { old == .variable(variable) ? index : old }
    func changed(_ entry: Entry) -> Entry {
      Entry(
        entry.symbol, isAdjoint: entry.isAdjoint, row: entry.row.map(changed),
        column: entry.column.map(changed))
    }
    switch self {
    case .entry(let entry): return .entry(changed(entry))
    case .delta(let a, let b): return .kronecker(changed(a), changed(b))
    case .derivative(let a, let b): return .derivative(changed(a), by: changed(b))
    case .within(let place, let range, let body, let otherwise):
      return .within(
        changed(place), range, body.replacing(variable, by: index), otherwise: otherwise)
    case .sum(variable, _, _): return self
    case .sum(let bound, let range, let body) where index == .variable(bound):
      // The name is taken outside: the Σ inside takes another.
      let other = bound + "′"
      return .summing(
        other, over: range,
        body.replacing(bound, by: .variable(other)).replacing(variable, by: index))
    default: return with(children: children.map { $0.replacing(variable, by: index) })
    }
  }

  /// The factors of a product; anything else is its own only factor.
  var factors: [IndexExpression] {
    if case .product(let factors) = self { factors } else { self == .one ? [] : [self] }
  }

  /// The terms of a sum; anything else is its own only term.
  var addends: [IndexExpression] {
    if case .terms(let terms) = self { terms } else { self == .zero ? [] : [self] }
  }
}

// Built as a person would write it: no factor 1, no term 0.
extension IndexExpression {
  /// δ of two indices; of two numbers 1 or 0.
  static func kronecker(_ a: EntryIndex, _ b: EntryIndex) -> IndexExpression {
    if a == b { return .one }
    if case .number = a, case .number = b { return .zero }
    return .delta(a, b)
  }

  /// A product: its coefficients in front as one, then entries, then δ, then sums; x·x as x².
  static func multiplying(_ parts: [IndexExpression]) -> IndexExpression {
    var coefficient = Coefficient.one
    var kept: [IndexExpression] = []
    for part in parts.flatMap(\.factors) {
      if case .coefficient(let c) = part {
        coefficient = coefficient * c
      } else if part.isDelta, kept.contains(part) {
        continue
      } else if part.canBeSquared, let place = kept.firstIndex(of: part) {
        kept[place] = .function(.square, part)
      } else {
        kept.append(part)
      }
    }
    if coefficient.number == 0 { return .zero }
    var ordered = (0...2).flatMap { rank in kept.filter { $0.rank == rank } }
    if coefficient != .one || ordered.isEmpty { ordered.insert(.coefficient(coefficient), at: 0) }
    return ordered.count == 1 ? ordered[0] : .product(ordered)
  }

  static func adding(_ parts: [IndexExpression]) -> IndexExpression {
    let terms = parts.flatMap(\.addends).filter { $0 != .zero }
    return terms.isEmpty ? .zero : terms.count == 1 ? terms[0] : .terms(terms)
  }

  /// Σ; of what does not depend on the index, so many times that.
  static func summing(
    _ index: String, over range: Dimension, _ body: IndexExpression
  ) -> IndexExpression {
    if body == .zero { return .zero }
    if !body.freeIndices.contains(index) {
      return .multiplying([.coefficient(Coefficient(1, [(.dimension(range), 1)])), body])
    }
    guard case .product(var factors) = body, case .coefficient = factors[0] else {
      return .sum(index, over: range, body)
    }
    let front = factors.removeFirst()
    return .multiplying([front, .sum(index, over: range, .multiplying(factors))])
  }

  var isDelta: Bool { if case .delta = self { true } else { false } }

  private var canBeSquared: Bool {
    switch self {
    case .entry, .terms, .function, .sum: true
    default: false
    }
  }

  private var rank: Int {
    switch self {
    case .delta, .derivative: 1
    case .sum: 2
    default: 0
    }
  }
}
