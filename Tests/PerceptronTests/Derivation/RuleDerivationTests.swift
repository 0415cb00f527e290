import Perceptron
import Testing

@testable import PerceptronDerivation

/// Rules that no layer needs, each by a small program that does.
@Suite("Derivation: rules")
struct RuleDerivationTests {
  private typealias Programs = ProgramDerivationTests
  private static let (m, n) = (Programs.m, Programs.n)
  private static let (x, t) = (Programs.x, Programs.t)
  private static let w = Programs.parameter("W", n[0], n[2])
  private static let y = Programs.value("Y", t.shape)
  private static let loss = Programs.value("L", .scalar)

  private static func e(_ symbol: Symbol) -> Expression { .symbol(symbol) }

  /// y, and half its squared distance from T.
  private static func regression(
    _ y: Expression, parameters: [Symbol], assumptions: [Program.Assumption] = []
  ) throws -> Program {
    try Program(
      inputs: [x, t] + parameters,
      definitions: [
        .init(Self.y, y), .init(loss, Programs.squares(e(Self.y), e(t))),
      ], assumptions: assumptions, constants: [t])
  }

  @Test("every function of one number", arguments: Function.allCases)
  func functions(_ function: Function) throws {
    let z = Self.e(Self.x) * Self.e(Self.w)
    // Where there is a logarithm and a root.
    let argument =
      function == .log || function == .squareRoot || function == .timesLog
      ? .ones(z.shape) + z.mapped(.square) : z
    try Programs.verify(
      Self.regression(argument.mapped(function).times(z), parameters: [Self.w]))
  }

  @Test("a row or a column on a diagonal")
  func diagonals() throws {
    for (rows, columns) in [(Dimension.one, Self.n[0]), (Self.n[0], .one)] {
      let g = Programs.parameter("g", rows, columns)
      let (derivation, evaluation) = try Programs.verify(
        Self.regression(
          Self.e(Self.x) * .diagonal(2 * Self.e(g)) * Self.e(Self.w), parameters: [g, Self.w]))
      let use = try #require(derivation.adjoint(of: g)?.uses.first)
      #expect(use.steps.contains { $0.rule == .moveDiagonal })
      let indexing = Indexing(derivation.program, sizes: Programs.sizes)
      let formula = try #require(derivation.adjoint(of: g)?.formula)
      let form = try #require(
        indexing.entry(
          of: formula, row: rows == .one ? nil : .number(2), column: rows == .one ? .number(2) : nil
        ))
      let value = try #require(evaluation.adjoints[g]).values[1]
      #expect(abs(evaluation.value(of: form, indexing) - value) < 1e-12 * max(1, abs(value)))
    }
  }

  @Test("products, transposes and multiples in one another")
  func nested() throws {
    let square = Programs.parameter("S", Self.n[2], Self.n[2])
    let (w, s) = (Self.e(Self.w), Self.e(square))
    let z = Self.e(Self.x) * w
    let half = 0.5 * Expression.ones(z.shape)
    for y in [
      z * (s + 3 * s.transposed).transposed,
      z * (s + 3 * s.transposed),
      (2 * (3 * s).transposed * z.transposed).transposed,
      (-0.5 * z) * (2 * (s * s)),
      z.over(4 * (half + z.mapped(.square))),
      (z.times(z - half)).over(2 * (half + z.mapped(.square))) - 2 * z,
      z.times(half).times(2 * z).times(z),
    ] {
      try Programs.verify(Self.regression(y, parameters: [Self.w, square]))
    }
  }

  @Test("columns and rows appended and dropped, of multiples and of products")
  func appending() throws {
    for axis in Expression.Axis.allCases {
      let z = Self.e(Self.x) * Self.e(Self.w)
      let longer = Expression.appending(.ones, to: 3 * z, along: axis)
      try Programs.verify(
        Self.regression(
          .droppingLast((2 * longer).times(longer), along: axis), parameters: [Self.w]))
    }
  }

  @Test("inner products of two that vary, on the way")
  func innerProducts() throws {
    let energy = Programs.value("E", .scalar)
    let w = Self.e(Self.w)
    let program = try Program(
      inputs: [Self.w],
      definitions: [
        .init(energy, .inner(w, 2 * w.mapped(.tanh)) + 0.5 * .inner(w, w)),
        .init(Self.loss, (0.1 * Self.e(energy)).mapped(.square)),
      ])
    try Programs.verify(program)
  }

  @Test("a loss made of losses")
  func sums() throws {
    let penalty = Programs.value("R", .scalar)
    let fit = Programs.value("F", .scalar)
    let w = Self.e(Self.w)
    let program = try Program(
      inputs: [Self.x, Self.t, Self.w],
      definitions: [
        .init(penalty, .inner(w, w)),
        .init(fit, Programs.squares(Self.e(Self.x) * w, Self.e(Self.t))),
        .init(Self.loss, Self.e(fit) + 0.1 * Self.e(penalty)),
      ], constants: [Self.t])
    let (derivation, _) = try Programs.verify(program)
    #expect(derivation.adjoint(of: fit)?.formula == .ones(.scalar))
    #expect(derivation.adjoint(of: penalty)?.formula == .scale(Coefficient(0.1), .ones(.scalar)))
  }

  @Test("what is constant in all rows counts as often as there are rows")
  func counted() throws {
    let b = Programs.parameter("b", .one, Self.n[2])
    let everywhere = Self.e(b).inEveryRow(Self.m)
    try Programs.verify(
      Program(
        inputs: [b],
        definitions: [
          .init(
            Self.loss, .inner(.ones(everywhere.shape), everywhere) + .inner(Self.e(b), Self.e(b)))
        ]))
  }

  @Test("only the rows that are said to sum to 1 do")
  func assumptions() throws {
    let (a, c) = (
      Programs.parameter("a", Self.m, .one), Programs.parameter("c", Self.m, .one)
    )
    let program = try Program(
      inputs: [Self.x, Self.t, a, c],
      definitions: [
        .init(
          Self.loss,
          .inner(Self.e(Self.x), Self.e(a).inEveryColumn(Self.n[0]))
            + .inner(Self.e(Self.t), Self.e(c).inEveryColumn(Self.n[2])))
      ], assumptions: [.init(sumsToOne: Self.t, along: .row)], constants: [Self.t])
    let sums = Matrix<Double>(
      rows: 5, columns: 2, values: (0..<5).flatMap { [Double($0), 1 - Double($0)] })
    let (derivation, _) = try Programs.verify(program, given: [Self.t: sums])
    #expect(derivation.adjoint(of: c)?.formula == .ones(c.shape))
    #expect(derivation.adjoint(of: a)?.formula == Self.e(Self.x).rowSums)
  }
}
