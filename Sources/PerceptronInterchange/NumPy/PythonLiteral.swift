/// Reads the few Python literals that the header of an array is made of: one dictionary from texts to
/// texts, truth values, tuples of integers, and, only to be told apart, lists.
struct PythonLiteral {
  /// The value of a key.
  enum Value: Hashable {
    case text(String)
    case truth(Bool)
    case tuple([Int])
    /// A list: the fields of a structured dtype.
    case structure
  }

  private let bytes: UnsafeBufferPointer<UInt8>
  private let isUTF8: Bool
  private var position = 0

  init(_ bytes: UnsafeBufferPointer<UInt8>, isUTF8: Bool) {
    self.bytes = bytes
    self.isUTF8 = isUTF8
  }

  /// The dictionary; nothing but spaces may follow it.
  mutating func dictionary() throws -> [(key: String, value: Value)] {
    guard take(UInt8(ascii: "{")) else {
      throw NumPyMalformation("its header is not a dictionary")
    }
    var members: [(key: String, value: Value)] = []
    while !take(UInt8(ascii: "}")) {
      guard members.isEmpty || take(UInt8(ascii: ",")) else { throw unexpected() }
      if take(UInt8(ascii: "}")) { break }
      let key = try text()
      guard take(UInt8(ascii: ":")) else { throw unexpected() }
      let value = try value()
      members.append((key, value))
      // Only the end of the structure is unknown, and it is refused whatever follows.
      if value == .structure { return members }
    }
    skipSpaces()
    guard position == bytes.count else { throw unexpected() }
    return members
  }

  private mutating func value() throws -> Value {
    skipSpaces()
    switch peek {
    case UInt8(ascii: "'"), UInt8(ascii: "\""): return .text(try text())
    case UInt8(ascii: "["): return .structure
    case UInt8(ascii: "("): return .tuple(try tuple())
    default:
      if takeWord("True") { return .truth(true) }
      if takeWord("False") { return .truth(false) }
      throw unexpected()
    }
  }

  /// A text in single or double quotes, without escapes.
  private mutating func text() throws -> String {
    skipSpaces()
    guard let quote = peek, quote == UInt8(ascii: "'") || quote == UInt8(ascii: "\"") else {
      throw unexpected()
    }
    position += 1
    let start = position
    while let byte = peek, byte != quote, byte != UInt8(ascii: "\\"), byte != 0x0A {
      position += 1
    }
    guard peek == quote else { throw unexpected() }
    defer { position += 1 }
    let content = bytes[start..<position]
    if !isUTF8 { return String(String.UnicodeScalarView(content.map { Unicode.Scalar($0) })) }
    guard let text = String(validating: content, as: UTF8.self) else {
      throw NumPyMalformation("its header is not UTF-8")
    }
    return text
  }

  /// `()`, `(3,)`, `(3, 4)`; integers of Python 2 may end in L.
  private mutating func tuple() throws -> [Int] {
    position += 1
    var numbers: [Int] = []
    var hasComma = false
    while !take(UInt8(ascii: ")")) {
      guard numbers.isEmpty || hasComma else { throw unexpected() }
      guard numbers.count <= NumPyHeader.mostDimensions else {
        throw NumPyMalformation("it has more than \(NumPyHeader.mostDimensions) dimensions")
      }
      numbers.append(try integer())
      hasComma = take(UInt8(ascii: ","))
    }
    // (3) is a number, no tuple.
    guard numbers.count != 1 || hasComma else {
      throw NumPyMalformation("its shape is not a tuple of integers")
    }
    return numbers
  }

  private mutating func integer() throws -> Int {
    skipSpaces()
    let isNegative = take(UInt8(ascii: "-"))
    let start = position
    var number = 0
    while let byte = peek, (0x30...0x39).contains(byte) {
      let (product, overflow) = number.multipliedReportingOverflow(by: 10)
      let (sum, carry) = product.addingReportingOverflow(Int(byte) - 0x30)
      guard !overflow, !carry else {
        throw NumPyMalformation("its shape has a dimension that no file can hold")
      }
      number = sum
      position += 1
    }
    guard position > start else {
      throw NumPyMalformation("its shape is not a tuple of integers")
    }
    if peek == UInt8(ascii: "L") { position += 1 }
    return isNegative ? -number : number
  }

  private var peek: UInt8? { position < bytes.count ? bytes[position] : nil }

  private mutating func skipSpaces() {
    while let byte = peek, byte == 0x20 || (0x09...0x0D).contains(byte) { position += 1 }
  }

  private mutating func take(_ byte: UInt8) -> Bool {
    skipSpaces()
    guard peek == byte else { return false }
    position += 1
    return true
  }

  private mutating func takeWord(_ word: String) -> Bool {
    guard bytes[position...].starts(with: word.utf8) else { return false }
    position += word.utf8.count
    return true
  }

  private func unexpected() -> NumPyMalformation {
    NumPyMalformation(
      "its header is not a dictionary of literals: "
        + (peek.map { "\(shown(String(Unicode.Scalar($0)))) at byte \(position)" } ?? "it ends")
        + " is not expected")
  }
}
