import Perceptron

extension PlaygroundSettings {
  /// The loss of these settings for a target.
  func loss(for target: PlaygroundProblem.Target) -> Loss {
    if let loss { return loss }
    switch target {
    case .classes(let names): return names.count == 2 ? .binaryCrossEntropy : .crossEntropy
    case .number: return .mse
    }
  }

  /// The network of these settings: hidden layers, dropout behind each, and the output layer that the
  /// loss asks for.
  ///
  /// - Throws: `PerceptronError` when no output layer goes with both.
  func architecture(inputs: Int, target: PlaygroundProblem.Target) throws -> Architecture {
    var layers: [Layer] = []
    for layer in hidden {
      layers.append(.dense(layer.units, layer.activation, initializer: initializer))
      if dropout > 0 { layers.append(.dropout(dropout)) }
    }
    let loss = loss(for: target)
    let (units, activation) = try output(loss, target)
    layers.append(.dense(units, activation, initializer: initializer))
    let architecture = try Architecture(inputs: inputs, layers: layers)
    try architecture.validate(training: loss)
    return architecture
  }

  private func output(
    _ loss: Loss, _ target: PlaygroundProblem.Target
  ) throws -> (units: Int, activation: Activation) {
    switch (target, loss.kind.requiredActivation) {
    case (.number, let required): return (1, required ?? .identity)
    case (.classes(let names), .softmax): return (names.count, .softmax)
    case (.classes(let names), .sigmoid): return (names.count == 2 ? 1 : names.count, .sigmoid)
    case (.classes(let names), nil):
      return names.count == 2 ? (1, .sigmoid) : (names.count, .softmax)
    case (.classes, _):
      guard loss.kind.targets == .signs else {
        throw PerceptronError(
          .network,
          "\(loss.kind.rawValue) leaves a network that says no probabilities of classes; "
            + "take binary-cross-entropy or cross-entropy")
      }
      return (1, .identity)
    }
  }
}
