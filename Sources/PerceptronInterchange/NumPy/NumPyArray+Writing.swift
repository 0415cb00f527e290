public import Perceptron

extension NumPyArray {
  /// The bytes of an `.npy` file, version 1, as `numpy.save` lays it out: entries begin at a multiple of
  /// 64 bytes.
  ///
  /// - Parameters:
  ///   - values: in C order; stops the program when they are not as many as the shape has entries.
  ///   - shape: the sizes, the slowest first.
  @specialized(where Element == Float)
  @specialized(where Element == Double)
  public static func encode<Element: Scalar>(_ values: [Element], shape: [Int]) -> [UInt8] {
    guard shape.allSatisfy({ $0 >= 0 }), shape.reduce(1, *) == values.count else {
      fatalError("\(values.count) values for an array of shape \(shape)")
    }
    var bytes = header(of: Element.self, shape: shape)
    bytes.reserveCapacity(bytes.count + values.count * MemoryLayout<Element>.size)
    // Numbers are little-endian in the file, as they are wherever this runs.
    values.withUnsafeBytes { bytes.append(contentsOf: $0) }
    return bytes
  }

  /// What stands before the numbers in C order; of one or two dimensions always 128 bytes.
  package static func header<Element: Scalar>(of: Element.Type, shape: [Int]) -> [UInt8] {
    let sizes = shape.map(String.init).joined(separator: ", ") + (shape.count == 1 ? "," : "")
    let type = Element.precision == .float ? "<f4" : "<f8"
    var text = "{'descr': '\(type)', 'fortran_order': False, 'shape': (\(sizes)), }"
    text += String(repeating: " ", count: 63 - (10 + text.utf8.count) % 64) + "\n"
    return [0x93] + Array("NUMPY".utf8)
      + [1, 0, UInt8(text.utf8.count & 0xFF), UInt8(text.utf8.count >> 8)] + Array(text.utf8)
  }

  /// Writes a matrix to an `.npy` file, to a temporary name first.
  ///
  /// - Throws: `PerceptronError` when the file cannot be written.
  public static func write<Element: Scalar>(_ matrix: Matrix<Element>, to path: String) throws {
    try FileSystem.writeAtomically(
      encode(matrix.values, shape: [matrix.rows, matrix.columns]), to: path)
  }
}

extension NumPyArchive {
  /// The bytes of an `.npz` file with these arrays, each the bytes of an `.npy`, stored as they are.
  ///
  /// - Parameter members: in order; names without `.npy`, each once.
  /// - Throws: `PerceptronError` for an archive of 4 GB and more.
  public static func encode(_ members: [(name: String, array: [UInt8])]) throws -> [UInt8] {
    var bytes: [UInt8] = []
    var directory: [UInt8] = []
    func number(_ value: Int, _ size: Int) -> [UInt8] {
      (0..<size).map { UInt8(truncatingIfNeeded: value >> (8 * $0)) }
    }
    let total = members.reduce(22) { $0 + 100 + 2 * $1.name.utf8.count + $1.array.count }
    guard total < 1 << 32, members.count < 1 << 16 else {
      throw PerceptronError(.file, "an archive of 4 GB and more cannot be written")
    }
    bytes.reserveCapacity(total)
    for (name, array) in members {
      let file = Array("\(name).npy".utf8)
      let checksum = array.withUnsafeBufferPointer { Int(CRC32.checksum($0)) }
      // Version 2.0, UTF-8 names, stored, 1 January 1980.
      let common =
        number(20, 2) + number(0x800, 2) + number(0, 2) + number(0, 2) + number(0x21, 2)
        + number(checksum, 4) + number(array.count, 4) + number(array.count, 4)
        + number(file.count, 2) + number(0, 2)
      directory +=
        number(0x0201_4B50, 4) + number(20, 2) + common + number(0, 2 + 2 + 2 + 4)
        + number(bytes.count, 4) + file
      bytes += number(0x0403_4B50, 4) + common + file
      bytes += array
    }
    let start = bytes.count
    bytes += directory
    bytes += number(0x0605_4B50, 4) + number(0, 4) + number(members.count, 2)
    bytes += number(members.count, 2) + number(directory.count, 4) + number(start, 4) + number(0, 2)
    return bytes
  }
}
