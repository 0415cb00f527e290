import ArgumentParser
import Perceptron

/// `perceptron predict`
struct Predict: ParsableCommand {
  static let configuration = CommandConfiguration(
    abstract: "Predict the rows of a table.",
    discussion: """
      Writes CSV: the column prediction, and for classes probability_CLASS for each. Columns are \
      found by name, in any order; others are ignored.

      Examples:
        perceptron predict model.safetensors Examples/penguins.csv --out predictions.csv
        head -3 Examples/penguins.csv | perceptron predict model.safetensors -
      """)

  @Argument(help: "The model.")
  var model: String

  @Argument(help: "The table; - reads it from standard input.")
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

  private func predict<Element: Scalar>(_ model: MLP<Element>) throws {
    if let out {
      try FileSystem.checkWritable(out)
      for path in [self.model, data] where FileSystem.isSame(path, out) {
        throw PerceptronError(
          .file, "the predictions would replace what they are made from; choose another --out",
          file: out)
      }
    }
    let table = try readTable(data, separator: separator)
    let predictions = try model.predict(table)
    noteIgnoredColumns(table, model)
    let text =
      json
      ? predictions.json(target: model.preprocessing?.target.name ?? "").text() + "\n"
      : predictions.csv(as: Element.self)
    if let out {
      try FileSystem.writeAtomically(Array(text.utf8), to: out)
    } else {
      Output.text(text)
    }
  }
}

extension Predictions {
  /// Numbers are written so that they round-trip in the model's precision.
  fileprivate func csv<Element: Scalar>(as: Element.Type) -> String {
    var lines = ""
    switch self {
    case .classes(let names, let labels, let probabilities):
      let header = ["prediction"] + names.map { "probability_\($0)" }
      lines += header.map(Self.cell).joined(separator: ",") + "\n"
      for (label, row) in zip(labels, probabilities) {
        lines += Self.cell(names[label])
        for probability in row { lines += ",\(Element(probability))" }
        lines += "\n"
      }
    case .numbers(let values):
      lines += "prediction\n"
      for value in values { lines += "\(Element(value))\n" }
    }
    return lines
  }

  fileprivate func json(target: String) -> JSON {
    switch self {
    case .classes(let names, let labels, let probabilities):
      [
        "target": .string(target),
        "classes": .array(names.map { .string($0) }),
        "predictions": .array(labels.map { .string(names[$0]) }),
        "probabilities": .array(probabilities.map { .array($0.map { JSON($0) }) }),
      ]
    case .numbers(let values):
      ["target": .string(target), "predictions": .array(values.map { JSON($0) })]
    }
  }

  /// A CSV cell, quoted where RFC 4180 asks for it. Bytes decide, not characters: a comma with an
  /// accent on it is still a comma.
  private static func cell(_ text: String) -> String {
    let special = Set(",;|\t\"\r\n".utf8)
    guard text.utf8.contains(where: special.contains) || text != text.trimmed else { return text }
    var cell: [UInt8] = [UInt8(ascii: "\"")]
    for byte in text.utf8 {
      if byte == UInt8(ascii: "\"") { cell.append(byte) }
      cell.append(byte)
    }
    cell.append(UInt8(ascii: "\""))
    return String(decoding: cell, as: UTF8.self)
  }
}
