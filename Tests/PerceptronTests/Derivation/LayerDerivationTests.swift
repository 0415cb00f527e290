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

  @Test("derived, and equal to differences, the tape and the training step", arguments: pairs + ends)
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
}
