import Foundation
import Perceptron
import Testing

#if canImport(FoundationXML)
  import FoundationXML
#endif

@Suite struct EvaluateTests {
  private static func place() throws -> Workplace {
    let place = try Workplace([
      "flowers.csv": Tables.flowers, "coins.csv": Tables.coins, "houses.csv": Tables.houses,
    ])
    try place.write(Models.flowers.get(), to: "flowers")
    try place.write(Models.coins.get(), to: "coins")
    try place.write(Models.houses.get(), to: "houses")
    return place
  }

  private static func json(_ place: Workplace, _ arguments: [String]) throws -> JSON {
    let out = try place.succeed(["evaluate"] + arguments + ["--json"]).out
    return try JSON.parse(Array(out.utf8))
  }

  @Test("JSON of classes: what was there, and all of the rest")
  func classes() throws {
    let json = try Self.json(Self.place(), ["@flowers", "@flowers.csv", "--top-k", "2"])
    let keys = try #require(json.object).map(\.key)
    #expect(
      keys == [
        "rows", "loss", "accuracy", "precision", "recall", "f1", "roc_auc", "classes",
        "confusion_matrix", "balanced_accuracy", "matthews_correlation", "kappa",
        "average_precision", "log_loss", "brier", "top_2_accuracy", "per_class", "macro",
        "macro_over_present_classes", "weighted", "micro", "calibration",
      ])
    #expect(json["per_class"]?.array?.count == 3)
    #expect(json["micro"]?["f1"] == json["accuracy"])
    #expect(json["macro"]?["f1"] == json["f1"])
    #expect(json["calibration"]?["bins"]?.array?.count == 10)
    let bins = try #require(json["calibration"]?["bins"]?.array)
    #expect(bins.compactMap { $0["rows"]?.int }.reduce(0, +) == 60)
  }

  @Test("JSON of numbers")
  func numbers() throws {
    let json = try Self.json(Self.place(), ["@houses", "@houses.csv"])
    let keys = try #require(json.object).map(\.key)
    #expect(
      keys == [
        "rows", "loss", "mae", "rmse", "r2", "mse", "median_absolute_error", "max_error", "mape",
        "explained_variance",
      ])
    let (mse, rmse) = (try #require(json["mse"]?.double), try #require(json["rmse"]?.double))
    #expect(abs(rmse * rmse / mse - 1) < 1e-12)
  }

  @Test("a threshold of 0 predicts the second class everywhere, one of 1 nearly nowhere")
  func threshold() throws {
    let place = try Self.place()
    let all = try Self.json(place, ["@coins", "@coins.csv", "--threshold", "0", "--bins", "15"])
    let matrix = try #require(all["confusion_matrix"]?.array).compactMap(\.array)
    #expect(matrix.map { $0[0] } == [0, 0])
    #expect(all["threshold"]?.double == 0)
    #expect(all["calibration"]?["bins"]?.array?.count == 15)
    let none = try Self.json(place, ["@coins", "@coins.csv", "--threshold", "1"])
    #expect(none["recall"]?.double == 0)
    #expect(none["roc_auc"] == all["roc_auc"])
  }

  @Test("options that say nothing about the model are refused")
  func refusals() throws {
    let place = try Self.place()
    try place.refuse(
      ["evaluate", "@flowers", "@flowers.csv", "--threshold", "0.3"], says: ["two classes", "3"])
    try place.refuse(["evaluate", "@houses", "@houses.csv", "--top-k", "2"], says: ["a number"])
    try place.refuse(
      ["evaluate", "@houses", "@houses.csv", "--report", "@coins.csv"], says: ["no report"])
    try place.refuse(
      ["evaluate", "@houses", "@houses.csv", "--report", "@houses"], says: ["no report"])
    for wrong in [
      ["--top-k", "0"], ["--threshold", "1.5"], ["--threshold", "nan"], ["--bins", "0"],
    ] {
      #expect(try place.run(["evaluate", "@coins", "@coins.csv"] + wrong).code == 64)
    }
  }

  /// The names of a page's elements, their texts, and what stands in attributes.
  private final class Page: NSObject, XMLParserDelegate {
    var elements: [String: Int] = [:]
    var addresses: [String] = []
    var text = ""

    init(_ html: String) throws {
      super.init()
      let parser = XMLParser(data: Data(html.replacing("<!DOCTYPE html>", with: "").utf8))
      parser.delegate = self
      try #require(parser.parse(), "not well-formed: \(parser.parserError as Any)")
    }

    func parser(
      _ parser: XMLParser, didStartElement name: String, namespaceURI: String?,
      qualifiedName: String?, attributes: [String: String]
    ) {
      elements[name, default: 0] += 1
      addresses += attributes.filter { ["href", "src", "action"].contains($0.key) }.map(\.value)
    }

    func parser(_ parser: XMLParser, foundCharacters string: String) { text += string }
  }

  @Test(
    "the report is one well-formed page without scripts",
    arguments: [("flowers", 5), ("coins", 5), ("houses", 3)])
  func report(_ name: String, _ pictures: Int) throws {
    let place = try Self.place()
    let outcome = try place.succeed(
      ["evaluate", "@\(name)", "@\(name).csv", "--report", "@report.html"])
    #expect(outcome.err.contains("report written to"))
    let page = try Page(place.text("report.html"))
    #expect(page.elements["svg"] == pictures)
    #expect(page.elements["script"] == nil)
    #expect(page.addresses == ["data:,"])
    #expect(page.text.contains("How the model was trained"))
    // The same bytes again, over the report that is there.
    let first = try place.bytes("report.html")
    try place.succeed(["evaluate", "@\(name)", "@\(name).csv", "--report", "@report.html"])
    #expect(try place.bytes("report.html") == first)
  }

  @Test("the report's numbers are those of the terminal")
  func numbersOfTheReport() throws {
    let place = try Self.place()
    let out = try place.succeed(
      ["evaluate", "@flowers", "@flowers.csv", "--report", "@report.html", "--top-k", "2"]
    ).out
    let page = try Page(place.text("report.html"))
    let numbers = out.split { " \n".contains($0) }.filter { $0.contains(".") }
    #expect(numbers.count > 20)
    for number in numbers where Double(number) != nil && number.count == 6 {
      #expect(page.text.contains(number), "\(number)")
    }
  }

  @Test("a reader of probabilities sees counts in the reliability diagram")
  func counts() throws {
    let place = try Self.place()
    try place.succeed(["evaluate", "@coins", "@coins.csv", "--report", "@report.html"])
    let page = try Page(place.text("report.html"))
    #expect(page.text.contains("Rows by probability"))
    #expect(page.text.contains(" rows, share "))
  }
}
