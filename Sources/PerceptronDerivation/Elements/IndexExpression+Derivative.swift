extension IndexExpression {
  /// ∂x/∂w_kl, with ∂(entry)/∂w_kl left standing: sums, products, quotients and functions derived.
  func changed(by variable: Entry) -> IndexExpression {
    switch self {
    case .entry(let entry):
      return entry.symbol == variable.symbol && !entry.isAdjoint
        ? .derivative(entry, by: variable) : .zero
    case .number, .coefficient, .delta, .derivative, .functionDerivative: return .zero
    case .sum(let index, let range, let body):
      return .summing(index, over: range, body.changed(by: variable))
    case .terms(let terms): return .adding(terms.map { $0.changed(by: variable) })
    case .product(let factors):
      return .adding(
        factors.indices.map { place in
          var parts = factors
          parts[place] = factors[place].changed(by: variable)
          return .multiplying(parts)
        })
    case .function(let function, let x):
      let inner = x.changed(by: variable)
      guard inner != .zero else { return .zero }
      return .multiplying([function.slope(at: x), inner])
    case .reciprocal(let x):
      let inner = x.changed(by: variable)
      guard inner != .zero else { return .zero }
      return .multiplying([.coefficient(Coefficient(-1)), self, self, inner])
    case .within(let index, let range, let x, _):
      let inner = x.changed(by: variable)
      return inner == .zero ? .zero : .within(index, range, inner, otherwise: 0)
    }
  }

  /// ∂w_pj/∂w_kl = δ_pk δ_jl, everywhere.
  func comparingEntries(_ ranges: [String: Dimension]) -> IndexExpression {
    rewritten { x in
      switch x {
      case .derivative(let a, let b) where a.symbol == b.symbol:
        return .multiplying(zip(a.indices, b.indices).map { .kronecker($0, $1) })
      // "While p ≤ n" says nothing beside δ_pl, when l goes no further than n.
      case .within(let index, let range, let body, 0):
        let isSaid = body.factors.contains { factor in
          guard case .delta(let a, let b) = factor, a == index || b == index,
            case .variable(let other) = a == index ? b : a
          else { return false }
          return ranges[other] == range
        }
        return isSaid ? body : x
      default: return x
      }
    }
  }

  /// Every g′ that is short in terms of g written out.
  var derivativesWritten: IndexExpression {
    rewritten {
      guard case .functionDerivative(let function, let x) = $0 else { return $0 }
      return function.derivative(at: x)
    }
  }

  /// Whether it is a function of one number, and nothing else.
  var isFunction: Bool { if case .function = self { true } else { false } }

  /// Whether a function is applied to an entry of a symbol somewhere in it.
  func appliesFunction(to symbol: Symbol) -> Bool {
    if case .function = self, entries.contains(where: { $0.symbol == symbol }) { return true }
    return children.contains { $0.appliesFunction(to: symbol) }
  }

  /// Every entry in it, as often as it occurs.
  var entries: [Entry] {
    if case .entry(let entry) = self { [entry] } else { children.flatMap(\.entries) }
  }

  /// The factors left when those of another expression are taken away; nil when they are not all
  /// there.
  func divided(by other: IndexExpression) -> [IndexExpression]? {
    var rest = factors
    for factor in other.factors {
      guard let place = rest.firstIndex(where: { $0.normalForm == factor.normalForm }) else {
        return nil
      }
      rest.remove(at: place)
    }
    return rest
  }
}

extension Function {
  /// g′ as it stands in a first line: written out at once where everybody knows it.
  fileprivate func slope(at x: IndexExpression) -> IndexExpression {
    switch self {
    case .exp, .log, .square: derivative(at: x)
    default: .functionDerivative(self, x)
    }
  }

  /// g′ at a number, from the same rule as g′ at a matrix.
  func derivative(at x: IndexExpression) -> IndexExpression {
    let place = Symbol("x", nil, .scalar, .value)
    guard let rule = derivative(at: Expression.symbol(place)) else { return .zero }
    return Self.written(rule).rewritten {
      $0 == .entry(Entry(place, row: nil, column: nil)) ? x : $0
    }
  }

  /// An expression in one number.
  private static func written(_ x: Expression) -> IndexExpression {
    switch x {
    case .symbol(let symbol): .entry(Entry(symbol, row: nil, column: nil))
    case .ones: .one
    case .scale(let c, let part): .multiplying([.coefficient(c), written(part)])
    case .sum(let terms): .adding(terms.map(written))
    case .hadamard(let factors): .multiplying(factors.map(written))
    case .reciprocal(let part): .reciprocal(written(part))
    case .map(let function, let part): .function(function, written(part))
    default: misuse("\(x) is no derivative of a function of one number")
    }
  }
}
