/// Algebra on derived formulas: a sequence of rewritings, each by one rule, that ends where no rule
/// makes the formula smaller.
struct Simplifier {
  let program: Program

  /// The rewritings of an expression, in order; empty when nothing can be done.
  func steps(_ start: Expression) -> [Step] {
    let plain = exhaust(start.tidied, basic)
    let base = plain.last?.expression ?? start.tidied
    // Expanding pays when terms cancel afterwards, as in A ⊙ (1 − A) ⊙ ((A − T) ⊘ (A ⊙ (1 − A))).
    var expanded: [Step] = []
    var current = base
    for _ in 0..<8 {
      guard let step = apply((.expand, expand), to: current) else { break }
      expanded.append(step)
      expanded += exhaust(step.expression, basic)
      current = expanded[expanded.count - 1].expression
    }
    let short = plain + exhaust(base, basic + [(.factor, factor)])
    let long = plain + expanded + exhaust(current, basic + [(.factor, factor)])
    func size(_ steps: [Step]) -> Int { steps.last?.expression.size ?? base.size }
    return size(long) < size(short) ? long : short
  }

  /// Its numbers at the front, and nothing else changed.
  func scalarsFirst(_ start: Expression) -> Expression {
    exhaust(start.tidied, [(.scalars, scalars)]).last?.expression ?? start.tidied
  }

  private typealias Rewriting = (rule: Rule, change: (Expression) -> Expression)

  private var basic: [Rewriting] {
    let functions = program.functions.map { function -> Rewriting in
      (
        .derivative(function),
        { x in
          guard case .mapDerivative(function, let z) = x else { return x }
          return function.derivative(at: z) ?? .zeros(z.shape)
        }
      )
    }
    let definitions = program.definitions.compactMap { definition -> Rewriting? in
      switch definition.expression {
      case .map, .softmax:
        return (
          .definition(definition.symbol),
          { $0 == definition.expression ? .symbol(definition.symbol) : $0 }
        )
      default: return nil
      }
    }
    let sums = program.assumptions.map { assumption -> Rewriting in
      (.rowsSumToOne(assumption.symbol), { assumption.applied(to: $0) })
    }
    return [(.transposes, transposes), (.scalars, scalars)] + functions + definitions
      + [(.cancel, cancel), (.ones, ones)] + sums + [(.likeTerms, likeTerms)]
  }

  /// One rewriting everywhere in an expression.
  private func apply(_ rewriting: Rewriting, to x: Expression) -> Step? {
    let changed = x.rewritten(rewriting.change).tidied
    return changed == x ? nil : Step(changed, rewriting.rule)
  }

  /// Rewritings, the first that applies each time, until none does.
  private func exhaust(_ start: Expression, _ rewritings: [Rewriting]) -> [Step] {
    var steps: [Step] = []
    var current = start
    while steps.count < 100, let step = rewritings.lazy.compactMap({ apply($0, to: current) }).first
    {
      steps.append(step)
      current = step.expression
    }
    return steps
  }

  private func transposes(_ x: Expression) -> Expression {
    guard case .transpose(let part) = x else { return x }
    if part.shape.isScalar { return part }
    switch part {
    case .transpose(let inner): return inner
    case .product(let a, let b): return .product(.transpose(b), .transpose(a))
    case .ones(let shape): return .ones(shape.transposed)
    case .zeros(let shape): return .zeros(shape.transposed)
    case .hadamard(let factors): return .hadamard(factors.map { .transpose($0) })
    case .sum(let terms): return .sum(terms.map { .transpose($0) })
    case .diagonal: return part
    default: return x
    }
  }

  private func scalars(_ x: Expression) -> Expression {
    switch x {
    case .hadamard(let factors):
      var coefficient = Coefficient.one
      let rest = factors.map { factor -> Expression in
        guard case .scale(let c, let part) = factor else { return factor }
        coefficient = coefficient * c
        return part
      }
      return coefficient == .one ? x : .scale(coefficient, .hadamard(rest))
    case .product(.scale(let c, let a), let b), .product(let a, .scale(let c, let b)):
      return .scale(c, .product(a, b))
    case .transpose(.scale(let c, let part)): return .scale(c, .transpose(part))
    case .reciprocal(.scale(let c, let part)) where c.powers.isEmpty:
      return .scale(Coefficient(1 / c.number), .reciprocal(part))
    case .droppingLast(.scale(let c, let part), let axis):
      return .scale(c, .droppingLast(part, along: axis))
    default: return x
    }
  }

  private func cancel(_ x: Expression) -> Expression {
    guard case .hadamard(var factors) = x else { return x }
    for factor in factors {
      guard case .reciprocal(let inner) = factor, let place = factors.firstIndex(of: inner),
        let other = factors.firstIndex(of: factor)
      else { continue }
      factors.remove(at: max(place, other))
      factors.remove(at: min(place, other))
      return .multiplying(factors, shape: x.shape)
    }
    return x
  }

  private func ones(_ x: Expression) -> Expression {
    switch x {
    case .hadamard(let factors):
      let rest = factors.filter { $0 != .ones(x.shape) }
      return rest.count == factors.count ? x : .multiplying(rest, shape: x.shape)
    case .product(.ones(let a), .ones):
      return a.columns == .one
        ? .ones(x.shape)
        : .scale(Coefficient(1, [(.dimension(a.columns), 1)]), .ones(x.shape))
    case .product(.ones(.scalar), let part), .product(let part, .ones(.scalar)): return part
    case .reciprocal(.ones(let shape)): return .ones(shape)
    default: return x
    }
  }

  private func likeTerms(_ x: Expression) -> Expression {
    guard case .sum(let terms) = x else { return x }
    var kept: [(coefficient: Coefficient, factors: [Expression])] = []
    for term in terms {
      let (coefficient, factors) = term.parted
      if let place = kept.firstIndex(where: {
        $0.coefficient.isLike(coefficient) && $0.factors.isPermutation(of: factors)
      }) {
        kept[place].coefficient = Coefficient(
          kept[place].coefficient.number + coefficient.number,
          coefficient.powers.map { ($0.base, $0.exponent) })
      } else {
        kept.append((coefficient, factors))
      }
    }
    guard kept.count < terms.count || kept.contains(where: { $0.coefficient.number == 0 }) else {
      return x
    }
    return .adding(
      kept.filter { $0.coefficient.number != 0 }.map {
        .scale($0.coefficient, .multiplying($0.factors, shape: x.shape))
      }, shape: x.shape)
  }

  /// Products with sums multiplied out.
  private func expand(_ x: Expression) -> Expression {
    switch x {
    case .scale(let c, .sum(let terms)): return .sum(terms.map { .scale(c, $0) })
    case .hadamard(let factors):
      // While something is divided by, only what holds the quotients: the rest may cancel with them.
      func divides(_ part: Expression) -> Bool {
        part.contains { if case .reciprocal = $0 { true } else { false } }
      }
      let hasQuotient = factors.contains(where: divides)
      guard
        let place = factors.firstIndex(where: { factor in
          guard case .sum = factor else { return false }
          return !hasQuotient || divides(factor)
        })
      else { return x }
      return .sum(
        factors[place].terms.map { term in
          var parts = factors
          parts[place] = term
          return .hadamard(parts)
        })
    default: return x
    }
  }

  /// c A − c T = c (A − T); A ⊙ P − A ⊙ Q = A ⊙ (P − Q).
  private func factor(_ x: Expression) -> Expression {
    guard case .sum(let terms) = x else { return x }
    let parts = terms.map(\.parted)
    let first = parts[0]
    let sameSize = parts.allSatisfy { abs($0.coefficient.number) == abs(first.coefficient.number) }
    let samePowers = parts.allSatisfy { $0.coefficient.isLike(first.coefficient) }
    let isNegative = parts.allSatisfy { $0.coefficient.number < 0 }
    let number = (sameSize ? abs(first.coefficient.number) : 1) * (isNegative ? -1 : 1)
    let common = Coefficient(
      number, samePowers ? first.coefficient.powers.map { ($0.base, $0.exponent) } : [])
    let inverse = Coefficient(1 / number, common.powers.map { ($0.base, -$0.exponent) })
    var shared = first.factors.filter { $0 != .ones(x.shape) }
    for part in parts.dropFirst() { shared = shared.common(with: part.factors) }
    guard common != .one || !shared.isEmpty else { return x }
    let rest = Expression.sum(
      parts.map { part in
        .scale(
          inverse * part.coefficient,
          .multiplying(part.factors.removing(shared), shape: x.shape))
      })
    return .scale(common, .multiplying(shared + [rest], shape: x.shape))
  }
}

extension Expression {
  /// The coefficient in front, and the factors behind it.
  fileprivate var parted: (coefficient: Coefficient, factors: [Expression]) {
    if case .scale(let c, let part) = self { return (c, part.factors) }
    return (.one, factors)
  }

  /// Written without empty structure: sums in sums, products in ⊙ products, factors of 1; a sum
  /// begins with a term that is not negative.
  var tidied: Expression {
    rewritten { x in
      switch x {
      case .sum(let terms):
        var flat = terms.flatMap(\.terms).filter { if case .zeros = $0 { false } else { true } }
        if flat.count > 1, flat[0].parted.coefficient.number < 0,
          let place = flat.firstIndex(where: { $0.parted.coefficient.number > 0 })
        {
          flat.insert(flat.remove(at: place), at: 0)
        }
        return .adding(flat, shape: x.shape)
      case .hadamard(let factors):
        if factors.contains(where: { if case .zeros = $0 { true } else { false } }) {
          return .zeros(x.shape)
        }
        return .multiplying(factors.flatMap(\.factors), shape: x.shape)
      case .scale(.one, let part): return part
      case .scale(_, .zeros(let shape)): return .zeros(shape)
      case .scale(let c, .scale(let d, let part)): return c * d == .one ? part : .scale(c * d, part)
      case .product(.zeros, _), .product(_, .zeros): return .zeros(x.shape)
      default: return x
      }
    }
  }
}

extension [Expression] {
  fileprivate func isPermutation(of other: [Expression]) -> Bool {
    count == other.count && removing(other).isEmpty
  }

  /// Without those of another list, each taken away once.
  fileprivate func removing(_ other: [Expression]) -> [Expression] {
    var rest = self
    for factor in other {
      if let place = rest.firstIndex(of: factor) { rest.remove(at: place) }
    }
    return rest
  }

  /// Those in both, each as often as in both.
  fileprivate func common(with other: [Expression]) -> [Expression] {
    var left = other
    return filter { factor in
      guard let place = left.firstIndex(of: factor) else { return false }
      left.remove(at: place)
      return true
    }
  }
}

extension Program {
  /// The functions that its definitions apply, each once, in order of appearance.
  fileprivate var functions: [Function] {
    var found: [Function] = []
    func visit(_ x: Expression) {
      if case .map(let function, _) = x, !found.contains(function) { found.append(function) }
      x.children.forEach(visit)
    }
    for definition in definitions { visit(definition.expression) }
    return found
  }
}
