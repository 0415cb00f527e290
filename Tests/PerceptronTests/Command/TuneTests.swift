import Foundation
import Perceptron
import Testing

/// `perceptron tune`.
@Suite struct TuneTests {
  private static let command = [
    "tune", "@data.csv", "--target", "kind", "--epochs", "3", "--out", "@m",
  ]
  private static let rates = ["--search", "learning-rate=log:1e-3..1e-1", "--search", "units=2..5"]

  @Test("The table is sorted, and the best model is what train makes of its settings")
  func best() throws {
    let place = try Workplace(["data.csv": Tables.flowers])
    let outcome = try place.succeed(Self.command + Self.rates + ["--trials", "4", "--json"])
    let json = try JSON.parse(Array(outcome.out.utf8))
    let trials = try #require(json["trials"]?.array)
    let scores = trials.compactMap { $0["score"]?.double }
    #expect(scores.count == 4 && scores == scores.sorted())
    let settings = try #require(json["best"]?["settings"])
    let units = try #require(settings["units"]?.string)
    try place.succeed([
      "train", "@data.csv", "--target", "kind", "--epochs", "3", "--out", "@t", "--learning-rate",
      try #require(settings["learning-rate"]?.string), "--hidden", "\(units):relu,\(units):relu",
    ])
    #expect(
      try MLP<Float>(contentsOf: place.folder("m")).parameters
        == MLP<Float>(contentsOf: place.folder("t")).parameters)
    let text = try place.succeed(Self.command + Self.rates + ["--trials", "4"]).out
    #expect(text.contains("validation loss") && text.contains("best: trial "))
  }

  @Test(
    "The usual space trains; folds and halving judge",
    arguments: [
      "--trials 3", "--trials 2 --folds 2", "--trials 4 --strategy halving --monitor accuracy",
    ])
  func usual(_ options: String) throws {
    let place = try Workplace(["data.csv": Tables.flowers])
    let outcome = try place.succeed(
      Self.command + options.split(separator: " ").map(String.init) + ["--json", "--quiet"])
    #expect(outcome.err == "")
    let json = try JSON.parse(Array(outcome.out.utf8))
    #expect(json["best"]?["score"]?.double != nil)
    try place.succeed(["evaluate", "@m", "@data.csv"])
  }

  @Test("Killed and resumed, the table is the same bytes")
  func resumes() throws {
    let place = try Workplace(["data.csv": Tables.flowers])
    let command = Self.command + Self.rates + ["--trials", "6"]
    try place.succeed(command + ["--table", "@whole.jsonl"])
    let model = try place.bytes("m")
    let saving = command + ["--table", "@t.jsonl", "--resume"]
    for trial in [2, 4] {
      let running = try place.start(saving)
      try running.waitForLine("trial \(trial),")
      running.send(SIGKILL)
      _ = try running.outcome()
    }
    try place.succeed(saving)
    #expect(try place.bytes("t.jsonl") == place.bytes("whole.jsonl"))
    #expect(try place.bytes("m") == model)
    // More trials of the same search go on behind them.
    let more = try place.succeed(saving.map { $0 == "6" ? "7" : $0 })
    #expect(more.err.split(separator: "\n").filter { $0.hasPrefix("trial ") }.count == 1)
    try place.refuse(saving + ["--seed", "9"], says: ["another run", "seed"])
    try place.refuse(command + ["--table", "@data.csv"], says: ["--table"])
  }

  @Test("A trial that diverges does not end the search; when all do, it is said")
  func diverges() throws {
    let place = try Workplace(["data.csv": Tables.flowers])
    let some = try place.succeed(
      Self.command + ["--trials", "3", "--search", "learning-rate=1e30|0.01", "--seed", "1"])
    #expect(some.err.contains("diverged: the loss became") || !some.out.contains("diverged"))
    let all = try place.run(
      Self.command + ["--trials", "2", "--search", "learning-rate=1e30", "--quiet"])
    #expect(all.code == 1)
    expectOneLine(all.err, says: ["every trial diverged", "step ", "lower learning rates"])
  }

  @Test("A space from a file")
  func space() throws {
    let place = try Workplace([
      "data.csv": Tables.flowers,
      "space.json": #"{"learning-rate": "log:1e-3..1e-1", "hidden": ["3:relu", "4:tanh"]}"#,
      "broken.json": "{", "list.json": "[1]",
    ])
    try place.succeed(Self.command + ["--trials", "2", "--space", "@space.json"])
    try place.refuse(
      Self.command + ["--space", "@broken.json"], says: ["broken.json", "not JSON"])
    try place.refuse(Self.command + ["--space", "@list.json"], says: ["JSON object"])
  }

  @Test(
    "What cannot be searched is refused",
    arguments: [
      (["--search", "learning-rat=1..2"], "did you mean learning-rate?"),
      (["--search", "units=2..3", "--layers", "3:softmax"], "--layers"),
      (["--search", "optimizer=adma"], "did you mean adam?"),
      (["--search", "batch-size=0.5..0.9"], "batch-size"), (["--trials", "0"], "trials"),
      (["--search", "learning-rate"], "NAME=VALUES"), (["--monitor", "rmse"], "is a class"),
    ])
  func refused(_ options: [String], _ says: String) throws {
    let place = try Workplace(["data.csv": Tables.flowers])
    try place.refuse(Self.command + ["--quiet"] + options, says: [says])
  }

  @Test(
    "A wrong call is exit code 64",
    arguments: [
      ("--resume", "--table"), ("--validation 0", "--folds"), ("--strategy best", "--strategy"),
      ("--strategy halving --seconds 3", "--trials"), ("--search a=1 --space f", "--space"),
    ])
  func usage(_ options: String, _ says: String) throws {
    let place = try Workplace(["data.csv": Tables.flowers])
    let outcome = try place.run(Self.command + options.split(separator: " ").map(String.init))
    #expect(outcome.code == 64 && outcome.err.contains(says), "\(outcome.err)")
  }
}
