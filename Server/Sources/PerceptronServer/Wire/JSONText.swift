/// A string in JSON, still as it stands between its quotes.
struct JSONText {
  let bytes: UnsafeBufferPointer<UInt8>
  let hasEscapes: Bool

  /// Whether it says `word`, which is plain ASCII.
  @inline(__always)
  static func == (text: JSONText, word: StaticString) -> Bool {
    if text.hasEscapes { return text.equalsUnescaped(word) }
    guard text.bytes.count == word.utf8CodeUnitCount else { return false }
    for k in 0..<text.bytes.count where text.bytes[k] != word.utf8Start[k] { return false }
    return true
  }

  @inline(never)
  private func equalsUnescaped(_ word: StaticString) -> Bool {
    (try? string) == "\(word)"
  }

  /// What it says.
  ///
  /// - Throws: `Refusal` for malformed UTF-8 and for escapes that are none.
  var string: String {
    get throws(Refusal) {
      if !hasEscapes {
        if let string = String(validating: bytes, as: UTF8.self) { return string }
        throw .invalid("not JSON: a string is not valid UTF-8")
      }
      var unescaped: [UInt8] = []
      unescaped.reserveCapacity(bytes.count)
      var position = 0
      while position < bytes.count {
        if bytes[position] == UInt8(ascii: "\\") {
          unescaped += String(try escape(&position)).utf8
        } else {
          unescaped.append(bytes[position])
          position += 1
        }
      }
      if let string = String(validating: unescaped, as: UTF8.self) { return string }
      throw .invalid("not JSON: a string is not valid UTF-8")
    }
  }

  /// Reads one escape, or two that make a surrogate pair.
  private func escape(_ position: inout Int) throws(Refusal) -> Unicode.Scalar {
    let letter = position + 1 < bytes.count ? bytes[position + 1] : 0
    position += 2
    switch letter {
    case UInt8(ascii: "\""): return "\""
    case UInt8(ascii: "\\"): return "\\"
    case UInt8(ascii: "/"): return "/"
    case UInt8(ascii: "b"): return "\u{8}"
    case UInt8(ascii: "f"): return "\u{C}"
    case UInt8(ascii: "n"): return "\n"
    case UInt8(ascii: "r"): return "\r"
    case UInt8(ascii: "t"): return "\t"
    case UInt8(ascii: "u"):
      let first = try codeUnit(&position)
      if let scalar = Unicode.Scalar(first) { return scalar }
      if UTF16.isLeadSurrogate(first), position + 1 < bytes.count,
        bytes[position] == UInt8(ascii: "\\"), bytes[position + 1] == UInt8(ascii: "u")
      {
        position += 2
        let second = try codeUnit(&position)
        if UTF16.isTrailSurrogate(second) {
          return UTF16.decode(UTF16.EncodedScalar([first, second]))
        }
      }
      throw .invalid("not JSON: an escaped surrogate without its other half")
    default: throw .invalid("not JSON: an unknown escape in a string")
    }
  }

  private func codeUnit(_ position: inout Int) throws(Refusal) -> UInt16 {
    var unit: UInt16 = 0
    for _ in 0..<4 {
      guard position < bytes.count,
        let digit = Character(Unicode.Scalar(bytes[position])).hexDigitValue
      else { throw .invalid("not JSON: \\u needs four hexadecimal digits") }
      unit = unit << 4 | UInt16(digit)
      position += 1
    }
    return unit
  }
}
