import Foundation
import Testing

@testable import Perceptron

@Suite("Training")
struct TrainerTests {
  /// A run whose validation loss falls first and rises later: few rows, many steps.
  private func overfit<Element: Scalar>(
    epochs: Int = 40, patience: Int? = nil, seed: UInt64 = 3, as: Element.Type = Element.self,
    onEpoch: (EpochRecord) -> TrainingControl = { _ in .proceed }
  ) throws -> (model: MLP<Element>, history: TrainingHistory, validation: Examples<Element>) {
    var model: MLP<Element> = try Problem.model()
    let validation: Examples<Element> = Problem.examples(seed: 2)
    let history = try model.train(
      on: Problem.examples(rows: 7, seed: 1), validation: validation,
      options: Problem.options(epochs: epochs, batchSize: 3, seed: seed, patience: patience),
      onEpoch: onEpoch)
    return (model, history, validation)
  }

  /// Trains without validation, by hand: what `fit` must equal.
  private func byHand<Element: Scalar>(
    _ examples: Examples<Element>, epochs: Int, batchSize: Int, seed: UInt64, loss: Loss,
    optimizer: Optimizer
  ) throws -> (parameters: [UInt64], losses: [Double]) {
    var model: MLP<Element> = try Problem.model()
    var step = try TrainingStep(model, loss: loss, optimizer: optimizer, largestBatch: batchSize)
    var losses: [Double] = []
    for epoch in 0..<epochs {
      let order = RandomStream.shuffledOrder(count: examples.rows, seed: seed, epoch: epoch)
        .map(Int.init)
      var sum = 0.0
      for first in stride(from: 0, to: examples.rows, by: batchSize) {
        let rows = Array(order[first..<min(first + batchSize, examples.rows)])
        let value = step.run(
          examples.inputs.selecting(rows: rows), examples.targets.selecting(rows: rows))
        sum += Double(value) * (loss.reduction == .sum ? 1 : Double(rows.count))
      }
      losses.append(loss.reduction == .sum ? sum : sum / Double(examples.rows))
    }
    step.snapshot(into: &model)
    return (model.parameters.bits, losses)
  }

  // MARK: The best parameters

  @Test("the parameters of the lowest validation loss are the ones kept")
  func best() throws {
    try check(overfit(as: Double.self))
    try check(overfit(as: Float.self))

    func check<Element: Scalar>(
      _ run: (model: MLP<Element>, history: TrainingHistory, validation: Examples<Element>)
    ) throws {
      let losses = run.history.epochs.compactMap(\.validationLoss)
      let lowest = try #require(losses.min())
      #expect(losses.count == 40)
      try #require(lowest < losses[39], "the run must get worse again")
      try #require(run.history.bestEpoch > 1)
      #expect(try Evaluator(run.model, loss: .mse).evaluate(run.validation).loss == lowest)
      #expect(losses.firstIndex(of: lowest) == run.history.bestEpoch - 1)
      #expect(run.history.stopped == .epochs)
      #expect(run.history.monitor == "validation loss")
      var least = Double.infinity
      for record in run.history.epochs {
        let value = record.validationLoss ?? .infinity
        #expect(record.isBest == (value < least), "epoch \(record.epoch)")
        least = min(least, value)
      }
      #expect(run.history.epochs.map(\.epoch) == Array(1...40))
    }
  }

  @Test("early stopping stops `patience` epochs after the best", arguments: [1, 3, 6])
  func patience(_ patience: Int) throws {
    let run = try overfit(patience: patience, as: Double.self)
    let full = try overfit(as: Double.self)
    let count = run.history.epochs.count
    #expect(run.history.stopped == .earlyStopping)
    #expect(count < 40 && count == run.history.bestEpoch + patience)
    #expect(run.history.epochs == Array(full.history.epochs.prefix(count)))
    #expect(
      try Evaluator(run.model, loss: .mse).evaluate(run.validation).loss
        == run.history.epochs[run.history.bestEpoch - 1].validationLoss)
  }

  @Test("without validation rows the last epoch's parameters are kept, equal to a loop by hand")
  func withoutValidation() throws {
    func check<Element: Scalar>(_: Element.Type, _ optimizer: Optimizer, _ loss: Loss) throws {
      let examples: Examples<Element> = Problem.examples()
      var model: MLP<Element> = try Problem.model()
      let history = try model.fit(
        inputs: examples.inputs, targets: examples.targets, loss: loss, optimizer: optimizer,
        epochs: 3, batchSize: 4, seed: 3)
      let expected = try byHand(
        examples, epochs: 3, batchSize: 4, seed: 3, loss: loss, optimizer: optimizer)
      #expect(model.parameters.bits == expected.parameters)
      #expect(history.epochs.map(\.loss) == expected.losses)
      #expect(history.bestEpoch == 3)
      #expect(history.monitor == nil)
      #expect(history.epochs.allSatisfy { $0.validationLoss == nil })
    }
    try check(Double.self, .adam(learningRate: 0.05), .mse)
    try check(Float.self, .adam(learningRate: 0.05), .mse)
    try check(Double.self, .nesterov(), .halfSquaredError)
    try check(Float.self, .sgd(), .squaredError.reduced(by: .sum))
  }

  // MARK: The loss of an epoch

  @Test(
    "the epoch's loss weighs each batch by its rows", arguments: [7, 4, 3, 1, 100],
    Loss.Reduction.allCases)
  func epochLoss(batchSize: Int, reduction: Loss.Reduction) throws {
    let examples = Problem.examples(rows: 7, seed: 1, as: Double.self)
    let loss = Loss.squaredError.reduced(by: reduction)
    var model = try Problem.model(as: Double.self)
    let start = model
    let expected = try start.backwardPass(
      inputs: examples.inputs, targets: examples.targets, loss: loss
    ).loss
    let history = try model.fit(
      inputs: examples.inputs, targets: examples.targets, loss: loss,
      optimizer: .sgd(learningRate: 1e-300), epochs: 2, batchSize: batchSize)
    #expect(zip(model.parameters, start.parameters).allSatisfy { abs($0 - $1) < 1e-290 })
    for record in history.epochs {
      #expect(abs(record.loss - expected) <= 1e-13 * expected, "\(record.loss), not \(expected)")
    }
  }

  // MARK: Repetition

  @Test("one seed gives the same bits, another seed others")
  func seeds() throws {
    let first = try overfit(epochs: 5, as: Float.self)
    let again = try overfit(epochs: 5, as: Float.self)
    let other = try overfit(epochs: 5, seed: 4, as: Float.self)
    #expect(Outcome(first.model, first.history) == Outcome(again.model, again.history))
    #expect(first.model.parameters.bits != other.model.parameters.bits)
  }

  @Test("more epochs begin as fewer do")
  func prefix() throws {
    let short = try overfit(epochs: 3, as: Double.self).history.epochs
    let long = try overfit(epochs: 6, as: Double.self).history.epochs
    #expect(Array(long.prefix(3)) == short)
    #expect(Set(long.map(\.loss)).count == 6)
  }

  // MARK: Ends before the end

  @Test("the caller may stop it; the best parameters are kept")
  func stop() throws {
    let full = try overfit(epochs: 9, as: Double.self)
    let run = try overfit(as: Double.self) { $0.epoch == 9 ? .stop : .proceed }
    #expect(run.history.stopped == .interrupted)
    #expect(run.history.epochs == full.history.epochs)
    #expect(run.model.parameters.bits == full.model.parameters.bits)
  }

  @Test("a cancelled Task throws CancellationError, the best parameters kept")
  func cancellation() async throws {
    let best = try overfit(epochs: 30, as: Double.self)
    try #require(best.history.bestEpoch < 30)
    let start = try Problem.model(as: Double.self)
    let (parameters, error, seen) = await Task {
      var model = start
      var error: (any Error)?
      var seen = 0
      do {
        let train = Problem.examples(rows: 7, seed: 1, as: Double.self)
        try model.fit(
          inputs: train.inputs, targets: train.targets, loss: .mse,
          optimizer: .sgd(learningRate: 0.1), epochs: 40, batchSize: 3,
          validation: Problem.examples(seed: 2), seed: 3, threads: .exactly(1)
        ) { record in
          seen = record.epoch
          if seen == 30 { withUnsafeCurrentTask { $0?.cancel() } }
          return .proceed
        }
      } catch let thrown {
        error = thrown
      }
      return (model.parameters.bits, error, seen)
    }.value
    #expect(error is CancellationError)
    #expect(seen == 30)
    #expect(parameters == best.model.parameters.bits)
  }

  @Test("cancelled before the first step, the model is as it was")
  func cancelledAtOnce() async throws {
    let start = try Problem.model(as: Float.self)
    let (model, isCancelled) = await Task { () -> (MLP<Float>, Bool) in
      var model = start
      withUnsafeCurrentTask { $0?.cancel() }
      let train = Problem.examples(as: Float.self)
      do {
        try model.fit(inputs: train.inputs, targets: train.targets, loss: .mse)
        return (model, false)
      } catch {
        return (model, error is CancellationError)
      }
    }.value
    #expect(isCancelled)
    #expect(model == start)
  }

  // MARK: Divergence

  /// Full batches of a ReLU network at a rate that makes the loss explode within a few epochs.
  private func explode(
    epochs: Int, batchSize: Int, rate: Double = 50, scale: Float = 1
  ) -> (model: MLP<Float>?, error: PerceptronError?) {
    var model = try? MLP<Float>(inputs: 2, [(3, .relu), (1, .identity)], seed: 5)
    let examples = Problem.examples(as: Float.self)
    var inputs = examples.inputs
    for k in inputs.values.indices { inputs.values[k] *= scale }
    do {
      try model?.fit(
        inputs: inputs, targets: examples.targets, loss: .mse,
        optimizer: .sgd(learningRate: rate), epochs: epochs, batchSize: batchSize)
      return (model, nil)
    } catch {
      return (model, error as? PerceptronError)
    }
  }

  @Test("a loss that is no number stops it: where, why, what to do, and the last good parameters")
  func divergence() throws {
    let (model, error) = explode(epochs: 100, batchSize: 18)
    let message = try #require(error?.message)
    #expect(error?.kind == .diverged)
    let epoch = try #require((2...20).first { message.contains("epoch \($0),") }, "\(message)")
    #expect(message.contains("step 1, at layer ") || message.contains("step 1, at the loss"))
    #expect(message.contains("learning rate 50.0") && message.contains("tenth"))
    let good = explode(epochs: epoch - 1, batchSize: 18)
    #expect(good.error == nil)
    #expect(model?.parameters.bits == good.model?.parameters.bits)
    #expect(model?.parameters.allSatisfy(\.isFinite) == true)
  }

  @Test("the step within the epoch is named")
  func divergenceStep() throws {
    let start = try MLP<Float>(inputs: 2, [(3, .relu), (1, .identity)], seed: 5)
    let (model, error) = explode(epochs: 5, batchSize: 6, rate: 1e30)
    let message = try #require(error?.message)
    #expect(message.contains("in epoch 1, step 2, at ") || message.contains("in epoch 1, step 3, "))
    #expect(message.contains("layer"))
    #expect(model?.parameters == start.parameters)
  }

  @Test("large inputs are named as the cause")
  func divergenceCause() throws {
    let (_, error) = explode(epochs: 100, batchSize: 18, rate: 0.1, scale: 1e4)
    #expect(error?.kind == .diverged)
    #expect(error?.message.contains("inputs reach 2") == true, "\(error?.message ?? "")")
    #expect(error?.message.contains("standardise") == true)
  }

  @Test("a validation loss that is no number stops it with the best parameters")
  func divergedValidation() throws {
    func run(epochs: Int) throws -> (MLP<Float>, TrainingHistory) {
      var model = try MLP<Float>(inputs: 2, [(3, .relu), (1, .identity)], seed: 5)
      let history = try model.train(
        on: Problem.examples(), validation: Problem.examples(seed: 2),
        options: Problem.options(.sgd(learningRate: 50), epochs: epochs, batchSize: 18)
      ) { _ in .proceed }
      return (model, history)
    }
    let (model, history) = try run(epochs: 100)
    #expect(history.stopped == .diverged)
    #expect(history.message?.contains("epoch \(history.epochs.count)") == true)
    #expect(!model.parameters.contains { !$0.isFinite })
    #expect(model.parameters.bits == (try run(epochs: history.bestEpoch)).0.parameters.bits)
  }

  // MARK: What cannot be saved

  @Test("when the checkpoint cannot be written any more, the best parameters are kept")
  func savingFails() throws {
    let best = try overfit(epochs: 12, as: Double.self)
    let folder = try TemporaryFolder()
    var model = try Problem.model(as: Double.self)
    let train = Problem.examples(rows: 7, seed: 1, as: Double.self)
    expectRefusal(.file, "state") {
      try model.fit(
        inputs: train.inputs, targets: train.targets, loss: .mse,
        optimizer: .sgd(learningRate: 0.1), epochs: 40, batchSize: 3,
        validation: Problem.examples(seed: 2), seed: 3,
        checkpoint: TrainingOptions.Checkpoint(path: folder("sub/state"), every: .epochs(12))
      ) { _ in .proceed }
    }
    #expect(model.parameters.bits == best.model.parameters.bits)
  }
}
