import ArgumentParser
import Perceptron
import PerceptronInterchange

/// What `perceptron import` reads, by the end of the file's name: a case for each, and a line in
/// `Import.run`.
enum ImportFormat: String, CaseIterable {
  /// Weights of scikit-learn or Keras as NumPy saves them.
  case npz
  /// A state dictionary of PyTorch.
  case safetensors
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
    abstract: "Make a model from another tool's weights.",
    discussion: """
      Of scikit-learn: an .npz with coefs_0, intercepts_0, … and, for classes, classes. Of Keras: an \
      .npz of model.get_weights(), with --activations. Of PyTorch: the safetensors file of a \
      state_dict of linear layers, found by shape and order whatever their names, with --activations. \
      Of ONNX: a chain of Gemm, MatMul and Add, normalisations and activations, which says all that \
      itself; the first node that is something else is named. \
      The model takes raw rows of columns x0, x1, … as the network does, without scaling.

      Examples:
        perceptron import mlp.npz --activation relu --out model.safetensors
        perceptron import state.safetensors --activations relu,softmax --out model.safetensors
        perceptron import network.onnx --out model.safetensors
      """)

  @Argument(help: "The file; the end of its name says what it is.")
  var file: String

  @Option(help: "Of scikit-learn: the hidden activation: relu, tanh, logistic or identity.")
  var activation: String?

  @Option(help: "What follows each dense layer, the last included, as relu,identity.")
  var activations: String?

  @Option(
    help: "classification or regression. (default: classification for what has classes)")
  var task: String?

  @Option(help: "Where the model goes.")
  var out = "model.safetensors"

  func validate() throws {
    if activation != nil, activations != nil {
      throw ValidationError("--activation and --activations exclude each other.")
    }
    // Of a file that cannot be imported it is that which is said.
    guard let format = try? ImportFormat(of: file) else { return }
    if format == .onnx, activation != nil || activations != nil {
      throw ValidationError(
        "--activation\(activation == nil ? "s" : "") has no effect with ONNX, which says it itself."
      )
    }
    if format != .onnx, activation == nil, activations == nil {
      throw ValidationError(
        "Say --activation of a scikit-learn model, or --activations, as relu,identity.")
    }
  }

  func run() throws {
    Interruption.ignoreWriteSignals()
    let format = try ImportFormat(of: file)
    var files = OutputFiles(reading: [("the file", file)])
    files.write("--out", out, .model)
    try files.check()
    let task = try task.map { try named($0, ImportedTask.self, "task") }
    let listed = try activations.map {
      try $0.split(separator: ",").map { try Activation(named: String($0).trimmed) }
    }
    switch format {
    case .onnx:
      switch try precision(ofONNX: file) {
      case .float: try save(MLP<Float>(onnx: file).takingColumns(task: task, file: file))
      case .double: try save(MLP<Double>(onnx: file).takingColumns(task: task, file: file))
      }
    case .npz:
      let weights = try NumPyWeights(NumPyArchive(contentsOf: file))
      try save(
        listed.map { try weights.model(activations: $0, task: task) }
          ?? weights.model(hidden: activation ?? "", task: task))
    case .safetensors:
      guard let listed else {
        throw PerceptronError(
          .option, "--activation is for scikit-learn; say --activations, as relu,identity",
          file: file)
      }
      let file = try ModelFile(file)
      switch try file.precision() {
      case .float:
        try save(MLP<Float>(file, activations: listed).takingColumns(task: task, file: self.file))
      case .double:
        try save(MLP<Double>(file, activations: listed).takingColumns(task: task, file: self.file))
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
