/// Bytes `[rows × columns]`, row by row, where they lie in a file.
struct ByteMatrix: Sendable, Hashable {
  let rows: Int
  let columns: Int
  let storage: [UInt8]
  /// Where the first row begins in `storage`.
  let start: Int

  /// Row `i`.
  func row(_ i: Int) -> ArraySlice<UInt8> {
    storage[start + i * columns..<start + (i + 1) * columns]
  }
}

/// Inputs X `[m × n₀]` and targets T `[m × n_L]` of the same rows, ready for a network.
///
/// Images are kept as bytes and become numbers when they enter a batch; rows held out share the
/// memory of the others.
public struct Examples<Element: Scalar>: Sendable, Hashable {
  /// X as it is kept.
  enum Inputs: Sendable, Hashable {
    case numbers(Matrix<Element>)
    /// x = byte / scale
    case bytes(ByteMatrix, scale: Double)
  }

  let source: Inputs
  /// T for all rows of `source`.
  let allTargets: Matrix<Element>
  /// A weight for every row of `source`; nil where each counts once.
  let allWeights: [Element]?
  /// Which rows of `source` they are, in order; nil for all.
  let selection: [Int32]?

  /// Stops the program when the numbers of rows differ.
  ///
  /// - Parameters:
  ///   - inputs: X `[m × n₀]`.
  ///   - targets: T `[m × n_L]`.
  ///   - weights: how much each row counts, in the loss and its gradient, m numbers of 0 and above;
  ///     nil where each counts once.
  public init(inputs: Matrix<Element>, targets: Matrix<Element>, weights: [Element]? = nil) {
    self.init(.numbers(inputs), targets: targets, weights: weights, selection: nil)
  }

  /// Some rows, given by their numbers.
  init(
    _ source: Inputs, targets: Matrix<Element>, weights: [Element]? = nil, selection: [Int32]?
  ) {
    self.source = source
    allTargets = targets
    allWeights = weights
    self.selection = selection
    if let weights, weights.count != targets.rows {
      misuse("\(weights.count) weights for \(targets.rows) rows")
    }
    guard sourceRows == targets.rows else {
      misuse("inputs [\(sourceRows) × \(columns)] and targets \(targets.shape) differ in rows")
    }
  }

  var sourceRows: Int {
    switch source {
    case .numbers(let matrix): matrix.rows
    case .bytes(let matrix, _): matrix.rows
    }
  }

  /// m
  public var rows: Int { selection?.count ?? allTargets.rows }

  /// n₀
  var columns: Int {
    switch source {
    case .numbers(let matrix): matrix.columns
    case .bytes(let matrix, _): matrix.columns
    }
  }

  /// n_L
  var targetColumns: Int { allTargets.columns }

  var form: InputForm {
    switch source {
    case .numbers: .numbers
    case .bytes(_, let scale): .bytes(scale: scale)
    }
  }

  /// X; a copy where it is kept as bytes.
  public var inputs: Matrix<Element> {
    let all: Matrix<Element>
    switch source {
    case .numbers(let matrix): all = matrix
    case .bytes(let bytes, let scale):
      let values = bytes.storage[bytes.start...].map { Element($0) / Element(scale) }
      all = Matrix(rows: bytes.rows, columns: bytes.columns, values: values)
    }
    return selected(all)
  }

  /// T
  public var targets: Matrix<Element> { selected(allTargets) }

  private func selected(_ matrix: Matrix<Element>) -> Matrix<Element> {
    selection.map { matrix.selecting(rows: $0.map { Int($0) }) } ?? matrix
  }

  /// The largest |x|.
  var largestInput: Double {
    switch source {
    case .numbers(let matrix): matrix.values.reduce(0) { max($0, abs(Double($1))) }
    case .bytes(_, let scale): 255 / scale
    }
  }

  var isFinite: Bool {
    if case .numbers(let matrix) = source, !matrix.values.allSatisfy(\.isFinite) { return false }
    return allTargets.values.allSatisfy(\.isFinite)
  }

  /// Lets a plan read inputs and targets while `body` runs.
  @inline(__always)
  func bound<Result>(to memory: PlanMemory<Element>, _ body: () -> Result) -> Result {
    if let allWeights {
      return allWeights.withUnsafeBufferPointer { weights in
        memory.point(.sampleWeights, at: weights.baseAddress)
        return boundRows(to: memory, body)
      }
    }
    return boundRows(to: memory, body)
  }

  @inline(__always)
  private func boundRows<Result>(
    to memory: PlanMemory<Element>, _ body: () -> Result
  ) -> Result {
    allTargets.values.withUnsafeBufferPointer { targets in
      memory.point(.targets, at: targets.baseAddress)
      switch source {
      case .numbers(let matrix):
        return matrix.values.withUnsafeBufferPointer { inputs in
          memory.point(.inputs, at: inputs.baseAddress)
          return body()
        }
      case .bytes(let matrix, _):
        return matrix.storage.withUnsafeBufferPointer { bytes in
          memory.point(.inputs, at: bytes.baseAddress.map { $0 + matrix.start })
          return body()
        }
      }
    }
  }

  /// Calls `body` with the run of each block of at most `size` rows, one after the other.
  ///
  /// - Parameter part: which of its rows; nil for all.
  @inline(__always)
  func forEachBlock(of size: Int, in part: Range<Int>? = nil, _ body: (PlanCall) -> Bool) {
    let part = part ?? 0..<rows
    func visit(_ order: UnsafePointer<Int32>?) {
      var first = part.lowerBound
      while first < part.upperBound {
        let count = min(size, part.upperBound - first)
        guard body(PlanCall(rows: count, order: order.map { $0 + first }, firstRow: first)) else {
          return
        }
        first += count
      }
    }
    if let selection {
      selection.withUnsafeBufferPointer { visit($0.baseAddress) }
    } else {
      visit(nil)
    }
  }

  /// A 64-bit fingerprint of every number's bits, to tell data sets apart.
  func fingerprint() -> UInt64 {
    let content: UInt64
    switch source {
    case .numbers(let matrix): content = contentFingerprint(of: matrix.values)
    case .bytes(let matrix, let scale):
      content = contentFingerprint(
        of: [
          contentFingerprint(of: matrix.storage), UInt64(matrix.start), scale.bitPattern,
          contentFingerprint(of: selection ?? []),
        ])
    }
    return contentFingerprint(
      of: [
        UInt64(columns), UInt64(allTargets.columns), content,
        contentFingerprint(of: allTargets.values),
      ] + (allWeights.map { [contentFingerprint(of: $0)] } ?? []))
  }
}
