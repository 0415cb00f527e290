import Perceptron
import Testing

@testable import PerceptronInterchange

/// Weights of scikit-learn, Keras and PyTorch as models.
@Suite struct ImportTests {
  struct Classifier: Sendable, CustomTestStringConvertible {
    let testDescription: String
    let activation: String
  }

  static let classifiers = [
    Classifier(testDescription: "mlp_multiclass_relu", activation: "relu"),
    Classifier(testDescription: "mlp_multiclass_relu_compressed", activation: "relu"),
    Classifier(testDescription: "mlp_binary_tanh", activation: "tanh"),
    Classifier(testDescription: "mlp_binary_logistic", activation: "logistic"),
  ]

  @Test("scikit-learn's probabilities to 1e-12, by its classes", arguments: classifiers)
  func probabilities(_ classifier: Classifier) throws {
    let path = Fixtures.path("interop/sklearn/\(classifier.testDescription).npz")
    let archive = try NumPyArchive(contentsOf: path)
    let model = try NumPyWeights(archive).model(hidden: classifier.activation, task: nil)
    let expected: Matrix<Double> = try archive.array("predict_proba").matrix()
    guard
      case .classes(let names, _, let probabilities) = try model.predict(
        NumPyTable.table(path, like: model.preprocessing))
    else {
      Issue.record("no classes")
      return
    }
    #expect(names == (0..<expected.columns).map { "\($0)" })
    let got = Matrix(probabilities)
    #expect(mismatch(got, expected, within: .absolute(1e-12)) == nil)
  }

  @Test("An .npz of Keras, kernels and biases one after the other")
  func keras() throws {
    let w = NumPyArray.encode([1.0, 2, 3, 4, 5, 6], shape: [2, 3])
    let b = NumPyArray.encode([0.5, 0, -1], shape: [3])
    let v = NumPyArray.encode([1.0, -1, 1], shape: [3, 1])
    let bytes = try NumPyArchive.encode([("arr_0", w), ("arr_1", b), ("arr_2", v)])
    let weights = try NumPyWeights(NumPyArchive(bytes: bytes, name: "k.npz"))
    let model = try weights.model(activations: [.relu, .identity], task: nil)
    #expect(model.weights(0).values == [1, 2, 3, 4, 5, 6])
    #expect(model.bias(0) == [0.5, 0, -1] && model.bias(1) == nil)
    #expect(try model.outputs(Matrix([[1.0, 0]])).values == [1.5 - 2 + 2])
    #expect(throws: PerceptronError.self) {
      try weights.model(activations: [.relu], task: nil)
    }
  }

  @Test("Weights that do not fit are refused by name")
  func misfits() throws {
    func weights(_ members: [(String, [Double], [Int])]) throws -> NumPyWeights {
      let bytes = try NumPyArchive.encode(
        members.map { (name: $0.0, array: NumPyArray.encode($0.1, shape: $0.2)) })
      return try NumPyWeights(NumPyArchive(bytes: bytes, name: "w.npz"))
    }
    func expect(_ part: String, _ members: [(String, [Double], [Int])]) {
      let error = #expect(throws: PerceptronError.self) { try weights(members) }
      #expect(error?.description.contains(part) == true, "\(String(describing: error))")
    }
    expect("neither coefs_0", [("x", [1], [1])])
    expect("no array \"intercepts_0\"", [("coefs_0", [1], [1, 1])])
    expect("bias of layer 1", [("coefs_0", [1], [1, 1]), ("intercepts_0", [1, 2], [2])])
    expect("not a finite", [("coefs_0", [.nan], [1, 1]), ("intercepts_0", [1], [1])])
    expect(
      "layer 2 are 2 × 1",
      [
        ("coefs_0", [1], [1, 1]), ("intercepts_0", [1], [1]), ("coefs_1", [1, 2], [2, 1]),
        ("intercepts_1", [1], [1]),
      ])
  }

  /// The bytes of a state dictionary: names with their shapes [out × in]; all numbers different.
  private func state(_ layers: [(name: String, units: Int, inputs: Int)]) throws -> ModelFile {
    var next: Float = 0
    func values(_ count: Int) -> Safetensors.TensorValues {
      .float(
        (0..<count).map { _ in
          next += 1; return next
        })
    }
    let tensors = layers.flatMap { layer in
      [
        (
          name: layer.name + ".weight", shape: [layer.units, layer.inputs],
          values: values(layer.units * layer.inputs)
        ), (name: layer.name + ".bias", shape: [layer.units], values: values(layer.units)),
      ]
    }
    let folder = try TemporaryFolder()
    try FileSystem.writeAtomically(
      Safetensors.encode(tensors: tensors), to: folder("state.safetensors"))
    return try ModelFile(folder("state.safetensors"))
  }

  @Test("State dictionaries with names of their own, by their order or by their shapes")
  func stateDictionaries() throws {
    let counted = try MLP<Float>(
      state([("net.fc2", 3, 4), ("net.fc10", 1, 3), ("net.fc1", 4, 2)]),
      activations: [.relu, .tanh, .identity])
    #expect(counted.architecture.summary == "2-4-3-1 relu, tanh, identity")
    #expect(counted.weights(2).values == [16, 17, 18] && counted.bias(2) == [19])
    #expect(counted.bias(0) == [28, 29, 30, 31])
    let shaped = try MLP<Float>(
      state([("encoder", 8, 4), ("head", 3, 16), ("middle", 16, 8)]),
      activations: [.relu, .relu, .softmax])
    #expect(shaped.architecture.widths == [8, 16, 3])
    // Equal shapes: the order of the names; shapes that leave it open against the names: refused.
    let equal = try MLP<Float>(
      state([("b", 2, 2), ("a", 2, 2)]), activations: [.relu, .identity])
    #expect(equal.bias(0) == [11, 12])
    func expect(_ part: String, _ layers: [(String, Int, Int)], _ count: Int) throws {
      let file = try state(layers)
      let error = #expect(throws: PerceptronError.self) {
        try MLP<Float>(file, activations: [Activation](repeating: .relu, count: count))
      }
      #expect(error?.description.contains(part) == true, "\(String(describing: error))")
    }
    try expect("do not follow", [("a", 2, 3), ("b", 2, 5)], 2)
    try expect("several orders", [("a", 2, 3), ("b", 3, 2), ("c", 2, 3), ("a2", 3, 2)], 4)
    try expect("1 activations", [("a", 2, 3), ("b", 2, 2)], 1)
  }

  @Test("16 bits: the nearest number, ties to even, and every number of the type is itself")
  func halves() throws {
    for bits in UInt16.min...UInt16.max {
      let half = Double(Safetensors.float(halfPrecision: bits))
      let brain = Double(Float(bitPattern: UInt32(bits) << 16))
      if !half.isNaN { #expect(StoredPrecision.f16.bits(of: half) == bits) }
      if !brain.isNaN { #expect(StoredPrecision.bf16.bits(of: brain) == bits) }
    }
    let half = StoredPrecision.f16
    // 1 + 2⁻¹¹ is between 1 and 1 + 2⁻¹⁰; 1 + 3·2⁻¹¹ between odd and even.
    #expect(half.bits(of: 1 + 0x1p-11) == 0x3C00 && half.bits(of: 1 + 0x3p-11) == 0x3C02)
    #expect(half.bits(of: 1 + 0x1.0000001p-11) == 0x3C01)
    #expect(half.bits(of: 65519) == 0x7BFF && half.bits(of: 65520) == 0x7C00)
    #expect(half.bits(of: 0x1p-25) == 0 && half.bits(of: 0x1.1p-25) == 1)
    #expect(half.bits(of: -1e300) == 0xFC00 && half.bits(of: Double.leastNonzeroMagnitude) == 0)
    let brain = StoredPrecision.bf16
    #expect(brain.bits(of: 1 + 0x1p-8) == 0x3F80 && brain.bits(of: 1 + 0x3p-8) == 0x3F82)
    for value in stride(from: -3.0, through: 3, by: 0.0371) {
      let nearest = Float16Reference.bits(value)
      #expect(nearest == nil || half.bits(of: value) == nearest)
    }
  }

  @Test("A model in 16 bits is read back as the rounded numbers, and what does not fit is named")
  func stored() throws {
    var model = try MLP<Double>(inputs: 3, [(4, .tanh), (2, .identity)], seed: 3)
    let folder = try TemporaryFolder()
    for precision in StoredPrecision.allCases {
      try FileSystem.writeAtomically(model.encoded(as: precision), to: folder("m.safetensors"))
      let limit: Double =
        switch precision {
        case .f16: 0x1p-11
        case .bf16: 0x1p-8
        case .f32: 0x1p-24
        case .f64: 0
        }
      let read = try MLP<Double>(contentsOf: folder("m.safetensors"))
      for (got, value) in zip(read.parameters, model.parameters) {
        #expect(abs(got - value) <= limit * abs(value))
      }
      let file = try ModelFile(folder("m.safetensors"))
      #expect(try file.precision() == (precision == .f64 ? .double : .float))
    }
    model.setParameters(model.parameters.map { _ in 1e5 })
    let error = #expect(throws: PerceptronError.self) { try model.encoded(as: .f16) }
    #expect(error?.description.contains("weight") == true)
    #expect(throws: Never.self) { try model.encoded(as: .bf16) }
  }
}

/// The standard library's conversion, where the platform has the type.
enum Float16Reference {
  static func bits(_ value: Double) -> UInt16? {
    #if arch(x86_64) && os(macOS)
      return nil
    #else
      return Float16(value).bitPattern
    #endif
  }
}
