import Foundation
import Perceptron
import PerceptronInterchange
import Testing

/// What a loop of one's own needs of the library beside `TrainingStep.run`.
@Suite struct OwnLoopTests {
  private let inputs = Matrix<Double>([[0.5, -1]])
  private let targets = Matrix<Double>([[1.0]])

  private func network() throws -> MLP<Double> {
    try MLP(inputs: 2, [(3, .tanh), (1, .sigmoid)], seed: 4)
  }

  @Test(arguments: ["step:2:0.5", "cosine", "warmup:3,exponential:0.9", "one-cycle"])
  func followingAScheduleIsWhatFitDoes(_ text: String) throws {
    let schedule = try LearningRateSchedule(text)
    let rule = Optimizer.momentum(learningRate: 0.3)
    var fitted = try network()
    try fitted.fit(
      inputs: inputs, targets: targets, loss: .binaryCrossEntropy, optimizer: rule,
      schedule: schedule, epochs: 7, batchSize: 1)
    var own = try network()
    var step = try TrainingStep(own, loss: .binaryCrossEntropy, optimizer: rule, largestBatch: 1)
    var rates: Set<Double> = []
    for _ in 0..<7 {
      try step.follow(schedule, of: rule, updatesPerEpoch: 1, epochs: 7)
      rates.insert(step.learningRate)
      step.run(inputs, targets)
    }
    step.snapshot(into: &own)
    #expect(own.parameters == fitted.parameters)
    #expect(rates.count > 2)
  }

  @Test func aScheduleByTheLossIsRefused() throws {
    var step = try TrainingStep(
      network(), loss: .binaryCrossEntropy, optimizer: .sgd(), largestBatch: 1)
    let plateau = try LearningRateSchedule("plateau:0.5:3")
    #expect(throws: PerceptronError.self) {
      try step.follow(plateau, of: .sgd(), updatesPerEpoch: 1, epochs: 7)
    }
  }

  @Test func aModelThatAdoptsAPreprocessingPredictsRows() throws {
    let text =
      "a,b,kind\n"
      + (0..<8).map { "\($0),\($0 % 3),\(["x", "y"][$0 % 2])" }
      .joined(separator: "\n")
    let table = try Table(bytes: Array(text.utf8), name: "rows.csv")
    let data = try Dataset<Double>(table, target: "kind")
    var model = try network()
    #expect(throws: PerceptronError.self) { try model.predict(table) }
    try model.adopt(data.preprocessing, loss: .binaryCrossEntropy)
    #expect(try model.predict(table).count == 8)
    var narrow = try MLP<Double>(inputs: 3, [(1, .sigmoid)])
    #expect(throws: PerceptronError.self) {
      try narrow.adopt(data.preprocessing, loss: .binaryCrossEntropy)
    }
  }

  @Test func bytesAndSourceAreWhatTheCommandWrites() throws {
    let model = try network()
    let path = FileManager.default.temporaryDirectory.path + "/own-loop-\(UUID()).safetensors"
    defer { try? FileManager.default.removeItem(atPath: path) }
    try model.save(to: path)
    #expect(try model.safetensors() == FileManager.default.contents(atPath: path).map(Array.init))
    #expect(try model.swiftSource().contains("public enum PerceptronModel"))
  }
}
