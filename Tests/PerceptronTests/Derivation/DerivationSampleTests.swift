import PerceptronDerivation
import Testing

/// Proves that the sample holds every case there is. A case that is added does not compile here
/// until it is named, and then fails until the sample has it.
@Suite("Derivation: what the sample covers")
struct DerivationSampleTests {
  enum FormulaKind: CaseIterable {
    case name, number, word, sign, row, group, fraction, power, indexed, overline, transpose, sum
    case matrix, cases, boxed
  }

  enum BlockKind: CaseIterable { case heading, paragraph, equations, list, table, graph, note }
  enum InlineKind: CaseIterable { case text, strong, code, formula }

  private static func kind(_ formula: Formula) -> FormulaKind {
    switch formula {
    case .name: .name
    case .number: .number
    case .word: .word
    case .sign: .sign
    case .row: .row
    case .group: .group
    case .fraction: .fraction
    case .power: .power
    case .indexed: .indexed
    case .overline: .overline
    case .transpose: .transpose
    case .sum: .sum
    case .matrix: .matrix
    case .cases: .cases
    case .boxed: .boxed
    }
  }

  private static func kind(_ block: Document.Block) -> BlockKind {
    switch block {
    case .heading: .heading
    case .paragraph: .paragraph
    case .equations: .equations
    case .list: .list
    case .table: .table
    case .graph: .graph
    case .note: .note
    }
  }

  private static func kind(_ inline: Document.Inline) -> InlineKind {
    switch inline {
    case .text: .text
    case .strong: .strong
    case .code: .code
    case .formula: .formula
    }
  }

  private static func parts(_ formula: Formula) -> [Formula] {
    let inner: [Formula] =
      switch formula {
      case .name, .number, .word, .sign: []
      case .row(let items): items
      case .group(_, let inner), .overline(let inner), .transpose(let inner), .boxed(let inner):
        [inner]
      case .fraction(let a, let b), .power(let a, let b), .indexed(let a, let b): [a, b]
      case .sum(let from, let to, let body): [from, body] + (to.map { [$0] } ?? [])
      case .matrix(let rows): rows.flatMap { $0 }
      case .cases(let choices): choices.map(\.value)
      }
    return [formula] + inner.flatMap(parts)
  }

  @Test("every block, inline, formula and bracket, every kind of node")
  func covered() {
    let blocks = SampleDocument.network.blocks
    var inlines: [Document.Inline] = []
    var formulas: [Formula] = []
    for block in blocks {
      switch block {
      case .heading: break
      case .paragraph(let own), .note(let own): inlines += own
      case .list(let items): inlines += items.flatMap { $0 }
      case .table(let rows): inlines += rows.flatMap { $0.flatMap { $0 } }
      case .equations(let equations):
        for equation in equations {
          formulas += [equation.left, equation.right, equation.shape].compactMap { $0 }
          inlines += equation.reason
        }
        #expect(!equations.isEmpty)
      case .graph(let graph):
        #expect(Set(graph.nodes.map(\.kind)) == Set(Document.Graph.Node.Kind.allCases))
        formulas += graph.nodes.flatMap { [$0.name, $0.shape] + ($0.formula.map { [$0] } ?? []) }
      }
    }
    for case .formula(let formula) in inlines { formulas.append(formula) }
    let all = formulas.flatMap(Self.parts)
    #expect(Set(blocks.map(Self.kind)) == Set(BlockKind.allCases))
    #expect(Set(inlines.map(Self.kind)) == Set(InlineKind.allCases))
    #expect(Set(all.map(Self.kind)) == Set(FormulaKind.allCases))
    var brackets: Set<Formula.Brackets> = []
    for case .group(let own, _) in all { brackets.insert(own) }
    #expect(brackets == Set(Formula.Brackets.allCases))
  }
}
