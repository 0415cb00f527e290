import PerceptronAutodiff
import Testing

@testable import Perceptron

/// The tolerances of one number type.
private struct Limits {
  let forward: Tolerance
  let gradient: Tolerance

  /// Group d's first layers have tiny gradients: there only the relative part counts.
  static func of<Element: Scalar>(_ item: GoldenNetwork, _: Element.Type) -> Limits {
    switch Element.precision {
    case .double:
      Limits(
        forward: .entry(1e-12), gradient: .tensor(1e-11, plus: item.group == "d" ? 0 : 1e-14))
    case .float:
      Limits(forward: .entry(1e-5), gradient: .tensor(2e-5, plus: 0))
    }
  }
}

@Suite("Networks of the reference")
struct NetworkGoldenTests {
  @Test("every value of both passes in Double", arguments: try GoldenNetwork.covered())
  func double(_ item: GoldenNetwork) throws { try passes(item, as: Double.self) }

  @Test("every value of both passes in Float", arguments: try GoldenNetwork.covered())
  func float(_ item: GoldenNetwork) throws { try passes(item, as: Float.self) }

  private func passes<Element: Scalar>(_ item: GoldenNetwork, as: Element.Type) throws {
    let limits = Limits.of(item, Element.self)
    let model = try item.model(as: Element.self)
    let (X, T) = (item.X.rounded(to: Element.self), item.T.rounded(to: Element.self))
    for loss in item.losses {
      for executor in Executor.allCases {
        let pass = try model.backwardPass(
          inputs: X, targets: T, loss: loss, weights: item.weights?.map { Element($0) },
          executor: executor)
        let context = "\(loss.name), \(executor)"
        expectLoss(pass.loss, item, within: limits.forward, context)
        #expect(pass.layers.count == item.layers.count)
        for (index, (got, gold)) in zip(pass.layers, item.layers).enumerated() {
          let l = index + 1
          expectClose("Z\(l)", got.preActivation, gold.Z, within: limits.forward, context)
          expectClose("A\(l)", got.activation, gold.A, within: limits.forward, context)
          if let dA = got.outputGradient {
            expectClose("dA\(l)", dA, gold.dA, within: limits.gradient, context)
          } else {
            #expect(l == item.layers.count && loss.kind.fromLogits != nil)
            let runner = Runner(executor: executor, instructionSet: nil)
            let direct = try runner.loss(loss, output: got.activation, targets: T)
            let context = context + ", from probabilities"
            expectClose("dA\(l)", direct.gradient, gold.dA, within: limits.gradient, context)
            expectLoss(direct.total, item, within: limits.forward, context)
          }
          expectClose(
            "dZ\(l)", got.preActivationGradient, gold.dZ, within: limits.gradient, context)
          expectClose("dW\(l)", got.weightsGradient, gold.dW, within: limits.gradient, context)
          #expect((got.biasGradient == nil) == (gold.db == nil), "\(context) db\(l)")
          if let db = got.biasGradient, let expected = gold.db {
            expectClose("db\(l)", db, expected, within: limits.gradient, context)
          }
        }
        expectClose("dX", pass.inputGradient, item.dX, within: limits.gradient, context)
      }
    }
  }

  @Test("the tape in Double", arguments: try GoldenNetwork.covered())
  func tape(_ item: GoldenNetwork) throws {
    let limits = Limits.of(item, Double.self)
    let model = try item.model(as: Double.self)
    for loss in item.losses {
      let taped = try model.tapedGradient(
        inputs: item.X, targets: item.T, loss: loss, weights: item.weights)
      expectLoss(taped.loss, item, within: limits.forward, "tape")
      for (parameter, gold) in try item.leaves {
        let got = Matrix(
          rows: gold.rows, columns: gold.columns, values: Array(taped.parameters[parameter.range]))
        expectClose("d\(parameter.name)", got, gold, within: limits.gradient, "tape")
      }
      expectClose("dX", taped.inputs, item.dX, within: limits.gradient, "tape")
    }
  }

  private func expectLoss<Element: Scalar>(
    _ got: Element, _ item: GoldenNetwork, within tolerance: Tolerance, _ context: String,
    sourceLocation: SourceLocation = #_sourceLocation
  ) {
    let limit = Element.precision == .double ? 1e-12 : 1e-5
    expectClose(
      "loss", [got], [item.loss], within: tolerance,
      context + item.slips(Double(got), within: limit), sourceLocation: sourceLocation)
  }

  @Test("a training step in Double", arguments: try GoldenNetwork.covered())
  func stepInDouble(_ item: GoldenNetwork) throws { try step(item, as: Double.self) }

  @Test("a training step in Float", arguments: try GoldenNetwork.covered())
  func stepInFloat(_ item: GoldenNetwork) throws { try step(item, as: Float.self) }

  /// Gradient descent with rate 1 subtracts the gradient: the plan that training runs, with
  /// everything fused, computes it too.
  private func step<Element: Scalar>(_ item: GoldenNetwork, as: Element.Type) throws {
    let limits = Limits.of(item, Element.self)
    let (X, T) = (item.X.rounded(to: Element.self), item.T.rounded(to: Element.self))
    for loss in item.losses {
      for executor in Executor.allCases {
        let context = "\(loss.name), \(executor)"
        let start = try item.model(as: Element.self)
        var model = start
        var step = try TrainingStep(
          model, loss: loss, optimizer: .sgd(learningRate: 1), largestBatch: X.rows,
          hasSampleWeights: item.weights != nil, executor: executor)
        let value =
          item.weights.map { step.run(X, T, weights: $0.map { Element($0) }) } ?? step.run(X, T)
        expectLoss(value, item, within: limits.forward, context)
        step.snapshot(into: &model)
        var gradient: [Element] = []
        step.memory.workspace.read(.gradient, into: &gradient)
        #expect(
          model.parameters.bits == zip(start.parameters, gradient).map(-).bits,
          "\(context): the parameters after the step are not the ones before less the gradient")
        for (parameter, gold) in try item.leaves {
          let leaf = Matrix(
            rows: parameter.rows, columns: parameter.columns,
            values: Array(gradient[parameter.range]))
          expectClose("d" + parameter.name, leaf, gold, within: limits.gradient, context)
        }
      }
    }
  }

  @Test(
    "the gradients' norms of the deep networks",
    arguments: try GoldenNetwork.covered().filter { $0.group == "d" })
  func norms(_ item: GoldenNetwork) throws {
    #expect(item.norms.count == item.layers.count)
    let loss = try #require(item.losses.first)
    let pass = try item.model(as: Double.self).backwardPass(
      inputs: item.X, targets: item.T, loss: loss)
    func norm(_ values: [Double]) -> Double {
      values.reduce(0) { $0 + $1 * $1 }.squareRoot()
    }
    for (l, (layer, gold)) in zip(pass.layers, item.norms).enumerated() {
      let got = [norm(layer.weightsGradient.values), norm(layer.biasGradient?.values ?? [])]
      expectClose(
        "norms of dW\(l + 1), db\(l + 1)", got, [gold.dW, gold.db],
        within: .relative(1e-11, plus: 0))
    }
  }

  @Test("which cases are covered, and what the others lack")
  func coverage() throws {
    let skipped = try GoldenNetwork.skipped()
    #expect(try GoldenNetwork.covered().count == 62)
    #expect(Self.skipped.count == 0)
    for name in Set(skipped.keys).union(Self.skipped.keys).sorted() {
      #expect(skipped[name] == Self.skipped[name], "\(name): what it lacks")
    }
  }

  /// A part that is added to the library leaves this table.
  static let skipped: [String: String] = [:]
}
