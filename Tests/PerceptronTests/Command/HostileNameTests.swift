import Foundation
import Perceptron
import Testing

/// Names in a table are data: they cannot write to the terminal or break a file.
@Suite struct HostileNameTests {
  struct Group: Sendable, CustomTestStringConvertible {
    let testDescription: String
    let names: [String]
  }

  static let groups = [
    Group(
      testDescription: "quotes, separators, line ends",
      names: [
        "a \"quoted\" word", "\"", "\"\"", ",", "one, two", "\n", "first\nsecond", "first\r\nthird",
        " spaces ", "\ttab\t", "=1+1", "#", "--drop", "\\u001b", "{}",
      ]),
    Group(
      testDescription: "control characters",
      names: [
        "\u{1B}[31mred\u{1B}[0m", "bell\u{7}", "back\u{8}space", "\u{7F}", "\u{9B}31m", "x\u{85}",
      ]),
    Group(
      testDescription: "more than ASCII",
      names: [
        "🏳️‍🌈 👩‍👩‍👧", "e\u{301}", "\u{301}alone", "\u{202E}txt", "\u{2028}line", "x\u{FEFF}mark",
        String(repeating: "long ", count: 2000) + ".",
      ]),
    Group(testDescription: "a comma with an accent", names: [",\u{301}x", "y"]),
    Group(testDescription: "a quote with an accent", names: ["\"\u{301}x", "y"]),
    Group(testDescription: "a newline with an accent", names: ["\n\u{301}x", "y"]),
  ]

  /// As RFC 4180 writes it.
  private static func cell(_ text: String) -> String {
    "\"" + text.replacingOccurrences(of: "\"", with: "\"\"", options: .literal) + "\""
  }

  /// A column for every name, a category and a target of all names.
  private static func table(_ names: [String], target: String) -> String {
    let header = names.map { cell($0 + "1") } + [cell(names[0] + "2"), cell(target)]
    return Tables.table(header.joined(separator: ","), rows: 6 * names.count) { i in
      let numbers = names.indices.map { "\((i + $0) % 7)" }
      let texts = [names[i / 2 % names.count], names[i % names.count]].map(cell)
      return (numbers + texts).joined(separator: ",")
    }
  }

  @Test("Hostile names are trained on, shown, predicted and read back", arguments: groups)
  func works(_ group: Group) throws {
    let names = group.names
    let target = "y" + names[0]
    let place = try Workplace(["data.csv": Self.table(names, target: target)])
    let outcomes = [
      try place.succeed([
        "train", "@data.csv", "--target=" + target, "--epochs", "1", "--out", "@m", "--hidden",
        "3:relu",
      ]),
      try place.succeed(["evaluate", "@m", "@data.csv", "--report", "@report.html"]),
      try place.succeed(["inspect", "@m"]),
      try place.succeed(["importance", "@m", "@data.csv", "--repeats", "1", "--plot", "@p.svg"]),
      try place.succeed([
        "importance", "@m", "@data.csv", "--partial-dependence=" + names[0] + "2", "--plot",
        "@p2.svg",
      ]),
    ]
    // Pages and pictures are well-formed whatever the names are.
    for name in ["report.html", "p.svg", "p2.svg"] {
      let text = try place.text(name)
      expectPrintable(text)
      let markup = text.replacing("<!DOCTYPE html>", with: "")
      Markup.expectWellFormed(markup)
    }
    for text in outcomes.flatMap({ [$0.out, $0.err] }) {
      expectPrintable(text)
      #expect(text.count < 20_000)
    }
    for arguments in [["evaluate", "@m", "@data.csv", "--json"], ["inspect", "@m", "--json"]] {
      let shown = try place.succeed(arguments)
      expectPrintable(shown.out)
      let json = try JSON.parse(Array(shown.out.utf8))
      let classes = try #require(json["classes"]?.array).compactMap { $0.string }
      #expect(Self.bytes(classes) == Self.bytes(names))
    }
    let predicted = try place.succeed(["predict", "@m", "@data.csv"])
    #expect(predicted.err == "")
    let table = try Table(bytes: Array(predicted.out.utf8), name: "out")
    #expect(table.rowCount == 6 * names.count)
    let header = ["prediction"] + names.map { "probability_" + $0 }
    #expect(Self.bytes(table.columns.map(\.name)) == Self.bytes(header))
    let labels = table.texts(column: 0, rows: Array(0..<table.rowCount)).map { $0 ?? "" }
    #expect(Self.bytes(labels).isSubset(of: Self.bytes(names)))
  }

  private static func bytes(_ names: [String]) -> Set<[UInt8]> { Set(names.map { Array($0.utf8) }) }

  @Test(
    "A hostile name in a refusal is on one line",
    arguments: ["\u{1B}[31m", "first\r\nsecond", "\u{9B}31m\u{7F}"])
  func refuses(_ name: String) throws {
    let place = try Workplace()
    let train = ["train", "@data.csv", "--epochs", "1", "--out", "@m", "--hidden", "2:relu"]
    let table = Self.table([name, "other"], target: "y" + name)
    // A target that is not there, with all that is there in the message.
    try place.write(table, to: "data.csv")
    try place.refuse(train + ["--target=none" + name], says: ["data.csv"])
    // A class the model does not know, with those it knows; a column it needs.
    try place.succeed(train + ["--target=y" + name])
    let unknown =
      "\(Self.cell(name + "1")),other1,\(Self.cell(name + "2")),\(Self.cell("y" + name))"
    try place.write(unknown + "\n1,2,other,\(Self.cell("not" + name))\n", to: "data.csv")
    try place.refuse(["evaluate", "@m", "@data.csv"], says: ["does not know"])
    try place.write("a\n1\n", to: "data.csv")
    try place.refuse(["predict", "@m", "@data.csv"], says: ["needs the column"])
    // A checkpoint of another target.
    try place.write(table, to: "data.csv")
    let saving = train + ["--checkpoint", "@c", "--quiet"]
    try place.succeed(saving + ["--target=y" + name])
    try place.refuse(
      saving + ["--resume", "--target=" + name + "2"], says: ["another training", "target"])
    // A column that looks like an identifier, and one without a value.
    for text in ["t", ""] {
      let column = Tables.table("\(Self.cell(name)),a,y", rows: 24) { i in
        "\(text.isEmpty ? "" : text + "\(i)"),\(i),\(i % 2)"
      }
      try place.write(column, to: "data.csv")
      try place.refuse(train + ["--target", "y"], says: ["--drop"])
    }
  }
}
