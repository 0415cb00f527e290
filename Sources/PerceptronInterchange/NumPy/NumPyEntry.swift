public import Perceptron

/// The types of numbers an array of NumPy can have here.
public typealias NumPyNumberType = NumberType

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
