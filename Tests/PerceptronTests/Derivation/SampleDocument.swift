import PerceptronDerivation

/// Documents that every writer is tried on.
enum SampleDocument {
  static let x = Formula.name("X")
  static let w1 = Formula.variable("W", 1)
  static let b1 = Formula.variable("b", 1)
  static let z1 = Formula.variable("Z", 1)
  static let a1 = Formula.variable("A", 1)
  static let w2 = Formula.variable("W", 2)
  static let b2 = Formula.variable("b", 2)
  static let z2 = Formula.variable("Z", 2)
  static let a2 = Formula.variable("A", 2)
  static let y = Formula.name("Y")
  static let loss = Formula.name("𝓛")
  static let plus = Formula.sign("+")
  static let minus = Formula.sign("−")
  static let times = Formula.sign("⊙")

  static func adjoint(_ formula: Formula) -> Formula { .overline(formula) }

  static func numbers(_ rows: [[String]]) -> Formula {
    .matrix(rows.map { $0.map { .number($0) } })
  }

  static func shape(_ rows: Formula, _ columns: Formula) -> Formula {
    .row([rows, .sign("×"), columns])
  }

  static func affine(_ input: Formula, _ weights: Formula, _ bias: Formula) -> Formula {
    .row([input, weights, plus, .number("1"), bias])
  }

  static func apply(_ function: String, _ argument: Formula) -> Formula {
    .row([.word(function), .group(.round, argument)])
  }

  /// A network of two layers, derived: every kind of block, inline and formula.
  static let network: Document = {
    let m = Formula.name("m")
    let n = { (layer: Int) in Formula.variable("n", layer) }
    var document = Document(title: "Backpropagation, derived: 2 → 2 relu → 1 sigmoid")
    document.blocks = [
      .paragraph([
        .text("A network maps a batch "), .formula(x), .text(" of "), .formula(m),
        .text(" rows to "), .formula(a2),
        .text(
          "; training changes its weights against the gradient of the loss. What follows derives "
            + "that gradient step by step. An adjoint such as "), .formula(adjoint(w1)),
        .text(" has the shape of what it belongs to, and "),
        .strong("every line says why it holds"),
        .text(". The same numbers come from "), .code("perceptron gradcheck model.safetensors"),
        .text("."),
      ]),
      .heading("Forward", level: 1),
      .equations([
        .init(
          z1, affine(x, w1, b1), shape: shape(m, n(1)),
          reason: [.text("the weighted input of layer 1")]),
        .init(a1, apply("relu", z1), shape: shape(m, n(1)), reason: [.text("entry by entry")]),
        .init(z2, affine(a1, w2, b2), shape: shape(m, n(2))),
        .init(a2, apply("σ", z2), shape: shape(m, n(2)), reason: [.text("the prediction")]),
        .init(
          loss,
          .row([
            .fraction(.number("1"), .row([.number("2"), m])),
            .sum(
              from: .row([.name("i"), .equals, .number("1")]), to: m,
              .power(
                .group(.norm, .row([.indexed(a2, .name("i")), minus, .indexed(y, .name("i"))])),
                .number("2"))),
          ]), shape: shape(.number("1"), .number("1")),
          reason: [.text("half the squared error, mean over the rows")]),
      ]),
      .heading("The rule for a product", level: 2),
      .paragraph([
        .text("The adjoint is defined by "),
        .formula(
          .row([
            .sign("d"), loss, .equals,
            .group(.angle, .row([adjoint(z1), .sign(","), .sign("d"), z1])),
          ])),
        .text(
          ": what the loss changes by when the variable changes a little. To find the adjoint of a "
            + "factor, its differential is brought alone to the right, and what then stands in the "
            + "box, "), .formula(.boxed(.sign("?"))), .text(", is the answer."),
      ]),
      .equations([
        .init(
          .row([.sign("d"), loss]),
          .group(.angle, .row([adjoint(z2), .sign(","), .sign("d"), z2])),
          reason: [.text("definition of "), .formula(adjoint(z2))]),
        .init(
          nil,
          .group(.angle, .row([adjoint(z2), .sign(","), a1, .sign("d"), w2])),
          reason: [.text("only "), .formula(w2), .text(" changes")]),
        .init(
          nil,
          .group(
            .angle, .row([.transpose(a1), adjoint(z2), .sign(","), .sign("d"), w2])),
          reason: [
            .text("a factor moves to the other side transposed: "),
            .formula(
              .row([
                .group(.angle, .row([.name("P"), .sign(","), .name("Q"), .name("R")])), .equals,
                .group(
                  .angle,
                  .row([.transpose(.name("Q")), .name("P"), .sign(","), .name("R")])),
              ])),
            .text(", because both are the sum of the products of all entries"),
          ]),
        .init(
          .row([.sign("d"), loss]),
          .group(.angle, .row([.boxed(.sign("?")), .sign(","), .sign("d"), w2])),
          reason: [.text("what stands in the box is the adjoint")]),
        .init(
          adjoint(w2), "⇒", .row([.transpose(a1), adjoint(z2)]),
          shape: shape(n(1), n(2))),
      ]),
      .heading("Backward", level: 1),
      .equations([
        .init(adjoint(loss), .number("1")),
        .init(
          adjoint(z2),
          .row([
            .fraction(.number("1"), m), .group(.round, .row([a2, minus, y])), times,
            apply("σ′", z2),
          ]), shape: shape(m, n(2))),
        .init(
          adjoint(a1), .row([adjoint(z2), .transpose(w2)]), shape: shape(m, n(1)),
          reason: [.text("transposed, since rows of "), .formula(w2), .text(" are units below")]),
        .init(
          adjoint(z1), .row([adjoint(a1), times, apply("relu′", z1)]), shape: shape(m, n(1))),
        .init(
          .indexed(adjoint(b1), .name("j")),
          .sum(from: .name("i"), to: nil, .indexed(adjoint(z1), .row([.name("i"), .name("j")])))),
        .init(
          apply("relu′", .name("z")),
          .cases([
            .init(.number("1"), if: "z > 0"), .init(.number("0"), if: "otherwise"),
          ])),
      ]),
      .heading("With numbers", level: 1),
      .equations([
        .init(
          z1,
          .row([
            numbers([["0.5", "-1.25"], ["2", "0.125"]]), numbers([["1", "0"], ["-1", "3.5"]]),
            plus, numbers([["0.1", "-0.2"]]),
          ])),
        .init(
          nil, numbers([["1.85", "-4.575"], ["1.975", "0.2375"]]), shape: shape(m, n(1)),
          reason: [.text("row by row")]),
        .init(
          w1, "←",
          .row([w1, minus, .name("η"), adjoint(w1)]),
          reason: [
            .text("with "),
            .formula(
              .row([.name("η"), .equals, .number("1e-3")])),
          ]),
        .init(
          .indexed(adjoint(w1), .row([.number("1"), .number("1")])),
          .row(
            (1...12).flatMap { row -> [Formula] in
              let term: [Formula] = [
                .indexed(x, .row([.number("\(row)"), .sign(","), .number("1")])),
                .indexed(adjoint(z1), .row([.number("\(row)"), .sign(","), .number("1")])),
              ]
              return row == 1 ? term : [plus] + term
            }), shape: shape(.number("1"), .number("1")),
          reason: [.text("written out for the first weight, one product for each row")]),
        .init(
          .name("R"),
          numbers([(1...14).map { "0.\($0)2345" }, (1...14).map { "-\($0).5" }])),
      ]),
      .table([
        [[.text("parameter")], [.text("shape")], [.text("largest error")], [.text("rule")]],
        [
          [.formula(w1)], [.formula(shape(.number("2"), .number("2")))], [.text("1.2e-10")],
          [.formula(.row([.transpose(x), adjoint(z1)]))],
        ],
        [
          [.formula(b1)], [.formula(shape(.number("1"), .number("2")))], [.text("0.5")],
          [.code("a|b")],
        ],
      ]),
      .list([
        [
          .text("bounded: "),
          .formula(
            .row([
              .group(.bars, .name("z")), .sign("≤"), .group(.square, .name("r")), .sign("⊘"),
              .power(.name("s"), .number("2")),
            ])),
        ],
        [
          .text("the logistic function has "),
          .formula(
            .row([
              apply("σ", .name("z")), .equals,
              .fraction(
                .number("1"),
                .row([.number("1"), plus, .power(.name("e"), .row([minus, .name("z")]))])),
            ])),
        ],
      ]),
      .heading("The graph", level: 1),
      .graph(graph),
      .note([
        .text("The kink of relu at 0 has no derivative; "), .formula(apply("relu′", .number("0"))),
        .text(" is taken as 0."),
      ]),
    ]
    return document
  }()

  static let graph = Document.Graph(nodes: [
    .init(
      name: x, kind: .data, shape: shape(.number("2"), .number("2")),
      value: [[0.5, -1.25], [2, 0.125]], gradient: [[0.1, 1.0 / 3], [1e-9, 0]]),
    .init(
      name: w1, kind: .parameter, shape: shape(.number("2"), .number("2")),
      value: [[1, 0], [-1, 3.5]]),
    .init(name: b1, kind: .parameter, shape: shape(.number("1"), .number("2"))),
    .init(
      name: z1, kind: .value, formula: affine(x, w1, b1),
      shape: shape(.number("2"), .number("2")), parents: [0, 1, 2],
      value: [[1.85, -4.575], [1.975, 0.2375]]),
    .init(
      name: a1, kind: .value, formula: apply("relu", z1),
      shape: shape(.number("2"), .number("2")), parents: [3]),
    .init(name: w2, kind: .parameter, shape: shape(.number("2"), .number("1"))),
    .init(name: b2, kind: .parameter, shape: shape(.number("1"), .number("1"))),
    .init(
      name: z2, kind: .value, formula: affine(a1, w2, b2),
      shape: shape(.number("2"), .number("1")), parents: [4, 5, 6]),
    .init(
      name: a2, kind: .value, formula: apply("σ", z2), shape: shape(.number("2"), .number("1")),
      parents: [7]),
    .init(name: y, kind: .data, shape: shape(.number("2"), .number("1"))),
    .init(
      name: loss, kind: .loss,
      formula: .row([
        .fraction(.number("1"), .number("2")),
        .power(.group(.norm, .row([a2, minus, y])), .number("2")),
      ]), shape: shape(.number("1"), .number("1")), parents: [8, 9], value: [[0.6931471805599453]]),
  ])

  /// Texts that are markup somewhere.
  static let hostileTexts = [
    "</script><script>alert(1)</script>", "$x$ $$y$$ \\(z\\)", "\\input{/etc/passwd}",
    "a | b \\| c",
    "\u{1B}[31mred\u{1B}[0m \u{9B}2J \u{7}", "\u{202E}reversed\u{202C} \u{2066}x",
    "🙂👩\u{200D}🔬 中文 é ñ ß ł",
    "# head", "- item", "1. item", "> quote", "`` ` ``", "{unbalanced", "}", "% comment",
    "a_b^c~d&e#f", "<!-- --> ]]> <![CDATA[", "https://example.com www.example.com @user",
    "**bold** _it_ ![i](j) [k](l)", "line\nbreak\r\u{2028}end", "\"q\" 'r' --- -- ?` !`", "[x]", "",
    "Z̄₁ = Xᵀ ⊙ ½ ∂𝓛/∂W → ℝ², x³ ≤ ∞ … – — “q” ‘r’ € §", "---", "===", "    code",
  ]

  /// Each of the texts in every place of a document where a text may stand.
  static let hostile: Document = {
    var document = Document(title: hostileTexts.joined(separator: " "))
    for text in hostileTexts {
      let all: [Document.Inline] = [
        .text(text), .strong(text), .code(text), .formula(.name(text)),
        .formula(.word(text)), .formula(.number(text)), .formula(.sign(text)),
        .formula(.cases([.init(.name("x"), if: text)])),
      ]
      document.blocks += [
        .heading(text, level: 1), .heading(text, level: 2), .paragraph(all), .note(all),
        .list([all, [.text(text)], [.code(text)]]), .table([all.map { [$0] }, all.map { [$0] }]),
        .equations([
          .init(.name(text), text, .name(text), shape: .name(text), reason: all),
          .init(.group(.square, .name("a")), .name("b"), reason: [.text(text)]),
        ]),
        .graph(
          .init(nodes: [
            .init(name: .name(text), kind: .data, shape: .name(text), value: [[.nan, .infinity]]),
            .init(
              name: .name("b"), kind: .loss, formula: .name(text), shape: .name(text),
              parents: [0, 7, -1]),
          ])),
      ]
    }
    return document
  }()
}
