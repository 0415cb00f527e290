/// The types of numbers an array of NumPy can have here, under NumPy's names for them.
public enum NumPyNumberType: String, Sendable, Hashable, CaseIterable {
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

/// What the entries of an array are.
enum NumPyEntry: Sendable, Hashable {
  case number(NumPyNumberType)
  /// `length` characters of UTF-32, or bytes; shorter texts end in NULs.
  case text(length: Int, isUnicode: Bool)

  var size: Int {
    switch self {
    case .number(let type): type.size
    case .text(let length, let isUnicode): isUnicode ? 4 * length : length
    }
  }

  /// The type that `descr` names, such as `<f8`, and whether its bytes come highest first.
  ///
  /// - Throws: `NumPyMalformation` that names what cannot be read.
  static func named(_ descr: String) throws -> (entry: NumPyEntry, isBigEndian: Bool) {
    var name = Substring(descr)
    var isBigEndian = false
    if let order = name.first, "<>|=".contains(order) {
      isBigEndian = order == ">"
      name.removeFirst()
    }
    if let type = NumPyNumberType(rawValue: String(name)) { return (.number(type), isBigEndian) }
    func refuse(_ what: String) -> NumPyMalformation {
      NumPyMalformation("its dtype \(shown(descr)) is \(what)")
    }
    let digits = name.dropFirst()
    let length = digits.utf8.allSatisfy({ (0x30...0x39).contains($0) }) ? Int(digits) : nil
    switch name.first {
    case "U", "S":
      guard let length, length < 1 << 32 else { throw refuse("not a dtype") }
      return (.text(length: length, isUnicode: name.first == "U"), isBigEndian)
    case "O":
      throw refuse("object: a Python pickle, which is never run; save numbers, with .astype(float)")
    case "c": throw refuse("complex numbers; only real ones can be read")
    case "V": throw refuse("structured or void; save plain numbers")
    case "M", "m": throw refuse("dates or times; save plain numbers")
    case "f": throw refuse("a float of a size that differs between machines; save float64")
    default: throw refuse("not one that can be read")
    }
  }
}
