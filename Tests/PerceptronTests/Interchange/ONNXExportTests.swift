import Perceptron
import Testing

@testable import PerceptronInterchange

@Suite struct ONNXExportTests {
  private struct File {
    let message: ONNXModelMessage
    let graph: ONNXGraphMessage
    var opsetImport: [ONNXOperatorSet] { message.opsetImport }
    var irVersion: Int64 { message.irVersion }
    var metadataProps: [ONNXEntry] { message.metadataProps }
  }

  private static func read(_ bytes: [UInt8]) throws -> File {
    let message = ONNXModelMessage(protobuf: bytes[...])
    return File(message: message, graph: try #require(message.graph))
  }

  /// The activations that are operators or pairs of them, and so can be read back.
  private static let readable: [Activation] = Activation.allCases.filter {
    ![.sign, .heaviside, .geluTanh].contains($0)
  }

  @Test("a network comes back as it was written", arguments: readable)
  func roundTrip(_ activation: Activation) throws {
    let layers = try LayerStack.parse("4:\(activation.name),layer-norm,prelu,3:tanh,2")
    let model = try MLP<Float>(inputs: 3, layers: layers, seed: 3)
    let bytes = try model.onnx(ONNXOptions(opset: 20))
    let back = try ONNXNetwork<Float>(ONNXFile(bytes: bytes, path: "a.onnx")).model()
    #expect(back.parameters == model.parameters)
    #expect(back.architecture.summary == model.architecture.summary)
    let inputs = Draw.normal(rows: 5, columns: 3, seed: 1, as: Float.self)
    #expect(try back.outputs(inputs) == model.outputs(inputs))
  }

  @Test("dropout is gone, and batch normalisation in the weights before it")
  func folding() throws {
    let model = try MLP<Double>(
      inputs: 3, layers: LayerStack.parse("4,batch-norm,relu,dropout:0.5,2:softmax"), seed: 3)
    let file = try Self.read(model.onnx())
    #expect(file.graph.node.map(\.opType) == ["Gemm", "Relu", "Gemm", "Softmax", "Identity"])
    #expect(file.graph.node.map { $0.input.count } == [3, 1, 3, 1, 1])
    let back = try ONNXNetwork<Double>(
      ONNXFile(bytes: try model.onnx(), path: "a.onnx")
    ).model()
    #expect(back.parameters == model.folded.parameters)
  }

  @Test("the format's version goes with that of the operators", arguments: 12...21)
  func versions(_ opset: Int) throws {
    let model = try MLP<Float>(inputs: 2, [(2, .relu)], seed: 1)
    guard ONNXOptions.opsets.contains(opset) else {
      #expect(throws: PerceptronError.self) { try model.onnx(ONNXOptions(opset: opset)) }
      return
    }
    let file = try Self.read(model.onnx(ONNXOptions(opset: opset)))
    #expect(file.opsetImport.map(\.version) == [Int64(opset)])
    #expect(file.irVersion == (opset < 15 ? 7 : opset < 19 ? 8 : 9))
    #expect(try Self.read(model.onnx()).irVersion == 8)
  }

  @Test("what ONNX cannot say is refused by name")
  func refusals() throws {
    func message(_ model: () throws -> [UInt8]) -> String {
      let error = #expect(throws: PerceptronError.self) { try model() }
      return error?.message ?? ""
    }
    let gelu = try MLP<Double>(inputs: 2, [(2, .relu), (2, .gelu)], seed: 1)
    #expect(message { try gelu.onnx() }.hasPrefix("layer 2: gelu in double precision"))
    var infinite = try MLP<Float>(inputs: 2, [(2, .relu)], seed: 1)
    infinite.setBias(0, [0, .infinity])
    #expect(message { try infinite.onnx() }.contains("inf: not a finite number"))
    for name in ["label", "features"] {
      let table = Table.made("\(name),y", ["1,a", "2,b", "3,a", "4,b", "5,a", "6,b"])
      let model = try Self.fitted(table)
      #expect(message { try model.onnx() }.contains("the column \"\(name)\" cannot be an input"))
      #expect(try !model.onnx(ONNXOptions(networkOnly: true)).isEmpty)
    }
  }

  private static func fitted(_ table: [UInt8]) throws -> MLP<Float> {
    let data = try Dataset<Float>(Table(bytes: table, name: "t.csv"), target: "y")
    var model = try MLP<Float>(inputs: data.inputs, [(2, .relu), (1, .sigmoid)], seed: 1)
    _ = try model.fit(
      data, loss: .binaryCrossEntropy, optimizer: .adam(), epochs: 1, validation: .none)
    return model
  }

  @Test("columns are inputs, and their names and the classes in the metadata")
  func columns() throws {
    let rows = (0..<8).map { "\($0),\($0 % 3 == 0 ? "é" : "b"),\($0 % 2 == 0 ? "no" : "yes")" }
    let model = try Self.fitted(Table.made("n,\"a b\",y", rows))
    let file = try Self.read(model.onnx())
    #expect(file.graph.input.map(\.name) == ["n", "a b"])
    #expect(file.graph.input.map(\.type.elemType) == [1, 8])
    #expect(file.graph.output.map(\.name) == ["label", "probabilities"])
    #expect(file.graph.output[0].type.shape?.dim.count == 1)
    #expect(file.graph.output[1].type.shape?.dim[1].dimValue == 2)
    #expect(file.graph.input[0].type.shape?.dim[0].dimParam == "N")
    let metadata = file.metadataProps.map { "\($0.key)=\($0.value)" }
    #expect(metadata.contains("columns=[\"n\",\"a b\"]"), "\(metadata)")
    #expect(metadata.contains("classes=[\"no\",\"yes\"]"), "\(metadata)")
    #expect(file.opsetImport.map(\.domain) == ["", "ai.onnx.ml"])
    // Every text for "missing" is the most frequent category.
    let encoder = try #require(file.graph.node.first { $0.opType == "LabelEncoder" })
    let keys = try #require(ONNXFile.attribute(encoder, "keys_strings")).strings
    let codes = try #require(ONNXFile.attribute(encoder, "values_int64s")).ints
    let empty = try #require(keys.firstIndex(of: []))
    let frequent = try #require(keys.firstIndex(of: Array("b".utf8)[...]))
    #expect(codes[empty] == codes[frequent])
    #expect(ONNXFile.attribute(encoder, "default_int64")?.i == 2)
    // A file with columns is no network alone, and says how to get one.
    let error = #expect(throws: PerceptronError.self) {
      try ONNXFile(bytes: try model.onnx(), path: "a.onnx")
    }
    #expect(error?.message.contains("export the network alone") == true)
  }
}

extension Table {
  fileprivate static func made(_ header: String, _ rows: [String]) -> [UInt8] {
    Array(([header] + rows).joined(separator: "\n").utf8)
  }
}
