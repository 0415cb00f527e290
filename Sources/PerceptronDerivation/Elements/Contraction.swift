/// Σ_p δ_pk f(p) = f(k): what a Kronecker delta does to the Σ it stands under.
struct Contraction {
  /// How far the indices that no Σ binds run.
  var ranges: [String: Dimension]

  /// With every Σ taken away that a δ under it decides.
  func collapsed(_ x: IndexExpression) -> IndexExpression {
    var ignored: [IndexRule.Choice] = []
    return collapsed(x, &ignored)
  }

  /// - Parameter choices: where the index of each such Σ went, once each.
  func collapsed(_ x: IndexExpression, _ choices: inout [IndexRule.Choice]) -> IndexExpression {
    guard case .sum(let index, let range, let body) = x else {
      var parts: [IndexExpression] = []
      for part in x.children { parts.append(collapsed(part, &choices)) }
      return parts.isEmpty ? x : x.with(children: parts)
    }
    var inner = self
    inner.ranges[index] = range
    return inner.decided(index, range, inner.collapsed(body, &choices), &choices)
  }

  private func decided(
    _ index: String, _ range: Dimension, _ body: IndexExpression,
    _ choices: inout [IndexRule.Choice]
  ) -> IndexExpression {
    guard body.contains(where: { $0.other(than: index) != nil }) else {
      return .summing(index, over: range, body)
    }
    // A Σ of a sum, and of a product with one: each term for itself, when a δ is in one of them.
    if case .terms(let terms) = body {
      return .adding(terms.map { decided(index, range, $0, &choices) })
    }
    let all = body.factors
    var factors = all
    if let place = factors.firstIndex(where: { $0.other(than: index) != nil }),
      let other = factors[place].other(than: index)
    {
      factors.remove(at: place)
      let rest = IndexExpression.multiplying(factors)
      let choice = IndexRule.Choice(index: .variable(index), value: other)
      if !choices.contains(choice) { choices.append(choice) }
      let chosen = rest.replacing(index, by: other)
      // An index that runs one further than the Σ finds nothing there.
      if case .variable(let name) = other, let wider = ranges[name],
        wider == range.plusOne || wider.minusOne == range
      {
        return .within(other, range, chosen, otherwise: 0)
      }
      return chosen
    }
    if let place = factors.firstIndex(where: { factor in
      factor.addends.count > 1 && factor.contains { $0.other(than: index) != nil }
    }) {
      let terms = factors.remove(at: place).addends
      let parts = terms.map { IndexExpression.multiplying(factors + [$0]) }
      return .adding(parts.map { decided(index, range, $0, &choices) })
    }
    // Behind the end of an index there is 0, with or without the Σ.
    if let place = factors.firstIndex(where: { factor in
      guard case .within(_, _, let body, 0) = factor else { return false }
      return body.contains { $0.other(than: index) != nil }
    }), case .within(let other, let end, let inner, _) = factors.remove(at: place),
      other != .variable(index)
    {
      let moved = decided(index, range, .multiplying(factors + [inner]), &choices)
      return .within(other, end, moved, otherwise: 0)
    }
    // A Σ within a product, whose δ is about the outer index: both sums stand in front.
    if let place = factors.firstIndex(where: { factor in
      guard case .sum(_, _, let body) = factor else { return false }
      return body.contains { $0.other(than: index) != nil }
    }), case .sum(let bound, let inside, let inner) = factors.remove(at: place) {
      let taken = IndexExpression.multiplying(factors).freeIndices
      let name = taken.contains(bound) ? bound + "′" : bound
      let renamed = name == bound ? inner : inner.replacing(bound, by: .variable(name))
      var next = self
      next.ranges[name] = inside
      let moved = next.decided(index, range, .multiplying(factors + [renamed]), &choices)
      return .summing(name, over: inside, moved)
    }
    return .summing(index, over: range, .multiplying(all))
  }
}

extension IndexExpression {
  /// k, when this is δ_ik for the index i.
  fileprivate func other(than index: String) -> EntryIndex? {
    switch self {
    case .delta(.variable(index), let other), .delta(let other, .variable(index)): other
    default: nil
    }
  }
}

extension IndexExpression {
  /// What all terms of a sum share taken out, equal terms added, and out of a Σ what does not
  /// depend on its index.
  var gathered: IndexExpression {
    rewritten { x in
      switch x {
      case .terms(let terms): Self.gathering(terms)
      case .sum(let index, let range, let body):
        body.freedOf(index, range)
      default: x
      }
    }
  }

  private func freedOf(_ index: String, _ range: Dimension) -> IndexExpression {
    let outside = factors.filter { !$0.freeIndices.contains(index) }
    let inside = factors.filter { $0.freeIndices.contains(index) }
    return .multiplying(outside + [.summing(index, over: range, .multiplying(inside))])
  }

  private static func gathering(_ terms: [IndexExpression]) -> IndexExpression {
    var kept: [(coefficient: Coefficient, factors: [IndexExpression])] = []
    for term in terms {
      let (c, factors) = term.parted
      if let place = kept.firstIndex(where: { $0.factors == factors && $0.coefficient.isLike(c) }) {
        kept[place].coefficient = Coefficient(
          kept[place].coefficient.number + c.number, c.powers.map { ($0.base, $0.exponent) })
      } else {
        kept.append((c, factors))
      }
    }
    kept.removeAll { $0.coefficient.number == 0 }
    guard let first = kept.first, kept.count > 1 else {
      return kept.first.map { .multiplying([.coefficient($0.coefficient)] + $0.factors) } ?? .zero
    }
    // 1/m where every term has it; a number only where it is the same in all.
    let isShared = kept.allSatisfy { $0.coefficient.isLike(first.coefficient) }
    let isEqual = kept.allSatisfy { abs($0.coefficient.number) == abs(first.coefficient.number) }
    let size = isEqual ? abs(first.coefficient.number) : 1
    let powers = isShared ? first.coefficient.powers.map { ($0.base, $0.exponent) } : []
    let common = Coefficient(size, powers)
    let inverse = Coefficient(1 / size, powers.map { ($0.0, -$0.1) })
    var shared = first.factors
    for part in kept.dropFirst() { shared = shared.filter { part.factors.contains($0) } }
    let rest = kept.map { part -> IndexExpression in
      var factors = part.factors
      for factor in shared {
        if let place = factors.firstIndex(of: factor) { factors.remove(at: place) }
      }
      return .multiplying([.coefficient(inverse * part.coefficient)] + factors)
    }
    return .multiplying([.coefficient(common)] + shared + [.adding(rest)])
  }

  /// The coefficient in front, and the factors behind it.
  var parted: (coefficient: Coefficient, factors: [IndexExpression]) {
    guard case .coefficient(let c)? = factors.first else { return (.one, factors) }
    return (c, Array(factors.dropFirst()))
  }
}
