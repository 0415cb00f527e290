package import Perceptron

/// What an imported network says.
package enum ImportedTask: String, CaseIterable, Sendable {
  /// Classes, or several labels.
  case classification
  /// Numbers.
  case regression
}

/// The weights of dense layers from an `.npz`, as scikit-learn's or Keras' are saved:
///
///     np.savez("mlp.npz", classes=model.classes_.astype(str),           # scikit-learn
///              **{f"coefs_{i}": w for i, w in enumerate(model.coefs_)},
///              **{f"intercepts_{i}": b for i, b in enumerate(model.intercepts_)})
///     np.savez("mlp.npz", *model.get_weights())                         # Keras, dense layers only
///
/// Both keep weights inputs × units, as here.
package struct NumPyWeights: Sendable {
  private let file: String
  private let layers: [(weights: Matrix<Double>, bias: [Double]?)]
  private let classes: [String]?
  private let isScikitLearn: Bool

  /// - Throws: `PerceptronError` naming an array that is missing or does not fit.
  package init(_ archive: NumPyArchive) throws {
    file = archive.name
    var layers: [(weights: Matrix<Double>, bias: [Double]?)] = []
    let names = Set(archive.names)
    isScikitLearn = names.contains("coefs_0")
    if isScikitLearn {
      while names.contains("coefs_\(layers.count)") {
        let bias = try Self.finite(archive.array("intercepts_\(layers.count)"))
        layers.append((try Self.matrix(archive.array("coefs_\(layers.count)")), bias))
      }
    } else if names.contains("arr_0") {
      for place in 0..<names.count where names.contains("arr_\(place)") {
        let array = try archive.array("arr_\(place)")
        switch (array.shape.count, layers.last?.bias) {
        case (2, _): layers.append((try Self.matrix(array), nil))
        case (1, nil) where !layers.isEmpty:
          layers[layers.count - 1].bias = try Self.finite(array)
        default:
          throw PerceptronError(
            .modelFile,
            "its shape \(array.shape) is neither the weights of a dense layer nor the bias behind "
              + "them", file: array.name)
        }
      }
    } else {
      throw PerceptronError(
        .modelFile,
        "it has neither coefs_0, intercepts_0, … of scikit-learn nor arr_0, … of Keras", file: file)
    }
    var width: Int?
    for (index, layer) in layers.enumerated() {
      guard layer.weights.rows == width ?? layer.weights.rows, layer.weights.values.count > 0 else {
        throw PerceptronError(
          .modelFile,
          "the weights of layer \(index + 1) are \(layer.weights.rows) × \(layer.weights.columns), "
            + "behind \(width ?? 0) units", file: file)
      }
      guard layer.bias?.count ?? layer.weights.columns == layer.weights.columns else {
        throw PerceptronError(
          .modelFile,
          "the bias of layer \(index + 1) has \(layer.bias?.count ?? 0) numbers for "
            + "\(layer.weights.columns) units", file: file)
      }
      width = layer.weights.columns
    }
    self.layers = layers
    classes = try names.contains("classes") ? Self.names(archive) : nil
  }

  private static func matrix(_ array: NumPyArray) throws -> Matrix<Double> {
    guard array.shape.count == 2 else {
      throw PerceptronError(
        .modelFile, "its shape \(array.shape) is no matrix of weights", file: array.name)
    }
    return Matrix(rows: array.shape[0], columns: array.shape[1], values: try finite(array))
  }

  private static func finite(_ array: NumPyArray) throws -> [Double] {
    let values = try array.values(as: Double.self)
    if let bad = values.firstIndex(where: { !$0.isFinite }) {
      throw PerceptronError(
        .modelFile, "it holds \(values[bad]) at index \(bad): not a finite number",
        file: array.name)
    }
    return values
  }

  private static func names(_ archive: NumPyArchive) throws -> [String] {
    let array = try archive.array("classes", allowsText: true)
    return try array.type == nil
      ? array.texts() : array.values(as: Double.self).map(NumberText.cell)
  }

  /// The model of scikit-learn whose hidden layers have this activation, by scikit-learn's name for it;
  /// classes have softmax outputs, two of them one sigmoid, numbers identity.
  package func model(hidden name: String, task: ImportedTask?) throws -> MLP<Double> {
    let known: [(String, Activation)] = [
      ("relu", .relu), ("tanh", .tanh), ("logistic", .sigmoid), ("identity", .identity),
    ]
    guard let hidden = known.first(where: { $0.0 == name })?.1 else {
      throw PerceptronError(
        .option,
        "scikit-learn has no activation \(quoted(name)); it has relu, tanh, logistic and identity")
    }
    guard isScikitLearn else {
      throw PerceptronError(
        .option, "--activation is for scikit-learn; say --activations, as relu,softmax", file: file)
    }
    guard let task = task ?? (classes == nil ? nil : .classification) else {
      throw PerceptronError(
        .option, "it has no classes; say --task classification or --task regression", file: file)
    }
    let outputs = layers[layers.count - 1].weights.columns
    let last: Activation =
      task == .regression ? .identity : outputs == 1 ? .sigmoid : .softmax
    return try model(
      activations: [Activation](repeating: hidden, count: layers.count - 1) + [last], task: task)
  }

  /// The model with these activations behind its layers.
  package func model(activations: [Activation], task: ImportedTask?) throws -> MLP<Double> {
    guard activations.count == layers.count else {
      throw PerceptronError(
        .modelFile,
        "it has \(layers.count) dense layers, \(activations.count) activations were given",
        file: file)
    }
    let stack = zip(layers, activations).map { layer, activation in
      Layer.dense(layer.weights.columns, activation, bias: layer.bias != nil)
    }
    let architecture = try Architecture(inputs: layers[0].weights.rows, layers: stack)
    let parameters = layers.flatMap { $0.weights.values + ($0.bias ?? []) }
    return try MLP(architecture, parameters: parameters)
      .takingColumns(task: task, classes: classes, file: file)
  }
}
