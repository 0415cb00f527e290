/// What a column of numbers comes to, seen once from the beginning to the end.
///
/// Mean and squared deviations by Welford's recurrence, in `Double`:
///
///     m ← m + (x − m)/n,   s ← s + (x − m_before)(x − m)
///
/// which agrees with the two passes over a table in memory to about 1e-12. The median is that of all
/// numbers up to `sampleSize` of them, and beyond of a sample drawn by the rows' numbers.
struct NumberSummary: Sendable {
  /// The most numbers kept for the median of one of `columns`, so that all of them together take at
  /// most 64 MB.
  static func sampleSize(columns: Int) -> Int {
    max(min(1 << 16, (1 << 22) / max(columns, 1)), 256)
  }

  private let sampleSize: Int

  /// - Parameter columns: how many columns are summed up beside each other.
  init(columns: Int = 1) { sampleSize = Self.sampleSize(columns: columns) }

  private(set) var count = 0
  private var mean = 0.0
  private var squares = 0.0
  private var low = Double.infinity
  private var high = -Double.infinity
  private var sample: [(ticket: UInt64, value: Double)] = []
  /// Only tickets up to here are in the sample.
  private var limit = UInt64.max

  /// - Parameter ticket: a random number that belongs to the row.
  mutating func add(_ value: Double, ticket: UInt64) {
    count += 1
    let deviation = value - mean
    mean += deviation / Double(count)
    squares += deviation * (value - mean)
    low = min(low, value)
    high = max(high, value)
    guard ticket <= limit else { return }
    sample.append((ticket, value))
    while sample.count > sampleSize {
      limit /= 2
      sample.removeAll { $0.ticket > limit }
    }
  }

  /// The middle number, or the mean of the two in the middle; 0 of none.
  var median: Double { PreprocessingFit.median(sample.map(\.value)) }

  /// Shift and scale, as for a table in memory.
  func scaling(_ scaling: Preprocessing.Scaling) -> (shift: Double, scale: Double) {
    guard scaling != .none, count > 0 else { return (0, 1) }
    guard low < high else { return (low, 1) }
    guard (high - low).isFinite else { return (0, max(abs(low), abs(high))) }
    if scaling == .minmax { return (low, high - low) }
    let deviation = (squares / Double(count)).squareRoot()
    return deviation > 0 && deviation.isFinite && mean.isFinite
      ? (mean, deviation) : (low, high - low)
  }
}
