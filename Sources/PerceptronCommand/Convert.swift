import ArgumentParser
import Perceptron

/// `perceptron convert`
struct Convert: ParsableCommand {
  static let configuration = CommandConfiguration(
    abstract: "Make a table that is larger than memory ready to be learned from.",
    discussion: """
      Reads the table twice, in constant memory: once to learn how rows are encoded, once to encode \
      them. The folder --out then has inputs.npy and targets.npy, which NumPy reads too, and \
      rows.json, which says how raw rows become these; train puts that into the model, so that \
      predict takes raw rows. The table may be compressed (.gz).

      What is held out is a function of the seed and a row's number; only the rest is learned from. \
      Beyond 65,536 rows a missing number is filled in by the median of a sample. --from MODEL learns \
      nothing of the rows: it encodes them as the model does, to train it on.

      Examples:
        perceptron convert big.csv.gz --target y --out big.rows
        perceptron train big.rows --memory 2GB --batch-size 1024
        perceptron convert more.csv --from model.safetensors --out more.rows
        perceptron train more.rows --from model.safetensors --out newer.safetensors
      """)

  @Argument(help: "The table: CSV or TSV with a header, plain or .gz.")
  var data: String

  @Option(
    help: """
      The column to predict. Several times for several: all numbers, or all of two values, each a \
      label.
      """)
  var target: [String] = []

  @Option(help: "Encode the rows as this model does, targets and classes too.")
  var from: String?

  @Option(help: "The folder to write; one of this command may be replaced.")
  var out: String

  @Option(help: "auto, classification or regression; auto looks at the target.")
  var task = "auto"

  @Option(help: "How numbers are scaled: standard, minmax or none.")
  var scale = "standard"

  @Option(help: "A column to leave out; may be given several times.")
  var drop: [String] = []

  @Option(help: "A column whose numbers are names; may be given several times.")
  var categorical: [String] = []

  @Option(help: "The share of rows that training is judged by, 0 for none.")
  var validation = 0.1

  @Option(help: "Which rows those are.")
  var seed: UInt64 = 0

  @Option(help: "auto, comma, semicolon, tab or pipe.")
  var separator = "auto"

  @OptionGroup var threads: ThreadOptions

  @Flag(help: "Print the result as one JSON object.")
  var json = false

  @Flag(help: "No progress.")
  var quiet = false

  func validate() throws {
    guard from != nil else {
      if target.isEmpty { throw ValidationError("Missing expected argument '--target <target>'") }
      return
    }
    let decided = [
      ("--target", !target.isEmpty), ("--task", task != "auto"), ("--scale", scale != "standard"),
      ("--drop", !drop.isEmpty), ("--categorical", !categorical.isEmpty),
    ]
    if let (option, _) = decided.first(where: \.1) {
      throw ValidationError("\(option) has no effect with --from, whose model says it itself.")
    }
  }

  func run() throws {
    Interruption.ignoreWriteSignals()
    guard !FileSystem.exists(out) || FileSystem.isFolder(out) else {
      throw PerceptronError(.file, "it exists and is not a folder; choose another --out", file: out)
    }
    guard FileSystem.isRegular(data) else {
      throw PerceptronError(
        .file,
        FileSystem.exists(data)
          ? "it is not a regular file, and it is read twice" : "no such file", file: data)
    }
    let known = try from.map { try model($0) }
    let conversion = try TableConversion(
      data, targets: target,
      options: DatasetOptions(
        task: named(task, DatasetOptions.Task.self, "task"),
        scaling: try known?.scaling ?? named(scale, Preprocessing.Scaling.self, "scaling"),
        drop: drop,
        categorical: categorical),
      separator: named(separator, Table.Separator.self, "separator"), heldOut: validation,
      seed: seed, like: known?.encoding)
    let isTerminal = Output.isTerminal && !quiet
    let start = ContinuousClock.now
    let summary = try threads.limit {
      try conversion.write(to: out) { pass, rows in
        if isTerminal {
          Output.progress("\r\(pass == 1 ? "learning" : "writing"): \(grouped(rows)) rows")
        }
      }
    }
    if isTerminal { Output.progress("\r\u{1B}[K") }
    let seconds = Double((ContinuousClock.now - start) / .microseconds(1)) / 1e6
    let stored = summary.stored
    if json {
      let result: JSON = [
        "rows": JSON(stored.rows), "training_rows": JSON(stored.trainingRows),
        "unlabelled_rows": JSON(summary.unlabelledRows), "inputs": JSON(stored.inputs),
        "outputs": JSON(stored.outputs), "bytes": JSON(stored.rows * stored.rowSize),
        "out": .string(out), "seconds": JSON(seconds),
      ]
      return Output.result(result.text())
    }
    let unlabelled =
      summary.unlabelledRows == 0
      ? "" : "; \(grouped(summary.unlabelledRows)) rows without a target are left out"
    Output.result(
      "\(grouped(stored.trainingRows)) training rows, "
        + "\(grouped(stored.rows - stored.trainingRows)) validation rows\(unlabelled)")
    Output.result(
      "\(stored.inputs) inputs, \(stored.outputs) "
        + (stored.outputs == 1 ? "target" : "targets")
        + "; \(grouped(stored.rows * stored.rowSize)) bytes in \(printable(out, limit: 1000)), "
        + "\(decimal(seconds, digits: 2)) s")
  }

  /// How the model at a path encodes rows, and how it scaled numbers, as far as it says so.
  private func model(
    _ path: String
  ) throws -> (encoding: RowEncoding, scaling: Preprocessing.Scaling?) {
    func read<Element: Scalar>(
      _ model: MLP<Element>
    ) throws -> (RowEncoding, Preprocessing.Scaling?) {
      (
        try encoding(of: model, at: path),
        model.provenance.first { $0.key == "scale" }.flatMap { .init(rawValue: $0.value) }
      )
    }
    let file = try readModel(path)
    switch try file.precision() {
    case .float: return try read(MLP<Float>(file))
    case .double: return try read(MLP<Double>(file))
    }
  }
}
