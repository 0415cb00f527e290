import Perceptron
import Testing

@testable import PerceptronDerivation

/// The checks themselves: a derivation with something wrong in it is found out.
@Suite("Derivation: what the checks find")
struct CheckDerivationTests {
  private let network: NetworkProgram
  private let derivation: Derivation
  private let evaluation: Evaluation
  private let numbers: (Derivation) throws -> NetworkNumbers

  init() throws {
    let model: MLP<Double> = try Draw.network(inputs: 3, [(4, .tanh), (2, .softmax)], seed: 1)
    let x: Matrix<Double> = Draw.normal(rows: 5, columns: 3, seed: 2)
    let t: Matrix<Double> = Draw.targets(for: .crossEntropy, rows: 5, columns: 2, seed: 3)
    let network = try NetworkProgram(
      model.architecture, objective: .loss(.crossEntropy), rows: 5)
    self.network = network
    derivation = Derivation(network.program)
    numbers = { try NetworkNumbers(network, $0, model: model, inputs: x, targets: t) }
    evaluation = try numbers(derivation).evaluation
  }

  /// The derivation with another adjoint in one place.
  private func replacing(_ place: Int, by adjoint: AdjointDerivation) -> Derivation {
    var adjoints = derivation.adjoints
    adjoints[place] = adjoint
    return Derivation(derivation.program, adjoints: adjoints)
  }

  private func changed(
    _ adjoint: AdjointDerivation, uses: [AdjointDerivation.Use]? = nil,
    simplification: [Step]? = nil, formula: Expression? = nil
  ) -> AdjointDerivation {
    AdjointDerivation(
      symbol: adjoint.symbol, uses: uses ?? adjoint.uses,
      simplification: simplification ?? adjoint.simplification,
      formula: formula ?? adjoint.formula, unknown: [], isMerged: adjoint.isMerged)
  }

  @Test("any wrong line, by its rule", arguments: [1.001, .nan, .infinity])
  func lines(_ factor: Double) throws {
    func wrong(_ steps: [Step], _ line: Int) -> [Step] {
      var steps = steps
      steps[line] = Step(.scale(Coefficient(factor), steps[line].expression), steps[line].rule)
      return steps
    }
    func expectFound(_ wrong: Derivation, _ symbol: Symbol, _ rule: Rule) throws {
      let check = StepCheck(wrong, evaluation)
      let found = try #require(check.failures.first, "\(symbol.text), \(rule.name)")
      #expect(found.symbol == symbol)
      #expect(found.rule == rule)
      #expect(!(check.largestError < StepCheck.tolerance))
    }
    #expect(StepCheck(derivation, evaluation).failures == [])
    for (place, adjoint) in derivation.adjoints.enumerated() {
      for (number, use) in adjoint.uses.enumerated() {
        // What the first line says is the second with V's definition, which has no line above it.
        for line in use.steps.indices.dropFirst(2) {
          var uses = adjoint.uses
          uses[number] = AdjointDerivation.Use(
            consumer: use.consumer, steps: wrong(use.steps, line), part: use.part)
          try expectFound(
            replacing(place, by: changed(adjoint, uses: uses)), adjoint.symbol,
            use.steps[line].rule)
        }
      }
      for line in adjoint.simplification.indices {
        try expectFound(
          replacing(
            place, by: changed(adjoint, simplification: wrong(adjoint.simplification, line))),
          adjoint.symbol, adjoint.simplification[line].rule)
      }
    }
  }

  @Test("a wrong formula, and a wrong line, in words")
  func disagreement() throws {
    #expect(try numbers(derivation).disagreement == nil)
    for (place, adjoint) in derivation.adjoints.enumerated() {
      let formula = try #require(adjoint.formula)
      let wrong = try numbers(replacing(place, by: changed(adjoint, formula: 1.001 * formula)))
      let words = try #require(wrong.disagreement)
      // A line into which another adjoint is put has it from its formula.
      #expect(words.contains("the formula of the adjoint of") || words.contains("at adjoint"))
      let check = try #require(wrong.checks[adjoint.symbol])
      #expect(try #require(check.numeric) > 1e-4)
      #expect(try #require(check.tape) > 1e-4)
      #expect(check.trainingStep.map { $0 > 1e-4 } != false)
    }
    let place = try #require(derivation.adjoints.firstIndex { !$0.simplification.isEmpty })
    let adjoint = derivation.adjoints[place]
    let step = adjoint.simplification[0]
    let steps = [Step(-step.expression, step.rule)] + adjoint.simplification.dropFirst()
    let wrong = try numbers(replacing(place, by: changed(adjoint, simplification: steps)))
    #expect(wrong.disagreement?.contains("is wrong at \(step.rule.name)") == true)
  }

  @Test("one comparison that fails is enough, also by NaN")
  func comparisons() {
    func check(_ numeric: Double?, _ tape: Double?, _ step: Double?) -> AdjointCheck {
      AdjointCheck(numeric: numeric, kinks: 0, tape: tape, trainingStep: step)
    }
    #expect(check(1e-9, 1e-14, 1e-15).passed)
    #expect(check(nil, 0, nil).passed)
    for bad in [1e-3, .nan, .infinity] {
      #expect(!check(bad, 0, 0).passed)
      #expect(!check(0, bad, 0).passed)
      #expect(!check(0, 0, bad).passed)
    }
  }

  @Test("the error of a matrix is that of its worst entry, and NaN where one is")
  func errors() {
    let right = Matrix<Double>([[1, 2, 4]])
    #expect(right.error(to: Matrix([[1, 2.5, 4.25]]), scale: 2) == 0.25)
    #expect(right.error(to: Matrix([[1, 2.5, 4.25]]), scale: 2, without: [1]) == 0.125)
    #expect(right.error(to: Matrix([[1, .nan, 9]]), scale: 2).isNaN)
    #expect(right.error(to: Matrix([[1, 2]]), scale: 2) == .infinity)
    #expect(right.distance(to: Matrix([[1, .nan, 4]])) == .infinity)
    #expect(right.distance(to: Matrix([[1], [2], [4]])) == .infinity)
  }

  @Test("entries whose differences reach over a kink are said, and no others")
  func kinks() throws {
    let shape = Shape(.one, .named("n"))
    let (x, y) = (Symbol("X", nil, shape, .data), Symbol("Y", nil, shape, .value))
    let program = try Program(
      inputs: [x],
      definitions: [
        .init(y, Expression.symbol(x).mapped(.relu)),
        .init(Symbol("L", nil, .scalar, .value), Expression.symbol(y).total),
      ])
    let derivation = Derivation(program)
    var evaluation = try Evaluation(
      program, inputs: [x: Matrix([[1, 1e-4, -1, 0]])], sizes: [.named("n"): 4])
    evaluation.addAdjoints(of: derivation)
    let differences = evaluation.differences(of: x, program)
    #expect(differences.kinks == [1, 3])
    #expect(abs(differences.values[0, 0] - 1) < 1e-9)
    #expect(differences.values[0, 2] == 0)
    #expect(evaluation.adjoints[x] == Matrix([[1, 1, 0, 0]]))
  }
}
