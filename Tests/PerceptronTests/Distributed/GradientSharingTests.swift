import Testing

@testable import Perceptron

@Suite("Batches shared by processes")
struct GradientSharingTests {
  struct Run: Sendable {
    var options = Problem.options(.adam(learningRate: 0.05), epochs: 3, batchSize: 7)
    var layers: [Layer] = [.dense(5, .tanh), .dense(1)]
    var rows = Problem.rows
    var hasWeights = false

    func train<Element: Scalar>(
      with communicator: (any Communicator)? = nil, as: Element.Type = Element.self,
      _ change: (inout TrainingOptions) -> Void = { _ in },
      onEpoch: (EpochRecord) -> TrainingControl = { _ in .proceed }
    ) throws -> Outcome {
      var model = try MLP<Element>(inputs: 2, layers: layers, seed: 5)
      var options = options
      change(&options)
      var examples: Examples<Element> = Problem.examples(rows: rows)
      if hasWeights {
        examples = examples.weighted(by: (0..<rows).map { Element($0 % 3) / 2 })
      }
      let history = try model.train(
        on: examples, validation: Problem.examples(rows: 600, seed: 2), options: options,
        with: communicator, onEpoch: onEpoch)
      return Outcome(model, history)
    }
  }

  private func values(_ outcome: Outcome) -> [Double] {
    outcome.parameters.map { Double(bitPattern: $0) }
  }

  private func expectClose(_ outcome: Outcome, _ other: Outcome, _ what: String) {
    for (a, b) in zip(values(outcome), values(other)) {
      #expect(abs(a - b) <= 1e-9 * max(1, abs(b)), "\(what): \(a), \(b)")
    }
    for (a, b) in zip(outcome.epochs, other.epochs) {
      #expect(abs(a.loss - b.loss) <= 1e-9 * b.loss, "\(what)")
    }
    #expect(outcome.epochs.count == other.epochs.count)
  }

  @Test(
    "2, 3 and 5 equal one up to rounding, whatever the loss's reduction",
    arguments: Loss.Reduction.allCases)
  func equal(_ reduction: Loss.Reduction) throws {
    var run = Run()
    run.options.loss = Loss.squaredError.reduced(by: reduction)
    run.options.optimizer = .sgd(learningRate: reduction == .sum ? 0.002 : 0.02)
    let one = try run.train(as: Double.self)
    for count in [2, 3, 5] {
      let outcomes = try together(count) { [run] in try run.train(with: $0, as: Double.self) }
      for outcome in outcomes { #expect(outcome == outcomes[0]) }
      expectClose(outcomes[0], one, "\(count) processes")
    }
  }

  @Test("weighted rows, dropout, clipping by the norm, penalties and accumulation are shared too")
  func rules() throws {
    var run = Run()
    run.hasWeights = true
    run.layers = [.dense(5, .tanh), .dropout(0.3), .layerNorm, .dense(1)]
    run.options.regularization = Regularization(l2: 0.01, clipping: .norm(0.05))
    run.options.accumulation = 2
    let one = try run.train(as: Double.self)
    let outcomes = try together(3) { [run] in try run.train(with: $0, as: Double.self) }
    expectClose(outcomes[2], one, "everything at once")
  }

  @Test("a gradient is divided by what the rows weigh, as in one process that gathers nothing")
  func weights() throws {
    var run = Run()
    run.hasWeights = true
    run.options.optimizer = .sgd(learningRate: 0.02)
    let one = try run.train(as: Double.self)
    let outcomes = try together(3) { [run] in try run.train(with: $0, as: Double.self) }
    expectClose(outcomes[1], one, "weighted rows")
  }

  @Test("more processes than rows in a batch")
  func fewRows() throws {
    var run = Run()
    run.options.batchSize = 2
    let one = try run.train(as: Double.self)
    let outcomes = try together(4) { [run] in try run.train(with: $0, as: Double.self) }
    expectClose(outcomes[3], one, "two rows for four")
  }

  @Test("a fixed tree gives 1, 2, 4, 8 and 16 the same bits, others are refused")
  func tree() throws {
    var run = Run()
    run.rows = 45
    run.options.batchSize = 20
    run.options.isDeterministic = true
    run.layers = [.dense(5, .tanh), .dropout(0.3), .dense(1)]
    let one = try run.train(as: Float.self)
    for count in [2, 4, 8, 16] {
      let outcomes = try together(count) { [run] in try run.train(with: $0, as: Float.self) }
      for outcome in outcomes { #expect(outcome == one, "\(count) processes") }
    }
    var plain = run
    plain.options.isDeterministic = false
    #expect(try plain.train(as: Float.self) != one)
    expectClose(try run.train(as: Double.self), try plain.train(as: Double.self), "the tree")
    expectRefusal(.option, "1, 2, 4, 8 or 16", "3 cannot") {
      _ = try together(3) { [run] in try run.train(with: $0, as: Float.self) }
    }
  }

  @Test("the tree is the one that is written, leaf by leaf")
  func arithmetic() throws {
    // One row a leaf, and numbers whose sum depends on the order.
    let numbers: [Float] = (0..<16).map { [1e8, 3, -1e8, 5][$0 % 4] + Float($0) }
    var level = numbers
    while level.count > 1 {
      level = stride(from: 0, to: level.count, by: 2).map { level[$0] + level[$0 + 1] }
    }
    for count in [1, 2, 4, 8, 16] {
      let sums = try together(count) { communicator in
        let sharing = try GradientSharing<Float>(communicator, isTree: true, parameters: 1)
        let (gradient, sums) = sharing.total(of: 16) { rows, target in
          target[0] = numbers[rows.lowerBound]
          return .init(loss: 1, weight: Double(rows.count))
        }
        #expect(sums.loss == 16 && sums.weight == 16)
        return gradient[0]
      }
      for sum in sums { #expect(sum == level[0], "\(count) processes") }
    }
  }

  @Test("one that wants to stop makes all stop behind the same update", arguments: [false, true])
  func wish(_ isTree: Bool) throws {
    let agreed = try together(4) { communicator in
      let sharing = try GradientSharing<Float>(communicator, isTree: isTree, parameters: 2)
      return (1...3).map { update in
        sharing.wantsStop = update == 2 && communicator.rank == 3
        _ = sharing.total(of: 20) { _, _ in .init(loss: 1, weight: 1) }
        return sharing.isStopAgreed
      }
    }
    for answers in agreed { #expect(answers == [false, true, false]) }
  }

  @Test("what needs a whole batch is refused with the reason")
  func refusals() throws {
    var run = Run()
    run.layers = [.dense(5, .tanh), .batchNorm, .dense(1)]
    expectRefusal(.network, "layer 2, batch-norm", "layer-norm") {
      _ = try together(2) { [run] in try run.train(with: $0, as: Float.self) }
    }
    run.layers = [.dense(1)]
    run.options.optimizer = .lbfgs()
    expectRefusal(.option, "lbfgs", "adam") {
      _ = try together(2) { [run] in try run.train(with: $0, as: Float.self) }
    }
  }

  @Test("early stopping and a caller's stop are agreed")
  func stops() throws {
    var run = Run()
    run.options.epochs = 200
    run.options.patience = 3
    run.options.optimizer = .adam(learningRate: 0.3)
    let one = try run.train(as: Double.self)
    #expect(one.stopped == .earlyStopping)
    let outcomes = try together(2) { [run] in try run.train(with: $0, as: Double.self) }
    for outcome in outcomes {
      #expect(outcome.stopped == .earlyStopping && outcome.epochs.count == one.epochs.count)
    }
    // Only one of them wants to.
    let stopped = try together(3) { [run] communicator in
      try run.train(
        with: communicator, as: Double.self,
        onEpoch: { $0.epoch == 2 && communicator.rank == 1 ? .stop : .proceed })
    }
    for outcome in stopped {
      #expect(outcome.stopped == .interrupted && outcome.epochs.count == 2)
    }
  }

  @Test("a checkpoint of three is taken up by one and by two")
  func resume() throws {
    let folder = try TemporaryFolder()
    let path = folder("state")
    var run = Run()
    run.options.epochs = 6
    let whole = try run.train(as: Double.self)
    run.options.checkpoint = .init(path: path, every: .steps(2))
    let first = try together(3) { [run] communicator in
      try run.train(
        with: communicator, as: Double.self, onEpoch: { $0.epoch == 3 ? .stop : .proceed })
    }
    #expect(first[0].epochs.count == 3)
    run.options.checkpoint?.resumes = true
    let copy = try FileSystem.read(path)
    expectClose(try run.train(as: Double.self), whole, "one")
    try FileSystem.writeAtomically(copy, to: path)
    let two = try together(2) { [run] in try run.train(with: $0, as: Double.self) }
    expectClose(two[1], whole, "two")
  }

  @Test("other options or rows in one process are found out before the first step")
  func differences() throws {
    let run = Run()
    expectRefusal(.option, "process 2", "seed") {
      _ = try together(3) { communicator in
        try run.train(with: communicator, as: Float.self) { options in
          if communicator.rank == 2 { options.seed = 9 }
        }
      }
    }
    // One that has an option more.
    expectRefusal(.option, "process 1 was started with other options") {
      _ = try together(2) { communicator in
        try run.train(with: communicator, as: Float.self) { options in
          options.isDeterministic = communicator.rank == 1
        }
      }
    }
    expectRefusal(.option, "process 1", "training data") {
      _ = try together(2) { communicator in
        var run = run
        if communicator.rank == 1 { run.hasWeights = true }
        return try run.train(with: communicator, as: Float.self)
      }
    }
  }

  @Test("parameters that have come apart are found out")
  func apart() {
    expectRefusal(.diverged, "process 1", "epoch 4") {
      _ = try together(3) { communicator in
        try communicator.checkSame(communicator.rank == 1 ? 7 : 8, after: 4)
      }
    }
  }

  @Test("the running program has a fingerprint, its file's")
  func program() throws {
    let fingerprint = try #require(runningProgramFingerprint())
    #if os(Linux)
      #expect(fingerprint == contentFingerprint(of: try FileSystem.read("/proc/self/exe")))
    #endif
    _ = try together(2) { try $0.checkSameProgram() }
  }

  @Test("an evaluation shared by several is that of one, to the bit")
  func evaluation() throws {
    let model: MLP<Float> = try Problem.model()
    for rows in [1, 255, 256, 700] {
      let examples = Problem.examples(rows: rows, as: Float.self)
      let one = try Evaluator(model, loss: .mse, threads: .exactly(1)).evaluate(examples)
      for count in [2, 3, 7] {
        let parts = try together(count) { communicator in
          let result = try Evaluator(model, loss: .mse, threads: .exactly(1))
            .evaluate(examples, with: communicator)
          return (result.loss, result.outputs)
        }
        for part in parts {
          #expect(part.0 == one.loss && part.1 == one.outputs, "\(rows) rows, \(count)")
        }
      }
    }
  }
}
