import Perceptron
import Testing

@testable import PerceptronDerivation

/// Every line that is shown, computed: against the matrix expression, against differences, and
/// against the line above.
@Suite("Derivation: elements")
struct ElementDerivationTests {
  /// Every choice of numbers for indices, within their ranges.
  private func places(_ ranges: [String: Dimension], _ evaluation: Evaluation) -> [[String: Int]] {
    ranges.reduce([[:]]) { all, item in
      all.flatMap { places in
        (1...evaluation.size(item.value)).map { places.merging([item.key: $0]) { $1 } }
      }
    }
  }

  private func isClose(_ a: Double, _ b: Double, _ tolerance: Double = 1e-12) -> Bool {
    abs(a - b) <= tolerance * max(1, abs(a), abs(b))
  }

  @Test("index forms equal the entries of the matrix expressions", arguments: ElementProgram.all)
  func forms(_ item: ElementProgram) throws {
    let derivation = Derivation(item.program)
    let evaluation = try item.evaluation(derivation)
    let indexing = Indexing(item.program, sizes: item.sizes)
    var all = item.program.definitions.map { ($0.symbol, $0.expression) }
    for adjoint in derivation.adjoints {
      all += adjoint.simplification.map { (adjoint.symbol, $0.expression) }
      all += adjoint.uses.map { (adjoint.symbol, $0.part) }
      all.append((adjoint.symbol, try #require(adjoint.formula)))
    }
    for (symbol, expression) in all {
      let entry = indexing.entry(symbol)
      let form = try #require(
        indexing.entry(of: expression, row: entry.row, column: entry.column))
      let value = evaluation.value(of: expression)
      for place in places(indexing.ranges(of: entry), evaluation) {
        let (row, column) = evaluation.matrixPlace(entry, place)
        let number = evaluation.value(of: form, at: place, indexing)
        #expect(
          isClose(number, value[row, column]), "\(indexing.text(entry)) = \(indexing.text(form))")
      }
    }
  }

  @Test("lines of ∂/∂ equal differences", arguments: ElementProgram.all)
  func derivatives(_ item: ElementProgram) throws {
    let derivation = Derivation(item.program)
    let evaluation = try item.evaluation(derivation)
    let indexing = Indexing(item.program, sizes: item.sizes)
    var count = 0
    for adjoint in derivation.adjoints {
      for use in EntryAdjoint(adjoint, indexing).uses {
        let (entry, variable) = (use.derivative.entry, use.derivative.variable)
        let ranges = indexing.ranges(of: entry).merging(indexing.ranges(of: variable)) { $1 }
        for place in places(ranges, evaluation) {
          let difference = evaluation.value(
            of: .derivative(entry, by: variable), at: place, indexing)
          for step in use.derivative.steps {
            try #require(step.expression.freeIndices.isSubset(of: ranges.keys))
            let number = evaluation.value(of: step.expression, at: place, indexing)
            #expect(
              isClose(number, difference, 1e-7),
              "∂\(indexing.text(entry))/∂\(indexing.text(variable)) = \(indexing.text(step.expression))"
            )
            count += 1
          }
        }
      }
    }
    #expect(count > 50)
  }

  @Test(
    "lines of the chain rule are equal, the last the matrix formula", arguments: ElementProgram.all)
  func contractions(_ item: ElementProgram) throws {
    let derivation = Derivation(item.program)
    let evaluation = try item.evaluation(derivation)
    let indexing = Indexing(item.program, sizes: item.sizes)
    for adjoint in derivation.adjoints {
      let element = EntryAdjoint(adjoint, indexing)
      let matrix = try #require(evaluation.adjoints[adjoint.symbol])
      let formula = try #require(element.formula)
      #expect(element.uses.count == adjoint.uses.count)
      let last = element.steps.last ?? element.uses[0].steps.last
      #expect(last?.expression == formula)
      #expect(last?.rules.last == .formula)
      for step in element.uses.flatMap(\.steps) + element.steps {
        try #require(
          step.expression.freeIndices.isSubset(of: indexing.ranges(of: element.entry).keys))
      }
      for place in places(indexing.ranges(of: element.entry), evaluation) {
        func value(_ x: IndexExpression) -> Double { evaluation.value(of: x, at: place, indexing) }
        var total = 0.0
        for use in element.uses {
          let values = use.steps.map { value($0.expression) }
          // The first line holds ∂v/∂p by differences.
          for (line, number) in values.enumerated() {
            #expect(isClose(number, values[values.count - 1], line == 0 ? 1e-7 : 1e-12))
          }
          total += values[values.count - 1]
        }
        for step in element.steps {
          #expect(isClose(value(step.expression), total), "\(indexing.text(step.expression))")
        }
        let (row, column) = evaluation.matrixPlace(element.entry, place)
        #expect(isClose(total, matrix[row, column]))
      }
    }
  }

  @Test("equations written out equal the entries", arguments: ElementProgram.all)
  func entries(_ item: ElementProgram) throws {
    let derivation = Derivation(item.program)
    let evaluation = try item.evaluation(derivation)
    let reading = ElementwiseReading(derivation, sizes: item.sizes, evaluation: evaluation)
    #expect(reading.isExpanded)
    let all = reading.forward.flatMap(\.entries) + reading.backward.flatMap(\.entries)
    for equation in all {
      let left = evaluation.value(of: .entry(equation.left), reading.indexing)
      let right = try #require(equation.value)
      #expect(isClose(left, right), "\(reading.indexing.text(equation.left))")
      let substituted = try #require(equation.substituted)
      #expect(isClose(evaluation.value(of: substituted, reading.indexing), right))
    }
    let numbers = item.program.definitions.map(\.symbol) + derivation.adjoints.map(\.symbol)
    #expect(
      all.count
        == numbers.reduce(0) {
          $0 + evaluation.size($1.shape.rows) * evaluation.size($1.shape.columns)
        })
    #expect(!reading.blocks.isEmpty)
  }

  private static let n = ElementProgram.n[0]
  private static let (x, z) = (ElementProgram.data("X", n, n), ElementProgram.data("Z", n, n))

  private func entry(_ symbol: Symbol, _ row: String, _ column: String) -> IndexExpression {
    .entry(Entry(symbol, row: .variable(row), column: .variable(column)))
  }

  /// That both are the same number for all j and k.
  private func expectEqual(_ form: IndexExpression, _ other: IndexExpression) throws {
    let program = try Program(
      inputs: [Self.x, Self.z],
      definitions: [.init(ElementProgram.loss, .inner(.symbol(Self.x), .symbol(Self.z)))])
    let evaluation = try Evaluation(
      program,
      inputs: [
        Self.x: Draw.normal(rows: 2, columns: 2, seed: 1),
        Self.z: Draw.normal(rows: 2, columns: 2, seed: 2),
      ], sizes: ElementProgram.sizes)
    let indexing = Indexing(program, sizes: ElementProgram.sizes)
    for place in places(["j": Self.n, "k": Self.n], evaluation) {
      #expect(
        isClose(
          evaluation.value(of: form, at: place, indexing),
          evaluation.value(of: other, at: place, indexing)),
        "\(indexing.text(form)) = \(indexing.text(other))")
    }
  }

  @Test("a Σ inside keeps its index apart from one of the same letter outside")
  func letters() throws {
    let (n, x, z) = (Self.n, Self.x, Self.z)
    // Σ_i x_ik Σ_k δ_ij z_kk = x_jk Σ_k z_kk, and of what another index takes the letter of.
    let inner = IndexExpression.sum(
      "k", over: n, .product([.delta(.variable("i"), .variable("j")), entry(z, "k", "k")]))
    let taken = IndexExpression.sum(
      "i", over: n,
      .product([
        .delta(.variable("i"), .variable("k")), .sum("k", over: n, .product([entry(z, "i", "k")])),
      ]))
    for form in [IndexExpression.sum("i", over: n, .product([entry(x, "i", "k"), inner])), taken] {
      let collapsed = Contraction(ranges: ["j": n, "k": n]).collapsed(form)
      #expect(!collapsed.contains { $0.isDelta })
      try expectEqual(form, collapsed)
    }
  }

  @Test("an end is forgotten only where a δ says as much")
  func ends() {
    let n = Self.n
    let body = IndexExpression.product([
      entry(Self.x, "j", "j"), .delta(.variable("j"), .variable("k")),
    ])
    let form = IndexExpression.within(.variable("j"), n, body, otherwise: 0)
    #expect(form.comparingEntries(["k": n]) == body)
    #expect(form.comparingEntries(["k": n.plusOne]) == form)
  }

  @Test("what terms share is taken out, equal terms are added, and the value stays")
  func gathering() throws {
    let (a, b) = (entry(Self.x, "j", "k"), entry(Self.z, "j", "k"))
    func c(_ number: Double, _ powers: [(Coefficient.Base, Int)] = []) -> IndexExpression {
      .coefficient(Coefficient(number, powers))
    }
    let share = c(0.25, [(.dimension(ElementProgram.m), -1)])
    for terms in [
      [[c(0.5), a], [c(0.5), b]], [[c(-0.5), a], [c(0.5), b], [c(2), a]],
      [[share, a], [share, b, b]],
      [[share, a, b], [share, b]], [[a], [c(-1), a]], [[a, b], [c(3), a], [c(3), a]],
    ] {
      let sum = IndexExpression.terms(terms.map { .product($0) })
      try expectEqual(sum, sum.gathered)
      // Under a Σ, with a factor that does not depend on its index.
      let entries = IndexExpression.product([entry(Self.x, "i", "k"), sum])
      try expectEqual(
        .sum("i", over: Self.n, entries), IndexExpression.sum("i", over: Self.n, entries).gathered)
      try expectEqual(.sum("i", over: Self.n, sum), .summing("i", over: Self.n, sum))
    }
  }

  @Test("equal in another order and by other names; not with an index changed")
  func normalForms() {
    let m = ElementProgram.m
    let (x, z) = (ElementProgram.data("X", m, m), ElementProgram.value("Z", m, m))
    func entry(_ symbol: Symbol, _ row: String, _ column: String) -> IndexExpression {
      .entry(Entry(symbol, row: .variable(row), column: .variable(column)))
    }
    func product(_ a: IndexExpression, _ b: IndexExpression, over index: String) -> IndexExpression
    {
      .sum(index, over: m, .product([a, b]))
    }
    let form = product(entry(x, "i", "k"), entry(z, "i", "l"), over: "i")
    let same = product(entry(z, "p", "l"), entry(x, "p", "k"), over: "p")
    let other = product(entry(z, "l", "p"), entry(x, "p", "k"), over: "p")
    #expect(form.normalForm == same.normalForm)
    #expect(form.normalForm != other.normalForm)
    let nested = IndexExpression.product([entry(x, "k", "k"), form])
    let flat = IndexExpression.sum(
      "i", over: m, .product([entry(x, "i", "k"), entry(x, "k", "k"), entry(z, "i", "l")]))
    #expect(nested.normalForm == flat.normalForm)
  }
}

extension Evaluation {
  /// Where an entry stands, from 0.
  func matrixPlace(_ entry: Entry, _ places: [String: Int]) -> (Int, Int) {
    func number(_ index: EntryIndex?) -> Int {
      switch index {
      case nil: 0
      case .number(let place): place - 1
      case .variable(let name): (places[name] ?? 1) - 1
      }
    }
    return (number(entry.row), number(entry.column))
  }
}
