import Perceptron

/// Documents as one page of HTML that needs nothing else: formulas in MathML, the graph in SVG, no
/// file or address beside it.
public enum HTMLWriter {
  /// The page, ending in a newline. It is well-formed XML too.
  public static func text(_ document: Document) -> String {
    let title = escaped(document.title)
    let hasGraph = document.blocks.contains { if case .graph = $0 { true } else { false } }
    let blocks = document.blocks.enumerated().map { block($1, number: $0 + 1) }
    return """
      <!DOCTYPE html>
      <html lang="en">
      <head>
      <meta charset="utf-8"/>
      <meta name="viewport" content="width=device-width, initial-scale=1"/>
      <meta name="color-scheme" content="light dark"/>
      <meta http-equiv="Content-Security-Policy" content="\(policy)"/>
      <link rel="icon" href="data:,"/>
      <title>\(title)</title>
      <style>
      \(HTMLStyle.sheet)
      </style>
      </head>
      <body>
      <main>
      <h1>\(title)</h1>
      \(contents(document))\(blocks.filter { !$0.isEmpty }.joined(separator: "\n"))
      </main>
      \(hasGraph ? "<script>\n\(HTMLStyle.script)\n</script>\n" : "")</body>
      </html>

      """
  }

  /// Nothing may be loaded or sent, whatever a text in the page says.
  private static let policy =
    "default-src 'none'; style-src 'unsafe-inline'; script-src 'unsafe-inline'; img-src data:; "
    + "base-uri 'none'; form-action 'none'"

  private static func escaped(_ text: String) -> String { xmlEscaped(visible(text)) }

  /// Links to the sections, where there are several.
  private static func contents(_ document: Document) -> String {
    let links = document.blocks.enumerated().compactMap { number, block -> String? in
      guard case .heading(let text, 1) = block else { return nil }
      return "<li><a href=\"#s\(number + 1)\">\(escaped(text))</a></li>"
    }
    guard links.count > 2 else { return "" }
    return "<nav aria-label=\"Contents\"><ol>\n\(links.joined(separator: "\n"))\n</ol></nav>\n"
  }

  private static func block(_ block: Document.Block, number: Int) -> String {
    switch block {
    case .heading(let text, let level):
      let name = "h\(min(max(level, 1), 5) + 1)"
      return "<\(name) id=\"s\(number)\">\(escaped(text))</\(name)>"
    case .paragraph(let inlines): return "<p>\(self.inlines(inlines))</p>"
    case .equations(let equations): return HTMLEquations(equations).html
    case .list(let items):
      guard !items.isEmpty else { return "" }
      return "<ul>\n\(items.map { "<li>\(inlines($0))</li>" }.joined(separator: "\n"))\n</ul>"
    case .table(let rows): return table(rows)
    case .graph(let graph):
      return graph.nodes.isEmpty ? "" : GraphSVG(graph, name: "graph\(number)").html
    case .note(let inlines):
      return "<p class=\"note\" role=\"note\"><strong>Note:</strong> \(self.inlines(inlines))</p>"
    }
  }

  static func inlines(_ inlines: [Document.Inline]) -> String {
    inlines.map {
      switch $0 {
      case .text(let text): escaped(text)
      case .strong(let text): "<strong>\(escaped(text))</strong>"
      case .code(let text): "<code>\(escaped(text))</code>"
      case .formula(let formula): MathML.text(formula)
      }
    }.joined()
  }

  private static func table(_ rows: [[[Document.Inline]]]) -> String {
    let layout = TableLayout(rows)
    guard !layout.widths.isEmpty else { return "" }
    func line(_ row: [[Document.Inline]], _ cell: String, _ scope: String) -> String {
      let cells = row.enumerated().map { column, inlines in
        let kind = layout.isNumeric[column] ? " class=\"number\"" : ""
        return "<\(cell)\(kind)\(scope)>\(self.inlines(inlines))</\(cell)>"
      }
      return "<tr>\(cells.joined())</tr>"
    }
    let body = layout.rows.dropFirst().map { line($0, "td", "") }
    return """
      <div class="scroll" tabindex="0" role="region" aria-label="Table">
      <table>
      <thead>\(line(layout.rows[0], "th", " scope=\"col\""))</thead>
      <tbody>
      \(body.joined(separator: "\n"))
      </tbody>
      </table>
      </div>
      """
  }
}
