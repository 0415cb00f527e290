/// Text for GitHub's Markdown.
enum MarkdownText {
  /// `text` as it may stand in a paragraph or a table: nothing in it is markup.
  static func escaped(_ text: String) -> String {
    var result = ""
    for scalar in visible(text).unicodeScalars {
      switch scalar {
      case "\\", "`", "*", "_", "{", "}", "[", "]", "$", "|", "~", "#", "!", "@", "^":
        result += "\\\(scalar)"
      case "&": result += "&amp;"
      case "<": result += "&lt;"
      case ">": result += "&gt;"
      // Addresses become links by themselves.
      case "/" where result.hasSuffix(":"): result += "\\/"
      case "." where result.lowercased().hasSuffix("www"): result += "\\."
      default: result.unicodeScalars.append(scalar)
      }
    }
    return result
  }

  /// `text`, escaped, as a line may begin with it: neither list, heading nor rule.
  static func line(_ text: String) -> String {
    var text = String(text.drop { $0 == " " })
    let digits = text.prefix { $0.isASCII && $0.isNumber }
    if let first = text.first, "-+=".contains(first) {
      text = "\\" + text
    } else if !digits.isEmpty, let next = text.dropFirst(digits.count).first, ".)".contains(next) {
      text = "\(digits)\\\(text.dropFirst(digits.count))"
    }
    return text
  }

  /// `text` as code: between more backticks than it holds in a row.
  ///
  /// - Parameter isInTable: a bar would end the cell even in code.
  static func code(_ text: String, isInTable: Bool) -> String {
    var text = visible(text)
    if isInTable { text = text.replacing("|", with: "\\|") }
    let longest = text.split { $0 != "`" }.map(\.count).max() ?? 0
    let fence = String(repeating: "`", count: longest + 1)
    let needsSpace = text.isEmpty || text.first == "`" || text.last == "`" || text.first == " "
    return needsSpace ? "\(fence) \(text) \(fence)" : fence + text + fence
  }

  static func inlines(_ inlines: [Document.Inline], isInTable: Bool = false) -> String {
    var result = ""
    var wasFormula = false
    for inline in inlines {
      let piece =
        switch inline {
        case .text(let text): escaped(text)
        case .strong(let text): text.isEmpty ? "" : "**\(escaped(text))**"
        case .code(let text): code(text, isInTable: isInTable)
        case .formula(let formula): "$\(LaTeXForm(.markdownInline).text(formula))$"
        }
      let isFormula = if case .formula = inline { true } else { false }
      // A dollar beside a letter, a digit or a hyphen is not one of mathematics.
      let touches = { (character: Character?) in
        character.map { $0.isLetter || $0.isNumber || "-\\$`*".contains($0) } ?? false
      }
      if (isFormula && touches(result.last)) || (wasFormula && touches(piece.first)) {
        result += " "
      }
      result += piece
      wasFormula = isFormula
    }
    return result
  }
}
