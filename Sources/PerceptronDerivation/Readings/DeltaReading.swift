import Perceptron

/// The recursion of δ_l = ∂L/∂Z_l, as lecture slides have it (text `004`): the diagonal Jacobian of
/// an activation turned into a ⊙ product. Layers without a Z hand the adjoint of their output on by a
/// rule of their own, see `DeltaReading+Layers.swift`.
struct DeltaReading {
  let network: NetworkProgram
  let derivation: Derivation
  let numbers: NetworkNumbers?
  private let names: Expression.Names
  let reasons: Reasons
  private let example: OneExample

  init(_ network: NetworkProgram, _ derivation: Derivation, numbers: NetworkNumbers? = nil) {
    self.network = network
    self.derivation = derivation
    self.numbers = numbers
    reasons = Reasons(derivation: derivation)
    var names = Expression.Names()
    for (index, layer) in network.layers.enumerated() where layer.layer.isDense {
      names.adjoints[layer.preActivation] = .variable("δ", index + 1)
    }
    let example = OneExample(examples: network.examples)
    for (symbol, name) in names.adjoints { names.adjoints[example.symbol(symbol)] = name }
    self.example = example
    self.names = names
  }

  /// How a formula is written with δ.
  func formula(_ expression: Expression) -> Formula { expression.formula(names) }

  /// The name of an adjoint in this reading.
  func name(of symbol: Symbol) -> Formula { names.adjoint(of: symbol) }

  /// The formula of an adjoint in this reading: δ_l in terms of δ_{l+1}, with Ā_l put in.
  func expression(_ adjoint: AdjointDerivation) -> Expression? {
    guard let formula = adjoint.formula else { return nil }
    if let rule = handedOn(to: adjoint.symbol) { return rule }
    guard let place = layer(of: adjoint.symbol), !isShown(place) else { return formula }
    let output = network.layers[place].activation
    guard let inner = derivation.adjoint(of: output)?.formula else { return formula }
    return formula.replacing(.adjoint(output), by: inner).tidied
  }

  /// The dense layer whose Z this is.
  private func layer(of symbol: Symbol) -> Int? {
    network.layers.firstIndex { $0.layer.isDense && $0.preActivation == symbol }
  }

  /// Whether Ā_l stands in the section of the layer behind it, and is not put in.
  func isShown(_ place: Int) -> Bool {
    place + 1 < network.layers.count && !network.layers[place + 1].layer.isDense
  }

  /// The formulas that are shown.
  var formulas: [Expression] {
    let symbols = network.layers.indices.flatMap(adjoints(inSectionOf:)) + [network.inputs]
    return symbols.compactMap { derivation.adjoint(of: $0).flatMap(expression) }
  }

  var blocks: [Document.Block] {
    var blocks: [Document.Block] = [
      .paragraph([
        .formula(.indexed(.name("δ"), .name("l"))), .text(" = "),
        .formula(
          .row([
            .fraction(
              .row([.sign("∂"), .name("L")]), .row([.sign("∂"), .indexed(.name("Z"), .name("l"))]))
          ])),
        .text(
          " is the error of layer l, the loss included. Slides that write δ for the derivative of the "
            + "network's output get this one by multiplying by the derivative of the loss; with several "
            + "outputs theirs is a Jacobian."),
      ])
    ]
    for (index, layer) in network.layers.enumerated().reversed() {
      let title = layer.layer.isDense ? "" : ": \(LayerStack.text([layer.layer]))"
      blocks.append(.heading("Layer \(index + 1)\(title)", level: 2))
      for symbol in adjoints(inSectionOf: index) {
        guard let adjoint = derivation.adjoint(of: symbol) else { continue }
        blocks.append(.equations(lines(adjoint, layer: index)))
      }
    }
    if let adjoint = derivation.adjoint(of: network.inputs) {
      blocks.append(.heading("The inputs", level: 2))
      blocks.append(.equations(lines(adjoint, layer: nil)))
      blocks.append(
        .paragraph([
          .text("X is data: its gradient is there, but nothing is updated with it.")
        ]))
    }
    return blocks
  }

  private func lines(_ adjoint: AdjointDerivation, layer: Int?) -> [Document.Equation] {
    guard let final = expression(adjoint) else { return [] }
    let name = name(of: adjoint.symbol)
    let shape = adjoint.symbol.shape.formula
    var lines: [Document.Equation] = []
    if let layer, let diagonal = diagonal(adjoint) {
      lines.append(
        Document.Equation(
          name, formula(diagonal), shape: diagonal.shape.formula,
          reason: [
            .text(
              "for one example: each output depends on its own input alone, so the Jacobian of "),
            .formula(network.layers[layer].function.formula), .text(" is diagonal: "),
            .formula(Self.shapes(diagonal)),
          ]))
      // Whole batches have another shape.
      let isWhole = diagonal.shape == adjoint.symbol.shape
      lines.append(
        Document.Equation(
          isWhole ? nil : name, formula(final), shape: isWhole ? nil : shape,
          reason: Rule.diagonalProduct.statement
            + (isWhole ? [] : [.text(", and so for all examples at once")])))
    } else {
      lines.append(
        Document.Equation(name, formula(final), shape: shape, reason: why(adjoint)))
    }
    // The adjoint that the loss begins with has been put in.
    if let layer, layer == network.layers.count - 1,
      adjoint.symbol == network.layers[layer].preActivation,
      let output = derivation.adjoint(of: network.layers[layer].activation)
    {
      let why = reasons.why(output)
      lines[lines.count - 1].reason += (why.isEmpty ? [] : [.text("; ")]) + why
    }
    if let numbers {
      lines += Values(numbers: numbers).lines(
        final, result: numbers.evaluation.adjoints[adjoint.symbol],
        check: numbers.checks[adjoint.symbol])
    }
    return lines
  }

  /// (n₁ × n₁) (n₁ × n₂) (n₂ × 1) → n₁ × 1, for a product.
  private static func shapes(_ x: Expression) -> Formula {
    func factors(_ x: Expression) -> [Expression] {
      if case .product(let a, let b) = x { factors(a) + factors(b) } else { [x] }
    }
    return .row(
      factors(x).map { .group(.round, $0.shape.product) } + [.sign("→"), x.shape.product])
  }

  /// δ_l = (what arrives) diag(g′(z_l)) for one example, in the orientation of the layout; nil where
  /// g does not act entry by entry, or nothing multiplies.
  func diagonal(_ adjoint: AdjointDerivation) -> Expression? {
    guard let index = layer(of: adjoint.symbol), !adjoint.isMerged,
      network.layers[index].function.isElementwise,
      let inner = derivation.adjoint(of: network.layers[index].activation)?.formula,
      case .hadamard(var factors) = adjoint.formula,
      let place = factors.firstIndex(of: .adjoint(network.layers[index].activation))
    else { return nil }
    let entering = isShown(index) ? factors[place] : inner
    factors.remove(at: place)
    let scaling = Expression.diagonal(
      Expression.multiplying(factors, shape: adjoint.symbol.shape))
    return example.expression(
      network.layout.examplesAreRows ? entering * scaling : scaling * entering)
  }
}

extension Activation {
  /// The name in formulas.
  var formula: Formula {
    switch self {
    case .identity, .softmax: .word(name)
    case .heaviside: .word("heaviside")
    default: Function(self)?.formula ?? .word(name)
    }
  }
}
