import Perceptron
import PerceptronDerivation
import Testing

/// Programs to be read entry by entry, with random numbers.
struct ElementProgram: Sendable, CustomTestStringConvertible {
  let testDescription: String
  let program: Program
  let sizes: [Dimension: Int]
  /// Of the targets, where they are more than any numbers.
  var targets: [Symbol: Matrix<Double>] = [:]
  var seed: UInt64 = 100

  /// Its numbers, with every adjoint by its matrix formula.
  func evaluation(_ derivation: Derivation) throws -> Evaluation {
    var inputs: [Symbol: Matrix<Double>] = [:]
    for (place, symbol) in program.inputs.enumerated() {
      func count(_ dimension: Dimension) -> Int {
        Indexing(program, sizes: sizes).size(dimension) ?? 0
      }
      inputs[symbol] =
        targets[symbol]
        ?? Draw.normal(
          rows: count(symbol.shape.rows), columns: count(symbol.shape.columns),
          seed: seed + UInt64(place))
    }
    var evaluation = try Evaluation(program, inputs: inputs, sizes: sizes)
    for adjoint in derivation.adjoints {
      evaluation.adjoints[adjoint.symbol] = try evaluation.value(of: #require(adjoint.formula))
    }
    return evaluation
  }
}

extension ElementProgram {
  static let m = Dimension.named("m")
  static let n = (0...2).map { Dimension.named("n", index: $0) }
  static let sizes: [Dimension: Int] = [
    m: 3, n[0]: 2, n[1]: 4, n[2]: 3, .named("n-1", index: 1): 3,
  ]

  static func data(_ name: String, _ rows: Dimension, _ columns: Dimension) -> Symbol {
    Symbol(name, nil, Shape(rows, columns), .data)
  }
  static func parameter(
    _ name: String, _ index: Int?, _ rows: Dimension, _ columns: Dimension
  ) -> Symbol {
    Symbol(name, index, Shape(rows, columns), .parameter)
  }
  static func value(
    _ name: String, _ index: Int?, _ rows: Dimension, _ columns: Dimension
  ) -> Symbol {
    Symbol(name, index, Shape(rows, columns), .value)
  }

  static func parameter(_ name: String, _ rows: Dimension, _ columns: Dimension) -> Symbol {
    parameter(name, nil, rows, columns)
  }
  static func value(_ name: String, _ rows: Dimension, _ columns: Dimension) -> Symbol {
    value(name, nil, rows, columns)
  }

  static let loss = value("L", .one, .one)

  /// 1/(2m) Σ (a − t)²
  static func squares(_ a: Expression, _ t: Expression, over m: Dimension = m) -> Expression {
    Coefficient(0.5) * .reciprocal(m) * .inner(a - t, a - t)
  }

  /// Two layers in rows, X W + 1 b.
  static func rows(
    _ first: Function, _ output: (Expression) -> Expression,
    _ loss: (Expression, Expression) -> Expression, m: Dimension = m,
    sumsToOne: Bool = false
  ) throws -> Program {
    let (x, t) = (data("X", m, n[0]), data("T", m, n[2]))
    let (w1, b1) = (parameter("W", 1, n[0], n[1]), parameter("b", 1, .one, n[1]))
    let (w2, b2) = (parameter("W", 2, n[1], n[2]), parameter("b", 2, .one, n[2]))
    let (z1, a1) = (value("Z", 1, m, n[1]), value("A", 1, m, n[1]))
    let (z2, a2) = (value("Z", 2, m, n[2]), value("A", 2, m, n[2]))
    return try Program(
      inputs: [x, t, w1, b1, w2, b2],
      definitions: [
        .init(z1, .symbol(x) * .symbol(w1) + Expression.symbol(b1).inEveryRow(m)),
        .init(a1, Expression.symbol(z1).mapped(first)),
        .init(z2, .symbol(a1) * .symbol(w2) + Expression.symbol(b2).inEveryRow(m)),
        .init(a2, output(.symbol(z2))), .init(Self.loss, loss(.symbol(a2), .symbol(t))),
      ], assumptions: sumsToOne ? [.init(sumsToOne: t, along: .row)] : [], constants: [t])
  }

  static func crossEntropy(_ a: Expression, _ t: Expression) -> Expression {
    -(Coefficient.reciprocal(m) * .inner(t, a.mapped(.log)))
  }

  static func binaryCrossEntropy(_ a: Expression, _ t: Expression) -> Expression {
    let one = Expression.ones(a.shape)
    return
      -(Coefficient.reciprocal(m)
      * (.inner(t, a.mapped(.log)) + .inner(one - t, (one - a).mapped(.log))))
  }

  /// −(1/m) ⟨T, Z − lse(Z) 1ᵀ⟩
  static func crossEntropyFromLogits(_ z: Expression, _ t: Expression) -> Expression {
    Coefficient.reciprocal(m)
      * .inner(t, Expression.logSumExp(z, along: .row).inEveryColumn(n[2]) - z)
  }

  /// The network of text 000, W x in columns without biases.
  static func columns(_ m: Dimension) throws -> Program {
    let widths = [n[0], n[1], n[2], .one]
    let (x, t) = (data("X", n[0], m), data("T", .one, m))
    var inputs = [x, t]
    var definitions: [Program.Definition] = []
    var last = x
    for layer in 1...3 {
      let w = parameter("W", layer, widths[layer], widths[layer - 1])
      let z = value("L", layer, widths[layer], m)
      let a = value("A", layer, widths[layer], m)
      inputs.append(w)
      definitions.append(.init(z, .symbol(w) * .symbol(last)))
      definitions.append(.init(a, Expression.symbol(z).mapped(layer == 3 ? .sigmoid : .relu)))
      last = a
    }
    definitions.append(.init(loss, squares(.symbol(last), .symbol(t), over: m)))
    return try Program(inputs: inputs, definitions: definitions, constants: [t])
  }

  /// σ(X W) ⊙ (X V)
  static func gated() throws -> Program {
    let (x, t) = (data("X", m, n[0]), data("T", m, n[1]))
    let (w, v) = (parameter("W", n[0], n[1]), parameter("V", n[0], n[1]))
    let (u, y) = (value("U", m, n[1]), value("Y", m, n[1]))
    return try Program(
      inputs: [x, t, w, v],
      definitions: [
        .init(u, .symbol(x) * .symbol(w)),
        .init(
          y, Expression.symbol(u).mapped(.sigmoid).times(.symbol(x) * .symbol(v))),
        .init(loss, squares(.symbol(y), .symbol(t))),
      ], constants: [t])
  }

  /// tanh(X W + 1 b) Wᵀ + 1 c: W is used twice.
  static func tied() throws -> Program {
    let (x, w) = (data("X", m, n[0]), parameter("W", n[0], n[1]))
    let (b, c) = (parameter("b", .one, n[1]), parameter("c", .one, n[0]))
    let (h, y) = (value("H", m, n[1]), value("Y", m, n[0]))
    return try Program(
      inputs: [x, w, b, c],
      definitions: [
        .init(
          h, (.symbol(x) * .symbol(w) + Expression.symbol(b).inEveryRow(m)).mapped(.tanh)),
        .init(
          y, .symbol(h) * Expression.symbol(w).transposed + Expression.symbol(c).inEveryRow(m)),
        .init(loss, squares(.symbol(y), .symbol(x))),
      ])
  }

  /// X W Wᵀ: W twice in one product.
  static func twice() throws -> Program {
    let (x, w, y) = (data("X", m, n[0]), parameter("W", n[0], n[1]), value("Y", m, n[0]))
    return try Program(
      inputs: [x, w],
      definitions: [
        .init(y, .symbol(x) * .symbol(w) * Expression.symbol(w).transposed),
        .init(loss, squares(.symbol(y), .symbol(x))),
      ])
  }

  /// [X 1] Ŵ, without its last column, divided by a row's squares, with gains on a diagonal.
  static func odd() throws -> Program {
    let (x, w) = (data("X", m, n[0]), parameter("Ŵ", .named("n+1", index: 0), n[1]))
    let (g, z) = (data("g", .one, n[1]), value("Z", m, n[1]))
    let (y, d) = (value("Y", m, n[1]), value("D", m, .named("n-1", index: 1)))
    let one = Expression.ones(Shape(m, .one))
    let norm = one + Expression.symbol(z).mapped(.square).rowSums
    return try Program(
      inputs: [x, w, g],
      definitions: [
        .init(z, .appending(.ones, to: .symbol(x), along: .row) * .symbol(w)),
        .init(
          y,
          Expression.symbol(z).over(norm.inEveryColumn(n[1])) * .diagonal(.symbol(g))),
        .init(d, .droppingLast(.symbol(y), along: .row)),
        .init(loss, Coefficient.reciprocal(m) * Expression.symbol(d).mapped(.softplus).total),
      ])
  }

  /// Classes one-hot by row.
  private static let oneHot = Matrix<Double>([[0, 1, 0], [1, 0, 0], [0, 0, 1]])

  static let all: [ElementProgram] = {
    let t = data("T", m, n[2])
    let half = Matrix<Double>([[0, 1, 0.5], [1, 0, 0], [0.5, 0, 1]])
    func softmax(_ z: Expression) -> Expression { .softmax(z, along: .row) }
    func same(_ z: Expression) -> Expression { z }
    do {
      return [
        .init(
          testDescription: "relu, softmax, cross-entropy",
          program: try rows(.relu, softmax, crossEntropy, sumsToOne: true), sizes: sizes,
          targets: [t: oneHot]),
        .init(
          testDescription: "tanh, sigmoid, binary cross-entropy",
          program: try rows(.tanh, { $0.mapped(.sigmoid) }, binaryCrossEntropy), sizes: sizes,
          targets: [t: half]),
        .init(
          testDescription: "sigmoid, linear, half squared error",
          program: try rows(.sigmoid, same, { squares($0, $1) }), sizes: sizes),
        .init(
          testDescription: "softmax, half squared error",
          program: try rows(.softplus, softmax, { squares($0, $1) }), sizes: sizes),
        .init(
          testDescription: "cross-entropy from logits",
          program: try rows(.absolute, same, crossEntropyFromLogits, sumsToOne: true),
          sizes: sizes, targets: [t: oneHot]),
        .init(
          testDescription: "one row",
          program: try rows(
            .relu, { $0.mapped(.sigmoid) }, { squares($0, $1, over: .one) }, m: .one),
          sizes: [n[0]: 2, n[1]: 3, n[2]: 2]),
        .init(testDescription: "gated unit", program: try gated(), sizes: sizes),
        .init(testDescription: "tied autoencoder", program: try tied(), sizes: sizes),
        .init(testDescription: "weights twice in a product", program: try twice(), sizes: sizes),
        .init(
          testDescription: "columns", program: try columns(m),
          sizes: [m: 3, n[0]: 2, n[1]: 3, n[2]: 2]),
        .init(
          testDescription: "columns, one example", program: try columns(.one),
          sizes: [n[0]: 2, n[1]: 2, n[2]: 2]),
        .init(
          testDescription: "columns, a batch that happens to be 1", program: try columns(m),
          sizes: [m: 1, n[0]: 2, n[1]: 1, n[2]: 2], seed: 210),
        .init(testDescription: "rarer operations", program: try odd(), sizes: sizes),
      ]
    } catch {
      fatalError("\(error)")
    }
  }()
}
