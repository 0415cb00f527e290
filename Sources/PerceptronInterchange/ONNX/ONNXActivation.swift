import Perceptron

/// Activations among the nodes of an ONNX file, some of them made of several nodes.
enum ONNXActivation {
  /// The activation that starts at node `place` and takes `input`, and how many nodes it is made of.
  ///
  /// - Throws: `PerceptronError` naming the node when it is none.
  static func read(
    _ file: ONNXFile, at place: Int, of input: String, tensor: (String) throws -> ONNXTensor?
  ) throws -> (activation: Activation, nodes: Int) {
    let node = file.graph.node[place]
    let isChain = node.input.first == input
    if !isChain, node.input.contains(input) || known.contains(node.opType) {
      throw file.fail(
        place, "does not take what the node before it makes alone: this is no chain of layers")
    }
    guard known.contains(node.opType) else {
      throw file.fail(place, "is an operator that no layer of a multilayer perceptron has")
    }
    let times = [node.opType] + following(file, place)
    if times.starts(with: ["Softplus", "Tanh", "Mul"]), gates(file, place, 2, input) {
      return (.mish, 3)
    }
    let one = try single(file, place, tensor)
    if times.count > 1, times[1] == "Mul", gates(file, place, 1, input) {
      switch one {
      case .sigmoid: return (.silu, 2)
      case .hardSigmoid: return (.hardSwish, 2)
      default: break
      }
    }
    return (one, 1)
  }

  private static let known: Set<String> = [
    "Relu", "Sigmoid", "Tanh", "Softmax", "LeakyRelu", "Elu", "Selu", "Gelu", "Mish", "Softplus",
    "Softsign", "HardSigmoid", "HardSwish", "Clip", "Exp", "Swish",
  ]

  /// The operators of the next two nodes.
  private static func following(_ file: ONNXFile, _ place: Int) -> [String] {
    file.graph.node.dropFirst(place + 1).prefix(2).map(\.opType)
  }

  /// Whether nodes `place` to `place + length` are x · g(x): each takes what the one before makes,
  /// and the last one x besides.
  private static func gates(
    _ file: ONNXFile, _ place: Int, _ length: Int, _ input: String
  ) -> Bool {
    let nodes = file.graph.node[place...place + length]
    for (first, second) in zip(nodes.dropLast(), nodes.dropFirst().dropLast())
    where second.input != first.output { return false }
    guard let last = nodes.last, let before = nodes.dropLast().last?.output.first else {
      return false
    }
    return last.input == [input, before] || last.input == [before, input]
  }

  private static func single(
    _ file: ONNXFile, _ place: Int, _ tensor: (String) throws -> ONNXTensor?
  ) throws -> Activation {
    let node = file.graph.node[place]
    func refuse(_ message: String) -> PerceptronError { file.fail(place, message) }
    switch node.opType {
    case "Relu": return .relu
    case "Sigmoid": return .sigmoid
    case "Tanh": return .tanh
    case "Softmax":
      let axis = ONNXFile.attribute(node, "axis")?.i ?? (file.opset < 13 ? 1 : -1)
      guard axis == 1 || axis == -1 else { throw refuse("has an axis other than the last") }
      return .softmax
    case "LeakyRelu":
      return try checked(.leakyReLU(slope: number(node, "alpha", 0.01)), refuse)
    case "Elu": return try checked(.elu(alpha: number(node, "alpha", 1)), refuse)
    case "Selu":
      let (alpha, gamma) = (number(node, "alpha", 1.6732632), number(node, "gamma", 1.050701))
      guard abs(alpha - 1.6732632) < 1e-5, abs(gamma - 1.050701) < 1e-5 else {
        throw refuse("has constants other than SELU's")
      }
      return .selu
    case "Gelu":
      let form = ONNXFile.attribute(node, "approximate")?.s
      switch form.map({ String(decoding: $0, as: UTF8.self) }) {
      case nil, "none": return .gelu
      case "tanh": return .geluTanh
      default: throw refuse("has an approximation that is not known")
      }
    case "Mish": return .mish
    case "Softplus": return .softplus
    case "Softsign": return .softsign
    case "HardSigmoid":
      guard abs(number(node, "alpha", 0.2) - 1 / 6) < 1e-6, number(node, "beta", 0.5) == 0.5
      else { throw refuse("is not (x + 3)/6 from 0 to 1") }
      return .hardSigmoid
    case "HardSwish": return .hardSwish
    case "Swish":
      guard number(node, "alpha", 1) == 1 else { throw refuse("has a factor other than 1") }
      return .silu
    case "Exp": return .exponential
    default:
      let bounds = try bounds(node, tensor)
      if bounds == [-1, 1] { return .hardTanh }
      if bounds == [0, 6] { return .relu6 }
      if bounds == [0, .infinity] { return .relu }
      throw refuse("cuts off at \(bounds[0]) and \(bounds[1]), not at -1 and 1 or at 0 and 6")
    }
  }

  /// Where a Clip cuts off: inputs since version 11, attributes before.
  private static func bounds(
    _ node: ONNXNodeMessage, _ tensor: (String) throws -> ONNXTensor?
  ) throws -> [Double] {
    try [("min", -Double.infinity), ("max", Double.infinity)].enumerated().map { place, bound in
      guard place + 1 < node.input.count, !node.input[place + 1].isEmpty else {
        return number(node, bound.0, bound.1)
      }
      let values: [Double] = try tensor(node.input[place + 1])?.values() ?? []
      return values.count == 1 ? values[0] : .nan
    }
  }

  private static func checked(
    _ activation: Activation, _ refuse: (String) -> PerceptronError
  ) throws -> Activation {
    do {
      return try Activation(named: activation.name)
    } catch let error as PerceptronError {
      throw refuse("cannot be read: \(error.message)")
    }
  }

  /// An attribute as the shortest decimal number that gives its float: 0.01, not 0.0099999998.
  static func number(_ node: ONNXNodeMessage, _ name: String, _ usual: Double) -> Double {
    guard let value = ONNXFile.attribute(node, name)?.f else { return usual }
    return Double("\(value)") ?? Double(value)
  }
}
