/// The shape of a network: inputs and layers, and from them where every parameter stands.
public struct Architecture: Sendable, Hashable {
  /// n₀
  public let inputs: Int
  /// From the first after the inputs to the output layer; at least one.
  public let layers: [Layer]
  /// Every tensor of the parameter buffer, in order.
  public let parameters: [Parameter]
  /// Weights and biases of all layers together.
  public let parameterCount: Int

  /// The most parameters a network may have: 2³¹, 8 GB in `Float`.
  public static let largestParameterCount = 1 << 31

  /// - Throws: `PerceptronError` when there is no layer, a size is not positive, or the network is
  ///   larger than `largestParameterCount`.
  public init(inputs: Int, layers: [Layer]) throws {
    guard inputs > 0 else {
      throw PerceptronError(.network, "a network needs at least 1 input, not \(inputs)")
    }
    guard !layers.isEmpty else { throw PerceptronError(.network, "a network needs a layer") }
    var parameters: [Parameter] = []
    var offset = 0
    var width = inputs
    for (index, layer) in layers.enumerated() {
      guard layer.units > 0 else {
        throw PerceptronError(
          .network, "layer \(index + 1) needs at least 1 unit, not \(layer.units)")
      }
      let (weights, overflow) = width.multipliedReportingOverflow(by: layer.units)
      guard !overflow, weights < Self.largestParameterCount - offset - layer.units else {
        throw PerceptronError(
          .network,
          "layer \(index + 1) of \(layer.units) units on \(width) inputs makes the network larger "
            + "than \(grouped(Self.largestParameterCount)) parameters")
      }
      let own = layer.parameters(inputs: width, index: index, offset: offset)
      parameters += own
      offset = own.last?.range.upperBound ?? offset
      width = layer.units
    }
    self.inputs = inputs
    self.layers = layers
    self.parameters = parameters
    self.parameterCount = offset
  }

  /// n_L
  public var outputs: Int { layers[layers.count - 1].units }

  /// The activation of the last layer.
  public var outputActivation: Activation { layers[layers.count - 1].activation }

  /// Columns entering layer `index`.
  public func inputs(of index: Int) -> Int { index == 0 ? inputs : layers[index - 1].units }

  /// Where a layer's weights or bias stand.
  func parameter(_ role: Parameter.Role, layer: Int) -> Parameter {
    guard let found = parameters.first(where: { $0.layer == layer && $0.role == role }) else {
      misuse("layer \(layer + 1) has no \(role.rawValue)")
    }
    return found
  }

  /// Floating-point operations of the matrix products of a training step on `rows` rows:
  /// 6·Σ n_{l−1}n_l less 2·n₀n₁, because no gradient of the inputs is needed.
  public func operationsPerStep(rows: Int) -> Int {
    var sum = 0
    for (index, layer) in layers.enumerated() {
      sum += inputs(of: index) * layer.units * (index == 0 ? 4 : 6)
    }
    return sum * rows
  }

  /// `2-2-2-1 relu, relu, sigmoid`
  public var summary: String {
    ([inputs] + layers.map(\.units)).map(String.init).joined(separator: "-") + " "
      + layers.map(\.activation.name).joined(separator: ", ")
  }

  /// Checks that the network can be trained with a loss.
  ///
  /// - Throws: `PerceptronError` naming the layer whose activation has no useful derivative, or why
  ///   the loss does not fit the last layer.
  public func validate(training loss: Loss) throws {
    for (index, layer) in layers.enumerated() where !layer.activation.isTrainable {
      throw PerceptronError(
        .network,
        "layer \(index + 1): \(layer.activation.name) cannot be trained: its derivative is 0 "
          + "wherever it exists, so no weight before it would ever change; use sigmoid or tanh")
    }
    try loss.validate(output: outputActivation, units: outputs)
  }
}
