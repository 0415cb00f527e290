import PerceptronAutodiff
import Testing

@testable import Perceptron

/// A hidden activation, an output activation, a loss, a reduction, bias or not: everything the
/// enums allow is generated, so that a new case cannot escape.
struct Combination: Sendable, CustomTestStringConvertible {
  let hidden: Activation
  let output: Activation
  let loss: Loss
  let bias: Bool

  var testDescription: String {
    "\(hidden.name), \(output.name), \(loss.kind.rawValue) by \(loss.reduction.rawValue)"
      + (bias ? "" : ", no bias")
  }

  static let all: [Combination] = Activation.allCases.flatMap { hidden in
    Activation.allCases.flatMap { output in
      Loss.Kind.allCases.flatMap { kind in
        Loss.Reduction.allCases.flatMap { reduction in
          [true, false].map { bias in
            Combination(
              hidden: hidden, output: output, loss: Loss(kind, reduction: reduction), bias: bias)
          }
        }
      }
    }
  }

  var isTrainable: Bool { hidden.isTrainable && output.isTrainable }
  var fitsLoss: Bool { loss.kind.requiredActivation.map { $0 == output } ?? true }

  static let valid = all.filter { $0.isTrainable && $0.fitsLoss }
  static let invalid = all.filter { !($0.isTrainable && $0.fitsLoss) }

  func network(seed: UInt64) throws -> MLP<Double> {
    try Draw.network(inputs: 3, [(4, hidden), (3, output)], bias: bias, seed: seed)
  }
}

@Suite("Gradients: hand-derived, taped, numeric")
struct GradientProofTests {
  @Test("every valid combination, leaf by leaf, both executors", arguments: Combination.valid)
  func proof(_ item: Combination) throws {
    // A draw whose ReLUs are all silent leaves a gradient of zeros, which proves nothing.
    var tested = false
    for seed in 0..<10 where !tested {
      let model = try item.network(seed: UInt64(seed))
      let x = Draw.normal(rows: 5, columns: 3, seed: UInt64(100 + seed), as: Double.self)
      let t = Draw.targets(
        for: item.loss, rows: 5, columns: 3, seed: UInt64(200 + seed), as: Double.self)
      var differences = try CentralDifferences(model, inputs: x, targets: t, loss: item.loss)
      let numeric = differences.all()
      let taped = try model.tapedGradient(inputs: x, targets: t, loss: item.loss)
      for executor in Executor.allCases {
        let pass = try model.backwardPass(
          inputs: x, targets: t, loss: item.loss, executor: executor)
        let check = GradientCheck(
          model, analytic: pass.parameterGradient + pass.inputGradient.values, batch: 5,
          numeric: numeric)
        tested = !check.hasUntestedLeaf
        guard tested else { break }
        #expect(check.leaves.count == (item.bias ? 5 : 3))
        #expect(abs(pass.loss - taped.loss) <= 1e-12 * max(1, abs(pass.loss)))
        for parameter in model.architecture.parameters {
          expectAgreement(
            Array(pass.parameterGradient[parameter.range]),
            Array(taped.parameters[parameter.range]), "\(executor) \(parameter.name)")
        }
        expectAgreement(pass.inputGradient.values, taped.inputs.values, "\(executor) X")
        let inLanes = try gradientInLanes(model, x, t, item.loss)
        #expect(inLanes.bits == pass.parameterGradient.bits, "samples in lanes")
        for leaf in check.leaves {
          #expect(
            leaf.passed,
            """
            \(executor) \(leaf.name)[\(leaf.worst.row), \(leaf.worst.column)]: \(leaf.analytic) is \
            not \(leaf.numeric), error \(leaf.relativeError)
            """)
        }
      }
    }
    #expect(tested)
  }

  /// The gradient of the kernels with samples in lanes, as training computes it.
  private func gradientInLanes(
    _ model: MLP<Double>, _ x: Matrix<Double>, _ t: Matrix<Double>, _ loss: Loss
  ) throws -> [Double] {
    let runner = try PlanRunner<Double>(
      Plan(model.architecture, .differentiate(loss), largestBatch: x.rows, samplesInLanes: true))
    runner.workspace.write(model.parameters, to: .parameters)
    let batch = x.rows
    x.values.withUnsafeBufferPointer { x in
      t.values.withUnsafeBufferPointer { t in
        runner.workspace.point(.inputs, at: x.baseAddress)
        runner.workspace.point(.targets, at: t.baseAddress)
        runner.run(PlanCall(rows: batch))
      }
    }
    var gradient: [Double] = []
    runner.workspace.read(.gradient, into: &gradient)
    return gradient
  }

  /// The tape's gradient equals the hand-derived one to 1e-11 of the leaf's largest entry.
  private func expectAgreement(_ hand: [Double], _ tape: [Double], _ leaf: String) {
    #expect(hand.count == tape.count)
    let scale = hand.reduce(0) { max($0, abs($1)) }
    for k in hand.indices {
      let agrees = abs(hand[k] - tape[k]) <= 1e-11 * scale + 1e-14
      #expect(agrees, "\(leaf) at \(k): \(hand[k]) by hand, \(tape[k]) on the tape")
    }
  }

  @Test("every case of every enum occurs in a valid combination")
  func nothingEscapes() {
    for activation in Activation.allCases where activation.isTrainable {
      #expect(Combination.valid.contains { $0.hidden == activation })
      #expect(Combination.valid.contains { $0.output == activation })
    }
    for kind in Loss.Kind.allCases {
      for reduction in Loss.Reduction.allCases {
        #expect(
          Combination.valid.contains { $0.loss.kind == kind && $0.loss.reduction == reduction })
      }
    }
  }

  @Test("invalid pairs are refused when the step is built")
  func refusals() throws {
    #expect(Combination.invalid.count > 100)
    for item in Combination.invalid {
      let model = try item.network(seed: 1)
      let error = #expect(throws: PerceptronError.self, "\(item.testDescription)") {
        _ = try TrainingStep(model, loss: item.loss, optimizer: .sgd(), largestBatch: 1)
      }
      #expect(error?.kind == .network)
    }
  }

  /// A gradient of mse on a small tanh network, changed, and checked.
  private func check(changing change: (inout [Double]) -> Void) throws -> GradientCheck {
    let model = try Draw.network(
      inputs: 3, [(4, .tanh), (3, .identity)], seed: 3, as: Double.self)
    let x = Draw.normal(rows: 5, columns: 3, seed: 4, as: Double.self)
    let t = Draw.targets(for: .mse, rows: 5, columns: 3, seed: 5, as: Double.self)
    let pass = try model.backwardPass(inputs: x, targets: t, loss: .mse)
    var differences = try CentralDifferences(model, inputs: x, targets: t, loss: .mse)
    var analytic = pass.parameterGradient + pass.inputGradient.values
    change(&analytic)
    return GradientCheck(model, analytic: analytic, batch: 5, numeric: differences.all())
  }

  @Test("a wrong gradient is found, with its leaf and place")
  func mutation() throws {
    #expect(try check { _ in }.passed)
    let scaled = try check { $0[12 + 2] *= 1.001 }  // b1, third entry
    #expect(!scaled.passed)
    #expect(scaled.leaves.filter { !$0.passed }.map(\.name) == ["b1"])
    #expect(scaled.leaves.first { $0.name == "b1" }?.worst.column == 2)
  }

  @Test("a gradient of NaN or of zeros does not pass")
  func degenerate() throws {
    let one = try check { $0[5] = .nan }
    #expect(!one.passed)
    #expect(one.maximumRelativeError.isNaN)
    #expect(!(try check { $0 = $0.map { _ in .nan } }.passed))
    let zeros = try check { for k in 0..<12 { $0[k] = 0 } }  // W1
    #expect(!zeros.passed)
    #expect(zeros.leaves.filter { !$0.passed }.map(\.name) == ["W1"])
    #expect(!(try check { $0 = $0.map { _ in 0 } }.passed))
  }
}
