import Perceptron
import PerceptronDerivation
import Testing

/// The well-known 2-2-2 example with weights .15 … .55, from the derivation's own formulas.
///
/// After one step its loss is 0.291027774. The number that is copied everywhere, 0.291027924, comes
/// of taking the output weights of after the step for the gradient of the hidden ones.
@Suite("Mazur's example")
struct MazurTests {
  static let inputs = Matrix<Double>([[0.05, 0.10]])
  static let targets = Matrix<Double>([[0.01, 0.99]])

  /// The weights lie inputs × units, row by row; then the bias.
  static func model() throws -> MLP<Double> {
    let architecture = try MLP<Double>(inputs: 2, [(2, .sigmoid), (2, .sigmoid)]).architecture
    return try MLP(
      architecture,
      parameters: [0.15, 0.25, 0.20, 0.30, 0.35, 0.35, 0.40, 0.50, 0.45, 0.55, 0.60, 0.60])
  }

  static func explanation() throws -> Explanation {
    try Explanation(
      model().architecture, objective: .loss(.halfSquaredError),
      batch: .init(model: model(), inputs: inputs, targets: targets),
      optimizer: .sgd(learningRate: 0.5))
  }

  /// The loss after the weights are replaced and the biases left alone.
  static func loss(_ first: Matrix<Double>, _ second: Matrix<Double>) throws -> Double {
    var model = try model()
    model.setWeights(0, first)
    model.setWeights(1, second)
    return try model.loss(inputs: inputs, targets: targets, loss: .halfSquaredError)
  }

  @Test("0.298371109 before, 0.291027774 after one step on the weights")
  func oneStep() throws {
    let explanation = try Self.explanation()
    let numbers = try #require(explanation.numbers)
    let before = numbers.evaluation.value(of: .symbol(explanation.network.program.loss)).values[0]
    #expect(abs(before - 0.298371109) < 5e-10)

    let updated = explanation.network.layers.map {
      UpdateRule(.sgd(learningRate: 0.5), of: $0.weights, numbers.evaluation).result
    }
    let wanted = [0.35891648, 0.51130127, 0.40866619, 0.56137012]
    for (value, wanted) in zip(updated[1].values, wanted) { #expect(abs(value - wanted) < 5e-9) }
    #expect(abs(try Self.loss(updated[0], updated[1]) - 0.291027774) < 5e-10)
  }

  @Test("0.291027924 is what a gradient with already updated output weights leads to")
  func staleOrder() throws {
    let explanation = try Self.explanation()
    let numbers = try #require(explanation.numbers)
    let (first, second) = (explanation.network.layers[0], explanation.network.layers[1])
    let rule = Optimizer.sgd(learningRate: 0.5)
    var evaluation = numbers.evaluation
    let output = UpdateRule(rule, of: second.weights, evaluation).result
    // W₂ is replaced before the adjoints below it are computed.
    evaluation.set(second.weights, to: output)
    for symbol in [first.activation, first.preActivation, first.weights] {
      let formula = try #require(explanation.derivation.adjoint(of: symbol)?.formula)
      evaluation.adjoints[symbol] = evaluation.value(of: formula)
    }
    let hidden = UpdateRule(rule, of: first.weights, evaluation).result
    #expect(abs(try Self.loss(hidden, output) - 0.291027924) < 5e-10)
  }

  @Test("With the biases updated too, as training does, the loss is another again")
  func withBiases() throws {
    let explanation = try Self.explanation()
    var model = try Self.model()
    var step = try TrainingStep(
      model, loss: .halfSquaredError, optimizer: .sgd(learningRate: 0.5), largestBatch: 1)
    _ = step.run(Self.inputs, Self.targets)
    step.snapshot(into: &model)
    let loss = try model.loss(
      inputs: Self.inputs, targets: Self.targets, loss: .halfSquaredError)
    #expect(abs(loss - 0.280471447) < 5e-10, "\(loss)")
    #expect(explanation.updates.map(\.parameter.text) == ["W1", "b1", "W2", "b2"])
  }
}
