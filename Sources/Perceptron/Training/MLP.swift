/// A multilayer perceptron: its shape, its parameters and what a file needs to know about them.
///
/// A value: copying it is a snapshot. All parameters lie in one buffer, layer by layer, weights
/// (inputs × units, row-major) before the bias.
///
/// ```swift
/// var model = try MLP<Float>(inputs: 2, [(2, .relu), (2, .relu), (1, .sigmoid)], seed: 42)
/// ```
public struct MLP<Element: Scalar>: Sendable, Hashable {
  /// Its shape; fixed for good.
  public let architecture: Architecture
  /// The parameter buffer, in the order of `architecture.parameters`.
  public internal(set) var parameters: [Element]
  /// How raw rows become inputs, and outputs predictions; nil for a network on plain matrices.
  public package(set) var preprocessing: Preprocessing?
  /// Where the model comes from: options, seed, data, results, in the order they were noted.
  public internal(set) var provenance: [ProvenanceEntry] = []

  /// A network with fresh weights.
  ///
  /// - Parameters:
  ///   - inputs: n₀, the columns of the inputs.
  ///   - layers: the stack, output layer included.
  ///   - seed: weight k of layer l is a function of (seed, l, k); biases start at 0, normalisations as
  ///     the identity.
  /// - Throws: `PerceptronError` when the shape is impossible.
  public init(inputs: Int, layers: [Layer], seed: UInt64 = 0) throws {
    architecture = try Architecture(inputs: inputs, layers: layers)
    parameters = Self.initialParameters(architecture, seed: seed)
  }

  /// A network from its `(units, activation)` pairs, the form the source texts use.
  public init(
    inputs: Int, _ layers: [(units: Int, activation: Activation)], bias: Bool = true,
    initializer: Initializer? = nil, seed: UInt64 = 0
  ) throws {
    try self.init(
      inputs: inputs,
      layers: layers.map {
        .dense($0.units, $0.activation, bias: bias, initializer: initializer)
      }, seed: seed)
  }

  /// A network with the parameters given, in the buffer's order.
  ///
  /// - Throws: `PerceptronError` when their number is not the network's.
  public init(_ architecture: Architecture, parameters: [Element]) throws {
    guard parameters.count == architecture.parameterCount else {
      throw PerceptronError(
        .network,
        "\(architecture.summary) has \(architecture.parameterCount) parameters, "
          + "got \(parameters.count)")
    }
    self.architecture = architecture
    self.parameters = parameters
  }

  @specialized(where Element == Float)
  @specialized(where Element == Double)
  private static func initialParameters(_ architecture: Architecture, seed: UInt64) -> [Element] {
    var values = [Element](repeating: 0, count: architecture.parameterCount)
    for parameter in architecture.parameters {
      let distribution = architecture.distribution(of: parameter)
      var stream = RandomStream(
        seed: seed, purpose: .initialisation, index: UInt32(parameter.layer))
      for k in parameter.range { values[k] = Element(distribution.draw(&stream)) }
    }
    return values
  }

  /// n₀
  public var inputs: Int { architecture.inputs }
  /// n_L
  public var outputs: Int { architecture.outputs }

  /// A copy of a tensor of layer `layer`, layers counted from 0; nil when it has none of that role.
  public func tensor(_ role: Parameter.Role, layer: Int) -> Matrix<Element>? {
    architecture.parameters.first { $0.layer == layer && $0.role == role }.map { matrix($0) }
  }

  /// Replaces a tensor of layer `layer`; stops the program where there is none, or of another shape.
  public mutating func setTensor(_ role: Parameter.Role, layer: Int, _ values: Matrix<Element>) {
    set(architecture.parameter(role, layer: layer), values)
  }

  /// A copy of layer `layer`'s weights `[inputs × units]`, layers counted from 0.
  public func weights(_ layer: Int) -> Matrix<Element> {
    matrix(architecture.parameter(.weights, layer: layer))
  }

  /// A copy of layer `layer`'s bias, or nil when it has none.
  public func bias(_ layer: Int) -> [Element]? {
    guard case .dense(let dense) = architecture.layers[layer], dense.bias else { return nil }
    return Array(parameters[architecture.parameter(.bias, layer: layer).range])
  }

  /// Replaces layer `layer`'s weights; stops the program for another shape.
  public mutating func setWeights(_ layer: Int, _ values: Matrix<Element>) {
    set(architecture.parameter(.weights, layer: layer), values)
  }

  /// Replaces layer `layer`'s bias; stops the program for another count or a layer without one.
  public mutating func setBias(_ layer: Int, _ values: [Element]) {
    set(
      architecture.parameter(.bias, layer: layer),
      Matrix(rows: 1, columns: values.count, values: values))
  }

  /// Replaces all parameters, in the buffer's order; stops the program for another count.
  public mutating func setParameters(_ values: [Element]) {
    guard values.count == parameters.count else {
      misuse("\(architecture.summary) has \(parameters.count) parameters, got \(values.count)")
    }
    parameters = values
  }

  func matrix(_ parameter: Parameter) -> Matrix<Element> {
    Matrix(
      rows: parameter.rows, columns: parameter.columns,
      values: Array(parameters[parameter.range]))
  }

  private mutating func set(_ parameter: Parameter, _ values: Matrix<Element>) {
    guard values.rows == parameter.rows, values.columns == parameter.columns else {
      misuse(
        "\(parameter.name) is [\(parameter.rows) × \(parameter.columns)], got \(values.shape)")
    }
    parameters.replaceSubrange(parameter.range, with: values.values)
  }
}

/// One line of a model's provenance.
public struct ProvenanceEntry: Sendable, Hashable {
  /// What it tells, such as `optimizer`.
  public let key: String
  /// What it was, such as `sgd(learningRate: 0.01)`.
  public let value: String

  /// An entry of a key and what it says.
  public init(_ key: String, _ value: String) {
    self.key = key
    self.value = value
  }
}

extension Architecture {
  /// What the weights of layer `layer` are drawn from; nil for a layer without weights.
  public func distribution(of layer: Int) -> Initializer.Distribution? {
    guard case .dense(let dense) = layers[layer] else { return nil }
    return dense.initializer.distribution(inputs: inputs(of: layer), units: dense.units)
  }

  /// What a tensor's entries are drawn from.
  func distribution(of parameter: Parameter) -> Initializer.Distribution {
    switch parameter.role {
    case .weights: return distribution(of: parameter.layer) ?? .constant(0)
    case .bias, .shift, .runningMean: return .constant(0)
    case .scale, .runningVariance: return .constant(1)
    case .slope:
      guard case .prelu(let prelu) = layers[parameter.layer] else { return .constant(0) }
      return .constant(prelu.initialSlope)
    case .custom(let name):
      guard case .custom(let custom) = layers[parameter.layer] else { return .constant(0) }
      let own = custom.layer.parameters(inputs: inputs(of: parameter.layer))
      return own.first { $0.name == name }?.start ?? .constant(0)
    }
  }
}
