import Foundation
import Testing

@testable import Perceptron

#if canImport(FoundationXML)
  import FoundationXML
#endif

/// The pictures beside `LineChart`: well-formed whatever is drawn and said.
@Suite struct ChartTests {
  private static func elements(_ svg: String) throws -> [String: Int] {
    let reader = ElementCounter()
    let parser = XMLParser(data: Data(svg.utf8))
    parser.delegate = reader
    try #require(parser.parse(), "\(svg)")
    return reader.counts
  }

  private final class ElementCounter: NSObject, XMLParserDelegate {
    var counts: [String: Int] = [:]

    func parser(
      _ parser: XMLParser, didStartElement name: String, namespaceURI: String?,
      qualifiedName: String?, attributes: [String: String]
    ) {
      counts[name, default: 0] += 1
    }
  }

  static let hostile = [
    "</svg><script>alert(1)</script>", "a \"quoted\" & <b>", "\u{1B}[31m", "first\nsecond", "",
    "\u{202E}txt", String(repeating: "long ", count: 500), "]]>", "🏳️‍🌈 e\u{301}",
  ]

  @Test("hostile names stay text", arguments: hostile)
  func names(_ name: String) throws {
    let charts = [
      PlotChart(
        title: name, xLabel: name, yLabel: name,
        marks: [.bars([(left: 0, right: 1, y: 2, text: name)])]
      ).svg(),
      HeatChart(
        title: name, rowLabel: name, columnLabel: name, names: [name, "x"],
        counts: [[1, 2], [3, 4]]
      ).svg(),
      BarChart(title: name, xLabel: name, bars: [.init(name: name, value: 1, spread: 0.5)]).svg(),
    ]
    for svg in charts {
      let elements = try Self.elements(svg)
      #expect(elements["script"] == nil)
      #expect(!svg.unicodeScalars.contains { $0.value < 32 && $0 != "\n" })
      #expect(svg.count < 20_000)
    }
  }

  @Test("what is no number is left out")
  func notANumber() throws {
    let chart = PlotChart(
      title: "t", xLabel: "x", yLabel: "y",
      marks: [
        .dots([(x: 1, y: 2), (x: .nan, y: 1), (x: 2, y: .infinity), (x: 3, y: 3)]),
        .bars([(left: 0, right: 1, y: .nan, text: "")]), .line([(x: .nan, y: 1)]),
      ])
    let svg = chart.svg()
    #expect(try Self.elements(svg)["circle"] == 2)
    #expect(try Self.elements(svg)["polyline"] == nil)
    #expect(!svg.contains("nan") && !svg.contains("inf"))
    let bars = BarChart(
      title: "t", xLabel: "x",
      bars: [.init(name: "a", value: .nan, spread: .infinity), .init(name: "b", value: -1)]
    ).svg()
    #expect(try Self.elements(bars)["rect"] == 2)
    for marks in [[], [PlotChart.Mark.dots([])], [.dots([(x: 5, y: 5)])]] {
      _ = try Self.elements(
        PlotChart(title: "t", xLabel: "x", yLabel: "y", marks: marks).svg())
    }
    _ = try Self.elements(BarChart(title: "t", xLabel: "x", bars: []).svg())
  }

  @Test("a cell is as strong as its share of the row")
  func heat() {
    let svg = HeatChart(
      title: "t", rowLabel: "truth", columnLabel: "prediction", names: ["a", "b"],
      counts: [[3, 1], [0, 0]]
    ).svg()
    let strengths = svg.components(separatedBy: "fill-opacity=\"").dropFirst().map {
      String($0.prefix { $0 != "\"" })
    }
    #expect(strengths == ["0.750", "0.250", "0.000", "0.000"])
    #expect(svg.contains("a as b: 1, 25.0 % of the row"))
  }

  @Test("bars below 0 go to the left and look different")
  func signs() {
    let svg = BarChart(
      title: "t", xLabel: "x", bars: [.init(name: "up", value: 2), .init(name: "down", value: -1)]
    ).svg()
    #expect(svg.components(separatedBy: "class=\"bar\"").count == 2)
    #expect(svg.components(separatedBy: "class=\"below\"").count == 2)
  }
}
