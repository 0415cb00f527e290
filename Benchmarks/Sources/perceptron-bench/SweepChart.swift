import Foundation

/// Time per step over the width, both in powers: one self-contained SVG, with colours for light and
/// dark.
struct SweepChart {
  let points: [Sweep.Point]
  /// GFLOP/s
  let peak: Double
  let machine: String

  private let left = 72.0
  private let above = 76.0
  private let width = 640.0
  private let height = 380.0

  /// Powers of ten around all times.
  private var decades: ClosedRange<Int> {
    let times = points.flatMap { [$0.oneThread, $0.best, floor($0)] }
      .filter { $0.isFinite && $0 > 0 }.map(log10)
    let low = Int((times.min() ?? 0).rounded(.down))
    // The floor of the narrowest networks is below everything; two decades of it are enough.
    let least = Int(log10(points.map(\.best).min() ?? 1).rounded(.down)) - 1
    return max(low, least)...max(Int((times.max() ?? 1).rounded(.up)), least + 1)
  }

  /// Microseconds that the operations take at the peak.
  private func floor(_ point: Sweep.Point) -> Double { point.operations / peak / 1000 }

  private func x(_ width: Int) -> Double { left + self.width * log2(Double(width)) / 12 }

  private func y(_ time: Double) -> Double {
    let (low, high) = (Double(decades.lowerBound), Double(decades.upperBound))
    return above + height * (high - log10(time)) / (high - low)
  }

  private func line(_ kind: String, _ time: (Sweep.Point) -> Double) -> String {
    let bottom = above + height
    let places = points.filter { y(time($0)) <= bottom }
      .map { "\(rounded(x($0.width))),\(rounded(y(time($0))))" }
    return "<polyline class=\"\(kind)\" points=\"\(places.joined(separator: " "))\"/>"
  }

  var svg: String {
    let (right, bottom) = (left + width, above + height)
    let size = (width: Int(right) + 24, height: Int(bottom) + 60)
    var lines = [
      "<svg xmlns=\"http://www.w3.org/2000/svg\" viewBox=\"0 0 \(size.width) \(size.height)\" "
        + "width=\"\(size.width)\" height=\"\(size.height)\" role=\"img\">",
      "<title>Time of a training step by width</title>", Self.style,
      "<rect class=\"page\" width=\"100%\" height=\"100%\"/>",
      "<text class=\"title\" x=\"16\" y=\"24\">Time of a training step of w-w-w, "
        + "\(Sweep.batch) rows</text>",
      "<text x=\"16\" y=\"44\">\(escaped(machine)); relu, mse, gradient descent, Float</text>",
    ]
    for decade in decades {
      let place = rounded(y(pow(10, Double(decade))))
      lines.append(
        "<line class=\"grid\" x1=\"\(left)\" x2=\"\(right)\" y1=\"\(place)\" y2=\"\(place)\"/>")
      lines.append(
        "<text class=\"right\" x=\"\(left - 8)\" y=\"\(place)\" dy=\"4\">\(Self.unit(decade))</text>"
      )
    }
    for power in stride(from: 0, through: 12, by: 1) {
      let place = rounded(x(1 << power))
      lines.append(
        "<line class=\"grid\" x1=\"\(place)\" x2=\"\(place)\" y1=\"\(above)\" y2=\"\(bottom)\"/>")
      lines.append(
        "<text class=\"middle\" x=\"\(place)\" y=\"\(bottom + 18)\">\(1 << power)</text>")
    }
    lines.append("<text class=\"middle\" x=\"\(left + width / 2)\" y=\"\(bottom + 42)\">w</text>")
    lines += [
      line("floor", floor), line("one", \.oneThread), line("best", \.best),
    ]
    for point in points {
      lines.append(
        "<circle class=\"dot\" cx=\"\(rounded(x(point.width)))\" cy=\"\(rounded(y(point.best)))\" "
          + "r=\"3\"><title>w = \(point.width): \(shown(point.best)) µs on "
          + "\(counted(point.threads)), \(shown(point.gflops)) GFLOP/s</title></circle>")
    }
    let names = [
      ("best", "as many threads as pay"), ("one", "one thread"),
      ("floor", "multiply-adds alone, at the peak of all cores: \(shown(peak)) GFLOP/s"),
    ]
    for (row, (kind, text)) in names.enumerated() {
      let place = above + 18 + Double(row) * 20
      lines.append(
        "<line class=\"\(kind)\" x1=\"\(left + 14)\" x2=\"\(left + 42)\" y1=\"\(place)\" "
          + "y2=\"\(place)\"/>")
      lines.append("<text x=\"\(left + 50)\" y=\"\(place)\" dy=\"4\">\(text)</text>")
    }
    lines.append("</svg>\n")
    return lines.joined(separator: "\n")
  }

  private func rounded(_ value: Double) -> Double { (value * 10).rounded() / 10 }

  /// `10 µs`
  private static func unit(_ decade: Int) -> String {
    switch decade {
    case ..<(-3): "1e\(decade + 3) ns"
    case ..<0: "\(Int(pow(10, Double(decade + 3)))) ns"
    case 0..<3: "\(Int(pow(10, Double(decade)))) µs"
    case 3..<6: "\(Int(pow(10, Double(decade - 3)))) ms"
    default: "\(Int(pow(10, Double(decade - 6)))) s"
    }
  }

  private func escaped(_ text: String) -> String {
    text.replacing("&", with: "&amp;").replacing("<", with: "&lt;").replacing(">", with: "&gt;")
  }

  private static let style = """
    <style>
    .page { fill: #ffffff } .grid { stroke: #e3e6ea }
    polyline, line { fill: none; stroke-width: 1 }
    .best { stroke: #2f6fb4; stroke-width: 2.5 } .dot { fill: #2f6fb4 }
    .one { stroke: #c2571a; stroke-width: 1.5 }
    .floor { stroke: #6b7280; stroke-width: 1.5; stroke-dasharray: 5 4 }
    text { fill: #24292f; font: 12px system-ui, sans-serif }
    .title { font-weight: bold; font-size: 15px } .middle { text-anchor: middle }
    .right { text-anchor: end }
    @media (prefers-color-scheme: dark) {
    .page { fill: #16191d } .grid { stroke: #2c3138 } text { fill: #e2e6ea }
    .best { stroke: #6aa8e8 } .dot { fill: #6aa8e8 } .one { stroke: #e8935a }
    .floor { stroke: #9aa3ad }
    }
    </style>
    """
}
