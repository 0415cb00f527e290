import ArgumentParser
import Perceptron
import PerceptronInterchange

/// What `perceptron import` reads, by the end of the file's name: a case for each, and a line in
/// `Import.run`.
enum ImportFormat: String, CaseIterable {
  /// A graph of operators.
  case onnx

  init(of path: String) throws {
    let ending = path.split(separator: ".", omittingEmptySubsequences: false).last ?? ""
    guard let format = Self(rawValue: ending.lowercased()) else {
      throw PerceptronError(
        .option,
        "its name says no format that can be imported; there are: "
          + Self.allCases.map { ".\($0.rawValue)" }.joined(separator: ", "), file: path)
    }
    self = format
  }
}

/// `perceptron import`
struct Import: ParsableCommand {
  static let configuration = CommandConfiguration(
    abstract: "Make a model from another tool's file.",
    discussion: """
      Of ONNX: a chain of Gemm, MatMul and Add, normalisations and activations; the first node that \
      is something else is named.

      Example:
        perceptron import model.onnx --out model.safetensors
      """)

  @Argument(help: "The file; the end of its name says what it is.")
  var file: String

  @Option(help: "Where the model goes.")
  var out = "model.safetensors"

  func run() throws {
    Interruption.ignoreWriteSignals()
    let format = try ImportFormat(of: file)
    var files = OutputFiles(reading: [("the file", file)])
    files.write("--out", out, .model)
    try files.check()
    switch format {
    case .onnx:
      switch try precision(ofONNX: file) {
      case .float: try save(MLP<Float>(onnx: file))
      case .double: try save(MLP<Double>(onnx: file))
      }
    }
  }

  private func save<Element: Scalar>(_ model: MLP<Element>) throws {
    var model = model
    model.note([ProvenanceEntry("imported from", fileName(file))])
    try model.save(to: out)
    Output.message(
      "\(model.architecture.summary): model written to \(printable(out, limit: 1000))")
  }
}
