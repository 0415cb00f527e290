import PerceptronKernels

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
    parts = (0..<threads).map { part in
      var (first, last) = (0, 0)
      // Whole cache lines, as the kernels have it.
      pk_part_of(
        parameter.columns, precision == .double ? 8 : 16, Int32(part), Int32(threads), &first, &last
      )
      return first..<last
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
