import Synchronization

/// The order in which rows on a disk are learned from, so that few are in memory at a time.
///
/// The rows are cut into blocks of neighbours. In every epoch the blocks are shuffled, as many as the
/// memory holds make a window, and the rows of a window are shuffled among themselves:
///
///     epoch e:  π = shuffle(blocks; seed, e)
///     window w: rows of the blocks π(wk) … π(wk + k − 1), in 16 groups, each shuffled by (seed, e, w)
///
/// A batch is drawn from a window, not from all rows: rows that are neighbours in the file meet in a
/// window more often than others. The groups let each of several processes read only its share; what
/// they cost in randomness is said where they are made. A shorter last block goes last. Where one
/// window holds all rows there are no groups: the order is that of rows in memory, and so are the bits
/// of what is learned.
struct WindowOrder: Sendable, Hashable {
  let rows: Int
  let rowsPerUpdate: Int
  /// Rows of a block, a multiple of those of an update.
  let blockRows: Int
  /// Blocks of a window.
  let blocksPerWindow: Int
  let seed: UInt64

  var windowRows: Int { min(blockRows * blocksPerWindow, rows) }
  var windows: Int { (rows - 1) / windowRows + 1 }

  /// One window, where the memory holds all rows. Otherwise windows of half the memory, as the next is
  /// read while one is learned from, of blocks of about a megabyte.
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
    self.rowsPerUpdate = rowsPerUpdate
    self.seed = seed
    blockRows = updates * rowsPerUpdate
    blocksPerWindow =
      rows <= memory / (rowSize + 4) ? (rows - 1) / blockRows + 1 : max(room / blockRows, 1)
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
}

/// Rows on a disk as a training reads them: window by window, the next while one is learned from. Of
/// several processes each reads its share.
final class RowStream<Element: Scalar> {
  /// Some rows in memory, and their order.
  struct Window: Sendable {
    let epoch: Int
    let number: Int
    /// Its first row in the epoch's order.
    let first: Int
    /// The rows of the share.
    let examples: Examples<Element>
    /// Which of them stand at the window's places; those of another's share are never asked for.
    let order: [Int32]
  }

  let source: any RowSource
  let order: WindowOrder
  /// What all rows weigh in the loss.
  let weight: Double
  private let share: WindowShare
  private let epochs: Int
  private var current: Window?
  private var next: BackgroundTask<Window>?

  /// - Parameters:
  ///   - weight: what all rows weigh in the loss; nil where each counts once.
  ///   - share: which rows of each window are read.
  ///   - epochs: how many there will be: nothing is read ahead behind the last.
  init(
    _ source: any RowSource, order: WindowOrder, weight: Double? = nil,
    share: WindowShare = WindowShare(), epochs: Int
  ) {
    self.source = source
    self.order = order
    self.weight = weight ?? Double(order.rows)
    self.share = share
    self.epochs = epochs
  }

  var rows: Int { order.rows }

  /// The window that has a row of an epoch's order. Rows are asked for in order; others cost a wait.
  func window(epoch: Int, holding row: Int) throws -> Window {
    let number = row / order.windowRows
    if let current, current.epoch == epoch, current.number == number { return current }
    var found: Window?
    if let next {
      self.next = nil
      let window = try next.value()
      if window.epoch == epoch, window.number == number { found = window }
    }
    // Two take turns: the next is read to where the last one was.
    let spare = Spare(current)
    current = nil
    let (source, order, share) = (source, order, share)
    let window =
      try found ?? Self.read(source, order, share, epoch: epoch, number: number, over: spare)
    current = window
    let isLast = number + 1 == order.windows
    let (nextEpoch, nextNumber) = isLast ? (epoch + 1, 0) : (epoch, number + 1)
    guard nextEpoch < epochs else { return window }
    // The only window has other rows in no epoch.
    let rows = order.windows == 1 ? window.examples : nil
    next = BackgroundTask {
      try Self.read(
        source, order, share, epoch: nextEpoch, number: nextNumber, of: rows, over: spare)
    }
    return window
  }

  /// Waits for what is being read.
  func finish() {
    _ = try? next?.value()
    (next, current) = (nil, nil)
  }

  private static func read(
    _ source: any RowSource, _ order: WindowOrder, _ share: WindowShare, epoch: Int, number: Int,
    of rows: Examples<Element>? = nil, over spare: Spare
  ) throws -> Window {
    var (old, places) = spare.take()
    let examples =
      try rows ?? source.examples(order.parts(epoch: epoch, window: number, share), over: &old)
    order.write(&places, epoch: epoch, window: number, share)
    return Window(
      epoch: epoch, number: number, first: number * order.windowRows, examples: examples,
      order: places)
  }

  /// The memory of a window that has been learned from.
  private final class Spare: Sendable {
    private let window: Mutex<Window?>

    init(_ window: Window?) { self.window = Mutex(window) }

    /// Hands it out, once: who has it alone may write where it stands.
    func take() -> (examples: Examples<Element>?, order: [Int32]) {
      window.withLock { window in
        defer { window = nil }
        return (window?.examples, window?.order ?? [])
      }
    }
  }
}
