/// Reads JSON (RFC 8259) straight from the bytes of a request, value by value, as the caller asks for
/// them: nothing is built that is not needed.
///
/// The bytes must outlive the reader. Every access is behind a comparison with the end.
struct JSONReader {
  /// Arrays and objects may stand in each other this deep.
  static let maximumDepth = 64

  let bytes: UnsafeBufferPointer<UInt8>
  var position: Int

  init(_ bytes: UnsafeBufferPointer<UInt8>, at position: Int = 0) {
    self.bytes = bytes
    self.position = position
  }

  /// The next byte that is no white space; nil at the end.
  @inline(__always)
  mutating func peek() -> UInt8? {
    while position < bytes.count {
      let byte = bytes[position]
      if byte > 0x20 { return byte }
      guard byte == 0x20 || byte == 0x0A || byte == 0x0D || byte == 0x09 else { return byte }
      position += 1
    }
    return nil
  }

  /// Steps over a character and the white space before it, if it is next.
  @inline(__always)
  mutating func skip(_ character: Unicode.Scalar) -> Bool {
    guard peek() == UInt8(ascii: character) else { return false }
    position += 1
    return true
  }

  /// Steps over a character that must be next.
  mutating func expect(_ character: Unicode.Scalar) throws(Refusal) {
    guard skip(character) else { throw unexpected("'\(character)'") }
  }

  /// Nothing but white space may follow.
  mutating func expectEnd() throws(Refusal) {
    guard peek() == nil else { throw unexpected("the end of the text") }
  }

  /// The key of an object's next member, its colon read too; nil at the object's end. To be called
  /// first with `isFirst` true, after the opening brace.
  mutating func nextKey(_ isFirst: inout Bool) throws(Refusal) -> JSONText? {
    if skip("}") {
      return nil
    }
    if !isFirst, !skip(",") { throw unexpected("',' or '}'") }
    isFirst = false
    guard peek() == UInt8(ascii: "\"") else { throw unexpected("a key in double quotes") }
    let key = try readText()
    try expect(":")
    return key
  }

  /// Whether an array has another element, which then is next. To be called first with `isFirst`
  /// true, after the opening bracket.
  mutating func nextElement(_ isFirst: inout Bool) throws(Refusal) -> Bool {
    if skip("]") { return false }
    if !isFirst, !skip(",") { throw unexpected("',' or ']'") }
    isFirst = false
    return true
  }

  /// A string; what it says is looked at when asked for.
  mutating func readText() throws(Refusal) -> JSONText {
    guard peek() == UInt8(ascii: "\"") else { throw unexpected("a string") }
    let opening = position
    position += 1
    let start = position
    var hasEscapes = false
    while position < bytes.count {
      switch bytes[position] {
      case UInt8(ascii: "\""):
        position += 1
        return JSONText(
          bytes: UnsafeBufferPointer(rebasing: bytes[start..<position - 1]), hasEscapes: hasEscapes)
      case UInt8(ascii: "\\"):
        hasEscapes = true
        position += 2
      case 0..<0x20:
        throw error("a control character in a string must be escaped", at: position)
      default: position += 1
      }
    }
    throw error("a string that is never closed", at: opening)
  }

  /// The word `true`, `false` or `null`, if it is next.
  mutating func skipWord(_ word: StaticString) -> Bool {
    guard peek() == word.utf8Start[0], position + word.utf8CodeUnitCount <= bytes.count else {
      return false
    }
    for k in 0..<word.utf8CodeUnitCount where bytes[position + k] != word.utf8Start[k] {
      return false
    }
    position += word.utf8CodeUnitCount
    return true
  }

  /// Whether a number begins with this byte.
  @inline(__always)
  static func beginsNumber(_ byte: UInt8) -> Bool {
    byte &- UInt8(ascii: "0") <= 9 || byte == UInt8(ascii: "-")
  }

  /// Steps over any value, checked as strictly as one that is read.
  mutating func skipValue(depth: Int = 0) throws(Refusal) {
    switch peek() {
    case UInt8(ascii: "\""): _ = try readText().string
    case UInt8(ascii: "{"):
      try checkDepth(depth)
      position += 1
      var isFirst = true
      while try nextKey(&isFirst) != nil { try skipValue(depth: depth + 1) }
    case UInt8(ascii: "["):
      try checkDepth(depth)
      position += 1
      var isFirst = true
      while try nextElement(&isFirst) { try skipValue(depth: depth + 1) }
    case let byte? where JSONReader.beginsNumber(byte): _ = try readNumber()
    default:
      guard skipWord("true") || skipWord("false") || skipWord("null") else {
        throw unexpected("a value")
      }
    }
  }

  /// Steps over an array without a look at its elements: they are read later, with all checks.
  ///
  /// - Returns: where the array begins.
  mutating func skipArray() throws(Refusal) -> Int {
    guard peek() == UInt8(ascii: "[") else { throw unexpected("an array") }
    let start = position
    var depth = 0
    while position < bytes.count {
      switch bytes[position] {
      case UInt8(ascii: "["): depth += 1
      case UInt8(ascii: "]"):
        depth -= 1
        if depth == 0 {
          position += 1
          return start
        }
      case UInt8(ascii: "\""):
        _ = try readText()
        continue
      default: break
      }
      position += 1
    }
    throw error("an array that is never closed", at: start)
  }

  private func checkDepth(_ depth: Int) throws(Refusal) {
    if depth >= Self.maximumDepth {
      throw error("nested deeper than \(Self.maximumDepth) levels", at: position)
    }
  }

  // MARK: Errors

  func error(_ message: String, at offset: Int) -> Refusal {
    .invalid("not JSON: byte \(offset): \(message)")
  }

  /// "expected a value, found 'x'".
  mutating func unexpected(_ expected: String) -> Refusal {
    let found =
      switch peek() {
      case nil: "the end of the text"
      case let byte? where (0x21...0x7E).contains(byte): "'\(Unicode.Scalar(byte))'"
      case let byte?: "byte \(byte)"
      }
    return error("expected \(expected), found \(found)", at: position)
  }
}
