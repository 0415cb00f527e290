/// Which rows are held out for validation: a function of the seed and a row's number alone.
struct RowSplit: Sendable, Hashable {
  let share: Double
  let seed: UInt64

  /// A random number that belongs to a row.
  func ticket(_ row: Int) -> UInt64 {
    var stream = RandomStream(seed: seed, purpose: .split, index: .max)
    stream.position = UInt64(row)
    return stream.next()
  }

  /// Whether row `row` is held out.
  func isHeldOut(_ row: Int) -> Bool {
    share > 0 && Double(ticket(row) >> 11) * 0x1p-53 < share
  }
}

/// Which rows of a file are held out, a bit for each, and where the k-th of either sort is.
struct SplitIndex: Sendable, Hashable {
  /// A bit for every row, 1 where it is held out.
  private var words: [UInt64] = []
  /// The rows to learn from before each word.
  private var learnsBefore: [Int] = []
  /// All rows.
  private(set) var rows = 0
  /// Those to learn from.
  private(set) var trainingRows = 0

  /// Adds the next row.
  mutating func append(isHeldOut: Bool) {
    if rows.isMultiple(of: 64) {
      words.append(0)
      learnsBefore.append(trainingRows)
    }
    if isHeldOut {
      words[rows / 64] |= 1 << UInt64(rows % 64)
    } else {
      trainingRows += 1
    }
    rows += 1
  }

  /// The rows of the file that the rows `part` are, where those to learn from are counted first and
  /// those held out go on behind them: of either sort, in ascending order.
  func fileRows(_ part: Range<Int>) -> [[Int]] {
    let heldOut = part.lowerBound - trainingRows..<part.upperBound - trainingRows
    return [
      find(part.clamped(to: 0..<trainingRows), heldOut: false),
      find(heldOut.clamped(to: 0..<rows - trainingRows), heldOut: true),
    ]
  }

  private func find(_ part: Range<Int>, heldOut: Bool) -> [Int] {
    guard !part.isEmpty else { return [] }
    func before(_ word: Int) -> Int {
      heldOut ? 64 * word - learnsBefore[word] : learnsBefore[word]
    }
    // The last word with at most part.lowerBound before it.
    var (low, high) = (0, words.count - 1)
    while low < high {
      let middle = (low + high + 1) / 2
      if before(middle) <= part.lowerBound { low = middle } else { high = middle - 1 }
    }
    var found: [Int] = []
    found.reserveCapacity(part.count)
    var count = before(low)
    for word in low..<words.count {
      // Bits behind the last row are looked at by nobody: the part ends before.
      var bits = heldOut ? words[word] : ~words[word]
      while bits != 0 {
        if count >= part.lowerBound { found.append(64 * word + bits.trailingZeroBitCount) }
        count += 1
        if count == part.upperBound { return found }
        bits &= bits - 1
      }
    }
    return found
  }
}
