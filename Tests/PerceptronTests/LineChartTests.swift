import Perceptron
import Testing

/// The picture of lines, as text.
@Suite struct LineChartTests {
  private func ticks(_ values: [Double], _ scale: LineChart.Scale) -> [String] {
    let chart = LineChart(
      title: "t", xLabel: "x", yLabel: "y",
      series: [.init(name: "s", points: values.map { ($0, 1) })], xScale: scale)
    return chart.svg().split(separator: "\n").filter { $0.contains("y=\"366\"") }.map {
      String($0.dropLast("</text>".count).split(separator: ">")[1])
    }
  }

  @Test(
    "ticks are round numbers around the values",
    arguments: [
      ([0, 10], LineChart.Scale.linear, "0 2 4 6 8 10"),
      ([0.1, 0.37], .linear, "0.1 0.15 0.2 0.25 0.3 0.35 0.4"),
      ([-3, 4], .linear, "-3 -2 -1 0 1 2 3 4"),
      ([5, 5], .linear, "4.4 4.6 4.8 5 5.2 5.4 5.6"),
      ([0, 0], .linear, "-1 -0.5 0 0.5 1"),
      ([0, 1.5e6], .linear, "0 200000 400000 600000 800000 1e6 1.2e6 1.4e6 1.6e6"),
      ([1e-7, 10], .log, "1e-7 1e-6 1e-5 0.0001 0.001 0.01 0.1 1 10"),
      ([0.3, 4], .log, "0.2 0.5 1 2 5"),
      ([1e-299, 1e290], .log, ""),
    ])
  func tickTexts(_ values: [Double], _ scale: LineChart.Scale, _ expected: String) {
    let texts = ticks(values, scale)
    if expected.isEmpty {
      #expect(texts.count > 2 && texts.count < 12)
    } else {
      #expect(texts.joined(separator: " ") == expected)
    }
  }

  @Test func hostileTextsAndNumbers() {
    let chart = LineChart(
      title: "<script>\u{0}&", xLabel: "\"x\"", yLabel: "</svg>",
      series: [
        .init(name: "<b>", points: [(1, 1), (2, .nan), (3, 2), (4, 3), (5, .infinity)]),
        .init(name: "empty", points: []), .init(name: "huge", points: [(1, 1e308), (2, -1e308)]),
      ], yScale: .log)
    let svg = chart.svg()
    #expect(!svg.contains("<script>") && !svg.contains("<b>") && !svg.contains("\u{0}"))
    #expect(svg.components("</svg>") == 1)
    // One dot before the gap, one line after it; nothing for what cannot be drawn.
    #expect(svg.components("<circle") == 1 && svg.components("<polyline") == 1)
    #expect(!svg.contains("nan") && !svg.contains("inf"))
    #expect(svg == chart.svg())
  }

  @Test func pointsStandWhereTheyShould() {
    let chart = LineChart(
      title: "", xLabel: "", yLabel: "", series: [.init(name: "", points: [(0, 0), (10, 10)])])
    // The plot is 72 … 696 by 348 … 48.
    #expect(chart.svg().contains("points=\"72.0,348.0 696.0,48.0\""))
  }
}

extension String {
  /// How often `text` occurs.
  fileprivate func components(_ text: String) -> Int {
    split(separator: text, omittingEmptySubsequences: false).count - 1
  }
}
