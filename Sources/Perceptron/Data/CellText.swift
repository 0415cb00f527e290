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

  /// The cell that starts at `start`, `end` being where the next cell or row begins: as it stands in
  /// the file, quotes included, spaces around it left out.
  @inline(__always)
  func cell(_ start: Int, _ end: Int, separator: UInt8) -> UnsafeBufferPointer<UInt8> {
    var end = trimmedEnd(start, end)
    if end > start, self[end - 1] == separator { end = trimmedEnd(start, end - 1) }
    return part(start..<end)
  }

  @inline(__always)
  private func trimmedEnd(_ start: Int, _ end: Int) -> Int {
    var end = end
    while end > start {
      switch self[end - 1] {
      case ASCII.space, ASCII.tab, ASCII.newline, ASCII.carriageReturn: end -= 1
      default: return end
      }
    }
    return end
  }
}

/// A CSV cell, quoted where RFC 4180 asks for it. Bytes decide, not characters: a comma with an
/// accent on it is still a comma.
package func csvCell(_ text: String) -> String {
  let special = Set(",;|\t\"\r\n".utf8)
  guard text.utf8.contains(where: special.contains) || text != text.trimmed else { return text }
  var cell: [UInt8] = [UInt8(ascii: "\"")]
  for byte in text.utf8 {
    if byte == UInt8(ascii: "\"") { cell.append(byte) }
    cell.append(byte)
  }
  cell.append(UInt8(ascii: "\""))
  return String(decoding: cell, as: UTF8.self)
}
