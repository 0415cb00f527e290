public import Perceptron

/// The layers that the nodes of an ONNX file make, one behind the other: what is no such chain is
/// refused with the first node that does not fit.
struct ONNXNetwork<Element: Scalar> {
  let file: ONNXFile
  private(set) var layers: [Layer] = []
  /// For every layer its numbers, in the order of `Architecture.parameters`.
  private var values: [[Element]] = []
  /// n₀, once it is known.
  private(set) var inputs: Int?
  /// The columns of the current value, once they are known.
  private var width: Int?
  /// The name of the last layer's output, which the next node must take.
  private var current: String
  private var place = 0

  /// - Throws: `PerceptronError` naming the node that is no part of a multilayer perceptron.
  init(_ file: ONNXFile) throws {
    self.file = file
    current = file.input
    try readInput()
    while place < file.graph.node.count {
      try read(file.graph.node[place])
      place += 1
    }
    guard current == file.output else {
      throw PerceptronError(
        .modelFile, "its output \(quoted(file.output)) is not what the last node makes",
        file: file.path)
    }
  }

  /// The network, all its layers together.
  func model() throws -> MLP<Element> {
    guard let inputs else {
      throw PerceptronError(.modelFile, "it does not say how many inputs it has", file: file.path)
    }
    let layers = layers.isEmpty ? [Layer.activation(.identity)] : layers
    do {
      let architecture = try Architecture(inputs: inputs, layers: layers)
      return try MLP(architecture, parameters: values.flatMap { $0 })
    } catch let error as PerceptronError {
      throw PerceptronError(.modelFile, error.message, file: file.path)
    }
  }

  private mutating func readInput() throws {
    guard let value = file.graph.input.first(where: { $0.name == file.input }),
      let dimensions = value.type.shape?.dim
    else { return }
    let isFlattened = file.graph.node[0].opType == "Flatten"
    guard dimensions.count == 2 || (dimensions.count > 2 && isFlattened) else {
      throw PerceptronError(
        .modelFile,
        "its input \(quoted(file.input)) has \(dimensions.count) dimensions; rows of numbers have 2",
        file: file.path)
    }
    var product = 1
    for dimension in dimensions.dropFirst() {
      guard dimension.dimValue > 0 else { return }
      let (next, overflow) = product.multipliedReportingOverflow(by: Int(dimension.dimValue))
      guard !overflow else { return }
      product = next
    }
    (inputs, width) = (product, product)
  }

  // MARK: - What nodes do

  private mutating func read(_ node: ONNXNodeMessage) throws {
    guard node.domain.isEmpty || node.domain == "ai.onnx" else {
      throw fail("belongs to \(quoted(node.domain)): it is no layer of a network")
    }
    switch node.opType {
    case "Gemm": try readGemm(node)
    case "MatMul":
      try requireCurrent(node)
      let weights = try constant(node, 1)
      try addDense(weights, transposed: false, factor: 1)
    case "Add":
      try readBias(node)
    case "BatchNormalization": try readBatchNormalization(node)
    case "LayerNormalization": try readLayerNormalization(node)
    case "PRelu":
      try requireCurrent(node)
      let slope = try constant(node, 1)
      let units = try settle(width ?? slope.count)
      layers.append(.prelu)
      values.append(try broadcast(slope, to: units))
    case "Identity": try requireCurrent(node)
    case "Dropout":
      try requireCurrent(node)
      guard node.input.count < 3 || node.input[2].isEmpty else {
        throw fail("says whether it trains; only a network in use can be read")
      }
    case "Flatten":
      try requireCurrent(node)
      guard integer(node, "axis", 1) == 1 else { throw fail("has an axis other than 1") }
    case "Constant": throw fail("is a constant inside the network; write it as an initializer")
    default:
      let used = try ONNXActivation.read(file, at: place, of: current, tensor: tensor)
      append(used.activation)
      place += used.nodes - 1
    }
    guard let output = file.graph.node[place].output.first, !output.isEmpty else {
      throw fail("has no output")
    }
    current = output
  }

  /// A = α X W + β b
  private mutating func readGemm(_ node: ONNXNodeMessage) throws {
    try requireCurrent(node)
    guard integer(node, "transA", 0) == 0 else {
      throw fail("has transA: it takes columns for rows")
    }
    let weights = try constant(node, 1)
    try addDense(
      weights, transposed: integer(node, "transB", 0) != 0, factor: number(node, "alpha", 1))
    guard node.input.count > 2, !node.input[2].isEmpty else { return }
    try addBias(constant(node, 2), factor: number(node, "beta", 1))
  }

  private mutating func addDense(
    _ tensor: ONNXTensor, transposed: Bool, factor: Double
  ) throws {
    guard tensor.shape.count == 2, tensor.shape[0] > 0, tensor.shape[1] > 0 else {
      throw fail(
        "multiplies by \(quoted(tensor.name)) of shape \(tensor.shape), which is no matrix")
    }
    let (rows, columns) =
      transposed ? (tensor.shape[1], tensor.shape[0]) : (tensor.shape[0], tensor.shape[1])
    _ = try settle(rows)
    var weights: [Element] = try tensor.values()
    if transposed {
      weights = Matrix(rows: columns, columns: rows, values: weights).transposed.values
    }
    if factor != 1 { weights = weights.map { $0 * Element(factor) } }
    layers.append(.dense(columns, bias: false))
    values.append(weights)
    width = columns
  }

  private mutating func readBias(_ node: ONNXNodeMessage) throws {
    guard node.input.count == 2, let place = node.input.firstIndex(of: current) else {
      throw notTheChain(node)
    }
    guard case .dense(let dense)? = layers.last, !dense.bias, dense.activation == .identity else {
      throw fail("does not follow a product with weights")
    }
    try addBias(constant(node, 1 - place), factor: 1)
  }

  private mutating func addBias(_ tensor: ONNXTensor, factor: Double) throws {
    guard case .dense(var dense)? = layers.last else { return }
    var bias = try broadcast(tensor, to: dense.units)
    if factor != 1 { bias = bias.map { $0 * Element(factor) } }
    dense.bias = true
    layers[layers.count - 1] = .dense(dense)
    values[values.count - 1] += bias
  }

  private mutating func readBatchNormalization(_ node: ONNXNodeMessage) throws {
    try requireCurrent(node)
    guard integer(node, "training_mode", 0) == 0 else {
      throw fail("trains; only a network in use can be read")
    }
    let tensors = try (1...4).map { try constant(node, $0) }
    let units = try settle(tensors[0].count)
    let numbers = try tensors.map { try broadcast($0, to: units) }
    guard numbers[3].allSatisfy({ $0 >= 0 }) else { throw fail("has a negative variance") }
    let epsilon = number(node, "epsilon", 1e-5)
    layers.append(.batchNormalization(BatchNormalization(epsilon: epsilon)))
    values.append(numbers.flatMap { $0 })
  }

  private mutating func readLayerNormalization(_ node: ONNXNodeMessage) throws {
    try requireCurrent(node)
    guard [1, -1].contains(integer(node, "axis", -1)) else {
      throw fail("has an axis other than the last")
    }
    let scale = try constant(node, 1)
    let units = try settle(scale.count)
    let shift =
      node.input.count > 2 && !node.input[2].isEmpty
      ? try broadcast(constant(node, 2), to: units) : [Element](repeating: 0, count: units)
    layers.append(
      .layerNormalization(LayerNormalization(epsilon: number(node, "epsilon", 1e-5))))
    values.append(try broadcast(scale, to: units) + shift)
  }

  private mutating func append(_ activation: Activation) {
    if case .dense(var dense)? = layers.last, dense.activation == .identity {
      dense.activation = activation
      layers[layers.count - 1] = .dense(dense)
    } else if activation != .identity {
      layers.append(.activation(activation))
      values.append([])
    }
  }

  // MARK: - What nodes take

  /// Takes note that the current value has so many columns.
  private mutating func settle(_ columns: Int) throws -> Int {
    guard columns > 0, width ?? columns == columns else {
      throw fail("takes \(columns) columns, where \(width ?? 0) are there")
    }
    if inputs == nil { inputs = columns }
    width = columns
    return columns
  }

  private func requireCurrent(_ node: ONNXNodeMessage) throws {
    guard node.input.first == current else { throw notTheChain(node) }
  }

  private func notTheChain(_ node: ONNXNodeMessage) -> PerceptronError {
    fail("does not take what the node before it makes alone: this is no chain of layers")
  }

  private func constant(_ node: ONNXNodeMessage, _ index: Int) throws -> ONNXTensor {
    guard index < node.input.count, let tensor = try tensor(node.input[index]) else {
      throw fail("needs a constant as input \(index + 1)")
    }
    return tensor
  }

  private func tensor(_ name: String) throws -> ONNXTensor? {
    try file.constants[name].map { try ONNXTensor($0, named: name, file: file.path) }
  }

  /// A row of `units` numbers from one of that shape, or from one number.
  private func broadcast(_ tensor: ONNXTensor, to units: Int) throws -> [Element] {
    let isRow = tensor.shape.last ?? 1 == tensor.count && tensor.shape.count <= 2
    guard isRow, tensor.count == units || tensor.count == 1 else {
      throw fail("has \(quoted(tensor.name)) of shape \(tensor.shape) for \(units) units")
    }
    let values: [Element] = try tensor.values()
    return values.count == units ? values : [Element](repeating: values[0], count: units)
  }

  private func integer(_ node: ONNXNodeMessage, _ name: String, _ usual: Int64) -> Int64 {
    ONNXFile.attribute(node, name)?.i ?? usual
  }

  /// A float that was written as a double comes back as that double: 0.01 is no 0.0099999998.
  private func number(_ node: ONNXNodeMessage, _ name: String, _ usual: Double) -> Double {
    ONNXActivation.number(node, name, usual)
  }

  private func fail(_ message: String) -> PerceptronError { file.fail(place, message) }
}

extension MLP {
  /// A network from an ONNX file: a chain of Gemm, MatMul and Add, normalisations and activations,
  /// in rows of numbers and out again.
  ///
  /// Nothing is said in it about the columns of a table: the network takes matrices.
  ///
  /// - Throws: `PerceptronError` naming what is wrong with the file, or the first node that is no
  ///   part of such a network.
  public init(onnx path: String) throws {
    self = try ONNXNetwork<Element>(ONNXFile(path)).model()
  }
}

/// The precision of the numbers in an ONNX file.
///
/// - Throws: `PerceptronError` saying what is wrong with the file.
public func precision(ofONNX path: String) throws -> Precision {
  try ONNXFile(path).isDouble ? .double : .float
}
