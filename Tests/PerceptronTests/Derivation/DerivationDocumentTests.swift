import Foundation
import Testing

@testable import PerceptronDerivation

#if canImport(FoundationXML)
  import FoundationXML
#endif

@Suite("Derivation: documents in four formats")
struct DerivationDocumentTests {
  private let hostile = SampleDocument.hostile
  private let network = SampleDocument.network

  // MARK: Text

  @Test("a long sum in brackets stands on several lines, and no term is lost")
  func longSum() {
    let terms = (1...40).flatMap { number -> [Formula] in
      (number == 1 ? [] : [.sign("+")]) + [.variable("x", number)]
    }
    let formula = Formula.row([.fraction(.number("1"), .name("m")), .group(.round, .row(terms))])
    let whole = UnicodeMath.line(formula)
    for width in [40, 100] {
      let lines = TextWriter.text(
        Document(title: "T", blocks: [.equations([.init(.name("L"), formula)])]), width: width
      ).split(separator: "\n").dropFirst(2).map(String.init)
      #expect(lines.count > 1 && lines.allSatisfy { displayWidth($0) <= width })
      let joined = lines.map { line in line.drop { $0 == " " } }.joined(separator: " ")
      #expect(joined == "L = " + whole)
    }
  }

  @Test("relation signs stand one below the other, shapes and reasons in columns")
  func aligned() throws {
    guard case .equations(let equations) = network.blocks[2] else {
      Issue.record("the sample has changed")
      return
    }
    let text = TextWriter.text(Document(title: "T", blocks: [.equations(equations)]))
    #expect(
      text == """
        T
        ═

          Z₁ = X W₁ + 1 b₁                           m × n₁   the weighted input of layer 1
          A₁ = relu(Z₁)                              m × n₁   entry by entry
          Z₂ = A₁ W₂ + 1 b₂                          m × n₂
          A₂ = σ(Z₂)                                 m × n₂   the prediction
           𝓛 = (1/(2 m)) Σ_{i=1}^{m} ‖(A₂)ᵢ − Yᵢ‖²   1 × 1    half the squared error, mean over the rows

        """)
  }

  @Test("matrices keep the alignment, and what does not fit beside goes below")
  func matrices() {
    let matrix = SampleDocument.numbers([["1", "20"], ["-3", "4"], ["5", "6"]])
    let text = TextWriter.text(
      Document(
        title: "T",
        blocks: [
          .equations([
            .init(
              SampleDocument.adjoint(SampleDocument.w1), matrix, shape: .name("s"),
              reason: [.text("short")]),
            .init(nil, "⇒", .name("b"), reason: [.text("a reason that is longer than the line")]),
          ])
        ]), width: 40)
    #expect(
      text == """
        T
        ═

               ⎡  1  20 ⎤
          W\u{304}₁ = ⎢ -3   4 ⎥   s   short
               ⎣  5   6 ⎦
             ⇒ b
                 a reason that is longer than
                 the line

        """)
  }

  @Test("lines keep to the width, except formulas that cannot break", arguments: [40, 72, 100])
  func widths(_ width: Int) {
    let lines = TextWriter.text(network, width: width).split(separator: "\n")
    let long = lines.filter { displayWidth(String($0)) > width }
    // Matrices, the table and what holds a short formula together.
    #expect(long.allSatisfy { $0.contains { "⎡⎢⎣Σ×─{".contains($0) } }, "\(long)")
    #expect(width < 100 || long.count <= 2, "\(long)")
    #expect(lines.allSatisfy { $0.last != " " })
  }

  @Test("what a terminal would act on is shown instead")
  func terminal() {
    for scalar in TextWriter.text(hostile).unicodeScalars where scalar != "\n" {
      let category = scalar.properties.generalCategory
      #expect(category != .control && (category != .format || scalar == "\u{200D}"))
    }
    #expect(TextWriter.text(hostile).contains("\\u{1b}[31mred"))
  }

  // MARK: Markdown

  @Test("Markdown: blocks of mathematics, tables of equal rows, one heading for each")
  func markdown() {
    for document in [network, hostile] {
      let lines = MarkdownWriter.text(document).split(
        separator: "\n", omittingEmptySubsequences: false)
      let headings = document.blocks.filter { if case .heading = $0 { true } else { false } }
      var isMath = false
      var found = 0
      for line in lines {
        if line == "```math" { isMath = true } else if line == "```" { isMath = false }
        if line.hasPrefix("#") { found += 1 }
        if isMath { continue }
        // Where the hostile text is not in backticks, its markup is escaped.
        #expect(!line.contains("</script") || line.contains("`"))
        #expect(!line.hasPrefix("1.") && !line.hasPrefix("=") && !line.hasPrefix("---"))
        if line.hasPrefix("|") {
          let bars = zip(" " + line, line).filter { $1 == "|" && $0 != "\\" }.count
          #expect([5, 9].contains(bars), "\(line)")
        }
      }
      #expect(found == headings.count + 1)
      #expect(!isMath)
    }
    let text = MarkdownWriter.text(network)
    #expect(text.contains("```math\n\\begin{aligned}\nZ_{1} &= X\\,W_{1} + 1\\,b_{1}"))
    #expect(text.contains("\\end{aligned}\n```\n"))
    #expect(text.contains("- $Z _{1} = X\\thinspace W _{1} + 1\\thinspace b _{1}$ (computed, "))
    #expect(!text.contains("operatorname"))
    #expect(
      MarkdownText.escaped("$x$ <b> a|b *c* [d](e)") == #"\$x\$ &lt;b&gt; a\|b \*c\* \[d\](e)"#)
    #expect(MarkdownText.line("1. x") == "1\\. x")
    #expect(MarkdownText.line("- x") == "\\- x")
    #expect(MarkdownText.code("a``b|c", isInTable: true) == "```a``b\\|c```")
    #expect(MarkdownText.inlines([.text("n-"), .formula(.name("m")), .text("th")]) == "n- $m$ th")
  }

  // MARK: LaTeX

  @Test("LaTeX: braces and dollars are balanced, no text is a command")
  func latex() {
    for document in [network, hostile] {
      let text = LaTeXWriter.text(document)
      Markup.expectBalanced(text)
      for command in ["\\input", "\\write", "\\alert"] { #expect(!text.contains(command)) }
      // Only what the standard fonts have is left as it is.
      let accented = "éñßł"
      #expect(text.unicodeScalars.allSatisfy { $0.isASCII || accented.unicodeScalars.contains($0) })
    }
    let text = LaTeXWriter.text(network)
    #expect(
      text.contains(
        "{3}\n{}Z_{1} &= X\\,W_{1} + 1\\,b_{1} &\\quad& m \\times n_{1} &\\quad& \\why{"))
    #expect(text.contains("\\section*{Forward}"))
    let escaped =
      #"\textbackslash{}input\{x\} 50\% a\_b \"# + ##"#1 \& \textasciitilde{}"##
      + #"\textasciicircum{}\char36{}"#
    #expect(LaTeXText.escaped("\\input{x} 50% a_b #1 & ~^$") == escaped)
  }

  // MARK: HTML

  @Test("HTML: well-formed, on its own, and hostile text stays text")
  func html() throws {
    for document in [network, hostile] {
      let page = HTMLWriter.text(document)
      let reader = PageReader()
      let parser = XMLParser(data: Data(page.utf8))
      parser.delegate = reader
      #expect(parser.parse(), "\(String(describing: parser.parserError)) \(parser.lineNumber)")
      #expect(reader.count["script"] == 1 && reader.count["style"] == 1)
      #expect(reader.count["math", default: 0] > 20)
      #expect(reader.addresses.allSatisfy { $0.hasPrefix("#") || $0 == "data:," })
      #expect(reader.links.isSubset(of: reader.identifiers))
      #expect(reader.identifierCount == reader.identifiers.count, "an identifier stands twice")
      #expect(reader.nodes == reader.labels && reader.nodes > 0)
      #expect(!page.contains("\u{1B}") && !page.contains("\u{202E}"))
      // A script in HTML ends at the first `</script`, whatever XML says.
      #expect(page.components(separatedBy: "</script").count == 2)
    }
    let page = HTMLWriter.text(network)
    #expect(page.contains("<meta charset=\"utf-8\"/>"))
    #expect(page.contains("prefers-color-scheme: dark") && page.contains("@media print"))
    #expect(page.contains("gradient [0.1  0.333333; 1e-9  0]"))
    #expect(!HTMLStyle.sheet.contains("<") && !HTMLStyle.sheet.contains("&"))
    #expect(!HTMLStyle.script.contains("<") && !HTMLStyle.script.contains("&"))
    #expect(!HTMLWriter.text(Document(title: "none")).contains("<script"))
  }

  private final class PageReader: NSObject, XMLParserDelegate {
    var count: [String: Int] = [:]
    var addresses: [String] = []
    var links: Set<String> = []
    var identifiers: Set<String> = []
    var identifierCount = 0
    var nodes = 0
    var labels = 0

    func parser(
      _ parser: XMLParser, didStartElement element: String, namespaceURI: String?,
      qualifiedName: String?, attributes: [String: String] = [:]
    ) {
      count[element, default: 0] += 1
      for name in ["href", "src"] { if let value = attributes[name] { addresses.append(value) } }
      if element == "a", let target = attributes["href"] {
        links.insert(String(target.dropFirst()))
      }
      if let own = attributes["id"] {
        identifiers.insert(own)
        identifierCount += 1
      }
      if attributes["role"] == "button" {
        nodes += 1
        if attributes["tabindex"] == "0", attributes["aria-label"]?.isEmpty == false { labels += 1 }
      }
    }
  }

  // MARK: The graph

  @Test("the graph runs from left to right, and nothing stands on anything else")
  func layout() {
    func node(_ name: String, _ kind: Document.Graph.Node.Kind, _ parents: [Int] = [])
      -> Document.Graph.Node
    {
      .init(name: .name(name), kind: kind, shape: .number("1"), parents: parents)
    }
    // c reads a again, past b; d reads everything.
    let skipping = Document.Graph(nodes: [
      node("x", .data), node("w", .parameter), node("a", .value, [0, 1]), node("b", .value, [2]),
      node("v", .parameter), node("c", .value, [2, 3, 4]), node("d", .loss, [0, 2, 3, 5]),
    ])
    for graph in [SampleDocument.graph, skipping, Document.Graph(nodes: [])] {
      let layout = GraphLayout(graph)
      var passing: Set<GraphLayout.Place> = []
      for edge in layout.edges {
        passing.formUnion(edge.through)
        let columns =
          [layout.places[edge.from].column] + edge.through.map(\.column)
          + [layout.places[edge.to].column]
        // One column further at a time.
        #expect(zip(columns, columns.dropFirst()).allSatisfy { $1 == $0 + 1 }, "\(columns)")
      }
      #expect(Set(layout.places).count == graph.nodes.count)
      #expect(passing.isDisjoint(with: layout.places))
      #expect(
        passing.union(layout.places).allSatisfy {
          $0.column < layout.columns && $0.row < layout.rows
        })
    }
    // The way of the data is straight, and what is given late stands before its use.
    let layout = GraphLayout(SampleDocument.graph)
    #expect([0, 3, 4, 7, 8, 10].map { layout.places[$0].row } == [0, 0, 0, 0, 0, 0])
    #expect(layout.places[9].column == 4)
    #expect(layout.columns == 6)
  }

  @Test("nothing to write is written as nothing")
  func empty() {
    let document = Document(
      title: "",
      blocks: [
        .paragraph([]), .equations([]), .list([]), .table([]), .graph(.init(nodes: [])), .note([]),
        .table([[[]], []]), .heading("", level: 1),
      ])
    #expect(TextWriter.text(document).hasSuffix("\n"))
    #expect(MarkdownWriter.text(document).hasPrefix("# "))
    #expect(LaTeXWriter.text(document).hasSuffix("\\end{document}\n"))
    #expect(XMLParser(data: Data(HTMLWriter.text(document).utf8)).parse())
  }
}
