extension IndexExpression {
  /// A text that is the same for expressions that are equal by the rules of sums and products: any
  /// order, any names of what a Σ runs over, brackets multiplied out.
  public var normalForm: String {
    var totals: [String: Double] = [:]
    for term in monomials {
      let (number, text) = term.text
      totals[text, default: 0] += number
    }
    let kept = totals.filter { $0.value != 0 }.sorted { $0.key < $1.key }
    return kept.isEmpty ? "0" : kept.map { "\($0.value)·\($0.key)" }.joined(separator: " + ")
  }

  /// Multiplied out: sums of products under Σ.
  private var monomials: [Monomial] {
    switch self {
    case .terms(let terms): return terms.flatMap(\.monomials)
    case .product(let factors):
      return factors.reduce([Monomial()]) { left, factor in
        let right = factor.monomials
        return left.flatMap { a in right.map { a.times($0) } }
      }
    case .sum(let index, let range, let body):
      return body.monomials.map { $0.summed(index, range) }
    case .coefficient(let c): return [Monomial(coefficient: c)]
    case .number(let number): return [Monomial(coefficient: Coefficient(number))]
    case .function(.square, let x): return IndexExpression.product([x, x]).monomials
    default: return [Monomial(factors: [self])]
    }
  }

  /// A factor that is not multiplied out any further.
  fileprivate var atomText: String {
    switch self {
    case .function(let function, let x): "\(function)(\(x.normalForm))"
    case .functionDerivative(let function, let x): "\(function)′(\(x.normalForm))"
    case .reciprocal(let x): "1/(\(x.normalForm))"
    case .within(let index, let range, let x, let otherwise):
      "[\(x.normalForm) | \(index) ≤ \(range), \(otherwise)]"
    case .entry(let entry): entry.normalText
    case .delta(let a, let b): "δ" + ["\(a)", "\(b)"].sorted().joined()
    case .derivative(let a, let b): "∂\(a.normalText)/∂\(b.normalText)"
    case .number, .coefficient, .sum, .product, .terms: normalForm
    }
  }
}

extension Entry {
  fileprivate var normalText: String {
    (isAdjoint ? "¯" : "") + symbol.text + "[" + indices.map { "\($0)" }.joined(separator: ",")
      + "]"
  }
}

/// A coefficient and factors under Σ.
private struct Monomial {
  var coefficient = Coefficient.one
  var bound: [(name: String, range: Dimension)] = []
  var factors: [IndexExpression] = []

  func times(_ other: Monomial) -> Monomial {
    var (left, right) = (self, other)
    // Two Σ over one letter are two indices.
    let taken = Set(left.bound.map(\.name)).union(left.freeIndices)
    for (place, item) in right.bound.enumerated() where taken.contains(item.name) {
      right.rename(place, to: item.name + "′\(left.bound.count)")
    }
    let clash = Set(right.bound.map(\.name)).union(right.freeIndices)
    for (place, item) in left.bound.enumerated() where clash.contains(item.name) {
      left.rename(place, to: item.name + "″\(right.bound.count)")
    }
    return Monomial(
      coefficient: left.coefficient * right.coefficient, bound: left.bound + right.bound,
      factors: left.factors + right.factors)
  }

  func summed(_ index: String, _ range: Dimension) -> Monomial {
    guard factors.contains(where: { $0.freeIndices.contains(index) }) else {
      return Monomial(
        coefficient: coefficient * Coefficient(1, [(.dimension(range), 1)]), bound: bound,
        factors: factors)
    }
    return Monomial(
      coefficient: coefficient, bound: bound + [(index, range)], factors: factors)
  }

  private var freeIndices: Set<String> {
    factors.reduce(into: []) { $0.formUnion($1.freeIndices) }
  }

  private mutating func rename(_ place: Int, to name: String) {
    let old = bound[place].name
    factors = factors.map { $0.replacing(old, by: .variable(name)) }
    bound[place].name = name
  }

  /// The number in front, and the rest in the order and with the names that sort first.
  var text: (Double, String) {
    let powers = coefficient.powers.map { "\($0.base)^\($0.exponent)" }.sorted()
    let orders = bound.count > 4 ? [Array(bound.indices)] : Self.orders(bound.count)
    let texts = orders.map { order -> String in
      var renamed = self
      var ranges: [String] = []
      for (number, place) in order.enumerated() {
        ranges.append("Σ\(number)<\(bound[place].range)")
        renamed.rename(place, to: "#\(number)")
      }
      return (ranges + renamed.factors.map(\.atomText).sorted()).joined(separator: " ")
    }
    return (coefficient.number, (powers + [texts.min() ?? ""]).joined(separator: " "))
  }

  /// All orders of so many things.
  private static func orders(_ count: Int) -> [[Int]] {
    guard count > 0 else { return [[]] }
    return orders(count - 1).flatMap { order in
      (0...order.count).map { place in
        var longer = order
        longer.insert(count - 1, at: place)
        return longer
      }
    }
  }
}
