import ArgumentParser
import Perceptron
import PerceptronInterchange

/// What `perceptron export` writes: a case for each, and a line in `Export.write`.
enum ExportFormat: String, CaseIterable {
  /// The model's own format, in a number type of choice.
  case safetensors
  /// One file of Swift.
  case swift
  /// One file of C.
  case c
  /// Everything as one JSON object.
  case json
  /// A graph of operators, for other runtimes.
  case onnx
}

/// `perceptron export`
struct Export: ParsableCommand {
  static let configuration = CommandConfiguration(
    abstract: "Write a model for use elsewhere.",
    discussion: """
      swift and c are one file that depends on nothing, with the weights, the preprocessing and a \
      function that predicts a raw row; compile C with -lm, and with -DPERCEPTRON_NO_FMA where \
      fused multiply-add is slow. json has the same as data. Dropout is gone there, and batch \
      normalisation is part of the weights. safetensors keeps the network as it is; f16 and bf16 \
      round to the nearest number, ties to even.

      onnx is a graph with an input for every column of the table, numbers or strings, NaN and the \
      empty string for missing values; classes come out as label and probabilities, numbers as \
      prediction. --network-only leaves the columns out: features in, outputs out.

      Examples:
        perceptron export model.safetensors --format c --out model.c
        perceptron export model.safetensors --format safetensors --dtype bf16 --out small.safetensors
        perceptron export model.safetensors --format onnx --opset 13 --out model.onnx
      """)

  @Argument(help: "The model.")
  var model: String

  @Option(help: "safetensors, swift, c, json or onnx.")
  var format: String

  @Option(help: "Where it goes.")
  var out: String

  @Option(help: "The numbers of a safetensors file: f32, f64, f16 or bf16. (default: as they are)")
  var dtype: String?

  @Option(help: "The version of the operators of onnx, 13 to 20. (default: 17)")
  var opset: Int?

  @Flag(help: "Of onnx: the network without the columns of the table.")
  var networkOnly = false

  func run() throws {
    Interruption.ignoreWriteSignals()
    let format = try named(format, ExportFormat.self, "format")
    if dtype != nil, format != .safetensors {
      throw PerceptronError(.option, "--dtype has no effect with --format \(format.rawValue)")
    }
    if format != .onnx, opset != nil || networkOnly {
      throw PerceptronError(
        .option,
        "\(networkOnly ? "--network-only" : "--opset") has no effect with --format "
          + format.rawValue)
    }
    let file = try readModel(model)
    var files = OutputFiles(reading: [("the model", model)])
    files.write("--out", out, format == .safetensors ? .model : .text)
    try files.check()
    switch try file.precision() {
    case .float: try write(MLP<Float>(file), format)
    case .double: try write(MLP<Double>(file), format)
    }
  }

  private func write<Element: Scalar>(_ model: MLP<Element>, _ format: ExportFormat) throws {
    let bytes: [UInt8]
    switch format {
    case .safetensors:
      bytes = try model.encoded(as: dtype.map { try named($0, StoredPrecision.self, "dtype") })
    case .swift: bytes = Array(try SourceProgram(model).swift.utf8)
    case .c: bytes = Array(try SourceProgram(model).c.utf8)
    case .json: bytes = Array(try SourceProgram(model).json.text().utf8) + Array("\n".utf8)
    case .onnx:
      bytes = try model.onnx(ONNXOptions(opset: opset ?? 17, networkOnly: networkOnly))
    }
    try FileSystem.writeAtomically(bytes, to: out)
    Output.message("\(format.rawValue) written to \(printable(out, limit: 1000))")
  }
}
