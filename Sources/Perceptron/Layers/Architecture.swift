/// The shape of a network: inputs and layers, and from them where every parameter stands.
public struct Architecture: Sendable, Hashable {
  /// n₀
  public let inputs: Int
  /// From the first after the inputs to the output layer; at least one.
  public let layers: [Layer]
  /// n₁, …, n_L: the columns of every layer's output.
  public let widths: [Int]
  /// Every tensor of the parameter buffer, in order.
  public let parameters: [Parameter]
  /// The numbers of all tensors together, running statistics included.
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
    var widths: [Int] = []
    for (index, layer) in layers.enumerated() {
      let units = try layer.planned.units(inputs: width)
      guard units > 0 else {
        throw PerceptronError(
          .network, "layer \(index + 1) needs at least 1 unit, not \(units)")
      }
      try layer.activation.validate()
      let (weights, overflow) = width.multipliedReportingOverflow(by: layer.isDense ? units : 4)
      guard !overflow, weights < Self.largestParameterCount - offset - units else {
        throw PerceptronError(
          .network,
          "layer \(index + 1) of \(units) units on \(width) inputs makes the network larger "
            + "than \(grouped(Self.largestParameterCount)) parameters")
      }
      let own = layer.planned.parameters(inputs: width, layer: index, offset: offset)
      parameters += own
      offset = own.last?.range.upperBound ?? offset
      width = units
      widths.append(units)
    }
    self.widths = widths
    self.inputs = inputs
    self.layers = layers
    self.parameters = parameters
    self.parameterCount = offset
  }

  /// n_L
  public var outputs: Int { widths[widths.count - 1] }

  /// The activation of the last layer.
  public var outputActivation: Activation { layers[layers.count - 1].activation }

  /// Columns entering layer `index`.
  public func inputs(of index: Int) -> Int { index == 0 ? inputs : widths[index - 1] }

  /// The numbers that training changes.
  public var trainedParameterCount: Int {
    parameters.reduce(0) { $0 + ($1.role.isTrained ? $1.count : 0) }
  }

  /// Whether a step runs anything but dense layers and activations.
  var needsLoops: Bool {
    !layers.allSatisfy { layer in
      switch layer {
      case .dense, .activation: true
      default: false
      }
    }
  }

  /// Where a layer's weights or bias stand.
  func parameter(_ role: Parameter.Role, layer: Int) -> Parameter {
    guard let found = parameters.first(where: { $0.layer == layer && $0.role == role }) else {
      misuse("layer \(layer + 1) has no \(role.name)")
    }
    return found
  }

  /// Floating-point operations of the matrix products of a training step on `rows` rows:
  /// 6·Σ n_{l−1}n_l less 2·n₀n₁, because no gradient of the inputs is needed.
  public func operationsPerStep(rows: Int) -> Int {
    var sum = 0
    for index in layers.indices where layers[index].isDense {
      sum += inputs(of: index) * widths[index] * (index == 0 ? 4 : 6)
    }
    return sum * rows
  }

  /// Floating-point operations of the matrix products of a prediction of one row: 2·Σ n_{l−1}n_l.
  public var operationsPerPrediction: Int {
    layers.indices.reduce(0) {
      $0 + (layers[$1].isDense ? 2 * inputs(of: $1) * widths[$1] : 0)
    }
  }

  /// `2-2-2-1 relu, relu, sigmoid`; with other layers than dense ones `2, 8, batch-norm, relu, …`.
  public var summary: String {
    guard layers.allSatisfy(\.isDense) else {
      return "\(inputs) inputs, " + LayerStack.text(layers)
    }
    return ([inputs] + widths).map(String.init).joined(separator: "-") + " "
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

  /// - Throws: `PerceptronError` where a layer changes what is minimised from step to step, which an
  ///   optimizer that searches along lines cannot have.
  func checkIsOneFunction(_ optimizer: Optimizer) throws {
    for (index, layer) in layers.enumerated() {
      switch layer {
      case .dropout, .batchNormalization:
        throw PerceptronError(
          .network,
          "layer \(index + 1): \(optimizer.name) minimises one function of all rows, and "
            + "\(LayerStack.text([layer])) makes it another one in every step; use layer-norm and "
            + "l2, or another optimizer")
      case .dense, .activation, .layerNormalization, .prelu, .custom: break
      }
    }
  }
}
