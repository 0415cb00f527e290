/// One axis of a chart: the range that holds all values, widened to whole ticks, and where a value
/// stands on it.
///
/// Ticks are integers times a power of ten, so their texts are exact: steps of 1, 2 or 5 on a linear
/// axis; on a logarithmic one powers of ten, with 2 and 5 between them where there is room.
struct ChartAxis {
  /// A line across with its number.
  struct Tick {
    /// Where it stands, in pixels.
    let place: Double
    /// The number, without anything to escape.
    let text: String
  }

  /// Where the axis begins and ends, in pixels.
  let start: Double, end: Double
  /// The lines across.
  private(set) var ticks: [Tick] = []

  private let scale: LineChart.Scale
  /// The ends of the axis; logarithms of them on a logarithmic axis.
  private var low = 0.0, high = 1.0

  /// The axis for `values`, with about `ticks` lines across.
  init(
    _ values: [Double], scale: LineChart.Scale, from start: Double, to end: Double, ticks: Int
  ) {
    (self.scale, self.start, self.end) = (scale, start, end)
    let least = values.min() ?? (scale == .linear ? 0 : 1)
    let greatest = values.max() ?? (scale == .linear ? 1 : 10)
    let marks =
      switch scale {
      case .linear: Self.steps(from: least, to: greatest, about: ticks)
      case .log: Self.powers(from: least, to: greatest, about: ticks)
      }
    low = position(marks[0].value)
    high = position(marks[marks.count - 1].value)
    self.ticks = marks.map { Tick(place: place($0.value), text: $0.text) }
  }

  /// Whether a value has a place on such an axis.
  static func shows(_ value: Double, scale: LineChart.Scale) -> Bool {
    // Beyond these the arithmetic of the axis itself would overflow.
    guard value.isFinite, abs(value) < 1e300 else { return false }
    return scale == .linear || value > 1e-300
  }

  /// Where a value stands, in pixels.
  func place(_ value: Double) -> Double {
    start + (end - start) * ((position(value) - low) / (high - low))
  }

  private func position(_ value: Double) -> Double {
    scale == .linear ? value : Double.log(value)
  }

  /// An integer times a power of ten.
  private struct Mark {
    let digits: Int, exponent: Int
    var value: Double {
      exponent < 0
        ? Double(digits) / Self.power(-exponent) : Double(digits) * Self.power(exponent)
    }

    /// Plain digits where they are short, otherwise as `2e-7`.
    var text: String {
      if digits == 0 { return "0" }
      var (digits, exponent) = (abs(digits), exponent)
      while digits % 10 == 0 { (digits, exponent) = (digits / 10, exponent + 1) }
      let sign = self.digits < 0 ? "-" : ""
      var text = String(digits)
      let magnitude = exponent + text.count - 1
      guard (-4...5).contains(magnitude) else {
        if text.count > 1 { text.insert(".", at: text.index(after: text.startIndex)) }
        return "\(sign)\(text)e\(magnitude)"
      }
      if exponent >= 0 { return sign + text + String(repeating: "0", count: exponent) }
      if text.count <= -exponent {
        text = String(repeating: "0", count: 1 - exponent - text.count) + text
      }
      text.insert(".", at: text.index(text.endIndex, offsetBy: exponent))
      return sign + text
    }

    /// 10ⁿ, n ≥ 0.
    static func power(_ n: Int) -> Double { (0..<n).reduce(1.0) { power, _ in power * 10 } }
  }

  /// Equal steps of 1, 2 or 5 times a power of ten.
  private static func steps(from least: Double, to greatest: Double, about count: Int) -> [Mark] {
    // A single value stands in the middle; steps below the value's own precision would not differ.
    let magnitude = max(abs(least), abs(greatest))
    let margin = greatest - least > magnitude * 1e-9 ? 0 : magnitude == 0 ? 1 : magnitude * 0.1
    let (least, greatest) = (least - margin, greatest + margin)
    let wanted = (greatest - least) / Double(count)
    var exponent = decade(wanted)
    let step = [1, 2, 5].first { Mark(digits: $0, exponent: exponent).value >= wanted } ?? 10
    var multiple = step
    if multiple == 10 { (multiple, exponent) = (1, exponent + 1) }
    let size = Mark(digits: multiple, exponent: exponent).value
    let first = floor(least / size)
    var last = max(first + 1, -floor(-greatest / size))
    // The quotient may have been rounded down.
    if Mark(digits: last * multiple, exponent: exponent).value < greatest { last += 1 }
    return (first...last).map { Mark(digits: $0 * multiple, exponent: exponent) }
  }

  /// Powers of ten, every one or every few; with 2 and 5 between where they are few.
  private static func powers(from least: Double, to greatest: Double, about count: Int) -> [Mark] {
    let bottom = decade(least)
    let top = max(
      bottom + 1,
      Mark(digits: 1, exponent: decade(greatest)).value < greatest
        ? decade(greatest) + 1 : decade(greatest))
    if 3 * (top - bottom) <= count + 3 {
      let marks = (bottom...top).flatMap { e in [1, 2, 5].map { Mark(digits: $0, exponent: e) } }
      let first = marks.lastIndex { $0.value <= least } ?? 0
      let last = marks.firstIndex { $0.value >= greatest && $0.value > marks[first].value }
      return Array(marks[first...(last ?? marks.count - 1)])
    }
    let spacing = (top - bottom + count - 1) / count
    let last = bottom + (top - bottom + spacing - 1) / spacing * spacing
    return stride(from: bottom, through: last, by: spacing).map { Mark(digits: 1, exponent: $0) }
  }

  /// The exponent of the largest power of ten that is not above `x` > 0.
  private static func decade(_ x: Double) -> Int {
    var exponent = floor(Double.log(x) / Double.log(10))
    // The quotient of logarithms may be off by a rounding.
    while Mark(digits: 1, exponent: exponent).value > x { exponent -= 1 }
    while Mark(digits: 1, exponent: exponent + 1).value <= x { exponent += 1 }
    return exponent
  }

  /// ⌊x⌋, without a call of libm.
  private static func floor(_ x: Double) -> Int { Double(Int(x)) > x ? Int(x) - 1 : Int(x) }
}
