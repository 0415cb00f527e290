import Perceptron

/// A function of the generated file, in a notation that C and Swift are made from: `R n = …;` declares a
/// number and `W n = …;` an integer of its bits, `@name(…)` calls another function of the same precision,
/// `{NAME}` is a constant, and `[+]`, `[-]`, `[<]`, `[>]` are the operations of integers that wrap around
/// and shift. Conditions are C's and Swift's common `a ? b : c`.
struct SourceFunction: Sendable {
  let name: String
  let parameters: [String]
  /// Whether it takes, or gives, bits.
  var takesWord = false
  var givesWord = false
  let body: String

  init(
    _ name: String, _ parameters: String..., takesWord: Bool = false, givesWord: Bool = false,
    body: String
  ) {
    self.name = name
    self.parameters = parameters
    self.takesWord = takesWord
    self.givesWord = givesWord
    self.body = body
  }

  /// The functions it calls.
  var calls: [String] { Self.calls(in: body) }

  static func calls(in text: String) -> [String] {
    text.split(separator: "@").dropFirst(text.hasPrefix("@") ? 0 : 1).map { piece in
      String(piece.prefix { $0.isLetter || $0.isNumber || $0 == "_" })
    }
  }

  /// What names of a precision begin with.
  static func prefix(_ precision: Precision) -> String {
    precision == .float ? "pf_" : "pd_"
  }

  /// An expression in a language.
  static func expression(
    _ text: String, _ language: SourceLanguage, _ precision: Precision
  ) -> String {
    var result = text.replacing("@", with: prefix(precision))
    let wraps = language == .swift ? "&" : ""
    for (token, operation) in [("[+]", "+"), ("[-]", "-"), ("[<]", "<<"), ("[>]", ">>")] {
      result = result.replacing(token, with: wraps + operation)
    }
    guard result.contains("{") else { return result }
    for (name, value) in SourceElementary.numbers(precision) {
      result = result.replacing("{\(name)}", with: language.literal(value, precision))
    }
    for (name, value) in SourceElementary.words(precision) {
      let literal = "0x" + String(value, radix: 16)
      let suffix = language == .swift ? "" : precision == .double ? "ull" : "u"
      result = result.replacing("{\(name)}", with: literal + suffix)
    }
    return result
  }

  /// The function in a language.
  func text(_ language: SourceLanguage, _ precision: Precision) -> String {
    let (type, word) = (language.type(precision), language.word(precision))
    let (takes, gives) = (takesWord ? word : type, givesWord ? word : type)
    let own = Self.prefix(precision) + name
    var lines = [
      language == .c
        ? "static \(gives) \(own)(\(parameters.map { "\(takes) \($0)" }.joined(separator: ", "))) {"
        : "private func \(own)(\(parameters.map { "_ \($0): \(takes)" }.joined(separator: ", ")))"
          + " -> \(gives) {"
    ]
    for line in body.split(separator: "\n") {
      var text = Self.expression(String(line), language, precision)
      for (mark, declared) in [("R ", type), ("W ", word)] where text.hasPrefix(mark) {
        let name = text.dropFirst(2).prefix { $0 != " " }
        let rest = text.dropFirst(2 + name.count)
        text =
          language == .c
          ? "const \(declared) \(name)\(rest)" : "let \(name): \(declared)\(rest)"
      }
      if language == .swift, text.hasSuffix(";") { text.removeLast() }
      lines.append("  " + text)
    }
    return (lines + ["}"]).joined(separator: "\n")
  }
}
