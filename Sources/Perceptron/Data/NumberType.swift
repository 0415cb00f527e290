/// The types of numbers that files of rows have, under NumPy's names for them.
public enum NumberType: String, Sendable, Hashable, CaseIterable {
  /// One byte, 0 or 1.
  case bool = "b1"
  /// −128 … 127.
  case int8 = "i1"
  /// A signed integer of 2 bytes.
  case int16 = "i2"
  /// A signed integer of 4 bytes.
  case int32 = "i4"
  /// A signed integer of 8 bytes.
  case int64 = "i8"
  /// 0 … 255.
  case uint8 = "u1"
  /// An unsigned integer of 2 bytes.
  case uint16 = "u2"
  /// An unsigned integer of 4 bytes.
  case uint32 = "u4"
  /// An unsigned integer of 8 bytes.
  case uint64 = "u8"
  /// IEEE 754 binary16.
  case float16 = "f2"
  /// IEEE 754 binary32.
  case float32 = "f4"
  /// IEEE 754 binary64.
  case float64 = "f8"

  /// Bytes of a number.
  public var size: Int {
    switch self {
    case .bool, .int8, .uint8: 1
    case .int16, .uint16, .float16: 2
    case .int32, .uint32, .float32: 4
    case .int64, .uint64, .float64: 8
    }
  }
}

extension NumberType {
  /// The numbers in `bytes`, as many as `numbers` has room for; truth values are 0 and 1.
  func decode(
    _ bytes: UnsafeRawBufferPointer, isBigEndian: Bool,
    into numbers: UnsafeMutableBufferPointer<Double>
  ) {
    @inline(__always)
    func words<Word: FixedWidthInteger>(_: Word.Type, _ number: (Word) -> Double) {
      for place in numbers.indices {
        let word = bytes.loadUnaligned(
          fromByteOffset: place * MemoryLayout<Word>.size, as: Word.self)
        numbers[place] = number(isBigEndian ? Word(bigEndian: word) : Word(littleEndian: word))
      }
    }
    switch self {
    case .bool: words(UInt8.self) { $0 == 0 ? 0 : 1 }
    case .int8: words(Int8.self) { Double($0) }
    case .int16: words(Int16.self) { Double($0) }
    case .int32: words(Int32.self) { Double($0) }
    case .int64: words(Int64.self) { Double($0) }
    case .uint8: words(UInt8.self) { Double($0) }
    case .uint16: words(UInt16.self) { Double($0) }
    case .uint32: words(UInt32.self) { Double($0) }
    case .uint64: words(UInt64.self) { Double($0) }
    case .float16: words(UInt16.self) { Double(Safetensors.float(halfPrecision: $0)) }
    case .float32: words(UInt32.self) { Double(Float(bitPattern: $0)) }
    case .float64: words(UInt64.self) { Double(bitPattern: $0) }
    }
  }
}
