/// The characters a table is made of.
enum ASCII {
  static var tab: UInt8 { 0x09 }
  static var newline: UInt8 { 0x0A }
  static var carriageReturn: UInt8 { 0x0D }
  static var space: UInt8 { 0x20 }
  static var quote: UInt8 { 0x22 }
  static var plus: UInt8 { 0x2B }
  static var minus: UInt8 { 0x2D }
  static var point: UInt8 { 0x2E }
}

extension UnsafeBufferPointer<UInt8> {
  /// `range` without the spaces and tabs at its ends.
  @inline(__always)
  func trimmed(_ range: Range<Int>) -> Range<Int> {
    var (start, end) = (range.lowerBound, range.upperBound)
    while start < end, self[start] == ASCII.space || self[start] == ASCII.tab { start += 1 }
    while start < end, self[end - 1] == ASCII.space || self[end - 1] == ASCII.tab { end -= 1 }
    return start..<end
  }

  /// The bytes of `range`, counted from 0 again.
  @inline(__always)
  func part(_ range: Range<Int>) -> UnsafeBufferPointer<UInt8> {
    UnsafeBufferPointer(rebasing: self[range])
  }

  /// The line, counted from 1, that the byte at `offset` is on. LF, CRLF and CR end a line.
  func line(at offset: Int) -> Int {
    var line = 1
    for index in 0..<offset {
      let byte = self[index]
      if byte == ASCII.newline {
        line += 1
      } else if byte == ASCII.carriageReturn, index + 1 == count || self[index + 1] != ASCII.newline
      {
        line += 1
      }
    }
    return line
  }

  /// The first byte that is a NUL or does not belong to valid UTF-8 (RFC 3629: no overlong forms,
  /// no surrogates, nothing above U+10FFFF); nil if there is none.
  func firstByteThatIsNotText() -> Int? {
    var position = 0
    while position < count {
      if position + 32 <= count {
        let base = UnsafeRawPointer(baseAddress! + position)
        var marks: UInt64 = 0
        for offset in stride(from: 0, to: 32, by: 8) {
          let word = base.loadUnaligned(fromByteOffset: offset, as: UInt64.self)
          marks |= word | (word &- 0x0101_0101_0101_0101) & ~word
        }
        if marks & 0x8080_8080_8080_8080 == 0 {
          position += 32
          continue
        }
      }
      if position + 8 <= count {
        let word = UnsafeRawPointer(baseAddress! + position).loadUnaligned(as: UInt64.self)
        let hasZero = (word &- 0x0101_0101_0101_0101) & ~word
        if (word | hasZero) & 0x8080_8080_8080_8080 == 0 {
          position += 8
          continue
        }
      }
      guard let length = lengthOfCharacter(at: position) else { return position }
      position += length
    }
    return nil
  }

  /// The number of bytes of the character that begins at `position`; nil for NUL and malformed
  /// sequences.
  private func lengthOfCharacter(at position: Int) -> Int? {
    let lead = self[position]
    if lead < 0x80 { return lead == 0 ? nil : 1 }
    // The second byte's range depends on the first: that is what rules out the overlong forms,
    // the surrogates and the numbers that are too large.
    let (length, second): (Int, ClosedRange<UInt8>)
    switch lead {
    case 0xC2...0xDF: (length, second) = (2, 0x80...0xBF)
    case 0xE0: (length, second) = (3, 0xA0...0xBF)
    case 0xED: (length, second) = (3, 0x80...0x9F)
    case 0xE1...0xEF: (length, second) = (3, 0x80...0xBF)
    case 0xF0: (length, second) = (4, 0x90...0xBF)
    case 0xF1...0xF3: (length, second) = (4, 0x80...0xBF)
    case 0xF4: (length, second) = (4, 0x80...0x8F)
    default: return nil
    }
    guard position + length <= count, second.contains(self[position + 1]) else { return nil }
    for index in position + 2..<position + length where self[index] & 0xC0 != 0x80 { return nil }
    return length
  }
}
