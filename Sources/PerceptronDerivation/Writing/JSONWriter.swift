package import Perceptron

/// Documents as JSON: the blocks that the other writers write, in their order, for programs to read.
///
/// Every block has a `kind`, and with it `text` (`heading`, which has a `level` too, `paragraph`,
/// `note`), `items` (`list`), `rows` (`table`, the first one the header), `lines` (`equations`) or
/// `nodes` (`graph`, whose `parents` are numbers of nodes, counted from 0). A line is its formula on
/// one line of text, with its `shape` and `reason` where it has them; one that begins with `=`
/// continues the line above.
package enum JSONWriter {
  package static func json(_ document: Document) -> JSON {
    .object([
      .init("title", .init(document.title)), .init("blocks", .array(document.blocks.map(block))),
    ])
  }

  private static func block(_ block: Document.Block) -> JSON {
    switch block {
    case .heading(let text, let level):
      object("heading", [.init("level", .init(level)), .init("text", .init(text))])
    case .paragraph(let inlines): object("paragraph", [.init("text", .init(inlines.plain))])
    case .note(let inlines): object("note", [.init("text", .init(inlines.plain))])
    case .list(let items):
      object("list", [.init("items", .array(items.map { .init($0.plain) }))])
    case .table(let rows):
      object(
        "table", [.init("rows", .array(rows.map { .array($0.map { .init($0.plain) }) }))])
    case .equations(let lines): object("equations", [.init("lines", .array(lines.map(line)))])
    case .graph(let graph):
      object("graph", [.init("nodes", .array(graph.nodes.map { node(graph, $0) }))])
    }
  }

  private static func object(_ kind: String, _ members: [JSON.Member]) -> JSON {
    .object([.init("kind", .init(kind))] + members)
  }

  private static func line(_ equation: Document.Equation) -> JSON {
    let relation: [Formula] = equation.relation.isEmpty ? [] : [.sign(equation.relation)]
    let left = equation.left.map { [$0] } ?? []
    var members: [JSON.Member] = [
      .init("text", .init(UnicodeMath.line(.row(left + relation + [equation.right]))))
    ]
    if let shape = equation.shape { members.append(.init("shape", text(shape))) }
    if !equation.reason.isEmpty { members.append(.init("reason", .init(equation.reason.plain))) }
    return .object(members)
  }

  private static func node(_ graph: Document.Graph, _ node: Document.Graph.Node) -> JSON {
    .object([
      .init("text", text(graph.definition(node))), .init("role", .init(node.kind.rawValue)),
      .init("shape", text(node.shape)),
      .init("parents", .array(node.parents.map { .init($0) })),
    ])
  }

  private static func text(_ formula: Formula) -> JSON { .init(UnicodeMath.line(formula)) }
}
