/// p̄_kl = ∂L/∂p_kl, from the chain rule over single entries: p̄_kl = Σ_ij v̄_ij ∂v_ij/∂p_kl for every
/// definition V that uses P, contracted until it is the entry (k, l) of the matrix formula.
public struct EntryAdjoint: Sendable, Hashable {
  /// What reaches p_kl from one definition that uses it.
  public struct Use: Sendable, Hashable {
    /// V, the definition's symbol.
    public let consumer: Symbol
    /// ∂v_ij/∂p_kl, line by line.
    public let derivative: EntryDerivative
    /// Every line equal to the one above.
    public internal(set) var steps: [IndexStep]
  }

  /// p̄_kl
  public let entry: Entry
  /// One for every definition that uses P, in the program's order.
  public let uses: [Use]
  /// From the sum over the uses, where there are several, to the entry of the matrix formula; empty
  /// where the only use ends with it.
  public let steps: [IndexStep]
  /// Entry (k, l) of the matrix formula; nil where it could not be derived.
  public let formula: IndexExpression?

  /// P
  public var symbol: Symbol { entry.symbol }

  /// - Parameters:
  ///   - adjoint: the matrix derivation.
  ///   - indexing: what indices mean.
  public init(_ adjoint: AdjointDerivation, _ indexing: Indexing) {
    let program = indexing.program
    let symbol = adjoint.symbol
    let entry = indexing.entry(symbol, isAdjoint: true, asTarget: true)
    let definitions = adjoint.uses.compactMap { program.definition(of: $0.consumer) }
    let letters = definitions.first.map { indexing.preferred($0.symbol) } ?? []
    func written(_ x: Expression) -> IndexExpression? {
      indexing.entry(
        of: x, row: entry.row, column: entry.column, reserved: [], preferred: letters)
    }
    var uses = zip(definitions, adjoint.uses).compactMap { definition, use in
      EntryDerivative(of: definition, by: symbol, indexing).map {
        Use($0, part: written(use.part), indexing)
      }
    }
    self.entry = entry
    let formula = adjoint.formula.flatMap(written)
    self.formula = formula
    guard let formula, uses.count == definitions.count, !uses.isEmpty else {
      (self.uses, steps) = (uses, [])
      return
    }
    var steps: [IndexStep] = []
    if uses.count > 1 {
      steps = [IndexStep(.adding(uses.compactMap { $0.steps.last?.expression }), [.uses])]
    }
    var last = steps.last ?? uses[0].steps[uses[0].steps.count - 1]
    let isDone = last.expression.normalForm == formula.normalForm
    if isDone {
      // The same sum and factors: in the order of the matrix formula.
      last = IndexStep(formula, last.rules + [.formula])
      if uses.count == 1 {
        uses[0].steps[uses[0].steps.count - 1] = last
      } else {
        steps[0] = last
      }
    } else {
      let lines = adjoint.simplification.map { (written($0.expression), $0.rule) }
      let known = lines.lastIndex { $0.0?.normalForm == last.expression.normalForm }
      let merged = lines.firstIndex { if case .adjoint = $0.1 { true } else { false } }
      let start = known.map { $0 + 1 } ?? merged ?? max(lines.count - 1, 0)
      for (expression, rule) in lines[start...] {
        let above = (steps.last ?? last).expression
        guard let expression, expression != above else { continue }
        // Only put in order, by a rule of matrices.
        if !rule.isSaid, expression.normalForm == above.normalForm { continue }
        steps.append(IndexStep(expression, [.matrix(rule)]))
      }
      let isLast = steps.last?.expression == formula
      let end = isLast ? steps.removeLast().rules : []
      steps.append(IndexStep(formula, end + [.formula]))
    }
    (self.uses, self.steps) = (uses, steps)
  }
}

extension EntryAdjoint.Use {
  /// The lines of one use.
  ///
  /// - Parameter part: what the matrix derivation has for it.
  fileprivate init(_ derivative: EntryDerivative, part: IndexExpression?, _ indexing: Indexing) {
    consumer = derivative.entry.symbol
    self.derivative = derivative
    guard consumer != indexing.program.loss else {
      // dL/dL = 1
      steps = [
        IndexStep(.derivative(derivative.entry, by: derivative.variable), [.loss]),
        IndexStep(derivative.result, [.derivative]),
      ]
      return
    }
    let entry = derivative.entry
    let ranges = indexing.ranges(of: entry)
    func summed(_ x: IndexExpression) -> IndexExpression {
      entry.indices.reversed().reduce(.multiplying([.entry(entry.adjoint), x])) { sum, index in
        guard case .variable(let name) = index, let range = ranges[name] else { return sum }
        return .summing(name, over: range, sum)
      }
    }
    var steps = [
      IndexStep(
        summed(.derivative(entry, by: derivative.variable)), [.chainRule(consumer)]),
      IndexStep(summed(derivative.result), [.derivative]),
    ]
    var choices: [IndexRule.Choice] = []
    let collapsed = Contraction(ranges: indexing.ranges(of: derivative.variable))
      .collapsed(steps[1].expression, &choices).gathered
    let isPart = part?.normalForm == collapsed.normalForm
    let result = isPart ? part ?? collapsed : collapsed
    if choices.isEmpty {
      steps[1] = IndexStep(result, [.derivative])
    } else {
      steps.append(IndexStep(result, [.contraction(choices)]))
    }
    self.steps = steps
  }
}

extension Entry {
  /// v̄_ij
  public var adjoint: Entry { Entry(symbol, isAdjoint: true, row: row, column: column) }
}

extension Indexing {
  /// The letters of a symbol's rows and columns.
  fileprivate func preferred(_ symbol: Symbol) -> [(dimension: Dimension, letter: String)] {
    [(symbol.shape.rows, letters[0]), (symbol.shape.columns, letters[1])]
  }
}
