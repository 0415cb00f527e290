/// Documents as plain text for a terminal.
public enum TextWriter {
  /// The document in lines of at most `width` characters, except where a formula is longer than a
  /// line and cannot be broken. Control characters in its texts are shown as escapes.
  public static func text(_ document: Document, width: Int = 100) -> String {
    let width = max(width, 20)
    var blocks = [heading(document.title, "═", width)]
    for block in document.blocks { blocks.append(lines(block, width)) }
    let lines = Array(blocks.filter { !$0.isEmpty }.joined(separator: [""]))
    return lines.map(trimmed).joined(separator: "\n") + "\n"
  }

  private static func lines(_ block: Document.Block, _ width: Int) -> [String] {
    switch block {
    case .heading(let text, let level): heading(text, level <= 1 ? "─" : "╌", width)
    case .paragraph(let inlines): wrapped(inlines, width)
    case .equations(let equations): EquationText(equations, width: width).lines
    case .list(let items): items.flatMap { item($0, width) }
    case .table(let rows): table(rows)
    case .graph(let graph): self.graph(graph, width)
    case .note(let inlines): wrapped([.text("Note: ")] + inlines, width, indent: "      ")
    }
  }

  private static func heading(_ text: String, _ line: String, _ width: Int) -> [String] {
    let lines = wrapped([.text(text)], width)
    let size = lines.map(displayWidth).max() ?? 0
    return lines + [String(repeating: line, count: size)]
  }

  private static func item(_ inlines: [Document.Inline], _ width: Int) -> [String] {
    let lines = wrapped(inlines, width - 4)
    return lines.enumerated().map { ($0 == 0 ? "  • " : "    ") + $1 }
  }

  /// Words in lines of at most `width`; all but the first begin with `indent`.
  static func wrapped(
    _ inlines: [Document.Inline], _ width: Int, indent: String = ""
  ) -> [String] {
    var lines: [String] = []
    var line = ""
    var used = 0
    for word in words(inlines) {
      let size = displayWidth(word)
      if used > 0, used + 1 + size > width {
        lines.append(line)
        (line, used) = (indent + word, displayWidth(indent) + size)
      } else {
        line += (used > 0 ? " " : "") + word
        used += (used > 0 ? 1 : 0) + size
      }
    }
    return used > 0 ? lines + [line] : lines
  }

  /// What a line may not break: words, and formulas of up to 40 characters.
  private static func words(_ inlines: [Document.Inline]) -> [String] {
    // A mark of our own for a space that does not end a word.
    let joint: Character = "\u{0}"
    var text = ""
    for inline in inlines {
      switch inline {
      case .text(let plain), .strong(let plain): text += visible(plain)
      case .code(let code): text += "`\(visible(code))`"
      case .formula(let formula):
        let line = UnicodeMath.line(formula)
        text += displayWidth(line) > 40 ? line : line.replacing(" ", with: String(joint))
      }
    }
    return text.split(separator: " ").map { String($0).replacing(String(joint), with: " ") }
  }

  private static func table(_ rows: [[[Document.Inline]]]) -> [String] {
    let layout = TableLayout(rows)
    let texts = layout.rows.map { row in
      row.map { words($0).joined(separator: " ") }
    }
    let widths = layout.widths.indices.map { column in
      texts.map { displayWidth($0[column]) }.max() ?? 0
    }
    var lines = texts.map { row in
      row.enumerated().map { column, cell in
        layout.isNumeric[column]
          ? padded(left: cell, to: widths[column]) : padded(right: cell, to: widths[column])
      }.joined(separator: "  ")
    }
    if !lines.isEmpty {
      lines.insert(
        widths.map { String(repeating: "─", count: $0) }.joined(separator: "  "), at: 1)
    }
    return lines.map { "  " + $0 }
  }

  /// One line a node: what it is, its shape, and what it is computed from.
  private static func graph(_ graph: Document.Graph, _ width: Int) -> [String] {
    let rows = graph.nodes.map { node in
      let parents = graph.parents(node).map(UnicodeMath.line).joined(separator: ", ")
      return [
        UnicodeMath.line(graph.definition(node)), UnicodeMath.line(node.shape),
        parents.isEmpty ? node.kind.title : "from " + parents,
      ]
    }
    let left = rows.map { displayWidth($0[0]) }.filter { $0 <= width / 2 }.max() ?? 0
    let shape = rows.map { displayWidth($0[1]) }.max() ?? 0
    return rows.flatMap { row in
      let tail = padded(right: row[1], to: shape) + "   " + row[2]
      let line = "  " + padded(right: row[0], to: left) + "   " + tail
      if displayWidth(row[0]) <= left, displayWidth(line) <= width { return [line] }
      return ["  " + row[0], "      " + tail]
    }
  }

  private static func trimmed(_ line: String) -> String {
    var line = line
    while line.last == " " { line.removeLast() }
    return line
  }
}
