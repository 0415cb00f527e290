/// How the rows of an update are divided among processes, and what they make of them added up.
///
/// Process r of R takes the rows ⌊mr/R⌋ ..< ⌊m(r+1)/R⌋ of an update's m, and the gradients of the
/// summed loss are added by one all-reduce; behind the gradient travel ΣE, the weight of the rows and
/// the wish to stop. R processes add in another order than one: equal up to rounding.
///
/// With a fixed tree an update is 16 stretches, whoever computes them,
///
///     Gᵢ of the rows ⌊mi/16⌋ ..< ⌊m(i+1)/16⌋,   G = ((G₀ + G₁) + (G₂ + G₃)) + …
///
/// of which each process has 16/R neighbours: the same bits for 1, 2, 4, 8 and 16 processes.
final class GradientSharing<Element: Scalar> {
  /// The stretches of an update with a fixed tree.
  static var leaves: Int { 16 }

  /// What goes with a gradient.
  struct Sums {
    /// ΣE
    var loss = 0.0
    /// What the rows count together.
    var weight = 0.0
  }

  let communicator: (any Communicator)?
  let isTree: Bool
  private let count: Int
  /// Each has room for a gradient and what goes with it: the result, one for every level of the tree
  /// below it, and one to receive into.
  private let buffers: [UnsafeMutablePointer<Element>]
  /// Whether this process wants to stop after the next update.
  var wantsStop = false
  /// Whether any process wanted to stop in the last update.
  private(set) var isStopAgreed = false

  private var rank: Int { communicator?.rank ?? 0 }
  private var processes: Int { communicator?.count ?? 1 }
  private var size: Int { count + 3 }

  /// - Parameter count: the number of parameters.
  /// - Throws: `PerceptronError` where a fixed tree cannot be divided among so many.
  init(_ communicator: (any Communicator)?, isTree: Bool, parameters count: Int) throws {
    self.communicator = communicator
    self.isTree = isTree
    self.count = count
    let processes = communicator?.count ?? 1
    guard !isTree || Self.leaves.isMultiple(of: processes) else {
      throw PerceptronError(
        .option,
        "--deterministic divides a batch in \(Self.leaves) stretches: 1, 2, 4, 8 or 16 processes "
          + "can have equal shares, \(processes) cannot")
    }
    let levels = isTree ? (Self.leaves / processes).trailingZeroBitCount + 2 : 1
    // A plan writes its gradient there, and may read and write whole registers at the end.
    let capacity = count + 3 + 64
    buffers = (0..<levels).map { _ in
      let buffer = UnsafeMutablePointer<Element>.allocate(capacity: capacity)
      buffer.initialize(repeating: 0, count: capacity)
      return buffer
    }
  }

  deinit { for buffer in buffers { buffer.deallocate() } }

  /// The most rows of an update of `rows` that are computed at a time.
  func largestShare(of rows: Int) -> Int {
    let shares = isTree ? Self.leaves : processes
    return (rows + shares - 1) / shares
  }

  /// Adds up what all processes make of the rows 0 ..< `rows`.
  ///
  /// - Parameters:
  ///   - arithmetic: adds gradients.
  ///   - part: writes the gradient of a stretch of rows, which are not none.
  /// - Returns: the gradient of the summed loss, and what goes with it.
  @inline(__always)
  func total(
    of rows: Int, by arithmetic: GradientSums<Element> = GradientSums(),
    _ part: (Range<Int>, UnsafeMutablePointer<Element>) -> Sums
  ) -> (gradient: UnsafePointer<Element>, sums: Sums) {
    let result = buffers[0]
    if isTree {
      let own = Self.leaves / processes
      add(rank * own..<(rank + 1) * own, of: rows, level: 0, by: arithmetic, part)
      if Task.isCancelled || wantsStop { result[count + 2] = 1 }
      combine(by: arithmetic)
    } else {
      compute(rows * rank / processes..<rows * (rank + 1) / processes, into: result, part)
      if Task.isCancelled || wantsStop { result[count + 2] = 1 }
      communicator?.sum(result, count: size)
    }
    isStopAgreed = result[count + 2] != 0
    return (
      UnsafePointer(result),
      Sums(loss: Double(result[count]), weight: Double(result[count + 1]))
    )
  }

  /// The stretches `leaves` of the tree into the buffer of a level.
  private func add(
    _ leaves: Range<Int>, of rows: Int, level: Int, by arithmetic: GradientSums<Element>,
    _ part: (Range<Int>, UnsafeMutablePointer<Element>) -> Sums
  ) {
    if leaves.count == 1 {
      let leaf = leaves.lowerBound
      let stretch = rows * leaf / Self.leaves..<rows * (leaf + 1) / Self.leaves
      return compute(stretch, into: buffers[level], part)
    }
    let middle = (leaves.lowerBound + leaves.upperBound) / 2
    add(leaves.lowerBound..<middle, of: rows, level: level, by: arithmetic, part)
    add(middle..<leaves.upperBound, of: rows, level: level + 1, by: arithmetic, part)
    arithmetic.add(buffers[level + 1], to: buffers[level], count: size)
  }

  private func compute(
    _ rows: Range<Int>, into buffer: UnsafeMutablePointer<Element>,
    _ part: (Range<Int>, UnsafeMutablePointer<Element>) -> Sums
  ) {
    buffer[count + 2] = 0
    guard !rows.isEmpty else { return buffer.update(repeating: 0, count: size) }
    let sums = part(rows, buffer)
    buffer[count] = Element(sums.loss)
    buffer[count + 1] = Element(sums.weight)
  }

  /// The upper levels of the tree: neighbours first, then pairs of them. The sum of two numbers does
  /// not depend on their order, so both partners have the same.
  private func combine(by arithmetic: GradientSums<Element>) {
    guard let communicator else { return }
    let received = buffers[buffers.count - 1]
    let bytes = size * MemoryLayout<Element>.stride
    var distance = 1
    while distance < processes {
      communicator.exchange(
        UnsafeRawBufferPointer(start: buffers[0], count: bytes),
        for: UnsafeMutableRawBufferPointer(start: received, count: bytes),
        with: rank ^ distance)
      arithmetic.add(received, to: buffers[0], count: size)
      distance *= 2
    }
  }
}

extension TrainingOptions {
  /// Checks that batches may be divided among processes.
  ///
  /// - Throws: `PerceptronError` for a layer or an optimizer that needs all of a batch.
  func checkIsDivisible(_ architecture: Architecture) throws {
    let what = "--deterministic and several processes divide a batch"
    guard !optimizer.isFullBatch else {
      throw PerceptronError(
        .option,
        "\(what); \(optimizer.name) searches along a line through all rows: use adam")
    }
    for (index, layer) in architecture.layers.enumerated() {
      guard case .batchNormalization = layer else { continue }
      throw PerceptronError(
        .network,
        "\(what), and layer \(index + 1), batch-norm, takes its mean and variance over all of it: "
          + "use layer-norm")
    }
  }
}
