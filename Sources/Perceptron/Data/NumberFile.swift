/// A matrix of numbers as it lies in a file, row by row, to be read piece by piece.
package struct NumberFile: Sendable, Hashable {
  /// The file.
  let path: String
  /// The file, and of an archive the member, for messages.
  let name: String
  let type: NumberType
  let isBigEndian: Bool
  /// Where the first row begins.
  let offset: Int
  package let rows: Int
  package let columns: Int
  /// What the file was when it was opened: one that is written to meanwhile is found out.
  private let version: FileVersion

  /// Bytes of a row.
  var rowSize: Int { columns * type.size }

  /// Opens it and checks that all of it is there.
  ///
  /// - Throws: `PerceptronError` when the file cannot be opened or is too short.
  package init(
    _ path: String, name: String? = nil, type: NumberType, isBigEndian: Bool, offset: Int,
    rows: Int, columns: Int
  ) throws {
    self.path = path
    self.name = name ?? path
    self.type = type
    self.isBigEndian = isBigEndian
    self.offset = offset
    self.rows = rows
    self.columns = columns
    let reader = try FileReader(path)
    version = reader.version
    let (size, overflows) = rows.multipliedReportingOverflow(by: columns * type.size)
    guard !overflows, size <= reader.size - offset else {
      throw PerceptronError(
        .file,
        "\(grouped(rows)) × \(grouped(columns)) numbers of \(type.size) bytes do not fit its "
          + "\(grouped(reader.size)) bytes", file: self.name)
    }
  }

  /// The first bytes from a place in a file on, and how many there are in all behind it.
  package static func beginning(
    of path: String, at offset: Int, atMost most: Int
  ) throws -> (bytes: [UInt8], total: Int) {
    let reader = try FileReader(path)
    return (try reader.bytes(at: offset, atMost: most), reader.size - offset)
  }

  /// - Throws: `PerceptronError` when it has been written to since.
  func open() throws -> FileReader {
    let reader = try FileReader(path)
    guard reader.version == version else {
      throw PerceptronError(
        .file, "it has been written to since it was opened; begin again when nobody writes to it",
        file: path)
    }
    return reader
  }

  /// The numbers of a row of a piece.
  @inline(__always)
  func decode(_ bytes: UnsafeRawBufferPointer, row: Int, into numbers: inout [Double]) {
    let part = UnsafeRawBufferPointer(rebasing: bytes[row * rowSize..<(row + 1) * rowSize])
    numbers.withUnsafeMutableBufferPointer {
      type.decode(part, isBigEndian: isBigEndian, into: $0)
    }
  }

  /// What is said of a number that a network cannot take.
  func noFiniteNumber<Element: Scalar>(
    _ number: Double, row: Int, column: String, in: Element.Type
  ) -> PerceptronError {
    PerceptronError(
      .dataset,
      "row \(grouped(row + 1)), column \(quoted(column)): \(number) is not a finite number in "
        + "\(Element.precision.rawValue)", file: name)
  }

  /// About a megabyte.
  private static var pieceSize: Int { 1 << 20 }

  /// Hands out the rows of a range in pieces of about a megabyte.
  ///
  /// - Parameter body: takes the rows of a piece and their bytes.
  func forEachPiece(
    of part: Range<Int>, _ body: (Range<Int>, UnsafeRawBufferPointer) throws -> Void
  ) throws {
    let reader = try open()
    let most = max(Self.pieceSize / max(rowSize, 1), 1)
    let buffer = UnsafeMutableRawBufferPointer.allocate(
      byteCount: min(most, part.count) * rowSize, alignment: 16)
    defer { buffer.deallocate() }
    var first = part.lowerBound
    while first < part.upperBound {
      let piece = first..<min(first + most, part.upperBound)
      let bytes = UnsafeMutableRawBufferPointer(rebasing: buffer[..<(piece.count * rowSize)])
      try reader.read(at: offset + first * rowSize, into: bytes)
      try body(piece, UnsafeRawBufferPointer(bytes))
      first = piece.upperBound
    }
  }

  /// Hands out some rows, in ascending order, one by one: its place among them and its bytes.
  func forEach(
    _ wanted: [Int], _ body: (Int, UnsafeRawBufferPointer) throws -> Void
  ) throws {
    guard let first = wanted.first, let last = wanted.last else { return }
    var place = 0
    try forEachPiece(of: first..<last + 1) { piece, bytes in
      while place < wanted.count, wanted[place] < piece.upperBound {
        let start = (wanted[place] - piece.lowerBound) * rowSize
        try body(place, UnsafeRawBufferPointer(rebasing: bytes[start..<start + rowSize]))
        place += 1
      }
    }
  }
}
