extension JSON {
  /// Arrays and objects may stand in each other this deep.
  package static let maximumDepth = 64

  /// Reads one JSON text, strictly by RFC 8259: UTF-8 without a byte-order mark, one value,
  /// nothing but white space after it. Refused as well: a key that an object has twice (compared
  /// after unescaping), and nesting deeper than `maximumDepth`. Takes time linear in the text.
  ///
  /// - Throws: `SyntaxError` with the byte, counted from 0, where the text stops being JSON.
  package static func parse(_ bytes: some Collection<UInt8>) throws(SyntaxError) -> JSON {
    let result =
      bytes.withContiguousStorageIfAvailable(JSONParser.parse)
      ?? Array(bytes).withUnsafeBufferPointer(JSONParser.parse)
    return try result.get()
  }
}

private let quote = UInt8(ascii: "\"")
private let backslash = UInt8(ascii: "\\")

/// Lets a `switch` over bytes name characters.
private func ~= (character: Unicode.Scalar, byte: UInt8?) -> Bool {
  byte == UInt8(ascii: character)
}

/// Lets a `switch` over bytes name ranges of characters.
private func ~= (range: ClosedRange<Unicode.Scalar>, byte: UInt8?) -> Bool {
  byte.map { range.contains(Unicode.Scalar($0)) } ?? false
}

/// Recursive descent over the bytes of a text. Every access is behind a comparison with the end.
private struct JSONParser {
  private let bytes: UnsafeBufferPointer<UInt8>
  private var position = 0
  private var depth = 0

  static func parse(_ bytes: UnsafeBufferPointer<UInt8>) -> Result<JSON, JSON.SyntaxError> {
    var parser = JSONParser(bytes: bytes)
    return Result { () throws(JSON.SyntaxError) in try parser.text() }
  }

  private init(bytes: UnsafeBufferPointer<UInt8>) {
    self.bytes = bytes
  }

  private mutating func text() throws(JSON.SyntaxError) -> JSON {
    skipSpace()
    let value = try value()
    skipSpace()
    guard position == bytes.count else { throw unexpected("the end of the text") }
    return value
  }

  private mutating func value() throws(JSON.SyntaxError) -> JSON {
    switch peek {
    case "{": return try object()
    case "[": return try array()
    case "\"": return .string(try string())
    case "-", "0"..."9": return try number()
    case "t": return try word("true", .bool(true))
    case "f": return try word("false", .bool(false))
    case "n": return try word("null", .null)
    default: throw unexpected("a value")
    }
  }

  // MARK: Structure

  private mutating func object() throws(JSON.SyntaxError) -> JSON {
    var members: [JSON.Member] = []
    var keys: Set<ExactText> = []
    try open()
    if skip("}") { return close(.object(members)) }
    repeat {
      skipSpace()
      let keyPosition = position
      guard peek == quote else { throw unexpected("a key in double quotes") }
      let key = try string()
      guard keys.insert(ExactText(key)).inserted else {
        throw error("the key \(quoted(key)) appears twice", at: keyPosition)
      }
      skipSpace()
      guard skip(":") else { throw unexpected("':'") }
      skipSpace()
      members.append(JSON.Member(key, try value()))
      skipSpace()
    } while skip(",")
    guard skip("}") else { throw unexpected("',' or '}'") }
    return close(.object(members))
  }

  private mutating func array() throws(JSON.SyntaxError) -> JSON {
    var elements: [JSON] = []
    try open()
    if skip("]") { return close(.array(elements)) }
    repeat {
      skipSpace()
      elements.append(try value())
      skipSpace()
    } while skip(",")
    guard skip("]") else { throw unexpected("',' or ']'") }
    return close(.array(elements))
  }

  private mutating func open() throws(JSON.SyntaxError) {
    guard depth < JSON.maximumDepth else {
      throw error("nested deeper than \(JSON.maximumDepth) levels", at: position)
    }
    depth += 1
    position += 1
    skipSpace()
  }

  private mutating func close(_ value: JSON) -> JSON {
    depth -= 1
    return value
  }

  // MARK: Plain values

  private mutating func word(_ word: String, _ value: JSON) throws(JSON.SyntaxError) -> JSON {
    guard bytes[position...].starts(with: word.utf8) else { throw unexpected("a value") }
    position += word.utf8.count
    return value
  }

  private mutating func number() throws(JSON.SyntaxError) -> JSON {
    let start = position
    _ = skip("-")
    if skip("0") {
      if skipDigits() > 0 { throw error("a number begins with a superfluous 0", at: start) }
    } else if skipDigits() == 0 {
      throw unexpected("a digit")
    }
    if skip("."), skipDigits() == 0 { throw unexpected("a digit") }
    if skip("e") || skip("E") {
      _ = skip("+") || skip("-")
      if skipDigits() == 0 { throw unexpected("a digit") }
    }
    return .number(String(decoding: slice(start..<position), as: UTF8.self))
  }

  // MARK: Strings

  private mutating func string() throws(JSON.SyntaxError) -> String {
    let opening = position
    position += 1
    let start = position
    skipPlainText()
    if peek == quote {
      let content = start..<position
      position += 1
      return try validated(slice(content), source: content)
    }
    // Only strings with escapes need a buffer of their own.
    var unescaped = Array(slice(start..<position))
    while true {
      switch peek {
      case "\"":
        let content = start..<position
        position += 1
        return try unescaped.withUnsafeBufferPointer { text throws(JSON.SyntaxError) in
          try validated(text, source: content)
        }
      case "\\":
        unescaped += String(try escape()).utf8
      case nil:
        throw error("a string that is never closed", at: opening)
      default:
        throw error("a control character in a string must be escaped", at: position)
      }
      let start = position
      skipPlainText()
      unescaped += slice(start..<position)
    }
  }

  /// Moves to the next quote, backslash or control character, or to the end.
  private mutating func skipPlainText() {
    while position < bytes.count {
      let byte = bytes[position]
      if byte == quote || byte == backslash || byte < 0x20 { return }
      position += 1
    }
  }

  /// `text` if it is UTF-8. If not, the error points into `source`, the string as it is written.
  private func validated(
    _ text: UnsafeBufferPointer<UInt8>, source: Range<Int>
  ) throws(JSON.SyntaxError) -> String {
    if let string = String(validating: text, as: UTF8.self) { return string }
    var remaining = slice(source).makeIterator()
    var decoder = Unicode.UTF8.ForwardParser()
    var offset = source.lowerBound
    while case .valid(let scalar) = decoder.parseScalar(from: &remaining) {
      offset += scalar.count
    }
    throw error("not valid UTF-8", at: offset)
  }

  /// Reads one escape, or two that make a surrogate pair.
  private mutating func escape() throws(JSON.SyntaxError) -> Unicode.Scalar {
    let start = position
    position += 1
    let letter = peek
    position += 1
    switch letter {
    case "\"": return "\""
    case "\\": return "\\"
    case "/": return "/"
    case "b": return "\u{8}"
    case "f": return "\u{C}"
    case "n": return "\n"
    case "r": return "\r"
    case "t": return "\t"
    case "u":
      let first = try codeUnit(at: start)
      if let scalar = Unicode.Scalar(first) { return scalar }
      if UTF16.isLeadSurrogate(first), skip("\\"), skip("u") {
        let second = try codeUnit(at: start)
        if UTF16.isTrailSurrogate(second) {
          return UTF16.decode(UTF16.EncodedScalar([first, second]))
        }
      }
      throw error("an escaped surrogate without its other half", at: start)
    default: throw error("an unknown escape", at: start)
    }
  }

  /// The four hexadecimal digits of an escape that began at `start`.
  private mutating func codeUnit(at start: Int) throws(JSON.SyntaxError) -> UInt16 {
    var unit: UInt16 = 0
    for _ in 0..<4 {
      guard let digit = peek.flatMap({ Character(Unicode.Scalar($0)).hexDigitValue }) else {
        throw error("\\u needs four hexadecimal digits", at: start)
      }
      unit = unit << 4 | UInt16(digit)
      position += 1
    }
    return unit
  }

  // MARK: Bytes

  /// The next byte; nil at the end.
  private var peek: UInt8? { position < bytes.count ? bytes[position] : nil }

  private func slice(_ range: Range<Int>) -> UnsafeBufferPointer<UInt8> {
    UnsafeBufferPointer(rebasing: bytes[range])
  }

  /// Steps over the next byte if it is `character`.
  private mutating func skip(_ character: Unicode.Scalar) -> Bool {
    guard peek == UInt8(ascii: character) else { return false }
    position += 1
    return true
  }

  /// Steps over digits and says how many there were.
  private mutating func skipDigits() -> Int {
    let start = position
    while position < bytes.count, "0"..."9" ~= bytes[position] { position += 1 }
    return position - start
  }

  private mutating func skipSpace() {
    while position < bytes.count {
      switch bytes[position] {
      case 0x20, 0x0A, 0x0D, 0x09: position += 1
      default: return
      }
    }
  }

  // MARK: Errors

  private func error(_ message: String, at offset: Int) -> JSON.SyntaxError {
    JSON.SyntaxError(offset: offset, message: message)
  }

  /// "expected a value, found 'x'".
  private func unexpected(_ expected: String) -> JSON.SyntaxError {
    let found =
      switch peek {
      case nil: "the end of the text"
      case "!"..."~": "'\(Character(Unicode.Scalar(bytes[position])))'"
      default: "byte \(bytes[position])"
      }
    return error("expected \(expected), found \(found)", at: position)
  }
}
