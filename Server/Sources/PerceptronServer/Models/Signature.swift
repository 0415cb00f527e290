import Perceptron

/// What a model takes and gives, as tensors of the Open Inference Protocol.
///
/// A model that knows the columns of its table has an input `[-1, 1]` for each, called as the column,
/// of numbers or of texts (BYTES); its outputs are those of the exported ONNX: `label` and
/// `probabilities` (or `scores`) for classes, `prediction` for numbers. Where all columns are numbers,
/// they may come side by side as one input `features` `[-1, columns]` as well. A model that knows no
/// columns has `features` and `outputs`.
struct Signature: Sendable, Hashable {
  /// An input or output. A dimension of −1 is the number of rows.
  struct Tensor: Sendable, Hashable {
    let name: String
    let datatype: Datatype
    let shape: [Int]
  }

  /// An output and where its numbers come from.
  struct Output: Sendable, Hashable {
    enum Kind: Sendable, Hashable {
      /// The class of each row, or of each target.
      case label
      /// Probabilities of all classes; of several targets those of the second class each.
      case probabilities
      /// The network's outputs as they are: scores, or a model that knows no columns.
      case outputs
      /// Numbers in the targets' own units.
      case prediction
    }

    let kind: Kind
    let tensor: Tensor
    /// The elements of one row.
    var columns: Int { tensor.shape.count == 1 ? 1 : tensor.shape[1] }
  }

  let inputs: [Tensor]
  let outputs: [Output]
  /// Whether the columns may come as one tensor.
  let takesFeatures: Bool

  /// The names that one tensor of all columns may have.
  static let featureNames = ["features", "input"]

  init<Element: Scalar>(_ model: MLP<Element>) {
    let number: Datatype = Element.precision == .float ? .FP32 : .FP64
    guard let preprocessing = model.preprocessing else {
      inputs = [Tensor(name: "features", datatype: number, shape: [-1, model.inputs])]
      outputs = [
        Output(
          kind: .outputs,
          tensor: Tensor(name: "outputs", datatype: number, shape: [-1, model.outputs]))
      ]
      takesFeatures = true
      return
    }
    inputs = preprocessing.inputs.map { column in
      switch column.encoding {
      case .numeric: Tensor(name: column.name, datatype: number, shape: [-1, 1])
      case .categorical: Tensor(name: column.name, datatype: .BYTES, shape: [-1, 1])
      }
    }
    takesFeatures =
      inputs.allSatisfy { $0.datatype != .BYTES }
      && !inputs.contains { Self.featureNames.contains($0.name) }
    outputs = Self.outputs(model, preprocessing, number)
  }

  private static func outputs<Element: Scalar>(
    _ model: MLP<Element>, _ preprocessing: Preprocessing, _ number: Datatype
  ) -> [Output] {
    func output(_ kind: Output.Kind, _ name: String, _ datatype: Datatype, _ shape: [Int]) -> Output
    {
      Output(kind: kind, tensor: Tensor(name: name, datatype: datatype, shape: shape))
    }
    let targets = preprocessing.targets
    guard case .classes(let names) = targets[0].kind else {
      return [output(.prediction, "prediction", number, [-1, targets.count])]
    }
    let labels = output(.label, "label", .BYTES, targets.count == 1 ? [-1] : [-1, targets.count])
    if targets[0].output == .score {
      return [labels, output(.outputs, "scores", number, [-1, targets.count])]
    }
    return [
      labels,
      output(
        .probabilities, "probabilities", number,
        [-1, targets.count == 1 ? names.count : targets.count]),
    ]
  }
}
