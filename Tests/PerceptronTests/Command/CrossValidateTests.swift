import Foundation
import Perceptron
import Testing

/// `perceptron cross-validate`.
@Suite struct CrossValidateTests {
  private static let command = [
    "cross-validate", "@data.csv", "--target", "kind", "--folds", "3", "--epochs", "3", "--hidden",
    "4:tanh",
  ]

  @Test("A table of folds, their mean and deviation, and every row predicted once")
  func folds() throws {
    let place = try Workplace(["data.csv": Tables.flowers])
    let outcome = try place.succeed(Self.command + ["--predictions", "@p.csv"])
    for part in ["fold 1/3", "fold 3/3", "mean", "± standard deviation", "accuracy", "roc_auc"] {
      #expect(outcome.out.contains(part), "\(part)")
    }
    #expect(outcome.err.split(separator: "\n").filter { $0.hasPrefix("fold ") }.count == 3)
    let table = try Table(contentsOf: place.folder("p.csv"))
    #expect(
      table.columns.map(\.name) == [
        "row", "fold", "truth", "prediction", "probability_iris", "probability_lily",
        "probability_rose",
      ])
    #expect(table.rowCount == 60)
    let rows = try table.numbers(column: 0, rows: Array(0..<60), as: Double.self)
    #expect(rows == (1...60).map { Double($0) })
    let data = try Table(contentsOf: place.folder("data.csv"))
    for row in 0..<60 { #expect(table.text(row: row, column: 2) == data.text(row: row, column: 3)) }

    let json = try JSON.parse(Array(try place.succeed(Self.command + ["--json"]).out.utf8))
    let folds = try #require(json["folds"]?.array)
    #expect(folds.count == 3 && json["complete"]?.bool == true)
    #expect(folds.compactMap { $0["rows"]?.int }.reduce(0, +) == 60)
    let values = folds.compactMap { $0["metrics"]?["accuracy"]?.double }
    let mean = try #require(json["summary"]?["accuracy"]?["mean"]?.double)
    #expect(abs(values.reduce(0, +) / 3 - mean) < 1e-12)
    // What the table of predictions says is what the metrics counted.
    let hits = (0..<60).count { table.text(row: $0, column: 2) == table.text(row: $0, column: 3) }
    #expect(abs(Double(hits) / 60 - mean) < 1e-9)
  }

  @Test("--group-column is no input and keeps its rows together")
  func groups() throws {
    let text = Tables.table("x,patient,price", rows: 40) { i in
      "\(i % 7),p\(i % 9),\(i % 7 * 3).\(i % 4)"
    }
    let place = try Workplace(["data.csv": text])
    try place.succeed([
      "cross-validate", "@data.csv", "--target", "price", "--task", "regression",
      "--group-column", "patient", "--epochs", "2", "--folds", "3", "--predictions", "@p.csv",
      "--repeats", "2", "--out", "@m",
    ])
    let table = try Table(contentsOf: place.folder("p.csv"))
    #expect(table.columns.map(\.name) == ["repetition", "row", "fold", "truth", "prediction"])
    #expect(table.rowCount == 80)
    var foldOf: [String: Set<String>] = [:]
    for row in 0..<40 {
      let number = try #require(Int(table.text(row: row, column: 1) ?? ""))
      foldOf["p\((number - 1) % 9)", default: []].insert(table.text(row: row, column: 2) ?? "")
    }
    #expect(foldOf.count == 9 && foldOf.values.allSatisfy { $0.count == 1 })
    #expect(
      try MLP<Float>(contentsOf: place.folder("m")).preprocessing?.inputs.map(\.name) == ["x"])
  }

  @Test("Killed and resumed, the result is the same; another run's folds are refused")
  func resumes() throws {
    let place = try Workplace(["data.csv": Tables.flowers])
    let whole = try place.succeed(Self.command + ["--json"]).out
    let saving = Self.command + ["--checkpoint", "@c", "--resume"]
    for fold in 1...2 {
      let running = try place.start(saving.map { $0 == "3" ? "3" : $0 })
      try running.waitForLine("fold \(fold)/3")
      running.send(SIGKILL)
      _ = try running.outcome()
    }
    #expect(try place.succeed(saving + ["--json"]).out == whole)
    try place.refuse(
      saving + ["--seed", "4"], says: ["belongs to another run", "seed was \"0\", now it is \"4\""])
    try place.refuse(Self.command + ["--checkpoint", "@data.csv"], says: ["--checkpoint"])
  }

  @Test("Every fold diverged: said, with exit code 1; some: left out of the mean")
  func diverges() throws {
    let place = try Workplace(["data.csv": Tables.houses])
    let all = try place.run([
      "cross-validate", "@data.csv", "--target", "price", "--folds", "2", "--learning-rate", "1e30",
      "--quiet", "--json",
    ])
    #expect(all.code == 1)
    expectOneLine(all.err, says: ["every fold diverged", "epoch ", "step ", "layer "])
    let json = try JSON.parse(Array(all.out.utf8))
    #expect(json["folds"]?.array?.allSatisfy { $0["stopped"]?.string == "diverged" } == true)
    let wild = Tables.table("x,y", rows: 40) { "\($0 == 0 ? "1e30" : "\($0 % 7)"),\($0 % 5).5" }
    try place.write(wild, to: "wild.csv")
    let some = try place.succeed([
      "cross-validate", "@wild.csv", "--target", "y", "--task", "regression", "--folds", "4",
      "--scale", "none", "--optimizer", "sgd", "--validation", "0", "--epochs", "2",
    ])
    #expect(
      some.out.contains("3 of 4 of 4 folds diverged") || some.out.contains("diverged and are"))
  }

  @Test(
    "A wrong call is exit code 64",
    arguments: [
      ("--resume", "--checkpoint"), ("--validation 0 --early-stopping 3", "--validation"),
      ("--validation 0 --monitor f1", "--validation"), ("--min-delta 0.1", "--early-stopping"),
    ])
  func usage(_ options: String, _ says: String) throws {
    let place = try Workplace(["data.csv": Tables.flowers])
    let outcome = try place.run(Self.command + options.split(separator: " ").map(String.init))
    #expect(outcome.code == 64 && outcome.err.contains(says), "\(outcome.err)")
  }
}
