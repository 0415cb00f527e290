import Foundation
import Testing

@testable import Perceptron

@Suite("Accumulated gradients")
struct AccumulationTests {
  private static let optimizers: [Optimizer] = [
    .sgd(learningRate: 0.1), .nesterov(learningRate: 0.05), .adam(learningRate: 0.05),
  ]

  private func train<Element: Scalar>(
    batchSize: Int, accumulation: Int, optimizer: Optimizer, loss: Loss = .mse,
    checkpoint: TrainingOptions.Checkpoint? = nil, threads: Threads = .exactly(1),
    as: Element.Type = Element.self,
    onEpoch: (EpochRecord) -> TrainingControl = { _ in .proceed }
  ) throws -> Outcome {
    var model: MLP<Element> = try Problem.model()
    var options = Problem.options(optimizer, loss: loss, epochs: 3, batchSize: batchSize)
    options.accumulation = accumulation
    options.checkpoint = checkpoint
    options.threads = threads
    let history = try model.train(
      on: Problem.examples(), validation: Problem.examples(rows: 5, seed: 2), options: options,
      onEpoch: onEpoch)
    return Outcome(model, history)
  }

  private func values(_ outcome: Outcome) -> [Double] {
    outcome.parameters.map { Double(bitPattern: $0) }
  }

  @Test(
    "K batches equal one of K times the rows up to rounding", arguments: optimizers,
    Loss.Reduction.allCases)
  func equal(_ optimizer: Optimizer, _ reduction: Loss.Reduction) throws {
    let loss = Loss.squaredError.reduced(by: reduction)
    let rate = reduction == .sum ? optimizer.slower : optimizer
    for (batchSize, accumulation) in [(2, 3), (4, 2), (5, 3), (7, 100), (1, 4)] {
      let parts = try train(
        batchSize: batchSize, accumulation: accumulation, optimizer: rate, loss: loss,
        as: Double.self)
      let whole = try train(
        batchSize: batchSize * accumulation, accumulation: 1, optimizer: rate, loss: loss,
        as: Double.self)
      for (a, b) in zip(values(parts), values(whole)) {
        #expect(abs(a - b) <= 1e-9 * max(1, abs(b)), "\(batchSize) × \(accumulation): \(a), \(b)")
      }
      for (a, b) in zip(parts.epochs, whole.epochs) {
        #expect(abs(a.loss - b.loss) <= 1e-9 * b.loss)
      }
    }
    #expect(
      values(try train(batchSize: 2, accumulation: 3, optimizer: rate, loss: loss, as: Double.self))
        != values(
          try train(batchSize: 2, accumulation: 1, optimizer: rate, loss: loss, as: Double.self)))
  }

  @Test("the arithmetic is what is written: sums in order, then c, then the rule")
  func arithmetic() throws {
    let examples = Problem.examples(rows: 7, as: Float.self)
    var model: MLP<Float> = try Problem.model()
    let start = model
    var options = Problem.options(.sgd(learningRate: 0.1), epochs: 1, batchSize: 3)
    options.accumulation = 3
    _ = try model.train(on: examples, validation: nil, options: options) { _ in .proceed }
    let order = RandomStream.shuffledOrder(count: 7, seed: 3, epoch: 0).map(Int.init)
    var sum: [Float] = []
    for rows in [order[0..<3], order[3..<6], order[6..<7]] {
      let part = try start.backwardPass(
        inputs: examples.inputs.selecting(rows: Array(rows)),
        targets: examples.targets.selecting(rows: Array(rows)), loss: .mse.reduced(by: .sum)
      ).parameterGradient
      sum = sum.isEmpty ? part : zip(sum, part).map { $0 + $1 }
    }
    let c = Float(1.0 / 7)
    let expected = zip(start.parameters, sum).map { w, g in
      (-Float(0.1)).multipliedAdding(g * c, w)
    }
    #expect(model.parameters.bits == expected.bits)
  }

  @Test("kernels and plain loops agree to the bit", arguments: optimizers)
  func executors(_ optimizer: Optimizer) throws {
    try check(Float.self)
    try check(Double.self)

    func check<Element: Scalar>(_: Element.Type) throws {
      let model: MLP<Element> = try Problem.model()
      let examples: Examples<Element> = Problem.examples()
      let order = RandomStream.shuffledOrder(count: 18, seed: 9, epoch: 0)
      let results = try [Executor.kernels, .plain].map { executor in
        var step = try TrainingStep(
          model, loss: .mse, optimizer: optimizer, largestBatch: 4, inputForm: .numbers,
          accumulates: true, threads: .exactly(1), executor: executor)
        var losses: [UInt64] = []
        for _ in 0..<3 {
          losses.append(
            UInt64(
              order.withUnsafeBufferPointer {
                step.run(examples, rows: 18, order: $0.baseAddress!)
              }.bits))
        }
        var result = model
        step.snapshot(into: &result)
        return result.parameters.bits + losses
      }
      #expect(results[0] == results[1])
    }
  }

  @Test("threads do not change a bit")
  func threads() throws {
    let expected = try train(
      batchSize: 4, accumulation: 3, optimizer: .adam(), as: Float.self)
    for count in 2...3 {
      #expect(
        try train(
          batchSize: 4, accumulation: 3, optimizer: .adam(), threads: .exactly(count),
          as: Float.self) == expected)
    }
  }

  @Test("killed between two updates and resumed equals uninterrupted")
  func resumes() throws {
    let folder = try TemporaryFolder()
    let optimizer = Optimizer.adam(learningRate: 0.05)
    let whole = try train(batchSize: 2, accumulation: 3, optimizer: optimizer, as: Float.self)
    // Three updates an epoch.
    for interval in [1, 2] {
      _ = try train(
        batchSize: 2, accumulation: 3, optimizer: optimizer,
        checkpoint: TrainingOptions.Checkpoint(path: folder("c"), every: .steps(interval)),
        as: Float.self
      ) { record in
        if record.epoch == 2 {
          try? FileManager.default.copyItem(
            atPath: folder("c"), toPath: folder("killed \(interval)"))
        }
        return .proceed
      }
      let resumed = try train(
        batchSize: 2, accumulation: 3, optimizer: optimizer,
        checkpoint: TrainingOptions.Checkpoint(path: folder("killed \(interval)"), resumes: true),
        as: Float.self)
      #expect(resumed == whole, "every \(interval) updates")
    }
    expectRefusal(.modelFile, "accumulated batches was 3, now it is 1") {
      _ = try train(
        batchSize: 2, accumulation: 1, optimizer: optimizer,
        checkpoint: TrainingOptions.Checkpoint(path: folder("c"), resumes: true), as: Float.self)
    }
  }

  @Test("a loss that is no number stops it without an update")
  func diverges() throws {
    var model: MLP<Float> = try MLP(inputs: 2, [(3, .relu), (1, .identity)], seed: 5)
    let start = model
    var options = Problem.options(.sgd(learningRate: 1e39), batchSize: 3)
    options.accumulation = 2
    let history = try model.train(
      on: Problem.examples(), validation: Problem.examples(seed: 2), options: options
    ) { _ in .proceed }
    #expect(history.stopped == .diverged)
    #expect(history.message?.contains("epoch 1, step 2, at layer ") == true)
    #expect(model.parameters == start.parameters)
    options.accumulation = 0
    expectRefusal(.option, "accumulated batches", "0") {
      _ = try model.train(on: Problem.examples(), validation: nil, options: options) { _ in
        .proceed
      }
    }
  }
}

extension Optimizer {
  /// The same with a rate for sums over rows.
  fileprivate var slower: Optimizer {
    switch self {
    case .sgd(let rate): .sgd(learningRate: rate / 20)
    case .nesterov(let rate, let momentum):
      .nesterov(learningRate: rate / 100, momentum: momentum)
    default: self
    }
  }
}
