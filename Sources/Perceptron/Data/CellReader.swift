/// Walks over the bytes of a table, row by row and cell by cell.
///
/// The grammar is RFC 4180's, with LF, CRLF and CR as line ends, blank lines skipped, and spaces
/// (and tabs, where they do not separate cells) around a cell left out, quoted or not.
struct CellReader {
  /// What makes the text of a cell malformed, and on which line.
  struct Malformation: Error {
    let line: Int
    let message: String
  }

  let bytes: UnsafeBufferPointer<UInt8>
  /// The byte between two cells of a row; NUL, which no text contains, if rows are one cell.
  let separator: UInt8
  private(set) var position: Int
  /// The line `position` is on, counted from 1.
  private(set) var line = 1

  /// A reader of `bytes` from `position` on, which must be on the first line.
  init(_ bytes: UnsafeBufferPointer<UInt8>, from position: Int, separator: UInt8) {
    self.bytes = bytes
    self.position = position
    self.separator = separator
  }

  /// Goes on to the next line that is not blank; false if there is none.
  mutating func findRow() -> Bool {
    while true {
      let end = skippingBlanks(from: position)
      guard end < bytes.count else { return false }
      guard isLineEnd(bytes[end]) else { return true }
      position = end
      skipLineEnd()
    }
  }

  /// Reads one cell and what ends it: where the cell starts, without blanks before it, and whether
  /// it is the last of its row.
  @inline(__always)
  mutating func readCell() throws(Malformation) -> (start: Int, isLast: Bool) {
    position = skippingBlanks(from: position)
    let start = position
    if position < bytes.count, bytes[position] == ASCII.quote {
      try skipQuotedText()
    } else {
      try skipPlainText()
    }
    guard position < bytes.count else { return (start, true) }
    if bytes[position] == separator {
      position += 1
      return (start, false)
    }
    skipLineEnd()
    return (start, true)
  }

  /// Goes on to what ends an unquoted cell.
  @inline(__always)
  private mutating func skipPlainText() throws(Malformation) {
    while position < bytes.count {
      let byte = bytes[position]
      if byte == separator || isLineEnd(byte) { return }
      if byte == ASCII.quote {
        throw Malformation(
          line: line,
          message: "a quote inside a cell that does not begin with one; "
            + "put the whole cell in quotes and double the quotes inside it")
      }
      position += 1
    }
  }

  /// Goes on to what ends a quoted cell.
  private mutating func skipQuotedText() throws(Malformation) {
    let firstLine = line
    position += 1
    while position < bytes.count {
      let byte = bytes[position]
      if isLineEnd(byte) {
        skipLineEnd()
        continue
      }
      position += 1
      guard byte == ASCII.quote else { continue }
      if position < bytes.count, bytes[position] == ASCII.quote {
        position += 1
        continue
      }
      position = skippingBlanks(from: position)
      if position < bytes.count, bytes[position] != separator, !isLineEnd(bytes[position]) {
        throw Malformation(
          line: line,
          message: "text after a closing quote; a quote inside a quoted cell is doubled")
      }
      return
    }
    throw Malformation(line: firstLine, message: "a quote opened on this line is never closed")
  }

  @inline(__always)
  private func skippingBlanks(from start: Int) -> Int {
    var position = start
    while position < bytes.count,
      bytes[position] == ASCII.space || (bytes[position] == ASCII.tab && separator != ASCII.tab)
    {
      position += 1
    }
    return position
  }

  @inline(__always)
  private func isLineEnd(_ byte: UInt8) -> Bool {
    byte == ASCII.newline || byte == ASCII.carriageReturn
  }

  /// Goes over the line end at `position`, CRLF as one.
  @inline(__always)
  private mutating func skipLineEnd() {
    let isReturn = bytes[position] == ASCII.carriageReturn
    position += 1
    if isReturn, position < bytes.count, bytes[position] == ASCII.newline { position += 1 }
    line += 1
  }
}
