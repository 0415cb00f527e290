import Perceptron
import PerceptronAutodiff
import Testing

@Suite("The network element by element")
struct ScalarNetworkTests {
  static let cases: [(layers: [(units: Int, activation: Activation)], loss: Loss, bias: Bool)] = [
    ([(2, .relu), (2, .relu), (1, .sigmoid)], .halfSquaredError, false),
    ([(2, .relu), (2, .relu), (1, .sigmoid)], .halfSquaredError, true),
    ([(4, .tanh), (3, .sigmoid)], .binaryCrossEntropy, true),
    ([(4, .sigmoid), (3, .softmax)], .crossEntropy, true),
    ([(3, .softmax), (2, .identity)], .mse, true),
  ]

  @Test("equals the matrices to rounding", arguments: cases.indices)
  func matrices(_ index: Int) throws {
    let item = Self.cases[index]
    let x = Draw.normal(rows: 1, columns: 2, seed: 12, as: Double.self)
    // The first seed whose ReLUs are not all silent.
    let model = try #require(
      (0..<20).lazy.compactMap { seed in
        try? Draw.network(
          inputs: 2, item.layers, bias: item.bias, seed: seed, as: Double.self)
      }.first { model in
        let outputs = try? model.backwardPass(
          inputs: x, targets: Matrix(rows: 1, columns: model.outputs, repeating: 0.5), loss: .mse)
        return outputs.map { $0.layers[0].weightsGradient.values.contains { $0 != 0 } } ?? false
      })
    let t = Draw.targets(for: item.loss, rows: 1, columns: model.outputs, seed: 13, as: Double.self)
    let pass = try model.backwardPass(inputs: x, targets: t, loss: item.loss)
    let network = ScalarNetwork(model, row: x.values)
    let loss = network.loss(item.loss, targets: t.values)
    #expect(abs(loss.scalar - pass.loss) <= 1e-12 * max(1, abs(pass.loss)))
    let gradient = try network.parameterGradient(of: loss)
    #expect(gradient.count == model.parameters.count)
    #expect(gradient.contains { $0 != 0 })
    let scale = gradient.reduce(0) { max($0, abs($1)) }
    for (element, matrix) in zip(gradient, pass.parameterGradient) {
      #expect(abs(element - matrix) <= 1e-12 * scale)
    }
  }

  @Test("every node has the text's name, and equation 5 holds for its adjoint")
  func names() throws {
    let model = try Draw.network(
      inputs: 2, [(2, .tanh), (2, .tanh), (1, .sigmoid)], bias: false, seed: 3, as: Double.self)
    let network = ScalarNetwork(model, row: [0.5, -1])
    #expect(network.x(2).scalar == -1)
    #expect(network.w(1, 2, 1).scalar == model.weights(0)[0, 1])
    #expect(
      network.l(3, 1).scalar == network.w(3, 1, 1).scalar * network.a(2, 1).scalar
        + network.w(3, 1, 2).scalar * network.a(2, 2).scalar)
    let loss = network.loss(.halfSquaredError, targets: [1])
    let adjoints = try network.tape.gradient(
      of: loss, at: [network.w(3, 1, 2), network.l(3, 1), network.a(3, 1), network.a(1, 2)]
    ).map { $0.values[0] }
    let a3 = network.a(3, 1).scalar
    #expect(adjoints[2] == a3 - 1)  // (3)  ā₃ = a₃ − t
    #expect(abs(adjoints[1] - adjoints[2] * a3 * (1 - a3)) < 1e-16)  // (4)
    #expect(abs(adjoints[0] - adjoints[1] * network.a(2, 2).scalar) < 1e-16)  // (5)
    // (9)  ā_{12} = Σ_i l̄_{2i} w_{2i2}
    let l2 = try network.tape.gradient(of: loss, at: [network.l(2, 1), network.l(2, 2)])
    let sum =
      l2[0].values[0] * network.w(2, 1, 2).scalar + l2[1].values[0] * network.w(2, 2, 2).scalar
    #expect(abs(adjoints[3] - sum) < 1e-16)
  }
}
