import Perceptron

/// The picture of a computation graph for a page: nodes that can be pointed at, and what is known
/// of each.
struct GraphSVG {
  private let graph: Document.Graph
  /// Begins the identifiers of this graph's elements.
  private let name: String
  private let layout: GraphLayout
  /// The left edge and the width of every column.
  private var columns: [(left: Int, width: Int)] = []
  private let size: (width: Int, height: Int)

  private static let (margin, gap, pitch, nodeHeight) = (12, 56, 72, 50)

  init(_ graph: Document.Graph, name: String) {
    self.graph = graph
    self.name = name
    let layout = GraphLayout(graph)
    self.layout = layout
    var left = Self.margin
    for column in 0..<layout.columns {
      let members = graph.nodes.indices.filter { layout.places[$0].column == column }
      let width = members.map { Self.width(graph.nodes[$0]) }.max() ?? 0
      columns.append((left, width))
      left += width + Self.gap
    }
    size = (
      max(left - Self.gap, 0) + Self.margin,
      max(layout.rows - 1, 0) * Self.pitch + Self.nodeHeight + 2 * Self.margin
    )
  }

  private static func width(_ node: Document.Graph.Node) -> Int {
    let name = displayWidth(UnicodeMath.line(node.name)) * 11
    let shape = displayWidth(UnicodeMath.line(node.shape)) * 7
    return max(72, max(name, shape) + 32)
  }

  /// The figure: legend, picture and panel.
  var html: String {
    let nodes = graph.nodes.indices.map(node).joined(separator: "\n")
    let edges = layout.edges.indices.map(edge).joined(separator: "\n")
    let facts = graph.nodes.indices.map(facts).joined(separator: "\n")
    return """
      <figure class="graph">
      <figcaption>\(legend)</figcaption>
      <div class="scroll" tabindex="0" role="region" aria-label="Computation graph">
      <svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 \(size.width) \(size.height)" \
      width="\(size.width)" height="\(size.height)" role="group" aria-label="Computation graph">
      <defs>
      \(marker("arrow"))
      \(marker("arrow-on"))
      </defs>
      \(edges)
      \(nodes)
      </svg>
      </div>
      <div class="panel" aria-live="polite" hidden="hidden">
      <p class="hint">Point at a node, tap it or reach it with the Tab key to see how it is \
      computed.</p>
      \(facts)
      </div>
      </figure>
      """
  }

  private func marker(_ kind: String) -> String {
    "<marker id=\"\(name)-\(kind)\" class=\"\(kind)\" viewBox=\"0 0 8 8\" refX=\"7\" refY=\"4\" "
      + "markerWidth=\"8\" markerHeight=\"8\" markerUnits=\"userSpaceOnUse\" orient=\"auto\">"
      + "<path d=\"M0 0.5 L8 4 L0 7.5 z\"/></marker>"
  }

  /// A small picture and a word for every kind of node there is.
  private var legend: String {
    Document.Graph.Node.Kind.allCases.filter { kind in
      graph.nodes.contains { $0.kind == kind }
    }.map { kind in
      "<span class=\"key\"><svg viewBox=\"0 0 30 18\" width=\"30\" height=\"18\" "
        + "aria-hidden=\"true\"><g class=\"node \(kind.rawValue)\">"
        + Self.outline(kind, x: 1, y: 1, width: 28, height: 16) + "</g></svg> \(kind.title)</span>"
    }.joined(separator: "\n")
  }

  /// Each kind has a form of its own, not a colour alone.
  private static func outline(
    _ kind: Document.Graph.Node.Kind, x: Int, y: Int, width: Int, height: Int
  ) -> String {
    let corner =
      switch kind {
      case .data: 0
      case .parameter: height / 2
      case .value: height / 6
      case .loss: -1
      }
    if corner >= 0 {
      return "<rect x=\"\(x)\" y=\"\(y)\" width=\"\(width)\" height=\"\(height)\" "
        + "rx=\"\(corner)\"/>"
    }
    let (cut, right, bottom) = (height / 3, x + width, y + height)
    return "<path d=\"M\(x + cut) \(y) H\(right - cut) L\(right) \(y + height / 2) "
      + "L\(right - cut) \(bottom) H\(x + cut) L\(x) \(y + height / 2) z\"/>"
  }

  private func top(_ place: GraphLayout.Place) -> Int { Self.margin + place.row * Self.pitch }

  private func node(_ index: Int) -> String {
    let node = graph.nodes[index]
    let (left, width) = columns[layout.places[index].column]
    let y = top(layout.places[index])
    let middle = left + width / 2
    return """
      <g class="node \(node.kind.rawValue)" data-node="\(index)" tabindex="0" role="button" \
      aria-label="\(escaped(label(node)))">
      <title>\(escaped(description(node)))</title>
      \(Self.outline(node.kind, x: left, y: y, width: width, height: Self.nodeHeight))
      <text class="name" x="\(middle)" y="\(y + 22)">\(escaped(picturedName(node)))</text>
      <text class="shape" x="\(middle)" y="\(y + 40)">\(escaped(UnicodeMath.line(node.shape)))</text>
      </g>
      """
  }

  private func picturedName(_ node: Document.Graph.Node) -> String {
    UnicodeMath.line(node.name).replacing("𝓛", with: "ℒ")
  }

  private func edge(_ index: Int) -> String {
    let edge = layout.edges[index]
    let start = layout.places[edge.from]
    let end = layout.places[edge.to]
    // Arrows that end at one node do so side by side, in the order of where they come from.
    let others = layout.edges.indices.filter { layout.edges[$0].to == edge.to }.sorted {
      (lastRow($0), $0) < (lastRow($1), $1)
    }
    let place = others.firstIndex(of: index) ?? 0
    let spread = min(10, 36 / max(others.count, 1))
    let offset = place * spread - (others.count - 1) * spread / 2
    var x = columns[start.column].left + columns[start.column].width
    var y = top(start) + Self.nodeHeight / 2
    var path = "M\(x) \(y)"
    func curve(toX: Int, toY: Int) {
      let middle = (x + toX) / 2
      path += " C\(middle) \(y) \(middle) \(toY) \(toX) \(toY)"
      (x, y) = (toX, toY)
    }
    for stop in edge.through {
      let (left, width) = columns[stop.column]
      curve(toX: left, toY: top(stop) + Self.nodeHeight / 2)
      x = left + width
      path += " H\(x)"
    }
    curve(toX: columns[end.column].left - 1, toY: top(end) + Self.nodeHeight / 2 + offset)
    return "<path class=\"edge\" data-from=\"\(edge.from)\" data-to=\"\(edge.to)\" d=\"\(path)\" "
      + "style=\"--arrow: url(#\(name)-arrow); --arrow-on: url(#\(name)-arrow-on)\"/>"
  }

  private func lastRow(_ edge: Int) -> Int {
    layout.edges[edge].through.last?.row ?? layout.places[layout.edges[edge].from].row
  }

  private func label(_ node: Document.Graph.Node) -> String {
    let formula = UnicodeMath.line(graph.definition(node))
    return "\(formula), \(UnicodeMath.line(node.shape)), \(node.kind.title)"
  }

  /// What shows without the script too.
  private func description(_ node: Document.Graph.Node) -> String {
    var text = label(node)
    if let value = node.value { text += "\nvalue " + UnicodeMath.line(Self.matrix(value, 4)) }
    if let gradient = node.gradient {
      text += "\ngradient " + UnicodeMath.line(Self.matrix(gradient, 4))
    }
    return text
  }

  /// What the panel shows of a node.
  private func facts(_ index: Int) -> String {
    let node = graph.nodes[index]
    var rows: [(String, Formula)] = [(node.kind.title, graph.definition(node))]
    rows.append(("shape", node.shape))
    if let value = node.value {
      rows.append(("value", .row([node.name, .equals, Self.matrix(value, 8)])))
    }
    if let gradient = node.gradient {
      rows.append(("gradient", .row([.overline(node.name), .equals, Self.matrix(gradient, 8)])))
    }
    let lines = rows.map { title, formula in
      "<dt>\(title)</dt><dd>\(MathML.text(formula, isDisplayed: true))</dd>"
    }
    return "<dl class=\"facts\" data-node=\"\(index)\" hidden=\"hidden\">\(lines.joined())</dl>"
  }

  private func escaped(_ text: String) -> String {
    text.split(separator: "\n").map { xmlEscaped(visible(String($0))) }.joined(separator: "&#10;")
  }

  /// Numbers as a matrix of at most `limit` rows and columns; a single one stands alone.
  static func matrix(_ values: [[Double]], _ limit: Int) -> Formula {
    func entry(_ value: Double) -> Formula { .number(shortDecimal(value)) }
    if values.count == 1, values[0].count == 1 { return entry(values[0][0]) }
    var rows = values.prefix(limit).map { row in
      row.prefix(limit).map(entry) + (row.count > limit ? [.sign("⋯")] : [])
    }
    if values.count > limit, let first = rows.first {
      rows.append(Array(repeating: .sign("⋮"), count: first.count))
    }
    return .matrix(rows)
  }
}
