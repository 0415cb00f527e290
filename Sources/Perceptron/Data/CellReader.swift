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

  /// A reader of `bytes` from `position` on, which must be where line `line` begins.
  init(
    _ bytes: UnsafeBufferPointer<UInt8>, from position: Int, separator: UInt8, line: Int = 1
  ) {
    self.bytes = bytes
    self.position = position
    self.separator = separator
    self.line = line
  }

  /// Goes on to the next line that is not blank and begins before `limit`; false if there is none.
  mutating func findRow(before limit: Int = .max) -> Bool {
    while position < limit {
      let end = skippingBlanks(from: position)
      guard end < bytes.count else {
        position = bytes.count
        return false
      }
      guard isLineEnd(bytes[end]) else { return true }
      position = end
      skipLineEnd()
    }
    return false
  }

  /// Reads a cell that is nothing but a sign, digits and a point, 19 digits at most, and what ends
  /// it: the number, and whether the cell is the last of its row. Nil, and nothing read, for any
  /// other cell.
  @inline(__always)
  mutating func readPlainNumber() -> (value: Double, isLast: Bool)? {
    let (base, end) = (bytes.baseAddress.unsafelyUnwrapped, bytes.count)
    var place = position
    guard place < end else { return nil }
    var byte = base[place]
    let isNegative = byte == ASCII.minus
    // Signs come as they like: no branch on them.
    place += isNegative ? 1 : 0
    var significand: UInt64 = 0
    let first = place
    while place < end {
      byte = base[place]
      let digit = byte &- UInt8(ascii: "0")
      if digit > 9 { break }
      significand = significand &* 10 &+ UInt64(digit)
      place += 1
    }
    var digits = place - first
    var decimals = 0
    if place < end, byte == ASCII.point {
      place += 1
      let point = place
      if place + 8 <= end {
        let (value, count) = Self.leadingDigits(base + place)
        significand = significand &* Self.powers[count] &+ value
        place += count
        if place < end { byte = base[place] }
      }
      while place < end {
        byte = base[place]
        let digit = byte &- UInt8(ascii: "0")
        if digit > 9 { break }
        significand = significand &* 10 &+ UInt64(digit)
        place += 1
      }
      decimals = place - point
      digits += decimals
    }
    guard digits > 0, digits <= 19,
      place == end || byte == separator || isLineEnd(byte),
      let magnitude = significand == 0 ? 0 : DecimalNumber.nearest(significand, exponent: -decimals)
    else { return nil }
    position = place
    var isLast = true
    if place < end {
      if byte == separator {
        position += 1
        isLast = false
      } else {
        skipLineEnd()
      }
    }
    return (isNegative ? -magnitude : magnitude, isLast)
  }

  /// The number that the digits at the beginning of eight bytes spell, and how many they are.
  ///
  /// All eight at once, without a branch: a byte with 0x30 taken out is below 10 where it is a digit,
  /// and neighbours are joined to pairs, fours and eight.
  @inline(__always)
  private static func leadingDigits(_ bytes: UnsafePointer<UInt8>) -> (value: UInt64, count: Int) {
    let word = UInt64(littleEndian: UnsafeRawPointer(bytes).loadUnaligned(as: UInt64.self))
    let digits = word ^ 0x3030_3030_3030_3030
    // A byte that is no digit may carry into those behind it, never into those before.
    let others = (digits &+ 0x7676_7676_7676_7676 | digits) & 0x8080_8080_8080_8080
    let count = others.trailingZeroBitCount / 8
    // The digits move to the end, zeros before them; shifted by all 64 bits nothing is left.
    var value: UInt64 = digits << UInt64(64 - 8 * count)
    value = value &* 10 &+ value >> 8
    let pairs: UInt64 = 0x0000_00FF_0000_00FF
    value =
      ((value & pairs) &* 0x000F_4240_0000_0064
        &+ (value >> 16 & pairs) &* 0x0000_2710_0000_0001) >> 32
    return (value, count)
  }

  private static let powers: [UInt64] = [
    1, 10, 100, 1_000, 10_000, 100_000, 1_000_000, 10_000_000, 100_000_000,
  ]

  /// Reads one cell whose text counts, and what ends it.
  @inline(__always)
  mutating func readText() throws(Malformation) -> (
    cell: UnsafeBufferPointer<UInt8>, start: Int, isLast: Bool
  ) {
    let (start, isLast) = try readCell()
    return (bytes.cell(start, position, separator: separator), start, isLast)
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
