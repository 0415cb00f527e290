import Testing

@testable import Perceptron

/// A training in one go and the same in pieces, over every rule and every schedule.
@Suite("Resumed with every optimizer and schedule")
struct ResumeRulesTests {
  private let folder: TemporaryFolder

  init() throws {
    folder = try TemporaryFolder()
  }

  private static let schedules: [String?] = [
    nil, "constant", "constant-factor:0.5:2", "step:1:0.5", "multi-step:1,3:0.5",
    "exponential:0.7", "polynomial", "cosine", "cosine-warm-restarts:1:2", "one-cycle",
    "plateau:0.5:0", "warmup:7,cosine",
  ]

  private func outcome(
    _ options: TrainingOptions, stopAfter epochs: Int? = nil
  ) throws -> Outcome {
    var model: MLP<Float> = try Problem.model()
    let history = try model.train(
      on: Problem.examples(), validation: Problem.examples(rows: 5, seed: 2), options: options,
      onEpoch: { $0.epoch == epochs ? .stop : .proceed })
    return Outcome(model, history)
  }

  /// With one schedule after another: the rule and the schedule know nothing of each other.
  @Test(
    "in one go and in two", arguments: Array(OptimizerExecutorTests.rules.enumerated()))
  func resumes(_ place: Int, _ optimizer: Optimizer) throws {
    for schedule in [place, place + 5].map({ Self.schedules[$0 % Self.schedules.count] }) {
      var options = Problem.options(optimizer)
      options.schedule = try schedule.map { try LearningRateSchedule($0) }
      options.regularization = Regularization(weightDecay: 0.01, clipping: .norm(0.5))
      let whole = try outcome(options)
      #expect(whole.epochs.count == 4 && whole.stopped == .epochs)
      let path = folder("\(optimizer.name)-\(schedule ?? "none").ckpt")
      options.checkpoint = .init(path: path, every: .steps(3), resumes: true)
      for pause in [1, 3] {
        #expect(try outcome(options, stopAfter: pause).stopped == .interrupted)
      }
      #expect(try outcome(options) == whole, "\(optimizer.name), \(schedule ?? "no schedule")")
    }
  }

  @Test("L-BFGS, whose pairs are saved")
  func lbfgs() throws {
    var options = Problem.options(.lbfgs(history: 3), epochs: 12)
    options.regularization.l2 = 0.001
    let whole = try outcome(options)
    options.checkpoint = .init(path: folder("lbfgs.ckpt"), resumes: true)
    for pause in [1, 4, 9] {
      #expect(try outcome(options, stopAfter: pause).stopped == .interrupted)
    }
    #expect(try outcome(options) == whole)
  }

  @Test("what a checkpoint was made with must be said again")
  func identity() throws {
    var options = Problem.options(.adam())
    options.schedule = .init(.cosine(epochs: nil, minimum: 0))
    options.checkpoint = .init(path: folder("a.ckpt"), resumes: true)
    _ = try outcome(options, stopAfter: 2)
    var other = options
    other.schedule = .init(.step(epochs: 1, gamma: 0.5))
    expectRefusal(.modelFile, "schedule was cosine", "step:1:0.5") { _ = try outcome(other) }
    other = options
    other.regularization = Regularization(weightDecay: 0.1)
    expectRefusal(.modelFile, "regularization was not set", "weight decay 0.1") {
      _ = try outcome(other)
    }
    other.regularization = Regularization()
    other.schedule = nil
    expectRefusal(.modelFile, "other options") { _ = try outcome(other) }
  }
}
