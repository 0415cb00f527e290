import Foundation
import Perceptron
import Testing

@testable import PerceptronCommand

/// What `train` says of the course of a training: monitors, histories, curves.
@Suite struct CourseTests {
  private static let train = [
    "train", "@data.csv", "--target", "kind", "--out", "@m", "--hidden", "4:tanh",
  ]

  @Test("An early stop names the monitored value, its best and the epoch")
  func earlyStop() throws {
    let place = try Workplace(["data.csv": Tables.flowers])
    let options = ["--monitor", "accuracy", "--early-stopping", "3", "--epochs", "500"]
    let outcome = try place.succeed(Self.train + options + ["--quiet"])
    let line = try #require(
      outcome.out.split(separator: "\n").first { $0.hasPrefix("stopped early: ") })
    #expect(line.contains("validation accuracy has not risen above "), "\(line)")
    #expect(
      line.contains(" for 3 epochs; ") && line.contains("which had the highest validation accuracy")
    )
    let json = try JSON.parse(
      Array(try place.succeed(Self.train + options + ["--json"]).out.utf8))
    let best = try #require(json["best_epoch"]?.int)
    #expect(line.contains("(epoch \(best))") && line.contains("weights of epoch \(best),"))
    #expect(json["stopped"]?.string == "early_stopping")
    #expect(json["epochs"]?.int == best + 3)
  }

  @Test(
    "Monitors that cannot be are refused",
    arguments: [
      ("--monitor rmse", "is a class"), ("--monitor accurcy", "did you mean accuracy?"),
      ("--early-stopping 3 --min-delta=-1", "least improvement"), ("--accumulate 0", "accumulated"),
    ])
  func refused(_ options: String, _ says: String) throws {
    let place = try Workplace(["data.csv": Tables.flowers])
    try place.refuse(
      Self.train + options.split(separator: " ").map(String.init), says: [says])
  }

  @Test("A validation file of one row is monitored by what it has")
  func oneRow() throws {
    let place = try Workplace([
      "data.csv": Tables.flowers, "one.csv": "length,width,colour,kind\n3,2,red,rose\n",
    ])
    let command = Self.train + ["--validation", "@one.csv", "--epochs", "3"]
    try place.refuse(
      command + ["--monitor", "roc-auc"], says: ["every class", "1 validation row", "the loss"])
    let outcome = try place.succeed(command + ["--monitor", "accuracy", "--history", "@h.csv"])
    #expect(!outcome.err.contains("nan") && !outcome.out.contains("nan"))
    #expect(!(try place.text("h.csv").contains("nan")))
  }

  @Test("JSON lines have every metric and the learning rate")
  func jsonLines() throws {
    let place = try Workplace(["data.csv": Tables.flowers])
    try place.succeed(
      Self.train + ["--epochs", "3", "--history", "@h.jsonl", "--training-metrics"])
    let lines = try place.text("h.jsonl").split(separator: "\n")
    #expect(lines.count == 3)
    for (index, line) in lines.enumerated() {
      let json = try JSON.parse(Array(line.utf8))
      #expect(json["epoch"]?.int == index + 1)
      #expect(json["learning_rate"]?.double == 0.001)
      for set in ["training", "validation"] {
        for metric in ["loss", "accuracy", "f1", "roc_auc"] {
          #expect(json["\(set)_\(metric)"]?.double != nil, "\(set)_\(metric)")
        }
      }
    }
    // A history may be replaced, something else may not.
    try place.succeed(Self.train + ["--epochs", "1", "--history", "@h.jsonl"])
    #expect(try place.text("h.jsonl").split(separator: "\n").count == 1)
    try place.refuse(Self.train + ["--history", "@data.csv"], says: ["--history"])
  }

  @Test(
    "Killed and resumed, a history has every epoch once", arguments: ["h.csv", "h.jsonl"])
  func killed(_ name: String) throws {
    let place = try Workplace(["data.csv": Tables.flowers])
    let command =
      Self.train + ["--epochs", "30", "--history", "@\(name)", "--batch-size", "7"]
    try place.succeed(command)
    let whole = try place.text(name)
    let saving = command + ["--checkpoint", "@c", "--checkpoint-every", "3", "--resume"]
    for epoch in [5, 11] {
      let running = try place.start(saving)
      try running.waitForLine("epoch \(epoch < 10 ? " " : "")\(epoch)/30")
      running.send(SIGKILL)
      _ = try running.outcome()
      // What a kill in the middle of a line leaves.
      try place.write(try place.text(name) + "{\"epoch\":9", to: name)
    }
    try place.succeed(saving)
    #expect(try place.text(name) == whole)
  }

  @Test("--plot draws a chart, after Ctrl-C too, and replaces only charts")
  func plot() throws {
    let place = try Workplace(["data.csv": Tables.flowers, "text.svg": "not a chart"])
    try place.succeed(Self.train + ["--epochs", "5", "--plot", "@c.svg"])
    let chart = try place.text("c.svg")
    #expect(chart.hasPrefix("<svg ") && chart.hasSuffix("</svg>\n"))
    for part in ["training loss", "validation loss", "validation accuracy"] {
      #expect(chart.contains(part), "\(part)")
    }
    try place.refuse(Self.train + ["--plot", "@text.svg"], says: ["not a chart", "--plot"])
    let running = try place.start(Self.train + ["--epochs", "100000", "--plot", "@c.svg"])
    try running.waitForLine("epoch      2/100000")
    running.send(SIGINT)
    #expect(try running.outcome().code == 130)
    let after = try place.text("c.svg")
    #expect(after != chart && after.hasSuffix("</svg>\n"))
  }

  @Test("--live off a terminal says so and prints lines")
  func liveFallsBack() throws {
    let place = try Workplace(["data.csv": Tables.flowers])
    let outcome = try place.succeed(Self.train + ["--epochs", "3", "--live"])
    #expect(outcome.err.contains("note: --live"))
    #expect(outcome.err.split(separator: "\n").filter { $0.hasPrefix("epoch ") }.count == 3)
    expectPrintable(outcome.err)
  }

  // MARK: The curve

  private func records(_ losses: [Double], _ held: [Double]? = nil) throws -> [EpochRecord] {
    try losses.enumerated().map { index, loss in
      var members = [
        JSON.Member("epoch", JSON(index + 1)), JSON.Member("loss", JSON(loss)),
        JSON.Member("learning_rate", 0.1), JSON.Member("best", true),
      ]
      if let held { members.append(JSON.Member("validation_loss", JSON(held[index]))) }
      return try #require(EpochRecord(.object(members)))
    }
  }

  private func plain(_ line: String) -> String {
    line.replacing("\u{1B}[33m", with: "").replacing("\u{1B}[39m", with: "")
  }

  @Test("The curve fits any width and survives any loss", arguments: [1, 20, 25, 60, 200])
  func fits(_ width: Int) throws {
    for losses in [
      [1.0], [3, 2, 1], [1, 1, 1, 1], [.nan, 1], [.nan], [.infinity, -.infinity],
      [1e300, 1e-300], (0..<500).map { 1 / Double($0 + 1) }, [-1, -2, -3],
    ] {
      for held in [nil, losses.reversed() as [Double]] {
        let lines = LiveCurve.lines(
          try records(losses, held), epochs: 500, width: width, height: 10)
        #expect(lines.count == 1 || lines.count == 11)
        for line in lines { #expect(plain(line).count <= width, "\(plain(line))") }
      }
    }
  }

  @Test("A falling line runs from the upper left to the lower right; the other line is coloured")
  func shape() throws {
    var canvas = BrailleCanvas(columns: 4, rows: 2)
    canvas.draw([1, 0], low: 0, high: 1, isLogarithmic: false, layer: 0)
    // Two values over eight dots: the first four above, then down to the bottom.
    #expect(canvas.lines.count == 2)
    #expect(canvas.lines[0].first == "\u{2809}")
    #expect(canvas.lines[1].last == "\u{28C0}")
    var flat = BrailleCanvas(columns: 2, rows: 1)
    flat.draw([5, 5, 5], low: 5, high: 5, isLogarithmic: false, layer: 1)
    #expect(flat.lines == ["\u{1B}[33m\u{2824}\u{1B}[39m\u{1B}[33m\u{2824}\u{1B}[39m"])
    var gap = BrailleCanvas(columns: 3, rows: 1)
    gap.draw([1, .nan, 1], low: 0, high: 1, isLogarithmic: false, layer: 0)
    #expect(gap.lines[0].contains(" ") || gap.lines[0].contains("\u{2801}"))
  }
}
