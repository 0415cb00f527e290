/// Cuts the bytes of a table, as they come, into stretches of whole rows.
///
/// A row may end where an even number of quotes stands before a line end: that is so inside of quotes
/// alone, where a doubled quote counts as two. What is malformed is cut somewhere, and refused by who
/// reads it.
struct TableCutter {
  /// Whole rows, to be read by themselves.
  struct Stretch: Sendable {
    /// The names of the columns as a header, where they are known, and the rows.
    let bytes: [UInt8]
    /// Where the rows begin.
    let start: Int

    var isBlank: Bool { bytes[start...].allSatisfy { $0 <= ASCII.space } }

    /// The ends of lines in the rows.
    var lineEnds: Int { bytes.withUnsafeBufferPointer { $0.part(start..<$0.count).lineEnds } }
  }

  /// Bytes of a stretch, about.
  let size: Int
  /// What every stretch but the first begins with.
  private var header: [UInt8] = []
  private var isFirst = true
  /// What has come and is not handed out, behind the header.
  private var rest: [UInt8] = []
  /// How far quotes have been counted, and whether their number was odd.
  private var searched = 0
  private var isQuoted = false
  /// No row ends in `rest` before this.
  private var endless = 0

  init(size: Int) { self.size = size }

  /// Takes the header of all stretches to come, when the first is known.
  mutating func takeHeader(_ names: [UInt8]) {
    header = names
    rest.insert(contentsOf: names, at: 0)
    searched += names.count
    endless += names.count
  }

  /// Takes more of the file.
  ///
  /// - Returns: a stretch, where there is enough for one.
  mutating func add(_ bytes: UnsafeBufferPointer<UInt8>) -> Stretch? {
    if rest.capacity < size { rest.reserveCapacity(header.count + size + bytes.count) }
    rest.append(contentsOf: bytes)
    guard rest.count - header.count >= size, let end = lastEnd() else { return nil }
    // The first must have a row behind the header.
    if isFirst, !rest.withUnsafeBufferPointer({ $0.part(0..<end).hasTwoRows }) { return nil }
    return cut(at: end)
  }

  /// What is left when the file has ended; nil where there is nothing but blanks, unless nothing else
  /// has been.
  mutating func finish() -> Stretch? {
    let stretch = cut(at: rest.count)
    return stretch.start > 0 && stretch.isBlank ? nil : stretch
  }

  /// Where the last row of `rest` ends; nil where none does.
  private mutating func lastEnd() -> Int? {
    rest.withUnsafeBufferPointer { bytes in
      if bytes.part(searched..<bytes.count).hasOddQuotes { isQuoted.toggle() }
      searched = bytes.count
      var isInside = isQuoted
      var place = bytes.count
      while place > endless {
        let byte = bytes[place - 1]
        if byte == ASCII.quote { isInside.toggle() }
        // Whether a carriage return ends a line by itself, only the next byte says.
        if !isInside,
          byte == ASCII.newline || byte == ASCII.carriageReturn && place < bytes.count
        {
          return place
        }
        place -= 1
      }
      endless = max(endless, bytes.count - 1)
      return nil
    }
  }

  private mutating func cut(at end: Int) -> Stretch {
    var bytes: [UInt8] = []
    swap(&bytes, &rest)
    let start = header.count
    rest.reserveCapacity(max(size + size / 4, bytes.count - end) + start)
    rest += header
    rest += bytes[end...]
    bytes.removeSubrange(end...)
    searched = rest.count
    endless = max(start, rest.count - 1)
    isFirst = false
    return Stretch(bytes: bytes, start: start)
  }
}

extension UnsafeBufferPointer<UInt8> {
  /// Whether there are an odd number of quotes.
  fileprivate var hasOddQuotes: Bool {
    let memory = UnsafeRawBufferPointer(self)
    let whole = count / 8 * 8
    var found: UInt64 = 0
    for place in stride(from: 0, to: whole, by: 8) {
      found ^= marks(memory.loadUnaligned(fromByteOffset: place, as: UInt64.self), ASCII.quote)
    }
    var quotes = found.nonzeroBitCount
    for byte in self[whole...] where byte == ASCII.quote { quotes += 1 }
    return quotes % 2 == 1
  }

  /// The ends of lines: LF, CRLF and CR, a CR at the end among them.
  var lineEnds: Int {
    let memory = UnsafeRawBufferPointer(self)
    let whole = count / 8 * 8
    var lines = 0
    // Marks the first byte of a word behind one that ends with a carriage return.
    var carry: UInt64 = 0
    // So many words that a byte counts the marks in its place.
    for first in stride(from: 0, to: whole, by: 255 * 8) {
      var counts: UInt64 = 0
      for place in stride(from: first, to: Swift.min(first + 255 * 8, whole), by: 8) {
        let word = UInt64(
          littleEndian: memory.loadUnaligned(fromByteOffset: place, as: UInt64.self))
        let returns = marks(word, ASCII.carriageReturn)
        counts &+=
          (marks(word, ASCII.newline) & ~(returns << 8 | carry) | returns) >> 7
        carry = returns >> 56
      }
      let pairs: UInt64 = 0x00FF_00FF_00FF_00FF
      let sums = (counts & pairs) &+ (counts >> 8 & pairs)
      lines += Int((sums &* 0x0001_0001_0001_0001) >> 48)
    }
    for place in whole..<count {
      let isPair =
        self[place] == ASCII.newline && place > 0 && self[place - 1] == ASCII.carriageReturn
      let isEnd = self[place] == ASCII.newline || self[place] == ASCII.carriageReturn
      if isEnd, !isPair { lines += 1 }
    }
    return lines
  }

  /// Whether two rows end here, blank lines not counted.
  fileprivate var hasTwoRows: Bool {
    var (rows, isQuoted, hasContent) = (0, false, false)
    for place in (starts(with: [0xEF, 0xBB, 0xBF]) ? 3 : 0)..<count {
      let byte = self[place]
      if byte == ASCII.quote { isQuoted.toggle() }
      if byte > ASCII.space { hasContent = true }
      if !isQuoted, hasContent, byte == ASCII.newline || byte == ASCII.carriageReturn {
        rows += 1
        hasContent = false
        if rows == 2 { return true }
      }
    }
    return false
  }
}

/// The highest bit of every byte of a word that is `byte`.
@inline(__always)
private func marks(_ word: UInt64, _ byte: UInt8) -> UInt64 {
  let others: UInt64 = 0x7F7F_7F7F_7F7F_7F7F
  let word = word ^ (0x0101_0101_0101_0101 &* UInt64(byte))
  return ~((word & others &+ others) | word | others)
}
