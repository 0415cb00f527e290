import Perceptron

/// An ONNX file, read and checked as far as one can without knowing what its operators do: names are
/// there once, and everything is made before it is used.
struct ONNXFile {
  let path: String
  let graph: ONNXGraphMessage
  /// The version of the operators.
  let opset: Int
  /// Constants by their names.
  let constants: [String: ONNXTensorMessage]
  /// What is handed in and no constant.
  let input: String
  /// What comes out.
  let output: String

  private static let entry = ProtobufScan.Schema()
  private static let tensor = ProtobufScan.Schema(
    messages: [13: entry], packedIntegers: [1, 5, 7, 11])
  private static let attribute = ProtobufScan.Schema(messages: [5: tensor], packedIntegers: [8])
  private static let node = ProtobufScan.Schema(messages: [5: attribute])
  private static let dimension = ProtobufScan.Schema()
  private static let shape = ProtobufScan.Schema(messages: [1: dimension])
  private static let type = ProtobufScan.Schema(
    messages: [1: ProtobufScan.Schema(messages: [2: shape])])
  private static let value = ProtobufScan.Schema(messages: [2: type])
  private static let schema = ProtobufScan.Schema(messages: [
    7: ProtobufScan.Schema(messages: [1: node, 5: tensor, 11: value, 12: value]),
    8: entry, 14: entry,
  ])

  /// - Throws: `PerceptronError` saying what is wrong with the file.
  init(_ path: String) throws {
    try self.init(bytes: FileSystem.read(path), path: path)
  }

  init(bytes: [UInt8], path: String) throws {
    self.path = path
    func fail(_ message: String) -> PerceptronError {
      PerceptronError(.modelFile, message, file: path)
    }
    guard !bytes.isEmpty else { throw fail("it is empty: there is no graph") }
    try bytes.withUnsafeBufferPointer {
      try ProtobufScan.check($0, Self.schema, what: "an ONNX file", file: path)
    }
    let model = ONNXModelMessage(protobuf: bytes[...])
    guard let graph = model.graph, !graph.node.isEmpty else { throw fail("it has no graph") }
    self.graph = graph
    let own = model.opsetImport.first { $0.domain.isEmpty || $0.domain == "ai.onnx" }
    guard let version = own, version.version >= 7, version.version < 1000
    else {
      throw fail("it does not say its operators' version, or one below 7")
    }
    opset = Int(version.version)
    var constants: [String: ONNXTensorMessage] = [:]
    for tensor in graph.initializer {
      guard constants.updateValue(tensor, forKey: tensor.name) == nil else {
        throw fail("the initializer \(quoted(tensor.name)) is there twice")
      }
    }
    self.constants = constants
    let inputs = graph.input.filter { constants[$0.name] == nil }
    let shown = inputs.prefix(8).map { quoted($0.name) }.joined(separator: ", ")
    guard inputs.count == 1 else {
      throw fail(
        "it has \(inputs.count) inputs (\(shown)), "
          + "and a network takes one; of a file of this program export the network alone")
    }
    guard graph.output.count == 1 else {
      throw fail("it has \(graph.output.count) outputs, and a network has one")
    }
    (input, output) = (inputs[0].name, graph.output[0].name)
    try checkOrder()
  }

  /// Everything is made before it is used, and by one node.
  private func checkOrder() throws {
    var known: Set<String> = [input]
    var later: [String: Int] = [:]
    for (place, node) in graph.node.enumerated() {
      for name in node.output where !name.isEmpty {
        guard later.updateValue(place, forKey: name) == nil, name != input, constants[name] == nil
        else { throw fail(place, "makes \(quoted(name)), which is there already") }
      }
    }
    for (place, node) in graph.node.enumerated() {
      for name in node.input where !name.isEmpty && constants[name] == nil {
        guard !known.contains(name) else { continue }
        throw fail(
          place,
          later[name] == nil
            ? "takes \(quoted(name)), which is neither an initializer nor made by a node"
            : "takes \(quoted(name)) before it is made: the nodes form a cycle or are out of order")
      }
      known.formUnion(node.output)
    }
    guard known.contains(output) else {
      throw PerceptronError(
        .modelFile, "no node makes the output \(quoted(output))", file: path)
    }
  }

  /// An error about a node.
  func fail(_ place: Int, _ message: String) -> PerceptronError {
    let node = graph.node[place]
    let name = node.name.isEmpty ? "" : " \(quoted(node.name))"
    return PerceptronError(
      .modelFile,
      "node \(place + 1), \(printable(node.opType, limit: 40))\(name), \(message)", file: path)
  }

  /// A node's named argument.
  static func attribute(_ node: ONNXNodeMessage, _ name: String) -> ONNXAttributeMessage? {
    node.attribute.first { $0.name == name }
  }

  /// Whether the numbers are doubles.
  var isDouble: Bool {
    graph.initializer.contains { $0.dataType == ONNXType.double.rawValue }
  }
}
