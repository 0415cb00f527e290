import Testing

@testable import Perceptron

@Suite("Training with dropout, normalisation and PReLU")
struct LayerTrainingTests {
  private let folder: TemporaryFolder

  init() throws {
    folder = try TemporaryFolder()
  }

  private static let stacks = [
    "6,batch-norm,relu,dropout:0.3,5,layer-norm,prelu,1", "batch-norm,6:tanh,dropout:0.5,1",
  ]

  private func train(
    _ stack: String, _ options: TrainingOptions, pausedAfter epochs: Int? = nil
  ) throws -> Outcome {
    var model = try MLP<Float>(inputs: 2, layers: LayerStack.parse(stack), seed: 3)
    let history = try model.train(
      on: Problem.examples(), validation: Problem.examples(rows: 5, seed: 2), options: options,
      onEpoch: { $0.epoch == epochs ? .stop : .proceed })
    return Outcome(model, history)
  }

  @Test("in one go, in pieces, on one thread and on two: the same bits", arguments: stacks, [1, 3])
  func resumes(_ stack: String, _ accumulation: Int) throws {
    var options = Problem.options(.adam(learningRate: 0.02), epochs: 5)
    options.accumulation = accumulation
    let whole = try train(stack, options)
    #expect(whole.epochs.count == 5 && whole.stopped == .epochs)
    options.threads = .exactly(2)
    #expect(try train(stack, options) == whole)
    options.checkpoint = .init(path: folder("state"), every: .steps(2), resumes: true)
    for pause in [1, 2, 4] {
      #expect(try train(stack, options, pausedAfter: pause).stopped == .interrupted)
    }
    #expect(try train(stack, options) == whole)
    options.seed += 1
    options.checkpoint = nil
    #expect(try train(stack, options) != whole)
  }

  @Test("the masks of accumulated batches are those of the one batch they stand for")
  func accumulatedMasks() throws {
    func parameters(_ batchSize: Int, _ accumulation: Int) throws -> [Double] {
      var model = try MLP<Double>(
        inputs: 2, layers: LayerStack.parse("8:tanh,dropout:0.5,1"), seed: 3)
      var options = Problem.options(.sgd(learningRate: 0.1), epochs: 3, batchSize: batchSize)
      options.accumulation = accumulation
      _ = try model.train(
        on: Problem.examples(as: Double.self), validation: nil, options: options,
        onEpoch: { _ in .proceed })
      return model.parameters
    }
    let (parts, whole) = (try parameters(3, 2), try parameters(6, 1))
    for (a, b) in zip(parts, whole) { #expect(abs(a - b) <= 1e-12 * max(1, abs(b))) }
  }

  @Test("running statistics come near those of the data, and are what a prediction uses")
  func statistics() throws {
    var model = try MLP<Double>(inputs: 2, layers: LayerStack.parse("batch-norm,1"), seed: 3)
    let examples = Problem.examples(rows: 400, as: Double.self)
    let options = Problem.options(.sgd(learningRate: 1e-6), epochs: 20, batchSize: 100)
    _ = try model.train(
      on: examples, validation: nil, options: options, onEpoch: { _ in .proceed })
    let mean = try #require(model.tensor(.runningMean, layer: 0))
    let variance = try #require(model.tensor(.runningVariance, layer: 0))
    for j in 0..<2 {
      let values = (0..<400).map { examples.inputs[$0, j] }
      let average = values.reduce(0, +) / 400
      let spread = values.reduce(0) { $0 + ($1 - average) * ($1 - average) } / 400
      // Batches of 100 differ from one another.
      #expect(abs(mean[0, j] - average) < 0.1)
      #expect(abs(variance[0, j] - spread) < 0.1)
    }
    let (w, b) = (model.weights(1), try #require(model.bias(1)))
    let x = Matrix([[3.0, -2]])
    var expected = b[0]
    for j in 0..<2 {
      expected +=
        w[j, 0] * (x[0, j] - mean[0, j]) / (variance[0, j] + 1e-5).squareRoot()
        * model.tensor(.scale, layer: 0)![0, j] + w[j, 0] * model.tensor(.shift, layer: 0)![0, j]
    }
    #expect(abs(try model.outputs(x)[0, 0] - expected) < 1e-12)
  }

  @Test("a learning rate of a billion: said, and the last good model is kept", arguments: stacks)
  func diverges(_ stack: String) throws {
    let outcome = try train(stack, Problem.options(.sgd(learningRate: 1e9), epochs: 50))
    #expect(outcome.stopped == .diverged || outcome.stopped == .epochs)
    #expect(outcome.parameters.allSatisfy { Float(bitPattern: UInt32($0)).isFinite })
  }

  @Test("L-BFGS is refused where a step changes what is minimised")
  func lbfgs() throws {
    for stack in Self.stacks {
      expectRefusal(.network, "lbfgs minimises one function", "use layer-norm") {
        _ = try train(stack, Problem.options(.lbfgs()))
      }
    }
    _ = try train("4,layer-norm,prelu,1", Problem.options(.lbfgs()))
  }
}
