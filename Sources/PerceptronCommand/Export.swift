import ArgumentParser
import Perceptron
import PerceptronInterchange

/// What `perceptron export` writes: a case for each, and a line in `Export.write`.
enum ExportFormat: String, CaseIterable {
  /// A graph of operators, for other runtimes.
  case onnx
}

/// `perceptron export`
struct Export: ParsableCommand {
  static let configuration = CommandConfiguration(
    abstract: "Write a model for use elsewhere.",
    discussion: """
      onnx is a graph with an input for every column of the table, numbers or strings, NaN and the \
      empty string for missing values; classes come out as label and probabilities, numbers as \
      prediction. --network-only leaves the columns out: features in, outputs out. Dropout is gone \
      there, and batch normalisation is part of the weights.

      Examples:
        perceptron export model.safetensors --format onnx --out model.onnx
        perceptron export model.safetensors --format onnx --opset 13 --network-only --out network.onnx
      """)

  @Argument(help: "The model.")
  var model: String

  @Option(help: "onnx.")
  var format: String

  @Option(help: "Where it goes.")
  var out: String

  @Option(help: "Of onnx: the version of the operators, 13 to 20. (default: 17)")
  var opset: Int?

  @Flag(help: "Of onnx: the network without the columns of the table.")
  var networkOnly = false

  func run() throws {
    Interruption.ignoreWriteSignals()
    let format = try named(format, ExportFormat.self, "format")
    if format != .onnx, opset != nil || networkOnly {
      throw PerceptronError(
        .option,
        "\(networkOnly ? "--network-only" : "--opset") has no effect with --format "
          + format.rawValue)
    }
    let file = try readModel(model)
    var files = OutputFiles(reading: [("the model", model)])
    files.write("--out", out, .text)
    try files.check()
    switch try file.precision() {
    case .float: try write(MLP<Float>(file), format)
    case .double: try write(MLP<Double>(file), format)
    }
  }

  private func write<Element: Scalar>(_ model: MLP<Element>, _ format: ExportFormat) throws {
    let bytes: [UInt8]
    switch format {
    case .onnx:
      bytes = try model.onnx(ONNXOptions(opset: opset ?? 17, networkOnly: networkOnly))
    }
    try FileSystem.writeAtomically(bytes, to: out)
    Output.message("\(format.rawValue) written to \(printable(out, limit: 1000))")
  }
}
