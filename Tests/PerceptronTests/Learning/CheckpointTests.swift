import Foundation
import Testing

@testable import Perceptron

@Suite("Checkpoints")
struct CheckpointTests {
  private let folder: TemporaryFolder

  init() throws {
    folder = try TemporaryFolder()
  }

  /// A training on 18 rows in batches of 4, with validation rows, saved or not.
  private func train<Element: Scalar>(
    _ options: TrainingOptions, checkpoint: TrainingOptions.Checkpoint? = nil,
    model: MLP<Element>? = nil, notice: @escaping (String) -> Void = { _ in },
    validates: Bool = true, as: Element.Type = Element.self,
    onEpoch: (EpochRecord) -> TrainingControl = { _ in .proceed }
  ) throws -> Outcome {
    var model = try model ?? Problem.model()
    var options = options
    options.checkpoint = checkpoint
    let history = try model.train(
      on: Problem.examples(), validation: validates ? Problem.examples(rows: 5, seed: 2) : nil,
      options: options, notice: notice, onEpoch: onEpoch)
    return Outcome(model, history)
  }

  private func checkpoint(
    _ name: String, every interval: TrainingOptions.Checkpoint.Interval = .epochs(100),
    resumes: Bool = false
  ) -> TrainingOptions.Checkpoint {
    TrainingOptions.Checkpoint(path: folder(name), every: interval, resumes: resumes)
  }

  static let optimizers: [Optimizer] = [
    .sgd(learningRate: 0.1), .momentum(learningRate: 0.05), .nesterov(learningRate: 0.05),
    .adam(learningRate: 0.05),
  ]

  // MARK: Interrupted and resumed

  @Test("stopped after any epoch and resumed equals uninterrupted", arguments: optimizers)
  func epochBoundaries(_ optimizer: Optimizer) throws {
    try check(Double.self, validates: true)
    try check(Float.self, validates: false)

    func check<Element: Scalar>(_: Element.Type, validates: Bool) throws {
      let options = Problem.options(optimizer)
      let whole = try train(options, validates: validates, as: Element.self)
      for last in 1...4 {
        let part = try train(
          options, checkpoint: checkpoint("state"), validates: validates, as: Element.self
        ) { $0.epoch == last ? .stop : .proceed }
        #expect(part.epochs == Array(whole.epochs.prefix(last)))
        var told: [String] = []
        let resumed = try train(
          options, checkpoint: checkpoint("state", resumes: true),
          notice: { told.append($0) }, validates: validates, as: Element.self)
        #expect(resumed == whole, "resumed after epoch \(last)")
        #expect(told == ["resumed from \(folder("state")): epoch \(last)"])
      }
    }
  }

  @Test(
    "killed between any two steps and resumed equals uninterrupted", arguments: optimizers,
    [1, 3, 4, 7])
  func steps(optimizer: Optimizer, interval: Int) throws {
    let options = Problem.options(optimizer)
    let whole = try train(options, as: Float.self)
    // At the end of epoch e the file is what a kill at this moment leaves: step 5e, rounded down.
    let saved = try train(
      options, checkpoint: checkpoint("state", every: .steps(interval)), as: Float.self
    ) { record in
      try? FileManager.default.copyItem(
        atPath: folder("state"), toPath: folder("killed \(record.epoch)"))
      return .proceed
    }
    #expect(saved == whole, "saving must not change the training")
    var resumed = 0
    for epoch in 1...4 where FileSystem.exists(folder("killed \(epoch)")) {
      let step = 5 * epoch / interval * interval
      let place = "epoch \(step / 5)" + (step % 5 > 0 ? " and \(step % 5) batches" : "")
      // A save after an epoch's last step stands before the validation: all 5 batches are done.
      let early = "epoch \(step / 5 - 1) and 5 batches"
      var told = ""
      let outcome = try train(
        options, checkpoint: checkpoint("killed \(epoch)", resumes: true),
        notice: { told = $0 }, as: Float.self)
      #expect(outcome == whole, "resumed at step \(step)")
      #expect(told.hasSuffix(": \(place)") || told.hasSuffix(": \(early)"), "\(told)")
      resumed += 1
    }
    #expect(resumed >= 3)
  }

  @Test("saved every second epoch, killed, and resumed equals uninterrupted")
  func everySecondEpoch() throws {
    let options = Problem.options(.adam(learningRate: 0.05), epochs: 5)
    let whole = try train(options, as: Double.self)
    _ = try train(
      options, checkpoint: checkpoint("state", every: .epochs(2)), as: Double.self
    ) { record in
      if record.epoch == 4 {
        try? FileManager.default.copyItem(atPath: folder("state"), toPath: folder("killed"))
      }
      return .proceed
    }
    var told = ""
    let resumed = try train(
      options, checkpoint: checkpoint("killed", resumes: true), notice: { told = $0 },
      as: Double.self)
    #expect(resumed == whole)
    #expect(told.hasSuffix(": epoch 2"))
  }

  @Test("cancelled and resumed equals uninterrupted")
  func cancelled() async throws {
    let options = Problem.options(.nesterov(learningRate: 0.05))
    let whole = try train(options, as: Double.self)
    let stopped = try await Task {
      try train(options, checkpoint: checkpoint("state"), as: Double.self) { record in
        if record.epoch == 2 { withUnsafeCurrentTask { $0?.cancel() } }
        return .proceed
      }
    }.value
    #expect(stopped.stopped == .interrupted)
    #expect(stopped.epochs.count == 2)
    #expect(
      try train(options, checkpoint: checkpoint("state", resumes: true), as: Double.self) == whole)
  }

  @Test("early stopping counts on after an interruption", arguments: -1...3)
  func earlyStopping(epochsAfterBest: Int) throws {
    let options = Problem.options(.sgd(learningRate: 0.3), epochs: 60, patience: 4)
    let whole = try train(options, as: Double.self)
    try #require(whole.stopped == .earlyStopping && whole.bestEpoch > 1)
    let last = whole.bestEpoch + epochsAfterBest
    let part = try train(options, checkpoint: checkpoint("state"), as: Double.self) {
      $0.epoch == last ? .stop : .proceed
    }
    #expect(part.stopped == .interrupted && part.epochs.count == last)
    #expect(
      try train(options, checkpoint: checkpoint("state", resumes: true), as: Double.self) == whole)
  }

  @Test("resuming a finished training gives the same again, and the same file")
  func finished() throws {
    for patience in [nil, 1] {
      let options = Problem.options(.adam(learningRate: 0.1), epochs: 8, patience: patience)
      let whole = try train(options, checkpoint: checkpoint("state"), as: Float.self)
      let bytes = try FileSystem.read(folder("state"))
      let again = try train(options, checkpoint: checkpoint("state", resumes: true), as: Float.self)
      { _ in
        Issue.record("no epoch is left")
        return .proceed
      }
      #expect(again == whole)
      #expect(try FileSystem.read(folder("state")) == bytes)
    }
  }

  @Test("without a file it starts afresh and says so; without `resumes` it replaces the file")
  func afresh() throws {
    var told: [String] = []
    let options = Problem.options()
    let first = try train(
      options, checkpoint: checkpoint("none", resumes: true), notice: { told.append($0) },
      as: Float.self)
    #expect(told == ["no checkpoint at \(folder("none")): starting from the beginning"])
    #expect(first == (try train(options, as: Float.self)))
    var other = options
    other.seed = 77
    #expect(
      try train(other, checkpoint: checkpoint("none"), as: Float.self)
        == train(other, as: Float.self))
  }

  @Test("a diverged training says so again when resumed, and its checkpoint is a model")
  func diverged() throws {
    // Full batches at a rate that makes the parameters infinite in the first update.
    var model = try MLP<Float>(inputs: 2, [(3, .relu), (1, .identity)], seed: 5)
    let start = model.parameters
    func fit(resumes: Bool) throws {
      let train = Problem.examples(as: Float.self)
      try model.fit(
        inputs: train.inputs, targets: train.targets, loss: .mse,
        optimizer: .sgd(learningRate: 1e39), epochs: 3, batchSize: 18,
        checkpoint: checkpoint("state", resumes: resumes))
    }
    let first = #expect(throws: PerceptronError.self) { try fit(resumes: false) }
    #expect(first?.kind == .diverged)
    #expect(model.parameters == start)
    let second = #expect(throws: PerceptronError.self) { try fit(resumes: true) }
    #expect(second == first)
    let loaded = try MLP<Float>(contentsOf: folder("state"))
    #expect(!loaded.parameters.contains { !$0.isFinite })
  }

  // MARK: Refused

  @Test("another training is refused with the difference")
  func differences() throws {
    let options = Problem.options(epochs: 6, patience: 5)
    _ = try train(options, checkpoint: checkpoint("state"), as: Double.self) { _ in .stop }
    func refused(
      _ parts: String..., model: MLP<Double>? = nil, change: (inout TrainingOptions) -> Void
    ) {
      var changed = options
      change(&changed)
      let error = #expect(throws: PerceptronError.self, "\(parts)") {
        _ = try train(
          changed, checkpoint: checkpoint("state", resumes: true), model: model, as: Double.self)
      }
      #expect(error?.kind == .modelFile)
      #expect(error?.file == folder("state"))
      for part in parts {
        #expect(error?.message.contains(part) == true, "\(part): \(String(describing: error))")
      }
    }
    refused("seed was 3, now it is 4") { $0.seed = 4 }
    refused("epochs was 6, now it is 7") { $0.epochs = 7 }
    refused("batch size was 4, now it is 5") { $0.batchSize = 5 }
    refused("loss was mse, now it is squared-error") { $0.loss = .squaredError }
    refused("loss was mse, now it is mse (reduction sum)") { $0.loss = .mse.reduced(by: .sum) }
    refused("optimizer was sgd(learningRate: 0.1)", "0.2") {
      $0.optimizer = .sgd(learningRate: 0.2)
    }
    refused("early stopping was 5, now it is off") { $0.patience = nil }
    refused("drop was not set, now it is x") { $0.context = [ProvenanceEntry("drop", "x")] }
    let wide = try? MLP<Double>(inputs: 2, [(4, .tanh), (1, .identity)])
    refused("network was 2-3-1", "2-4-1", model: wide) { _ in }
    let unbiased = try? MLP<Double>(inputs: 2, [(3, .tanh), (1, .identity)], bias: false)
    refused("bias was yes, yes, now it is no, no", model: unbiased) { _ in }
    // What may differ: how often it is saved, and on how many threads it runs.
    var threads = options
    threads.threads = .exactly(2)
    _ = try train(
      threads, checkpoint: checkpoint("state", every: .steps(2), resumes: true), as: Double.self)
  }

  @Test("other data or another precision is refused")
  func otherData() throws {
    func fit<Element: Scalar>(
      resumes: Bool, as: Element.Type, change: (inout [Matrix<Element>]) -> Void = { _ in }
    ) throws {
      let (train, held) = (
        Problem.examples(as: Element.self), Problem.examples(seed: 2, as: Element.self)
      )
      var data = [train.inputs, train.targets, held.inputs, held.targets]
      change(&data)
      var model = try Problem.model(as: Element.self)
      try model.fit(
        inputs: data[0], targets: data[1], loss: .mse, epochs: 2,
        validation: data.count > 2 ? Examples(inputs: data[2], targets: data[3]) : nil,
        checkpoint: checkpoint("state", resumes: resumes))
    }
    try fit(resumes: false, as: Float.self)
    try fit(resumes: true, as: Float.self)
    expectRefusal(.modelFile, "precision was float, now it is double") {
      try fit(resumes: true, as: Double.self)
    }
    for (part, key) in ["training data", "training data", "validation data", "validation data"]
      .enumerated()
    {
      expectRefusal(.modelFile, "\(key) was ") {
        try fit(resumes: true, as: Float.self) { $0[part].values[1] = $0[part].values[1].nextUp }
      }
    }
    expectRefusal(.modelFile, "validation rows was 18, now it is 0") {
      try fit(resumes: true, as: Float.self) { $0 = Array($0.prefix(2)) }
    }
    expectRefusal(.modelFile, "training data was ") {
      // The same numbers in another order of rows.
      try fit(resumes: true, as: Float.self) { data in
        for k in 0...1 {
          data[k] = data[k].selecting(rows: [1, 0] + Array(2..<18))
        }
      }
    }
  }

  @Test("a model is no checkpoint; a checkpoint is a model")
  func models() throws {
    let options = Problem.options()
    let model = try Problem.model(as: Float.self)
    try model.save(to: folder("model"))
    expectRefusal(.modelFile, "not a checkpoint") {
      _ = try train(options, checkpoint: checkpoint("model", resumes: true), as: Float.self)
    }
    try FileSystem.writeAtomically(Array("no tensors".utf8), to: folder("text"))
    expectRefusal(.modelFile, folder("text")) {
      _ = try train(options, checkpoint: checkpoint("text", resumes: true), as: Float.self)
    }
    // Without validation rows the newest parameters are the best.
    let outcome = try train(
      options, checkpoint: checkpoint("state"), validates: false, as: Float.self)
    let loaded = try MLP<Float>(contentsOf: folder("state"))
    #expect(loaded.parameters.bits == outcome.parameters)
    #expect(loaded.architecture == model.architecture)
    #expect(ModelFile.content(of: folder("state")) == .checkpoint)
  }

  // MARK: Intervals

  @Test("how often to save")
  func intervals() throws {
    typealias Interval = TrainingOptions.Checkpoint.Interval
    #expect(try Interval("5") == .epochs(5))
    #expect(try Interval("500steps") == .steps(500))
    #expect(try Interval("30s") == .seconds(30))
    #expect(try Interval("1.5m") == .seconds(90))
    for text in [
      "", "0", "-1", "0steps", "steps", "s", "5 s", "5h", "nans", "infs", "-3m", "1e400s",
    ] {
      expectRefusal(.option, "\"\(text)\"", "30s") { _ = try Interval(text) }
    }
  }

  @Test("an interval of any length is taken or refused")
  func longIntervals() async {
    await #expect(processExitsWith: .success) {
      for text in ["1e300s", "1e308m", "9223372036854775807", "9223372036854775807steps"] {
        guard let interval = try? TrainingOptions.Checkpoint.Interval(text) else { continue }
        let folder = try TemporaryFolder()
        var model = try Problem.model(as: Float.self)
        let train = Problem.examples(as: Float.self)
        try model.fit(
          inputs: train.inputs, targets: train.targets, loss: .mse, epochs: 1,
          checkpoint: TrainingOptions.Checkpoint(path: folder("state"), every: interval))
      }
    }
  }
}
