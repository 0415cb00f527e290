/// A model from a file, in the precision it was trained in.
///
/// For programs that take any model; one that knows the precision reads `MLP<Float>(contentsOf:)`.
///
/// ```swift
/// switch try SavedModel(contentsOf: "penguins.safetensors") {
/// case .float(let model): print(model.architecture.summary)
/// case .double(let model): print(model.architecture.summary)
/// }
/// ```
public enum SavedModel: Sendable, Hashable {
  /// Trained in 32 bits.
  case float(MLP<Float>)
  /// Trained in 64 bits.
  case double(MLP<Double>)

  /// Reads a model from a `.safetensors` file that describes it.
  ///
  /// - Throws: `PerceptronError` saying what is wrong with the file.
  public init(contentsOf path: String) throws {
    let file = try ModelFile(path)
    guard file.isDescribed else {
      throw PerceptronError(
        .modelFile, "it was not written by this program and does not describe its network",
        file: path)
    }
    switch try file.precision() {
    case .float: self = .float(try MLP(file))
    case .double: self = .double(try MLP(file))
    }
  }
}
