import Perceptron

extension ONNXGraph {
  /// The layers of a folded network behind `input`; returns the name of their output.
  ///
  /// - Throws: `PerceptronError` naming the layer that operators cannot say.
  mutating func addNetwork(_ model: MLP<Element>, input: String) throws -> String {
    var value = input
    for (index, layer) in model.architecture.layers.enumerated() {
      do {
        value = try add(layer, at: index, of: model, input: value)
      } catch let error as PerceptronError {
        throw PerceptronError(error.kind, "layer \(index + 1): \(error.message)")
      }
    }
    return value
  }

  private mutating func add(
    _ layer: Layer, at index: Int, of model: MLP<Element>, input: String
  ) throws -> String {
    let units = model.architecture.widths[index]
    func row(_ role: Parameter.Role) -> [Element] {
      model.tensor(role, layer: index)?.values ?? []
    }
    switch layer {
    case .dense(let dense):
      let weights = model.weights(index)
      var inputs = [
        input,
        constant(
          weights.values, shape: [weights.rows, weights.columns], name: "weights_\(index + 1)"),
      ]
      if let bias = model.bias(index) {
        inputs.append(constant(bias, shape: [units], name: "bias_\(index + 1)"))
      }
      return try activate(add("Gemm", inputs), dense.activation)
    case .activation(let activation): return try activate(input, activation)
    case .dropout: return input
    case .batchNormalization(let normalization):
      let tensors = [Parameter.Role.scale, .shift, .runningMean, .runningVariance].map {
        constant(row($0), shape: [units])
      }
      return add(
        "BatchNormalization", [input] + tensors, [.float("epsilon", normalization.epsilon)])
    case .layerNormalization(let normalization):
      let scale = constant(row(.scale), shape: [units])
      let shift = constant(row(.shift), shape: [units])
      if opset >= 17 {
        return add(
          "LayerNormalization", [input, scale, shift],
          [.int("axis", -1), .float("epsilon", normalization.epsilon)])
      }
      let axes = [ONNXAttribute.ints("axes", [-1]), .int("keepdims", 1)]
      let centred = add("Sub", [input, add("ReduceMean", [input], axes)])
      let variance = add("ReduceMean", [add("Mul", [centred, centred])], axes)
      let deviation = add("Sqrt", [add("Add", [variance, number(normalization.epsilon)])])
      let normalized = add("Div", [centred, deviation])
      return add("Add", [add("Mul", [normalized, scale]), shift])
    case .prelu:
      let slope = constant(row(.slope), shape: [units])
      if Element.precision == .float { return add("PRelu", [input, slope]) }
      return positive(input, else: add("Mul", [input, slope]))
    case .custom(let custom):
      throw PerceptronError(
        .network, "the custom layer \(quoted(custom.layer.name)) has no ONNX operators")
    }
  }
}
