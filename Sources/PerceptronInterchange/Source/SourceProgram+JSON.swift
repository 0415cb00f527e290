package import Perceptron

extension SourceProgram {
  /// The model as one JSON object, for a program that computes it itself: `layers` in the order they act,
  /// weights as a list of rows, inputs × units; `columns` and `targets` as the model file has them.
  package var json: JSON {
    func numbers(_ range: Range<Int>) -> JSON {
      .array(model.parameters[range].map { JSON(Double($0)) })
    }
    let layers = steps.compactMap { step -> JSON? in
      switch step {
      case .dense(_, let units, let weights, let bias):
        let values = Array(model.parameters[weights])
        let rows = stride(from: 0, to: values.count, by: units).map { start in
          JSON.array(values[start..<start + units].map { JSON(Double($0)) })
        }
        return [
          "kind": "dense", "weights": .array(rows), "bias": bias.map(numbers) ?? .null,
        ]
      case .activation(.identity, _): return nil
      case .activation(let activation, _):
        return ["kind": "activation", "activation": .string(activation.name)]
      case .layerNormalization(_, let scale, let shift, let epsilon):
        return [
          "kind": "layer-norm", "scale": numbers(scale), "shift": numbers(shift),
          "epsilon": JSON(epsilon),
        ]
      case .batchNormalization(_, let mean, let variance, let scale, let shift, let epsilon):
        return [
          "kind": "batch-norm", "mean": numbers(mean), "variance": numbers(variance),
          "scale": numbers(scale), "shift": numbers(shift), "epsilon": JSON(epsilon),
        ]
      case .prelu(_, let slope): return ["kind": "prelu", "slope": numbers(slope)]
      }
    }
    return [
      "format": "perceptron-json", "version": JSON(1),
      "precision": .string(Element.precision.rawValue), "inputs": JSON(model.inputs),
      "outputs": JSON(model.outputs), "layers": .array(layers),
      "preprocessing": model.preprocessing?.description ?? .null,
    ]
  }
}
