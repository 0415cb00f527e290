import Testing

@testable import Perceptron

@Suite("Callbacks")
struct CallbackTests {
  private final class Listener: TrainingCallback {
    var started: [Int] = []
    var steps: [StepRecord] = []
    var epochs: [EpochRecord] = []
    var ends: [TrainingHistory] = []
    var stopsAtStep: UInt64?
    var stopsAtEpoch: Int?
    var failsAtStep: UInt64?
    var failsAtEpoch: Int?

    struct Failure: Error {}

    func trainingStarted(_ history: [EpochRecord]) { started.append(history.count) }
    func stepEnded(_ step: StepRecord) throws -> TrainingControl {
      steps.append(step)
      if step.step == failsAtStep { throw Failure() }
      return step.step == stopsAtStep ? .stop : .proceed
    }
    func epochEnded(_ epoch: EpochRecord) throws -> TrainingControl {
      epochs.append(epoch)
      if epoch.epoch == failsAtEpoch { throw Failure() }
      return epoch.epoch == stopsAtEpoch ? .stop : .proceed
    }
    func trainingEnded(_ history: TrainingHistory) { ends.append(history) }
  }

  /// One that has only the defaults.
  private struct Silent: TrainingCallback {}

  private func fit(
    _ callbacks: [any TrainingCallback], model: inout MLP<Double>,
    checkpoint: TrainingOptions.Checkpoint? = nil
  ) throws -> TrainingHistory {
    let train = Problem.examples(as: Double.self)
    return try model.fit(
      inputs: train.inputs, targets: train.targets, loss: .mse, optimizer: .sgd(learningRate: 0.1),
      epochs: 4, batchSize: 4, validation: Problem.examples(seed: 2), seed: 3,
      threads: .exactly(1), checkpoint: checkpoint, callbacks: callbacks)
  }

  @Test("every step and epoch is told, to all, and nothing changes")
  func told() throws {
    var (plain, model) = (try Problem.model(as: Double.self), try Problem.model(as: Double.self))
    let expected = try fit([], model: &plain)
    let (first, second) = (Listener(), Listener())
    let history = try fit([first, Silent(), second], model: &model)
    #expect(Outcome(model, history) == Outcome(plain, expected))
    for listener in [first, second] {
      #expect(listener.started == [0])
      #expect(listener.epochs == history.epochs)
      #expect(listener.ends.map(\.bestEpoch) == [history.bestEpoch])
      #expect(listener.steps.map(\.step) == (1...20).map { UInt64($0) })
      #expect(listener.steps.map(\.epoch) == (0..<20).map { $0 / 5 + 1 })
      #expect(listener.steps.map(\.batch) == (0..<20).map { $0 % 5 + 1 })
      #expect(listener.steps.map(\.rows) == (0..<20).map { $0 % 5 == 4 ? 2 : 4 })
    }
    for epoch in 1...4 {
      let steps = first.steps.filter { $0.epoch == epoch }
      let loss = steps.reduce(0) { $0 + $1.loss * Double($1.rows) } / 18
      #expect(abs(loss - history.epochs[epoch - 1].loss) < 1e-12)
    }
  }

  @Test("one stop among several is enough; the best parameters are kept; it resumes")
  func stops() throws {
    let folder = try TemporaryFolder()
    for step in [UInt64(7), 10] {
      let listener = Listener()
      listener.stopsAtStep = step
      var model = try Problem.model(as: Double.self)
      let history = try fit(
        [Silent(), listener], model: &model,
        checkpoint: TrainingOptions.Checkpoint(path: folder("c")))
      #expect(history.stopped == .interrupted)
      #expect(listener.steps.count == Int(step))
      #expect(listener.ends.count == 1)
      #expect(history.epochs.count == (Int(step) - 1) / 5)
      let again = Listener()
      let resumed = try fit(
        [again], model: &model,
        checkpoint: TrainingOptions.Checkpoint(path: folder("c"), resumes: true))
      #expect(again.started == [history.epochs.count])
      #expect(again.steps.count == 20 - Int(step))
      var plain = try Problem.model(as: Double.self)
      let expected = try fit([], model: &plain)
      #expect(Outcome(model, resumed) == Outcome(plain, expected))
    }
  }

  @Test("an error is handed on, the best parameters in the model", arguments: [true, false])
  func fails(_ atStep: Bool) throws {
    let listener = Listener()
    if atStep { listener.failsAtStep = 12 } else { listener.failsAtEpoch = 2 }
    let stopper = Listener()
    stopper.stopsAtEpoch = 2
    var (model, expected) = (try Problem.model(as: Double.self), try Problem.model(as: Double.self))
    _ = try fit([stopper], model: &expected)
    #expect(throws: Listener.Failure.self) { _ = try fit([listener], model: &model) }
    #expect(model.parameters.bits == expected.parameters.bits)
    #expect(listener.ends.isEmpty)
  }
}
