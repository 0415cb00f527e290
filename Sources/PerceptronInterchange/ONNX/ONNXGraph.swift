import Perceptron

/// A graph of operators while it is put together: nodes in the order in which they are computed,
/// constants, and names that are there once.
struct ONNXGraph<Element: Scalar> {
  /// The version of the operators.
  let opset: Int
  private(set) var graph = ONNXGraphMessage()
  private var names: Set<String> = []
  private var count = 0

  /// - Parameter reserved: names that belong to inputs and outputs.
  init(opset: Int, name: String, reserved: [String]) {
    self.opset = opset
    graph.name = name
    names = Set(reserved)
  }

  /// The type of the network's numbers.
  var elementType: ONNXType { Element.precision == .float ? .float : .double }

  /// A name nothing has yet: the operator and a number.
  private mutating func fresh(_ word: String) -> String {
    while true {
      count += 1
      let name = "\(word)_\(count)"
      if names.insert(name).inserted { return name }
    }
  }

  /// Adds a node with one output and returns the output's name.
  mutating func add(
    _ operation: String, _ inputs: [String], _ attributes: [ONNXAttribute] = [],
    domain: String = "", output: String? = nil
  ) -> String {
    var node = ONNXNodeMessage()
    let result = output ?? fresh(operation)
    node.input = inputs
    node.output = [result]
    node.name = "node_\(graph.node.count + 1)"
    node.opType = operation
    node.attribute = attributes.map(\.message)
    if !domain.isEmpty { node.domain = domain }
    graph.node.append(node)
    return result
  }

  /// A constant tensor of the network's type.
  mutating func constant(_ values: [Element], shape: [Int], name: String? = nil) -> String {
    constant(name, shape, elementType, bytes: littleEndian(values))
  }

  /// One number of the network's type.
  mutating func number(_ value: Double) -> String { constant([Element(value)], shape: []) }

  /// A constant tensor of doubles.
  mutating func doubles(_ values: [Double], shape: [Int]) -> String {
    constant(nil, shape, .double, bytes: littleEndian(values))
  }

  /// A constant tensor of whole numbers.
  mutating func integers(_ values: [Int], shape: [Int]) -> String {
    constant(nil, shape, .int64, bytes: littleEndian(values.map { Int64($0) }))
  }

  /// A constant tensor of texts.
  mutating func texts(_ values: [String], shape: [Int]) -> String {
    var tensor = tensor(nil, shape, .string)
    tensor.stringData = values.map { Array($0.utf8)[...] }
    graph.initializer.append(tensor)
    return tensor.name
  }

  private mutating func constant(
    _ name: String?, _ shape: [Int], _ type: ONNXType, bytes: [UInt8]
  ) -> String {
    var tensor = tensor(name, shape, type)
    tensor.rawData = bytes[...]
    graph.initializer.append(tensor)
    return tensor.name
  }

  private mutating func tensor(
    _ name: String?, _ shape: [Int], _ type: ONNXType
  ) -> ONNXTensorMessage {
    var tensor = ONNXTensorMessage()
    tensor.name = fresh(name ?? "constant")
    tensor.dims = shape.map { Int64($0) }
    tensor.dataType = type.rawValue
    return tensor
  }

  /// Every number is little-endian wherever this runs.
  private func littleEndian<Number>(_ values: [Number]) -> [UInt8] {
    values.withUnsafeBytes { Array($0) }
  }

  /// Declares an input `[N × columns]`.
  mutating func addInput(_ name: String, _ type: ONNXType, columns: Int) {
    graph.input.append(Self.value(name, type, columns: columns))
  }

  /// Declares an output `[N × columns]`, or `[N]` without columns.
  mutating func addOutput(_ name: String, _ type: ONNXType, columns: Int?) {
    graph.output.append(Self.value(name, type, columns: columns))
  }

  private static func value(
    _ name: String, _ type: ONNXType, columns: Int?
  ) -> ONNXValueMessage {
    var rows = ONNXDimension()
    rows.dimParam = "N"
    var shape = ONNXShape()
    shape.dim = [rows]
    if let columns {
      var dimension = ONNXDimension()
      dimension.dimValue = Int64(columns)
      shape.dim.append(dimension)
    }
    var value = ONNXValueMessage()
    value.name = name
    value.type.elemType = type.rawValue
    value.type.shape = shape
    return value
  }
}

/// The types of tensors, by their numbers in files.
enum ONNXType: Int32 {
  case float = 1
  case int64 = 7
  case string = 8
  case bool = 9
  case double = 11
}

/// A named argument of an operator.
enum ONNXAttribute {
  case float(String, Double)
  case int(String, Int)
  case ints(String, [Int])
  case string(String, String)
  case strings(String, [String])

  fileprivate var message: ONNXAttributeMessage {
    var message = ONNXAttributeMessage()
    switch self {
    case .float(let name, let value):
      message.name = name
      message.type = .float
      message.f = Float(value)
    case .int(let name, let value):
      message.name = name
      message.type = .int
      message.i = Int64(value)
    case .ints(let name, let values):
      message.name = name
      message.type = .ints
      message.ints = values.map { Int64($0) }
    case .string(let name, let value):
      message.name = name
      message.type = .string
      message.s = Array(value.utf8)[...]
    case .strings(let name, let values):
      message.name = name
      message.type = .strings
      message.strings = values.map { Array($0.utf8)[...] }
    }
    return message
  }
}
