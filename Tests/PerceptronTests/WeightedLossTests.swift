import PerceptronAutodiff
import Testing

@testable import Perceptron

/// A loss with smoothing or weights of one sort or several, on its own output layer.
struct WeightedLoss: Sendable, CustomTestStringConvertible {
  let loss: Loss
  let hasRowWeights: Bool
  var outputs = 3

  var testDescription: String {
    loss.name + (hasRowWeights ? ", rows weighted" : "") + ", \(outputs) outputs"
  }

  var activation: Activation { loss.kind.requiredActivation ?? .tanh }

  /// Every kind with weights of rows, by all reductions and the divisors by turns; every kind of classes
  /// with all else that it takes. A quantile of ½ has two slopes of one size.
  static let all: [WeightedLoss] =
    [WeightedLoss(loss: .quantile(0.8), hasRowWeights: true)]
    + Loss.Kind.allCases.enumerated().flatMap { place, kind in
      Loss.Reduction.allCases.enumerated().map { turn, reduction in
        let divisors = Loss.Divisor.allCases
        let divisor = divisors[(place + turn) % divisors.count]
        return WeightedLoss(
          loss: Loss(kind, reduction: reduction).divided(by: divisor), hasRowWeights: true)
      }
    }
    + Loss.Kind.allCases.filter { Loss($0).takesClasses }.flatMap { kind -> [WeightedLoss] in
      let plain = Loss(kind)
      let smooth = plain.smoothed(by: 0.2)
      var losses: [(Loss, Int)] = [(smooth, 3)]
      if kind.isBinary {
        losses += [
          (plain.weighted(positive: [2.5]), 3), (smooth.weighted(positive: [2.5, 0.5, 1]), 3),
          (plain.weighted(classes: [0.5, 3]), 1),
          (smooth.weighted(classes: [0.5, 3]).weighted(positive: [1.5]), 1),
        ]
      } else {
        losses += [
          (plain.weighted(classes: [0.5, 3, 1]), 3), (smooth.weighted(classes: [0.5, 3, 1]), 3),
          (smooth.weighted(classes: [0.5, 3, 1]).divided(by: .rows), 3),
          (smooth.weighted(classes: [0.5, 3, 1]).reduced(by: .elements), 3),
          (smooth.weighted(classes: [0.5, 3, 1]).reduced(by: .sum), 3),
        ]
      }
      return losses.flatMap { loss, outputs in
        [false, true].map { WeightedLoss(loss: loss, hasRowWeights: $0, outputs: outputs) }
      }
    }
}

@Suite("Smoothing and weights")
struct WeightedLossTests {
  private struct Problem {
    let model: MLP<Double>
    let x: Matrix<Double>
    let t: Matrix<Double>
    let weights: [Double]?
  }

  private func problem(_ item: WeightedLoss, rows: Int = 6) throws -> Problem {
    Problem(
      model: try Draw.network(inputs: 3, [(4, .tanh), (item.outputs, item.activation)], seed: 11),
      x: Draw.normal(rows: rows, columns: 3, seed: 12),
      t: Draw.targets(for: item.loss, rows: rows, columns: item.outputs, seed: 13),
      weights: item.hasRowWeights ? (0..<rows).map { [1.5, 0, 0.25, 3][$0 % 4] } : nil)
  }

  @Test("gradients: hand-derived, taped, numeric", arguments: WeightedLoss.all)
  func proof(_ item: WeightedLoss) throws {
    let p = try problem(item)
    let check = try ThreeWayCheck(
      p.model, inputs: p.x, targets: p.t, loss: item.loss, weights: p.weights)
    #expect(check.passed, "\(check.numeric.maximumRelativeError), \(check.tapeErrors)")
    #expect(check.numeric.leaves.allSatisfy { $0.isTested })
    let taped = try p.model.tapedGradient(
      inputs: p.x, targets: p.t, loss: item.loss, weights: p.weights)
    for executor in Executor.allCases {
      let loss = try p.model.loss(
        inputs: p.x, targets: p.t, loss: item.loss, weights: p.weights, executor: executor)
      #expect(abs(loss - taped.loss) <= 1e-12 * max(1, abs(loss)))
    }
  }

  @Test(
    "the same bits by every executor, on every instruction set, in training",
    arguments: WeightedLoss.all)
  func bits(_ item: WeightedLoss) throws {
    try bits(item, as: Float.self)
    try bits(item, as: Double.self)
  }

  private func bits<Element: Scalar>(_ item: WeightedLoss, as: Element.Type) throws {
    let p = try problem(item, rows: 21)
    let model = try MLP<Element>(
      p.model.architecture, parameters: p.model.parameters.map { Element($0) })
    let (x, t) = (p.x.rounded(to: Element.self), p.t.rounded(to: Element.self))
    let weights = p.weights?.map { Element($0) }
    var expected: [UInt64]?
    for runner in Runner.all {
      for threads in runner.executor == .plain ? [1] : [1, 3] {
        var step = try TrainingStep(
          model, loss: item.loss, optimizer: .sgd(learningRate: 0.1), largestBatch: 21,
          hasSampleWeights: weights != nil, threads: .exactly(threads), executor: runner.executor,
          instructionSet: runner.instructionSet)
        var losses: [Element] = []
        for _ in 0..<3 {
          losses.append(weights.map { step.run(x, t, weights: $0) } ?? step.run(x, t))
        }
        var trained = model
        step.snapshot(into: &trained)
        let bits = losses.bits + trained.parameters.bits
        expected = expected ?? bits
        #expect(bits == expected, "\(runner.testDescription), \(threads) threads")
      }
    }
  }

  @Test("weights of 1, and of 2, change no bit of a mean")
  func neutral() throws {
    for kind in Loss.Kind.allCases {
      let item = WeightedLoss(loss: Loss(kind), hasRowWeights: false)
      let p = try problem(item)
      let plain = try p.model.backwardPass(inputs: p.x, targets: p.t, loss: item.loss)
      for weight in [1.0, 2] {
        let weighted = try p.model.backwardPass(
          inputs: p.x, targets: p.t, loss: item.loss, weights: Array(repeating: weight, count: 6))
        #expect(
          weighted.parameterGradient.bits == plain.parameterGradient.bits, "\(kind), \(weight)")
        #expect(weighted.loss == plain.loss, "\(kind), \(weight)")
      }
    }
  }

  @Test("a row of weight 2 is the row twice, and a row of weight 0 is none")
  func repeated() throws {
    for kind in Loss.Kind.allCases {
      let item = WeightedLoss(loss: Loss(kind), hasRowWeights: false)
      let p = try problem(item, rows: 4)
      let weighted = try p.model.backwardPass(
        inputs: p.x, targets: p.t, loss: item.loss, weights: [1, 2, 0, 1])
      let rows = [0, 1, 1, 3]
      let written = try p.model.backwardPass(
        inputs: p.x.selecting(rows: rows), targets: p.t.selecting(rows: rows), loss: item.loss)
      #expect(abs(weighted.loss - written.loss) < 1e-14 * max(1, abs(written.loss)))
      for (a, b) in zip(weighted.parameterGradient, written.parameterGradient) {
        #expect(abs(a - b) < 1e-13, "\(kind.rawValue)")
      }
    }
  }

  @Test("a batch whose rows all weigh 0 has loss 0 and gradient 0", arguments: Executor.allCases)
  func nothing(_ executor: Executor) throws {
    for kind in Loss.Kind.allCases {
      let item = WeightedLoss(loss: Loss(kind), hasRowWeights: false)
      let p = try problem(item)
      let pass = try p.model.backwardPass(
        inputs: p.x, targets: p.t, loss: item.loss, weights: Array(repeating: 0, count: 6),
        executor: executor)
      #expect(pass.loss == 0)
      #expect(pass.parameterGradient.allSatisfy { $0 == 0 })
    }
  }

  @Test("a row of weight 0 does not count, even where its loss is infinite")
  func infinite() throws {
    let model = try MLP<Double>(
      Architecture(inputs: 1, layers: [.dense(1, bias: false)]), parameters: [1])
    let pass = try model.backwardPass(
      inputs: Matrix([[1e200], [2]]), targets: Matrix([[-1e200], [1]]), loss: .mse, weights: [0, 1])
    #expect(pass.loss == 1)
    #expect(pass.parameterGradient == [4])
  }

  @Test("weights of two classes with one output are those with two")
  func twoClasses() throws {
    let z = [0.3, -1.2, 2.5, 0.1]
    let y = [1.0, 0, 0, 1]
    let one = try MLP<Double>(
      Architecture(inputs: 1, layers: [.dense(1, .sigmoid, bias: false)]), parameters: [1])
    let two = try MLP<Double>(
      Architecture(inputs: 1, layers: [.dense(2, .softmax, bias: false)]), parameters: [0, 1])
    for epsilon in [0, 0.1] {
      let single = try one.loss(
        inputs: Matrix(rows: 4, columns: 1, values: z),
        targets: Matrix(rows: 4, columns: 1, values: y),
        loss: .binaryCrossEntropy.smoothed(by: epsilon).weighted(classes: [0.4, 2]))
      let double = try two.loss(
        inputs: Matrix(rows: 4, columns: 1, values: z), targets: Matrix(y.map { [1 - $0, $0] }),
        loss: .crossEntropy.smoothed(by: epsilon).weighted(classes: [0.4, 2]))
      #expect(abs(single - double) < 1e-15)
    }
  }

  @Test("what does not fit is refused with a reason")
  func refusals() throws {
    let cases: [(Loss, Activation, Int, String)] = [
      (.mse.smoothed(by: 0.1), .identity, 1, "label smoothing is for"),
      (.crossEntropy.smoothed(by: 1), .softmax, 3, "below 1"),
      (.crossEntropy.weighted(classes: [1, 2]), .softmax, 3, "3 classes have 3 class weights"),
      (.crossEntropy.weighted(classes: [1, -2, 1]), .softmax, 3, "not negative"),
      (.crossEntropy.weighted(classes: [0, 0, 0]), .softmax, 3, "not all 0"),
      (.hinge.weighted(classes: [1, 2]), .identity, 1, "weigh the rows"),
      (.binaryCrossEntropy.weighted(classes: [1, 2]), .sigmoid, 2, "positive weights"),
      (.crossEntropy.weighted(positive: [2]), .softmax, 3, "a positive weight is for"),
      (.binaryCrossEntropy.weighted(positive: [2, 3]), .sigmoid, 3, "1 or 3"),
      (.binaryCrossEntropy.weighted(positive: [0]), .sigmoid, 1, "above 0"),
      (.huber(delta: 0), .identity, 1, "delta must be above 0"),
      (.quantile(1), .identity, 1, "between 0 and 1"),
      (.focal(gamma: 0), .softmax, 2, "gamma must be above 0"),
      (.focal(), .sigmoid, 1, "binary-focal"), (.poisson, .relu, 1, "logarithm of the rate"),
      (.hinge, .tanh, 1, "a score"),
    ]
    for (loss, activation, units, message) in cases {
      let error = #expect(throws: PerceptronError.self) {
        try loss.validate(output: activation, units: units)
      }
      #expect(error?.message.contains(message) == true, "\(error?.message ?? "nothing")")
    }
    for name in ["mse:2", "huber:x", "huber:0", "quantile:1.5", "focal:-1", "hubert"] {
      #expect(throws: PerceptronError.self) { try Loss(named: name) }
    }
    for name in ["huber:1.5", "quantile:0.9", "focal:3", "huber", "binary-focal:0.5"] {
      #expect(try Loss(named: name).label == name)
    }
    #expect(try Loss(named: "huber:1").label == "huber")
  }

  @Test("targets of the wrong sort are refused")
  func targets() throws {
    func expectRefusal(_ loss: Loss, _ targets: Matrix<Double>, _ message: String) {
      let error = #expect(throws: PerceptronError.self) { try loss.validate(targets: targets) }
      #expect(error?.message.contains(message) == true, "\(error?.message ?? "nothing")")
    }
    expectRefusal(.poisson, Matrix([[1, -1]]), "0 and above")
    expectRefusal(.hinge, Matrix([[1, 0]]), "-1 or 1")
    expectRefusal(.binaryFocal(), Matrix([[1, 1.5]]), "from 0 to 1")
    expectRefusal(.klDivergence(), Matrix([[0.5, 0.25]]), "sum to 1")
    expectRefusal(.poisson, Matrix([[.nan]]), "0 and above")
    try Loss.poisson.validate(targets: Matrix([[0, 2.5]]))
    try Loss.hinge.validate(targets: Matrix([[1.0, -1]]))
  }

  @Test("weights that are negative, not numbers, or all 0 are refused before training")
  func weights() throws {
    let x = Draw.normal(rows: 4, columns: 2, seed: 1, as: Double.self)
    let t = Draw.normal(rows: 4, columns: 1, seed: 2, as: Double.self)
    for (weights, message) in [
      ([1, -1, 1, 1], "row 2"), ([1, 1, .nan, 1], "row 3"), ([0, 0, 0, 0.0], "weight 0"),
    ] {
      var model = try MLP<Double>(inputs: 2, [(1, .identity)])
      let options = TrainingOptions(loss: .mse)
      let error = #expect(throws: PerceptronError.self) {
        _ = try model.train(
          on: Examples(inputs: x, targets: t, weights: weights), validation: nil, options: options,
          onEpoch: { _ in .proceed })
      }
      #expect(error?.message.contains(message) == true, "\(error?.message ?? "nothing")")
    }
  }

  @Test("an epoch's loss and the evaluation's are the weighted mean over all rows")
  func means() throws {
    let x = Draw.normal(rows: 10, columns: 2, seed: 1, as: Double.self)
    let t = Draw.normal(rows: 10, columns: 1, seed: 2, as: Double.self)
    let weights = (0..<10).map { Double($0 % 4) }
    let examples = Examples(inputs: x, targets: t, weights: weights)
    var model = try MLP<Double>(inputs: 2, [(3, .tanh), (1, .identity)], seed: 3)
    let expected = try model.loss(inputs: x, targets: t, loss: .mae, weights: weights)
    let evaluation = try Evaluator(model, loss: .mae, largestBatch: 3, hasSampleWeights: true)
      .evaluate(examples)
    #expect(abs(evaluation.loss - expected) < 1e-14)
    // A rate so small that no batch sees another model than the first.
    let history = try model.train(
      on: examples, validation: examples,
      options: TrainingOptions(
        loss: .mae, optimizer: .sgd(learningRate: 1e-300), epochs: 1, batchSize: 3),
      onEpoch: { _ in .proceed })
    #expect(abs(history.epochs[0].loss - expected) < 1e-14)
    #expect(abs((history.epochs[0].validationLoss ?? 0) - expected) < 1e-14)
  }
}
