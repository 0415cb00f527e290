/// A record of an event file: the length of what follows (8 bytes, little-endian), its masked
/// CRC-32C, the bytes, theirs.
package enum EventRecord {
  /// A record of bytes.
  package static func encode(_ payload: [UInt8]) -> [UInt8] {
    let length = littleEndian(UInt64(payload.count))
    return length + littleEndian(CRC32C.masked(length)) + payload
      + littleEndian(CRC32C.masked(payload))
  }

  /// A record of an event.
  static func encode(_ event: EventMessage) -> [UInt8] {
    encode(event.protobuf)
  }

  private static func littleEndian<Number: FixedWidthInteger>(_ value: Number) -> [UInt8] {
    (0..<Number.bitWidth / 8).map { UInt8(truncatingIfNeeded: value >> (8 * $0)) }
  }

  /// Where the payload of the record at `place` is; nil where there is no whole record.
  package static func payload(_ bytes: [UInt8], at place: Int) -> Range<Int>? {
    guard bytes.count - place >= 12 else { return nil }
    let header = bytes[place..<place + 8]
    let length = number(header)
    guard number(bytes[place + 8..<place + 12]) == UInt64(CRC32C.masked(header)),
      length <= UInt64(bytes.count - place - 12), bytes.count - place - 12 - Int(length) >= 4
    else { return nil }
    let content = place + 12..<place + 12 + Int(length)
    let sum = bytes[content.upperBound..<content.upperBound + 4]
    return number(sum) == UInt64(CRC32C.masked(bytes[content])) ? content : nil
  }

  private static func number(_ bytes: ArraySlice<UInt8>) -> UInt64 {
    bytes.reversed().reduce(0) { $0 << 8 | UInt64($1) }
  }
}
