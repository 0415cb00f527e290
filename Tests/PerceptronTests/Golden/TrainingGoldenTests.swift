import Testing

@testable import Perceptron

/// A run of `training.json`: full batches from given weights to the end.
struct GoldenTraining: Sendable, CustomTestStringConvertible {
  let name: String
  let architecture: Architecture
  let parameters: [Double]
  let loss: Loss
  let optimizer: Optimizer
  let epochs: Int
  let X: Matrix<Double>
  let T: Matrix<Double>
  /// The loss after 0, `interval`, 2 · `interval`, … updates.
  let interval: Int
  let losses: [Double]
  let finalLoss: Double
  let finalParameters: [Double]
  let finalPredictions: Matrix<Double>
  let accuracy: Double?
  let tolerance: Double

  var testDescription: String { name }

  private init(_ gold: Gold) throws {
    name = try gold["name"].text
    (architecture, parameters) = try gold["layers"].network(inputs: gold["input_size"].integer)
    guard let first = try gold["loss"].losses.first else {
      throw Gold.Failure(description: "\(gold.place) has no loss")
    }
    loss = first
    optimizer = try gold.optimizer
    epochs = try gold["epochs"].integer
    X = try gold["X"].tensor
    T = try gold["targets"].tensor
    let expected = try gold["expected"]
    interval = try expected["loss_every"].integer
    losses = try expected["losses"].numbers
    finalLoss = try expected["final_loss"].number
    finalParameters = try expected["final_parameters"].parameters
    finalPredictions = try expected["final_predictions"].tensor
    accuracy = try expected.optional("accuracy")?.number
    tolerance = try gold["sensitivity"]["suggested_tolerance"].number
  }

  private static let file = Result {
    try Gold(file: "training.json")["trainings"].elements.map(GoldenTraining.init)
  }

  static func all() throws -> [GoldenTraining] { try file.get() }
}

@Suite("Trainings of the reference")
struct TrainingGoldenTests {
  @Test("from the first loss to the last weight", arguments: try GoldenTraining.all())
  func training(_ item: GoldenTraining) throws {
    let tolerance = Tolerance.absolute(item.tolerance)
    var model = try MLP<Double>(item.architecture, parameters: item.parameters)
    var step = try TrainingStep(
      model, loss: item.loss, optimizer: item.optimizer, largestBatch: item.X.rows)
    var losses: [Double] = []
    for update in 0..<item.epochs {
      let loss = step.run(item.X, item.T)
      if update.isMultiple(of: item.interval) { losses.append(loss) }
    }
    step.snapshot(into: &model)
    let evaluation = try Evaluator(model, loss: item.loss)
      .evaluate(Examples(inputs: item.X, targets: item.T))
    losses.append(evaluation.loss)
    expectClose("losses", losses, item.losses, within: tolerance)
    expectClose("final loss", [evaluation.loss], [item.finalLoss], within: tolerance)
    expectParameters(model, item.finalParameters, within: tolerance)
    expectClose("predictions", evaluation.outputs, item.finalPredictions, within: tolerance)
    if let accuracy = item.accuracy { #expect(evaluation.accuracy == accuracy) }
  }

  @Test("all three are covered")
  func coverage() throws {
    #expect(try GoldenTraining.all().map(\.name) == ["xor", "parabola", "petals"])
    #expect(try GoldenTraining.all().map(\.epochs) == [2000, 500, 1000])
  }
}
