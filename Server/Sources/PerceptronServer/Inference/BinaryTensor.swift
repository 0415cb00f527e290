/// Reads the elements of a tensor from binary data: little-endian, texts with their length before
/// them.
struct BinaryTensor {
  private let bytes: UnsafeRawBufferPointer
  private let datatype: Datatype
  private var position = 0

  init(_ bytes: UnsafeRawBufferPointer, _ datatype: Datatype) {
    self.bytes = bytes
    self.datatype = datatype
  }

  /// Whether so many elements are there; of texts only whether they can be.
  func fits(_ count: Int) -> Bool {
    guard let size = datatype.size else { return bytes.count / 4 >= count }
    return bytes.count % size == 0 && bytes.count / size == count
  }

  var isAtEnd: Bool { position == bytes.count }

  /// The next number; to be called as often as it `fits`.
  mutating func nextNumber() -> Double {
    switch datatype {
    case .BOOL: next(UInt8.self) == 0 ? 0 : 1
    case .UINT8: Double(next(UInt8.self))
    case .UINT16: Double(next(UInt16.self))
    case .UINT32: Double(next(UInt32.self))
    case .UINT64: Double(next(UInt64.self))
    case .INT8: Double(next(Int8.self))
    case .INT16: Double(next(Int16.self))
    case .INT32: Double(next(Int32.self))
    case .INT64: Double(next(Int64.self))
    case .FP16: Self.half(next(UInt16.self))
    case .FP32: Double(Float(bitPattern: next(UInt32.self)))
    case .FP64: Double(bitPattern: next(UInt64.self))
    case .BYTES: .nan
    }
  }

  /// The next text.
  mutating func nextText() throws(Refusal) -> String {
    guard bytes.count - position >= 4 else {
      throw .invalid("the binary data of a text ends before its length")
    }
    let length = Int(next(UInt32.self))
    guard length <= bytes.count - position else {
      throw .invalid("the binary data of a text ends before the text does")
    }
    let content = bytes[position..<position + length]
    position += length
    guard let text = String(validating: content, as: UTF8.self) else {
      throw .invalid("a text in binary data is not valid UTF-8")
    }
    return text
  }

  private mutating func next<Number: FixedWidthInteger>(_: Number.Type) -> Number {
    let value = Number(littleEndian: bytes.loadUnaligned(fromByteOffset: position, as: Number.self))
    position += MemoryLayout<Number>.size
    return value
  }

  /// A number of 16 bits, which Swift has no type for on every machine.
  static func half(_ bits: UInt16) -> Double {
    let sign = bits & 0x8000 == 0 ? 1.0 : -1.0
    let exponent = Int(bits >> 10 & 0x1F)
    let fraction = Double(bits & 0x3FF)
    switch exponent {
    case 0: return sign * fraction * 0x1p-24
    case 0x1F: return fraction == 0 ? sign * .infinity : .nan
    default:
      return sign * Double(sign: .plus, exponent: exponent - 25, significand: 1024 + fraction)
    }
  }
}
