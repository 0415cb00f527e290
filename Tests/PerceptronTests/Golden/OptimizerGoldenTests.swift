import Testing

@testable import Perceptron

/// A case of `optimizers.json`: 25 updates of one network.
struct GoldenOptimizer: Sendable, CustomTestStringConvertible {
  /// What all cases share.
  struct Problem: Sendable {
    let architecture: Architecture
    let parameters: [Double]
    let losses: [Loss]
    let X: Matrix<Double>
    let T: Matrix<Double>

    init(_ gold: Gold) throws {
      let network = try gold["network"]
      (architecture, parameters) = try network["layers"].network(
        inputs: network["input_size"].integer)
      losses = try gold["loss"].losses
      X = try gold["X"].tensor
      T = try gold["targets"].tensor
    }
  }

  let name: String
  let problem: Problem
  let optimizer: Optimizer
  /// `losses[k]` is the loss after k updates.
  let losses: [Double]
  /// The parameters after so many updates.
  let parameters: [Int: [Double]]

  var testDescription: String { name }

  private static let file = Result { try read() }

  static func covered() throws -> [GoldenOptimizer] { try file.get().covered }
  static func skipped() throws -> [String: String] { try file.get().skipped }

  private static func read() throws -> (covered: [GoldenOptimizer], skipped: [String: String]) {
    let file = try Gold(file: "optimizers.json")
    let problem = try Problem(file)
    var covered: [GoldenOptimizer] = []
    var skipped: [String: String] = [:]
    for gold in try file["cases"].elements {
      let name = try gold["name"].text
      let missing = try gold.partsMissingInOptimizer
      guard missing.isEmpty else {
        skipped[name] = missing.joined(separator: ", ")
        continue
      }
      var parameters: [Int: [Double]] = [:]
      for updates in [1, 2, 5, 25] {
        parameters[updates] = try gold["parameters"]["\(updates)"].parameters
      }
      covered.append(
        GoldenOptimizer(
          name: name, problem: problem, optimizer: try gold.optimizer,
          losses: try gold["losses"].numbers, parameters: parameters))
    }
    return (covered, skipped)
  }
}

@Suite("Optimizers of the reference")
struct OptimizerGoldenTests {
  @Test(
    "25 updates", arguments: try GoldenOptimizer.covered(), Executor.allCases)
  func trajectory(_ item: GoldenOptimizer, _ executor: Executor) throws {
    let problem = item.problem
    let tolerance = Tolerance.absolute(1e-10)
    for loss in problem.losses {
      var model = try MLP<Double>(problem.architecture, parameters: problem.parameters)
      var step = try TrainingStep(
        model, loss: loss, optimizer: item.optimizer, largestBatch: problem.X.rows,
        executor: executor)
      var losses: [Double] = []
      for update in 1...25 {
        losses.append(step.run(problem.X, problem.T))
        guard let expected = item.parameters[update] else { continue }
        step.snapshot(into: &model)
        expectParameters(model, expected, within: tolerance, "after \(update) updates:")
      }
      losses.append(try model.loss(inputs: problem.X, targets: problem.T, loss: loss))
      expectClose("losses", losses, item.losses, within: tolerance)
    }
  }

  @Test("which cases are covered, and what the others lack")
  func coverage() throws {
    let covered = try GoldenOptimizer.covered()
    #expect(
      covered.map(\.name) == [
        "sgd", "sgd-momentum", "sgd-nesterov", "adam-defaults", "adam-lr-0.1",
      ])
    #expect(covered.allSatisfy { $0.losses.count == 26 && $0.parameters.count == 4 })
    #expect(Set(covered.map(\.optimizer.name)) == Set(Optimizer.names))
    let skipped = try GoldenOptimizer.skipped()
    #expect(Self.skipped.count == 18)
    for name in Set(skipped.keys).union(Self.skipped.keys).sorted() {
      #expect(skipped[name] == Self.skipped[name], "\(name): what it lacks")
    }
  }

  /// A part that is added to the library leaves this table.
  static let skipped: [String: String] = [
    "sgd-momentum-dampening": "dampening",
    "sgd-weight-decay": "weight_decay",
    "sgd-nesterov-weight-decay": "weight_decay",
    "sgd-clip-global-norm": "clip by global_norm",
    "adam-weight-decay-coupled": "weight_decay",
    "adam-amsgrad": "amsgrad",
    "adam-clip-value": "clip by value",
    "adamw": "adamw, weight_decay",
    "adamw-amsgrad": "adamw, weight_decay, amsgrad",
    "rmsprop": "rmsprop",
    "rmsprop-centered-momentum": "rmsprop, weight_decay",
    "adagrad": "adagrad",
    "adagrad-decay-accumulator": "adagrad, weight_decay",
    "adadelta": "adadelta",
    "adamax": "adamax",
    "nadam": "nadam",
    "radam": "radam",
    "lion": "lion, weight_decay",
  ]
}
