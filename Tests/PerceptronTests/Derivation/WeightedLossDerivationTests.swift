import Testing

@testable import Perceptron
@testable import PerceptronDerivation

/// Losses of smoothed targets, with weights of classes, outputs and rows, derived.
@Suite("Derivation: smoothed and weighted losses")
struct WeightedLossDerivationTests {
  struct Case: Sendable, CustomTestStringConvertible {
    let loss: Loss
    let output: Activation
    var outputs = 3
    var hasRowWeights = false
    var layout = Layout.rows

    var testDescription: String {
      "\(loss.name), \(outputs) \(output.name)\(hasRowWeights ? ", rows weighed" : "")"
    }

    func explanation(
      _ form: Explanation.Form = .vectorized, weights: [Double]? = nil
    ) throws -> Explanation {
      let architecture = try Architecture(
        inputs: 2, layers: [.dense(3, .tanh), .dense(outputs, output)])
      let drawn = try RandomBatch(architecture, loss: loss, rows: 4, seed: 8)
      return try Explanation(
        architecture, objective: .loss(loss), form: form, layout: layout,
        batch: .init(
          model: drawn.model, inputs: drawn.inputs, targets: drawn.targets,
          weights: weights ?? (hasRowWeights ? [0.5, 2, 0, 1.25] : nil)))
    }
  }

  /// What can be done to a loss of its kind.
  private static func variants(_ loss: Loss, outputs: Int) -> [Loss] {
    let smoothed = loss.smoothed(by: 0.1)
    guard loss.kind.isBinary else {
      let weighted = loss.weighted(classes: [0.5, 2, 1])
      return [
        smoothed, weighted, weighted.smoothed(by: 0.2), weighted.divided(by: .rows),
        weighted.reduced(by: .sum), weighted.reduced(by: .elements),
      ]
    }
    guard outputs == 1 else {
      return [
        smoothed, loss.weighted(positive: [2.5]), loss.weighted(positive: [2.5, 0.5, 3]),
        smoothed.weighted(positive: [2.5, 0.5, 3]).reduced(by: .rows),
      ]
    }
    let weighted = loss.weighted(classes: [0.5, 2])
    return [
      weighted, weighted.smoothed(by: 0.2).weighted(positive: [3]),
      weighted.divided(by: .rows).reduced(by: .sum),
    ]
  }

  static let transformed: [Case] = {
    let kinds: [(Loss, Activation, Int)] = [
      (.crossEntropy, .softmax, 3), (.crossEntropy(from: .logits), .identity, 3),
      (.focal(gamma: 1.5), .softmax, 3), (.focal(gamma: 2, from: .logits), .identity, 3),
      (.binaryCrossEntropy, .sigmoid, 3), (.binaryCrossEntropy, .sigmoid, 1),
      (.binaryCrossEntropy(from: .logits), .identity, 3),
      (.binaryCrossEntropy(from: .logits), .identity, 1), (.binaryFocal(), .sigmoid, 3),
      (.binaryFocal(gamma: 3, from: .logits), .identity, 1),
    ]
    return kinds.flatMap { loss, output, outputs in
      variants(loss, outputs: outputs).enumerated().map { place, loss in
        Case(
          loss: loss, output: output, outputs: outputs, hasRowWeights: place % 2 == 1,
          layout: Layout.allCases[place % 3])
      }
    }
  }()

  /// Every kind there is with weights of rows.
  static let weighed: [Case] = Loss.Kind.allCases.enumerated().map { place, kind in
    let loss = Loss(kind, reduction: Loss.Reduction.allCases[place % 3])
    return Case(
      loss: place % 4 == 0 ? loss.divided(by: .rows) : loss,
      output: kind.requiredActivation ?? (kind.isPerRow ? .softmax : .tanh),
      hasRowWeights: true, layout: Layout.allCases[place % 3])
  }

  @Test("equal to differences, the tape and the training step", arguments: transformed + weighed)
  func agreement(_ item: Case) throws {
    let explanation = try item.explanation()
    let numbers = explanation.checked
    #expect(numbers.trainingLoss != nil)
    #expect(numbers.disagreement == nil)
    for layer in explanation.network.layers {
      let check = try #require(numbers.checks[layer.weights])
      #expect(check.trainingStep != nil && check.tape != nil && check.numeric != nil)
      #expect(try #require(numbers.evaluation.adjoints[layer.weights]).largest > 0)
    }
    #expect(explanation.updates.count == 4)
  }

  private func adjoint(_ symbol: String, _ explanation: Explanation) throws -> String {
    let adjoint = try #require(
      explanation.derivation.adjoints.first { $0.symbol.text == symbol }?.formula)
    return UnicodeMath.line(adjoint.formula)
  }

  @Test("cross-entropy from the softmax: p Σ u − u; with smoothing alone p − u")
  func crossEntropy() throws {
    let smoothed = try Case(loss: .crossEntropy.smoothed(by: 0.1), output: .softmax).explanation()
    #expect(try adjoint("Z2", smoothed) == "(1/m) (A₂ − U)")
    let weighted = try Case(
      loss: .crossEntropy.weighted(classes: [0.5, 2, 1]), output: .softmax
    ).explanation()
    #expect(try adjoint("Z2", weighted) == "(1/D) (A₂ ⊙ (U 1 1ᵀ) − U)")
    let logits = try Case(
      loss: .crossEntropy(from: .logits).weighted(classes: [0.5, 2, 1]), output: .identity
    ).explanation()
    let ofLogits = try adjoint("A2", logits)
    #expect(ofLogits == "(1/D) ((U 1 1ᵀ) ⊙ softmax(A₂) − U)")
  }

  @Test("what is compared is said: U, w, s and D, and that 1/D comes from the loss")
  func document() throws {
    let item = Case(
      loss: .crossEntropy.weighted(classes: [0.5, 2, 1]).smoothed(by: 0.1), output: .softmax,
      hasRowWeights: true)
    let explanation = try item.explanation()
    let text = TextWriter.text(explanation.document)
    for wanted in [
      "weights of the classes", "weights of the examples", "what the examples weigh together",
      "targets, smoothed and weighted", "1/D comes from the loss",
    ] {
      #expect(text.contains(wanted), "\(wanted)")
    }
    #expect(explanation.derivation.adjoints.allSatisfy { $0.symbol.name != "U" })
    // D is Σ s_i w_(y_i).
    let targets = explanation.checked.targets
    let weight = (0..<4).reduce(0.0) { sum, i in
      sum + [0.5, 2, 0, 1.25][i] * zip([0.5, 2, 1], targets.row(i)).reduce(0) { $0 + $1.0 * $1.1 }
    }
    #expect(explanation.checked.evaluation.constants["D"] == weight)
    #expect(explanation.json["constants"]?["D"]?.double == weight)
    for form in Explanation.Form.allCases {
      #expect(try item.explanation(form).lines.failures == [])
    }
  }

  @Test("weights that cannot be are refused")
  func refusals() throws {
    let item = Case(loss: .mse, output: .identity)
    #expect(throws: PerceptronError.self) { try item.explanation(weights: [1, 2]) }
    #expect(throws: PerceptronError.self) { try item.explanation(weights: [1, 2, -1, 0]) }
    let architecture = try Architecture(inputs: 2, layers: [.dense(1)])
    let model = try MLP<Double>(architecture, parameters: [1, 2, 3])
    #expect(throws: PerceptronError.self) {
      try Explanation(
        architecture, objective: .formula(try LossFormula("sum((A - T)^2)")),
        batch: .init(
          model: model, inputs: Matrix([[1, 2]]), targets: Matrix([[1]]), weights: [2]))
    }
  }
}
