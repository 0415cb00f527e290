import PerceptronAutodiff
import Testing

@testable import Perceptron

@Suite("Gradients: hand-derived, taped, numeric")
struct GradientProofTests {
  @Test("every combination, leaf by leaf, both executors", arguments: Combination.valid)
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

  /// The cover is built by counting, so that it is looked for here what it may have missed.
  @Test("every two that may meet do so in the cover")
  func nothingEscapes() {
    func key(_ parts: Any...) -> String { parts.map { "\($0)" }.joined(separator: " ") }
    var met: Set<String> = []
    for item in Combination.cover {
      let (kind, reduction) = (item.loss.kind, item.loss.reduction)
      met.formUnion([
        key("under", item.hidden, item.output), key("hidden", item.hidden, kind),
        key("hidden", item.hidden, reduction), key("hidden", item.hidden, item.bias),
        key("output", item.output, kind), key("output", item.output, reduction),
        key("output", item.output, item.bias), key(kind, reduction), key(kind, item.bias),
        key(reduction, item.bias),
      ])
    }
    func expect(_ parts: Any...) {
      let pair = parts.map { "\($0)" }.joined(separator: " ")
      #expect(met.contains(pair), "\(pair): not in the cover")
    }
    let activations = Activation.allCases.filter(\.isTrainable)
    for activation in activations {
      for output in activations { expect("under", activation, output) }
      for kind in Loss.Kind.allCases {
        expect("hidden", activation, kind)
        if Combination.fits(kind, activation) { expect("output", activation, kind) }
      }
      for place in ["hidden", "output"] {
        for reduction in Loss.Reduction.allCases { expect(place, activation, reduction) }
        for bias in [true, false] { expect(place, activation, bias) }
      }
    }
    for bias in [true, false] {
      for reduction in Loss.Reduction.allCases { expect(reduction, bias) }
      for kind in Loss.Kind.allCases { expect(kind, bias) }
    }
    for kind in Loss.Kind.allCases {
      #expect(activations.contains { Combination.fits(kind, $0) }, "\(kind) fits no activation")
      for reduction in Loss.Reduction.allCases { expect(kind, reduction) }
    }
    // A step fits the cover, not the product: 400 combinations and some for each kind of loss.
    #expect(Combination.cover.count < 1000)
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
