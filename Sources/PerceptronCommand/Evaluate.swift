import ArgumentParser
import Perceptron
import PerceptronInterchange

/// `perceptron evaluate`
struct Evaluate: ParsableCommand {
  static let configuration = CommandConfiguration(
    abstract: "Judge a model on a table whose target is known, or on images with labels.",
    discussion: """
      Columns are found by name. Metrics of numbers are in the target's own unit. The loss weighs \
      rows and classes as in training, where the table has the column of weights; the metrics count \
      every row once. A table is read piece by piece; only predictions and targets are held. Of a \
      folder with the files of MNIST the t10k pair is taken. --report writes a page to look at, with \
      the confusion matrix, ROC, precision-recall and calibration curves, or the residuals.

      Examples:
        perceptron evaluate model.safetensors Examples/penguins.csv --json
        perceptron evaluate model.safetensors Examples/penguins.csv --report report.html
        perceptron evaluate model.safetensors mnist --top-k 3
      """)

  @Argument(help: "The model.")
  var model: String

  @Argument(
    help: """
      The table, a folder with images, or an .npz with the arrays X and y; - reads a table from \
      standard input.
      """)
  var data: String?

  @Option(help: "Images: an IDX file, plain or .gz.")
  var images: String?

  @Option(help: "The labels of the images.")
  var labels: String?

  @OptionGroup var arrays: ArrayOptions

  @Option(help: "The loss to report. (default: the one the model was trained with)")
  var loss: String?

  @Option(help: "Of two classes: predict the second from this probability on. (default: 0.5)")
  var threshold: Double?

  @Option(help: "Report how often the truth is among the K most probable classes.")
  var topK: Int?

  @Option(help: "The bins of the calibration.")
  var bins = 10

  @Option(help: "Write a page with pictures to this HTML file.")
  var report: String?

  @Option(help: "auto, comma, semicolon, tab or pipe.")
  var separator = "auto"

  @OptionGroup var threads: ThreadOptions

  @Flag(help: "Print the result as one JSON object.")
  var json = false

  func validate() throws {
    if try !arrays.validate(data: data, images: images, labels: labels) {
      try ImageOptions.validate(data: data, images: images, labels: labels)
    }
    if let topK, topK < 1 { throw ValidationError("--top-k must be at least 1, not \(topK).") }
    guard bins >= 1, bins <= 1000 else {
      throw ValidationError("--bins must be from 1 to 1000, not \(bins).")
    }
    if let threshold, !(0...1).contains(threshold) {
      throw ValidationError("--threshold is a probability from 0 to 1, not \(threshold).")
    }
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
    if let report { try checkReport(report) }
    try checkOptions(model)
    let judged = try judged(model, loss: loss.map { try Loss(named: $0) })
    let result = EvaluationResult(
      model: self.model, data: data ?? images ?? arrays.inputs ?? "", report: judged,
      metrics: judged.classification(threshold: threshold, bins: bins), topK: topK)
    if let report {
      try FileSystem.writeAtomically(
        Array(EvaluationPage(result, model).html.utf8), to: report)
    }
    if json { Output.result(result.json.text()) } else { result.printTables() }
    if let report { Output.message("report written to \(printable(report, limit: 1000))") }
  }

  /// Refuses options that would have no effect on what the model predicts.
  private func checkOptions<Element: Scalar>(_ model: MLP<Element>) throws {
    let classes = model.preprocessing?.classes?.count
    if threshold != nil, classes != 2 {
      throw PerceptronError(
        .option,
        "--threshold is for two classes, and the model predicts "
          + (classes.map { "\($0)" } ?? "a number"), file: self.model)
    }
    if topK != nil, classes == nil {
      throw PerceptronError(
        .option, "--top-k is for classes, and the model predicts a number", file: self.model)
    }
  }

  /// A report replaces nothing but a report.
  private func checkReport(_ path: String) throws {
    try FileSystem.checkWritable(path)
    guard FileSystem.exists(path) else { return }
    guard try FileSystem.isRegular(path) && EvaluationPage.isOne(FileSystem.read(path)) else {
      throw PerceptronError(
        .file, "it exists and is no report; choose another --report", file: path)
    }
  }
}

extension Evaluate {
  /// Judges on images or on a table, and says what of the table is not used.
  private func judged<Element: Scalar>(
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
    let separator = try named(separator, Table.Separator.self, "separator")
    guard arrays.isGiven(data) else {
      var first: Table?
      let (report, unlabelled) = try model.evaluate(
        contentsOf: path, separator: separator, loss: loss, begin: { first = $0 })
      note(unlabelledRows: unlabelled)
      if let first { noteIgnoredColumns(first, model) }
      return report
    }
    let table = try arrays.table(data, like: model.preprocessing)
    let report = try model.evaluate(table, loss: loss)
    note(unlabelledRows: table.rowCount - report.rows)
    noteIgnoredColumns(table, model)
    return report
  }
}

private func note(unlabelledRows rows: Int) {
  if rows > 0 { Output.message("note: \(grouped(rows)) rows without a target are left out") }
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

/// How a model encodes rows.
///
/// - Parameter path: of its file, for messages.
func encoding<Element: Scalar>(of model: MLP<Element>, at path: String?) throws -> RowEncoding {
  guard let preprocessing = model.preprocessing else {
    throw PerceptronError(
      .network, "the model does not say how rows of a table become inputs", file: path)
  }
  return RowEncoding(preprocessing, outputs: model.outputs)
}

/// The table at `path`, or on standard input for `-`.
///
/// - Parameter model: names the columns of arrays, which have no names.
func readTable(
  _ path: String, separator: String, like model: Preprocessing? = nil
) throws -> Table {
  if NumPyTable.isArray(path) { return try NumPyTable.table(path, like: model) }
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
