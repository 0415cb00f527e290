/// The rules of differentials, one line each: how a d(…) moves inwards until only dV is left, V being
/// the one symbol that varies.
enum Differential {
  /// The expression with its first d(…) taken one rule further, and the rule; nil when every d
  /// stands before `variable`.
  ///
  /// - Throws: `Unknown` at an operation without a rule.
  static func step(
    _ x: Expression, variable: Symbol
  ) throws(Unknown) -> (Expression, Rule)? {
    if case .differential(let inner) = x {
      return inner == .symbol(variable) ? nil : try push(inner, variable)
    }
    var parts = x.children
    for (index, part) in parts.enumerated() {
      if let (changed, rule) = try step(part, variable: variable) {
        parts[index] = changed
        return (x.with(children: parts), rule)
      }
    }
    return nil
  }

  /// An operation whose differential is not known.
  struct Unknown: Error, Sendable, Hashable {
    let name: String
  }

  private static func push(_ x: Expression, _ v: Symbol) throws(Unknown) -> (Expression, Rule) {
    func varies(_ part: Expression) -> Bool { part.contains(v) }
    func d(_ part: Expression) -> Expression { .differential(part) }
    switch x {
    case .symbol, .adjoint, .ones, .zeros, .differential, .mapDerivative:
      return (.zeros(x.shape), .differentialOfSum)
    case .opaque(let name, _, _): throw Unknown(name: name)
    case .sum(let terms):
      return (Expression.adding(terms.filter(varies).map(d), shape: x.shape), .differentialOfSum)
    case .scale(let c, let part): return (.scale(c, d(part)), .differentialOfMultiple)
    case .product(let a, let b):
      var terms: [Expression] = []
      if varies(a) { terms.append(d(a) * b) }
      if varies(b) { terms.append(a * d(b)) }
      return (.adding(terms, shape: x.shape), .differentialOfProduct)
    case .hadamard(let factors):
      let terms = factors.indices.filter { varies(factors[$0]) }.map { place in
        Expression.hadamard(
          factors.enumerated().map { $0.offset == place ? d($0.element) : $0.element })
      }
      return (.adding(terms, shape: x.shape), .differentialOfHadamard)
    case .reciprocal(let part):
      return (
        -.hadamard([.reciprocal(part), .reciprocal(part), d(part)]), .differentialOfReciprocal
      )
    case .transpose(let part): return (.transpose(d(part)), .differentialOfTranspose)
    case .map(let function, let part):
      return (
        Expression.mapDerivative(function, part).times(d(part)), .differentialOfFunction(function)
      )
    case .softmax(let z, let axis):
      let sums = Expression.hadamard([x, d(z)]).sums(along: axis, spreadTo: x.shape)
      return (x.times(d(z) - sums), .differentialOfSoftmax)
    case .logSumExp(let z, let axis):
      let change = Expression.softmax(z, along: axis).times(d(z))
      return (axis == .row ? change.rowSums : change.columnSums, .differentialOfLogSumExp)
    case .inner(let a, let b):
      if a == b { return (2 * .inner(a, d(a)), .differentialOfInner) }
      var terms: [Expression] = []
      if varies(a) { terms.append(.inner(d(a), b)) }
      if varies(b) { terms.append(.inner(a, d(b))) }
      return (.adding(terms, shape: .scalar), .differentialOfInner)
    case .appending(_, let part, let axis):
      return (.appending(.zeros, to: d(part), along: axis), .differentialOfAppending)
    case .droppingLast(let part, let axis):
      return (.droppingLast(d(part), along: axis), .differentialOfAppending)
    case .diagonal(let part): return (.diagonal(d(part)), .differentialOfDiagonal)
    }
  }
}

extension Expression {
  /// The sum of terms, without a sum when there are fewer than two.
  static func adding(_ terms: [Expression], shape: Shape) -> Expression {
    terms.isEmpty ? .zeros(shape) : terms.count == 1 ? terms[0] : .sum(terms)
  }

  /// ⊙ of factors, without a product when there are fewer than two.
  static func multiplying(_ factors: [Expression], shape: Shape) -> Expression {
    factors.isEmpty ? .ones(shape) : factors.count == 1 ? factors[0] : .hadamard(factors)
  }

  /// The sums along rows or columns, brought back to a shape: (X 1) 1ᵀ or 1 (1ᵀ X).
  func sums(along axis: Axis, spreadTo shape: Shape) -> Expression {
    axis == .row
      ? rowSums.inEveryColumn(shape.columns) : columnSums.inEveryRow(shape.rows)
  }
}
