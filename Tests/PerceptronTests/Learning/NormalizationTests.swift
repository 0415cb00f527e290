import PerceptronAutodiff
import Testing

@testable import Perceptron

/// y = s ⊙ x + o, as a user would bring it.
struct Affine: CustomLayer {
  var name: String { "affine" }
  /// Makes the backward wrong.
  var slip = 1

  func parameters(inputs: Int) -> [CustomParameter] {
    [
      CustomParameter("scale", rows: 1, columns: inputs, start: .normal(deviation: 1)),
      CustomParameter("offset", rows: 1, columns: inputs),
    ]
  }

  func forward<Element: Scalar>(
    _ input: Matrix<Element>, parameters: [Matrix<Element>]
  ) -> Matrix<Element> {
    var result = input
    for i in 0..<input.rows {
      for j in 0..<input.columns {
        result[i, j] = input[i, j] * parameters[0][0, j] + parameters[1][0, j]
      }
    }
    return result
  }

  func backward<Element: Scalar>(
    input: Matrix<Element>, output: Matrix<Element>, outputGradient: Matrix<Element>,
    parameters: [Matrix<Element>]
  ) -> (input: Matrix<Element>, parameters: [Matrix<Element>]) {
    var inputGradient = outputGradient
    var scale = Matrix<Element>(rows: 1, columns: input.columns)
    var offset = scale
    for i in 0..<input.rows {
      for j in 0..<input.columns {
        inputGradient[i, j] = outputGradient[i, j] * parameters[0][0, j]
        scale[0, j] += Element(slip) * outputGradient[i, j] * input[i, j]
        offset[0, j] += outputGradient[i, j]
      }
    }
    return (inputGradient, [scale, offset])
  }
}

/// The sum of neighbours: fewer columns come out than go in.
struct Pooling: CustomLayer {
  var name: String { "pooling" }

  func units(inputs: Int) throws -> Int {
    guard inputs.isMultiple(of: 2) else {
      throw PerceptronError(.network, "pooling takes an even number of columns, not \(inputs)")
    }
    return inputs / 2
  }

  func forward<Element: Scalar>(
    _ input: Matrix<Element>, parameters: [Matrix<Element>]
  ) -> Matrix<Element> {
    var result = Matrix<Element>(rows: input.rows, columns: input.columns / 2)
    for i in 0..<input.rows {
      for j in 0..<result.columns { result[i, j] = input[i, 2 * j] + input[i, 2 * j + 1] }
    }
    return result
  }

  func backward<Element: Scalar>(
    input: Matrix<Element>, output: Matrix<Element>, outputGradient: Matrix<Element>,
    parameters: [Matrix<Element>]
  ) -> (input: Matrix<Element>, parameters: [Matrix<Element>]) {
    var result = Matrix<Element>(rows: input.rows, columns: input.columns)
    for i in 0..<input.rows {
      for j in 0..<input.columns { result[i, j] = outputGradient[i, j / 2] }
    }
    return (result, [])
  }
}

/// Stacks with every kind of layer, in different places.
private struct Stack: Sendable, CustomTestStringConvertible {
  let layers: [Layer]
  var testDescription: String { LayerStack.text(layers) }

  static func all() throws -> [Stack] {
    let texts = [
      "6,batch-norm,relu,3:softmax", "6:tanh,batch-norm,3:softmax", "batch-norm,5:tanh,3:softmax",
      "6,layer-norm,tanh,3:softmax", "layer-norm,3:softmax", "6:tanh,layer-norm,3,softmax",
      "6,prelu,3:softmax", "8:tanh,dropout:0.4,3:softmax", "dropout:0.2,6:tanh,3:softmax",
      "6,batch-norm,relu,dropout:0.3,5,layer-norm,prelu,dropout:0.2,3:softmax",
      "6:softmax,tanh,3,batch-norm,softmax", "4,batch-norm,batch-norm,sigmoid,batch-norm,3:softmax",
    ]
    return try texts.map { Stack(layers: try LayerStack.parse($0)) } + [
      Stack(layers: [.dense(6, .tanh), .custom(Affine()), .dense(3, .softmax)]),
      Stack(layers: [
        .custom(Affine()), .dense(6), .custom(Pooling()), .batchNorm, .activation(.tanh),
        .dense(3, .softmax),
      ]),
    ]
  }

  var network: Architecture { get throws { try Architecture(inputs: 4, layers: layers) } }

  func batch(seed: UInt64 = 3, rows: Int = 7) throws -> RandomBatch {
    try RandomBatch(network, loss: .crossEntropy, rows: rows, seed: seed)
  }
}

@Suite("Normalisation, dropout and layers of one's own")
struct NormalizationTests {
  @Test("three gradients agree, in training and in use", arguments: try Stack.all(), Mode.allCases)
  private func threeWays(_ stack: Stack, _ mode: Mode) throws {
    for rows in [7, 1] {
      let batch = try stack.batch(rows: rows)
      let check = try ThreeWayCheck(
        batch.model, inputs: batch.inputs, targets: batch.targets, loss: .crossEntropy, mode: mode)
      #expect(check.passed, "\(rows) rows: \(check.numeric.leaves) \(check.tapeErrors)")
      for executor in Executor.allCases {
        let pass = try batch.model.backwardPass(
          inputs: batch.inputs, targets: batch.targets, loss: .crossEntropy, mode: mode,
          executor: executor)
        for parameter in batch.model.architecture.parameters where !parameter.role.isTrained {
          #expect(pass.parameterGradient[parameter.range].allSatisfy { $0 == 0 })
        }
      }
    }
  }

  @Test("the same bits by both executors and any threads", arguments: try Stack.all())
  private func sameBits(_ stack: Stack) throws {
    try sameBits(stack, as: Float.self)
    try sameBits(stack, as: Double.self)
  }

  private func sameBits<Element: Scalar>(_ stack: Stack, as: Element.Type) throws {
    let batch = try stack.batch(rows: 37)
    let (x, t) = (batch.inputs.rounded(to: Element.self), batch.targets.rounded(to: Element.self))
    var first: [UInt64]?
    for (executor, threads) in [(Executor.plain, 1), (.kernels, 1), (.kernels, 2), (.kernels, 3)] {
      for instructionSet in executor == .plain ? [.portable] : InstructionSet.available {
        var model = try MLP<Element>(inputs: 4, layers: stack.layers, seed: 5)
        var step = try TrainingStep(
          model, loss: .crossEntropy, optimizer: .adam(learningRate: 0.01), largestBatch: 37,
          seed: 9, threads: .exactly(threads), executor: executor, instructionSet: instructionSet)
        for _ in 0..<4 { step.run(x, t) }
        step.snapshot(into: &model)
        #expect(model.parameters.allSatisfy { $0.isFinite })
        let outputs = try Predictor(
          model, threads: .exactly(threads), executor: executor, instructionSet: instructionSet
        ).outputs(x)
        let bits = model.parameters.bits + outputs.bits
        if let first { #expect(bits == first, "\(executor), \(threads), \(instructionSet)") }
        first = bits
      }
    }
  }

  @Test(
    "a folded network gives the same outputs, and has nothing left to fold",
    arguments: try Stack.all())
  private func folding(_ stack: Stack) throws {
    let batch = try stack.batch()
    let folded = batch.model.folded
    #expect(folded.folded == folded)
    let whole = try batch.model.backwardPass(
      inputs: batch.inputs, targets: batch.targets, loss: .crossEntropy, mode: .inference)
    let expected = whole.layers[whole.layers.count - 1].activation
    for executor in Executor.allCases {
      for model in [batch.model, folded] {
        let got = try model.outputs(batch.inputs, executor: executor)
        expectClose("outputs", got, expected, within: .entry(1e-12), "\(executor)")
      }
    }
    for layer in folded.architecture.layers {
      if case .dropout = layer { Issue.record("dropout is left") }
    }
  }

  @Test("what folding leaves of stacks")
  func foldedStacks() throws {
    for (text, expected) in [
      ("8,batch-norm,relu,3:softmax", "8:relu,3:softmax"),
      ("8:relu,batch-norm,dropout:0.1,3:softmax", "8:relu,3:softmax"),
      ("batch-norm,8:relu,3", "8:relu,3:identity"),
      ("8:relu,batch-norm,relu,3", "8:relu,batch-norm,relu,3:identity"),
      ("8,layer-norm,3,batch-norm", "8:identity,layer-norm,3:identity"),
    ] {
      let model = try MLP<Double>(inputs: 4, layers: LayerStack.parse(text))
      #expect(LayerStack.text(model.folded.architecture.layers) == expected)
    }
  }

  // MARK: Dropout

  @Test("a mask leaves out its share, and depends on seed, step, layer and place alone")
  func masks() throws {
    let dropout = Dropout(rate: 0.3)
    let mask: Matrix<Float> = dropout.mask(rows: 200, columns: 51, layer: 2, seed: 8, step: 5)
    #expect(mask == dropout.mask(rows: 200, columns: 51, layer: 2, seed: 8, step: 5))
    let share = Double(mask.values.count { $0 == 0 }) / Double(mask.values.count)
    // Five deviations of a binomial share.
    #expect(abs(share - 0.3) < 5 * (0.3 * 0.7 / 10_200).squareRoot())
    #expect(mask.values.allSatisfy { $0 == 0 || $0 == Float(1 / 0.7) })
    for (layer, seed, step) in [(3, 8, 5), (2, 9, 5), (2, 8, 6)] as [(Int, UInt64, UInt64)] {
      let other: Matrix<Float> = dropout.mask(
        rows: 200, columns: 51, layer: layer, seed: seed, step: step)
      #expect(other != mask)
    }
    let few: Matrix<Float> = dropout.mask(rows: 3, columns: 51, layer: 2, seed: 8, step: 5)
    #expect(few.values == Array(mask.values.prefix(3 * 51)))
    let same: Matrix<Float> = Dropout(rate: 0).mask(rows: 5, columns: 5, layer: 0)
    #expect(same.values.allSatisfy { $0 == 1 })
  }

  // MARK: Batch normalisation

  @Test("a batch of one row takes the running statistics, and leaves them")
  func oneRow() throws {
    var model = try MLP<Double>(inputs: 2, layers: LayerStack.parse("3,batch-norm,tanh,1"))
    model.setTensor(.runningMean, layer: 1, Matrix([[0.5, -1, 2]]))
    model.setTensor(.runningVariance, layer: 1, Matrix([[4, 0.25, 1]]))
    let before = model
    let (x, t) = (Matrix([[1.0, 2]]), Matrix([[0.5]]))
    let expected = try model.loss(inputs: x, targets: t, loss: .mse, mode: .inference)
    var step = try TrainingStep(model, loss: .mse, optimizer: .sgd(), largestBatch: 8)
    #expect(step.run(x, t) == expected)
    step.snapshot(into: &model)
    #expect(model.tensor(.runningMean, layer: 1) == before.tensor(.runningMean, layer: 1))
    #expect(model.tensor(.runningVariance, layer: 1) == before.tensor(.runningVariance, layer: 1))
    #expect(model.weights(0) != before.weights(0))
  }

  @Test("a loss that is no number leaves the running statistics")
  func notFinite() throws {
    var model = try MLP<Double>(inputs: 2, layers: LayerStack.parse("3,batch-norm,tanh,1"))
    let before = model
    for executor in Executor.allCases {
      var step = try TrainingStep(
        model, loss: .mse, optimizer: .sgd(), largestBatch: 8, executor: executor)
      let x = Matrix([[1.0, 2], [.infinity, 0]])
      #expect(!step.run(x, Matrix([[0.5], [1]])).isFinite)
      step.snapshot(into: &model)
      #expect(model.parameters.bits == before.parameters.bits)
    }
  }

  // MARK: Layers of one's own

  @Test("one call checks a layer of one's own")
  func custom() throws {
    let check = try Affine().checkGradient(inputs: 4)
    #expect(check.passed)
    #expect(check.leaves.map(\.name) == ["scale1", "offset1", "X"])
    #expect(try Pooling().checkGradient(inputs: 6).passed)
    let wrong = try Affine(slip: 2).checkGradient(inputs: 4)
    #expect(!wrong.passed)
    #expect(wrong.leaves.filter { !$0.passed }.map(\.name) == ["scale1"])
    expectRefusal(.network, "even number of columns, not 3") {
      _ = try Pooling().checkGradient(inputs: 3)
    }
  }

  // MARK: Files

  @Test("every layer comes back from a file", arguments: try Stack.all())
  private func files(_ stack: Stack) throws {
    let model = try stack.batch().model
    let folder = try TemporaryFolder()
    let path = folder("model")
    try model.save(to: path)
    #expect(try MLP<Double>(contentsOf: path, customLayers: [Affine(), Pooling()]) == model)
    guard stack.layers.contains(where: { if case .custom = $0 { true } else { false } }) else {
      return
    }
    expectRefusal(.modelFile, "its layer \"affine\" is a custom one") {
      _ = try MLP<Double>(contentsOf: path)
    }
  }

  @Test("tensors are named as PyTorch's modules name theirs")
  func tensorNames() throws {
    let model = try MLP<Float>(
      inputs: 2, layers: LayerStack.parse("3,batch-norm,relu,dropout:0.1,2:tanh,layer-norm,prelu,1")
    )
    #expect(
      ModelFile.tensors(model.architecture, model.parameters).map(\.name) == [
        "0.weight", "0.bias", "1.weight", "1.bias", "1.running_mean", "1.running_var", "4.weight",
        "4.bias", "6.weight", "6.bias", "7.weight", "8.weight", "8.bias",
      ])
  }
}
