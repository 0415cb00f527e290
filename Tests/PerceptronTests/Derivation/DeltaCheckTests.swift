import Perceptron
import Testing

@testable import PerceptronDerivation

/// What the δ reading shows beyond the derivation's own lines is computed too.
@Suite("Derivation: diagonal Jacobians")
struct DeltaCheckTests {
  private func reading(_ layout: Layout, rows: Int) throws -> (DeltaReading, Evaluation) {
    let architecture = try Architecture(
      inputs: 3, layers: [.dense(4, .tanh), .dense(3, .relu), .dense(2, .sigmoid)])
    let loss = Loss.halfSquaredError
    let batch = try RandomBatch(architecture, loss: loss, rows: rows, seed: 5)
    let explanation = try Explanation(
      architecture, objective: .loss(loss), form: .delta, layout: layout,
      batch: .init(model: batch.model, inputs: batch.inputs, targets: batch.targets))
    let evaluation = try #require(explanation.numbers).evaluation
    return (DeltaReading(explanation.network, explanation.derivation), evaluation)
  }

  @Test("diag(g′(z)) is the row of the ⊙ product, example by example", arguments: Layout.allCases)
  func right(_ layout: Layout) throws {
    for rows in [1, 4] {
      let (reading, evaluation) = try reading(layout, rows: rows)
      let check = reading.check(evaluation)
      // Three diagonals, and the three formulas into which the adjoint before was put.
      #expect(check.lines == 6)
      #expect(check.failures.isEmpty)
      #expect(check.largestError < 1e-14)
      for claim in reading.claims where claim.symbol.name == "Z" {
        // As the line says, it is of one example.
        let shape = try #require(claim.diagonal).shape
        let units = claim.symbol.shape
        #expect(
          shape
            == (layout.examplesAreRows
              ? Shape(.one, units.columns) : Shape(units.rows, .one)))
      }
    }
  }

  @Test(
    "a wrong diagonal is found, and the line that is wrong is named", arguments: Layout.allCases)
  func wrong(_ layout: Layout) throws {
    let (reading, evaluation) = try reading(layout, rows: 4)
    let claim = try #require(reading.claims.first { $0.symbol.text == "Z1" })
    let diagonal = try #require(claim.diagonal)
    let faults: [(String, Expression)] = [
      ("1 − a for 1 − a²", diagonal.rewritten { $0.isSquare ? $0.children[0] : $0 }),
      (
        "no diagonal",
        diagonal.rewritten {
          if case .diagonal(let part) = $0 { .diagonal(.ones(part.shape)) } else { $0 }
        }
      ),
      ("half of it", 0.5 * diagonal),
      ("transposed", diagonal.transposed),
    ]
    for (fault, wrong) in faults {
      #expect(wrong != diagonal, "\(fault)")
      let check = reading.check(
        evaluation, [.init(symbol: claim.symbol, formula: claim.formula, diagonal: wrong)])
      #expect(check.failures.map(\.rule) == [.diagonalProduct], "\(fault)")
      #expect(check.disagreement?.contains("adjoint of Z1 is wrong at diagonal-product") == true)
    }
    // And a formula that is not the adjoint.
    let check = reading.check(
      evaluation, [.init(symbol: claim.symbol, formula: 2 * claim.formula, diagonal: nil)])
    #expect(check.failures.map(\.symbol) == [claim.symbol])
  }

  @Test("the lines are counted where they are shown")
  func counted() throws {
    let network = TextNetwork.all[4]
    let delta = try network.explanation(.delta, withNumbers: true)
    let plain = try network.explanation(.elementwise, withNumbers: true)
    #expect(delta.lines.lines == plain.lines.lines + 5)
  }
}

extension Expression {
  /// A ⊙ A
  fileprivate var isSquare: Bool {
    if case .hadamard(let factors) = self {
      factors.count == 2 && factors[0] == factors[1]
    } else {
      false
    }
  }
}
