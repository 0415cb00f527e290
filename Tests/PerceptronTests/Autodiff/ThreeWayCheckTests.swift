import Perceptron
import PerceptronAutodiff
import Testing

@Suite("The three-way check as a call")
struct ThreeWayCheckTests {
  private let model: MLP<Double>
  private let x: Matrix<Double>

  init() throws {
    model = try Draw.network(
      inputs: 3, [(4, .tanh), (4, .sigmoid), (2, .softmax)], seed: 1, as: Double.self)
    x = Draw.normal(rows: 6, columns: 3, seed: 2)
  }

  @Test("hand-derived, taped and numeric agree; so do second derivatives")
  func agrees() throws {
    for loss in [Loss.crossEntropy, .mse, .halfSquaredError.reduced(by: .sum)] {
      let t = Draw.targets(for: loss, rows: 6, columns: 2, seed: 3, as: Double.self)
      let check = try ThreeWayCheck(model, inputs: x, targets: t, loss: loss, secondOrder: true)
      #expect(check.passed)
      #expect(check.tapeErrors.count == check.numeric.leaves.count)
      #expect(check.tapeErrors.allSatisfy { $0 < 1e-13 })
      #expect(try #require(check.secondOrderError) < 1e-8)
    }
  }

  @Test("a loss that does not fit is refused")
  func refused() {
    #expect(throws: PerceptronError.self) {
      _ = try ThreeWayCheck(
        model, inputs: x, targets: Matrix(rows: 6, columns: 2, repeating: 0.5),
        loss: .binaryCrossEntropy)
    }
  }

  @Test("Float on the tape follows the training step")
  func float() throws {
    let model = try Draw.network(inputs: 3, [(5, .relu), (2, .identity)], seed: 4, as: Float.self)
    let x = Draw.normal(rows: 8, columns: 3, seed: 5, as: Float.self)
    let t = Draw.normal(rows: 8, columns: 2, seed: 6, as: Float.self)
    let pass = try model.backwardPass(inputs: x, targets: t, loss: .mse)
    let taped = try model.tapedGradient(inputs: x, targets: t, loss: .mse)
    let scale = pass.parameterGradient.reduce(0) { max($0, abs($1)) }
    #expect(scale > 0)
    for (hand, tape) in zip(pass.parameterGradient, taped.parameters) {
      #expect(abs(hand - tape) <= 2e-6 * scale)
    }
  }
}
