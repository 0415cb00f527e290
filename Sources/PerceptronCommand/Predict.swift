import ArgumentParser
import Perceptron
import PerceptronInterchange

/// `perceptron predict`
struct Predict: ParsableCommand {
  static let configuration = CommandConfiguration(
    abstract: "Predict the rows of a table or an array.",
    discussion: """
      Tables and arrays are read, predicted and written piece by piece, by all threads: memory does \
      not grow with the rows. All rows are held with --json, of an array that is compressed, in \
      Fortran order or read by a model with categories, and for an .npy that goes into a pipe.

      Writes CSV: the column prediction, and for classes probability_CLASS for each, or the score \
      where the model has no probabilities; of several targets prediction_TARGET for each, and for \
      labels probability_TARGET. Columns are \
      found by name, in any order; others are ignored. An .npy file, or the X of an .npz, has the \
      columns the model reads, in its order. An --out that ends in .npy gets an array: of classes \
      the probabilities, else the numbers or scores; of several targets a column each.

      Examples:
        perceptron predict model.safetensors Examples/penguins.csv --out predictions.csv
        perceptron predict model.safetensors x.npy --out p.npy
        head -3 Examples/penguins.csv | perceptron predict model.safetensors -
      """)

  @Argument(help: "The model.")
  var model: String

  @Argument(help: "The table, an .npy or an .npz; - reads a table from standard input.")
  var data: String

  @Option(help: "Where the predictions go. (default: standard output)")
  var out: String?

  @Option(help: "auto, comma, semicolon, tab or pipe.")
  var separator = "auto"

  @OptionGroup var threads: ThreadOptions

  @Flag(help: "Write one JSON object instead of CSV.")
  var json = false

  func run() throws {
    Interruption.ignoreWriteSignals()
    let file = try readModel(model)
    try threads.limit {
      switch try file.precision() {
      case .float: try predict(MLP<Float>(file))
      case .double: try predict(MLP<Double>(file))
      }
    }
  }

  func validate() throws {
    if json, out?.hasSuffix(".npy") ?? false {
      throw ValidationError("--json has no effect with an --out that ends in .npy.")
    }
  }

  private func predict<Element: Scalar>(_ model: MLP<Element>) throws {
    if let out {
      try FileSystem.checkWritable(out)
      for path in [self.model, data] where FileSystem.isSame(path, out) {
        throw PerceptronError(
          .file, "the predictions would replace what they are made from; choose another --out",
          file: out)
      }
    }
    // The shape stands at the beginning of an array, and a pipe cannot be gone back in.
    let isPipe = out.map { FileSystem.exists($0) && !FileSystem.isRegular($0) } ?? false
    if !json, !(writesArray && isPipe), try predictPieces(model) { return }
    let table = try readTable(data, separator: separator, like: model.preprocessing)
    let predictions = try model.predict(table)
    noteIgnoredColumns(table, model)
    let text =
      json
      ? JSON.object(predictions.members(target: model.preprocessing?.target.name ?? "")).text()
        + "\n"
      : predictions.csv(as: Element.self)
    if let out {
      try FileSystem.writeAtomically(
        writesArray ? predictions.array(as: Element.self) : Array(text.utf8), to: out)
    } else {
      Output.text(text)
    }
  }

  private var writesArray: Bool { out?.hasSuffix(".npy") ?? false }
}

extension Predict {
  /// Reads, predicts and writes piece by piece: memory does not grow with the rows.
  ///
  /// - Returns: whether it has; there are arrays that cannot be read so, for which nothing is written.
  private func predictPieces<Element: Scalar>(_ model: MLP<Element>) throws -> Bool {
    let separator = try named(separator, Table.Separator.self, "separator")
    let prediction = try StreamingPrediction(model, as: writesArray ? .numbers : .text)
    let array = NumPyTable.isArray(data) ? NumPyRows.inputs(data) : nil
    if NumPyTable.isArray(data), !(array.map(prediction.takes) ?? false) { return false }
    let writer = try out.map { try FileWriter($0) }
    func header(rows: Int) -> [UInt8] {
      NumPyArray.header(
        of: Element.self, shape: [rows] + (prediction.arrayColumns.map { [$0] } ?? []))
    }
    func write(_ bytes: [UInt8]) throws {
      if let writer { try writer.append(bytes) } else { Output.bytes(bytes) }
    }
    // How many rows there are, the header says, and only the end of the table tells: its place is kept.
    if writesArray { try writer?.append(header(rows: 0)) }
    var rows = 0
    if let array {
      rows = array.rows
      try prediction.run(array, write: write)
    } else {
      rows = try prediction.run(
        data, separator: separator, begin: { noteIgnoredColumns($0, model) }, write: write)
    }
    if writesArray { try writer?.write(header(rows: rows), at: 0) }
    try writer?.commit()
    return true
  }
}

extension Predictions {
  /// Numbers are written so that they round-trip in the model's precision.
  fileprivate func csv<Element: Scalar>(as: Element.Type) -> String {
    let columns = columns(as: Element.self)
    var lines = columns.map { csvCell($0.name) }.joined(separator: ",") + "\n"
    for row in 0..<count {
      for (place, column) in columns.enumerated() {
        if place > 0 { lines += "," }
        lines += column.text(row)
      }
      lines += "\n"
    }
    return lines
  }

  /// The columns, named after the target where there are several; texts are cells of CSV.
  func columns<Element: Scalar>(
    of target: String? = nil, as: Element.Type
  ) -> [(name: String, text: (Int) -> String)] {
    let suffix = target.map { "_\($0)" } ?? ""
    func number(_ value: Double) -> String { "\(Element(value))" }
    switch self {
    case .classes(let names, let labels, let probabilities):
      let cells = names.map(csvCell)
      let shown: [(name: String, text: (Int) -> String)] =
        target == nil
        ? names.enumerated().map { place, name in
          ("probability_\(name)", { number(probabilities[$0][place]) })
        } : [("probability\(suffix)", { number(probabilities[$0][1]) })]
      return [("prediction\(suffix)", { cells[labels[$0]] })] + shown
    case .scores(let names, let labels, let scores):
      let cells = names.map(csvCell)
      return [
        ("prediction\(suffix)", { cells[labels[$0]] }), ("score\(suffix)", { number(scores[$0]) }),
      ]
    case .numbers(let values): return [("prediction\(suffix)", { number(values[$0]) })]
    case .targets(let names, let parts):
      return zip(names, parts).flatMap { $1.columns(of: $0, as: Element.self) }
    }
  }

  fileprivate func members(target: String) -> [JSON.Member] {
    switch self {
    case .classes(let names, let labels, let probabilities):
      [
        JSON.Member("target", .string(target)),
        JSON.Member("classes", .array(names.map { .string($0) })),
        JSON.Member("predictions", .array(labels.map { .string(names[$0]) })),
        JSON.Member("probabilities", .array(probabilities.map { .array($0.map { JSON($0) }) })),
      ]
    case .scores(let names, let labels, let scores):
      [
        JSON.Member("target", .string(target)),
        JSON.Member("classes", .array(names.map { .string($0) })),
        JSON.Member("predictions", .array(labels.map { .string(names[$0]) })),
        JSON.Member("scores", .array(scores.map { JSON($0) })),
      ]
    case .numbers(let values):
      [
        JSON.Member("target", .string(target)),
        JSON.Member("predictions", .array(values.map { JSON($0) })),
      ]
    case .targets(let names, let parts):
      [
        JSON.Member(
          "targets", .array(zip(names, parts).map { .object($1.members(target: $0)) }))
      ]
    }
  }
}
