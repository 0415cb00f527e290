import Testing

@testable import Perceptron

@Suite("Training on rows as they come")
struct OnlineTrainerTests {
  private let text = Tables.flowers

  private func start() throws -> MLP<Double> {
    var model = try MLP<Double>(inputs: 5, [(4, .tanh), (3, .softmax)], seed: 2)
    try model.fit(
      Dataset(table(text), target: "kind"), loss: .crossEntropy, epochs: 2, batchSize: 8)
    return model
  }

  @Test("calls keep the optimizer's moments: parts equal the whole, and steps by hand")
  func parts() throws {
    let examples = Problem.examples(rows: 16, as: Float.self)
    let model = try Problem.model(as: Float.self)
    func rows(_ range: Range<Int>) -> (Matrix<Float>, Matrix<Float>) {
      (
        examples.inputs.selecting(rows: Array(range)),
        examples.targets.selecting(rows: Array(range))
      )
    }
    var whole = try OnlineTrainer(model, loss: .mse, optimizer: .adam(), batchSize: 4)
    let (x, t) = rows(0..<16)
    let loss = try whole.partialFit(inputs: x, targets: t)
    var parts = try OnlineTrainer(model, loss: .mse, optimizer: .adam(), batchSize: 4)
    var losses: [Double] = []
    for range in [0..<4, 4..<12, 12..<16] {
      let (x, t) = rows(range)
      losses.append(try parts.partialFit(inputs: x, targets: t) * Double(range.count))
    }
    #expect(whole.updates == 4 && parts.updates == 4)
    #expect(whole.model.parameters.bits == parts.model.parameters.bits)
    #expect(abs(losses.reduce(0, +) / 16 - loss) < 1e-12)
    var step = try TrainingStep(model, loss: .mse, optimizer: .adam(), largestBatch: 4)
    for first in stride(from: 0, to: 16, by: 4) {
      let (x, t) = rows(first..<first + 4)
      step.run(x, t)
    }
    var byHand = model
    step.snapshot(into: &byHand)
    #expect(byHand.parameters.bits == whole.model.parameters.bits)
    // What a fresh optimizer for each call would make of it is another model.
    var fresh = model
    for range in [0..<4, 4..<12, 12..<16] {
      var trainer = try OnlineTrainer(fresh, loss: .mse, optimizer: .adam(), batchSize: 4)
      let (x, t) = rows(range)
      try trainer.partialFit(inputs: x, targets: t)
      fresh = trainer.model
    }
    #expect(fresh.parameters.bits != whole.model.parameters.bits)
  }

  @Test("tables are encoded as the model says; rows without a target are left out")
  func tables() throws {
    let model = try start()
    var trainer = try OnlineTrainer(model, batchSize: 8)
    #expect(trainer.loss == .crossEntropy)
    // One class alone: no data set could be made of it.
    let few = try table("kind,colour,length,width\nrose,red,3,1\n,blue,2,2\nrose,green,5,\n")
    try trainer.partialFit(few)
    #expect(trainer.updates == 1)
    #expect(trainer.model.parameters != model.parameters)
    #expect(trainer.model.preprocessing == model.preprocessing)
    let encoder = try #require(model.preprocessing)
    var byHand = try OnlineTrainer(model, batchSize: 8)
    try byHand.partialFit(
      inputs: encoder.encodeInputs(few, rows: [0, 2]),
      targets: encoder.encodeTargets(few, rows: [0, 2], outputs: 3))
    #expect(byHand.model.parameters.bits == trainer.model.parameters.bits)
  }

  @Test("what does not fit is refused, and the model is as it was")
  func refused() throws {
    let model = try start()
    var trainer = try OnlineTrainer(model)
    func refuses(_ kind: PerceptronError.Kind, _ text: String, _ part: String) {
      let error = #expect(throws: PerceptronError.self) {
        try trainer.partialFit(table(text))
      }
      #expect(error?.kind == kind && error?.description.contains(part) == true, "\(part)")
    }
    refuses(
      .dataset, "kind,colour,length,width\nrose,red,3,1\ntulip,red,3,1\n",
      "rows.csv, line 3, column \"kind\": the model does not know the class \"tulip\"")
    refuses(.dataset, "kind,colour,width\nrose,red,3\n", "needs the column \"length\"")
    refuses(.dataset, "kind,colour,length,width\n,red,3,1\n", "no row has a target")
    #expect(trainer.updates == 0 && trainer.model == model)
    expectRefusal(.option, "batch size", "0") { _ = try OnlineTrainer(model, batchSize: 0) }
  }

  @Test("a call that diverges leaves model and moments as they were")
  func diverges() throws {
    let model = try MLP<Float>(inputs: 2, [(3, .relu), (1, .identity)], seed: 5)
    let good = Problem.examples(rows: 8, as: Float.self)
    var bad = good.inputs
    for k in bad.values.indices { bad.values[k] *= 1e19 }
    var trainer = try OnlineTrainer(
      model, loss: .mse, optimizer: .momentum(learningRate: 0.01), batchSize: 4)
    var other = try OnlineTrainer(
      model, loss: .mse, optimizer: .momentum(learningRate: 0.01), batchSize: 4)
    try trainer.partialFit(inputs: good.inputs, targets: good.targets)
    try other.partialFit(inputs: good.inputs, targets: good.targets)
    let before = trainer.model
    let error = #expect(throws: PerceptronError.self) {
      try trainer.partialFit(inputs: bad, targets: good.targets)
    }
    #expect(error?.kind == .diverged)
    #expect(error?.message.contains("rows ") == true)
    #expect(trainer.model == before && trainer.updates == 2)
    try trainer.partialFit(inputs: good.inputs, targets: good.targets)
    try other.partialFit(inputs: good.inputs, targets: good.targets)
    #expect(trainer.model.parameters.bits == other.model.parameters.bits)
  }

  @Test("fit goes on from the model it is called on, with its encoding if that is to be kept")
  func warmStart() throws {
    let model = try start()
    let more = try Dataset<Double>(
      table("length,width,colour,kind\n9,8,red,iris\n7,6,blue,rose\n5,4,red,lily\n" + later),
      target: "kind")
    var (kept, fitted) = (model, model)
    try kept.fit(
      more, loss: .crossEntropy, epochs: 1, validation: .none, keepsPreprocessing: true)
    try fitted.fit(more, loss: .crossEntropy, epochs: 1, validation: .none)
    #expect(kept.preprocessing == model.preprocessing)
    #expect(fitted.preprocessing != model.preprocessing)
    var fresh = try MLP<Double>(inputs: 5, [(4, .tanh), (3, .softmax)])
    expectRefusal(.option, "no preprocessing") {
      try fresh.fit(more, loss: .crossEntropy, keepsPreprocessing: true)
    }
  }

  private let later = "9,1,red,iris\n7,2,blue,rose\n5,3,red,lily\n"
}
