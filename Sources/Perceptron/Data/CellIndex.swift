/// Where the cells of a table are in the bytes of its file: four bytes a cell and four a row.
///
/// Only the starts are kept. A cell ends where the next one starts, less what stands between them:
/// blanks and one separator, or blanks and line ends after the last cell of a row.
struct CellIndex: Sendable {
  /// The number of cells of every row.
  private(set) var width = 0
  /// The line each row starts on, counted from 1.
  private(set) var lines: [UInt32] = []
  private let separator: UInt8
  /// The offset of each cell's first byte, row by row, and of the end of the file.
  private var starts: [UInt32] = []

  /// Finds the cells of `bytes` from `start` on.
  ///
  /// - Throws: if a cell is malformed or a row is not as wide as the first.
  init(
    _ bytes: UnsafeBufferPointer<UInt8>, from start: Int, separator: UInt8
  ) throws(CellReader.Malformation) {
    self.separator = separator
    var reader = CellReader(bytes, from: start, separator: separator)
    while reader.findRow() {
      let line = reader.line
      let first = starts.count
      var isLast = false
      while !isLast {
        let cell = try reader.readCell()
        starts.append(UInt32(truncatingIfNeeded: cell.start))
        isLast = cell.isLast
      }
      let cells = starts.count - first
      if lines.isEmpty {
        width = cells
      } else if cells != width {
        throw CellReader.Malformation(
          line: line,
          message: "has \(cells) \(cells == 1 ? "cell" : "cells") where \(width) "
            + (width == 1 ? "is expected" : "are expected"))
      }
      lines.append(UInt32(truncatingIfNeeded: line))
    }
    starts.append(UInt32(truncatingIfNeeded: bytes.count))
  }

  /// The cell as it stands in the file, quotes included, spaces around it left out.
  @inline(__always)
  func cell(
    row: Int, column: Int, in bytes: UnsafeBufferPointer<UInt8>
  ) -> UnsafeBufferPointer<UInt8> {
    let index = row * width + column
    let start = Int(starts[index])
    var end = trimmedEnd(start, Int(starts[index + 1]), in: bytes)
    if end > start, bytes[end - 1] == separator { end = trimmedEnd(start, end - 1, in: bytes) }
    return bytes.part(start..<end)
  }

  @inline(__always)
  private func trimmedEnd(
    _ start: Int, _ end: Int, in bytes: UnsafeBufferPointer<UInt8>
  ) -> Int {
    var end = end
    while end > start {
      switch bytes[end - 1] {
      case ASCII.space, ASCII.tab, ASCII.newline, ASCII.carriageReturn: end -= 1
      default: return end
      }
    }
    return end
  }
}

extension UnsafeBufferPointer<UInt8> {
  /// Whether this cell is in quotes.
  @inline(__always)
  var isQuoted: Bool { count >= 2 && self[0] == ASCII.quote }

  /// A cell without its quotes; quotes doubled inside it stay doubled.
  @inline(__always)
  var content: UnsafeBufferPointer<UInt8> { isQuoted ? part(1..<count - 1) : self }

  /// What a cell says: without its quotes, doubled quotes as one.
  var cellText: String {
    let content = content
    guard isQuoted, content.contains(ASCII.quote) else {
      return String(decoding: content, as: UTF8.self)
    }
    var unescaped: [UInt8] = []
    var isSecond = false
    for byte in content {
      isSecond = byte == ASCII.quote && !isSecond
      if !isSecond || byte != ASCII.quote { unescaped.append(byte) }
    }
    return String(decoding: unescaped, as: UTF8.self)
  }
}
