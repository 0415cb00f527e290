extension Indexing {
  /// The entry (row, column) of a matrix expression as an expression over entries: a product becomes
  /// a Σ, ⊙ a product of entries, a transpose exchanges the indices, ones disappear.
  ///
  /// - Parameters:
  ///   - x: a matrix expression.
  ///   - row: of the entry; nil where the expression has one row.
  ///   - column: of the entry; nil where the expression has one column.
  ///   - reserved: letters that no Σ may take.
  /// - Returns: nil for what has no entries to write down: d(…) and functions known by their values
  ///   alone.
  public func entry(
    of x: Expression, row: EntryIndex?, column: EntryIndex?, reserved: Set<String> = []
  ) -> IndexExpression? {
    entry(of: x, row: row, column: column, reserved: reserved, preferred: [])
  }

  /// The right-hand side of a definition for any entry (i, j).
  public func form(of definition: Program.Definition) -> IndexExpression? {
    let entry = entry(definition.symbol)
    return self.entry(of: definition.expression, row: entry.row, column: entry.column)
  }

  /// - Parameter preferred: letters for a Σ over a dimension, so that the same index runs in two
  ///   forms of a formula.
  func entry(
    of x: Expression, row: EntryIndex?, column: EntryIndex?, reserved: Set<String>,
    preferred: [(dimension: Dimension, letter: String)]
  ) -> IndexExpression? {
    var used = reserved
    for case .variable(let name)? in [row, column] { used.insert(name) }
    return EntryWriter(indexing: self, preferred: preferred).entry(
      x, isOne(x.shape.rows) ? nil : row, isOne(x.shape.columns) ? nil : column, used)
  }
}

/// Goes down a matrix expression with a row and a column.
private struct EntryWriter {
  let indexing: Indexing
  let preferred: [(dimension: Dimension, letter: String)]

  func entry(
    _ x: Expression, _ row: EntryIndex?, _ column: EntryIndex?, _ used: Set<String>
  ) -> IndexExpression? {
    func same(_ part: Expression) -> IndexExpression? { entry(part, row, column, used) }
    func all(_ parts: [Expression]) -> [IndexExpression]? {
      let found = parts.compactMap(same)
      return found.count == parts.count ? found : nil
    }
    switch x {
    case .symbol(let symbol):
      return .entry(indexing.entry(symbol, row: row, column: column))
    case .adjoint(let symbol):
      return .entry(indexing.entry(symbol, isAdjoint: true, row: row, column: column))
    case .ones: return .one
    case .zeros: return .zero
    case .scale(let c, let part):
      return same(part).map { .multiplying([.coefficient(indexing.reduced(c)), $0]) }
    case .sum(let terms): return all(terms).map { .adding($0) }
    case .hadamard(let factors): return all(factors).map { .multiplying($0) }
    case .product(let a, let b):
      return sum(a.shape.columns, used) { k, used in
        guard let left = entry(a, row, k, used), let right = entry(b, k, column, used) else {
          return nil
        }
        return .multiplying([left, right])
      }
    case .reciprocal(let part): return same(part).map { $0 == .one ? .one : .reciprocal($0) }
    case .transpose(let part): return entry(part, column, row, used)
    case .map(let function, let part): return same(part).map { .function(function, $0) }
    case .mapDerivative(let function, let part):
      return same(part).map { .functionDerivative(function, $0) }
    case .softmax(let part, let axis):
      guard let above = same(part), let below = powers(part, axis, row, column, used) else {
        return nil
      }
      return .multiplying([.function(.exp, above), .reciprocal(below)])
    case .logSumExp(let part, let axis):
      return powers(part, axis, row, column, used).map { .function(.log, $0) }
    case .inner(let a, let b):
      // Letters as of any entry, (i, j), also where there is one row.
      let first = indexing.letter(for: a.shape.rows, besides: used, preferred: preferred)
      return sum(a.shape.rows, used) { i, used in
        sum(a.shape.columns, used.union([first])) { j, used in
          guard let left = entry(a, i, j, used), let right = entry(b, i, j, used) else {
            return nil
          }
          return .multiplying([left, right])
        }
      }
    case .diagonal(let part):
      let isRow = indexing.isOne(part.shape.rows)
      guard let entry = entry(part, isRow ? nil : row, isRow ? column : nil, used) else {
        return nil
      }
      guard let row, let column else { return entry }
      return .multiplying([entry, .kronecker(row, column)])
    case .appending(let filling, let part, let axis):
      guard let index = axis == .row ? column : row else { return nil }
      let range = axis == .row ? part.shape.columns : part.shape.rows
      guard
        let entry = entry(
          part, indexing.isOne(part.shape.rows) ? nil : row,
          indexing.isOne(part.shape.columns) ? nil : column, used)
      else { return nil }
      let otherwise = filling == .ones ? 1.0 : 0
      if case .number(let place) = index, let size = indexing.size(range) {
        return place <= size ? entry : .coefficient(Coefficient(otherwise))
      }
      return .within(index, range, entry, otherwise: otherwise)
    case .droppingLast(let part, let axis):
      // Where one row or column is left, its index is 1.
      let isWide = !indexing.isOne(axis == .row ? part.shape.columns : part.shape.rows)
      return axis == .row
        ? entry(part, row, isWide ? column ?? .number(1) : nil, used)
        : entry(part, isWide ? row ?? .number(1) : nil, column, used)
    case .differential, .opaque: return nil
    }
  }

  /// Σ over a dimension, with a letter that is not in use; nothing to sum over a dimension of 1.
  private func sum(
    _ range: Dimension, _ used: Set<String>,
    _ body: (EntryIndex?, Set<String>) -> IndexExpression?
  ) -> IndexExpression? {
    if indexing.isOne(range) { return body(nil, used) }
    let letter = indexing.letter(for: range, besides: used, preferred: preferred)
    guard let body = body(.variable(letter), used.union([letter])) else { return nil }
    // Only a diag(…) brings a δ here; it takes the Σ with it.
    return Contraction(ranges: [:]).collapsed(.summing(letter, over: range, body))
  }

  /// Σ e^x over the row or column of an entry.
  private func powers(
    _ x: Expression, _ axis: Expression.Axis, _ row: EntryIndex?, _ column: EntryIndex?,
    _ used: Set<String>
  ) -> IndexExpression? {
    sum(axis == .row ? x.shape.columns : x.shape.rows, used) { k, used in
      entry(x, axis == .row ? row : k, axis == .row ? k : column, used)
        .map { .function(.exp, $0) }
    }
  }
}
