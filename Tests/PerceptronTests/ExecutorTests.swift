import Testing

@testable import Perceptron

/// One network, trained a few steps by everyone who can run a plan.
struct TrainingCase: Sendable, CustomTestStringConvertible {
  let inputs: Int
  let layers: [(units: Int, activation: Activation)]
  let rows: Int
  let loss: Loss
  let optimizer: Optimizer
  var bias = true
  var regularization = Regularization()

  var testDescription: String {
    "\(inputs) -> \(layers.map { "\($0.units):\($0.activation.name)" }.joined(separator: ",")), "
      + "\(rows) rows, \(loss.name), \(optimizer.name)\(bias ? "" : ", no bias")"
      + " \(regularization.summary(optimizer))"
  }

  /// The parameters after three steps.
  func trained<Element: Scalar>(
    as: Element.Type, executor: Executor = .kernels, threads: Threads = .exactly(1),
    instructionSet: InstructionSet? = nil, samplesInLanes: Bool? = nil
  ) throws -> [UInt64] {
    var model: MLP<Element> = try Draw.network(inputs: inputs, layers, bias: bias, seed: 7)
    let x: Matrix<Element> = Draw.normal(rows: rows, columns: inputs, seed: 8)
    let t: Matrix<Element> = Draw.targets(
      for: loss, rows: rows, columns: model.outputs, seed: 9)
    var step = try TrainingStep(
      model, loss: loss, optimizer: optimizer, regularization: regularization,
      largestBatch: rows + 3, inputForm: .numbers, threads: threads,
      executor: executor, instructionSet: instructionSet, samplesInLanes: samplesInLanes)
    var bits = (0..<3).map { _ in step.run(x, t).bits }
    step.snapshot(into: &model)
    bits += model.parameters.bits
    return bits
  }

  static let all: [TrainingCase] = [
    TrainingCase(
      inputs: 2, layers: [(2, .relu), (2, .relu), (1, .sigmoid)], rows: 4, loss: .halfSquaredError,
      optimizer: .sgd(learningRate: 0.1), bias: false),
    TrainingCase(
      inputs: 3, layers: [(4, .relu), (2, .identity)], rows: 2, loss: .squaredError,
      optimizer: .momentum()),
    TrainingCase(
      inputs: 2, layers: [(4, .tanh), (1, .sigmoid)], rows: 40, loss: .binaryCrossEntropy,
      optimizer: .nesterov()),
    TrainingCase(
      inputs: 19, layers: [(33, .sigmoid), (17, .tanh), (5, .softmax)], rows: 23,
      loss: .crossEntropy, optimizer: .adam()),
    TrainingCase(
      inputs: 13, layers: [(49, .relu), (31, .softmax), (19, .softmax)], rows: 17, loss: .mse,
      optimizer: .adam(learningRate: 0.01)),
    TrainingCase(
      inputs: 1100, layers: [(9, .relu), (18, .identity)], rows: 11,
      loss: .crossEntropy(from: .logits),
      optimizer: .sgd()),
    // With several threads each owns columns of the first layer.
    TrainingCase(
      inputs: 140, layers: [(97, .gelu), (5, .softmax)], rows: 10, loss: .crossEntropy,
      optimizer: .momentum()),
    TrainingCase(
      inputs: 150, layers: [(97, .tanh), (5, .softmax)], rows: 10, loss: .crossEntropy,
      optimizer: .momentum()),
    TrainingCase(
      inputs: 61, layers: [(131, .relu), (40, .relu), (3, .identity)], rows: 13, loss: .mse,
      optimizer: .adam(), bias: false),
    TrainingCase(
      inputs: 1, layers: [(65, .tanh), (3, .identity)], rows: 9,
      loss: .binaryCrossEntropy(from: .logits), optimizer: .adam()),
    TrainingCase(
      inputs: 40, layers: [(70, .relu), (1, .identity)], rows: 35, loss: .mse, optimizer: .adam()),
    TrainingCase(
      inputs: 33, layers: [(3, .tanh), (18, .relu), (4, .softmax)], rows: 50, loss: .crossEntropy,
      optimizer: .momentum()),
  ]

  /// Every activation that trains, in the first layer and in a hidden one, wide or narrow enough for
  /// samples in lanes.
  static func activations(units: Int) -> [TrainingCase] {
    (Activation.allCases + [.leakyReLU(slope: 0.2), .elu(alpha: 0.5)]).filter(\.isTrainable).map {
      TrainingCase(
        inputs: 3, layers: [(units, $0), (5, $0), (2, .identity)], rows: 11, loss: .mse,
        optimizer: .sgd(learningRate: 0.01))
    }
  }

  /// Narrow enough for samples in lanes; the last needs more than one pass over the batch.
  static let narrow: [TrainingCase] = [
    TrainingCase(
      inputs: 1, layers: [(8, .relu), (8, .relu), (1, .identity)], rows: 100, loss: .mse,
      optimizer: .adam()),
    TrainingCase(
      inputs: 5, layers: [(7, .sigmoid), (3, .softmax)], rows: 37, loss: .crossEntropy,
      optimizer: .adam()),
    TrainingCase(
      inputs: 5, layers: [(7, .softmax), (3, .softmax)], rows: 16, loss: .halfSquaredError,
      optimizer: .sgd()),
    TrainingCase(
      inputs: 32, layers: [(16, .tanh), (16, .relu), (16, .identity)], rows: 21,
      loss: .crossEntropy(from: .logits), optimizer: .nesterov()),
    TrainingCase(
      inputs: 17, layers: [(9, .relu), (15, .relu), (2, .sigmoid)], rows: 1,
      loss: .binaryCrossEntropy, optimizer: .momentum(), bias: false),
    TrainingCase(
      inputs: 3, layers: [(6, .tanh), (5, .identity)], rows: 600, loss: .squaredError,
      optimizer: .sgd(learningRate: 0.001)),
  ]
}

@Suite("Every executor computes the same bits")
struct ExecutorTests {
  @Test(
    "kernels equal the plain loops, on every instruction set",
    arguments: TrainingCase.all + TrainingCase.activations(units: 35))
  func instructionSets(_ item: TrainingCase) throws {
    let float = try item.trained(as: Float.self, executor: .plain)
    let double = try item.trained(as: Double.self, executor: .plain)
    #expect(!float.isEmpty)
    for set in InstructionSet.available {
      #expect(try item.trained(as: Float.self, instructionSet: set) == float, "Float on \(set)")
      #expect(try item.trained(as: Double.self, instructionSet: set) == double, "Double on \(set)")
    }
  }

  @Test(
    "samples in lanes equal units in lanes and the plain loops, on every instruction set",
    arguments: TrainingCase.narrow + TrainingCase.all.prefix(3)
      + TrainingCase.activations(units: 6))
  func lanes(_ item: TrainingCase) throws {
    let float = try item.trained(as: Float.self, executor: .plain)
    let double = try item.trained(as: Double.self, executor: .plain)
    for set in InstructionSet.available {
      for inLanes in [true, false] {
        #expect(
          try item.trained(as: Float.self, instructionSet: set, samplesInLanes: inLanes) == float,
          "Float on \(set), samples in lanes: \(inLanes)")
        #expect(
          try item.trained(as: Double.self, instructionSet: set, samplesInLanes: inLanes) == double,
          "Double on \(set), samples in lanes: \(inLanes)")
      }
    }
  }

  @Test("one, two and three threads", arguments: TrainingCase.all + TrainingCase.narrow)
  func threads(_ item: TrainingCase) throws {
    let one = try item.trained(as: Float.self, threads: .exactly(1))
    for threads in [2, 3] {
      for inLanes in [nil, false] {
        #expect(
          try item.trained(
            as: Float.self, threads: .exactly(threads), samplesInLanes: inLanes) == one)
      }
    }
  }

  @Test("Shuffled batches, which every thread gathers where it owns columns of the first layer")
  func gathered() throws {
    let x = Draw.normal(rows: 40, columns: 100, seed: 4, as: Float.self)
    let y: Matrix<Float> = Draw.targets(for: .crossEntropy, rows: 40, columns: 3, seed: 5)
    func trained(_ threads: Threads) throws -> [UInt64] {
      var model = try Draw.network(
        inputs: 100, [(units: 100, activation: .relu), (units: 3, activation: .softmax)], seed: 3,
        as: Float.self)
      try model.fit(
        inputs: x, targets: y, loss: .crossEntropy, epochs: 3, batchSize: 16, threads: threads)
      return model.parameters.bits
    }
    #expect(try trained(.exactly(2)) == trained(.exactly(1)))
    #expect(try trained(.exactly(3)) == trained(.exactly(1)))
  }

  @Test("Steps that threads join and steps that they do not, by turns, to the same bits")
  func fewRows() throws {
    let layers: [(units: Int, activation: Activation)] = [
      (192, .relu), (192, .tanh), (4, .softmax),
    ]
    let model = try Draw.network(inputs: 100, layers, seed: 3, as: Float.self)
    func trained(_ threads: Threads) throws -> [UInt64] {
      var model = model
      var step = try TrainingStep(
        model, loss: .crossEntropy, optimizer: .adam(), largestBatch: 40, threads: threads)
      for rows in [40, 1, 3, 40, 40, 40, 40, 2, 40, 40] {
        let x = Draw.normal(rows: rows, columns: 100, seed: 4, as: Float.self)
        step.run(x, Draw.targets(for: .crossEntropy, rows: rows, columns: 4, seed: 5))
      }
      step.snapshot(into: &model)
      return model.parameters.bits
    }
    #expect(try trained(.upTo(2)) == trained(.exactly(1)))
    #expect(try trained(.exactly(2)) == trained(.exactly(1)))
  }
}
