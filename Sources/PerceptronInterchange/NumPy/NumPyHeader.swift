import Perceptron

/// What is wrong with the bytes of an array, without the file's name.
struct NumPyMalformation: Error {
  let message: String

  init(_ message: String) { self.message = message }
}

/// `text` in quotes, printable.
func shown(_ text: String) -> String { quoted(text) }

/// The beginning of an `.npy` file:
///
///     \x93NUMPY  MAJOR MINOR  length of the header: 2 bytes, from version 2 on 4  header
///
/// The header is the literal of a Python dictionary with just the keys `descr`, `fortran_order` and
/// `shape`; nothing but literals is understood, nothing is run. Format: NumPy Enhancement Proposal 1
/// and `numpy.lib.format`.
struct NumPyHeader: Sendable, Hashable {
  /// The most dimensions NumPy has.
  static let mostDimensions = 64

  let entry: NumPyEntry
  let isBigEndian: Bool
  let isFortranOrdered: Bool
  let shape: [Int]
  /// Entries.
  let count: Int
  /// Where the entries begin.
  let start: Int

  /// - Parameters:
  ///   - bytes: the file, or its beginning.
  ///   - size: bytes of the whole file; nil where all of them are given.
  init(_ bytes: UnsafeBufferPointer<UInt8>, of size: Int? = nil) throws {
    guard bytes.count > 0 else { throw NumPyMalformation("the file is empty") }
    guard bytes.count >= 8, bytes.starts(with: [0x93] + Array("NUMPY".utf8)) else {
      throw NumPyMalformation("it does not begin with \\x93NUMPY: it is no .npy file")
    }
    let version = Int(bytes[6])
    guard (1...3).contains(version), bytes[7] == 0 else {
      throw NumPyMalformation(
        "it is of format version \(version).\(bytes[7]); versions 1.0, 2.0 and 3.0 can be read")
    }
    let prefix = version == 1 ? 10 : 12
    guard bytes.count >= prefix else { throw NumPyMalformation("its header is cut short") }
    let length = (8..<prefix).reversed().reduce(0) { $0 << 8 | Int(bytes[$1]) }
    guard length <= bytes.count - prefix else {
      throw NumPyMalformation(
        "its header should have \(grouped(length)) bytes, \(grouped(bytes.count - prefix)) are there"
      )
    }
    start = prefix + length
    var parser = PythonLiteral(
      UnsafeBufferPointer(rebasing: bytes[prefix..<start]), isUTF8: version == 3)
    let members = try parser.dictionary()
    var values: [String: PythonLiteral.Value] = [:]
    for (key, value) in members {
      guard ["descr", "fortran_order", "shape"].contains(key) else {
        throw NumPyMalformation("its header has the unknown key \(shown(key))")
      }
      guard values.updateValue(value, forKey: key) == nil else {
        throw NumPyMalformation("its header has the key \(shown(key)) twice")
      }
    }
    func required(_ key: String) throws -> PythonLiteral.Value {
      guard let value = values[key] else {
        throw NumPyMalformation("its header has no \(shown(key))")
      }
      return value
    }
    switch try required("descr") {
    case .text(let name): (entry, isBigEndian) = try NumPyEntry.named(name)
    case .structure:
      throw NumPyMalformation("its dtype is structured, with named fields; save plain numbers")
    default: throw NumPyMalformation("its descr is not the name of a dtype")
    }
    guard case .truth(let isFortranOrdered) = try required("fortran_order") else {
      throw NumPyMalformation("its fortran_order is neither True nor False")
    }
    self.isFortranOrdered = isFortranOrdered
    guard case .tuple(let shape) = try required("shape") else {
      throw NumPyMalformation("its shape is not a tuple of integers")
    }
    self.shape = shape
    count = try Self.count(shape, of: entry, in: (size ?? bytes.count) - start)
  }

  /// The product of the dimensions, if so many entries are there.
  private static func count(_ shape: [Int], of entry: NumPyEntry, in bytes: Int) throws -> Int {
    guard shape.count <= mostDimensions else {
      throw NumPyMalformation("it has \(shape.count) dimensions, more than \(mostDimensions)")
    }
    if let negative = shape.first(where: { $0 < 0 }) {
      throw NumPyMalformation("its shape has the negative dimension \(negative)")
    }
    if shape.contains(0) { return 0 }
    // Texts of no characters take no bytes, however many they are.
    guard entry.size > 0 else { throw NumPyMalformation("its texts have no characters") }
    var size = entry.size
    for dimension in shape {
      let (product, overflow) = size.multipliedReportingOverflow(by: dimension)
      guard !overflow else {
        throw NumPyMalformation("its shape \(shape) has more entries than any file can hold")
      }
      size = product
    }
    guard size <= bytes else {
      throw NumPyMalformation(
        "its shape \(shape) needs \(grouped(size)) bytes of data, \(grouped(bytes)) are there")
    }
    return size / entry.size
  }
}
