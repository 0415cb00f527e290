/// Documents as LaTeX: a complete article for pdflatex with amsmath and amssymb.
public enum LaTeXWriter {
  /// The article, ending in a newline.
  public static func text(_ document: Document) -> String {
    let title = LaTeXText.escaped(document.title)
    let blocks = document.blocks.map(block).filter { !$0.isEmpty }
    return """
      \(preamble)
      \\begin{document}
      {\\LARGE\\raggedright \(title)\\par}
      \\bigskip

      \(blocks.joined(separator: "\n\n"))

      \\end{document}

      """
  }

  /// `\fit{WIDTH}{FORMULA}` makes a formula that is wider than WIDTH as narrow; `\hang{FORMULA}`
  /// takes no room in its column.
  private static let preamble = """
    \\documentclass[10pt,a4paper,fleqn]{article}
    \\usepackage[utf8]{inputenc}
    \\usepackage{amsmath,amssymb}
    \\usepackage{array,longtable,graphicx,color}
    \\usepackage[margin=2.2cm]{geometry}
    \\definecolor{quiet}{gray}{0.35}
    \\setlength{\\parindent}{0pt}
    \\setlength{\\parskip}{6pt plus 2pt}
    \\setlength{\\emergencystretch}{3em}
    \\setlength{\\mathindent}{1em}
    \\setlength{\\LTleft}{0pt}
    \\allowdisplaybreaks
    \\renewcommand{\\labelitemi}{$\\bullet$}
    \\renewcommand{\\arraystretch}{1.2}
    \\newsavebox{\\fitbox}
    \\newcommand{\\fit}[2]{\\sbox{\\fitbox}{$\\displaystyle #2$}%
      \\ifdim\\wd\\fitbox>#1\\relax\\resizebox{#1}{!}{\\usebox{\\fitbox}}\\else\\usebox{\\fitbox}\\fi}
    \\newcommand{\\hang}[1]{\\rlap{$\\displaystyle #1$}}
    \\newcommand{\\why}[1]{\\text{\\small\\color{quiet}#1}}
    \\newcommand{\\reason}[1]{%
      \\parbox[t]{0.72\\linewidth}{\\raggedright\\small\\color{quiet}#1\\strut}}
    """

  private static func block(_ block: Document.Block) -> String {
    switch block {
    case .heading(let text, let level):
      "\\\(level <= 1 ? "section" : "subsection")*{\(LaTeXText.escaped(text))}"
    case .paragraph(let inlines): self.inlines(inlines)
    case .equations(let equations): self.equations(equations)
    case .list(let items): list(items)
    case .table(let rows): table(rows)
    case .graph(let graph): self.graph(graph)
    case .note(let inlines):
      "\\begin{quote}\n\\textbf{Note:} \(self.inlines(inlines))\n\\end{quote}"
    }
  }

  private static func inlines(_ inlines: [Document.Inline]) -> String {
    inlines.map {
      switch $0 {
      case .text(let text): LaTeXText.escaped(text)
      case .strong(let text): "\\textbf{\(LaTeXText.escaped(text))}"
      case .code(let text): LaTeXText.code(text)
      case .formula(let formula): "$\(LaTeXMath.text(formula))$"
      }
    }.joined()
  }

  private static func equations(_ equations: [Document.Equation]) -> String {
    guard !equations.isEmpty else { return "" }
    let form = LaTeXEquations.Form(
      math: LaTeXForm(.document), column: "&\\quad&",
      fitted: { text, percent in "\\fit{0.\(percent)\\linewidth}{\(text)}" },
      overhanging: { "\\hang{\($0)}" },
      reason: { reason in
        let text = inlines(reason)
        return [reason.width > 80 ? "\\reason{\(text)}" : "\\why{\(text)}"]
      })
    let lines = LaTeXEquations(equations, width: 100, form: form).text
    // An empty group keeps a bracket from being read as an option of the line's end.
    return "\\begin{alignat*}{3}\n{}\(lines.joined(separator: " \\\\\n{}"))\n\\end{alignat*}"
  }

  private static func list(_ items: [[Document.Inline]]) -> String {
    guard !items.isEmpty else { return "" }
    let lines = items.map { "\\item {}\(inlines($0))" }
    return "\\begin{itemize}\n\(lines.joined(separator: "\n"))\n\\end{itemize}"
  }

  private static func table(_ rows: [[[Document.Inline]]]) -> String {
    let layout = TableLayout(rows)
    guard !layout.widths.isEmpty else { return "" }
    // Only a long table may end on another page: its columns are right from the second run on.
    let isLong = layout.rows.count > 30
    let body = layout.rows.dropFirst().map { row in
      "{}" + row.map(inlines).joined(separator: " & ") + " \\\\\n"
    }
    let header = layout.rows[0].map { $0.isEmpty ? "" : "\\bfseries \(inlines($0))" }
    let name = isLong ? "longtable" : "tabular"
    return "\\begin{\(name)}{\(columns(layout))}\n\\hline\n{}"
      + header.joined(separator: " & ") + " \\\\\n\\hline\n" + (isLong ? "\\endhead\n" : "")
      + body.joined() + "\\hline\n\\end{\(name)}"
  }

  /// The columns' kinds; those of a wide table share the line by their widths.
  private static func columns(_ layout: TableLayout) -> String {
    let total = layout.widths.reduce(0) { $0 + $1 + 3 }
    if total <= 90 { return layout.isNumeric.map { $0 ? "r" : "l" }.joined() }
    // A column gets a little more than its share when it is narrow: words do not shrink.
    let widths = layout.widths.map { min($0, 60) + 6 }
    let sum = widths.reduce(0, +)
    return widths.map { width in
      let share = String(1000 + width * 1000 / sum * 92 / 100).dropFirst()
      return ">{\\raggedright\\arraybackslash}p{\\dimexpr 0.\(share)\\linewidth-\\tabcolsep}"
    }.joined()
  }

  private static func graph(_ graph: Document.Graph) -> String {
    let header: [[Document.Inline]] = ["node", "shape", "kind", "from"].map { [.text($0)] }
    return table(
      [header]
        + graph.nodes.map { node in
          let parents = graph.parents(node).map { [Document.Inline.formula($0)] }
          return [
            [.formula(graph.definition(node))], [.formula(node.shape)], [.text(node.kind.title)],
            Array(parents.joined(separator: [.text(", ")])),
          ]
        })
  }
}
