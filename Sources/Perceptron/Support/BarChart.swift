/// Named numbers as bars that go right from 0, or left below it, with their spread if they have one,
/// as one self-contained SVG.
package struct BarChart: Sendable {
  /// One bar.
  package struct Bar: Sendable {
    /// What stands beside it; any text.
    let name: String
    let value: Double
    /// Half the length of the line across the bar's end; nil for none.
    let spread: Double?

    package init(name: String, value: Double, spread: Double? = nil) {
      self.name = name
      self.value = value
      self.spread = spread
    }
  }

  let title: String
  /// What runs from left to right.
  let xLabel: String
  let bars: [Bar]

  package init(title: String, xLabel: String, bars: [Bar]) {
    self.title = title
    self.xLabel = xLabel
    self.bars = bars
  }

  /// The picture, `width` pixels wide and as high as there are bars.
  package func svg(width: Int = 640) -> String {
    let shown = bars.map { printable($0.name, limit: 24) }
    let left = 24 + min(8 * (shown.map(\.count).max() ?? 1), width / 3)
    let right = width - 84
    let (top, pitch) = (48, 26)
    let bottom = top + pitch * max(bars.count, 1)
    let height = bottom + 56
    let ends = bars.flatMap { [$0.value - ($0.spread ?? 0), $0.value + ($0.spread ?? 0)] }
    let x = ChartAxis(
      ends.filter { ChartAxis.shows($0, scale: .linear) } + [0], scale: .linear,
      from: Double(left), to: Double(right), ticks: max(2, (right - left) / 90))
    var lines = ChartStyle.head(title, width: width, height: height)
    for tick in x.ticks {
      let place = decimal(tick.place, digits: 1)
      lines.append(
        "<line class=\"grid\" x1=\"\(place)\" x2=\"\(place)\" y1=\"\(top)\" y2=\"\(bottom)\"/>")
      lines.append(
        "<text class=\"middle\" x=\"\(place)\" y=\"\(bottom + 18)\">\(tick.text)</text>")
    }
    let zero = x.place(0)
    for (number, bar) in bars.enumerated() {
      let y = top + pitch * number
      let name = ChartStyle.text(bar.name, width: left - 16)
      lines.append("<text class=\"right\" x=\"\(left - 8)\" y=\"\(y + 17)\">\(name)</text>")
      lines.append(
        "<text x=\"\(right + 10)\" y=\"\(y + 17)\">\(decimal(bar.value, digits: 4))</text>")
      guard ChartAxis.shows(bar.value, scale: .linear) else { continue }
      let end = x.place(bar.value)
      lines.append(
        "<rect class=\"\(bar.value < 0 ? "below" : "bar")\" "
          + "x=\"\(decimal(min(zero, end), digits: 1))\" y=\"\(y + 5)\" "
          + "width=\"\(decimal((end - zero).magnitude, digits: 1))\" height=\"16\"/>")
      guard let spread = bar.spread, spread > 0, ChartAxis.shows(spread, scale: .linear) else {
        continue
      }
      let (from, to) = (x.place(bar.value - spread), x.place(bar.value + spread))
      lines.append(
        "<line class=\"spread\" x1=\"\(decimal(from, digits: 1))\" "
          + "x2=\"\(decimal(to, digits: 1))\" y1=\"\(y + 13)\" y2=\"\(y + 13)\"/>")
    }
    let line = decimal(zero, digits: 1)
    lines.append(
      "<line class=\"zero\" x1=\"\(line)\" x2=\"\(line)\" y1=\"\(top)\" y2=\"\(bottom)\"/>")
    lines.append(
      "<text class=\"middle\" x=\"\((left + right) / 2)\" y=\"\(height - 12)\">"
        + "\(ChartStyle.text(xLabel, width: width - 40))</text>")
    lines.append("</svg>\n")
    return lines.joined(separator: "\n")
  }
}
