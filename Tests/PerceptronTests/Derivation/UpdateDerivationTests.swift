import Testing

@testable import Perceptron
@testable import PerceptronDerivation

/// An explanation shows the first update, before which the state is 0; the formulas hold for all.
@Suite("Derivation: updates")
struct UpdateDerivationTests {
  private static func constants(of optimizer: Optimizer, step: Int) -> [String: Double] {
    func power(_ base: Double) -> Double { (0..<step).reduce(1) { power, _ in power * base } }
    return switch optimizer {
    case .sgd(let rate): ["η": rate]
    case .momentum(let rate, let momentum, _), .nesterov(let rate, let momentum):
      ["η": rate, "μ": momentum]
    case .adam(let rate, let beta1, let beta2, let epsilon, _),
      .adamax(let rate, let beta1, let beta2, let epsilon),
      .radam(let rate, let beta1, let beta2, let epsilon),
      .nadam(let rate, let beta1, let beta2, let epsilon, _),
      .adamw(let rate, let beta1, let beta2, let epsilon, _):
      [
        "η": rate, "ε": epsilon, "β_1": beta1, "1 − β_1": 1 - beta1, "β_2": beta2,
        "1 − β_2": 1 - beta2, "1 − β_1^t": 1 - power(beta1), "1 − β_2^t": 1 - power(beta2),
        "1 − η λ": 1 - rate * 0.01,
      ].merging(looksAhead(beta1, step)) { first, _ in first }
    case .rmsprop(let rate, let alpha, let epsilon, let momentum, _):
      ["η": rate, "ε": epsilon, "α": alpha, "1 − α": 1 - alpha, "μ": momentum]
    case .adagrad(let rate, _, let initial, let epsilon):
      ["η": rate, "ε": epsilon, "v_0": initial]
    case .adadelta(let rate, let rho, let epsilon):
      ["η": rate, "ε": epsilon, "ρ": rho, "1 − ρ": 1 - rho]
    case .lion(let rate, let beta1, let beta2):
      [
        "η": rate, "β_1": beta1, "1 − β_1": 1 - beta1, "β_2": beta2, "1 − β_2": 1 - beta2,
      ]
    case .lbfgs: [:]
    }
  }

  /// nadam's numbers with its usual momentum decay.
  private static func looksAhead(_ beta1: Double, _ step: Int) -> [String: Double] {
    func momentum(_ t: Int) -> Double {
      beta1 * (1 - 0.5 * Double.exp(Double(t) * 0.004 * Double.log(0.96)))
    }
    let product = (1...step).reduce(1.0) { $0 * momentum($1) }
    return [
      "1 − μ_t": 1 - momentum(step), "1 − Π_t": 1 - product, "μ_t+1": momentum(step + 1),
      "1 − Π_t+1": 1 - product * momentum(step + 1),
    ]
  }

  @Test(
    "three steps by the formulas are three steps of training",
    arguments: [
      Optimizer.sgd(learningRate: 0.1), .momentum(learningRate: 0.1, momentum: 0.7),
      .nesterov(learningRate: 0.1, momentum: 0.7),
      .adam(learningRate: 0.1, beta1: 0.6, beta2: 0.8, epsilon: 0.05),
      .adam(learningRate: 0.1, beta2: 0.3, epsilon: 0.05, amsgrad: true),
      .adamw(learningRate: 0.1, epsilon: 0.05), .adamax(learningRate: 0.1, beta2: 0.5),
      .nadam(learningRate: 0.1), .radam(learningRate: 0.1), .rmsprop(learningRate: 0.1),
      .rmsprop(learningRate: 0.01, momentum: 0.5, centered: true), .adagrad(learningRate: 0.1),
      .adagrad(learningRate: 0.1, initialAccumulator: 0.2), .adadelta(), .lion(learningRate: 0.1),
    ])
  func steps(_ optimizer: Optimizer) throws {
    var model: MLP<Double> = try Draw.network(inputs: 3, [(4, .tanh), (2, .identity)], seed: 1)
    let x: Matrix<Double> = Draw.normal(rows: 5, columns: 3, seed: 2)
    let t: Matrix<Double> = Draw.normal(rows: 5, columns: 2, seed: 3)
    var training = try TrainingStep(model, loss: .mse, optimizer: optimizer, largestBatch: 5)
    let network = try NetworkProgram(model.architecture, objective: .loss(.mse), rows: 5)
    let derivation = Derivation(network.program)
    var states: [Symbol: [Symbol: Matrix<Double>]] = [:]
    for step in 1...3 {
      let numbers = try NetworkNumbers(
        network, derivation, model: model, inputs: x, targets: t)
      let rules = try numbers.update(optimizer)
      #expect(rules.map(\.parameter.text) == ["W1", "b1", "W2", "b2"])
      training.run(x, t)
      training.snapshot(into: &model)
      let trained = network.parameters(of: model)
      for rule in rules {
        var at = numbers.evaluation
        at.constants = Self.constants(of: optimizer, step: step)
        for line in rule.lines.dropLast() {
          at.set(line.symbol, to: states[rule.parameter]?[line.symbol] ?? line.before)
        }
        for line in rule.lines {
          let after = at.value(of: line.expression)
          // The numbers of a first step are shown beside the formulas.
          if step == 1 { #expect(after.error(to: line.after, scale: 1) < 1e-14) }
          at.set(line.symbol, to: after)
          states[rule.parameter, default: [:]][line.symbol] = after
        }
        let expected = try #require(trained[rule.parameter])
        let result = try #require(at.values[rule.parameter])
        #expect(
          result.error(to: expected, scale: 1) < 1e-12, "\(rule.parameter.text), step \(step)")
      }
    }
  }
}
