import Foundation
import Perceptron
import Testing

@Suite struct ImportanceTests {
  private static func place() throws -> Workplace {
    let place = try Workplace(["flowers.csv": Tables.flowers, "houses.csv": Tables.houses])
    try place.write(Models.flowers.get(), to: "flowers")
    try place.write(Models.houses.get(), to: "houses")
    return place
  }

  static let questions: [[String]] = [
    [], ["--metric", "log-loss", "--repeats", "2", "--seed", "7"],
    ["--method", "integrated-gradients"],
    ["--method", "integrated-gradients", "--row", "4", "--class", "rose", "--baseline", "zero"],
    ["--partial-dependence", "length", "--grid", "5"], ["--partial-dependence", "colour"],
  ]

  @Test("text, JSON, CSV and picture of every question", arguments: questions)
  func forms(_ question: [String]) throws {
    let place = try Self.place()
    let command = ["importance", "@flowers", "@flowers.csv"] + question
    let text = try place.succeed(command + ["--plot", "@plot.svg", "--out", "@out.csv"])
    expectPrintable(text.out)
    let json = try JSON.parse(Array(try place.succeed(command + ["--json"]).out.utf8))
    #expect(json["method"]?.string != nil)
    Markup.expectWellFormed(try place.text("plot.svg"))
    let csv = try Table(bytes: place.bytes("out.csv"), name: "out")
    switch json["method"]?.string {
    case "partial-dependence":
      #expect(csv.columns.map(\.name) == [question[1], "iris", "lily", "rose"])
      #expect(csv.rowCount == json["values"]?.array?.count)
    case "integrated-gradients":
      #expect(csv.columns.map(\.name) == ["column", "value", "attribution"])
      let error = try #require(json["completeness_error"]?.double)
      #expect(abs(error) < 1e-7)
      let numbers = try csv.numbers(column: 2, rows: [0, 1, 2], as: Double.self)
      let answer = try #require(json["answer"]?.double)
      let baseline = try #require(json["baseline_answer"]?.double)
      #expect(abs(numbers.reduce(0, +) - (answer - baseline)) < 1e-7)
      #expect(text.out.contains("error of completeness"))
    default:
      #expect(csv.rowCount == 3)
      #expect(json["columns"]?.array?.count == 3)
    }
  }

  @Test("a model of numbers says its answers in the target's unit")
  func numbers() throws {
    let place = try Self.place()
    let out = try place.succeed(
      ["importance", "@houses", "@houses.csv", "--partial-dependence", "rooms", "--json"]
    ).out
    let curve = try #require(JSON.parse(Array(out.utf8))["curves"]?.array?.first)
    #expect(curve["name"]?.string == "price")
    let values = try #require(curve["values"]?.array).compactMap(\.double)
    #expect(values.count == 7 && values.allSatisfy { $0 > 50_000 })
  }

  @Test(
    "options without effect are a wrong call",
    arguments: [
      ["--row", "2"], ["--class", "rose"], ["--baseline", "zero"], ["--grid", "5"],
      ["--method", "integrated-gradients", "--repeats", "3"],
      ["--method", "integrated-gradients", "--metric", "accuracy"],
      ["--partial-dependence", "length", "--seed", "1"],
      ["--partial-dependence", "length", "--method", "permutation"], ["--repeats", "0"],
      ["--method", "integrated-gradients", "--row", "0"],
      ["--partial-dependence", "length", "--grid", "1"],
    ])
  func wrongCalls(_ options: [String]) throws {
    let outcome = try Self.place().run(["importance", "@flowers", "@flowers.csv"] + options)
    #expect(outcome.code == 64, "\(outcome.err)")
  }

  @Test("refusals name what is wrong and leave every file alone")
  func refusals() throws {
    let place = try Self.place()
    let command = ["importance", "@flowers", "@flowers.csv"]
    try place.refuse(command + ["--method", "permutations"], says: ["did you mean permutation?"])
    try place.refuse(command + ["--metric", "rmse"], says: ["rmse is for numbers"])
    try place.refuse(command + ["--partial-dependence", "colr"], says: ["colour"])
    try place.refuse(
      command + ["--method", "integrated-gradients", "--row", "61"], says: ["rows 1 to 60"])
    try place.refuse(
      command + ["--method", "integrated-gradients", "--class", "tulip"], says: ["class"])
    try place.refuse(command + ["--out", "@flowers.csv"], says: ["made from"])
    try place.refuse(command + ["--plot", "@houses.csv"], says: ["no picture"])
    try place.refuse(
      ["importance", "@houses", "@houses.csv", "--method", "integrated-gradients", "--class", "x"],
      says: ["predicts a number"])
  }

  @Test("README quotes what is said about its first model")
  func readme() throws {
    let root = URL(filePath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
      .deletingLastPathComponent().deletingLastPathComponent()
    let readme = try String(contentsOf: root.appending(path: "README.md"), encoding: .utf8)
    let penguins = root.appending(path: "Examples/penguins.csv").path
    let place = try Workplace()
    try place.succeed(["train", penguins, "--target", "species", "--out", "@m", "--quiet"])
    for question in [[], ["--method", "integrated-gradients", "--row", "3"]] {
      let text = try place.succeed(["importance", "@m", penguins] + question).out
      #expect(readme.contains("```\n\(text)```\n"), "\(text)")
    }
  }
}
