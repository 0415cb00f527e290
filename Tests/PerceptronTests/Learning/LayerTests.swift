import Testing

@testable import Perceptron

@Suite("Layers and stacks")
struct LayerTests {
  // MARK: The text of a stack

  @Test("a stack reads and writes the same text")
  func roundTrip() throws {
    let text = "32:relu,16:tanh,8:sigmoid,4:sign,2:heaviside,7:identity,3:softmax"
    let layers = try LayerStack.parse(text)
    #expect(try Architecture(inputs: 2, layers: layers).widths == [32, 16, 8, 4, 2, 7, 3])
    #expect(
      layers.map(\.activation.name)
        == text.split(separator: ",").map { "\($0.split(separator: ":")[1])" })
    #expect(LayerStack.text(layers) == text)
    #expect(try LayerStack.parse(" 5 ,\t3:ReLU ") == [.dense(5, .identity), .dense(3, .relu)])
  }

  @Test("layers without units")
  func otherLayers() throws {
    let text = "64:identity,batch-norm,relu,dropout:0.2,16:tanh,layer-norm,prelu,3:softmax"
    #expect(try LayerStack.text(LayerStack.parse(text)) == text)
    #expect(try LayerStack.parse("8,relu,dropout") == [.dense(8, .relu), .dropout(0.5)])
    #expect(try LayerStack.parse("8:prelu") == [.dense(8), .prelu])
    #expect(try LayerStack.parse("tanh,2") == [.activation(.tanh), .dense(2)])
    // The weights are drawn for the activation that follows, whatever stands between.
    #expect(
      try LayerStack.parse("8,batch-norm,relu,relu") == [
        .dense(8, initializer: .standard(for: .relu)), .batchNorm, .activation(.relu),
        .activation(.relu),
      ])
    for text in ["2,dropout:1", "2,dropout:-0.1", "2,dropout:x", "2,dropout:nan"] {
      expectRefusal(.option, "dropout:0.2, a share") { _ = try LayerStack.parse(text) }
    }
    expectRefusal(.option, "batch-norm takes no number") {
      _ = try LayerStack.parse("2,batch-norm:3")
    }
    expectRefusal(.network, "dropout rate") {
      _ = try Architecture(inputs: 2, layers: [.dense(2), .dropout(1)])
    }
  }

  @Test("bias and initialiser hold for every layer of the text")
  func options() throws {
    let layers = try LayerStack.parse("4:relu,2", bias: false, initializer: .heNormal)
    #expect(
      layers == [
        .dense(4, .relu, bias: false, initializer: .heNormal),
        .dense(2, .identity, bias: false, initializer: .heNormal),
      ])
    #expect(try LayerStack.parse("4:relu,2") == [.dense(4, .relu), .dense(2)])
  }

  @Test("what is no stack is refused with the entry")
  func errors() {
    for (text, entry) in [
      ("", ""), ("32:relu,", ""), (",3", ""), ("rel", "rel"), ("3.5:relu", "3.5:relu"),
      ("32:relu,x:tanh", "x:tanh"), ("32 relu", "32 relu"),
      ("99999999999999999999:relu", "99999999999999999999:relu"),
    ] {
      expectRefusal(.option, "\"\(entry)\" in \"\(text)\" is not a layer") {
        _ = try LayerStack.parse(text)
      }
    }
    expectRefusal(.option, "\"0:relu\"", "at least 1 unit") { _ = try LayerStack.parse("0:relu") }
    expectRefusal(.option, "\"-3\"", "at least 1 unit") { _ = try LayerStack.parse("4,-3") }
    expectRefusal(.option, "\"reluu\"", "did you mean relu?") {
      _ = try LayerStack.parse("4:reluu")
    }
    expectRefusal(.option, "activation \"\"") { _ = try LayerStack.parse("4:") }
    expectRefusal(.option, "\"relu:2\"") { _ = try LayerStack.parse("4:relu:2") }
  }

  // MARK: Shapes

  @Test("where every parameter stands")
  func parameters() throws {
    let shape = try Architecture(
      inputs: 3, layers: [.dense(4, .relu, bias: false), .dense(2, .softmax)])
    #expect(shape.parameters.map(\.name) == ["W1", "W2", "b2"])
    #expect(shape.parameters.map(\.range) == [0..<12, 12..<20, 20..<22])
    #expect(shape.parameters.map(\.rows) == [3, 4, 1])
    #expect(shape.parameters.map(\.columns) == [4, 2, 2])
    #expect(shape.parameterCount == 22)
    #expect(shape.outputs == 2 && shape.outputActivation == .softmax)
    #expect(shape.summary == "3-4-2 relu, softmax")
    // 6·(3·4 + 4·2) less 2·3·4 for each row.
    #expect(shape.operationsPerStep(rows: 5) == 5 * (6 * 20 - 24))
  }

  @Test("impossible shapes are refused")
  func impossible() {
    func refuse(_ inputs: Int, _ units: [Int], _ parts: String...) {
      let error = #expect(throws: PerceptronError.self) {
        _ = try Architecture(inputs: inputs, layers: units.map { .dense($0) })
      }
      #expect(error?.kind == .network)
      for part in parts {
        #expect(error?.message.contains(part) == true, "\(String(describing: error))")
      }
    }
    refuse(0, [1], "at least 1 input", "0")
    refuse(-4, [1], "at least 1 input", "-4")
    refuse(1, [], "needs a layer")
    refuse(1, [2, 0], "layer 2", "at least 1 unit")
    refuse(1, [-1], "layer 1", "-1")
    refuse(1 << 16, [1 << 16], "layer 1", "2,147,483,648")
    refuse(.max, [.max], "layer 1")
    refuse(1, [.max], "layer 1")
    refuse(1, [1 << 20, 1 << 12], "layer 2")
  }

  @Test("parameters set are parameters got")
  func values() throws {
    var model = try MLP<Double>(inputs: 2, [(3, .relu), (1, .identity)])
    let weights = Matrix<Double>([[1, 2, 3], [4, 5, 6]])
    model.setWeights(0, weights)
    model.setBias(0, [7, 8, 9])
    model.setWeights(1, Matrix([[-1], [0], [1]]))
    model.setBias(1, [10])
    #expect(model.parameters == [1, 2, 3, 4, 5, 6, 7, 8, 9, -1, 0, 1, 10])
    #expect(model.weights(0) == weights && model.bias(0) == [7, 8, 9] && model.bias(1) == [10])
    // Row (1, 1): z = (12, 15, 18), output = −12 + 18 + 10.
    #expect(try model.outputs(Matrix([[1, 1]])).values == [16])
    let unbiased = try MLP<Double>(inputs: 2, [(3, .relu)], bias: false)
    #expect(unbiased.bias(0) == nil && unbiased.parameters.count == 6)
  }

  @Test("a wrong number of parameters or columns is refused with both")
  func counts() throws {
    let model = try MLP<Float>(inputs: 2, [(3, .relu)])
    expectRefusal(.network, "9 parameters", "got 8") {
      _ = try MLP(model.architecture, parameters: Array(repeating: Float(0), count: 8))
    }
    expectRefusal(.network, "takes 2 columns", "[1 × 3]") {
      _ = try model.outputs(Matrix([[1, 2, 3]]))
    }
  }

  @Test("a model is a value")
  func value() throws {
    let first = try MLP<Float>(inputs: 1, [(1, .identity)])
    var second = first
    second.setBias(0, [5])
    #expect(first.bias(0) == [0] && second.bias(0) == [5] && first != second)
  }
}
