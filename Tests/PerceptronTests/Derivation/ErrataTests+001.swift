import Perceptron
import PerceptronDerivation
import Testing

// MARK: Text 001

extension ErrataTests {
  static func text001(rows: Int, hidden: Int = 4, outputs: Int = 2) throws -> Trial {
    try Trial(
      inputs: 3, [(hidden, .relu), (outputs, .identity)], loss: .squaredError, rows: rows, seed: 2)
  }

  @Test("001: 2·mean(ŷ − y) is no squared error; squared it is one only for two outputs")
  func meanWithoutSquare() throws {
    func mean(_ values: [Double]) -> Double { values.reduce(0, +) / Double(values.count) }
    for (rows, outputs) in [(2, 2), (3, 2), (2, 3), (3, 3)] {
      let trial = try Self.text001(rows: rows, outputs: outputs)
      let d = trial.evaluation.value(of: trial.a(2) - trial.t()).values
      let squares = d.map { $0 * $0 }
      #expect(abs(2 * mean(d) - trial.loss) > 1, "as printed")
      // The 2 is K, the number of outputs, whatever N is.
      #expect(abs(Double(outputs) * mean(squares) - trial.loss) < 1e-12 * trial.loss)
      let isEqual = abs(2 * mean(squares) - trial.loss) < 1e-12 * trial.loss
      #expect(isEqual == (outputs == 2))
    }
    // By hand, two rows: the code says 2, the loss is 14/2; with a third output 2 and 18/2.
    #expect(2 * mean([-1, 2, 0, 3]) == 2 && 2 * mean([1, 4, 0, 9]) == 7)
    #expect(2 * mean([-1, 2, 0, 0, 3, 2]) == 2 && 2 * mean([1, 4, 0, 0, 9, 4]) == 6)
    // As printed it has no lower end: a prediction that is too low by 100 beats a right one.
    #expect(2 * mean([-100, -100, -100, -100]) == -200)
  }

  @Test("001: the backward code drops 1/N, the number of rows", arguments: [2, 3])
  func droppedRows(_ rows: Int) throws {
    let trial = try Self.text001(rows: rows)
    let output = trial.symbols(2).activation
    let printed = 2 * (trial.a(2) - trial.t())
    #expect(trial.error(printed, of: output) > 0.9)
    let ratio = Double(rows)
    #expect(trial.error(.scale(Coefficient(1 / ratio), printed), of: output) < Self.right)
    // Elements are another number: N K.
    #expect(trial.error(.scale(Coefficient(1 / (2 * ratio)), printed), of: output) > 0.4)
  }

  @Test("001: Σ_m H¹_im ∂L/∂ŷ_mj needs the transpose of H¹")
  func hiddenTransposed() throws {
    let trial = try Self.text001(rows: 2, hidden: 2)
    let w2 = trial.symbols(2).weights
    #expect(
      refusal(w2, trial.a(1) * trial.aBar(2)) == "product: shapes m × n1 and m × n2 do not fit")
    // With as many rows as hidden units there is a number, and it is wrong.
    #expect(trial.error(trial.a(1) * trial.aBar(2), of: w2) > 0.1)
    #expect(trial.error(trial.a(1).transposed * trial.aBar(2), of: w2) < Self.right)
  }

  @Test("001: the mask is 1(Y¹ > 0); 1(Y¹) would let through whatever is not 0")
  func mask() throws {
    let trial = try Self.text001(rows: 3)
    let y1 = trial.symbols(1).preActivation
    #expect(trial.error(trial.aBar(1).times(.map(.step, trial.z(1))), of: y1) < Self.right)
    let nonzero = Expression.map(.square, .map(.signum, trial.z(1)))
    #expect(trial.error(trial.aBar(1).times(nonzero), of: y1) > 0.1)
  }
}
