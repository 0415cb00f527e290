/// A model as a `.safetensors` file that other tools open: tensors named and oriented as in
/// PyTorch's `nn.Sequential` counting activations as modules (`0.weight` [out × in], `0.bias`,
/// `2.weight`, …), and in `__metadata__` beside `format: pt` the entry `perceptron`: a versioned
/// JSON of everything else.
package struct ModelFile {
  /// The version written; all up to it are read.
  static let version = 1
  static let metadataKey = "perceptron"

  let file: Safetensors
  /// The JSON of `perceptron`; nil in a file of another tool.
  let description: JSON?

  /// Reads and checks a file.
  ///
  /// - Throws: `PerceptronError` saying what is wrong with it.
  package init(_ path: String) throws { try self.init(FileSystem.read(path), name: path) }

  /// Checks the content of a file called `path`.
  init(_ bytes: [UInt8], name path: String) throws {
    file = try Safetensors(bytes: bytes, file: path)
    guard let text = file.metadata(Self.metadataKey) else {
      description = nil
      return
    }
    do {
      description = try JSON.parse(Array(text.utf8))
    } catch {
      throw PerceptronError(
        .modelFile, "its description is not JSON: \(error)", file: path)
    }
    guard let version = description?["version"]?.int, version >= 1 else {
      throw PerceptronError(.modelFile, "its description has no version", file: path)
    }
    guard version <= Self.version else {
      throw PerceptronError(
        .modelFile,
        "it is of version \(version); this program reads versions up to \(Self.version)",
        file: path)
    }
  }

  /// What a file at a path is, as far as replacing it goes.
  package enum Content: Sendable, Hashable {
    /// A model of this project.
    case model
    /// The state of a training.
    case checkpoint
    /// Anything else, devices and pipes unopened.
    case other
  }

  /// What is at `path`; nil where there is nothing.
  package static func content(of path: String) -> Content? {
    guard FileSystem.exists(path) else { return nil }
    guard FileSystem.isRegular(path), let file = try? ModelFile(path), file.description != nil
    else { return .other }
    return file.file.metadata(CheckpointKeys.metadata) == nil ? .model : .checkpoint
  }

  /// Whether the file describes its network: whether this project wrote it.
  package var isDescribed: Bool { description != nil }

  /// The precision the model was trained in; that of the first tensor in another tool's file.
  package func precision() throws -> Precision {
    if let description {
      guard let precision = description["precision"]?.string.flatMap(Precision.init) else {
        throw malformed("precision")
      }
      return precision
    }
    return file.tensors.contains { $0.dtype == .F64 } ? .double : .float
  }

  func malformed(_ key: String) -> PerceptronError {
    PerceptronError(
      .modelFile, "its description has no valid \(quoted(key))", file: file.file)
  }

  /// `0`, `2`, … for every layer: activations beside `identity` count as modules.
  static func moduleNumbers(_ layers: [Layer]) -> [Int] {
    var next = 0
    return layers.map { layer in
      defer { next += layer.isDense && layer.activation != .identity ? 2 : 1 }
      return next
    }
  }

  static func tensorName(_ parameter: Parameter, _ modules: [Int]) -> String {
    let name =
      switch parameter.role {
      case .weights, .scale, .slope: "weight"
      case .bias, .shift: "bias"
      case .runningMean: "running_mean"
      case .runningVariance: "running_var"
      case .custom(let name): name
      }
    return "\(modules[parameter.layer]).\(name)"
  }
}

extension Parameter {
  /// Its shape in a file: weights are turned, single rows have one dimension.
  var fileShape: [Int] {
    switch role {
    case .weights: [columns, rows]
    case .custom: [rows, columns]
    default: [columns]
    }
  }
}

extension ModelFile {
  /// The tensors of a network.
  @specialized(where Element == Float)
  @specialized(where Element == Double)
  static func tensors<Element: Scalar>(
    _ architecture: Architecture, _ parameters: [Element]
  ) -> [(name: String, shape: [Int], values: Safetensors.TensorValues)] {
    let modules = moduleNumbers(architecture.layers)
    return architecture.parameters.map { parameter in
      let values = Array(parameters[parameter.range])
      let name = tensorName(parameter, modules)
      guard parameter.role == .weights else {
        return (name, parameter.fileShape, Safetensors.TensorValues(values))
      }
      let matrix = Matrix(rows: parameter.rows, columns: parameter.columns, values: values)
      return (
        name, parameter.fileShape,
        Safetensors.TensorValues(matrix.transposed.values)
      )
    }
  }

  /// The parameter buffer of a network from the file's tensors.
  ///
  /// - Throws: `PerceptronError` naming a tensor that is missing, left over, of another shape, or
  ///   holds a number that is not finite.
  @specialized(where Element == Float)
  @specialized(where Element == Double)
  func parameters<Element: Scalar>(
    _ architecture: Architecture, ignoring extra: (String) -> Bool = { _ in false },
    named: ((Parameter) -> String)? = nil, as: Element.Type
  ) throws -> [Element] {
    let modules = Self.moduleNumbers(architecture.layers)
    var result = [Element](repeating: 0, count: architecture.parameterCount)
    var known: Set<String> = []
    for parameter in architecture.parameters {
      let name = named?(parameter) ?? Self.tensorName(parameter, modules)
      known.insert(name)
      guard let tensor = file.tensor(named: name) else {
        throw PerceptronError(
          .modelFile, "layer \(parameter.layer + 1): tensor \(quoted(name)) is missing",
          file: file.file)
      }
      let shape = parameter.fileShape
      guard tensor.shape == shape else {
        throw PerceptronError(
          .modelFile,
          "layer \(parameter.layer + 1): \(quoted(name)) should be \(shape), the file has "
            + "\(tensor.shape)", file: file.file)
      }
      let values: [Element] = try file.values(of: name)
      if let k = values.firstIndex(where: { !$0.isFinite }) {
        throw PerceptronError(
          .modelFile, "\(quoted(name)) holds \(values[k]) at index \(k): not a finite number",
          file: file.file)
      }
      let inOrder =
        parameter.role == .weights
        ? Matrix(rows: parameter.columns, columns: parameter.rows, values: values).transposed.values
        : values
      result.replaceSubrange(parameter.range, with: inOrder)
    }
    if let left = file.tensors.first(where: { !known.contains($0.name) && !extra($0.name) }) {
      throw PerceptronError(
        .modelFile, "tensor \(quoted(left.name)) belongs to no layer of \(architecture.summary)",
        file: file.file)
    }
    return result
  }
}

extension Safetensors.TensorValues {
  init<Element: Scalar>(_ values: [Element]) {
    if let floats = values as? [Float] {
      self = .float(floats)
    } else {
      self = .double(values.map { Double($0) })
    }
  }
}
