import Perceptron
import Testing

@testable import PerceptronDerivation

/// The JSON of an explanation holds what its reading shows, and what is needed to compute it again.
@Suite("Derivation: explanations as JSON")
struct ExplanationJSONTests {
  @Test("what is given is enough to compute everything again", arguments: TextNetwork.all)
  func recomputed(_ network: TextNetwork) throws {
    let outcome = try Command.run(network.arguments(.vectorized, "json"))
    let json = try JSON.parse(Array(outcome.out.utf8))
    let given = try matrices(json, "given", "value")
    // Into the library's orientation: one example a row, weights inputs × units.
    let isRows = network.layout == .rows
    func batch(_ name: String) throws -> Matrix<Double> {
      let matrix = try #require(given[name])
      return isRows ? matrix : matrix.transposed
    }
    var model = try MLP<Double>(
      inputs: network.inputs, layers: try LayerStack.parse(network.layers, bias: network.bias))
    for layer in model.architecture.layers.indices {
      let isAugmented = network.biasForm == .augmented
      let stored = try #require(given[(isAugmented ? "Ŵ" : "W") + "\(layer + 1)"])
      let weights = network.layout == .columnsOutIn ? stored.transposed : stored
      let rows = weights.rows - (isAugmented ? 1 : 0)
      model.setWeights(
        layer,
        Matrix(
          rows: rows, columns: weights.columns,
          values: Array(weights.values.prefix(rows * weights.columns))))
      if isAugmented {
        model.setBias(layer, Array(weights.row(rows)))
      } else if let bias = given["b\(layer + 1)"] {
        model.setBias(layer, bias.values)
      }
    }
    let pass = try model.backwardPass(
      inputs: try batch("X"), targets: try batch("T"), loss: try Loss(named: network.loss))
    let values = try matrices(json, "forward", "value")
    #expect(abs(try #require(values["L"]).values[0] - pass.loss) < 1e-12 * max(1, pass.loss))
    let adjoint = try #require(try matrices(json, "backward", "value")["X"])
    #expect((isRows ? adjoint : adjoint.transposed).distance(to: pass.inputGradient) < 1e-12)
    // And there is more than a line of zeros to compare.
    #expect(pass.inputGradient.largest > 1e-3)
  }

  private func matrices(
    _ json: JSON, _ key: String, _ value: String
  ) throws -> [String: Matrix<Double>] {
    var found: [String: Matrix<Double>] = [:]
    for entry in try #require(json[key]?.array) {
      let rows = try #require(entry[value]?.array).map { row in
        try #require(row.array).map { try #require($0.double) }
      }
      let matrix = Matrix(rows)
      #expect(entry["shape"]?.array?.map { $0.int } == [matrix.rows, matrix.columns])
      found[try #require(entry["name"]?.string)] = matrix
    }
    return found
  }

  @Test("without numbers names and shapes are given alone")
  func symbols() throws {
    let json = try TextNetwork.all[3].explanation(.vectorized, withNumbers: false).json
    let given = try #require(json["given"]?.array)
    #expect(given.map { $0["name"]?.string } == ["X", "T", "W1", "b1", "W2", "b2"])
    #expect(given.map { $0["kind"]?.string }.prefix(3) == ["data", "data", "parameter"])
    #expect(given.map { $0["shape"]?.array?.map { $0.string } }.first == ["m", "n0"])
    #expect(given.allSatisfy { $0["value"] == nil })
  }

  /// The lines of all equations of a reading, in order.
  private func lines(_ json: JSON) throws -> [JSON] {
    let blocks = try #require(json["reading"]?["blocks"]?.array)
    return blocks.flatMap { $0["lines"]?.array ?? [] }
  }

  @Test("every reading says what it is for, and no two say the same")
  func readings() throws {
    let network = TextNetwork.all[3]
    var said: [Explanation.Form: [String]] = [:]
    for form in Explanation.Form.allCases {
      let json = try network.explanation(form, withNumbers: true).json
      said[form] = try lines(json).map { try #require($0["text"]?.string) }
      let blocks = try #require(json["reading"]?["blocks"]?.array)
      #expect(
        blocks.compactMap { $0["kind"]?.string == "heading" ? $0["text"]?.string : nil }
          .filter { ["Forward", "Backward", "Update: sgd", "Checks"].contains($0) }.count == 4)
    }
    #expect(Set(said.values).count == 4)
    func has(_ text: String) -> [Explanation.Form] {
      Explanation.Form.allCases.filter { said[$0]?.contains { $0.contains(text) } == true }
    }
    // Index steps with Kronecker deltas; blocks of a derivative; the entry of one weight.
    #expect(has("Σₚ xᵢₚ δₚₖ δⱼₗ") == [.elementwise])
    #expect(has("∂Z₁/∂W₁ = [[x₁₁") == [.elementwise])
    #expect(has("w̄⁽¹⁾₁₂ = ") == [.elementwise])
    #expect(has("⟨Z̄₁, X dW₁⟩") == [.differentials])
    #expect(has("δ₁ = δ₂ W₂ᵀ diag(1ᵀ − A₁ ⊙ A₁)") == [.delta])
    #expect(has("W̄₁ = Xᵀ Z̄₁") == [.vectorized, .differentials])
    // Under the formula the numbers, and the update.
    #expect(has("b₂ ← b₂ − η b̄₂").count == 4)
  }

  @Test("a line has its formula, shape and reason; a line that continues begins with =")
  func line() throws {
    let lines = try lines(try TextNetwork.all[3].explanation(.vectorized, withNumbers: false).json)
    let place = try #require(lines.firstIndex { $0["text"]?.string == "Z̄₁ = Ā₁ ⊙ tanh′(Z₁)" })
    #expect(lines[place]["shape"]?.string == "m × n₁")
    #expect(lines[place]["reason"]?.string == "tanh acts entry by entry, hence ⊙")
    #expect(lines[place + 1] == .object([.init("text", "= Ā₁ ⊙ (1 − A₁ ⊙ A₁)")]))
  }

  @Test("every kind of block")
  func blocks() throws {
    let document = SampleDocument.network
    let json = JSONWriter.json(document)
    #expect(json["title"]?.string == document.title)
    let blocks = try #require(json["blocks"]?.array)
    #expect(blocks.count == document.blocks.count)
    for (block, own) in zip(document.blocks, blocks) {
      let kind = own["kind"]?.string
      switch block {
      case .heading(let text, let level):
        #expect(kind == "heading" && own["text"]?.string == text && own["level"]?.int == level)
      case .paragraph(let inlines):
        #expect(kind == "paragraph" && own["text"]?.string == inlines.plain)
      case .note(let inlines): #expect(kind == "note" && own["text"]?.string == inlines.plain)
      case .list(let items):
        #expect(kind == "list" && own["items"]?.array?.map { $0.string } == items.map(\.plain))
      case .table(let rows):
        #expect(kind == "table")
        #expect(
          own["rows"]?.array?.map { $0.array?.map { $0.string } } == rows.map { $0.map(\.plain) })
      case .equations(let lines):
        #expect(kind == "equations" && own["lines"]?.array?.count == lines.count)
      case .graph(let graph):
        let nodes = try #require(own["nodes"]?.array)
        #expect(kind == "graph")
        #expect(nodes.map { $0["role"]?.string } == graph.nodes.map(\.kind.rawValue))
        #expect(nodes.map { $0["parents"]?.array?.map { $0.int } } == graph.nodes.map(\.parents))
        #expect(nodes.allSatisfy { $0["text"]?.string?.isEmpty == false })
      }
    }
    #expect(try JSON.parse(Array(json.text().utf8)) == json)
  }
}
