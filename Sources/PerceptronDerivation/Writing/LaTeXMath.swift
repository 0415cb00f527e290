/// Formulas in LaTeX's mathematics, for amsmath and amssymb: `Z_{1} = X\,W_{1} + 1\,b_{1}`.
public enum LaTeXMath {
  /// The formula, without the signs that begin and end mathematics.
  public static func text(_ formula: Formula) -> String {
    LaTeXForm(.document).text(formula)
  }
}

/// LaTeX for documents, or what of it GitHub's Markdown accepts.
struct LaTeXForm {
  enum Place {
    case document
    /// A block of Markdown: GitHub refuses `\operatorname`.
    case markdownBlock
    /// Between the `$` of a paragraph, where Markdown reads too: a backslash before punctuation
    /// loses itself, and two underscores may become emphasis.
    case markdownInline
  }

  private let place: Place

  init(_ place: Place) { self.place = place }

  func text(_ formula: Formula) -> String {
    switch formula {
    case .name(let name): symbols(name)
    case .number(let digits): number(digits)
    case .word(let word): self.word(word)
    case .sign(let sign): self.sign(sign)
    case .row: row(formula.items)
    case .group(let brackets, let inner): grouped(brackets, inner)
    case .fraction(let above, let below): "\\frac{\(text(above))}{\(text(below))}"
    case .power(let base, let exponent): "\(self.base(base))^{\(text(exponent.tight))}"
    case .indexed(let base, let index): indexed(base, index)
    case .overline(let inner): overline(inner)
    case .transpose(let inner): "\(base(inner))^{\\mathsf{T}}"
    case .sum(let from, let to, let body): sum(from, to, body)
    case .matrix(let rows): matrix(rows)
    case .cases(let choices): cases(choices)
    case .boxed(let inner): "\\boxed{\(text(inner))}"
    }
  }

  /// The relation sign of an equation.
  func sign(_ sign: String) -> String {
    switch sign {
    case "d": "\\mathrm{d}"
    case Formula.invisibleTimes: ""
    default: symbols(sign)
    }
  }

  private var isInline: Bool { place == .markdownInline }

  /// A space before an underscore keeps Markdown from closing emphasis there.
  private var below: String { isInline ? " _" : "_" }

  /// The end of a matrix's row.
  private var newRow: String { isInline ? " \\cr " : " \\\\ " }

  /// What divides factors.
  private var gap: String { isInline ? "\\thinspace" : "\\," }

  private func row(_ items: [Formula]) -> String {
    var pieces: [String] = []
    for (index, item) in items.enumerated() {
      // After an operator TeX sets that space by itself.
      let isSet = place == .document && index > 0 && items[index - 1].isWord
      if Formula.hasThinSpace(in: items, before: index), !isSet { pieces.append(gap) }
      // `{}` keeps a sign that leads on the next line at the distance of one between two terms.
      if case .word("") = item {
        pieces.append("{}")
      } else if Formula.spacing(in: items, at: index) == .between {
        pieces.append(" \(text(item)) ")
      } else {
        pieces.append(text(item))
      }
    }
    return joined(pieces)
  }

  /// A name's letters and marks. More than two letters are one word in italics.
  private func symbols(_ text: String) -> String {
    var scalars = visible(text).unicodeScalars.map { $0 }
    var primes = ""
    while let last = scalars.last, let mark = ["′": "'", "″": "''"][last] {
      primes = mark + primes
      scalars.removeLast()
    }
    let letters = scalars.filter { ("a"..."z").contains($0) || ("A"..."Z").contains($0) }
    if letters.count > 2, scalars.count == letters.count {
      return "\\mathit{\(String(String.UnicodeScalarView(scalars)))}" + primes
    }
    return joined(pieces(scalars)) + primes
  }

  private func pieces(_ scalars: [Unicode.Scalar]) -> [String] {
    var result: [String] = []
    for scalar in scalars {
      if scalar == "\u{304}" || scalar == "\u{305}", let last = result.popLast() {
        result.append("\\overline{\(last)}")
      } else if scalar == "\u{302}", let last = result.popLast() {
        result.append("\\widehat{\(last)}")
      } else {
        result.append(symbol(scalar))
      }
    }
    return result
  }

  private func symbol(_ scalar: Unicode.Scalar) -> String {
    if isInline {
      switch scalar {
      case "<": return "\\lt"
      case ">": return "\\gt"
      case "*": return "\\ast"
      case "_", "%", "&", "#", "$", "`": return LaTeXText.unknown(scalar, isMath: true)
      default: break
      }
    }
    return LaTeXSymbols.math(scalar) ?? LaTeXText.unknown(scalar, isMath: true)
  }

  private func number(_ digits: String) -> String {
    let parts = digits.split(separator: "e", omittingEmptySubsequences: false)
    guard parts.count == 2, Int(parts[1]) != nil else {
      let isWord = digits.unicodeScalars.contains { $0.properties.isAlphabetic }
      return isWord ? word(digits) : symbols(digits)
    }
    return "\(symbols(String(parts[0])))\\mathrm{e}{\(symbols(String(parts[1])))}"
  }

  private func word(_ text: String) -> String {
    var scalars = visible(text).unicodeScalars.map { $0 }
    var primes = ""
    while scalars.last == "′" {
      primes += "'"
      scalars.removeLast()
    }
    guard !scalars.isEmpty else { return primes }
    let letters = joined(pieces(scalars))
    if scalars.count == 1 { return letters + primes }
    return (place == .document ? "\\operatorname{\(letters)}" : "\\mathrm{\(letters)}") + primes
  }

  private func grouped(_ brackets: Formula.Brackets, _ inner: Formula) -> String {
    let body = text(inner)
    let signs =
      switch brackets {
      case .round: ("(", ")")
      case .square: ("\\lbrack", "\\rbrack")
      case .angle: ("\\langle", "\\rangle")
      case .bars: ("\\lvert", "\\rvert")
      case .norm: ("\\lVert", "\\rVert")
      }
    // Brackets that grow set more space before them: only where they have something to grow with.
    guard inner.isTall else { return joined([signs.0, body, signs.1]) }
    return joined(["\\left\(signs.0)", body, "\\right\(signs.1)"])
  }

  private func base(_ formula: Formula) -> String {
    if formula.needsBracketsAsBase { return grouped(.round, formula) }
    switch formula {
    case .power, .transpose: return "{\(text(formula))}"
    case .word(let word) where word.hasSuffix("′"): return "{\(text(formula))}"
    case .name(let name) where name.unicodeScalars.count > 1: return "{\(text(formula))}"
    default: return text(formula)
    }
  }

  private func indexed(_ base: Formula, _ index: Formula) -> String {
    if case .power(let inner, .group(.round, let mark)) = base {
      // Both beside the letter, one above the other.
      return "\(self.base(inner))\(below){\(self.text(index.tight))}^{\(grouped(.round, mark))}"
    }
    let text = base.needsBracketsBeforeIndex ? grouped(.round, base) : self.base(base)
    return "\(text)\(below){\(self.text(index.tight))}"
  }

  private func overline(_ inner: Formula) -> String {
    switch Formula.adjoint(of: inner) {
    case .overline(let plain): "\\overline{\(text(plain))}"
    case let spread: text(spread)
    }
  }

  private func sum(_ from: Formula, _ to: Formula?, _ body: Formula) -> String {
    let end = to.map { "^{\(text($0))}" } ?? ""
    let inner = body.needsBracketsInSum ? grouped(.round, body) : text(body)
    return joined(["\\sum\(below){\(text(from))}\(end)", gap, inner])
  }

  private func matrix(_ rows: [[Formula]]) -> String {
    let body = rows.map { $0.map(text).joined(separator: " & ") }.joined(separator: newRow)
    let columns = rows.map(\.count).max() ?? 0
    // A bmatrix has ten columns at most.
    if columns > 10 {
      return "\\left\\lbrack \\begin{array}{\(String(repeating: "r", count: columns))} \(body) "
        + "\\end{array}\\right\\rbrack"
    }
    return "\\begin{bmatrix} \(body) \\end{bmatrix}"
  }

  private func cases(_ choices: [Formula.Choice]) -> String {
    let lines = choices.map { choice in
      let condition = choice.conditionParts.map { part in
        part.isMath
          ? joined(pieces(visible(part.text).unicodeScalars.map { $0 })) : words(part.text)
      }
      return text(choice.value) + " & " + joined(condition)
    }
    return "\\begin{cases} \(lines.joined(separator: newRow)) \\end{cases}"
  }

  /// Words between mathematics.
  private func words(_ text: String) -> String {
    let letters = visible(text).unicodeScalars.map { $0 }
    let isPlain = letters.allSatisfy {
      ("a"..."z").contains($0) || ("A"..."Z").contains($0) || $0 == " " || $0 == ","
    }
    if isPlain { return "\\text{\(visible(text))}" }
    if place == .document { return "\\text{\(LaTeXText.escaped(text))}" }
    return "\\mathrm{\(joined(pieces(letters)))}"
  }

  /// Pieces one after the other; a space ends a command where a letter follows.
  private func joined(_ pieces: [String]) -> String {
    var result = ""
    for piece in pieces where !piece.isEmpty {
      if let first = piece.unicodeScalars.first, first.properties.isAlphabetic,
        LaTeXText.endsInCommand(result)
      {
        result += " "
      }
      result += piece
    }
    return result
  }
}
