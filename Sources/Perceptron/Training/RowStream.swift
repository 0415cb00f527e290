/// The order in which rows on a disk are learned from, so that few are in memory at a time.
///
/// The rows are cut into blocks of neighbours. In every epoch the blocks are shuffled, as many as the
/// memory holds make a window, and the rows of a window are shuffled among themselves:
///
///     epoch e:  π = shuffle(blocks; seed, e)
///     window w: rows of the blocks π(wk) … π(wk + k − 1), shuffled by (seed, e, w)
///
/// A batch is drawn from a window, not from all rows: rows that are neighbours in the file meet in a
/// window more often than others. A shorter last block goes last. Where one window holds all rows, the
/// order is that of rows in memory, and so are the bits of what is learned.
struct WindowOrder: Sendable, Hashable {
  let rows: Int
  /// Rows of a block, a multiple of those of an update.
  let blockRows: Int
  /// Blocks of a window.
  let blocksPerWindow: Int
  let seed: UInt64

  var windowRows: Int { blockRows * blocksPerWindow }
  var windows: Int { (rows - 1) / windowRows + 1 }

  /// About a megabyte a block, and windows of half the memory: while one is learned from, the next is
  /// read.
  ///
  /// - Throws: `PerceptronError` where the memory does not hold two updates.
  init(rows: Int, rowSize: Int, rowsPerUpdate: Int, memory: Int, seed: UInt64) throws {
    // A row's place in the order takes 4 bytes as well.
    let room = memory / 2 / (rowSize + 4)
    guard room >= rowsPerUpdate else {
      throw PerceptronError(
        .option,
        "two updates of \(grouped(rowsPerUpdate)) rows take "
          + "\(grouped(2 * rowsPerUpdate * (rowSize + 4))) bytes, more than the memory for rows, "
          + "\(grouped(memory)) bytes; give more --memory or smaller batches")
    }
    let wanted = max((1 << 20) / rowSize, 1)
    let updates = max(min(wanted, room / 4) / rowsPerUpdate, 1)
    self.rows = rows
    self.seed = seed
    blockRows = updates * rowsPerUpdate
    blocksPerWindow = max(room / blockRows, 1)
  }

  /// The blocks of all windows of an epoch, as ranges of rows.
  func blocks(epoch: Int) -> [Range<Int>] {
    let whole = rows / blockRows
    var blocks = RandomStream.shuffledOrder(count: whole, seed: seed, epoch: epoch).map {
      Int($0) * blockRows..<(Int($0) + 1) * blockRows
    }
    if whole * blockRows < rows { blocks.append(whole * blockRows..<rows) }
    return blocks
  }

  /// The order within a window of so many rows.
  func order(epoch: Int, window: Int, rows: Int) -> [Int32] {
    if windows == 1 {
      return RandomStream.shuffledOrder(count: rows, seed: seed, epoch: epoch)
    }
    var stream = RandomStream(
      seed: seed, purpose: .shuffle, index: UInt32(truncatingIfNeeded: epoch))
    // Far behind what the order of the blocks takes.
    stream.position = UInt64(window + 1) << 40
    return stream.permutation(of: rows)
  }
}

/// Rows on a disk as a training reads them: window by window, the next while one is learned from.
final class RowStream<Element: Scalar> {
  /// Some rows in memory, and their order.
  struct Window: Sendable {
    let epoch: Int
    let number: Int
    /// Its first row in the epoch's order.
    let first: Int
    let examples: Examples<Element>
    let order: [Int32]
  }

  let source: StoredRows
  let order: WindowOrder
  private var current: Window?
  private var next: BackgroundTask<Window>?

  init(_ source: StoredRows, order: WindowOrder) {
    self.source = source
    self.order = order
  }

  var rows: Int { order.rows }

  /// The window that has a row of an epoch's order. Rows are asked for in order; others cost a wait.
  func window(epoch: Int, holding row: Int) throws -> Window {
    let number = row / order.windowRows
    if let current, current.epoch == epoch, current.number == number { return current }
    // Its memory is free before anything else is read.
    current = nil
    var found: Window?
    if let next {
      self.next = nil
      let window = try next.value()
      if window.epoch == epoch, window.number == number { found = window }
    }
    let window = try found ?? Self.read(source, order, epoch: epoch, number: number)
    current = window
    let isLast = number + 1 == order.windows
    let (source, order) = (source, order)
    next = BackgroundTask {
      try Self.read(
        source, order, epoch: isLast ? epoch + 1 : epoch, number: isLast ? 0 : number + 1)
    }
    return window
  }

  /// Waits for what is being read.
  func finish() {
    _ = try? next?.value()
    (next, current) = (nil, nil)
  }

  private static func read(
    _ source: StoredRows, _ order: WindowOrder, epoch: Int, number: Int
  ) throws -> Window {
    let blocks = order.blocks(epoch: epoch)
    let first = number * order.blocksPerWindow
    let own = blocks[first..<min(first + order.blocksPerWindow, blocks.count)]
    // In the order of the file: what comes in between is the same for a disk.
    let examples: Examples<Element> = try source.examples(
      own.sorted { $0.lowerBound < $1.lowerBound })
    return Window(
      epoch: epoch, number: number, first: number * order.windowRows, examples: examples,
      order: order.order(epoch: epoch, window: number, rows: examples.rows))
  }
}
