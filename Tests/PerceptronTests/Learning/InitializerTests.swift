import Testing

@testable import Perceptron

@Suite("Initial weights")
struct InitializerTests {
  private static let inputs = 120
  private static let units = 150
  private static let count = Double(inputs * units)

  private func weights(_ initializer: Initializer) throws -> [Double] {
    let model = try MLP<Double>(
      inputs: Self.inputs, [(Self.units, .tanh)], initializer: initializer, seed: 1)
    #expect(model.bias(0) == Array(repeating: 0, count: Self.units))
    return model.weights(0).values
  }

  private func moments(_ values: [Double]) -> (mean: Double, deviation: Double) {
    let mean = values.reduce(0, +) / Double(values.count)
    let variance = values.reduce(0) { $0 + ($1 - mean) * ($1 - mean) } / Double(values.count)
    return (mean, variance.squareRoot())
  }

  /// √(6/(n+m)), √(6/n), √(3/n) for n = 120 inputs, m = 150 units.
  @Test(
    "uniform forms fill their interval",
    arguments: [
      (Initializer.xavierUniform, 0.149_071_198_499_985_99),
      (.heUniform, 0.223_606_797_749_978_97), (.lecunUniform, 0.158_113_883_008_418_98),
    ])
  func uniform(initializer: Initializer, bound: Double) throws {
    let values = try weights(initializer)
    let largest = values.map(\.magnitude).max() ?? 0
    #expect(largest <= bound && largest > 0.9 * bound)
    #expect((values.min() ?? 0) < -0.9 * bound && (values.max() ?? 0) > 0.9 * bound)
    let (mean, deviation) = moments(values)
    let expected = bound / 3.0.squareRoot()
    #expect(abs(mean) < 3 * expected / Self.count.squareRoot())
    // The standard error of a uniform sample's deviation is σ √(0.2/N).
    #expect(abs(deviation - expected) < 3 * expected * (0.2 / Self.count).squareRoot())
    // A quarter lies in each quarter of the interval.
    for quarter in 0..<4 {
      let low = bound * (Double(quarter) / 2 - 1)
      let share = Double(values.count { $0 >= low && $0 < low + bound / 2 }) / Self.count
      #expect(abs(share - 0.25) < 4 * (0.1875 / Self.count).squareRoot())
    }
  }

  /// √(2/(n+m)), √(2/n), √(1/n), 1.
  @Test(
    "normal forms have their deviation and tails",
    arguments: [
      (Initializer.xavierNormal, 0.086_066_296_582_387_04), (.heNormal, 0.129_099_444_873_580_56),
      (.lecunNormal, 0.091_287_092_917_527_69), (.standardNormal, 1),
    ])
  func normal(initializer: Initializer, expected: Double) throws {
    let values = try weights(initializer)
    let (mean, deviation) = moments(values)
    #expect(abs(mean) < 3 * expected / Self.count.squareRoot())
    #expect(abs(deviation - expected) < 3 * expected * (0.5 / Self.count).squareRoot())
    let within = Double(values.count { abs($0) < expected }) / Self.count
    #expect(abs(within - 0.682_689_5) < 0.015)
    #expect(values.contains { abs($0) > 3 * expected })
  }

  @Test("zeros are zeros")
  func zeros() throws {
    #expect(try weights(.zeros).allSatisfy { $0 == 0 })
  }

  @Test("Float weights are the Double ones rounded", arguments: Initializer.allCases)
  func precisions(_ initializer: Initializer) throws {
    let layers: [(units: Int, activation: Activation)] = [(7, .relu), (3, .softmax)]
    let double = try MLP<Double>(inputs: 5, layers, initializer: initializer, seed: 9)
    let float = try MLP<Float>(inputs: 5, layers, initializer: initializer, seed: 9)
    #expect(float.parameters.bits == double.parameters.map { Float($0) }.bits)
  }

  @Test("the seed and the layer decide the weights; the width of other layers does not")
  func streams() throws {
    func model(_ units: Int, seed: UInt64) throws -> MLP<Double> {
      try MLP(inputs: 4, [(4, .tanh), (4, .tanh), (units, .tanh)], seed: seed)
    }
    let first = try model(4, seed: 1)
    #expect(first == (try model(4, seed: 1)))
    #expect(first.weights(0) != (try model(4, seed: 2).weights(0)))
    #expect(Set((0..<3).map { first.weights($0).bits }).count == 3)
    #expect(Set(first.weights(0).bits).count == 16)
    let other = try model(9, seed: 1)
    #expect(other.weights(0) == first.weights(0) && other.weights(1) == first.weights(1))
  }

  @Test("what a layer starts from unless told otherwise")
  func standard() {
    let likeReLU: [Activation] = [
      .leakyReLU(), .leakyReLU(slope: 0.3), .elu(), .gelu, .geluTanh, .silu, .mish, .hardSwish,
      .relu6,
    ]
    for activation in Activation.allCases + likeReLU {
      let expected: Initializer =
        switch activation {
        case .identity: .lecunUniform
        case .selu: .lecunNormal
        case _ where likeReLU.contains(activation): .heUniform
        default: .xavierUniform
        }
      #expect(Initializer.standard(for: activation) == expected)
      #expect(Dense(units: 1, activation: activation).initializer == expected)
    }
    #expect(Dense(units: 1, activation: .relu, initializer: .heNormal).initializer == .heNormal)
  }

  @Test("distributions as they are printed")
  func descriptions() throws {
    #expect(Initializer.zeros.distribution(inputs: 3, units: 2).description == "all 0.0")
    #expect(Initializer.heUniform.distribution(inputs: 32, units: 9).description == "U(±0.4330)")
    #expect(
      Initializer.lecunNormal.distribution(inputs: 16, units: 1).description == "N(0, 0.2500²)")
    let architecture = try Architecture(inputs: 8, layers: [.dense(4, .relu), .dense(2)])
    #expect(architecture.distribution(of: 0) == .uniform(bound: 0.5.squareRoot()))
    #expect(architecture.distribution(of: 1) == .uniform(bound: 0.75.squareRoot()))
  }

  // MARK: Names

  @Test("names and their aliases")
  func names() throws {
    for item in Initializer.allCases { #expect(try Initializer(named: item.rawValue) == item) }
    #expect(try Initializer(named: "glorot-uniform") == .xavierUniform)
    #expect(try Initializer(named: "Glorot-Normal") == .xavierNormal)
    for item in Activation.allCases {
      #expect(try Activation(named: item.name.uppercased()) == item)
    }
    for kind in Loss.Kind.allCases { #expect(try Loss(named: kind.rawValue) == Loss(kind)) }
    #expect(try Loss(named: "bce") == .binaryCrossEntropy)
    #expect(try Loss(named: "mean-squared-error") == .mse)
    #expect(try Loss(named: "MSE", reduction: .sum) == .mse.reduced(by: .sum))
    for name in Optimizer.names { #expect(try Optimizer(named: name).name == name) }
    #expect(try Optimizer(named: "adam") == .adam(learningRate: 0.001))
    #expect(try Optimizer(named: "SGD", learningRate: 0.5) == .sgd(learningRate: 0.5))
  }

  @Test("unknown names are refused with the nearest, or all")
  func unknownNames() {
    expectRefusal(.option, "unknown initialiser \"he-unifrom\"", "did you mean he-uniform?") {
      _ = try Initializer(named: "he-unifrom")
    }
    expectRefusal(.option, "initialiser \"orthogonal\"", "zeros, standard-normal") {
      _ = try Initializer(named: "orthogonal")
    }
    expectRefusal(.option, "unknown activation \"rlu\"", "did you mean relu?") {
      _ = try Activation(named: "rlu")
    }
    expectRefusal(.option, "unknown loss \"croos-entropy\"", "did you mean cross-entropy?") {
      _ = try Loss(named: "croos-entropy")
    }
    expectRefusal(.option, "unknown optimizer \"adma\"", "did you mean adam?") {
      _ = try Optimizer(named: "adma")
    }
    expectRefusal(.option, "unknown optimizer \"newton\"", "sgd, momentum, nesterov, adam") {
      _ = try Optimizer(named: "newton")
    }
    expectRefusal(.option, "learning rate", "0.0") {
      _ = try Optimizer(named: "sgd", learningRate: 0)
    }
  }
}
