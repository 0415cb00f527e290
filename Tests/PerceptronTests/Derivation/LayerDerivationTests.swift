import Testing

@testable import Perceptron
@testable import PerceptronDerivation

/// The derivation of every kind of layer, next to every other, in every reading and layout.
@Suite("Derivation: layers")
struct LayerDerivationTests {
  /// A network with layers of several kinds, and how it is read.
  struct Stack: Sendable, CustomTestStringConvertible {
    let layers: [Layer]
    var loss = Loss.crossEntropy
    var form = Explanation.Form.vectorized
    var layout = Layout.rows
    var biasForm = BiasForm.separate
    var rows = 4
    var mode = Mode.training

    var testDescription: String {
      LayerStack.text(layers)
        + " \(form.rawValue), \(layout.rawValue), \(biasForm.rawValue), \(rows), \(mode.rawValue)"
    }

    func explanation(seed: UInt64 = 3, optimizer: Optimizer = .sgd()) throws -> Explanation {
      let architecture = try Architecture(inputs: 3, layers: layers)
      let drawn = try RandomBatch(architecture, loss: loss, rows: rows, seed: seed)
      return try Explanation(
        architecture, objective: .loss(loss), form: form, layout: layout, biasForm: biasForm,
        mode: mode, batch: .init(model: drawn.model, inputs: drawn.inputs, targets: drawn.targets),
        optimizer: optimizer, seed: seed)
    }
  }

  static let kinds: [Layer] = [
    .dense(4, .silu), .activation(.tanh), .dropout(0.25), .batchNorm, .layerNorm, .prelu,
  ]

  /// Every two kinds one behind the other; readings and layouts one after another.
  static let pairs: [Stack] = kinds.indices.flatMap { first in
    kinds.indices.map { second in
      let forms = Explanation.Form.allCases
      let place = first + 2 * second
      return Stack(
        layers: [.dense(4, .softplus), kinds[first], kinds[second], .dense(3, .softmax)],
        form: forms[place % forms.count],
        layout: Layout.allCases[(first + second) % 3],
        biasForm: BiasForm.allCases[(first + second / 2) % 2],
        rows: (first * 6 + second) % 5 == 0 ? 1 : 4,
        mode: (first + second * 5) % 4 == 3 ? .inference : .training)
    }
  }

  /// At the ends of a network.
  static let ends: [Stack] = [
    Stack(layers: [.batchNorm, .dense(2, .tanh), .batchNorm], loss: .mse),
    Stack(layers: [.layerNorm, .prelu], loss: .mse, form: .delta, layout: .columnsInOut),
    Stack(layers: [.dropout(0.5), .dense(3), .activation(.softmax)], form: .delta),
    Stack(layers: [.dense(4), .batchNorm, .activation(.softmax)], form: .elementwise),
    Stack(
      layers: [.activation(.tanh), .dense(1), .batchNorm, .activation(.sigmoid)],
      loss: .binaryCrossEntropy, form: .delta, layout: .columnsOutIn, biasForm: .augmented),
    Stack(
      layers: [.dense(2), .layerNorm, .dropout(0.5)], loss: .halfSquaredError,
      form: .differentials),
    Stack(layers: [.dense(1), .prelu, .dropout(0)], loss: .mse, form: .delta, rows: 1),
  ]

  @Test(
    "derived, and equal to differences, the tape and the training step", arguments: pairs + ends)
  func agreement(_ stack: Stack) throws {
    let explanation = try stack.explanation()
    let (network, derivation) = (explanation.network, explanation.derivation)
    try ProgramDerivationTests.expectShapes(derivation)
    #expect(explanation.checked.disagreement == nil)
    let checks = explanation.checked.checks
    for layer in network.layers {
      for symbol in layer.parameters {
        #expect(checks[symbol]?.trainingStep != nil, "\(symbol.text)")
        #expect(checks[symbol]?.tape != nil)
        #expect(checks[symbol]?.numeric != nil)
      }
    }
    // What hands on more than zeros, so that there is something to compare.
    for layer in network.layers.dropLast() {
      #expect(try #require(explanation.checked.evaluation.adjoints[layer.activation]).largest > 0)
    }
    #expect(explanation.updates.isEmpty == (stack.mode == .inference))
    let text = TextWriter.text(explanation.document)
    #expect(!text.contains("NaN") && !text.contains("; ;"))
  }

  @Test("every kind in every reading, layout, bias form and mode")
  func coverage() {
    func name(_ layer: Layer) -> String { LayerStack.text([layer]) }
    func met(_ part: (Stack) -> String) -> Set<String> {
      Set(Self.pairs.flatMap { stack in stack.layers[1...2].map { name($0) + part(stack) } })
    }
    let kinds = Self.kinds.count
    #expect(met { $0.form.rawValue }.count == 4 * kinds)
    #expect(met { $0.layout.rawValue }.count == 3 * kinds)
    #expect(met { $0.biasForm.rawValue }.count == 2 * kinds)
    #expect(met { $0.mode.rawValue }.count == 2 * kinds)
    #expect(Set(Self.pairs.map { $0.form.rawValue + $0.layout.rawValue }).count == 12)
  }

  @Test("symbols are called as the parameters are, W1, γ2, a3")
  func names() throws {
    for stack in Self.pairs where stack.biasForm == .separate {
      let network = try NetworkProgram(
        Architecture(inputs: 3, layers: stack.layers), objective: .loss(stack.loss))
      let parameters = network.architecture.parameters.filter(\.role.isTrained)
      let symbols = network.program.inputs.filter { $0.kind == .parameter }
      #expect(symbols.map(\.text) == parameters.map(\.name))
      for (layer, symbols) in network.layers.enumerated() {
        #expect(symbols.activation.text == "A\(layer + 1)")
        #expect(symbols.parameters.allSatisfy { $0.index == layer + 1 })
      }
    }
  }

  @Test("a layer that keeps the number of units has the dimension of the one before it")
  func dimensions() throws {
    let stack = Stack(layers: [.dense(4), .batchNorm, .activation(.relu), .dense(3, .softmax)])
    let explanation = try stack.explanation()
    #expect(explanation.network.widths.map(\.description) == ["n0", "n1", "n1", "n1", "n4"])
    let json = explanation.json
    #expect(json["dimensions"]?["n4"]?.int == 3 && json["dimensions"]?["n2"] == nil)
    #expect(json["constants"]?["ε2"]?.double == 1e-5)
    let text = TextWriter.text(explanation.document)
    #expect(text.contains("n₁ = 4, n₄ = 3, ε₂ = 1e-05"))
  }

  @Test("dropout's mask is what training multiplies by; running statistics are the model's")
  func given() throws {
    let stack = Stack(layers: [.dense(5), .dropout(0.25), .batchNorm, .dense(3, .softmax)])
    let explanation = try stack.explanation()
    let mask = try #require(explanation.network.layers[1].mask)
    let value = try #require(explanation.checked.evaluation.values[mask])
    #expect(value == Dropout(rate: 0.25).mask(rows: 4, columns: 5, layer: 1))
    #expect(value.values.contains(0) && value.values.contains { $0 > 1 })
    #expect(explanation.derivation.adjoint(of: mask) == nil)
    var used = stack
    used.mode = .inference
    let inference = try used.explanation()
    let norm = inference.network.layers[2]
    let mean = try #require(norm.symbol(of: .runningMean))
    #expect(inference.network.layers[1].mask == nil)
    #expect(inference.derivation.adjoint(of: mean) == nil)
    // Nothing is learned of them, and nothing at all in use.
    #expect(norm.parameters.map(\.text) == ["γ3", "β3"])
    #expect(inference.updates.isEmpty)
    let text = TextWriter.text(inference.document)
    #expect(text.contains("running mean of layer 3") && !text.contains("Update:"))
  }

  @Test("one example: batch normalisation takes the running statistics, and says so")
  func oneExample() throws {
    let stack = Stack(layers: [.dense(4), .batchNorm, .dense(3, .softmax)], rows: 1)
    let explanation = try stack.explanation()
    #expect(explanation.network.layers[1].symbol(of: .runningVariance)?.text == "v2")
    let text = TextWriter.text(explanation.document, width: 1000)
    #expect(text.contains("In a batch of one nothing varies"))
    #expect(explanation.updates.count == 6)
  }

  @Test("behind a softmax that is nearly 0 somewhere lines are still compared")
  func saturated() throws {
    let architecture = try Architecture(inputs: 1, layers: [.dense(3, .softmax)])
    let model = try MLP<Double>(architecture, parameters: [30, 0, -1, 0, 0, 0])
    let explanation = try Explanation(
      architecture, objective: .loss(.crossEntropy),
      batch: .init(
        model: model, inputs: Matrix([[1], [-1]]), targets: Matrix([[1, 0, 0], [0, 1, 0]])))
    #expect(explanation.lines.largestError < 1e-9)
    let output = explanation.network.layers[0].activation
    #expect(
      try #require(explanation.checked.evaluation.values[output]).values.contains { $0 < 1e-12 })
    #expect(try #require(explanation.checked.checks[output]?.numeric) < 1e-8)
  }

  @Test("a wrong rule of a normalisation is found", arguments: [Layer.batchNorm, .layerNorm])
  func wrongRule(_ norm: Layer) throws {
    let stack = Stack(layers: [.dense(4, .tanh), norm, .dense(3, .softmax)], form: .delta)
    let explanation = try stack.explanation()
    let reading = DeltaReading(explanation.network, explanation.derivation)
    let evaluation = explanation.checked.evaluation
    let symbol = explanation.network.layers[0].activation
    let claim = try #require(reading.claims.first { $0.symbol == symbol })
    #expect(claim.formula != explanation.derivation.adjoint(of: symbol)?.formula)
    #expect(reading.check(evaluation, [claim]).lines == 1)
    #expect(reading.check(evaluation).failures == [])
    let wrong = DeltaReading.Claim(
      symbol: symbol, formula: 1.001 * claim.formula, diagonal: nil)
    #expect(reading.check(evaluation, [wrong]).failures.map(\.symbol) == [symbol])
  }

  @Test("reasons: a mean is no broadcast, and units are no examples")
  func reasons() throws {
    func text(_ norm: Layer) throws -> String {
      TextWriter.text(
        try Stack(layers: [.dense(4), norm, .dense(3, .softmax)]).explanation().document
      )
      .split { $0 == " " || $0 == "\n" }.joined(separator: " ")
    }
    let batch = try text(.batchNorm)
    #expect(batch.contains("μ₂ is taken over all examples; moved across, the sum becomes"))
    #expect(batch.contains("s₂ enters every example alike"))
    let layer = try text(.layerNorm)
    #expect(layer.contains("μ₂ is taken over all units"))
    #expect(layer.contains("s₂ enters every unit alike"))
  }

  @Test("what is read for more than its sign has to be kept")
  func stored() throws {
    func text(_ first: Activation) throws -> String {
      TextWriter.text(
        try Stack(
          layers: [.dense(3), .activation(first), .activation(.relu), .dense(3, .softmax)]
        ).explanation().document)
    }
    #expect(try text(.leakyReLU(slope: 0.1)).contains("A₂ is read for its sign alone"))
    #expect(try !text(.tanh).contains("A₂ is read for its sign alone"))
  }

  @Test("prelu at its kink has the slope a")
  func kink() throws {
    let architecture = try Architecture(inputs: 1, layers: [.prelu])
    let explanation = try Explanation(
      architecture, objective: .loss(.mse),
      batch: .init(
        model: try MLP(architecture, parameters: [0.25]), inputs: Matrix([[0], [1]]),
        targets: Matrix([[1], [3]])))
    // 2/m (A − T) times a at 0, times 1 above.
    let adjoint = explanation.checked.evaluation.adjoints[explanation.network.inputs]
    #expect(adjoint == Matrix([[-0.25], [-2]]))
  }

  @Test("x̂ with its hat, and a line above that, in every notation")
  func hats() {
    let hat = Formula.variable("X\u{302}", 2)
    #expect(UnicodeMath.line(.overline(hat)) == "X\u{302}\u{304}₂")
    #expect(LaTeXMath.text(hat) == "{\\widehat{X}}_{2}")
    #expect(LaTeXMath.text(.overline(hat)) == "\\overline{\\widehat{X}}_{2}")
  }

  /// Known by its values alone.
  struct Doubling: CustomLayer {
    var name: String { "doubling" }
    func forward<Element: Scalar>(
      _ input: Matrix<Element>, parameters: [Matrix<Element>]
    ) -> Matrix<Element> {
      Matrix(rows: input.rows, columns: input.columns, values: input.values.map { $0 + $0 })
    }
    func backward<Element: Scalar>(
      input: Matrix<Element>, output: Matrix<Element>, outputGradient: Matrix<Element>,
      parameters: [Matrix<Element>]
    ) -> (input: Matrix<Element>, parameters: [Matrix<Element>]) {
      (forward(outputGradient, parameters: []), [])
    }
  }

  @Test("a layer of one's own is refused, by its place and name")
  func custom() throws {
    let error = #expect(throws: PerceptronError.self) {
      try Explanation(
        Architecture(inputs: 2, layers: [.dense(3), .custom(Doubling())]), objective: .loss(.mse))
    }
    let message = try #require(error?.message)
    #expect(message.hasPrefix("layer 2, doubling, cannot be derived"))
  }
}
