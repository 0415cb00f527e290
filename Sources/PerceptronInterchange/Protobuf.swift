/// A message of a protocol buffer: fields, each a number and a value. What a message does not know is
/// skipped when it is read.
///
/// Source: https://protobuf.dev/programming-guides/encoding/
protocol ProtobufMessage {
  init()
  /// Takes a field that was read.
  mutating func take(_ field: Int, _ value: ProtobufValue)
  /// Writes every field that is there, in the order of their numbers.
  func write(to writer: inout ProtobufWriter)
}

extension ProtobufMessage {
  /// Reads bytes that `ProtobufScan` has found well formed; of others what comes before the fault.
  init(protobuf bytes: ArraySlice<UInt8>) {
    self.init()
    var reader = ProtobufReader(bytes: bytes)
    while let (field, value) = reader.next() { take(field, value) }
  }

  /// The message as bytes.
  var protobuf: [UInt8] {
    var writer = ProtobufWriter()
    write(to: &writer)
    return writer.bytes
  }
}

/// The value of a field as it stands in the bytes.
enum ProtobufValue {
  case varint(UInt64)
  case fixed64(UInt64)
  case fixed32(UInt32)
  /// Texts, messages, numbers one behind the other.
  case bytes(ArraySlice<UInt8>)

  var int: Int64 { if case .varint(let value) = self { Int64(bitPattern: value) } else { 0 } }
  var float: Float { if case .fixed32(let bits) = self { Float(bitPattern: bits) } else { 0 } }
  var double: Double { if case .fixed64(let bits) = self { Double(bitPattern: bits) } else { 0 } }
  var bytes: ArraySlice<UInt8> { if case .bytes(let bytes) = self { bytes } else { [] } }
  var text: String { String(decoding: bytes, as: UTF8.self) }

  /// Whole numbers, several in one field or one.
  var ints: [Int64] {
    guard case .bytes(let bytes) = self else { return [int] }
    var reader = ProtobufReader(bytes: bytes)
    var result: [Int64] = []
    while let value = reader.varint() { result.append(Int64(bitPattern: value)) }
    return result
  }

  /// Floats, several in one field or one.
  var floats: [Float] {
    guard case .bytes(let bytes) = self else { return [float] }
    return bytes.numbers(UInt32.self).map { Float(bitPattern: $0) }
  }

  /// Doubles, several in one field or one.
  var doubles: [Double] {
    guard case .bytes(let bytes) = self else { return [double] }
    return bytes.numbers(UInt64.self).map { Double(bitPattern: $0) }
  }
}

extension ArraySlice<UInt8> {
  /// Little-endian numbers, one behind the other.
  func numbers<Number: FixedWidthInteger>(_: Number.Type) -> [Number] {
    withUnsafeBytes { bytes in
      let size = MemoryLayout<Number>.size
      return (0..<bytes.count / size).map { k in
        Number(littleEndian: bytes.loadUnaligned(fromByteOffset: size * k, as: Number.self))
      }
    }
  }
}

/// Reads the fields of a message one by one.
struct ProtobufReader {
  private let bytes: ArraySlice<UInt8>
  private var place: Int

  init(bytes: ArraySlice<UInt8>) {
    self.bytes = bytes
    place = bytes.startIndex
  }

  /// The next field; nil at the end, and where there is none.
  mutating func next() -> (field: Int, value: ProtobufValue)? {
    guard let key = varint(), key >> 3 < 1 << 29 else { return nil }
    let field = Int(key >> 3)
    switch key & 7 {
    case 0: return varint().map { (field, .varint($0)) }
    case 1: return take(8).map { (field, .fixed64($0.numbers(UInt64.self)[0])) }
    case 5: return take(4).map { (field, .fixed32($0.numbers(UInt32.self)[0])) }
    case 2:
      guard let length = varint(), length <= UInt64(bytes.endIndex - place) else { return nil }
      return take(Int(length)).map { (field, .bytes($0)) }
    default: return nil
    }
  }

  /// A whole number of up to ten bytes, seven bits in each.
  mutating func varint() -> UInt64? {
    var value: UInt64 = 0
    var shift: UInt64 = 0
    while place < bytes.endIndex, shift < 70 {
      let byte = bytes[place]
      place += 1
      value |= UInt64(byte & 0x7F) &<< shift
      if byte < 0x80 { return value }
      shift += 7
    }
    return nil
  }

  private mutating func take(_ count: Int) -> ArraySlice<UInt8>? {
    guard count <= bytes.endIndex - place else { return nil }
    defer { place += count }
    return bytes[place..<place + count]
  }
}

/// Writes fields one behind the other.
struct ProtobufWriter {
  private(set) var bytes: [UInt8] = []

  private mutating func varint(_ value: UInt64) {
    var rest = value
    while rest > 0x7F {
      bytes.append(UInt8(rest & 0x7F) | 0x80)
      rest >>= 7
    }
    bytes.append(UInt8(rest))
  }

  private mutating func key(_ field: Int, _ kind: UInt64) { varint(UInt64(field) << 3 | kind) }

  private mutating func fixed(_ value: some FixedWidthInteger) {
    withUnsafeBytes(of: value.littleEndian) { bytes.append(contentsOf: $0) }
  }

  mutating func int(_ field: Int, _ value: Int64) {
    key(field, 0)
    varint(UInt64(bitPattern: value))
  }

  mutating func float(_ field: Int, _ value: Float) {
    key(field, 5)
    fixed(value.bitPattern)
  }

  mutating func double(_ field: Int, _ value: Double) {
    key(field, 1)
    fixed(value.bitPattern)
  }

  mutating func data(_ field: Int, _ value: some Collection<UInt8>) {
    key(field, 2)
    varint(UInt64(value.count))
    bytes.append(contentsOf: value)
  }

  mutating func text(_ field: Int, _ value: String) {
    if !value.isEmpty { data(field, value.utf8) }
  }

  mutating func message(_ field: Int, _ value: some ProtobufMessage) {
    data(field, value.protobuf)
  }

  mutating func floats(_ field: Int, _ values: [Float]) {
    guard !values.isEmpty else { return }
    var packed = ProtobufWriter()
    for value in values { packed.fixed(value.bitPattern) }
    data(field, packed.bytes)
  }

  mutating func doubles(_ field: Int, _ values: [Double]) {
    guard !values.isEmpty else { return }
    var packed = ProtobufWriter()
    for value in values { packed.fixed(value.bitPattern) }
    data(field, packed.bytes)
  }
}
