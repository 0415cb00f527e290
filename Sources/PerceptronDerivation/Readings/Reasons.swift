/// Why a formula looks as it does, said at the line where it happens.
struct Reasons {
  let derivation: Derivation

  /// In words, for one adjoint.
  func why(_ adjoint: AdjointDerivation) -> [Document.Inline] {
    var text: [Document.Inline] = []
    func add(_ more: [Document.Inline]) {
      if more.isEmpty { return }
      text += (text.isEmpty ? [] : [.text("; ")]) + more
    }
    for use in adjoint.uses { add(why(adjoint, use)) }
    if adjoint.uses.count > 1 {
      add([
        .formula(adjoint.symbol.formula),
        .text(" is used in \(adjoint.uses.count) places: their adjoints add up"),
      ])
    }
    if adjoint.isMerged {
      add([.text("put in and simplified, the loss and its activation together leave a difference")])
    }
    return text
  }

  private func why(
    _ adjoint: AdjointDerivation, _ use: AdjointDerivation.Use
  ) -> [Document.Inline] {
    let symbol = adjoint.symbol.formula
    let consumer = Formula.overline(use.consumer.formula)
    if use.consumer == derivation.program.loss { return lossReason(use) }
    let rules = use.steps.map(\.rule)
    if rules.contains(.differentialOfSoftmax) {
      return [.text("softmax mixes the entries of one example: ⊙ alone does not do")]
    }
    if let function = rules.compactMap({ rule -> Function? in
      if case .differentialOfFunction(let function) = rule { function } else { nil }
    }).first {
      return [.formula(function.formula), .text(" acts entry by entry, hence ⊙")]
    }
    let ones = use.part.contains {
      if case .ones(let shape) = $0 { !shape.isScalar } else { false }
    }
    if ones, rules.contains(.moveLeftFactor) || rules.contains(.moveRightFactor) {
      return broadcast(adjoint.symbol, use.consumer)
    }
    if let dropped = use.part.dropped {
      return [
        .text("the neighbour of "), .formula(symbol),
        .text(" moves across ⟨ , ⟩ transposed; the \(dropped) of ones is no one's output: "),
        .text("its adjoint, the last \(dropped), is dropped"),
      ]
    }
    if rules.contains(.moveLeftFactor) || rules.contains(.moveRightFactor) {
      let shapes = (use.part.productShapes ?? adjoint.formula?.productShapes).map {
        shapes -> [Document.Inline] in
        [
          .text(": "),
          .formula(
            .row(
              shapes.map { .group(.round, $0.product) } + [
                .sign("→"), adjoint.symbol.shape.product,
              ])),
        ]
      }
      return [
        .text("the neighbour of "), .formula(symbol),
        .text(" moves across ⟨ , ⟩ transposed, the only way the shapes fit"),
      ] + (shapes ?? [])
    }
    if use.part == .adjoint(use.consumer) {
      return [.text("passed on unchanged from "), .formula(consumer)]
    }
    return []
  }

  /// Why an adjoint has ones in it: V = 1 b, or a mean V = (1/m) 1ᵀ X.
  private func broadcast(_ symbol: Symbol, _ consumer: Symbol) -> [Document.Inline] {
    func isOver(_ few: Symbol, _ many: Symbol, _ side: KeyPath<Shape, Dimension>) -> Dimension? {
      few.shape[keyPath: side] == .one && many.shape[keyPath: side] != .one
        ? many.shape[keyPath: side] : nil
    }
    func spread(_ few: Symbol, _ many: Symbol) -> (each: String, all: String)? {
      guard let over = isOver(few, many, \.rows) ?? isOver(few, many, \.columns) else { return nil }
      return over == .named("m") ? ("example", "examples") : ("unit", "units")
    }
    if let over = spread(consumer, symbol) {
      return [
        .formula(consumer.formula),
        .text(
          " is taken over all \(over.all); moved across, the sum becomes a broadcast: every "
            + "\(over.each) receives the same"),
      ]
    }
    let over = spread(symbol, consumer) ?? ("example", "examples")
    return [
      .formula(symbol.formula),
      .text(
        " enters every \(over.each) alike; moved across, the broadcast becomes a sum over the "
          + over.all),
    ]
  }

  private func lossReason(_ use: AdjointDerivation.Use) -> [Document.Inline] {
    var powers: [Coefficient.Power] = []
    func visit(_ x: Expression) {
      if case .scale(let c, _) = x { powers += c.powers.filter { $0.exponent < 0 } }
      x.children.forEach(visit)
    }
    visit(use.part)
    guard !powers.isEmpty else {
      return [.text("the loss is a sum, or the mean of one example: nothing is divided")]
    }
    // Each once, in the order in which they come: a set has another order in every process.
    let each = powers.reduce(into: [Coefficient.Power]()) { if !$0.contains($1) { $0.append($1) } }
    let below = Coefficient(1, each.map { ($0.base, $0.exponent) })
    return [
      .formula(below.formula() ?? .number("1")),
      .text(" comes from the loss, here and nowhere else: no later line divides again"),
    ]
  }
}

extension Expression {
  /// What is left out of it, "column" or "row", if anything is.
  var dropped: String? {
    switch self {
    case .droppingLast(_, .row): "column"
    case .droppingLast(_, .column): "row"
    default: children.lazy.compactMap(\.dropped).first
    }
  }

  /// The shapes of the two factors of a product with nothing around it.
  fileprivate var productShapes: [Shape]? {
    switch self {
    case .product(let a, let b): [a.shape, b.shape]
    case .scale(_, let part): part.productShapes
    default: nil
    }
  }
}
