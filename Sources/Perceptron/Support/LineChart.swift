/// A chart of lines as one self-contained SVG that reads on light and dark pages: learning curves,
/// learning-rate sweeps, ROC curves.
///
/// The text depends on the values alone: the same chart is the same bytes everywhere. Points that
/// are not finite, or not positive on a logarithmic axis, leave a gap in their line.
///
/// ```swift
/// LineChart(
///   title: "Loss", xLabel: "epoch", yLabel: "loss",
///   series: [.init(name: "training", points: [(1, 0.9), (2, 0.5)])], yScale: .log
/// ).svg()
/// ```
public struct LineChart: Sendable {
  /// How an axis is divided.
  public enum Scale: Sendable, Hashable {
    /// Equal lengths are equal differences.
    case linear
    /// Equal lengths are equal ratios.
    case log
  }

  /// A line and its name in the legend.
  public struct Series: Sendable {
    /// The name in the legend; any text.
    public var name: String
    /// The points in the order in which the line joins them.
    public var points: [(x: Double, y: Double)]

    /// A line through `points`.
    public init(name: String, points: [(x: Double, y: Double)]) {
      self.name = name
      self.points = points
    }
  }

  /// What stands above; any text.
  public var title: String
  /// What runs from left to right.
  public var xLabel: String
  /// What runs from bottom to top.
  public var yLabel: String
  /// The lines; with more than one there is a legend.
  public var series: [Series]
  /// How the horizontal axis is divided.
  public var xScale: Scale
  /// How the vertical axis is divided.
  public var yScale: Scale

  /// A chart of `series`.
  public init(
    title: String, xLabel: String, yLabel: String, series: [Series], xScale: Scale = .linear,
    yScale: Scale = .linear
  ) {
    self.title = title
    self.xLabel = xLabel
    self.yLabel = yLabel
    self.series = series
    self.xScale = xScale
    self.yScale = yScale
  }

  /// The picture, `width` by `height` pixels (at least 240 by 160).
  public func svg(width: Int = 720, height: Int = 400) -> String {
    let (width, height) = (max(width, 240), max(height, 160))
    let legend = LineChart.legend(series, width: width - 32)
    let drawn = series.map { $0.points.filter { isDrawn($0) } }
    let x = ChartAxis(
      drawn.flatMap { $0.map(\.x) }, scale: xScale, from: 72, to: Double(width - 24),
      ticks: max(2, width / 90))
    let y = ChartAxis(
      drawn.flatMap { $0.map(\.y) }, scale: yScale, from: Double(height - 52),
      to: Double(48 + legend.height), ticks: max(2, height / 60))
    // What does not fit is in the title element alone.
    let heading = LineChart.fitted(title, width: width - 32, character: 9)
    var lines = [
      "<svg xmlns=\"http://www.w3.org/2000/svg\" class=\"line-chart\" "
        + "viewBox=\"0 0 \(width) \(height)\" width=\"\(width)\" height=\"\(height)\" role=\"img\">",
      "<title>\(xmlEscaped(title))</title>", LineChart.style,
      "<rect class=\"page\" width=\"100%\" height=\"100%\"/>",
      "<text class=\"title\" x=\"16\" y=\"24\">\(xmlEscaped(heading))</text>",
    ]
    lines += legend.lines
    for tick in y.ticks {
      let place = decimal(tick.place, digits: 1)
      lines.append(
        "<line class=\"grid\" x1=\"72\" x2=\"\(width - 24)\" y1=\"\(place)\" y2=\"\(place)\"/>")
      lines.append("<text class=\"right\" x=\"64\" y=\"\(place)\" dy=\"4\">\(tick.text)</text>")
    }
    for tick in x.ticks {
      let place = decimal(tick.place, digits: 1)
      lines.append(
        "<line class=\"grid\" x1=\"\(place)\" x2=\"\(place)\" y1=\"\(decimal(y.end, digits: 1))\" "
          + "y2=\"\(decimal(y.start, digits: 1))\"/>")
      lines.append(
        "<text class=\"middle\" x=\"\(place)\" y=\"\(height - 34)\">\(tick.text)</text>")
    }
    for (number, line) in series.enumerated() {
      lines += paths(line, style: "line \(LineChart.look(number))", x: x, y: y)
    }
    lines.append(
      "<text class=\"middle\" x=\"\((72 + width - 24) / 2)\" y=\"\(height - 12)\">"
        + "\(xmlEscaped(LineChart.fitted(xLabel, width: width - 96, character: 7)))</text>")
    let middle = (height - 52 + 48 + legend.height) / 2
    lines.append(
      "<text class=\"middle\" transform=\"translate(16 \(middle)) rotate(-90)\">"
        + "\(xmlEscaped(LineChart.fitted(yLabel, width: height - 80, character: 7)))</text>")
    lines.append("</svg>\n")
    return lines.joined(separator: "\n")
  }

  /// Whether a point has a place in the chart.
  private func isDrawn(_ point: (x: Double, y: Double)) -> Bool {
    ChartAxis.shows(point.x, scale: xScale) && ChartAxis.shows(point.y, scale: yScale)
  }

  /// The pieces of a line between its gaps; a piece of one point is a dot.
  private func paths(_ line: Series, style: String, x: ChartAxis, y: ChartAxis) -> [String] {
    line.points.split { !isDrawn($0) }.map { piece in
      let places = piece.map {
        decimal(x.place($0.x), digits: 1) + "," + decimal(y.place($0.y), digits: 1)
      }
      guard places.count > 1 else {
        let place = places[0].split(separator: ",")
        return "<circle class=\"\(style)\" cx=\"\(place[0])\" cy=\"\(place[1])\" r=\"2\"/>"
      }
      return "<polyline class=\"\(style)\" points=\"\(places.joined(separator: " "))\"/>"
    }
  }

  /// The classes of line `number`: eight colours, then the same dashed.
  private static func look(_ number: Int) -> String {
    "c\(number % 8)" + (number % 16 < 8 ? "" : " dashed")
  }

  /// The names with a stroke of their line, in as many rows as they need.
  private static func legend(_ series: [Series], width: Int) -> (lines: [String], height: Int) {
    guard series.count > 1 else { return ([], 0) }
    var (lines, left, top) = ([String](), 16, 46)
    for (number, line) in series.enumerated() {
      let name = fitted(line.name, width: min(width - 32, 240), character: 7)
      let length = 32 + 7 * name.count + 16
      if left > 16, left + length > width { (left, top) = (16, top + 18) }
      lines.append(
        "<line class=\"line \(look(number))\" x1=\"\(left)\" x2=\"\(left + 24)\" y1=\"\(top - 4)\" "
          + "y2=\"\(top - 4)\"/>")
      lines.append("<text x=\"\(left + 30)\" y=\"\(top)\">\(xmlEscaped(name))</text>")
      left += length
    }
    return (lines, top - 46 + 18)
  }

  /// `text`, cut to about `width` pixels.
  private static func fitted(_ text: String, width: Int, character: Int) -> String {
    let limit = max(width / character, 2)
    return text.count > limit ? text.prefix(limit - 1) + "…" : text
  }

  private static let style = """
    <style>
    .line-chart .page { fill: #ffffff } .line-chart .grid { stroke: #d5d9de }
    .line-chart text { fill: #24292f; font: 12px system-ui, sans-serif }
    .line-chart .title { font-weight: bold; font-size: 15px }
    .line-chart .middle { text-anchor: middle } .line-chart .right { text-anchor: end }
    .line-chart .line { fill: none; stroke-width: 2; stroke-linejoin: round }
    .line-chart .dashed { stroke-dasharray: 6 4 }
    .line-chart .c0 { stroke: #2f6fb4 } .line-chart .c1 { stroke: #c2571a }
    .line-chart .c2 { stroke: #2d8a4e } .line-chart .c3 { stroke: #9a4fb5 }
    .line-chart .c4 { stroke: #b8323f } .line-chart .c5 { stroke: #5a6672 }
    .line-chart .c6 { stroke: #8a6d00 } .line-chart .c7 { stroke: #00808a }
    @media (prefers-color-scheme: dark) {
    .line-chart .page { fill: #16191d } .line-chart .grid { stroke: #3a4048 }
    .line-chart text { fill: #e2e6ea }
    .line-chart .c0 { stroke: #6aa8e8 } .line-chart .c1 { stroke: #f0935a }
    .line-chart .c2 { stroke: #63c588 } .line-chart .c3 { stroke: #cd8ee4 }
    .line-chart .c4 { stroke: #f07b86 } .line-chart .c5 { stroke: #a5b0bb }
    .line-chart .c6 { stroke: #d8b73a } .line-chart .c7 { stroke: #4cc7d1 }
    }
    </style>
    """
}
