import Foundation
import Perceptron
import Testing

/// `predict` and `evaluate` on models of every kind.
@Suite struct PredictTests {
  struct Kind: Sendable, CustomTestStringConvertible {
    let testDescription: String
    let table: String
    let target: String
    let options: [String]
    /// Columns of the predictions.
    let columns: [String]

    init(_ name: String, _ table: String, _ target: String, _ options: String, _ columns: String) {
      (testDescription, self.table, self.target) = (name, table, target)
      self.options = options.split(separator: " ").map(String.init)
      self.columns = columns.split(separator: ",").map(String.init)
    }

    func place() throws -> Workplace {
      let place = try Workplace(["data.csv": table])
      try place.write(
        Models.train(table, ["--target", target, "--epochs", "4"] + options), to: "model")
      return place
    }
  }

  private static let kinds = "prediction,probability_iris,probability_lily,probability_rose"

  static let models = [
    Kind("three classes", Tables.flowers, "kind", "--hidden 5:relu", kinds),
    Kind(
      "three classes, double", Tables.flowers, "kind", "--hidden 3:tanh --precision double", kinds),
    Kind("three classes, raw", Tables.flowers, "kind", "--hidden 3:tanh --scale none", kinds),
    Kind(
      "three classes, squares", Tables.flowers, "kind", "--layers 3:sigmoid --loss mse", kinds),
    Kind(
      "two classes", Tables.coins, "side", "--hidden 4:relu",
      "prediction,probability_heads,probability_tails"),
    Kind(
      "two classes, two outputs", Tables.coins, "side", "--layers 2:softmax --scale minmax",
      "prediction,probability_heads,probability_tails"),
    Kind("a number", Tables.houses, "price", "--hidden 8:relu --learning-rate 0.05", "prediction"),
    Kind(
      "a number, double, no bias", Tables.houses, "price", "--precision double --no-bias",
      "prediction"),
  ]

  @Test("The predictions are a table with a row for each row", arguments: models)
  func predicts(_ kind: Kind) throws {
    let place = try kind.place()
    let outcome = try place.succeed(["predict", "@model", "@data.csv"])
    #expect(outcome.err == "")
    let table = try Table(bytes: Array(outcome.out.utf8), name: "out")
    let rows = kind.table.split(separator: "\n").count - 1
    #expect(table.columns.map(\.name) == kind.columns)
    #expect(table.rowCount == rows)
    for row in 0..<rows where kind.columns.count > 1 && !kind.options.contains("mse") {
      let sum = try (1..<kind.columns.count).reduce(0.0) {
        $0 + (try table.number(row: row, column: $1, as: Double.self) ?? .nan)
      }
      #expect(abs(sum - 1) < 1e-5)
    }
    let input = try place.succeed(["predict", "@model", "-"], input: kind.table)
    #expect(input.out == outcome.out)
    let written = try place.succeed(["predict", "@model", "@data.csv", "--out", "@p.csv"])
    #expect(written.out == "")
    #expect(try place.text("p.csv") == outcome.out)
    let json = try JSON.parse(
      Array(try place.succeed(["predict", "@model", "@data.csv", "--json"]).out.utf8))
    #expect(json["target"]?.string == kind.target)
    #expect(json["predictions"]?.array?.count == rows)
  }

  @Test("Evaluation agrees with the predictions", arguments: models)
  func evaluates(_ kind: Kind) throws {
    let place = try kind.place()
    let json = try JSON.parse(
      Array(try place.succeed(["evaluate", "@model", "@data.csv", "--json"]).out.utf8))
    let rows = kind.table.split(separator: "\n").count - 1
    #expect(json["rows"]?.int == rows)
    #expect(json["loss"]?.double?.isFinite == true)
    let truth = try Table(contentsOf: place.folder("data.csv"))
    let answer = try place.succeed(["predict", "@model", "@data.csv"])
    let predictions = try Table(bytes: Array(answer.out.utf8), name: "out")
    let target = try truth.index(of: kind.target)
    let all = Array(0..<rows)
    if kind.columns.count > 1 {
      let pairs = zip(
        truth.texts(column: target, rows: all), predictions.texts(column: 0, rows: all))
      let hits = pairs.filter { $0 == $1 }.count
      #expect(json["accuracy"]?.double == Double(hits) / Double(rows))
      for key in ["precision", "recall", "f1", "roc_auc", "confusion_matrix"] {
        #expect(json[key] != nil, "\(key)")
      }
    } else {
      let expected = try truth.numbers(column: target, rows: all, as: Double.self)
      let given = try predictions.numbers(column: 0, rows: all, as: Double.self)
      let mae = zip(expected, given).reduce(0) { $0 + abs($1.0 - $1.1) } / Double(rows)
      #expect(abs((json["mae"]?.double ?? .nan) - mae) <= 1e-5 * mae)
      // In the target's own unit: a network that has learned anything stays near its range.
      #expect(mae < 200_000)
      for key in ["rmse", "r2"] { #expect(json[key]?.double != nil, "\(key)") }
    }
    #expect(try place.succeed(["evaluate", "@model", "-"], input: kind.table).out.contains("rows"))
  }

  /// The flowers, their columns in the order given; unknown names are columns of ones.
  private func flowers(_ columns: [String]) -> String {
    let lines = Tables.flowers.split(separator: "\n").map {
      $0.split(separator: ",", omittingEmptySubsequences: false).map(String.init)
    }
    return Tables.table(columns.joined(separator: ";"), rows: lines.count - 1) { row in
      columns.map { name in
        lines[0].firstIndex(of: name).map { lines[row + 1][$0] } ?? "1"
      }.joined(separator: ";")
    }
  }

  @Test("Columns are found by name, others ignored and said once; the target may be missing")
  func columns() throws {
    let place = try Workplace()
    try place.write(Models.flowers.get(), to: "model")
    let expected = try place.succeed(["predict", "@model", "-"], input: Tables.flowers)
    #expect(expected.err == "")
    for order in [["kind", "colour", "width", "length"], ["colour", "length", "width"]] {
      let outcome = try place.succeed(["predict", "@model", "-"], input: flowers(order))
      #expect(outcome.out == expected.out)
      #expect(outcome.err == "")
    }
    for command in ["predict", "evaluate"] {
      let outcome = try place.succeed(
        [command, "@model", "-"],
        input: flowers(["colour", "one", "length", "kind", "width", "two"]))
      let lines = outcome.err.split(separator: "\n")
      #expect(lines.count == 1)
      #expect(lines.first?.hasPrefix("note: ") == true)
      #expect(outcome.err.contains("one, two"))
      if command == "predict" { #expect(outcome.out == expected.out) }
    }
  }

  @Test("A table that does not fit is refused with the place")
  func refuses() throws {
    let place = try Workplace()
    try place.write(Models.flowers.get(), to: "model")
    func refuse(_ command: String, _ table: String, _ says: [String]) throws {
      try place.write(table, to: "data.csv")
      try place.refuse([command, "@model", "@data.csv"], says: says)
    }
    for command in ["predict", "evaluate"] {
      try refuse(command, flowers(["colour", "length", "kind"]), ["data.csv", "\"width\""])
      try refuse(command, "", ["data.csv", "empty"])
      try refuse(command, "length,width,colour,kind\n", ["data.csv", "no data rows"])
      let cell = "length,width,colour,kind\n1,2,red,rose\n3,4,red,lily\n5,six,red,iris\n"
      try refuse(command, cell, ["data.csv, line 4, column \"width\"", "\"six\" is not a number"])
      let infinite = "length,width,colour,kind\n1,2,red,rose\n-inf,4,red,lily\n"
      try refuse(command, infinite, ["data.csv, line 3, column \"length\"", "-inf"])
    }
    try refuse("evaluate", flowers(["colour", "length", "width"]), ["data.csv", "\"kind\""])
    let unknown = "length,width,colour,kind\n1,2,red,rose\n3,4,red,tulip\n"
    try refuse("evaluate", unknown, ["data.csv, line 3, column \"kind\"", "\"tulip\"", "rose"])
    let unlabelled = "length,width,colour,kind\n1,2,red,\n3,4,red,NA\n"
    try refuse("evaluate", unlabelled, ["data.csv", "column \"kind\"", "no row has a target"])
    try place.write(Tables.flowers, to: "data.csv")
    try place.refuse(
      ["evaluate", "@model", "@data.csv", "--loss", "cross-entrpy"],
      says: ["did you mean cross-entropy?"])
    try place.refuse(
      ["evaluate", "@model", "@data.csv", "--loss", "bce"],
      says: ["binary-cross-entropy", "sigmoid"])
    try place.refuse(
      ["predict", "@model", "@data.csv", "--separator", "coma"], says: ["did you mean comma?"])
    try place.refuse(["predict", "@model", "-"], says: ["standard input", "empty"])
  }

  @Test("A category never seen and a missing number are predicted")
  func unseen() throws {
    let place = try Workplace()
    try place.write(Models.flowers.get(), to: "model")
    let outcome = try place.succeed(
      ["predict", "@model", "-"], input: "length,width,colour\n1,?,violet\n,2,\n")
    #expect(outcome.out.split(separator: "\n").count == 3)
    #expect(!outcome.out.contains("nan"))
  }

  @Test("Standard input is read from where it stands")
  func standardInput() throws {
    let place = try Workplace(["data.csv": "a comment\n" + Tables.flowers])
    try place.write(Models.flowers.get(), to: "model")
    let file = open(place.folder("data.csv"), O_RDONLY | O_CLOEXEC)
    defer { close(file) }
    #expect(lseek(file, 10, SEEK_SET) == 10)
    let command = try RunningCommand(["predict", place.folder("model"), "-"], inputFile: file)
    let expected = try place.succeed(["predict", "@model", "-"], input: Tables.flowers)
    #expect(try command.outcome().out == expected.out)
  }
}
