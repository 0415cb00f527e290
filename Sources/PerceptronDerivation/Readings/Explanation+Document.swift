import Perceptron

extension Explanation {
  /// The explanation as a document.
  public var document: Document {
    var document = Document(title: "Backpropagation of \(network.architecture.summary)")
    document.blocks = opening
    document.blocks.append(.heading("Forward", level: 1))
    document.blocks += forward
    document.blocks.append(.heading("Backward", level: 1))
    document.blocks += backward
    document.blocks.append(.heading("What has to be stored", level: 1))
    document.blocks += stored
    if network.mode == .training {
      document.blocks.append(.heading("Update: \(optimizer.name)", level: 1))
      document.blocks += update
    }
    document.blocks.append(.heading("Checks", level: 1))
    document.blocks += checks
    return document
  }

  private var reading: MatrixReading { MatrixReading(derivation, numbers: numbers) }

  private var forward: [Document.Block] {
    switch form {
    case .elementwise: elements().opening + elements().forwardBlocks
    default: reading.forward
    }
  }

  private var backward: [Document.Block] {
    switch form {
    case .vectorized: reading.vectorized
    case .differentials: reading.differentials
    case .delta: DeltaReading(network, derivation, numbers: numbers).blocks
    case .elementwise: elements().backwardBlocks(checks: numbers?.checks ?? [:])
    }
  }

  private var opening: [Document.Block] {
    var rows: [[[Document.Inline]]] = [[[.text("")], [.text("shape")], [.text("what it is")]]]
    for symbol in network.program.inputs {
      rows.append([
        [.formula(symbol.formula)], [.formula(symbol.shape.formula)], [.text(meaning(of: symbol))],
      ])
    }
    return [
      .paragraph(dimensions),
      .table(rows),
      .graph(graph),
    ]
  }

  /// m = 4 examples, n₀ = 2, …
  private var dimensions: [Document.Inline] {
    var text: [Document.Inline] = [.text("Loss: \(network.objective.name). ")]
    if let numbers {
      text += [
        .formula(.name("m")), .text(" = \(numbers.inputs.rows) "),
        .text(numbers.inputs.rows == 1 ? "example" : "examples"),
      ]
    } else {
      text += [.formula(.name("m")), .text(" examples")]
    }
    for (number, size) in network.counts {
      text += [.text(", "), .formula(.variable("n", number)), .text(" = \(size)")]
    }
    for (name, value) in constants {
      text += [.text(", "), .formula(.constant(name)), .text(" = \(Decimals.text(value))")]
    }
    switch network.layout {
    case .rows: text.append(.text(". One example is one row."))
    case .columnsInOut:
      text.append(.text(". One example is one column; weights lie inputs × units."))
    case .columnsOutIn:
      text.append(.text(". One example is one column; weights lie units × inputs."))
    }
    if network.compared.divisor == .constant(ComparedTargets.weight) {
      let weight = Formula.name(ComparedTargets.weight)
      text += [.text(" "), .formula(weight), .text(" is what the examples weigh together.")]
    }
    if let modeText = behaviour { text.append(.text(" " + modeText)) }
    text += [
      .text(" "), .formula(.overline(.name("V"))), .text(" is "),
      .formula(.fraction(.row([.sign("∂"), .name("L")]), .row([.sign("∂"), .name("V")]))),
      .text(", of V's shape. "), .formula(.sign("⊙")), .text(" multiplies entry by entry; "),
      .formula(.number("1")), .text(" is a column (or row, or matrix) of ones."),
    ]
    return text
  }

  /// How layers behave whose behaviour differs in training, if there are any.
  private var behaviour: String? {
    let layers = network.architecture.layers
    let dropsOut = network.layers.contains { if case .dropout = $0.layer { true } else { false } }
    let normalizes = layers.contains { if case .batchNormalization = $0 { true } else { false } }
    guard dropsOut || normalizes else { return nil }
    guard network.mode == .training else {
      return "Layers behave as in use: "
        + [
          dropsOut ? "dropout leaves nothing out" : nil,
          normalizes ? "batch-norm takes the running statistics" : nil,
        ].compactMap(\.self).joined(separator: ", ") + "; nothing is updated."
    }
    guard normalizes else { return nil }
    return network.examples == .one
      ? "In a batch of one nothing varies: batch-norm takes the running statistics."
      : "batch-norm takes mean and variance of the batch; in a batch of one it would take the "
        + "running statistics."
  }

  private func meaning(of symbol: Symbol) -> String {
    if symbol == network.inputs { return "inputs" }
    if symbol == network.targets { return "targets" }
    for (index, layer) in network.layers.enumerated() {
      let place = "of layer \(index + 1)"
      if let tensor = layer.tensors.first(where: { $0.symbol == symbol }) {
        let isAugmented = tensor.role == .weights && symbol.name != "W"
        return "\(tensor.role.name)\(isAugmented ? " and bias" : "") \(place)"
      }
      if symbol == layer.mask, case .dropout(let dropout) = layer.layer {
        return "dropout mask \(place): 0 where a unit is left out, else "
          + Decimals.text(1 / (1 - dropout.rate))
      }
    }
    return network.compared.meaning(of: symbol) ?? "given"
  }

  /// The numbers that formulas have by name, sorted by it.
  var constants: [(name: String, value: Double)] {
    (numbers?.evaluation.constants ?? network.constants).sorted { $0.key < $1.key }
      .map { ($0.key, $0.value) }
  }

  /// The computation graph, with values and gradients where there are some.
  private var graph: Document.Graph {
    let symbols = network.program.symbols
    func rows(_ matrix: Matrix<Double>?) -> [[Double]]? {
      guard let matrix, matrix.values.count <= 100 else { return nil }
      return (0..<matrix.rows).map { Array(matrix.row($0)) }
    }
    return Document.Graph(
      nodes: symbols.map { symbol in
        let definition = network.program.definition(of: symbol)
        let kind: Document.Graph.Node.Kind =
          symbol == network.program.loss
          ? .loss : symbol.kind == .data ? .data : symbol.kind == .parameter ? .parameter : .value
        return Document.Graph.Node(
          name: symbol.formula, kind: kind, formula: definition?.expression.formula,
          shape: symbol.shape.formula,
          parents: definition?.expression.symbols.compactMap { symbols.firstIndex(of: $0) } ?? [],
          value: rows(numbers?.evaluation.values[symbol]),
          gradient: rows(numbers?.evaluation.adjoints[symbol]))
      })
  }

  /// The formulas of the adjoints as this reading has them.
  private var shownFormulas: [Expression] {
    form == .delta
      ? DeltaReading(network, derivation).formulas
      : derivation.adjoints.compactMap(\.formula)
  }

  private var stored: [Document.Block] {
    let read = Set(shownFormulas.flatMap(\.symbols))
    let stored = network.program.symbols.filter { read.contains($0) }
    let computed = stored.filter { $0.kind == .value }
    let given = stored.filter { $0.kind != .value }
    func list(_ symbols: [Symbol]) -> [Document.Inline] {
      symbols.enumerated().flatMap { index, symbol -> [Document.Inline] in
        (index > 0 ? [.text(", ")] : []) + [.formula(symbol.formula)]
      }
    }
    var blocks: [Document.Block] = [
      .paragraph(
        [.text("Of what the forward pass computes, the formulas above read ")]
          + (computed.isEmpty ? [.text("nothing")] : list(computed)) + [.text("; besides, ")]
          + list(given) + [.text(", which are there anyway.")])
    ]
    let formulas = shownFormulas
    for layer in network.layers
    where layer.function == .relu && computed.contains(layer.preActivation)
      && formulas.allSatisfy({ $0.readsSign(of: layer.preActivation) })
    {
      let z = Formula.row([.name("θ"), .group(.round, layer.preActivation.formula)])
      let a = Formula.row([.name("θ"), .group(.round, layer.activation.formula)])
      blocks.append(
        .paragraph([
          .formula(layer.preActivation.formula), .text(" is read for its sign alone, and "),
          .formula(.row([z, .equals, a])), .text(": it need not be kept beside "),
          .formula(layer.activation.formula), .text("."),
        ]))
    }
    return blocks
  }

  private var update: [Document.Block] {
    var opening = "The first step"
    switch optimizer {
    case .adam, .adamw, .adamax, .nadam, .radam: opening += " (t = 1)"
    default: break
    }
    if numbers != nil { opening += " with learning rate \(optimizer.learningRate)" }
    if updates.contains(where: { $0.lines.count > 1 }) {
      opening += "; the state, with its parameter as index, starts at 0"
    }
    opening += "."
    if numbers != nil, network.objective.loss != nil {
      opening += " The result was compared with what the training step makes of it"
      if network.layers.contains(where: { $0.mask != nil }) {
        opening += ", with the masks of that step"
      }
      opening += "."
    }
    var blocks: [Document.Block] = [.paragraph([.text(opening)])]
    for rule in updates {
      var lines: [Document.Equation] = []
      for line in rule.lines {
        lines.append(
          Document.Equation(
            line.symbol.formula, "←", line.expression.formula, shape: line.symbol.shape.formula))
        guard numbers != nil, let before = line.before.formula, let after = line.after.formula
        else {
          continue
        }
        lines.append(Document.Equation(nil, "", before, reason: [.text("before")]))
        lines.append(Document.Equation(nil, "", after, reason: [.text("after")]))
      }
      blocks.append(.equations(lines))
    }
    return blocks
  }

  private var checks: [Document.Block] {
    var rows: [[[Document.Inline]]] = [
      [
        [.text("adjoint")], [.text("shape")], [.text("differences")], [.text("tape")],
        [.text("training step")],
      ]
    ]
    func text(_ error: Double?) -> [Document.Inline] {
      [.text(error.map { "\($0 == 0 ? "0" : "\($0.significant(2))")" } ?? "–")]
    }
    for adjoint in derivation.adjoints {
      guard let check = checked.checks[adjoint.symbol] else { continue }
      rows.append([
        [.formula(.overline(adjoint.symbol.formula))], [.formula(adjoint.symbol.shape.formula)],
        text(check.numeric), text(check.tape), text(check.trainingStep),
      ])
    }
    let where_ =
      numbers == nil
      ? "on a network and \(checked.inputs.rows) examples drawn from a seed" : "on these examples"
    return [
      .paragraph([
        .text(
          "Every line was computed \(where_): \(lines.lines) lines, each equal to the one above "
            + "it to \(lines.largestError.significant(2))"
            + (lines.kinked > 0
              ? " (\(lines.kinked) at a kink left out)" : "")
            + ". The formulas against central "
            + "differences, automatic differentiation and the step that training runs, as relative "
            + "errors (– where there is nothing to compare with: a loss and its activation are one step "
            + "in training):")
      ]),
      .table(rows),
    ]
  }
}

extension Expression {
  /// Whether nothing is read of a symbol but where it is above 0, θ(Z).
  fileprivate func readsSign(of symbol: Symbol) -> Bool {
    !replacing(.map(.step, .symbol(symbol)), by: .ones(symbol.shape)).contains(symbol)
  }
}
