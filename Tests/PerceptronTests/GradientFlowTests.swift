import Foundation
import Testing

@testable import Perceptron

#if canImport(FoundationXML)
  import FoundationXML
#endif

@Suite("Gradient flow")
struct GradientFlowTests {
  /// Ten layers of 12 units on 6 rows.
  private func flow(_ activation: Activation, _ initializer: Initializer) throws -> GradientFlow {
    let layers = Array(repeating: (units: 12, activation: activation), count: 10)
    let model = try MLP<Double>(inputs: 12, layers, initializer: initializer, seed: 1)
    return try GradientFlow(
      model, inputs: Draw.normal(rows: 6, columns: 12, seed: 2, as: Double.self),
      targets: Draw.normal(rows: 6, columns: 12, seed: 3, as: Double.self), loss: .mse)
  }

  @Test("ten sigmoid layers starve: no step keeps more than ¼‖W‖")
  func sigmoid() throws {
    let flow = try flow(.sigmoid, .xavierUniform)
    #expect(flow.layers.map(\.number) == Array(1...10))
    #expect(flow.layers[0].step == nil)
    for (below, layer) in zip(flow.layers, flow.layers.dropFirst()) {
      let step = try #require(layer.step)
      let ratio = try #require(step.ratio)
      #expect(step.slope <= 0.25 && step.slope > 0.1)
      #expect(step.bound == step.slope * step.weightsNorm)
      #expect(ratio <= step.bound * (1 + 1e-6))
      #expect(ratio <= 0.25 * step.weightsNorm)
      #expect(ratio == below.norm / layer.norm)
      #expect(layer.deadShare == nil)
    }
    guard case .starving(let layer) = flow.verdict else {
      Issue.record("\(flow.verdict)")
      return
    }
    let top = flow.layers[9].norm
    #expect(flow.layers[layer - 1].norm < top / 1e3)
    #expect(flow.layers[layer].norm >= top / 1e3)
    #expect(flow.advice.contains("layer \(layer)"))
    #expect(flow.advice.contains("use relu with he weights"))
  }

  @Test("ten ReLU layers that start by He do not starve")
  func relu() throws {
    let flow = try flow(.relu, .heNormal)
    #expect(flow.verdict == .fine)
    for layer in flow.layers.dropFirst() {
      let step = try #require(layer.step)
      #expect(step.slope == 1)
      #expect(try #require(step.ratio) <= step.bound * (1 + 1e-6))
      #expect(layer.deadShare != nil)
    }
  }

  @Test("ten layers with weights from N(0, 1) explode")
  func exploding() throws {
    let flow = try flow(.relu, .standardNormal)
    guard case .exploding(let layer) = flow.verdict else {
      Issue.record("\(flow.verdict)")
      return
    }
    #expect(flow.advice.contains("layer \(layer)"))
  }

  @Test("the bound holds for every activation that trains, softmax included")
  func bounds() throws {
    for activation in Activation.allCases where activation.isTrainable {
      let model = try Draw.network(
        inputs: 4, [(5, activation), (5, activation), (3, .identity)], seed: 7, as: Double.self)
      let flow = try GradientFlow(
        model, inputs: Draw.normal(rows: 6, columns: 4, seed: 8, as: Double.self),
        targets: Draw.normal(rows: 6, columns: 3, seed: 9, as: Double.self), loss: .mse)
      for layer in flow.layers.dropFirst() {
        let step = try #require(layer.step)
        #expect(try #require(step.ratio) <= step.bound * (1 + 1e-6), "\(activation.name)")
      }
    }
  }

  @Test("dead units are counted, and a gradient of zeros is said")
  func dead() throws {
    var model = try MLP<Double>(inputs: 1, [(4, .relu), (1, .identity)])
    model.setWeights(0, Matrix([[1, -1, -1, -1]]))
    model.setWeights(1, Matrix([[1], [1], [1], [1]]))
    let x = Matrix([[1.0], [2.0]])
    let flow = try GradientFlow(model, inputs: x, targets: Matrix([[0.0], [0.0]]), loss: .mse)
    #expect(flow.layers[0].deadShare == 0.75)
    let silent = try GradientFlow(model, inputs: x, targets: x, loss: .mse)
    #expect(silent.verdict == .silent)
    #expect(silent.layers[1].step?.ratio == nil)
    model.setBias(1, [.infinity])
    let broken = try GradientFlow(model, inputs: x, targets: x, loss: .mse)
    #expect(broken.verdict == .notFinite(layer: 2))
  }

  @Test("norms of the reference", arguments: try GoldenNetwork.covered().filter { $0.group == "d" })
  func reference(_ item: GoldenNetwork) throws {
    let flow = try GradientFlow(
      item.model(), inputs: item.X, targets: item.T, loss: try #require(item.losses.first))
    #expect(flow.layers.count == item.norms.count)
    for (layer, gold) in zip(flow.layers, item.norms) {
      let got = [layer.weightsGradientNorm, try #require(layer.biasGradientNorm)]
      expectClose(
        "norms of layer \(layer.number)", got, [gold.dW, gold.db], within: .relative(1e-11, plus: 0)
      )
      let dZ = item.layers[layer.number - 1].dZ.values.reduce(0) { $0 + $1 * $1 }.squareRoot()
      expectClose("‖Z̄\(layer.number)‖", [layer.norm], [dZ], within: .relative(1e-11, plus: 0))
    }
  }

  @Test("spectral norms that are known")
  func spectralNorm() {
    // The eigenvalues of WWᵀ are 45 and 5.
    let root = (45.0).squareRoot()
    let known = Matrix([[3.0, 0], [4, 5]])
    expectClose(
      "‖W‖₂", [known.spectralNorm, known.transposed.spectralNorm],
      [root, root], within: .relative(1e-12, plus: 0))
    // u vᵀ has ‖u‖ ‖v‖.
    let outer = Matrix([[2.0, 4, 4], [1, 2, 2]])
    let one = Matrix(rows: 3, columns: 3, values: [1.0, 0, 0, 0, 1, 0, 0, 0, 1])
    expectClose(
      "‖W‖₂", [outer.spectralNorm, one.spectralNorm, Matrix([[-7.0]]).spectralNorm],
      [root, 1, 7], within: .relative(1e-12, plus: 0))
    #expect(Matrix<Double>(rows: 3, columns: 2).spectralNorm == 0)
    #expect(Matrix([[1, Double.nan]]).spectralNorm.isNaN)
    // Neither overflow nor underflow.
    let extreme = [
      Matrix([[3e200, 0], [4e200, 5e200]]), Matrix([[3e-200, 0], [4e-200, 5e-200]]),
    ]
    expectClose(
      "‖W‖₂", extreme.map(\.spectralNorm), [root * 1e200, root * 1e-200],
      within: .relative(1e-12, plus: 0))
    expectClose(
      "‖W‖_F", [Matrix([[3e200, 4e200]]).frobeniusNorm], [5e200], within: .relative(1e-15, plus: 0))
  }

  @Test("the picture is well-formed, whatever its title")
  func picture() throws {
    let hostile = "a <b> & \"c\" 'd' ]]> \u{1B}[31m\u{0}\u{9B}\n\u{FFFF}é"
    for flow in [try flow(.sigmoid, .xavierUniform), try flow(.relu, .heNormal)] {
      let svg = flow.svg(title: hostile)
      let reader = Reader()
      let parser = XMLParser(data: Data(svg.utf8))
      parser.delegate = reader
      #expect(parser.parse(), "\(String(describing: parser.parserError))")
      #expect(reader.bars == 10)
      #expect(reader.texts.contains { $0.hasPrefix("a <b> & \"c\" 'd' ]]> ") })
      #expect(reader.texts.filter { $0 == flow.layers[0].activation.name }.count == 10)
      #expect(svg.contains("prefers-color-scheme: dark"))
      #expect(!svg.contains("\u{1B}") && !svg.contains("\u{9B}"))
    }
  }

  /// Counts bars and collects texts.
  private final class Reader: NSObject, XMLParserDelegate {
    var bars = 0
    var texts: [String] = []
    private var current = ""

    func parser(
      _ parser: XMLParser, didStartElement element: String, namespaceURI: String?,
      qualifiedName: String?, attributes: [String: String] = [:]
    ) {
      current = ""
      if attributes["class"] == "bar" { bars += 1 }
    }

    func parser(_ parser: XMLParser, foundCharacters text: String) { current += text }

    func parser(
      _ parser: XMLParser, didEndElement element: String, namespaceURI: String?,
      qualifiedName: String?
    ) {
      texts.append(current)
    }
  }

  @Test(
    "a sample: so many of a large tensor, all of a small one, by the seed, and a fault is found")
  func sample() throws {
    let sample = GradientCheck.Sample(largest: 5, seed: 1)
    let chosen = sample.coordinates(of: 100..<200, number: 0)
    #expect(chosen.count == 5 && Set(chosen).count == 5 && chosen == chosen.sorted())
    #expect(chosen.allSatisfy { (100..<200).contains($0) })
    #expect(sample.coordinates(of: 100..<200, number: 0) == chosen)
    #expect(sample.coordinates(of: 100..<200, number: 1) != chosen)
    #expect(sample.coordinates(of: 3..<8, number: 0) == Array(3..<8))

    let model = try Draw.network(
      inputs: 6, [(4, .tanh), (2, .identity)], seed: 3, as: Double.self)
    let x = Draw.normal(rows: 3, columns: 6, seed: 4, as: Double.self)
    let t = Draw.normal(rows: 3, columns: 2, seed: 5, as: Double.self)
    let check = try GradientCheck(model, inputs: x, targets: t, loss: .mse, sample: sample)
    #expect(check.passed)
    #expect(check.leaves.map(\.tried) == [5, 4, 5, 2, 5])
    #expect(
      try GradientCheck(model, inputs: x, targets: t, loss: .mse).leaves.map(\.tried)
        == [24, 4, 8, 2, 18])

    let pass = try model.backwardPass(inputs: x, targets: t, loss: .mse)
    var differences = try CentralDifferences(model, inputs: x, targets: t, loss: .mse)
    var analytic = pass.parameterGradient + pass.inputGradient.values
    let tried = sample.coordinates(of: 0..<24, number: 0)
    let numeric = differences.some(tried + Array(24..<analytic.count))
    func isPassed() -> Bool {
      GradientCheck(model, analytic: analytic, batch: 3, numeric: numeric).passed
    }
    #expect(isPassed())
    // What is not a number is found where nothing was tried too.
    let untried = try #require((0..<24).first { !tried.contains($0) })
    let right = analytic[untried]
    analytic[untried] = .nan
    #expect(!isPassed())
    analytic[untried] = right
    analytic[tried[2]] *= 1.001
    #expect(!isPassed())
  }
}
