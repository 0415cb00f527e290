/// The letters and signs that Unicode has as superscripts and subscripts.
enum UnicodeScripts {
  private static let above = table(
    "0123456789+−-=()abcdefghijklmnoprstuvwxyzT′", "⁰¹²³⁴⁵⁶⁷⁸⁹⁺⁻⁻⁼⁽⁾ᵃᵇᶜᵈᵉᶠᵍʰⁱʲᵏˡᵐⁿᵒᵖʳˢᵗᵘᵛʷˣʸᶻᵀ′")
  private static let below = table(
    "0123456789+−-=()aehijklmnoprstuvxβγρφχ", "₀₁₂₃₄₅₆₇₈₉₊₋₋₌₍₎ₐₑₕᵢⱼₖₗₘₙₒₚᵣₛₜᵤᵥₓᵦᵧᵨᵩᵪ")
  /// Back to what they stand for.
  private static let raised = reversed(above)
  private static let lowered = reversed(below)

  /// `text` above the line, or nil if a character does not exist there.
  static func superscript(_ text: String) -> String? { mapped(text, above) }

  /// `text` below the line, or nil if a character does not exist there.
  static func `subscript`(_ text: String) -> String? { mapped(text, below) }

  /// What `scalar` is the superscript of.
  static func base(ofSuperscript scalar: Unicode.Scalar) -> Unicode.Scalar? { raised[scalar] }

  /// What `scalar` is the subscript of.
  static func base(ofSubscript scalar: Unicode.Scalar) -> Unicode.Scalar? { lowered[scalar] }

  private static func mapped(
    _ text: String, _ table: [Unicode.Scalar: Unicode.Scalar]
  ) -> String? {
    var result = ""
    for scalar in text.unicodeScalars {
      guard let image = table[scalar] else { return nil }
      result.unicodeScalars.append(image)
    }
    return result.isEmpty ? nil : result
  }

  private static func table(
    _ from: String, _ to: String
  ) -> [Unicode.Scalar: Unicode.Scalar] {
    Dictionary(uniqueKeysWithValues: zip(from.unicodeScalars, to.unicodeScalars))
  }

  private static func reversed(
    _ table: [Unicode.Scalar: Unicode.Scalar]
  ) -> [Unicode.Scalar: Unicode.Scalar] {
    var result: [Unicode.Scalar: Unicode.Scalar] = [:]
    for (base, image) in table where base != "-" && base != image { result[image] = base }
    return result
  }
}
