/// How the parameters of a layer lie while several threads train it, each of which owns columns: all
/// rows of the first thread's columns, then all rows of the second's, …
///
/// Rows of which two cores own halves would wander between their caches, a few lines at a time.
struct ColumnParts: Sendable {
  /// The weights `[rows × columns]`, from the beginning of every region of parameters.
  private let offset: Int
  private let rows: Int
  private let columns: Int
  /// Every thread's columns, as the kernels share them out.
  private let parts: [Range<Int>]

  init(_ parameter: Parameter, threads: Int, precision: Precision) {
    offset = parameter.offset
    rows = parameter.rows
    columns = parameter.columns
    let columns = parameter.columns
    let grain = precision == .double ? 8 : 16
    let grains = (columns + grain - 1) / grain
    parts = (0..<threads).map { part in
      let first = grains * part / threads * grain
      let last = grains * (part + 1) / threads * grain
      return min(first, columns)..<min(last, columns)
    }
  }

  /// Brings the rows of a region that starts at `base` into this order, or back.
  func move<Element: Scalar>(
    _ base: UnsafeMutablePointer<Element>, apart: Bool
  ) {
    let weights = base + offset
    let copy = UnsafeMutablePointer<Element>.allocate(capacity: rows * columns)
    defer { copy.deallocate() }
    copy.update(from: weights, count: rows * columns)
    for part in parts {
      for row in 0..<rows {
        let inRows = row * columns + part.lowerBound
        let inParts = part.lowerBound * rows + row * part.count
        if apart {
          (weights + inParts).update(from: copy + inRows, count: part.count)
        } else {
          (weights + inRows).update(from: copy + inParts, count: part.count)
        }
      }
    }
  }
}
