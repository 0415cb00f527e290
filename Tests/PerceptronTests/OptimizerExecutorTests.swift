import Testing

@testable import Perceptron

/// Every rule, and everything that is done to a gradient before it, in every executor.
@Suite("Every executor updates by the same bits")
struct OptimizerExecutorTests {
  static let rules: [Optimizer] = [
    .sgd(learningRate: 0.1), .momentum(momentum: 0.7, dampening: 0.4), .nesterov(),
    .adam(), .adam(beta2: 0.5, amsgrad: true), .adamw(learningRate: 0.1), .adamw(amsgrad: true),
    .adamax(), .nadam(), .radam(), .radam(beta2: 0.2), .rmsprop(), .rmsprop(momentum: 0.5),
    .rmsprop(alpha: 0.9, centered: true), .rmsprop(momentum: 0.5, centered: true), .adagrad(),
    .adagrad(learningRateDecay: 0.1, initialAccumulator: 0.1), .adadelta(), .lion(),
  ]

  static let extras: [Regularization] = [
    Regularization(weightDecay: 0.1), Regularization(weightDecay: 0.1, decaysBiases: false),
    Regularization(l1: 0.01), Regularization(l2: 0.02), Regularization(clipping: .value(0.01)),
    Regularization(clipping: .norm(0.01)), Regularization(clipping: .norm(1e9)),
    Regularization(
      weightDecay: 0.1, decaysBiases: false, l1: 0.01, l2: 0.02, clipping: .norm(0.05)),
  ]

  /// Wide enough for whole registers, narrow enough for samples in lanes too.
  private static func cases(
    inputs: Int = 20, _ optimizer: Optimizer, _ regularization: Regularization = Regularization()
  ) -> [TrainingCase] {
    [
      TrainingCase(
        inputs: inputs, layers: [(67, .tanh), (5, .softmax)], rows: 7, loss: .crossEntropy,
        optimizer: optimizer, regularization: regularization),
      TrainingCase(
        inputs: 5, layers: [(7, .sigmoid), (3, .identity)], rows: 21, loss: .mse,
        optimizer: optimizer, regularization: regularization),
    ]
  }

  @Test("rules", arguments: rules)
  func rule(_ optimizer: Optimizer) throws {
    for item in Self.cases(optimizer) { try check(item) }
  }

  @Test("decay, penalties, clipping", arguments: extras)
  func extra(_ regularization: Regularization) throws {
    for optimizer in [Optimizer.sgd(learningRate: 0.1), .adamw(learningRate: 0.1)] {
      // With more than one block of squares where it is wide.
      for item in Self.cases(inputs: 80, optimizer, regularization) { try check(item) }
    }
  }

  private func check(_ item: TrainingCase) throws {
    let float = try item.trained(as: Float.self, executor: .plain)
    let double = try item.trained(as: Double.self, executor: .plain)
    for set in InstructionSet.available {
      for threads in set == InstructionSet.available.last ? [1, 3] : [1] {
        let (float2, double2) = (
          try item.trained(as: Float.self, threads: .exactly(threads), instructionSet: set),
          try item.trained(as: Double.self, threads: .exactly(threads), instructionSet: set)
        )
        #expect(float2 == float, "Float on \(set), \(threads) threads: \(item)")
        #expect(double2 == double, "Double on \(set), \(threads) threads: \(item)")
      }
    }
  }

  @Test("what has no gradient and no state stays, whatever the rule", arguments: rules)
  func stays(_ optimizer: Optimizer) throws {
    // Inputs of 0 give the first layer's weights a gradient of 0.
    var model: MLP<Float> = try Draw.network(inputs: 4, [(6, .tanh), (2, .identity)], seed: 1)
    let before = model
    var step = try TrainingStep(
      model, loss: .mse, optimizer: optimizer, regularization: Regularization(weightDecay: 0),
      largestBatch: 5)
    let x = Matrix<Float>(rows: 5, columns: 4, values: Array(repeating: 0, count: 20))
    let t: Matrix<Float> = Draw.normal(rows: 5, columns: 2, seed: 2)
    for _ in 0..<4 { step.run(x, t) }
    step.snapshot(into: &model)
    #expect(model.parameters.prefix(24) == before.parameters.prefix(24))
    #expect(model.parameters.suffix(2) != before.parameters.suffix(2))
  }

  @Test("decay of weights alone, of biases too, and by itself")
  func decay() throws {
    let before: MLP<Double> = try Draw.network(inputs: 3, [(2, .identity)], seed: 3)
    let x = Matrix<Double>(rows: 1, columns: 3, values: [0, 0, 0])
    // The target is the output: no gradient but that of the decay.
    let t = Matrix<Double>(rows: 1, columns: 2, values: Array(before.parameters.suffix(2)))
    func after(_ optimizer: Optimizer, _ regularization: Regularization) throws -> [Double] {
      var model = before
      var step = try TrainingStep(
        model, loss: .mse, optimizer: optimizer, regularization: regularization, largestBatch: 1)
      step.run(x, t)
      step.snapshot(into: &model)
      return zip(model.parameters, before.parameters).map { $0 / $1 }
    }
    func close(_ values: [Double], _ expected: [Double]) -> Bool {
      zip(values, expected).allSatisfy { abs($0 - $1) < 1e-12 }
    }
    let sgd = Optimizer.sgd(learningRate: 0.5)
    let weights = Array(repeating: 0.95, count: 6)
    #expect(close(try after(sgd, .init(weightDecay: 0.1)), weights + [0.95, 0.95]))
    #expect(
      close(try after(sgd, .init(weightDecay: 0.1, decaysBiases: false)), weights + [1, 1]))
    #expect(close(try after(sgd, .init(l2: 0.1)), weights + [1, 1]))
    // Adam's step is about η, whatever the gradient; AdamW's decay is not Adam's.
    #expect(
      close(
        try after(.adamw(learningRate: 0.5), .init(weightDecay: 0.1, decaysBiases: false)),
        weights + [1, 1]))
    #expect(close(try after(.adamw(learningRate: 0.5), .init()), Array(repeating: 0.995, count: 8)))
    let l1 = try after(sgd, .init(l1: 0.1))
    #expect(
      close(
        l1, zip(before.parameters, 0..<8).map { $1 < 6 ? 1 - 0.05 / abs($0) : 1 }))
  }

  @Test(
    "a loss that is no number leaves the parameters, whatever is decoupled",
    arguments: Executor.allCases)
  func divergence(_ executor: Executor) throws {
    var model: MLP<Float> = try Draw.network(inputs: 3, [(2, .identity)], seed: 3)
    let before = model
    var step = try TrainingStep(
      model, loss: .mse, optimizer: .adamw(learningRate: 0.1), largestBatch: 1,
      executor: executor)
    step.run(
      Matrix(rows: 1, columns: 3, values: [.nan, 0, 0]),
      Matrix(rows: 1, columns: 2, values: [1, 2]))
    step.snapshot(into: &model)
    #expect(model.parameters == before.parameters)
  }

  @Test("numbers out of range are refused")
  func refusals() throws {
    let model: MLP<Float> = try Draw.network(inputs: 3, [(2, .identity)], seed: 3)
    func refused(_ optimizer: Optimizer, _ regularization: Regularization = .init()) -> String {
      do {
        _ = try TrainingStep(
          model, loss: .mse, optimizer: optimizer, regularization: regularization, largestBatch: 1)
        return ""
      } catch { return "\(error)" }
    }
    #expect(refused(.lbfgs()) == "lbfgs is no rule of single updates: use fit")
    #expect(refused(.lion(beta1: 1)) == "beta1 must be at least 0 and below 1, not 1.0")
    #expect(refused(.rmsprop(epsilon: 0)) == "epsilon must be above 0, not 0.0")
    #expect(refused(.momentum(dampening: 2)) == "dampening must be from 0 to 1, not 2.0")
    #expect(
      refused(.sgd(), .init(weightDecay: -1)) == "the weight decay must be at least 0, not -1.0")
    #expect(
      refused(.sgd(), .init(clipping: .norm(0)))
        == "the gradient must be clipped to more than 0, not 0.0")
    for name in Optimizer.names {
      #expect(try Optimizer(named: name).name == name)
    }
  }
}
