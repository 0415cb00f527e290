import ArgumentParser
import Perceptron

/// `perceptron importance`: the options; what is said is in `ImportanceReport`.
struct Importance: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "importance",
    abstract: "Say which columns a model relies on, and how.",
    discussion: """
      Without more, every column of the table is shuffled by itself, and the answer is how much worse \
      the model gets by it (permutation importance). With --method integrated-gradients, what each \
      column has contributed to the answer for one row, beside a baseline; the contributions add up \
      to the difference. With --partial-dependence COLUMN, the average answer when the column has a \
      given value in every row.

      Examples:
        perceptron importance model.safetensors Examples/penguins.csv
        perceptron importance model.safetensors Examples/penguins.csv --method integrated-gradients --row 3
        perceptron importance model.safetensors Examples/penguins.csv --partial-dependence body_mass_g --plot mass.svg
      """)

  /// What is asked.
  enum Method: String, CaseIterable {
    case permutation
    case integratedGradients = "integrated-gradients"
  }

  @Argument(help: "The model.")
  var model: String

  @Argument(help: "The table; - reads it from standard input.")
  var data: String

  @Option(help: "permutation or integrated-gradients. (default: permutation)")
  var method: String?

  @Option(help: "Show what the model answers for the values of this column.")
  var partialDependence: String?

  @Option(
    help: """
      Permutation: what gets worse; accuracy or log-loss of classes, rmse, mae or r2 of numbers. \
      (default: accuracy, rmse)
      """)
  var metric: String?

  @Option(help: "Permutation: how often each column is shuffled. (default: 5)")
  var repeats: Int?

  @Option(help: "Permutation: the same seed shuffles in the same way. (default: 0)")
  var seed: UInt64?

  @Option(help: "Integrated gradients: the row that is explained, counted from 1. (default: 1)")
  var row: Int?

  @Option(
    name: .customLong("class"),
    help: "Integrated gradients: the class whose probability is explained. (default: the predicted)"
  )
  var className: String?

  @Option(
    help: """
      Integrated gradients: mean (of the table's rows) or zero (of every input, the mean of \
      standardised columns). (default: mean)
      """)
  var baseline: String?

  @Option(help: "Partial dependence: the most values of a column of numbers. (default: 20)")
  var grid: Int?

  @Option(help: "Write a picture to this SVG file.")
  var plot: String?

  @Option(help: "Write the numbers to this CSV file.")
  var out: String?

  @Option(help: "auto, comma, semicolon, tab or pipe.")
  var separator = "auto"

  @OptionGroup var threads: ThreadOptions

  @Flag(help: "Print the result as one JSON object.")
  var json = false

  func validate() throws {
    let isGradients = method.map { $0.lowercased() == Method.integratedGradients.rawValue } ?? false
    if method != nil, partialDependence != nil {
      throw ValidationError("Give --method or --partial-dependence, not both.")
    }
    let useless: [(String, Bool, String)] = [
      ("--metric", metric != nil, "permutation"), ("--repeats", repeats != nil, "permutation"),
      ("--seed", seed != nil, "permutation"), ("--row", row != nil, "integrated-gradients"),
      ("--class", className != nil, "integrated-gradients"),
      ("--baseline", baseline != nil, "integrated-gradients"),
      ("--grid", grid != nil, "partial dependence"),
    ]
    let asked =
      partialDependence != nil
      ? "partial dependence" : isGradients ? "integrated-gradients" : "permutation"
    for (option, isGiven, use) in useless where isGiven && use != asked {
      throw ValidationError("\(option) has no effect here; it is for \(use).")
    }
    if let repeats, !(1...10_000).contains(repeats) {
      throw ValidationError("--repeats must be from 1 to 10000, not \(repeats).")
    }
    if let row, row < 1 { throw ValidationError("--row must be at least 1, not \(row).") }
    if let grid, !(2...10_000).contains(grid) {
      throw ValidationError("--grid must be from 2 to 10000, not \(grid).")
    }
  }

  func run() throws {
    Interruption.ignoreWriteSignals()
    let method = try named(self.method ?? "permutation", Method.self, "method")
    try checkFiles()
    let file = try readModel(model)
    try threads.limit {
      switch try file.precision() {
      case .float: try explain(MLP<Float>(file), method)
      case .double: try explain(MLP<Double>(file), method)
      }
    }
  }

  private func explain<Element: Scalar>(_ model: MLP<Element>, _ method: Method) throws {
    let table = try readTable(data, separator: separator, like: model.preprocessing)
    let report: any ImportanceReport
    if let partialDependence {
      report = try PartialDependence(
        model, table, column: partialDependence, points: grid ?? 20)
    } else {
      switch method {
      case .permutation:
        report = try PermutationImportance(
          model, table,
          metric: metric.map { try named($0, PermutationImportance.Metric.self, "metric") },
          repeats: repeats ?? 5, seed: seed ?? 0)
      case .integratedGradients:
        let row = row ?? 1
        guard row <= table.rowCount else {
          throw PerceptronError(
            .option, "there is no row \(row): rows 1 to \(grouped(table.rowCount))",
            file: table.name)
        }
        report = try IntegratedGradients(
          model, table, row: row - 1, className: className,
          baseline: named(baseline ?? "mean", IntegratedGradients.Baseline.self, "baseline"))
      }
    }
    noteIgnoredColumns(table, model)
    if let plot { try FileSystem.writeAtomically(Array(report.svg.utf8), to: plot) }
    if let out {
      let lines = report.csv.map { $0.map(csvCell).joined(separator: ",") + "\n" }
      try FileSystem.writeAtomically(Array(lines.joined().utf8), to: out)
    }
    if json {
      Output.result(report.json.text())
    } else {
      report.text.forEach { Output.result($0) }
    }
    if let plot { Output.message("picture written to \(printable(plot, limit: 1000))") }
  }

  /// Pictures replace nothing but pictures, and nothing replaces what it is made from.
  private func checkFiles() throws {
    for (path, option) in [(plot, "--plot"), (out, "--out")] {
      guard let path else { continue }
      try FileSystem.checkWritable(path)
      for used in [model, data] where FileSystem.isSame(used, path) {
        throw PerceptronError(
          .file, "the result would replace what it is made from; choose another \(option)",
          file: path)
      }
    }
    guard let plot, FileSystem.exists(plot) else { return }
    guard FileSystem.isRegular(plot), try FileSystem.read(plot).starts(with: "<svg ".utf8) else {
      throw PerceptronError(.file, "it exists and is no picture; choose another --plot", file: plot)
    }
  }
}
