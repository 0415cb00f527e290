import Synchronization

/// Reads the rows of a file in blocks, on all threads, with the result of one that reads from the
/// beginning to the end.
///
/// The blocks are cut behind newlines. Such a newline may stand in quotes; then the block behind it
/// was read from the wrong place, which shows when the one before it ends somewhere else, and it is
/// read again from there.
struct TableReader {
  let source: TextSource
  let separator: UInt8
  let width: Int
  /// Bytes of a block.
  let blockSize: Int
  let threads: Int

  /// Much of a block fits a core's second-level cache.
  static let blockSize = 1 << 20

  struct Result {
    /// The blocks with rows in them, in order.
    var blocks: [TableBlock] = []
    /// The line that each block begins on, counted from 1.
    var firstLines: [Int] = []
    /// The first byte of the file that is not text.
    var notText: Int?
    /// The first thing wrong with a row.
    var failure: CellReader.Malformation?
    var fingerprint: UInt64 = 0
  }

  /// Reads what stands from `start`, where line `line` begins, to the end.
  func read(from start: Int, line: Int) -> Result {
    source.withBytes { bytes in
      let ranges = cut(bytes, from: start)
      var result = Result()
      var blocks = [TableBlock?](repeating: nil, count: ranges.count)
      var notText = [Int?](repeating: nil, count: ranges.count)
      blocks.withUnsafeMutableBufferPointer { blocks in
        notText.withUnsafeMutableBufferPointer { notText in
          result.fingerprint = readAll(bytes, ranges, blocks.baseAddress, notText.baseAddress)
        }
      }
      // What stands before the first row is in no block.
      result.notText =
        bytes.part(0..<start).firstByteThatIsNotText() ?? notText.lazy.compactMap(\.self).first
      if result.notText == nil { join(&blocks, ranges, bytes, line: line, into: &result) }
      return result
    }
  }

  /// Cuts the rest of the file behind newlines.
  private func cut(_ bytes: UnsafeBufferPointer<UInt8>, from start: Int) -> [Range<Int>] {
    var ranges: [Range<Int>] = []
    var first = start
    while first < bytes.count {
      var last = min(first + blockSize, bytes.count)
      while last < bytes.count, bytes[last - 1] != ASCII.newline { last += 1 }
      ranges.append(first..<last)
      first = last
    }
    return ranges
  }

  /// Reads every block as if a row began where it begins, and fingerprints the file.
  private func readAll(
    _ bytes: UnsafeBufferPointer<UInt8>, _ ranges: [Range<Int>],
    _ blocks: UnsafeMutablePointer<TableBlock?>?, _ notText: UnsafeMutablePointer<Int?>?
  ) -> UInt64 {
    let next = Atomic(0)
    let fingerprint = Atomic<UInt64>(0)
    func work() {
      var scratch = TableScratch()
      while true {
        let item = next.wrappingAdd(1, ordering: .relaxed).oldValue
        // One chain from the first byte to the last: it is begun first.
        if item == 0 {
          fingerprint.store(
            contentFingerprint(of: bytes) { source.release($0) }, ordering: .relaxed)
          continue
        }
        guard item <= ranges.count, let blocks, let notText else { return }
        let range = ranges[item - 1]
        notText[item - 1] = bytes.part(range).firstByteThatIsNotText().map {
          $0 + range.lowerBound
        }
        blocks[item - 1] = TableBlock(bytes, range, separator: separator, width: width, &scratch)
        source.release(range)
      }
    }
    if ranges.count > 1, threads > 1, let pool = ThreadPool(threads: threads) {
      pool.share(pool.threads) { for _ in $0 { work() } }
    } else {
      work()
    }
    return fingerprint.load(ordering: .relaxed)
  }

  /// Takes the blocks in order, those that began in the middle of a row once more.
  private func join(
    _ blocks: inout [TableBlock?], _ ranges: [Range<Int>], _ bytes: UnsafeBufferPointer<UInt8>,
    line: Int, into result: inout Result
  ) {
    var expected = ranges.first?.lowerBound ?? 0
    var line = line
    var scratch = TableScratch()
    for (index, range) in ranges.enumerated() where expected < range.upperBound {
      guard var block = blocks[index] else { continue }
      blocks[index] = nil
      if block.start != expected {
        block = TableBlock(
          bytes, expected..<range.upperBound, separator: separator, width: width, &scratch)
      }
      if let failure = block.failure {
        result.failure = CellReader.Malformation(
          line: failure.line + line, message: failure.message)
        return
      }
      if block.rowCount > 0 {
        result.firstLines.append(line)
        result.blocks.append(block)
      }
      line += block.lineCount
      expected = block.end
    }
  }
}
