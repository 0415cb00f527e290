import ArgumentParser
import Perceptron

/// `perceptron evaluate`
struct Evaluate: ParsableCommand {
  static let configuration = CommandConfiguration(
    abstract: "Judge a model on a table whose target is known, or on images with labels.",
    discussion: """
      Columns are found by name. Metrics of numbers are in the target's own unit. The loss weighs \
      rows and classes as in training, where the table has the column of weights; the metrics count \
      every row once. Of a folder with \
      the files of MNIST the t10k pair is taken.

      Examples:
        perceptron evaluate model.safetensors Examples/penguins.csv --json
        perceptron evaluate model.safetensors mnist
      """)

  @Argument(help: "The model.")
  var model: String

  @Argument(help: "The table, or a folder with images; - reads a table from standard input.")
  var data: String?

  @Option(help: "Images: an IDX file, plain or .gz.")
  var images: String?

  @Option(help: "The labels of the images.")
  var labels: String?

  @Option(help: "The loss to report. (default: the one the model was trained with)")
  var loss: String?

  @Option(help: "auto, comma, semicolon, tab or pipe.")
  var separator = "auto"

  @OptionGroup var threads: ThreadOptions

  @Flag(help: "Print the result as one JSON object.")
  var json = false

  func validate() throws {
    try ImageOptions.validate(data: data, images: images, labels: labels)
  }

  func run() throws {
    Interruption.ignoreWriteSignals()
    let file = try readModel(model)
    try threads.limit {
      switch try file.precision() {
      case .float: try evaluate(MLP<Float>(file))
      case .double: try evaluate(MLP<Double>(file))
      }
    }
  }

  private func evaluate<Element: Scalar>(_ model: MLP<Element>) throws {
    let report = try report(model, loss: loss.map { try Loss(named: $0) })
    if json {
      Output.result(report.json.text())
      return
    }
    var rows = [["rows", "loss"] + report.metricNames]
    rows.append(report.cells)
    TextTable(rows: rows).lines.forEach { Output.result($0) }
    report.printTargets()
    guard let metrics = report.classification else { return }
    Output.result()
    let scores = zip(metrics.classNames, metrics.perClass).map { name, score in
      [
        printable(name), decimal(score.precision, digits: 4), decimal(score.recall, digits: 4),
        decimal(score.f1, digits: 4), grouped(score.support),
      ]
    }
    TextTable(rows: [["class", "precision", "recall", "f1", "rows"]] + scores.prefix(50)).lines
      .forEach { Output.result($0) }
    if let auc = metrics.rocAUC { Output.result("\nroc auc \(decimal(auc, digits: 4))") }
    Output.result()
    metrics.printConfusion(title: "all")
  }
}

extension Evaluate {
  /// Judges on images or on a table, and says what of the table is not used.
  private func report<Element: Scalar>(
    _ model: MLP<Element>, loss: Loss?
  ) throws -> EvaluationReport {
    if let images, let labels {
      return try model.evaluate(Dataset(images: images, labels: labels), loss: loss)
    }
    let path = data ?? ""
    if let folder = ImageFolder(path) {
      let files = try folder.test()
      return try model.evaluate(Dataset(images: files.images, labels: files.labels), loss: loss)
    }
    let table = try readTable(path, separator: separator)
    let report = try model.evaluate(table, loss: loss)
    let unlabelled = table.rowCount - report.rows
    if unlabelled > 0 {
      Output.message("note: \(grouped(unlabelled)) rows without a target are left out")
    }
    noteIgnoredColumns(table, model)
    return report
  }
}

/// The model file at `path`, which must say how rows of a table become inputs.
func readModel(_ path: String) throws -> ModelFile {
  let file = try ModelFile(path)
  guard file.isDescribed else {
    throw PerceptronError(
      .modelFile,
      "it was not written by this program and does not say how rows of a table become inputs; "
        + "perceptron inspect shows what is in it", file: path)
  }
  return file
}

/// The table at `path`, or on standard input for `-`.
func readTable(_ path: String, separator: String) throws -> Table {
  let separator = try named(separator, Table.Separator.self, "separator")
  guard path == "-" else { return try Table(contentsOf: path, separator: separator) }
  return try Table(
    bytes: FileSystem.readStandardInput(), name: "standard input", separator: separator)
}

/// Says once which columns of a table the model does not read.
func noteIgnoredColumns<Element: Scalar>(_ table: Table, _ model: MLP<Element>) {
  guard let preprocessing = model.preprocessing else { return }
  let known = Set(
    preprocessing.inputs.map(\.name) + preprocessing.targets.map(\.name)
      + (preprocessing.weightColumn.map { [$0] } ?? []))
  let ignored = table.columns.map(\.name).filter { !known.contains($0) }
  guard !ignored.isEmpty else { return }
  let names = ignored.prefix(8).map { printable($0) }.joined(separator: ", ")
  Output.message(
    "note: the model does not use \(ignored.count == 1 ? "the column" : "the columns") "
      + names + (ignored.count > 8 ? ", …" : ""))
}
