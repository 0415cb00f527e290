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
  let regularization: Regularization
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
          regularization: try gold.regularization,
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
        model, loss: loss, optimizer: item.optimizer, regularization: item.regularization,
        largestBatch: problem.X.rows,
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
    #expect(covered.count == 23)
    #expect(covered.allSatisfy { $0.losses.count == 26 && $0.parameters.count == 4 })
    // What looks for its steps itself has tests of its own.
    #expect(Set(covered.map(\.optimizer.name) + ["lbfgs"]) == Set(Optimizer.names))
    #expect(try GoldenOptimizer.skipped().isEmpty)
  }
}
