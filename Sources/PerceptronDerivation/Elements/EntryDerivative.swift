/// ∂v_ij/∂p_kl: how any entry of a definition changes with any entry of a symbol in it, with
/// Kronecker deltas, line by line.
public struct EntryDerivative: Sendable, Hashable {
  /// v_ij
  public let entry: Entry
  /// p_kl
  public let variable: Entry
  /// What is derived: v_ij in terms of entries.
  public let form: IndexExpression
  /// Every line equal to the one above; the first to ∂v_ij/∂p_kl.
  public let steps: [IndexStep]

  /// ∂v_ij/∂p_kl at its simplest.
  public var result: IndexExpression { steps.last?.expression ?? .zero }

  /// - Parameters:
  ///   - definition: V = f(P), whose entry is derived.
  ///   - symbol: P.
  ///   - indexing: what indices mean.
  /// - Returns: nil where the definition has no entries to write down.
  public init?(
    of definition: Program.Definition, by symbol: Symbol, _ indexing: Indexing
  ) {
    let entry = indexing.entry(definition.symbol)
    let variable = indexing.entry(symbol, asTarget: true)
    // The letters of both are taken: a Σ runs over another.
    let reserved = indexing.letters[(entry.indices.isEmpty ? 2 : 0)..<4]
    guard
      let form = indexing.entry(
        of: definition.expression, row: entry.row, column: entry.column, reserved: Set(reserved))
    else { return nil }
    self.entry = entry
    self.variable = variable
    self.form = form
    var steps: [IndexStep] = []
    var pending: [IndexRule] = []
    /// A line of its own where something is seen to happen.
    func take(_ x: IndexExpression, _ rules: [IndexRule]) {
      if x == steps.last?.expression {
        return
      }
      steps.append(IndexStep(x, pending + rules))
      pending = []
    }
    let pushed = form.changed(by: variable)
    let others = definition.expression.symbols.filter { $0 != symbol }
    let fixed = form.addends.count > 1 ? others.filter { !pushed.contains($0) } : []
    take(
      pushed,
      (form.appliesFunction(to: symbol) ? [.chain] : [])
        + (form.isFunction ? [] : [.linearity(fixed: fixed)]))
    let ranges = indexing.ranges(of: entry).merging(indexing.ranges(of: variable)) { $1 }
    let compared = pushed.comparingEntries(ranges)
    take(compared, [.kronecker])
    var choices: [IndexRule.Choice] = []
    let collapsed = Contraction(ranges: ranges).collapsed(compared, &choices)
    take(collapsed, choices.isEmpty ? [] : [.contraction(choices)])
    let (named, symbols) = indexing.named(collapsed.derivativesWritten)
    take(named, [.names(symbols)])
    take(named.gathered, [.gathering])
    self.steps = steps
  }
}

extension Indexing {
  /// How far the indices of an entry run.
  func ranges(of entry: Entry) -> [String: Dimension] {
    var ranges: [String: Dimension] = [:]
    if case .variable(let name)? = entry.row { ranges[name] = entry.symbol.shape.rows }
    if case .variable(let name)? = entry.column { ranges[name] = entry.symbol.shape.columns }
    return ranges
  }

  /// What the program has a name for called by it: a_ij for σ(z_ij) or for an entry of a softmax.
  func named(_ x: IndexExpression) -> (IndexExpression, [Symbol]) {
    var found: [Symbol] = []
    var result = x
    for definition in program.definitions {
      switch definition.expression {
      case .map(let function, _) where function != .square: break
      case .softmax: break
      default: continue
      }
      let changed = result.rewritten { part in
        // Rows and columns that occur in it.
        let indices = part.entries.flatMap(\.indices)
        let shape = definition.symbol.shape
        let rows = isOne(shape.rows) ? [EntryIndex?.none] : indices.unique.map { $0 }
        let columns = isOne(shape.columns) ? [EntryIndex?.none] : indices.unique.map { $0 }
        var part = part
        for row in rows {
          for column in columns {
            guard let form = entry(of: definition.expression, row: row, column: column),
              let rest = part.divided(by: form)
            else { continue }
            part = .multiplying(
              rest + [.entry(entry(definition.symbol, row: row, column: column))])
          }
        }
        return part
      }
      if changed != result { found.append(definition.symbol) }
      result = changed
    }
    return (result, found)
  }
}

extension [EntryIndex] {
  fileprivate var unique: [EntryIndex] {
    reduce(into: []) { if !$0.contains($1) { $0.append($1) } }
  }
}
