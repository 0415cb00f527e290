import Perceptron

/// Formulas in presentation MathML Core, which browsers set without help.
public enum MathML {
  /// The formula as a `math` element.
  ///
  /// - Parameters:
  ///   - formula: what is set.
  ///   - isDisplayed: whether fractions and sums are as large as on a line of their own.
  public static func text(_ formula: Formula, isDisplayed: Bool = false) -> String {
    let style = isDisplayed ? " displaystyle=\"true\"" : ""
    return "<math\(style)>\(element(formula))</math>"
  }

  /// The formula as one element.
  private static func element(_ formula: Formula) -> String {
    switch formula {
    case .name(let name): identifier(name)
    case .number(let digits): "<mn>\(escaped(digits.replacing("-", with: "−")))</mn>"
    case .word(let word): self.word(word)
    case .sign(let sign): operation(sign, nil)
    case .row: row(formula.items)
    case .group(let brackets, let inner): grouped(brackets, inner)
    case .fraction(let above, let below): "<mfrac>\(element(above))\(element(below))</mfrac>"
    case .power(let base, let exponent): scripted(base, element(exponent.tight))
    case .indexed(.power(let base, .group(.round, let mark)), let index):
      // Both beside the letter, one above the other.
      "<msubsup>\(element(base))\(element(index.tight))\(grouped(.round, mark))</msubsup>"
    case .indexed(let base, let index): "<msub>\(indexable(base))\(element(index.tight))</msub>"
    case .overline(let inner): overline(inner)
    case .transpose(let inner): scripted(inner, "<mi mathvariant=\"normal\">T</mi>")
    case .sum(let from, let to, let body): sum(from, to, body)
    case .matrix(let rows): matrix(rows)
    case .cases(let choices): cases(choices)
    case .boxed(let inner): "<mrow class=\"boxed\">\(element(inner))</mrow>"
    }
  }

  private static func escaped(_ text: String) -> String { xmlEscaped(visible(text)) }

  /// Letters one by one, so that each is in italics: dV.
  private static func identifier(_ name: String) -> String {
    // The bold script L is much heavier than what stands around it.
    var scalars = visible(name).unicodeScalars.map { $0 == "𝓛" ? "ℒ" : $0 }
    let marks = primes(&scalars)
    let letters = scalars.filter { $0.properties.isAlphabetic && $0.isASCII }
    let body: String
    if letters.count > 2 {
      body = "<mi class=\"word\">\(xmlEscaped(String(String.UnicodeScalarView(scalars))))</mi>"
    } else {
      // A character with its combining marks is one.
      let parts = String(String.UnicodeScalarView(scalars)).map {
        $0.isNumber ? "<mn>\(xmlEscaped(String($0)))</mn>" : "<mi>\(xmlEscaped(String($0)))</mi>"
      }
      body = parts.count == 1 ? parts[0] : "<mrow>\(parts.joined())</mrow>"
    }
    return marks.isEmpty ? body : "<msup>\(body)<mo lspace=\"0\" rspace=\"0\">\(marks)</mo></msup>"
  }

  private static func word(_ word: String) -> String {
    var scalars = visible(word).unicodeScalars.map { $0 }
    let marks = primes(&scalars)
    let text = xmlEscaped(String(String.UnicodeScalarView(scalars)))
    let body = scalars.count == 1 ? "<mi>\(text)</mi>" : "<mi mathvariant=\"normal\">\(text)</mi>"
    return marks.isEmpty ? body : "<msup>\(body)<mo lspace=\"0\" rspace=\"0\">\(marks)</mo></msup>"
  }

  /// Takes the primes from the end.
  private static func primes(_ scalars: inout [Unicode.Scalar]) -> String {
    var marks = ""
    while let last = scalars.last, last == "′" || last == "″" {
      marks.unicodeScalars.append(last)
      scalars.removeLast()
    }
    return marks
  }

  private static func operation(_ sign: String, _ spacing: Formula.Spacing?) -> String {
    if sign == Formula.invisibleTimes { return "<mo>\(sign)</mo>" }
    if sign == "d" { return "<mi mathvariant=\"normal\">d</mi>" }
    let form =
      switch spacing {
      case .prefix: " form=\"prefix\""
      case .postfix: " form=\"postfix\""
      case .between: " form=\"infix\""
      case .after, nil: ""
      }
    return "<mo\(form)>\(escaped(sign == "-" ? "−" : sign))</mo>"
  }

  private static func row(_ items: [Formula]) -> String {
    var parts: [String] = []
    for (index, item) in items.enumerated() {
      let spacing = Formula.spacing(in: items, at: index)
      if Formula.hasThinSpace(in: items, before: index) {
        parts.append("<mspace width=\"0.17em\"/>")
      }
      if case .sign(let sign) = item {
        parts.append(operation(sign, spacing))
      } else {
        parts.append(element(item))
      }
    }
    return "<mrow>\(parts.joined())</mrow>"
  }

  private static func grouped(_ brackets: Formula.Brackets, _ inner: Formula) -> String {
    fenced(element(inner), brackets.signs.left, brackets.signs.right, isTall: inner.isTall)
  }

  /// Brackets that could grow have space around them in some fonts: they grow only where needed.
  private static func fenced(
    _ body: String, _ left: String, _ right: String, isTall: Bool
  ) -> String {
    "<mrow><mo form=\"prefix\" fence=\"true\" stretchy=\"\(isTall)\">\(left)</mo>\(body)"
      + "<mo form=\"postfix\" fence=\"true\" stretchy=\"\(isTall)\">\(right)</mo></mrow>"
  }

  private static func base(_ formula: Formula) -> String {
    formula.needsBracketsAsBase ? grouped(.round, formula) : element(formula)
  }

  private static func indexable(_ formula: Formula) -> String {
    formula.needsBracketsBeforeIndex ? grouped(.round, formula) : element(formula)
  }

  /// What stands above, together with what stands below: W₁ᵀ.
  private static func scripted(_ formula: Formula, _ above: String) -> String {
    if case .indexed(let base, let index) = formula.spread {
      return "<msubsup>\(indexable(base))\(element(index.tight))\(above)</msubsup>"
    }
    return "<msup>\(base(formula))\(above)</msup>"
  }

  private static func overline(_ inner: Formula) -> String {
    switch Formula.adjoint(of: inner) {
    case .overline(let plain):
      return "<mover>\(element(plain))<mo stretchy=\"true\">‾</mo></mover>"
    case let spread: return element(spread)
    }
  }

  private static func sum(_ from: Formula, _ to: Formula?, _ body: Formula) -> String {
    let sign = "<mo movablelimits=\"true\">∑</mo>"
    let limits =
      if let to {
        "<munderover>\(sign)\(element(from))\(element(to))</munderover>"
      } else {
        "<munder>\(sign)\(element(from))</munder>"
      }
    let inner = body.needsBracketsInSum ? grouped(.round, body) : element(body)
    return "<mrow>\(limits)\(inner)</mrow>"
  }

  private static func matrix(_ rows: [[Formula]]) -> String {
    let isNumeric = rows.allSatisfy {
      $0.allSatisfy { if case .number = $0 { true } else { false } }
    }
    let body = rows.map { row in
      "<mtr>" + row.map { "<mtd>\(element($0))</mtd>" }.joined() + "</mtr>"
    }
    return fenced(
      "<mtable class=\"\(isNumeric ? "numbers" : "matrix")\">\(body.joined())</mtable>", "[", "]",
      isTall: true)
  }

  private static func cases(_ choices: [Formula.Choice]) -> String {
    let rows = choices.map { choice in
      let condition = choice.conditionParts.map { part in
        part.isMath
          ? atoms(part.text)
          : "<mtext>\(escaped(part.text).replacing(" ", with: "&#160;"))</mtext>"
      }
      return "<mtr><mtd>\(element(choice.value))</mtd>"
        + "<mtd><mrow>\(condition.joined())</mrow></mtd></mtr>"
    }
    return "<mrow><mo form=\"prefix\" fence=\"true\" stretchy=\"true\">{</mo>"
      + "<mtable class=\"cases\">\(rows.joined())</mtable></mrow>"
  }

  /// The characters of a condition's piece: letters, numbers and signs.
  private static func atoms(_ text: String) -> String {
    var result = ""
    var digits = ""
    func flush() {
      if !digits.isEmpty { result += "<mn>\(digits)</mn>" }
      digits = ""
    }
    for character in visible(text) {
      if ("0"..."9").contains(character) || (character == "." && !digits.isEmpty) {
        digits.append(character)
        continue
      }
      flush()
      let escaped = xmlEscaped(String(character))
      result += character.isLetter ? "<mi>\(escaped)</mi>" : "<mo>\(escaped)</mo>"
    }
    flush()
    return result
  }
}
