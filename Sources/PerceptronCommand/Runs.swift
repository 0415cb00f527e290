import ArgumentParser
import Perceptron

/// `perceptron runs`
struct Runs: ParsableCommand {
  static let configuration = CommandConfiguration(
    abstract: "Look through the trainings that train --runs has recorded.",
    discussion: """
      Examples:
        perceptron train Examples/penguins.csv --target species --epochs 5 --runs runs.jsonl
        perceptron runs list runs.jsonl
        perceptron runs best runs.jsonl --metric validation_accuracy
      """,
    subcommands: [List.self, Compare.self, Best.self])

  /// The file and the metric that all have.
  struct Options: ParsableArguments {
    @Argument(help: "The record: JSON lines.")
    var file: String

    @Option(
      help: """
        loss, accuracy, f1, rmse, … of the validation rows, or else of the training rows; \
        train_accuracy and the like say which.
        """)
    var metric = "loss"

    @Flag(help: "Print the result as one JSON object.")
    var json = false

    /// The runs and the full name of the metric.
    func read() throws -> (runs: [RunRecord], metric: String) {
      let (runs, damaged) = try RunFile.read(file)
      if damaged > 0 {
        Output.message(
          "note: \(damaged) \(damaged == 1 ? "line" : "lines") of \(printable(file, limit: 1000)) "
            + "cannot be read and \(damaged == 1 ? "is" : "are") left out")
      }
      let names = [metric, "validation_\(metric)", "train_\(metric)"]
      if let name = names.first(where: { name in
        runs.contains { $0.metrics.contains(name) }
      }) {
        return (runs, name)
      }
      var known: [String] = []
      for name in runs.flatMap(\.metrics) where !known.contains(name) { known.append(name) }
      throw PerceptronError(
        .option,
        "no run has the metric \(quoted(metric)); there are: "
          + known.joined(separator: ", "), file: file)
    }
  }

  /// `perceptron runs list`
  struct List: ParsableCommand {
    static let configuration = CommandConfiguration(abstract: "All runs, one a line.")
    @OptionGroup var options: Options

    func run() throws {
      Interruption.ignoreWriteSignals()
      let (runs, metric) = try options.read()
      if options.json {
        Output.result(JSON.object([JSON.Member("runs", .array(runs.map(\.json)))]).text())
        return
      }
      var rows = [["run", "time", "model", "data", "layers", "epochs", "stopped", metric]]
      for run in runs {
        rows.append([
          "\(run.number)", run.text("time"), printable(run.text("model"), limit: 40),
          printable(run.text("data"), limit: 30), printable(run.text("layers"), limit: 40),
          run.json["epochs"]?.int.map { "\($0)" } ?? "", printable(run.text("stopped")),
          run.metric(metric).map { decimal($0, digits: 6) } ?? "",
        ])
      }
      TextTable(rows: rows).lines.forEach { Output.result($0) }
    }
  }

  /// `perceptron runs compare`
  struct Compare: ParsableCommand {
    static let configuration = CommandConfiguration(
      abstract: "The metrics of all runs, best first, with the options in which they differ.")
    @OptionGroup var options: Options

    func run() throws {
      Interruption.ignoreWriteSignals()
      let (all, metric) = try options.read()
      let runs = all.sorted(by: metric)
      let differing = Self.differing(runs)
      if options.json {
        let entries = runs.map { run in
          JSON.object([
            JSON.Member("run", JSON(run.number)), JSON.Member("model", .string(run.text("model"))),
            JSON.Member(
              "metrics",
              .object(
                run.metrics.map { JSON.Member($0, run.metric($0).map { JSON($0) } ?? .null) })),
            JSON.Member(
              "options",
              .object(
                run.options.filter { differing.contains($0.key) }.map {
                  JSON.Member($0.key, .string($0.value))
                })),
          ])
        }
        Output.result(
          JSON.object([
            JSON.Member("metric", .string(metric)), JSON.Member("runs", .array(entries)),
          ]).text())
        return
      }
      var rows = [["run", metric, "seconds"] + differing.map { printable($0) }]
      for run in runs {
        let own = Dictionary(run.options.map { ($0.key, $0.value) }) { first, _ in first }
        rows.append(
          [
            "\(run.number)", run.metric(metric).map { decimal($0, digits: 6) } ?? "",
            run.metric("seconds").map { decimal($0, digits: 2) } ?? "",
          ] + differing.map { printable(own[$0] ?? "", limit: 40) })
      }
      TextTable(rows: rows).lines.forEach { Output.result($0) }
    }

    /// The options that are not the same in all runs; results are none.
    private static func differing(_ runs: [RunRecord]) -> [String] {
      var keys: [String] = []
      for key in runs.flatMap({ $0.options.map(\.key) }) where !keys.contains(key) {
        keys.append(key)
      }
      return keys.filter { key in
        let values = Set(runs.map { run in run.options.first { $0.key == key }?.value ?? "" })
        return values.count > 1
      }
    }
  }

  /// `perceptron runs best`
  struct Best: ParsableCommand {
    static let configuration = CommandConfiguration(abstract: "The best run.")
    @OptionGroup var options: Options

    func run() throws {
      Interruption.ignoreWriteSignals()
      let (runs, metric) = try options.read()
      guard let best = runs.sorted(by: metric).first, let value = best.metric(metric) else {
        throw PerceptronError(.file, "no run has a finite \(metric)", file: options.file)
      }
      if options.json {
        Output.result(
          JSON.object([
            JSON.Member("run", JSON(best.number)), JSON.Member("metric", .string(metric)),
            JSON.Member("value", JSON(value)), JSON.Member("record", best.json),
          ]).text())
        return
      }
      Output.result(
        "run \(best.number) of \(best.text("time")): \(metric) \(value), model "
          + printable(best.text("model"), limit: 1000))
    }
  }
}

extension [RunRecord] {
  /// Best first; of equals the earlier, and runs without the metric last.
  fileprivate func sorted(by metric: String) -> [RunRecord] {
    let higherIsBetter = ["accuracy", "precision", "recall", "f1", "roc_auc", "r2"]
      .contains { metric.hasSuffix("_" + $0) || metric == $0 }
    func rank(_ run: RunRecord) -> Double {
      guard let value = run.metric(metric), value.isFinite else { return .infinity }
      return higherIsBetter ? -value : value
    }
    return sorted { (rank($0), $0.number) < (rank($1), $1.number) }
  }
}
