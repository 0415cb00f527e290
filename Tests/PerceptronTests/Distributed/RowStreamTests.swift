import Testing

@testable import Perceptron

@Suite("Learning from rows on a disk")
struct RowStreamTests {
  /// 200 rows of a regression, converted without scaling, none held out.
  private func stored(
    _ folder: TemporaryFolder, heldOut: Double = 0, scaling: Preprocessing.Scaling = .minmax
  ) throws -> StoredRows {
    let text = "a,b,y\n" + (0..<200).map { "\($0 % 11),\($0 * 3 % 17),\($0 % 7)\n" }.joined()
    try FileSystem.writeAtomically(Array(text.utf8), to: folder("rows.csv"))
    return try TableConversion(
      folder("rows.csv"), target: "y",
      options: DatasetOptions(task: .regression, scaling: scaling), separator: .automatic,
      heldOut: heldOut, seed: 0
    ).write(to: folder("rows")).stored
  }

  private func options(epochs: Int = 2) -> TrainingOptions {
    Problem.options(.adam(learningRate: 0.01), epochs: epochs, batchSize: 6)
  }

  @Test("every row once an epoch, blocks whole, another order in every epoch")
  func order() throws {
    let order = try WindowOrder(
      rows: 1003, rowSize: 12, rowsPerUpdate: 10, memory: 2 * 16 * 130, seed: 7)
    #expect(order.windows > 3 && order.blockRows.isMultiple(of: 10))
    var epochs: Set<[Int]> = []
    for epoch in 0..<3 {
      let blocks = order.blocks(epoch: epoch)
      #expect(blocks.flatMap { Array($0) }.sorted() == Array(0..<1003))
      #expect(blocks.dropLast().allSatisfy { $0.count == order.blockRows })
      epochs.insert(blocks.map(\.lowerBound))
      for window in 0..<order.windows {
        #expect(order.order(epoch: epoch, window: window, rows: 50).sorted() == Array(0..<50))
      }
      #expect(
        order.order(epoch: epoch, window: 0, rows: 50)
          != order.order(epoch: epoch, window: 1, rows: 50))
    }
    #expect(epochs.count == 3)
    expectRefusal(.option, "two updates of 10 rows", "--memory") {
      _ = try WindowOrder(rows: 1003, rowSize: 12, rowsPerUpdate: 10, memory: 200, seed: 7)
    }
  }

  @Test("windows are what is written: the training of the same order in memory, to the bit")
  func windows() throws {
    let folder = try TemporaryFolder()
    let stored = try stored(folder)
    let plan = try MLP<Float>.StreamPlan(stored, options(), memory: 2 * 16 * 40)
    #expect(plan.windows > 3)
    var model: MLP<Float> = try Problem.model()
    var step = try TrainingStep(
      model, loss: .mse, optimizer: .adam(learningRate: 0.01), largestBatch: 6, seed: 3,
      threads: .exactly(1))
    _ = try model.train(on: plan, options: options()) { _ in .proceed }

    let all: Examples<Float> = try stored.examples(0..<200)
    for epoch in 0..<2 {
      let blocks = plan.order.blocks(epoch: epoch)
      var rows: [Int32] = []
      for window in 0..<plan.windows {
        let first = window * plan.order.blocksPerWindow
        let own = blocks[first..<min(first + plan.order.blocksPerWindow, blocks.count)]
          .sorted { $0.lowerBound < $1.lowerBound }.flatMap { $0.map { Int32($0) } }
        rows += plan.order.order(epoch: epoch, window: window, rows: own.count).map {
          own[Int($0)]
        }
      }
      for first in stride(from: 0, to: 200, by: 6) {
        rows.withUnsafeBufferPointer {
          _ = step.run(all, rows: min(6, 200 - first), order: $0.baseAddress! + first)
        }
      }
    }
    var expected = model
    step.snapshot(into: &expected)
    #expect(model.parameters == expected.parameters)
  }

  @Test("with memory for all, the bits of rows in memory; also in double and in several processes")
  func inMemory() throws {
    let folder = try TemporaryFolder()
    let stored = try stored(folder)
    @Sendable func outcomes<Element: Scalar>(
      _ communicator: (any Communicator)? = nil, as: Element.Type
    ) throws -> [Outcome] {
      var streamed: MLP<Element> = try Problem.model()
      var whole = streamed
      let plan = try MLP<Element>.StreamPlan(stored, options(), memory: 1 << 20)
      let first = try streamed.train(on: plan, options: options(), with: communicator) { _ in
        .proceed
      }
      let second = try whole.train(
        on: stored.examples(0..<200), validation: nil, options: options(), with: communicator
      ) { _ in .proceed }
      return [Outcome(streamed, first), Outcome(whole, second)]
    }
    let float = try outcomes(as: Float.self)
    #expect(float[0] == float[1])
    let double = try outcomes(as: Double.self)
    #expect(double[0] == double[1])
    let shared = try together(2) { try outcomes($0, as: Float.self) }
    #expect(shared[0][0] == shared[0][1] && shared[0][0] == shared[1][0])
  }

  @Test("stopped in the middle of a window and taken up, it ends with the same bits")
  func resume() throws {
    let folder = try TemporaryFolder()
    let stored = try stored(folder, heldOut: 0.2)
    let plan = try MLP<Float>.StreamPlan(stored, options(), memory: 6000)
    func run(_ options: TrainingOptions, stopAt: Int? = nil) throws -> Outcome {
      struct Stop: TrainingCallback {
        let step: Int?
        func stepEnded(_ record: StepRecord) -> TrainingControl {
          step == Int(record.step) ? .stop : .proceed
        }
      }
      var model: MLP<Float> = try Problem.model()
      let history = try model.train(on: plan, options: options, callbacks: [Stop(step: stopAt)]) {
        _ in .proceed
      }
      return Outcome(model, history)
    }
    let whole = try run(options(epochs: 3))
    var saved = options(epochs: 3)
    saved.checkpoint = .init(path: folder("state"), every: .steps(5), resumes: true)
    for step in [4, 17, 40] { #expect(try run(saved, stopAt: step).stopped == .interrupted) }
    #expect(try run(saved) == whole)
    // Another memory is another order.
    let other = try MLP<Float>.StreamPlan(stored, saved, memory: 9000)
    var model: MLP<Float> = try Problem.model()
    expectRefusal(.modelFile, "rows of a window") {
      _ = try model.train(on: other, options: saved) { _ in .proceed }
    }
  }

  @Test("what needs all rows is refused")
  func refusals() throws {
    let folder = try TemporaryFolder()
    let stored = try stored(folder)
    var model: MLP<Float> = try Problem.model()
    var options = options()
    options.measuresTraining = true
    let plan = try MLP<Float>.StreamPlan(stored, options, memory: 1 << 20)
    expectRefusal(.option, "all of them") {
      _ = try model.train(on: plan, options: options) { _ in .proceed }
    }
    options.measuresTraining = false
    options.patience = 3
    expectRefusal(.option, "no validation rows") {
      _ = try model.train(on: plan, options: options) { _ in .proceed }
    }
    options.patience = nil
    options.loss = .poisson
    let scaled = try MLP<Float>.StreamPlan(
      self.stored(folder, scaling: .standard), options, memory: 1 << 20)
    expectRefusal(.network, "--scale none") {
      _ = try model.train(on: scaled, options: options) { _ in .proceed }
    }
    var narrow = try MLP<Float>(inputs: 3, [(1, .identity)], seed: 0)
    expectRefusal(.network, "2 inputs") {
      _ = try narrow.train(on: plan, options: self.options()) { _ in .proceed }
    }
  }
}
