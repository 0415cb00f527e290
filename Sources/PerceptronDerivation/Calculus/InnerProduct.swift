/// The moves across an inner product: ⟨G, something linear in dV⟩ becomes ⟨?, dV⟩, one rule a line.
///
/// "Every time we move a matrix from inside a pair of parentheses to the opposite side of the inner
/// product, we put that matrix in the same relative position but transposed." (text 003)
enum InnerProduct {
  /// The expression with one inner product taken one rule further; nil when all stand alone.
  static func step(_ x: Expression, variable: Symbol) -> (Expression, Rule)? {
    switch x {
    case .sum(let terms):
      for (index, term) in terms.enumerated() {
        guard let (changed, rule) = step(term, variable: variable) else { continue }
        var parts = terms
        parts[index] = changed
        return (.sum(parts.flatMap { if case .sum(let inner) = $0 { inner } else { [$0] } }), rule)
      }
      return nil
    case .scale(let c, .inner(let g, let y)):
      return y.isVarying
        ? (.inner(.scale(c, g), y), .innerOfMultiple) : (.inner(.scale(c, y), g), .innerOfMultiple)
    case .scale(let c, .sum(let terms)):
      return (.sum(terms.map { .scale(c, $0) }), .innerOfSum)
    case .scale(let c, .scale(let d, let part)): return (.scale(c * d, part), .scalars)
    case .inner(let g, let y) where g.isVarying: return (.inner(y, g), .symmetry)
    case .inner(let g, let y):
      guard y != .differential(.symbol(variable)) else { return nil }
      return move(g, y)
    // A number times something: ⟨g, …⟩ of 1 × 1 matrices.
    default:
      guard x.isVarying, x != .differential(.symbol(variable)) else { return nil }
      return (.inner(.ones(.scalar), x), .meaningOfAdjoint(variable))
    }
  }

  private static func move(_ g: Expression, _ y: Expression) -> (Expression, Rule)? {
    switch y {
    case .sum(let terms): return (.sum(terms.map { .inner(g, $0) }), .innerOfSum)
    case .scale(let c, let part): return (.inner(.scale(c, g), part), .innerOfMultiple)
    case .product(let a, let b) where b.isVarying:
      return (.inner(.product(a.turned, g), b), .moveLeftFactor)
    case .product(let a, let b): return (.inner(.product(g, b.turned), a), .moveRightFactor)
    case .hadamard(let factors):
      guard let place = factors.firstIndex(where: \.isVarying) else { return nil }
      var others = factors
      let varying = others.remove(at: place)
      let moved: Expression =
        g == .ones(g.shape)
        ? .multiplying(others, shape: g.shape) : .hadamard(g.factors + others.flatMap(\.factors))
      return (.inner(moved, varying), .moveHadamard)
    case .transpose(let part): return (.inner(g.turned, part), .moveTranspose)
    case .appending(_, let part, let axis):
      return (.inner(.droppingLast(g, along: axis), part), .moveAppending)
    case .droppingLast(let part, let axis):
      return (.inner(.appending(.zeros, to: g, along: axis), part), .moveAppending)
    case .diagonal(let part):
      // The diagonal of G as a row or column: the sums of G ⊙ diag(1).
      let kept = Expression.hadamard(g.factors + [.diagonal(.ones(part.shape))])
      return (
        .inner(part.shape.rows == .one ? kept.columnSums : kept.rowSums, part), .moveDiagonal
      )
    case .inner(let a, let b):
      // ⟨g, ⟨A, B⟩⟩ of numbers: g fills a matrix of A's shape.
      let (fixed, varying) = b.isVarying ? (a, b) : (b, a)
      let filled = g.inEveryRow(fixed.shape.rows).inEveryColumn(fixed.shape.columns)
      return (
        .inner(g == .ones(.scalar) ? fixed : .hadamard([filled, fixed]), varying), .moveHadamard
      )
    default: return nil
    }
  }
}

extension Expression {
  /// Its transpose; of ones, ones that stand the other way.
  fileprivate var turned: Expression {
    switch self {
    case .ones(let shape): .ones(shape.transposed)
    case .transpose(let part): part
    default: .transpose(self)
    }
  }

  /// The factors of a ⊙ product; anything else is its own only factor.
  var factors: [Expression] { if case .hadamard(let factors) = self { factors } else { [self] } }

  /// The terms of a sum; anything else is its own only term.
  var terms: [Expression] { if case .sum(let terms) = self { terms } else { [self] } }
}
