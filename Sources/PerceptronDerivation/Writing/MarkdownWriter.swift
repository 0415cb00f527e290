/// Documents as Markdown in the form that GitHub shows, with mathematics.
public enum MarkdownWriter {
  /// The document, ending in a newline.
  public static func text(_ document: Document) -> String {
    let blocks = ["# " + MarkdownText.escaped(document.title)] + document.blocks.map(block)
    return blocks.filter { !$0.isEmpty }.joined(separator: "\n\n") + "\n"
  }

  private static func block(_ block: Document.Block) -> String {
    switch block {
    case .heading(let text, let level):
      String(repeating: "#", count: min(max(level, 1), 5) + 1) + " " + MarkdownText.escaped(text)
    case .paragraph(let inlines): MarkdownText.line(MarkdownText.inlines(inlines))
    case .equations(let equations): self.equations(equations)
    case .list(let items):
      items.map { "- " + MarkdownText.line(MarkdownText.inlines($0)) }.joined(separator: "\n")
    case .table(let rows): table(rows)
    case .graph(let graph): self.graph(graph)
    case .note(let inlines): "> **Note:** " + MarkdownText.inlines(inlines)
    }
  }

  private static func equations(_ equations: [Document.Equation]) -> String {
    guard !equations.isEmpty else { return "" }
    let form = LaTeXEquations.Form(
      math: LaTeXForm(.markdownBlock), column: "&&",
      reason: { reasonLines($0).map(reasonText) })
    let lines = LaTeXEquations(equations, width: 90, form: form).text
    return "```math\n\\begin{aligned}\n\(lines.joined(separator: " \\\\\n"))\n\\end{aligned}\n```"
  }

  /// A reason in lines of up to 80 characters: a block of mathematics does not wrap.
  private static func reasonLines(_ reason: [Document.Inline]) -> [[Document.Inline]] {
    var lines: [[Document.Inline]] = [[]]
    var used = 0
    func place(_ inline: Document.Inline) {
      if used > 0, used + inline.width > 80 {
        lines.append([])
        used = 0
      }
      lines[lines.count - 1].append(inline)
      used += inline.width
    }
    for inline in reason {
      guard case .text(let text) = inline else {
        place(inline)
        continue
      }
      let words = text.split(separator: " ", omittingEmptySubsequences: false)
      for (index, word) in words.enumerated() {
        place(.text(word + (index < words.count - 1 ? " " : "")))
      }
    }
    return lines
  }

  /// A reason inside of mathematics: its words as text, its formulas as they are.
  private static func reasonText(_ reason: [Document.Inline]) -> String {
    var parts: [String] = []
    var text = ""
    func flush() {
      if !text.isEmpty { parts.append("\\text{\(text)}") }
      text = ""
    }
    for inline in reason {
      switch inline {
      case .formula(let formula):
        flush()
        parts.append(LaTeXForm(.markdownBlock).text(formula))
      case .text(let words), .strong(let words), .code(let words):
        for scalar in visible(words).unicodeScalars {
          switch scalar {
          // Text inside of mathematics knows these escapes only outside of `\text`.
          case "_", "%", "&", "#", "{", "}":
            flush()
            parts.append("\\\(scalar)")
          case "\\", "$", "`", "^", "~":
            flush()
            parts.append(LaTeXForm(.markdownBlock).text(.sign(String(scalar))))
          default: text.unicodeScalars.append(scalar)
          }
        }
      }
    }
    flush()
    return parts.joined(separator: " ")
  }

  private static func table(_ rows: [[[Document.Inline]]]) -> String {
    let layout = TableLayout(rows)
    guard !layout.widths.isEmpty else { return "" }
    var lines = layout.rows.map { row in
      "| " + row.map { MarkdownText.inlines($0, isInTable: true) }.joined(separator: " | ") + " |"
    }
    let rule = layout.isNumeric.map { $0 ? "---:" : "---" }
    lines.insert("| " + rule.joined(separator: " | ") + " |", at: 1)
    return lines.joined(separator: "\n")
  }

  private static func graph(_ graph: Document.Graph) -> String {
    graph.nodes.map { node in
      var inlines: [Document.Inline] = [
        .formula(graph.definition(node)), .text(" (\(node.kind.title), "), .formula(node.shape),
        .text(")"),
      ]
      for (index, parent) in graph.parents(node).enumerated() {
        inlines += [.text(index == 0 ? ", from " : ", "), .formula(parent)]
      }
      return "- " + MarkdownText.inlines(inlines)
    }.joined(separator: "\n")
  }
}
