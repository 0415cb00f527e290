package import Perceptron

extension Explanation {
  /// The explanation for programs.
  ///
  /// | key | what it holds |
  /// |---|---|
  /// | `network`, `loss`, `form`, `layout`, `optimizer`, `dimensions` | what is explained |
  /// | `constants` | ε₂ and the like, where there are some |
  /// | `given` | X, T and the parameters: all that a program needs to compute everything again |
  /// | `forward`, `backward` | every definition; every adjoint, with the steps that lead to it |
  /// | `stored` | what the backward pass reads of the forward pass |
  /// | `update` | the optimizer's first step |
  /// | `checks` | how many lines were compared, and how far the worst is off |
  /// | `reading` | what the other formats say, block by block: see `JSONWriter` |
  ///
  /// `value`, `before` and `after` are there when there are examples to show, `elements` (an equation
  /// for every entry) in the elementwise form; a shape is numbers, or names of dimensions where no
  /// batch is given.
  package var json: JSON {
    let reading = form == .elementwise ? elements(limit: nil) : nil
    return .object(
      [
        .init("network", .init(network.architecture.summary)),
        .init("loss", .init(network.objective.name)),
        .init("form", .init(form.rawValue)),
        .init("layout", .init(network.layout.rawValue)),
        .init("optimizer", .init(optimizer.fullDescription)),
        .init("dimensions", dimensions),
      ] + namedConstants + [
        .init("given", .array(network.program.inputs.map(given))),
        .init("forward", .array(network.program.definitions.map { forward($0, reading) })),
        .init("backward", .array(derivation.adjoints.map { backward($0, reading) })),
        .init("stored", .array(derivation.stored.map { .init($0.text) })),
        .init("update", .array(updates.flatMap(update))),
        .init(
          "checks",
          .object([
            .init("lines", .init(lines.lines)),
            .init("largest_error", .init(lines.largestError)),
          ])),
        .init("reading", JSONWriter.json(document)),
      ])
  }

  private var dimensions: JSON {
    var members: [JSON.Member] = []
    if let numbers { members.append(.init("m", .init(numbers.inputs.rows))) }
    for (number, size) in network.counts { members.append(.init("n\(number)", .init(size))) }
    return .object(members)
  }

  /// `constants`: the numbers that formulas have by name, where there are some.
  private var namedConstants: [JSON.Member] {
    guard !constants.isEmpty else { return [] }
    return [
      .init(
        "constants",
        .object(
          constants.map { .init($0.name.replacing("_", with: ""), .init($0.value)) }))
    ]
  }

  private func given(_ symbol: Symbol) -> JSON {
    var members: [JSON.Member] = [
      .init("name", .init(symbol.text)), .init("kind", .init(symbol.kind.rawValue)),
      .init("shape", json(symbol.shape)),
    ]
    if let value = numbers?.evaluation.values[symbol] {
      members.append(.init("value", json(value)))
    }
    return .object(members)
  }

  private func forward(_ definition: Program.Definition, _ reading: ElementwiseReading?) -> JSON {
    var members = equation(
      definition.symbol, definition.symbol.formula, definition.expression.formula)
    if let value = numbers?.evaluation.values[definition.symbol] {
      members.append(.init("value", json(value)))
    }
    members += elements(reading) { reading in
      reading.forward.first { $0.definition == definition }?.entries
    }
    return .object(members)
  }

  private func backward(_ adjoint: AdjointDerivation, _ reading: ElementwiseReading?) -> JSON {
    let symbol = adjoint.symbol
    let delta = DeltaReading(network, derivation)
    let isDelta = form == .delta
    let left = isDelta ? delta.name(of: symbol) : .overline(symbol.formula)
    var members: [JSON.Member]
    if let formula = isDelta ? delta.expression(adjoint) : adjoint.formula {
      members = equation(symbol, left, isDelta ? delta.formula(formula) : formula.formula)
    } else {
      members = [
        .init("name", .init(symbol.text)), .init("formula", .null), .init("latex", .null),
        .init("shape", json(symbol.shape)),
        .init("unknown", .array(adjoint.unknown.map { .init($0) })),
      ]
    }
    members.append(.init("rule", .init(adjoint.decisiveRule?.name ?? "unknown")))
    members.append(
      .init(
        "uses",
        .array(
          adjoint.uses.map { use in
            .object([
              .init("in", .init(use.consumer.text)),
              .init("steps", .array(use.steps.map(step))),
            ])
          })))
    members.append(
      .init("steps", .array((adjoint.uses.flatMap(\.steps) + adjoint.simplification).map(step))))
    if let value = numbers?.evaluation.adjoints[symbol] {
      members.append(.init("value", json(value)))
    }
    let check = checked.checks[symbol]
    func error(_ value: Double?) -> JSON { value.map { .init($0) } ?? .null }
    members.append(
      .init(
        "checks",
        .object([
          .init("numeric", error(check?.numeric)), .init("tape", error(check?.tape)),
          .init("training_step", error(check?.trainingStep)),
        ])))
    members += elements(reading) { reading in
      reading.backward.first { $0.derivation.symbol == symbol }?.entries
    }
    return .object(members)
  }

  private func step(_ step: Step) -> JSON {
    .object([
      .init("formula", .init(UnicodeMath.line(step.expression.formula))),
      .init("latex", .init(LaTeXMath.text(step.expression.formula))),
      .init("rule", .init(step.rule.name)),
    ])
  }

  private func update(_ rule: UpdateRule) -> [JSON] {
    rule.lines.map { line in
      var members: [JSON.Member] = [
        .init("name", .init(line.symbol.text)),
        .init("of", .init(rule.parameter.text)),
        .init("formula", .init(text(line.symbol.formula, "←", line.expression.formula))),
        .init("latex", .init(latex(line.symbol.formula, "←", line.expression.formula))),
      ]
      if numbers != nil {
        members += [.init("before", json(line.before)), .init("after", json(line.after))]
      }
      return .object(members)
    }
  }

  private func equation(_ symbol: Symbol, _ left: Formula, _ right: Formula) -> [JSON.Member] {
    [
      .init("name", .init(symbol.text)), .init("formula", .init(text(left, "=", right))),
      .init("latex", .init(latex(left, "=", right))), .init("shape", json(symbol.shape)),
    ]
  }

  private func text(_ left: Formula, _ sign: String, _ right: Formula) -> String {
    UnicodeMath.line(.row([left, .sign(sign), right]))
  }

  private func latex(_ left: Formula, _ sign: String, _ right: Formula) -> String {
    LaTeXMath.text(.row([left, .sign(sign), right]))
  }

  private func json(_ shape: Shape) -> JSON {
    guard let numbers else {
      return .array([.init(shape.rows.description), .init(shape.columns.description)])
    }
    return .array([
      .init(numbers.evaluation.size(shape.rows)), .init(numbers.evaluation.size(shape.columns)),
    ])
  }

  private func json(_ matrix: Matrix<Double>) -> JSON {
    .array((0..<matrix.rows).map { i in .array(matrix.row(i).map { .init($0) }) })
  }
}

extension AdjointDerivation {
  /// The move that makes the formula what it is: the last before the gradient is read off.
  var decisiveRule: Rule? {
    uses.last?.steps.last {
      switch $0.rule {
      case .readOff, .collect: false
      default: true
      }
    }?.rule
  }
}
