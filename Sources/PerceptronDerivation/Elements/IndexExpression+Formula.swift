extension Indexing {
  /// An index expression as it is set: w⁽¹⁾₂₁, Σ_k x_ik w_kj, δ_ik.
  ///
  /// - Parameters:
  ///   - x: what is set.
  ///   - withRanges: whether every Σ says how far it runs.
  public func formula(_ x: IndexExpression, withRanges: Bool = false) -> Formula {
    func written(_ x: IndexExpression) -> Formula { formula(x, withRanges: withRanges) }
    func bracketed(_ x: IndexExpression) -> Formula { .group(.round, written(x)) }
    switch x {
    case .entry(let entry): return formula(entry)
    case .number(let number):
      return number < 0
        ? .row([.sign("−"), .number(Decimals.text(-number))]) : .number(Decimals.text(number))
    case .coefficient(let c):
      if c.number == 0 { return .number("0") }
      let size = c.formula() ?? .number("1")
      return c.number < 0 ? .row([.sign("−"), size]) : size
    case .delta(let a, let b): return .indexed(.name("δ"), indices([a, b]))
    case .sum: return sum(x, withRanges)
    case .terms(let terms): return .row(signed(terms, withRanges))
    case .product: return product(x, withRanges)
    case .function(.square, let base):
      // (a⁽¹⁾)², since the layer's number stands above too.
      var isPlain = false
      switch base {
      case .entry(let entry): isPlain = entry.symbol.index == nil
      case .number(let number): isPlain = number >= 0
      default: break
      }
      return .power(isPlain ? written(base) : bracketed(base), .number("2"))
    case .function(.absolute, let x): return .group(.bars, written(x))
    case .function(let function, let x): return .row([function.formula, bracketed(x)])
    case .functionDerivative(let function, let x):
      return .row([function.derivativeFormula, bracketed(x)])
    case .reciprocal(let x): return .fraction(.number("1"), written(x))
    case .within(let index, let range, let body, let otherwise):
      return extended(index, range, body, otherwise)
    case .derivative(let a, let b):
      return .fraction(.row([.sign("∂"), formula(a)]), .row([.sign("∂"), formula(b)]))
    }
  }

  /// w⁽¹⁾₂₁, with a bar for an adjoint.
  public func formula(_ entry: Entry) -> Formula {
    let letter = Formula.name(name(of: entry.symbol))
    var result = entry.isAdjoint ? Formula.overline(letter) : letter
    if let layer = entry.symbol.index {
      result = .power(result, .group(.round, .number(String(layer))))
    }
    return entry.indices.isEmpty ? result : .indexed(result, indices(entry.indices))
  }

  /// Indices side by side, with a comma where one has two digits.
  func indices(_ list: [EntryIndex]) -> Formula {
    let isLong = list.contains { if case .number(let place) = $0 { place > 9 } else { false } }
    let parts = list.map { index -> Formula in
      switch index {
      case .number(let place): .number(String(place))
      case .variable(let name): .name(name)
      }
    }
    let digits = parts.compactMap { if case .number(let digits) = $0 { digits } else { nil } }
    if !isLong, digits.count == parts.count { return .number(digits.joined()) }
    if parts.count == 1 { return parts[0] }
    return .row(isLong ? [parts[0], .sign(","), parts[1]] : parts)
  }

  /// Terms with + and − between them.
  private func signed(_ terms: [IndexExpression], _ withRanges: Bool) -> [Formula] {
    var parts: [Formula] = []
    for (place, term) in terms.enumerated() {
      let (isNegative, size) = term.magnitude
      if isNegative { parts.append(.sign("−")) } else if place > 0 { parts.append(.sign("+")) }
      let written = formula(size, withRanges: withRanges)
      // 0.2 − (−0.1), a − (b + c)
      let isOpen = size.magnitude.isNegative || isNegative && size.addends.count > 1
      parts.append(isOpen ? .group(.round, written) : written)
    }
    return parts
  }

  /// Neighbouring Σ as one: Σ_ij.
  private func sum(_ x: IndexExpression, _ withRanges: Bool) -> Formula {
    var names: [EntryIndex] = []
    var body = x
    var end: Formula?
    while case .sum(let name, let range, let inner) = body, names.isEmpty || !withRanges {
      names.append(.variable(name))
      body = inner
      end = range.formula
    }
    let isOpen = body.addends.count > 1 || body.magnitude.isNegative
    let inner = formula(body, withRanges: withRanges)
    let letters = Formula.row(names.map { indices([$0]) })
    let from: Formula =
      withRanges
      ? .row([letters, .equals, .number("1")]) : names.count > 1 ? letters : indices(names)
    return .sum(from: from, to: withRanges ? end : nil, isOpen ? .group(.round, inner) : inner)
  }

  private func product(_ x: IndexExpression, _ withRanges: Bool) -> Formula {
    let (isNegative, size) = x.magnitude
    if isNegative {
      let written = formula(size, withRanges: withRanges)
      return .row([.sign("−"), size.addends.count > 1 ? .group(.round, written) : written])
    }
    var above: [IndexExpression] = []
    var below: [IndexExpression] = []
    var behind: [IndexExpression] = []
    var front: Formula?
    for factor in size.factors {
      switch factor {
      case .coefficient: front = formula(factor)
      case .reciprocal(let x): below.append(x)
      case .delta, .derivative, .sum: behind.append(factor)
      default: above.append(factor)
      }
    }
    // Numbers need a sign between them.
    let isNumeric = size.factors.contains { if case .number = $0 { true } else { false } }
    func joined(_ parts: [Formula]) -> Formula {
      if parts.count == 1 { return parts[0] }
      guard isNumeric else { return .row(parts) }
      return .row(parts.enumerated().flatMap { $0 == 0 ? [$1] : [.sign("·"), $1] })
    }
    func side(_ list: [IndexExpression]) -> [Formula] {
      list.enumerated().map { place, factor in
        var isOpen = factor.addends.count > 1 || factor.magnitude.isNegative
        if case .sum = factor, place < list.count - 1 { isOpen = true }
        let inner = formula(factor, withRanges: withRanges)
        return isOpen ? .group(.round, inner) : inner
      }
    }
    guard !below.isEmpty else { return joined((front.map { [$0] } ?? []) + side(above + behind)) }
    // 1/m in front goes into the fraction.
    var (top, bottom) = (side(above), side(IndexExpression.multiplying(below).factors))
    if case .fraction(let a, let b) = front {
      if a != .number("1") { top.insert(a, at: 0) }
      bottom.insert(b, at: 0)
    } else if let front {
      top.insert(front, at: 0)
    }
    let fraction = Formula.fraction(top.isEmpty ? .number("1") : joined(top), joined(bottom))
    return joined([fraction] + side(behind))
  }

  /// An entry of `[x 1]`, or a choice.
  private func extended(
    _ index: EntryIndex, _ range: Dimension, _ body: IndexExpression, _ otherwise: Double
  ) -> Formula {
    if otherwise == 1, case .entry(let entry) = body, entry.indices.contains(index) {
      let letter = formula(Entry(entry.symbol, isAdjoint: entry.isAdjoint, row: nil, column: nil))
      let one = Formula.number("1")
      return .indexed(
        .matrix(entry.column == index ? [[letter, one]] : [[letter], [one]]),
        indices(entry.indices))
    }
    let condition = Formula.row([indices([index]), .sign("≤"), range.formula])
    return .cases([
      .init(formula(body), if: UnicodeMath.line(condition)),
      .init(.number(Decimals.text(otherwise)), if: "otherwise"),
    ])
  }
}

extension IndexExpression {
  /// Whether it begins with a minus, and what stands behind it.
  var magnitude: (isNegative: Bool, size: IndexExpression) {
    switch self {
    case .coefficient(let c) where c.number < 0: return (true, .coefficient(-c))
    case .product(let factors):
      switch factors[0] {
      case .coefficient(let c) where c.number < 0:
        return (true, .multiplying([.coefficient(-c)] + factors.dropFirst()))
      case .number(let number) where number < 0:
        return (true, .product([.number(-number)] + factors.dropFirst()))
      default: return (false, self)
      }
    case .number(let number) where number < 0: return (true, .number(-number))
    default: return (false, self)
    }
  }
}
