import PerceptronDerivation

extension Formula {
  /// A formula on one line, for logs, JSON and tests: `w̄⁽¹⁾₂₁ = x₁ z̄⁽¹⁾₂`, `Σ_k x_ik w⁽¹⁾_kj`.
  var plainText: String {
    switch self {
    case .name(let text), .number(let text), .word(let text): return text
    case .sign(let text):
      return text == "·" || text == "∂" ? text : text == "," ? ", " : " \(text) "
    case .row(let parts): return Self.joined(parts).replacing("∂ ", with: "∂")
    case .group(let brackets, let x):
      let (open, close) =
        switch brackets {
        case .round: ("(", ")")
        case .square: ("[", "]")
        case .angle: ("⟨", "⟩")
        case .bars: ("|", "|")
        case .norm: ("‖", "‖")
        }
      return open + x.plainText + close
    case .fraction(let above, let below):
      return "\(above.plainAtom)/\(below.plainAtom)"
    case .power(let base, let above):
      return base.plainText + String(above.plainText.map { Self.raised[$0] ?? $0 })
    case .indexed(let base, let below):
      let text = below.plainText.filter { $0 != " " }
      return base.plainText
        + (text.allSatisfy { $0.isNumber }
          ? String(text.map { Self.lowered[$0] ?? $0 }) : "_" + text)
    case .overline(.indexed(let x, let below)):
      return Formula.indexed(.overline(x), below).plainText
    case .overline(let x): return x.plainText + "\u{0304}"
    case .transpose(let x): return x.plainText + "ᵀ"
    case .sum(let from, let to, let body):
      let range = to.map { "{\(from.plainText.filter { $0 != " " })..\($0.plainText)}" }
      return "Σ_\(range ?? from.plainText.filter { $0 != " " }) \(body.plainText)"
    case .matrix(let rows):
      return "[" + rows.map { $0.map(\.plainText).joined(separator: " ") }.joined(separator: "; ")
        + "]"
    case .cases(let choices):
      return "{"
        + choices.map { "\($0.value.plainText) if \($0.condition)" }
        .joined(separator: "; ").replacing("if otherwise", with: "otherwise") + "}"
    case .boxed(let x): return "[\(x.plainText)]"
    }
  }

  /// Parts one after the other: a space between two that are not kept apart by anything else.
  private static func joined(_ parts: [Formula]) -> String {
    var text = ""
    var isOpen = true
    for (place, part) in parts.enumerated() {
      var next = part.plainText
      if case .sign(let sign) = part {
        if text.isEmpty, sign == "−" { next = "−" }
        text += next
        isOpen = true
        continue
      }
      // relu(z)
      if case .group = part, place > 0, parts[place - 1].isWord { isOpen = true }
      text += (isOpen || text.isEmpty ? "" : " ") + next
      isOpen = part == .name("∂")
    }
    return text
  }

  private var isWord: Bool {
    switch self {
    case .word, .name: true
    default: false
    }
  }

  /// In brackets unless it is one thing.
  private var plainAtom: String {
    if case .row(let parts) = self, parts.count == 2, parts[0] == .sign("∂") { return plainText }
    if case .row(let parts) = self {
      // ∂w, or relu(z)
      var isOne = parts.first == .name("∂")
      if parts.count == 2, parts[0].isWord, case .group = parts[1] { isOne = true }
      return isOne ? plainText : "(\(plainText))"
    }
    if case .sum = self { return "(\(plainText))" }
    return plainText
  }

  private static let raised: [Character: Character] = [
    "0": "⁰", "1": "¹", "2": "²", "3": "³", "4": "⁴", "5": "⁵", "6": "⁶", "7": "⁷", "8": "⁸",
    "9": "⁹", "(": "⁽", ")": "⁾",
  ]

  private static let lowered: [Character: Character] = [
    "0": "₀", "1": "₁", "2": "₂", "3": "₃", "4": "₄", "5": "₅", "6": "₆", "7": "₇", "8": "₈",
    "9": "₉",
  ]
}
