import Foundation
import Perceptron
import Testing

@testable import PerceptronDerivation

/// The networks of the five texts in the other formats: the same formulas in the same order as in the
/// document, in markup that is whole.
@Suite("Derivation: the networks of the five texts in every format")
struct ExplanationFormatTests {
  @Test("every formula is there", arguments: TextNetwork.all, Explanation.Form.allCases)
  func formulas(_ network: TextNetwork, _ form: Explanation.Form) throws {
    for withNumbers in [false, true] {
      let whole = try network.sized(for: form).explanation(form, withNumbers: withNumbers).document
      Markup.expectWellFormed(HTMLWriter.text(whole))
      let document = whole.withoutGraph
      let formulas = document.formulas
      #expect(formulas.count > 40)

      let page = HTMLWriter.text(document)
      expect(formulas, in: page) { item, _ in
        String(MathML.text(item).dropFirst("<math>".count).dropLast("</math>".count))
      }
      let article = LaTeXWriter.text(document)
      Markup.expectBalanced(article)
      expect(formulas, in: article) { item, _ in LaTeXForm(.document).text(item) }
      let markdown = MarkdownWriter.text(document)
      Markup.expectFenced(markdown)
      expect(formulas, in: markdown) { item, isBlock in
        LaTeXForm(isBlock ? .markdownBlock : .markdownInline).text(item)
      }
      expect(formulas, in: JSONWriter.json(document).text()) { item, _ in UnicodeMath.line(item) }
    }
  }

  private func expect(
    _ formulas: [(formula: Formula, isBlock: Bool)], in text: String,
    _ written: (Formula, Bool) -> String, _ location: SourceLocation = #_sourceLocation
  ) {
    let missing = Self.missing(formulas, in: text, written)
    #expect(missing == nil, sourceLocation: location)
  }

  /// Looks for all formulas one after the other; the first that is not there. Long ones are broken
  /// between their items, and signs are set by what stands beside them: the items in between are
  /// looked for.
  private static func missing(
    _ formulas: [(formula: Formula, isBlock: Bool)], in text: String,
    _ written: (Formula, Bool) -> String
  ) -> String? {
    let bytes = Array(text.utf8)
    var place = 0
    for (formula, isBlock) in formulas {
      for item in formula.items {
        if case .sign = item { continue }
        let wanted = Array(written(item, isBlock).utf8)
        guard let found = find(wanted, in: bytes, from: place) else {
          return "\(UnicodeMath.line(item)) of \(UnicodeMath.line(formula))"
        }
        place = found + wanted.count
      }
    }
    return nil
  }

  @Test("a formula that is left out is missed")
  func leftOut() throws {
    let document = try TextNetwork.all[0].explanation(.vectorized, withNumbers: false)
      .document.withoutGraph
    for (place, block) in document.blocks.enumerated() {
      guard case .equations = block else { continue }
      var less = document
      less.blocks.remove(at: place)
      let missing = Self.missing(document.formulas, in: LaTeXWriter.text(less)) { item, _ in
        LaTeXForm(.document).text(item)
      }
      #expect(missing != nil, "block \(place)")
    }
  }

  private static func find(_ part: [UInt8], in bytes: [UInt8], from start: Int) -> Int? {
    guard let first = part.first, start + part.count <= bytes.count else {
      return part.isEmpty ? start : nil
    }
    return bytes.withUnsafeBufferPointer { bytes in
      (start...(bytes.count - part.count)).first { place in
        bytes[place] == first
          && bytes[place..<place + part.count].elementsEqual(part)
      }
    }
  }
}

extension Document {
  /// The graph repeats formulas.
  fileprivate var withoutGraph: Document {
    Document(
      title: title, blocks: blocks.filter { if case .graph = $0 { false } else { true } })
  }

  /// The formulas outside of the graph, in order, and whether each stands among equations.
  fileprivate var formulas: [(formula: Formula, isBlock: Bool)] {
    func inlines(_ inlines: [Inline], isBlock: Bool) -> [(formula: Formula, isBlock: Bool)] {
      inlines.compactMap { if case .formula(let formula) = $0 { (formula, isBlock) } else { nil } }
    }
    return blocks.flatMap { block -> [(formula: Formula, isBlock: Bool)] in
      switch block {
      case .paragraph(let parts), .note(let parts): inlines(parts, isBlock: false)
      case .equations(let lines):
        lines.flatMap { line in
          [line.left, line.right, line.shape].compactMap { $0.map { ($0, true) } }
            + inlines(line.reason, isBlock: true)
        }
      case .list(let items): items.flatMap { inlines($0, isBlock: false) }
      case .table(let rows): rows.flatMap { $0.flatMap { inlines($0, isBlock: false) } }
      case .heading, .graph: []
      }
    }
  }
}
