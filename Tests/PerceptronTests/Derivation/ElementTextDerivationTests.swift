import Perceptron
import Testing

@testable import PerceptronDerivation

/// What is shown, as text.
@Suite("Derivation: elements as text")
struct ElementTextDerivationTests {
  private static let m = ElementProgram.m
  private static let n = ElementProgram.n

  private func reading(
    _ name: String, sizes: [Dimension: Int]? = nil, withNumbers: Bool = false
  ) throws -> ElementwiseReading {
    let item = try #require(ElementProgram.all.first { $0.testDescription == name })
    let derivation = Derivation(item.program)
    return ElementwiseReading(
      derivation, sizes: sizes ?? item.sizes,
      evaluation: withNumbers ? try item.evaluation(derivation) : nil)
  }

  /// The lines of one symbol: ∂v/∂p, then p̄.
  private func lines(_ reading: ElementwiseReading, _ symbol: String) throws -> [String] {
    let adjoint = try #require(
      reading.backward.first { $0.derivation.symbol.text == symbol })
    return adjoint.element.uses.flatMap { $0.derivative.steps + $0.steps }
      .map { reading.indexing.formula($0.expression).plainText }
      + adjoint.element.steps.map { reading.indexing.formula($0.expression).plainText }
  }

  @Test("a product, as text 002 has it")
  func product() throws {
    #expect(
      try lines(reading("relu, softmax, cross-entropy"), "W1") == [
        "Σ_p x_ip ∂w⁽¹⁾_pj/∂w⁽¹⁾_kl", "Σ_p x_ip δ_pk δ_jl", "x_ik δ_jl",
        "Σ_ij z̄⁽¹⁾_ij ∂z⁽¹⁾_ij/∂w⁽¹⁾_kl", "Σ_ij z̄⁽¹⁾_ij x_ik δ_jl", "Σ_i x_ik z̄⁽¹⁾_il",
      ])
    #expect(
      try lines(reading("relu, softmax, cross-entropy"), "A1") == [
        "Σ_p w⁽²⁾_pj ∂a⁽¹⁾_ip/∂a⁽¹⁾_kl", "Σ_p w⁽²⁾_pj δ_ik δ_pl", "w⁽²⁾_lj δ_ik",
        "Σ_ij z̄⁽²⁾_ij ∂z⁽²⁾_ij/∂a⁽¹⁾_kl", "Σ_ij z̄⁽²⁾_ij w⁽²⁾_lj δ_ik",
        "Σ_j z̄⁽²⁾_kj w⁽²⁾_lj",
      ])
  }

  @Test("a bias: the sum over rows is left")
  func bias() throws {
    let reading = try reading("relu, softmax, cross-entropy")
    #expect(
      try lines(reading, "b1") == [
        "∂b⁽¹⁾_j/∂b⁽¹⁾_l", "δ_jl", "Σ_ij z̄⁽¹⁾_ij ∂z⁽¹⁾_ij/∂b⁽¹⁾_l", "Σ_ij z̄⁽¹⁾_ij δ_jl",
        "Σ_i z̄⁽¹⁾_il",
      ])
    #expect(reading.text.contains("b⁽¹⁾_l stands in every row i alike: the rows add up"))
    #expect(reading.text.contains("1/m comes from the loss; nothing further back divides again"))
  }

  @Test("an activation")
  func activation() throws {
    #expect(
      try lines(reading("relu, softmax, cross-entropy"), "Z1") == [
        "relu′(z⁽¹⁾_ij) ∂z⁽¹⁾_ij/∂z⁽¹⁾_kl", "relu′(z⁽¹⁾_ij) δ_ik δ_jl", "θ(z⁽¹⁾_ij) δ_ik δ_jl",
        "Σ_ij ā⁽¹⁾_ij ∂a⁽¹⁾_ij/∂z⁽¹⁾_kl", "Σ_ij ā⁽¹⁾_ij θ(z⁽¹⁾_ij) δ_ik δ_jl",
        "ā⁽¹⁾_kl θ(z⁽¹⁾_kl)",
      ])
    #expect(
      try lines(reading("tanh, sigmoid, binary cross-entropy"), "Z1")[2]
        == "(1 − a⁽¹⁾_ij²) δ_ik δ_jl".replacing("a⁽¹⁾_ij²", with: "(a⁽¹⁾_ij)²"))
  }

  @Test("the softmax, alone and with the cross-entropy")
  func softmax() throws {
    let lines = try lines(reading("relu, softmax, cross-entropy"), "Z2")
    #expect(
      lines[3...7] == [
        "a⁽²⁾_ij δ_ik δ_jl − a⁽²⁾_ij a⁽²⁾_il δ_ik", "a⁽²⁾_ij (δ_jl − a⁽²⁾_il) δ_ik",
        "Σ_ij ā⁽²⁾_ij ∂a⁽²⁾_ij/∂z⁽²⁾_kl", "Σ_ij ā⁽²⁾_ij a⁽²⁾_ij (δ_jl − a⁽²⁾_il) δ_ik",
        "a⁽²⁾_kl (ā⁽²⁾_kl − Σ_j ā⁽²⁾_kj a⁽²⁾_kj)",
      ])
    #expect(lines.last == "1/m (a⁽²⁾_kl − t_kl)")
  }

  @Test("a sum that is taken away stands in brackets")
  func brackets() throws {
    let sum = IndexExpression.terms([.number(2), .number(3)])
    let minus = IndexExpression.product([.coefficient(Coefficient(-1)), sum])
    let indexing = try reading("columns, one example").indexing
    #expect(indexing.formula(minus).plainText == "−(2 + 3)")
    #expect(indexing.formula(.terms([.number(7), minus])).plainText == "7 − (2 + 3)")
  }

  @Test("text 000: one example, columns, W x")
  func columns() throws {
    let reading = try reading("columns, one example")
    #expect(
      try lines(reading, "W2") == [
        "Σ_q a⁽¹⁾_q ∂w⁽²⁾_iq/∂w⁽²⁾_kp", "Σ_q a⁽¹⁾_q δ_ik δ_qp", "a⁽¹⁾_p δ_ik",
        "Σ_i l̄⁽²⁾_i ∂l⁽²⁾_i/∂w⁽²⁾_kp", "Σ_i l̄⁽²⁾_i a⁽¹⁾_p δ_ik", "l̄⁽²⁾_k a⁽¹⁾_p",
      ])
    let equations = (reading.forward.flatMap(\.entries) + reading.backward.flatMap(\.entries)).map {
      "\(reading.indexing.formula($0.left).plainText) = \(reading.indexing.formula($0.right).plainText)"
    }
    for line in [
      "l⁽¹⁾₂ = w⁽¹⁾₂₁ x₁ + w⁽¹⁾₂₂ x₂", "l⁽³⁾ = w⁽³⁾₁ a⁽²⁾₁ + w⁽³⁾₂ a⁽²⁾₂",
      "L = 1/2 (a⁽³⁾ − t)²", "ā⁽³⁾ = a⁽³⁾ − t", "l̄⁽³⁾ = ā⁽³⁾ a⁽³⁾ (1 − a⁽³⁾)",
      "w̄⁽³⁾₂ = l̄⁽³⁾ a⁽²⁾₂", "w̄⁽²⁾₁₂ = l̄⁽²⁾₁ a⁽¹⁾₂",
      "ā⁽¹⁾₁ = w⁽²⁾₁₁ l̄⁽²⁾₁ + w⁽²⁾₂₁ l̄⁽²⁾₂",
    ] {
      #expect(equations.contains(line), "\(line)")
    }
  }

  @Test("rows that are not known keep their index")
  func openRows() throws {
    let sizes = [Self.n[0]: 2, Self.n[1]: 2, Self.n[2]: 3]
    let reading = try reading("relu, softmax, cross-entropy", sizes: sizes)
    let text = reading.text
    for line in [
      "z⁽¹⁾_i2 = x_i1 w⁽¹⁾₁₂ + x_i2 w⁽¹⁾₂₂ + b⁽¹⁾₂", "w̄⁽¹⁾₂₁ = Σ_i x_i2 z̄⁽¹⁾_i1",
      "b̄⁽¹⁾₁ = Σ_i z̄⁽¹⁾_i1",
    ] {
      #expect(text.contains(line), "\(line)")
    }
  }

  @Test("numbers follow on two lines")
  func numbers() throws {
    let x = Symbol("X", nil, Shape(.one, Self.n[0]), .data)
    let w = Symbol("W", nil, Shape(Self.n[0], .one), .parameter)
    let b = Symbol("b", nil, .scalar, .parameter)
    let z = Symbol("Z", nil, .scalar, .value)
    let program = try Program(
      inputs: [x, w, b],
      definitions: [
        .init(z, .symbol(x) * .symbol(w) + .symbol(b)),
        .init(ElementProgram.loss, Expression.symbol(z).mapped(.square)),
      ])
    let evaluation = try Evaluation(
      program,
      inputs: [x: Matrix([[0.05, 0.1]]), w: Matrix([[0.15], [-0.2]]), b: Matrix([[0.35]])],
      sizes: [Self.n[0]: 2])
    let reading = ElementwiseReading(
      Derivation(program), sizes: evaluation.sizes, evaluation: evaluation)
    #expect(
      reading.text.contains(
        "z = x₁ w₁ + x₂ w₂ + b\n = 0.05·0.15 + 0.1·(−0.2) + 0.35\n = 0.3375\n"))
    #expect(reading.text.contains("L = z²\n = 0.3375²\n = 0.113906\n"))
  }

  @Test("above 500 weights only index forms, and it is said")
  func limit() throws {
    let large: [Dimension: Int] = [Self.n[0]: 25, Self.n[1]: 17, Self.n[2]: 3]
    let reading = try reading("relu, softmax, cross-entropy", sizes: large)
    #expect(reading.weightCount == 25 * 17 + 17 + 17 * 3 + 3)
    #expect(reading.isExpanded)
    // Two digits need a comma.
    #expect(reading.text.contains(" + x_i,12 w⁽¹⁾_12,3 + "))
    let larger = try self.reading(
      "relu, softmax, cross-entropy", sizes: large.merging([Self.n[2]: 4]) { $1 })
    #expect(!larger.isExpanded)
    #expect(larger.text.contains("The network has 514 weights; up to 500 are written"))
    #expect(larger.text.contains("z⁽¹⁾_ij = Σ_{k=1..n₀} x_ik w⁽¹⁾_kj + b⁽¹⁾_j"))
    #expect(larger.forward.allSatisfy { $0.entries.isEmpty })
    #expect(larger.backward.allSatisfy { $0.entries.isEmpty })
  }

  @Test("the blocks of ∂Z/∂W, and what Z̄ picks out of them")
  func blocks() throws {
    let item = try #require(ElementProgram.all.first { $0.testDescription == "one row" })
    let batch = try #require(ElementProgram.all.first { $0.testDescription.hasPrefix("sigmoid") })
    for item in [item, batch] {
      let derivation = Derivation(item.program)
      let evaluation = try item.evaluation(derivation)
      let indexing = Indexing(item.program, sizes: item.sizes)
      for text in ["W1", "W2", "b1"] {
        let adjoint = try #require(derivation.adjoints.first { $0.symbol.text == text })
        let use = try #require(EntryAdjoint(adjoint, indexing).uses.first)
        let all = try #require(DerivativeBlocks(use.derivative, indexing, largest: 200))
        let matrix = try #require(evaluation.adjoints[adjoint.symbol])
        #expect(all.blocks.count == matrix.rows)
        #expect(all.blocks[0].count == matrix.columns)
        for k in 0..<matrix.rows {
          for l in 0..<matrix.columns {
            let value = evaluation.value(of: all.inner(k, l, indexing), indexing)
            #expect(abs(value - matrix[k, l]) < 1e-12)
          }
        }
      }
    }
    let reading = try reading("one row", sizes: [Self.n[0]: 2, Self.n[1]: 2, Self.n[2]: 2])
    #expect(
      reading.text.contains("∂Z₂/∂W₂ = [[a⁽¹⁾₁ 0] [0 a⁽¹⁾₁]; [a⁽¹⁾₂ 0] [0 a⁽¹⁾₂]]"))
  }

  @Test("what has no index form is said")
  func opaque() throws {
    let x = ElementProgram.data("X", Self.m, Self.n[0])
    let y = ElementProgram.value("Y", Self.m, Self.n[0])
    let program = try Program(
      inputs: [x],
      definitions: [
        .init(y, .opaque("median", [.symbol(x)], y.shape)),
        .init(ElementProgram.loss, Expression.symbol(y).total),
      ])
    let reading = ElementwiseReading(Derivation(program), sizes: ElementProgram.sizes)
    #expect(reading.forward[0].form == nil)
    #expect(reading.text.contains("Y is known by its values alone"))
    #expect(reading.text.contains("Nothing can be derived for x̄_kl: the derivative of median"))
  }
}

extension ElementwiseReading {
  /// The blocks as plain lines, reasons behind a bar.
  fileprivate var text: String {
    func inline(_ parts: [Document.Inline]) -> String {
      parts.map { part in
        switch part {
        case .text(let text), .strong(let text), .code(let text): text
        case .formula(let formula): formula.plainText
        }
      }.joined()
    }
    return blocks.map { block -> String in
      switch block {
      case .heading(let text, _): text
      case .paragraph(let parts), .note(let parts): inline(parts)
      case .equations(let lines):
        lines.map { line in
          let reason = inline(line.reason)
          return (line.left?.plainText ?? "") + " \(line.relation) " + line.right.plainText
            + (reason.isEmpty ? "" : " | " + reason)
        }.joined(separator: "\n") + "\n"
      case .list, .table, .graph: ""
      }
    }.joined(separator: "\n")
  }
}
