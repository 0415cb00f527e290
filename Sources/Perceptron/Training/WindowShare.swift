/// Which rows of every window one of several processes needs, as groups of places.
///
/// An update's m rows are 16 stretches ⌊mi/16⌋ ..< ⌊m(i+1)/16⌋, and process r of R computes its rows
/// ⌊mr/R⌋ ..< ⌊m(r+1)/R⌋ (see ``GradientSharing``), which are no others than those of the stretches
/// ⌊16r/R⌋ ..< ⌈16(r+1)/R⌉. Stretch i of all updates draws from group i of the window: a process reads
/// its groups alone. They are 1/R of the window for 2, 4, 8 and 16 processes, at most two sixteenths
/// more for others, and for more than 16 one or two sixteenths each.
struct WindowShare: Sendable, Hashable {
  static var count: Int { GradientSharing<Float>.leaves }

  let groups: Range<Int>

  /// The share of a process; of one by itself all.
  init(of rank: Int = 0, among processes: Int = 1) {
    groups =
      Self.count * rank / processes..<(Self.count * (rank + 1) + processes - 1) / processes
  }
}

/// The rows of a window, in the order of the file, are places 0 ..< W, and group i is, over its updates
/// of m rows each, of which the last may have fewer,
///
///     Σ ⌊mi/16⌋ ..< Σ ⌊m(i+1)/16⌋
///
/// shuffled by (seed, e, w, i): every place is drawn once, by whatever number of processes, and always
/// by the same batch. The price is that a batch does not draw from the whole window but its sixteenth
/// from every sixteenth of it: a window's neighbours in the file are spread over its batches more
/// evenly than by chance.
extension WindowOrder {
  /// Rows of a window.
  func rows(of window: Int) -> Int { min(windowRows, rows - window * windowRows) }

  /// The places of groups: one behind the other.
  private func places(of groups: Range<Int>, window: Int) -> Range<Int> {
    let rows = rows(of: window)
    func start(_ group: Int) -> Int {
      rows / rowsPerUpdate * (rowsPerUpdate * group / WindowShare.count)
        + rows % rowsPerUpdate * group / WindowShare.count
    }
    return start(groups.lowerBound)..<start(groups.upperBound)
  }

  /// The rows of a share of a window, as ranges, in the order of the file: what comes in between is
  /// the same for a disk. Where there is one window, all rows are everybody's share.
  func parts(epoch: Int, window: Int, _ share: WindowShare) -> [Range<Int>] {
    let blocks = blocks(epoch: epoch)
    let first = window * blocksPerWindow
    let own = blocks[first..<min(first + blocksPerWindow, blocks.count)]
      .sorted { $0.lowerBound < $1.lowerBound }
    let places = windows == 1 ? 0..<rows : places(of: share.groups, window: window)
    var before = 0
    return own.compactMap { block in
      defer { before += block.count }
      let part = places.clamped(to: before..<before + block.count)
      let start = block.lowerBound - before
      return part.isEmpty ? nil : start + part.lowerBound..<start + part.upperBound
    }
  }

  /// Which rows of a share stand where in the order of a window. Places of other shares keep what
  /// they have, or 0.
  func write(_ order: inout [Int32], epoch: Int, window: Int, _ share: WindowShare) {
    let rows = rows(of: window)
    if order.count != rows { order = Array(repeating: 0, count: rows) }
    if windows == 1 { return RandomStream.shuffle(&order, seed: seed, epoch: epoch) }
    var stream = RandomStream(
      seed: seed, purpose: .shuffle, index: UInt32(truncatingIfNeeded: epoch))
    var first = 0
    for group in share.groups {
      // Far behind what the order of the blocks takes, and apart for every window and group.
      stream.position = UInt64(window + 1) << 40 + UInt64(group) << 36
      let drawn = stream.permutation(of: places(of: group..<group + 1, window: window).count)
      var next = 0
      for update in stride(from: 0, to: rows, by: rowsPerUpdate) {
        let size = min(rowsPerUpdate, rows - update)
        let stretch = size * group / WindowShare.count..<size * (group + 1) / WindowShare.count
        for place in stretch {
          order[update + place] = Int32(first) + drawn[next]
          next += 1
        }
      }
      first += drawn.count
    }
  }
}
