import Perceptron
import Testing

@testable import PerceptronInterchange

@Suite struct ONNXImportTests {
  /// One row of the manifest.
  struct Row: Sendable, CustomTestStringConvertible {
    let file: String
    let outcome: String
    var testDescription: String { file }

    static let all: [Row] = {
      guard let manifest = try? Fixtures.json("interop/manifest.json") else { return [] }
      return (manifest["files"]?.array ?? []).compactMap { row in
        guard let file = row["file"]?.string, file.hasSuffix(".onnx"),
          let outcome = row["outcome"]?.string
        else { return nil }
        return Row(file: file, outcome: outcome)
      }
    }()
  }

  /// What the refusals say, by file.
  private static let reasons = [
    "bad_empty": "no graph", "bad_truncated": "byte 13", "bad_random_bytes": "not an ONNX file",
    "bad_length_past_end": "9223372036854775807", "bad_varint_never_ends": "longer than 10 bytes",
    "bad_missing_initializer": "\"2.weight\", which is neither",
    "unsupported_operator": "node 2, Erf", "bad_initializer_too_short": "needs 140 bytes",
    "bad_external_data_outside": "another file", "bad_cycle": "cycle",
    "nan_inf_weights": "\"0.weight\" holds nan",
  ]

  @Test("Each file has the outcome of the manifest", arguments: Row.all)
  func interoperability(row: Row) throws {
    let path = Fixtures.path("interop/" + row.file)
    let name = String(row.file.split(separator: "/")[1].dropLast(5))
    // A network whose weights are not numbers is well-formed, and reported: no model is made of it.
    if let reason = Self.reasons[name] {
      let error = #expect(throws: PerceptronError.self) { try MLP<Float>(onnx: path) }
      #expect(error?.message.contains(reason) == true, "\(error?.message ?? "")")
      #expect(error?.file == path && error?.kind == .modelFile)
    } else {
      #expect(row.outcome != "reject")
      _ = try MLP<Float>(onnx: path)
    }
  }

  @Test("No file of the manifest is left out")
  func manifest() { #expect(Row.all.count == 15) }

  @Test(
    "a file computes what its maker computes",
    arguments: [
      ("mlp", "outputs_f64"), ("mlp_f64", "outputs_f64"),
      ("mlp_matmul_softmax", "outputs_softmax_f64"),
    ])
  func outputs(_ name: String, _ expected: String) throws {
    let inputs = try NumPy.matrix("interop/model/inputs.npy")
    let model = try MLP<Double>(onnx: Fixtures.path("interop/model/\(name).onnx"))
    expectClose(
      name, try model.outputs(inputs), try NumPy.matrix("interop/model/\(expected).npy"),
      within: .entry(1e-12))
    let last = name.hasSuffix("softmax") ? "softmax" : "identity"
    #expect(model.architecture.summary == "5-7-5-3 relu, tanh, \(last)")
    let path = Fixtures.path("interop/model/\(name).onnx")
    #expect(try precision(ofONNX: path) == (name == "mlp_f64" ? .double : .float))
  }

  @Test("the factors of Gemm count")
  func factors() throws {
    let manifest = try #require(try Fixtures.json("interop/manifest.json")["files"]?.array)
    let row = try #require(manifest.first { $0["file"]?.string == "model/gemm_alpha_beta.onnx" })
    let expected = (row["expected_output"]?["data"]?.array ?? []).compactMap(\.double)
    let model = try MLP<Double>(onnx: Fixtures.path("interop/model/gemm_alpha_beta.onnx"))
    expectClose(
      "outputs", try model.outputs(NumPy.matrix("interop/model/inputs.npy")).values, expected,
      within: .entry(1e-5))
  }

  // MARK: Files made here

  /// A file with the nodes; W, b and s are constants for two columns.
  private static func file(
    _ nodes: [ONNXNodeMessage], input dimensions: [Int64] = [-1, 2], opset: Int = 17,
    outputs: [String]? = nil
  ) throws -> ONNXFile {
    var model = ONNXModelMessage()
    var graph = ONNXGraphMessage()
    model.irVersion = 8
    model.opsetImport = [ONNXOperatorSet("", opset)]
    graph.node = nodes
    func tensor(_ name: String, _ dims: [Int64], _ values: [Float]) -> ONNXTensorMessage {
      var tensor = ONNXTensorMessage()
      (tensor.name, tensor.dims, tensor.floatData) = (name, dims, values)
      tensor.dataType = 1
      return tensor
    }
    graph.initializer = [
      tensor("W", [2, 2], [1, 2, 3, 4]), tensor("b", [2], [5, 6]), tensor("s", [], [0.5]),
      tensor("low", [], [-1]), tensor("one", [], [1]), tensor("wide", [3], [1, 1, 1]),
    ]
    var input = ONNXValueMessage()
    input.name = "x"
    input.type.elemType = 1
    input.type.shape = ONNXShape()
    input.type.shape?.dim = dimensions.map { size in
      var dimension = ONNXDimension()
      if size < 0 { dimension.dimParam = "N" } else { dimension.dimValue = size }
      return dimension
    }
    graph.input = [input]
    graph.output = (outputs ?? [nodes.last?.output.first ?? ""]).map { name in
      var value = ONNXValueMessage()
      value.name = name
      return value
    }
    model.graph = graph
    let bytes = model.protobuf
    return try ONNXFile(bytes: bytes, path: "made.onnx")
  }

  private static func node(
    _ operation: String, _ inputs: String, _ output: String,
    _ attributes: (inout ONNXAttributeMessage) -> Void = { _ in }
  ) -> ONNXNodeMessage {
    var node = ONNXNodeMessage()
    node.opType = operation
    node.input = inputs.split(separator: " ").map(String.init)
    node.output = [output]
    var attribute = ONNXAttributeMessage()
    attributes(&attribute)
    if !attribute.name.isEmpty { node.attribute = [attribute] }
    return node
  }

  private func refuse(
    _ nodes: [ONNXNodeMessage], _ reason: String, input: [Int64] = [-1, 2], opset: Int = 17,
    outputs: [String]? = nil, _ location: SourceLocation = #_sourceLocation
  ) {
    let error = #expect(throws: PerceptronError.self, sourceLocation: location) {
      let file = try Self.file(nodes, input: input, opset: opset, outputs: outputs)
      _ = try ONNXNetwork<Float>(file).model()
    }
    #expect(
      error?.message.contains(reason) == true, "\(error?.message ?? "")", sourceLocation: location)
  }

  @Test("what is no chain of layers is refused with the node that does not fit")
  func refusals() {
    func node(
      _ operation: String, _ inputs: String, _ output: String,
      _ attributes: (inout ONNXAttributeMessage) -> Void = { _ in }
    ) -> ONNXNodeMessage { Self.node(operation, inputs, output, attributes) }
    refuse(
      [
        node("Gemm", "x W b", "y") { ($0.name, $0.i, $0.type) = ("transA", 1, .int) }
      ], "transA")
    refuse([node("Relu", "x", "y"), node("Tanh", "x", "z")], "node 2, Tanh, does not take")
    refuse([node("Relu", "x", "y"), node("Add", "y x", "z")], "node 2, Add, does not follow")
    refuse([node("Gemm", "x W b", "y"), node("MatMul", "W y", "z")], "node 2, MatMul, does not")
    refuse([node("Conv", "x W", "y")], "node 1, Conv, is an operator that no layer")
    refuse([node("MatMul", "x b", "y")], "which is no matrix")
    refuse([node("MatMul", "x x", "y")], "needs a constant as input 2")
    refuse([node("Gemm", "x W wide", "y")], "shape [3] for 2 units")
    refuse(
      [
        node("Softmax", "x", "y") { ($0.name, $0.i, $0.type) = ("axis", 0, .int) }
      ], "axis other than the last")
    refuse([node("HardSigmoid", "x", "y")], "not (x + 3)/6")
    refuse([node("Clip", "x s one", "y")], "cuts off at 0.5 and 1.0")
    refuse(
      [
        node("Flatten", "x", "y") { ($0.name, $0.i, $0.type) = ("axis", 0, .int) }
      ], "axis other than 1")
    refuse([node("Dropout", "x s one", "y")], "whether it trains")
    refuse([node("Relu", "x", "y"), node("Tanh", "y", "y")], "there already")
    refuse([node("Relu", "x", "y")], "no node makes", outputs: ["z"])
    refuse([node("Relu", "x", "y")], "2 outputs", outputs: ["y", "x"])
    refuse([node("Relu", "x", "y")], "has 3 dimensions", input: [-1, 2, 2])
    refuse([node("Gemm", "x W b", "y")], "takes 2 columns, where 3", input: [-1, 3])
    refuse([node("Relu", "x", "y")], "how many inputs", input: [-1, -1])
    refuse([node("Relu", "x", "y")], "operators' version", opset: 6)
  }

  @Test("operators of one and of several nodes are read")
  func operators() throws {
    func layers(_ nodes: [ONNXNodeMessage], _ input: [Int64] = [-1, 2]) throws -> String {
      try ONNXNetwork<Float>(Self.file(nodes, input: input)).model().architecture.summary
    }
    func node(
      _ operation: String, _ inputs: String, _ output: String,
      _ attributes: (inout ONNXAttributeMessage) -> Void = { _ in }
    ) -> ONNXNodeMessage { Self.node(operation, inputs, output, attributes) }
    let dense = node("MatMul", "x W", "a")
    #expect(try layers([dense, node("Add", "b a", "y")]) == "2-2 identity")
    #expect(
      try layers([dense, node("Sigmoid", "a", "c"), node("Mul", "a c", "y")]) == "2-2 silu")
    let softplus = node("Softplus", "a", "c")
    #expect(
      try layers([dense, softplus, node("Tanh", "c", "d"), node("Mul", "d a", "y")]) == "2-2 mish")
    #expect(try layers([dense, node("Clip", "a low one", "y")]) == "2-2 hard-tanh")
    #expect(try layers([dense, node("PRelu", "a s", "y")]) == "2 inputs, 2:identity,prelu")
    #expect(
      try layers([dense, node("Dropout", "a", "c"), node("Identity", "c", "y")]) == "2-2 identity")
    #expect(
      try layers([node("Flatten", "x", "c"), node("Gemm", "c W", "y")], [-1, 1, 2])
        == "2-2 identity")
    let alpha = node("LeakyRelu", "a", "y") {
      ($0.name, $0.f, $0.type) = ("alpha", 0.2, .float)
    }
    #expect(try layers([dense, alpha]) == "2-2 leaky-relu:0.2")
  }

  // MARK: Memory

  @Test("a file of very many empty messages is refused before they are made")
  func manyMessages() {
    // Nodes of two bytes each: half a gigabyte, if they were made.
    let nodes = [UInt8](repeating: 0, count: 2_000_000).indices.map { UInt8($0 % 2 == 0 ? 10 : 0) }
    var size = nodes.count
    var bytes: [UInt8] = [0x3A]
    while size > 0x7F {
      bytes.append(UInt8(size & 0x7F | 0x80))
      size >>= 7
    }
    bytes.append(UInt8(size))
    let error = #expect(throws: PerceptronError.self) {
      try ONNXFile(bytes: bytes + nodes, path: "many.onnx")
    }
    #expect(error?.message.contains("too many small parts") == true)
  }

  @Test("a file cut off or changed anywhere is read or refused")
  func mutations() throws {
    let bytes = try Fixtures.bytes("interop/model/mlp.onnx")
    for count in stride(from: 0, to: bytes.count, by: 3) {
      #expect(throws: PerceptronError.self) {
        try ONNXNetwork<Float>(ONNXFile(bytes: Array(bytes[..<count]), path: "cut.onnx")).model()
      }
    }
    var generator = SeededGenerator(seed: 5)
    for _ in 0..<600 {
      var changed = bytes
      for _ in 0..<Int.random(in: 1...3, using: &generator) {
        changed[Int.random(in: bytes.indices, using: &generator)] =
          UInt8.random(in: 0...255, using: &generator)
      }
      do {
        _ = try ONNXNetwork<Float>(ONNXFile(bytes: changed, path: "changed.onnx")).model()
      } catch is PerceptronError {}
    }
  }
}
