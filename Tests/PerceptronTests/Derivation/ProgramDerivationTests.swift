import Perceptron
import Testing

@testable import PerceptronDerivation

/// Programs that are no layer of the library: the same rules derive them.
@Suite("Derivation: programs")
struct ProgramDerivationTests {
  static let m = Dimension.named("m")
  static let n = (0...2).map { Dimension.named("n", index: $0) }
  static let sizes: [Dimension: Int] = [m: 5, n[0]: 3, n[1]: 4, n[2]: 2]

  static let x = Symbol("X", nil, Shape(m, n[0]), .data)
  static let t = Symbol("T", nil, Shape(m, n[2]), .data)
  static func parameter(_ name: String, _ rows: Dimension, _ columns: Dimension) -> Symbol {
    Symbol(name, nil, Shape(rows, columns), .parameter)
  }
  static func value(_ name: String, _ shape: Shape) -> Symbol { Symbol(name, nil, shape, .value) }

  /// Half the squared distance, mean over rows.
  static func squares(_ a: Expression, _ b: Expression) -> Expression {
    .scale(Coefficient(0.5) * .reciprocal(m), .inner(a - b, a - b))
  }

  /// Derives, evaluates with random numbers, and holds every adjoint against tape and differences.
  @discardableResult
  static func verify(
    _ program: Program, given: [Symbol: Matrix<Double>] = [:], seed: UInt64 = 1
  ) throws -> (derivation: Derivation, evaluation: Evaluation) {
    let derivation = Derivation(program)
    try expectShapes(derivation)
    var inputs = given
    for (index, symbol) in program.inputs.enumerated() where given[symbol] == nil {
      func size(_ dimension: Dimension) -> Int {
        if case .number(let size) = dimension { size } else { sizes[dimension] ?? 0 }
      }
      inputs[symbol] = Draw.normal(
        rows: size(symbol.shape.rows), columns: size(symbol.shape.columns),
        seed: seed + UInt64(index), as: Double.self)
    }
    var evaluation = try Evaluation(program, inputs: inputs, sizes: sizes)
    evaluation.addAdjoints(of: derivation)
    let lines = StepCheck(derivation, evaluation)
    #expect(lines.failures == [])
    #expect(lines.lines >= 4 * derivation.adjoints.count)
    let tape = try #require(ProgramTape(program, evaluation))
    let taped = try tape.adjoints(of: derivation.adjoints.map(\.symbol))
    for adjoint in derivation.adjoints {
      let derived = try #require(evaluation.adjoints[adjoint.symbol])
      let (numeric, kinks) = evaluation.differences(of: adjoint.symbol, program)
      let scale = derived.values.reduce(0) { max($0, abs($1)) }
      #expect(scale > 0, "\(adjoint.symbol.text) is untested")
      let automatic = try #require(taped[adjoint.symbol])
      for k in derived.values.indices {
        #expect(abs(derived.values[k] - automatic.values[k]) <= 1e-11 * scale)
        if kinks.contains(k) { continue }
        #expect(abs(derived.values[k] - numeric.values[k]) <= 1e-6 * scale)
      }
    }
    return (derivation, evaluation)
  }

  /// That shapes fit in every line, by the names of their dimensions, whatever the numbers are.
  static func expectShapes(_ derivation: Derivation) throws {
    for adjoint in derivation.adjoints {
      let shape = adjoint.symbol.shape
      for use in adjoint.uses {
        for step in use.steps {
          try step.expression.validate()
          try #require(step.expression.shape == .scalar, "\(adjoint.symbol.text)")
        }
        try #require(use.part.shape == shape, "\(adjoint.symbol.text)")
      }
      for step in adjoint.simplification {
        try step.expression.validate()
        try #require(step.expression.shape == shape, "\(adjoint.symbol.text)")
      }
    }
  }

  @Test("a gated unit, g(XW) ⊙ (XV)")
  func gatedUnit() throws {
    let w = Self.parameter("W", Self.n[0], Self.n[2])
    let v = Self.parameter("V", Self.n[0], Self.n[2])
    let y = Self.value("Y", Self.t.shape)
    let program = try Program(
      inputs: [Self.x, Self.t, w, v],
      definitions: [
        .init(
          y,
          (Expression.symbol(Self.x) * .symbol(w)).mapped(.sigmoid)
            .times(.symbol(Self.x) * .symbol(v))),
        .init(Self.value("L", .scalar), Self.squares(.symbol(y), .symbol(Self.t))),
      ], constants: [Self.t])
    let (derivation, _) = try Self.verify(program)
    #expect(derivation.adjoint(of: Self.x)?.uses[0].part.symbols.contains(w) == true)
    #expect(derivation.adjoint(of: Self.x)?.uses[0].part.symbols.contains(v) == true)
  }

  @Test("a tied autoencoder, g(XW)Wᵀ: its W̄ is a sum of two terms")
  func tiedAutoencoder() throws {
    let w = Self.parameter("W", Self.n[0], Self.n[1])
    let h = Self.value("H", Shape(Self.m, Self.n[1]))
    let y = Self.value("Y", Self.x.shape)
    let program = try Program(
      inputs: [Self.x, w],
      definitions: [
        .init(h, (Expression.symbol(Self.x) * .symbol(w)).mapped(.tanh)),
        .init(y, .symbol(h) * Expression.symbol(w).transposed),
        .init(Self.value("L", .scalar), Self.squares(.symbol(y), .symbol(Self.x))),
      ])
    let (derivation, _) = try Self.verify(program)
    let adjoint = try #require(derivation.adjoint(of: w))
    #expect(adjoint.uses.map(\.consumer.text) == ["H", "Y"])
    guard case .sum(let terms) = adjoint.formula else {
      Issue.record("\(String(describing: adjoint.formula)) is no sum")
      return
    }
    #expect(terms.count == 2)
  }

  @Test("a skip connection, X + g(XW)V")
  func skipConnection() throws {
    let w = Self.parameter("W", Self.n[0], Self.n[1])
    let v = Self.parameter("V", Self.n[1], Self.n[0])
    let h = Self.value("H", Shape(Self.m, Self.n[1]))
    let y = Self.value("Y", Self.x.shape)
    let target = Symbol("T", nil, Self.x.shape, .data)
    let program = try Program(
      inputs: [Self.x, target, w, v],
      definitions: [
        .init(h, (Expression.symbol(Self.x) * .symbol(w)).mapped(.tanh)),
        .init(y, .symbol(Self.x) + .symbol(h) * .symbol(v)),
        .init(Self.value("L", .scalar), Self.squares(.symbol(y), .symbol(target))),
      ], constants: [target])
    let (derivation, _) = try Self.verify(program)
    #expect(derivation.adjoint(of: Self.x)?.uses.map(\.consumer.text) == ["H", "Y"])
  }

  @Test("batch normalisation, from means and variances")
  func batchNormalisation() throws {
    let shape = Shape(Self.m, Self.n[2])
    let row = Shape(.one, Self.n[2])
    let w = Self.parameter("W", Self.n[0], Self.n[2])
    let gamma = Symbol("γ", nil, row, .parameter)
    let beta = Symbol("β", nil, row, .parameter)
    let (z, mean, c, variance) = (
      Self.value("Z", shape), Self.value("μ", row), Self.value("C", shape), Self.value("v", row)
    )
    let (scale, normal, y) = (
      Self.value("s", row), Self.value("N", shape), Self.value("Y", shape)
    )
    func e(_ symbol: Symbol) -> Expression { .symbol(symbol) }
    let share = Coefficient.reciprocal(Self.m)
    let program = try Program(
      inputs: [Self.x, Self.t, w, gamma, beta],
      definitions: [
        .init(z, e(Self.x) * e(w)),
        .init(mean, share * e(z).columnSums),
        .init(c, e(z) - e(mean).inEveryRow(Self.m)),
        .init(variance, share * e(c).mapped(.square).columnSums),
        .init(scale, .reciprocal((e(variance) + 1e-5 * .ones(row)).mapped(.squareRoot))),
        .init(normal, e(c).times(e(scale).inEveryRow(Self.m))),
        .init(y, e(normal).times(e(gamma).inEveryRow(Self.m)) + e(beta).inEveryRow(Self.m)),
        .init(Self.value("L", .scalar), Self.squares(e(y), e(Self.t))),
      ], constants: [Self.t])
    let (_, evaluation) = try Self.verify(program)
    // Centred and scaled: what arrives at Z sums to 0 over the rows.
    let zBar = try #require(evaluation.adjoints[z])
    for j in 0..<zBar.columns {
      #expect(abs((0..<zBar.rows).reduce(0) { $0 + zBar[$1, j] }) < 1e-12)
    }
  }

  @Test("dropout, a constant mask")
  func dropout() throws {
    let w = Self.parameter("W", Self.n[0], Self.n[2])
    let mask = Symbol("M", nil, Self.t.shape, .data)
    let y = Self.value("Y", Self.t.shape)
    let program = try Program(
      inputs: [Self.x, Self.t, w, mask],
      definitions: [
        .init(
          y,
          1.25 * (Expression.symbol(Self.x) * .symbol(w)).mapped(.relu).times(.symbol(mask))),
        .init(Self.value("L", .scalar), Self.squares(.symbol(y), .symbol(Self.t))),
      ], constants: [Self.t, mask])
    let bits = Matrix<Double>([[1, 0], [1, 1], [0, 1], [1, 1], [0, 1]])
    let (derivation, _) = try Self.verify(program, given: [mask: bits])
    #expect(derivation.adjoint(of: mask) == nil)
  }

  @Test("a loss of one's own: quartic, with a penalty on the weights")
  func customLoss() throws {
    let w = Self.parameter("W", Self.n[0], Self.n[2])
    let y = Self.value("Y", Self.t.shape)
    let difference = Expression.symbol(y) - .symbol(Self.t)
    let program = try Program(
      inputs: [Self.x, Self.t, w],
      definitions: [
        .init(y, (Expression.symbol(Self.x) * .symbol(w)).mapped(.softplus)),
        .init(
          Self.value("L", .scalar),
          .reciprocal(Self.m) * difference.mapped(.square).mapped(.square).total
            + 0.1 * .inner(.symbol(w), .symbol(w))),
      ], constants: [Self.t])
    let (derivation, _) = try Self.verify(program)
    #expect(derivation.adjoint(of: w)?.uses.map(\.consumer.text) == ["Y", "L"])
  }

  @Test("what cannot be derived is named, the rest derived")
  func unknownOperation() throws {
    let w = Self.parameter("W", Self.n[0], Self.n[2])
    let z = Self.value("Z", Self.t.shape)
    let y = Self.value("Y", Self.t.shape)
    let program = try Program(
      inputs: [Self.x, Self.t, w],
      definitions: [
        .init(z, .symbol(Self.x) * .symbol(w)),
        .init(y, .opaque("sort", [.symbol(z)], z.shape)),
        .init(Self.value("L", .scalar), Self.squares(.symbol(y), .symbol(Self.t))),
      ], constants: [Self.t])
    let derivation = Derivation(program)
    #expect(derivation.adjoint(of: z)?.unknown == ["sort"])
    #expect(derivation.adjoint(of: z)?.formula == nil)
    #expect(derivation.adjoint(of: y)?.formula != nil)
    let weights = try #require(derivation.adjoint(of: w)?.formula)
    #expect(
      weights == .product(.transpose(.symbol(Self.x)), .adjoint(z)), "in terms of Z̄, as ever")
    // Z̄ comes from differences, and W̄ from it.
    var evaluation = try Evaluation(
      program,
      inputs: [
        Self.x: Draw.normal(rows: 5, columns: 3, seed: 1, as: Double.self),
        Self.t: Draw.normal(rows: 5, columns: 2, seed: 2, as: Double.self),
        w: Draw.normal(rows: 3, columns: 2, seed: 3, as: Double.self),
      ], sizes: Self.sizes,
      functions: [
        "sort": { x in Matrix(rows: 5, columns: 2, values: x[0].values.map { $0 * $0 * $0 }) }
      ])
    evaluation.addAdjoints(of: derivation)
    let derived = try #require(evaluation.adjoints[w])
    let numeric = evaluation.differences(of: w, program).values
    for k in derived.values.indices {
      #expect(abs(derived.values[k] - numeric.values[k]) < 1e-6)
    }
  }

  @Test("a wrong shape is refused with both shapes and the operation")
  func shapes() {
    let w = Self.parameter("W", Self.n[1], Self.n[2])
    let error = #expect(throws: PerceptronError.self) {
      _ = try Program(
        inputs: [Self.x, w],
        definitions: [
          .init(Self.value("L", .scalar), (Expression.symbol(Self.x) * .symbol(w)).total)
        ])
    }
    #expect(error?.message == "product: shapes m × n0 and n1 × n2 do not fit")
  }
}
