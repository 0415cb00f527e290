import NIOCore

// JSON written straight into the buffer that goes to the wire.
extension ByteBuffer {
  /// A string in quotes, what JSON cannot hold in it escaped.
  mutating func writeJSON(_ text: String) {
    writeInteger(UInt8(ascii: "\""))
    var text = text
    text.withUTF8 { bytes in
      var plain = 0
      for index in 0..<bytes.count {
        let byte = bytes[index]
        if byte >= 0x20, byte != 0x7F, byte != UInt8(ascii: "\""), byte != UInt8(ascii: "\\") {
          continue
        }
        writeBytes(UnsafeRawBufferPointer(rebasing: UnsafeRawBufferPointer(bytes)[plain..<index]))
        writeString(Self.escape(byte))
        plain = index + 1
      }
      writeBytes(UnsafeRawBufferPointer(rebasing: UnsafeRawBufferPointer(bytes)[plain...]))
    }
    writeInteger(UInt8(ascii: "\""))
  }

  /// What stands for a byte that cannot stand in a string itself.
  private static func escape(_ byte: UInt8) -> String {
    switch byte {
    case UInt8(ascii: "\""): "\\\""
    case UInt8(ascii: "\\"): "\\\\"
    case 0x09: "\\t"
    case 0x0A: "\\n"
    case 0x0D: "\\r"
    default: "\\u00\(byte < 16 ? "0" : "")\(String(byte, radix: 16))"
    }
  }

  /// The shortest literal that reads back as `value`, which must be finite.
  @inline(__always)
  mutating func writeJSON(_ value: some BinaryFloatingPoint & CustomStringConvertible) {
    writeString(value.description)
  }

  /// A whole number.
  @inline(__always)
  mutating func writeJSON(_ value: Int) {
    if 0 <= value, value < 10 {
      writeInteger(UInt8(ascii: "0") + UInt8(value))
    } else {
      writeString(value.description)
    }
  }

  /// `"key":`, with a comma before it unless it is the first.
  mutating func writeKey(_ key: String, isFirst: Bool = false) {
    if !isFirst { writeInteger(UInt8(ascii: ",")) }
    writeJSON(key)
    writeInteger(UInt8(ascii: ":"))
  }

  /// Elements in brackets, commas between them.
  mutating func writeArray<Element>(
    _ elements: some Sequence<Element>, _ write: (inout ByteBuffer, Element) -> Void
  ) {
    writeInteger(UInt8(ascii: "["))
    var isFirst = true
    for element in elements {
      if !isFirst { writeInteger(UInt8(ascii: ",")) }
      isFirst = false
      write(&self, element)
    }
    writeInteger(UInt8(ascii: "]"))
  }

  /// `{"error": …}`
  mutating func writeError(_ message: String) {
    writeString("{\"error\":")
    writeJSON(message)
    writeString("}")
  }
}
