/// Points, bars and lines over two axes of numbers as one self-contained SVG that reads on light and
/// dark pages: what ``LineChart`` has no shape for, such as scattered points and histograms.
///
/// The text depends on the values alone. What is not a finite number is left out.
package struct PlotChart: Sendable {
  /// What is drawn, in the order given.
  package enum Mark: Sendable {
    /// A dot at every point.
    case dots([(x: Double, y: Double)])
    /// A line through the points.
    case line([(x: Double, y: Double)])
    /// A dashed line through the points, to compare by.
    case guide([(x: Double, y: Double)])
    /// Bars from 0 up (or down), from `left` to `right`, with a text for whoever points at them.
    case bars([(left: Double, right: Double, y: Double, text: String)])
    /// The same in a faint colour, behind other marks.
    case backdrop([(left: Double, right: Double, y: Double, text: String)])
  }

  /// What stands above; any text.
  let title: String
  let xLabel: String
  let yLabel: String
  let marks: [Mark]
  /// Values that the axes hold in any case.
  let xRange: [Double]
  let yRange: [Double]

  package init(
    title: String, xLabel: String, yLabel: String, marks: [Mark], xRange: [Double] = [],
    yRange: [Double] = []
  ) {
    self.title = title
    self.xLabel = xLabel
    self.yLabel = yLabel
    self.marks = marks
    self.xRange = xRange
    self.yRange = yRange
  }

  /// The picture, `width` by `height` pixels.
  package func svg(width: Int = 400, height: Int = 320) -> String {
    let (left, right, top, bottom) = (72, width - 30, 40, height - 52)
    let shown = marks.map(\.corners).flatMap(\.self).filter { Self.isDrawn($0) }
    let x = ChartAxis(
      shown.map(\.x) + xRange, scale: .linear, from: Double(left), to: Double(right),
      ticks: max(2, width / 90))
    let y = ChartAxis(
      shown.map(\.y) + yRange, scale: .linear, from: Double(bottom), to: Double(top),
      ticks: max(2, height / 60))
    var lines = ChartStyle.head(title, width: width, height: height)
    for tick in y.ticks {
      let place = decimal(tick.place, digits: 1)
      lines.append(
        "<line class=\"grid\" x1=\"\(left)\" x2=\"\(right)\" y1=\"\(place)\" y2=\"\(place)\"/>")
      lines.append(
        "<text class=\"right\" x=\"\(left - 8)\" y=\"\(place)\" dy=\"4\">\(tick.text)</text>")
    }
    for tick in x.ticks {
      let place = decimal(tick.place, digits: 1)
      lines.append(
        "<line class=\"grid\" x1=\"\(place)\" x2=\"\(place)\" y1=\"\(top)\" y2=\"\(bottom)\"/>")
      lines.append(
        "<text class=\"middle\" x=\"\(place)\" y=\"\(bottom + 18)\">\(tick.text)</text>")
    }
    for mark in marks { lines += Self.draw(mark, x: x, y: y) }
    lines.append(
      "<text class=\"middle\" x=\"\((left + right) / 2)\" y=\"\(height - 12)\">"
        + "\(ChartStyle.text(xLabel, width: width - 90))</text>")
    lines.append(
      "<text class=\"middle\" transform=\"translate(16 \((top + bottom) / 2)) rotate(-90)\">"
        + "\(ChartStyle.text(yLabel, width: height - 90))</text>")
    lines.append("</svg>\n")
    return lines.joined(separator: "\n")
  }

  private static func isDrawn(_ point: (x: Double, y: Double)) -> Bool {
    ChartAxis.shows(point.x, scale: .linear) && ChartAxis.shows(point.y, scale: .linear)
  }

  private static func draw(_ mark: Mark, x: ChartAxis, y: ChartAxis) -> [String] {
    func place(_ value: Double, _ axis: ChartAxis) -> String {
      decimal(axis.place(value), digits: 1)
    }
    switch mark {
    case .dots(let points):
      return points.filter(isDrawn).map {
        "<circle class=\"dot\" cx=\"\(place($0.x, x))\" cy=\"\(place($0.y, y))\" r=\"3\"/>"
      }
    case .line(let points), .guide(let points):
      let places = points.filter(isDrawn).map { "\(place($0.x, x)),\(place($0.y, y))" }
      guard places.count > 1 else { return [] }
      var name = "line"
      if case .guide = mark { name = "guide" }
      return ["<polyline class=\"\(name)\" points=\"\(places.joined(separator: " "))\"/>"]
    case .bars(let bars), .backdrop(let bars):
      var name = "bar"
      if case .backdrop = mark { name = "bar faint" }
      return bars.filter { isDrawn(($0.left, $0.y)) && isDrawn(($0.right, $0.y)) && $0.y != 0 }
        .map { bar in
          let (from, to) = (x.place(bar.left), x.place(bar.right))
          let (zero, end) = (y.place(0), y.place(bar.y))
          return "<rect class=\"\(name)\" x=\"\(decimal(from + 0.5, digits: 1))\" "
            + "y=\"\(decimal(min(zero, end), digits: 1))\" "
            + "width=\"\(decimal(max(to - from - 1, 0.5), digits: 1))\" "
            + "height=\"\(decimal((zero - end).magnitude, digits: 1))\">"
            + "<title>\(xmlEscaped(bar.text))</title></rect>"
        }
    }
  }
}

extension PlotChart.Mark {
  /// The points that the axes must hold.
  fileprivate var corners: [(x: Double, y: Double)] {
    switch self {
    case .dots(let points), .line(let points), .guide(let points): points
    case .bars(let bars), .backdrop(let bars):
      bars.flatMap { [($0.left, 0), ($0.right, $0.y)] }
    }
  }
}

/// What the charts beside ``LineChart`` share: the first lines of the picture and its colours.
enum ChartStyle {
  /// Up to the heading.
  static func head(_ title: String, width: Int, height: Int) -> [String] {
    [
      "<svg xmlns=\"http://www.w3.org/2000/svg\" class=\"chart\" viewBox=\"0 0 \(width) \(height)\" "
        + "width=\"\(width)\" height=\"\(height)\" role=\"img\">",
      "<title>\(xmlEscaped(printable(title, limit: 200)))</title>", sheet,
      "<rect class=\"page\" width=\"100%\" height=\"100%\"/>",
      "<text class=\"title\" x=\"16\" y=\"24\">\(text(title, width: width - 32, character: 9))</text>",
    ]
  }

  /// `text` on one line, cut to about `width` pixels, as it may stand in XML.
  static func text(_ text: String, width: Int, character: Int = 7) -> String {
    xmlEscaped(printable(text, limit: max(width / character - 1, 2)))
  }

  private static let sheet = """
    <style>
    .chart .page { fill: #ffffff } .chart .grid { stroke: #d5d9de } .chart .zero { stroke: #6b7580 }
    .chart text { fill: #24292f; font: 12px system-ui, sans-serif }
    .chart .title { font-weight: bold; font-size: 15px }
    .chart .middle { text-anchor: middle } .chart .right { text-anchor: end }
    .chart .dot { fill: #2f6fb4; fill-opacity: .55 }
    .chart .line { fill: none; stroke: #2f6fb4; stroke-width: 2; stroke-linejoin: round }
    .chart .guide { fill: none; stroke: #6b7580; stroke-width: 1.3; stroke-dasharray: 6 4 }
    .chart .bar { fill: #2f6fb4 } .chart .faint { fill-opacity: .3 } .chart .below { fill: #c2571a } .chart .spread { stroke: #24292f }
    .chart .cell { fill: #2f6fb4; stroke: #d5d9de } .chart .on { fill: #ffffff }
    @media screen and (prefers-color-scheme: dark) {
    .chart .page { fill: #16191d } .chart .grid { stroke: #3a4048 } .chart .zero { stroke: #8c96a1 }
    .chart text { fill: #e2e6ea } .chart .dot { fill: #6aa8e8 } .chart .line { stroke: #6aa8e8 }
    .chart .guide { stroke: #8c96a1 } .chart .bar { fill: #6aa8e8 } .chart .below { fill: #f0935a }
    .chart .spread { stroke: #e2e6ea } .chart .cell { fill: #6aa8e8; stroke: #3a4048 }
    .chart .on { fill: #10161d }
    }
    </style>
    """
}
