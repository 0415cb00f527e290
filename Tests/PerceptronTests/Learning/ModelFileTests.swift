import Testing

@testable import Perceptron

@Suite("Model files")
struct ModelFileTests {
  private let folder: TemporaryFolder

  init() throws {
    folder = try TemporaryFolder()
  }

  /// 2-3-2 with every parameter drawn.
  private func network<Element: Scalar>(
    bias: Bool = true, as: Element.Type = Element.self
  ) throws -> MLP<Element> {
    try Draw.network(inputs: 2, [(3, .relu), (2, .softmax)], bias: bias, seed: 4)
  }

  /// A model that knows how rows of a table are encoded.
  private func fitted() throws -> MLP<Float> {
    let rows = try table("a,b,c\n1,x,n\n2.5,y,y\n?,x,n\n5,?,y\n")
    var model: MLP<Float> = try Draw.network(inputs: 4, [(3, .tanh), (2, .softmax)], seed: 4)
    model.preprocessing = try Dataset<Float>(rows, target: "c").preprocessing
    return model
  }

  private func saved<Element: Scalar>(_ model: MLP<Element>) throws -> MLP<Element> {
    try model.save(to: folder("model"))
    return try MLP(contentsOf: folder("model"))
  }

  // MARK: Round trips

  @Test("every bit of a model comes back")
  func roundTrip() throws {
    func check<Element: Scalar>(_: Element.Type) throws {
      for bias in [true, false] {
        var model: MLP<Element> = try network(bias: bias)
        model.parameters[1] = -0.0
        model.parameters[2] = .leastNonzeroMagnitude
        model.parameters[3] = .greatestFiniteMagnitude
        model.note([
          ProvenanceEntry("z", "1"), ProvenanceEntry("a", "line\n\"ü\""), ProvenanceEntry("m", ""),
        ])
        let read = try saved(model)
        #expect(read == model)
        #expect(read.parameters.bits == model.parameters.bits)
        #expect(read.provenance.map(\.key) == ["z", "a", "m"])
        #expect(try ModelFile(folder("model")).precision() == Element.precision)
      }
    }
    try check(Float.self)
    try check(Double.self)
    let model = try fitted()
    #expect(try saved(model) == model)
    var zeros = try MLP<Float>(inputs: 3, [(1, .sigmoid)], initializer: .zeros)
    zeros.note([])
    #expect(try saved(zeros) == zeros)
  }

  @Test("rows of a table are predicted as before")
  func predictions() throws {
    let model = try fitted()
    let rows = try table("b,a\nnew,7\ny,?\n")
    #expect(try saved(model).predict(rows) == model.predict(rows))
  }

  @Test("identical models are identical files")
  func sameBytes() throws {
    #expect(try fitted().encoded() == fitted().encoded())
    try fitted().save(to: folder("a"))
    #expect(try FileSystem.read(folder("a")) == fitted().encoded())
    var other = try fitted()
    other.parameters[0] = other.parameters[0].nextUp
    #expect(try other.encoded() != fitted().encoded())
  }

  @Test("a Double model read as Float is rounded, a Float model read as Double is exact")
  func precisions() throws {
    let double = try network(as: Double.self)
    try double.save(to: folder("model"))
    #expect(
      try MLP<Float>(contentsOf: folder("model")).parameters.bits
        == double.parameters.map { Float($0) }.bits)
    let float = try network(as: Float.self)
    try float.save(to: folder("model"))
    #expect(
      try MLP<Double>(contentsOf: folder("model")).parameters == float.parameters.map(Double.init))
  }

  // MARK: What other tools see

  @Test("tensors are named and oriented as in nn.Sequential, activations counted as modules")
  func tensors() throws {
    let layers: [Layer] = [
      .dense(4, .identity), .dense(3, .relu), .dense(5, .identity, bias: false),
      .dense(2, .softmax),
    ]
    var model = try MLP<Double>(inputs: 6, layers: layers, seed: 8)
    model.setBias(1, [1, 2, 3])
    try model.save(to: folder("model"))
    let file = try Safetensors(bytes: FileSystem.read(folder("model")), file: "model")
    let names = file.tensors.map(\.name).sorted()
    #expect(
      names == [
        "0.bias", "0.weight", "1.bias", "1.weight", "3.weight", "4.bias", "4.weight",
      ])
    #expect(file.metadata.map(\.key) == ["format", "perceptron"])
    #expect(file.metadata("format") == "pt")
    for (layer, module) in [(0, 0), (1, 1), (2, 3), (3, 4)] {
      let weights = model.weights(layer)
      #expect(file.tensor(named: "\(module).weight")?.shape == [weights.columns, weights.rows])
      #expect(file.tensor(named: "\(module).weight")?.dtype == .F64)
      #expect(try file.values(of: "\(module).weight") == weights.transposed.values)
    }
    #expect(file.tensor(named: "1.bias")?.shape == [3])
    #expect(try file.values(of: "1.bias") == [1.0, 2, 3])
    #expect(try MLP<Double>(contentsOf: folder("model")) == model)
  }

  // MARK: Files of PyTorch

  private static let torch: [Activation] = [.relu, .tanh, .identity]

  @Test("a file of PyTorch computes what PyTorch computes")
  func pyTorch() throws {
    let inputs = try NumPy.matrix("interop/model/inputs.npy")
    #expect(inputs.rows == 9 && inputs.columns == 5)
    let single = try MLP<Float>(
      contentsOf: Fixtures.path("interop/model/mlp.safetensors"), activations: Self.torch)
    #expect(single.architecture.summary == "5-7-5-3 relu, tanh, identity")
    #expect(single.preprocessing == nil)
    expectClose(
      "outputs",
      try single.outputs(Matrix(rows: 9, columns: 5, values: inputs.values.map { Float($0) })),
      try NumPy.matrix("interop/model/outputs_f32.npy"), within: .entry(1e-5))
    let exact = try NumPy.matrix("interop/model/outputs_f64.npy")
    for name in ["mlp", "mlp_f64"] {
      let double = try MLP<Double>(
        contentsOf: Fixtures.path("interop/model/\(name).safetensors"), activations: Self.torch)
      expectClose("outputs of \(name)", try double.outputs(inputs), exact, within: .entry(1e-12))
    }
  }

  @Test("a file of another tool that is not the network asked for is refused")
  func pyTorchRefusals() throws {
    func load(_ name: String, _ activations: [Activation]?) throws {
      _ = try MLP<Float>(contentsOf: Fixtures.path("interop/\(name)"), activations: activations)
    }
    let good = "model/mlp.safetensors"
    expectRefusal(.modelFile, "mlp.safetensors", "activations") { try load(good, nil) }
    expectRefusal(.modelFile, "3 dense layers", "2 activations") { try load(good, [.relu, .tanh]) }
    expectRefusal(.modelFile, "module 1", "has 2") { try load(good, [.identity, .tanh, .relu]) }
    expectRefusal(.modelFile, "\"2.bias\"", "missing") {
      try load("safetensors/model_missing_bias.safetensors", Self.torch)
    }
    expectRefusal(.modelFile, "\"2.weight\"", "8 inputs", "layer 1 gives 7") {
      try load("safetensors/model_shapes_do_not_chain.safetensors", Self.torch)
    }
    expectRefusal(.modelFile, "no weight or bias of a linear layer") {
      try load("safetensors/good.safetensors", [.relu])
    }
    let path = folder("nan")
    try FileSystem.writeAtomically(
      Safetensors.encode(tensors: [
        ("0.weight", [1, 2], .float([1, .nan])), ("0.bias", [1], .float([0])),
      ]), to: path)
    expectRefusal(.modelFile, "\"0.weight\"", "index 1", "not a finite number") {
      _ = try MLP<Float>(contentsOf: path, activations: [.relu])
    }
    try FileSystem.writeAtomically(
      Safetensors.encode(tensors: [
        ("0.weight", [1, 2], .float([1, 2])), ("0.bias", [2], .float([0, 0])),
      ]), to: path)
    expectRefusal(.modelFile, "\"0.bias\"", "[1]", "[2]") {
      _ = try MLP<Float>(contentsOf: path, activations: [.relu])
    }
    try FileSystem.writeAtomically(
      Safetensors.encode(tensors: [
        ("0.weight", [1, 2], .float([1, 2])), ("norm.weight", [1], .float([0])),
      ]), to: path)
    expectRefusal(.modelFile, "\"norm.weight\"") {
      _ = try MLP<Float>(contentsOf: path, activations: [.relu])
    }
  }
}

/// Arrays of NumPy's format, version 1: what the fixtures are made of.
enum NumPy {
  static func matrix(_ fixture: String) throws -> Matrix<Double> {
    let bytes = try Fixtures.bytes(fixture)
    try #require(bytes.starts(with: [0x93] + Array("NUMPY".utf8) + [1, 0]))
    let start = 10 + Int(bytes[8]) + Int(bytes[9]) << 8
    let header = String(decoding: bytes[10..<start], as: UTF8.self)
    try #require(header.contains("'fortran_order': False"))
    let open = try #require(header.firstIndex(of: "("))
    let shape = header[open...].dropFirst().prefix { $0 != ")" }
      .split(separator: ",").compactMap { Int($0.filter(\.isNumber)) }
    try #require(shape.count == 2)
    let isDouble = header.contains("'<f8'")
    try #require(isDouble || header.contains("'<f4'"))
    let size = isDouble ? 8 : 4
    try #require(bytes.count == start + shape[0] * shape[1] * size)
    let values = stride(from: start, to: bytes.count, by: size).map { place in
      let word = bytes[place..<place + size].reversed().reduce(UInt64(0)) { $0 << 8 | UInt64($1) }
      return isDouble ? Double(bitPattern: word) : Double(Float(bitPattern: UInt32(word)))
    }
    return Matrix(rows: shape[0], columns: shape[1], values: values)
  }
}
