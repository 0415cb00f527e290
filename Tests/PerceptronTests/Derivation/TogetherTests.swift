import Perceptron
import Testing

@testable import PerceptronDerivation

/// Gradients in one formula each, as text 003 boxes one.
@Suite("Derivation: put together")
struct TogetherTests {
  private func lines(_ explanation: Explanation) -> [String] {
    MatrixReading(explanation.derivation).claims.map { claim in
      UnicodeMath.line(.overline(claim.symbol.formula)) + " = "
        + UnicodeMath.line(claim.formula.formula)
    }
  }

  @Test("text 003's boxed formula, and what it leaves to the reader")
  func text003() throws {
    let explanation = try TextNetwork.all[3].explanation(.differentials, withNumbers: false)
    #expect(
      lines(explanation) == [
        "W̄₁ = (1/m) Xᵀ (((A₂ − T) W₂ᵀ) ⊙ (1 − A₁ ⊙ A₁))",
        "b̄₁ = (1/m) 1ᵀ (((A₂ − T) W₂ᵀ) ⊙ (1 − A₁ ⊙ A₁))",
        "W̄₂ = (1/m) A₁ᵀ (A₂ − T)",
        "b̄₂ = (1/m) 1ᵀ (A₂ − T)",
      ])
    // In columns transposes stay where they are: nothing is turned twice.
    let columns = try TextNetwork.all[4].explanation(.vectorized, withNumbers: false)
    #expect(lines(columns).first == "W̄₁ = (2/m) X ((W₂ ((W₃ (A₃ − T)) ⊙ θ(Z₂))) ⊙ θ(Z₁))ᵀ")
  }

  @Test(
    "only forward values and data are left, and the numbers are the adjoints'",
    arguments: TextNetwork.all)
  func computed(_ network: TextNetwork) throws {
    let explanation = try network.explanation(.vectorized, withNumbers: true)
    let evaluation = explanation.checked.evaluation
    let reading = MatrixReading(explanation.derivation)
    #expect(!reading.claims.isEmpty)
    for claim in reading.claims {
      #expect(!claim.formula.contains { if case .adjoint = $0 { true } else { false } })
      #expect(claim.formula.shape == claim.symbol.shape)
      let adjoint = try #require(evaluation.adjoints[claim.symbol])
      let value = evaluation.value(of: claim.formula)
      #expect(value.error(to: adjoint, scale: max(adjoint.largest, 1e-9)) < 1e-12)
    }
    // They stand at the end of both readings, within a line, and are counted.
    let plain = try network.explanation(.elementwise, withNumbers: true)
    #expect(explanation.lines.lines == plain.lines.lines + reading.claims.count)
    for form in [Explanation.Form.vectorized, .differentials] {
      let symbols = try network.explanation(form, withNumbers: false)
      let text = TextWriter.text(symbols.document, width: 100)
      #expect(text.contains("Put together: every adjoint"))
      let printed = text.split(separator: "\n").map(String.init)
      for line in lines(symbols) {
        let found = try #require(printed.first { $0.contains(line) }, "\(line)")
        #expect(displayWidth(found) <= 100)
      }
    }
  }

  @Test("a wrong formula is found")
  func wrong() throws {
    let explanation = try TextNetwork.all[3].explanation(.vectorized, withNumbers: true)
    let reading = MatrixReading(explanation.derivation)
    let evaluation = explanation.checked.evaluation
    let claim = try #require(reading.claims.first)
    #expect(reading.check(evaluation).lines == 4)
    #expect(reading.check(evaluation).failures.isEmpty)
    // The text's own sign: y − A₂.
    let check = reading.check(
      evaluation, [.init(symbol: claim.symbol, formula: -claim.formula)])
    #expect(check.failures.map(\.rule) == [.together])
    #expect(check.disagreement?.contains("adjoint of W1 is wrong at together") == true)
  }

  @Test("deeper networks: what is longer than a line is left out")
  func deep() throws {
    let layers = Array(repeating: Layer.dense(3, .tanh), count: 12) + [.dense(3, .softmax)]
    let explanation = try Explanation(
      try Architecture(inputs: 3, layers: layers), objective: .loss(.crossEntropy))
    let claims = MatrixReading(explanation.derivation).claims.map(\.symbol.text)
    #expect(claims.contains("W13") && claims.contains("b12") && !claims.contains("W1"))
    let text = TextWriter.text(explanation.document)
    #expect(text.contains("what is longer than a line is left out"))
  }
}
