import ArgumentParser
import Perceptron
import PerceptronInterchange

/// `perceptron predict`
struct Predict: ParsableCommand {
  static let configuration = CommandConfiguration(
    abstract: "Predict the rows of a table or an array.",
    discussion: """
      Tables are read, predicted and written piece by piece: memory does not grow with the rows.

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
    let isArray = out?.hasSuffix(".npy") ?? false
    guard json || isArray || NumPyTable.isArray(data) else { return try predictPieces(model) }
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
        isArray ? predictions.array(as: Element.self) : Array(text.utf8), to: out)
    } else {
      Output.text(text)
    }
  }
}

extension Predict {
  /// Reads, predicts and writes piece by piece: memory does not grow with the rows.
  private func predictPieces<Element: Scalar>(_ model: MLP<Element>) throws {
    let separator = try named(separator, Table.Separator.self, "separator")
    let writer = try out.map { try FileWriter($0) }
    var isFirst = true
    try TableChunks.forEach(data, separator: separator) { piece in
      let predictions = try model.predict(piece)
      if isFirst { noteIgnoredColumns(piece, model) }
      let text = predictions.csv(as: Element.self, names: isFirst)
      isFirst = false
      if let writer {
        try writer.append(Array(text.utf8))
      } else {
        Output.text(text)
      }
    }
    try writer?.commit()
  }
}

extension Predictions {
  /// Numbers are written so that they round-trip in the model's precision.
  fileprivate func csv<Element: Scalar>(as: Element.Type, names: Bool = true) -> String {
    let columns = columns(as: Element.self)
    var lines =
      names ? columns.map { csvCell($0.name) }.joined(separator: ",") + "\n" : ""
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
