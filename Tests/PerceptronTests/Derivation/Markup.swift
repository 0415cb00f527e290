import Foundation
import Testing

#if canImport(FoundationXML)
  import FoundationXML
#endif

/// Whether what the writers wrote is whole.
enum Markup {
  /// HTML that is XML too.
  static func expectWellFormed(_ page: String, _ location: SourceLocation = #_sourceLocation) {
    let parser = XMLParser(data: Data(page.utf8))
    #expect(
      parser.parse(), "\(String(describing: parser.parserError)) in line \(parser.lineNumber)",
      sourceLocation: location)
  }

  /// LaTeX: braces and dollars in pairs, environments ended in the order in which they began.
  static func expectBalanced(_ text: String, _ location: SourceLocation = #_sourceLocation) {
    var depth = 0
    var isEscaped = false
    var dollars = 0
    for scalar in text.unicodeScalars {
      if isEscaped {
        isEscaped = false
      } else if scalar == "\\" {
        isEscaped = true
      } else if scalar == "{" {
        depth += 1
      } else if scalar == "}" {
        depth -= 1
      } else if scalar == "$" {
        dollars += 1
      }
      if depth < 0 { break }
    }
    #expect(depth == 0 && dollars % 2 == 0, sourceLocation: location)
    expectEnvironmentsEnd(text, location)
  }

  /// Markdown: every block of mathematics ends, and so do the environments in it.
  static func expectFenced(_ text: String, _ location: SourceLocation = #_sourceLocation) {
    var isMath = false
    for line in text.split(separator: "\n") where line.hasPrefix("```") {
      #expect(line == (isMath ? "```" : "```math"), sourceLocation: location)
      isMath.toggle()
    }
    #expect(!isMath, sourceLocation: location)
    expectEnvironmentsEnd(text, location)
  }

  private static func expectEnvironmentsEnd(_ text: String, _ location: SourceLocation) {
    var open: [Substring] = []
    for command in text.matches(of: /\\(begin|end)\{([A-Za-z]+\*?)\}/) {
      if command.output.1 == "begin" {
        open.append(command.output.2)
      } else if open.popLast() != command.output.2 {
        Issue.record("\\end{\(command.output.2)} ends nothing", sourceLocation: location)
        return
      }
    }
    #expect(open.isEmpty, "\(open) does not end", sourceLocation: location)
  }
}
