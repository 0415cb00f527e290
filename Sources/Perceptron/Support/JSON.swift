/// A JSON value (RFC 8259) that keeps what the text says: members in their order, numbers as they
/// were written.
///
/// `parse(_:)` reads, `text(pretty:)` writes. Not for bulk data: that is what tensors are for.
package enum JSON: Sendable, Equatable {
  case null
  case bool(Bool)
  /// The literal as it stands in the text, such as `-1.50e3`. To make one, prefer the
  /// initialisers: they cannot write a literal that is not JSON.
  case number(String)
  case string(String)
  case array([JSON])
  case object([Member])

  /// One `"key": value` of an object.
  package struct Member: Sendable, Equatable {
    package var key: String
    package var value: JSON

    package init(_ key: String, _ value: JSON) {
      self.key = key
      self.value = value
    }
  }

  /// Where a text stops being JSON, and why.
  package struct SyntaxError: Error, Sendable, Hashable, CustomStringConvertible {
    /// The byte the message is about, counted from 0.
    package let offset: Int
    package let message: String

    /// `byte 12: …`
    package var description: String { "byte \(offset): \(message)" }
  }
}

// MARK: - Making values

extension JSON {
  package init(_ value: Bool) { self = .bool(value) }
  package init(_ value: String) { self = .string(value) }
  package init(_ value: Int) { self = .number(value.description) }
  package init(_ value: [JSON]) { self = .array(value) }

  /// The shortest literal that reads back as `value`; NaN and the infinities, which JSON has no
  /// numbers for, become the strings `nan`, `inf` and `-inf`.
  package init(_ value: Double) { self.init(number: value) }

  /// The shortest literal that reads back as `value`; see `init(_: Double)`.
  package init(_ value: Float) { self.init(number: value) }

  private init(number value: some BinaryFloatingPoint & CustomStringConvertible) {
    if value.isFinite {
      self = .number(value.description)
    } else {
      self = .string(value.isNaN ? "nan" : value < 0 ? "-inf" : "inf")
    }
  }
}

extension JSON: ExpressibleByBooleanLiteral, ExpressibleByIntegerLiteral,
  ExpressibleByFloatLiteral, ExpressibleByStringInterpolation, ExpressibleByArrayLiteral,
  ExpressibleByDictionaryLiteral
{
  package init(booleanLiteral value: Bool) { self.init(value) }
  package init(integerLiteral value: Int) { self.init(value) }
  package init(floatLiteral value: Double) { self.init(value) }
  package init(stringLiteral value: String) { self.init(value) }
  package init(arrayLiteral elements: JSON...) { self = .array(elements) }
  package init(dictionaryLiteral elements: (String, JSON)...) {
    self = .object(elements.map { Member($0, $1) })
  }
}

// MARK: - Taking values out

extension JSON {
  /// The value of an object's member; nil where there is none, or where this is no object.
  package subscript(key: String) -> JSON? {
    guard case .object(let members) = self else { return nil }
    let key = ExactText(key)
    return members.first { ExactText($0.key) == key }?.value
  }

  package var isNull: Bool { self == .null }

  package var bool: Bool? {
    guard case .bool(let value) = self else { return nil }
    return value
  }

  package var string: String? {
    guard case .string(let value) = self else { return nil }
    return value
  }

  package var array: [JSON]? {
    guard case .array(let value) = self else { return nil }
    return value
  }

  package var object: [Member]? {
    guard case .object(let value) = self else { return nil }
    return value
  }

  /// A number written without fraction and exponent that fits; `1.0` is not one.
  package var int: Int? {
    guard case .number(let literal) = self else { return nil }
    return Int(literal)
  }

  /// A number, correctly rounded, or one of the strings `nan`, `inf` and `-inf`. A literal too
  /// large for the type, such as `1e400`, is nil.
  package var double: Double? { number() }

  /// As `double`, rounded once from the text.
  package var float: Float? { number() }

  private func number<Number: BinaryFloatingPoint & LosslessStringConvertible>() -> Number? {
    switch self {
    case .number(let literal): Number(literal).flatMap { $0.isFinite ? $0 : nil }
    case .string("nan"): Number.nan
    case .string("inf"): Number.infinity
    case .string("-inf"): -Number.infinity
    default: nil
    }
  }
}

// MARK: - Writing

extension JSON {
  /// This value as JSON text.
  ///
  /// - Parameter pretty: Members and elements on lines of their own, indented by two spaces;
  ///   arrays of plain values stay on one line.
  package func text(pretty: Bool = false) -> String {
    var writer = Writer(pretty: pretty)
    writer.write(self)
    return String(decoding: writer.output, as: UTF8.self)
  }

  /// Neither an array nor an object.
  fileprivate var isPlain: Bool {
    switch self {
    case .array, .object: false
    default: true
    }
  }
}

private struct Writer {
  let pretty: Bool
  var output: [UInt8] = []
  var depth = 0

  init(pretty: Bool) {
    self.pretty = pretty
  }

  mutating func write(_ value: JSON) {
    switch value {
    case .null: output += "null".utf8
    case .bool(let value): output += (value ? "true" : "false").utf8
    case .number(let literal): output += literal.utf8
    case .string(let text): write(text)
    case .array(let elements):
      let onOneLine = elements.allSatisfy(\.isPlain)
      write(elements, between: "[", and: "]", onOneLine: onOneLine) { writer, element in
        writer.write(element)
      }
    case .object(let members):
      write(members, between: "{", and: "}", onOneLine: false) { writer, member in
        writer.write(member.key)
        writer.output += (writer.pretty ? ": " : ":").utf8
        writer.write(member.value)
      }
    }
  }

  private mutating func write<Element>(
    _ elements: [Element], between open: String, and close: String, onOneLine: Bool,
    each: (inout Writer, Element) -> Void
  ) {
    let broken = pretty && !onOneLine && !elements.isEmpty
    output += open.utf8
    depth += 1
    for (index, element) in elements.enumerated() {
      if index > 0 { output += (pretty && !broken ? ", " : ",").utf8 }
      if broken { breakLine() }
      each(&self, element)
    }
    depth -= 1
    if broken { breakLine() }
    output += close.utf8
  }

  private mutating func breakLine() {
    output.append(UInt8(ascii: "\n"))
    output.append(contentsOf: repeatElement(UInt8(ascii: " "), count: 2 * depth))
  }

  private mutating func write(_ text: String) {
    output.append(UInt8(ascii: "\""))
    var text = text
    text.withUTF8 { bytes in
      var plain = 0
      for index in 0..<bytes.count {
        let byte = bytes[index]
        // U+0080 … U+009F are control characters of two bytes, the first of them C2.
        let isLateControl =
          byte == 0xC2 && index + 1 < bytes.count && (0x80...0x9F).contains(bytes[index + 1])
        if byte >= 0x20, byte != 0x7F, byte != UInt8(ascii: "\""), byte != UInt8(ascii: "\\"),
          !isLateControl
        {
          continue
        }
        output += UnsafeBufferPointer(rebasing: bytes[plain..<index])
        output += Self.escape(isLateControl ? bytes[index + 1] : byte).utf8
        plain = index + (isLateControl ? 2 : 1)
      }
      output += UnsafeBufferPointer(rebasing: bytes[plain...])
    }
    output.append(UInt8(ascii: "\""))
  }

  /// What stands for a byte that cannot stand in a string itself.
  private static func escape(_ byte: UInt8) -> String {
    switch byte {
    case UInt8(ascii: "\""): "\\\""
    case UInt8(ascii: "\\"): "\\\\"
    case 0x08: "\\b"
    case 0x09: "\\t"
    case 0x0A: "\\n"
    case 0x0C: "\\f"
    case 0x0D: "\\r"
    default: "\\u00\(byte < 16 ? "0" : "")\(String(byte, radix: 16))"
    }
  }
}
