public import Perceptron

/// A network of the library, computed on a tape.
public struct TapedNetwork<Element: Scalar> {
  /// The tensors of the parameter buffer, in order.
  public let parameters: [Variable<Element>]
  /// X `[m × n₀]`, whose gradient can be asked for too.
  public let inputs: Variable<Element>
  /// Z_l and A_l of every layer.
  public let layers: [(preActivation: Variable<Element>, activation: Variable<Element>)]

  /// Computes the network forward.
  ///
  /// - Parameters:
  ///   - model: the network.
  ///   - inputs: X `[m × n₀]`.
  ///   - mode: how `Dropout` and `BatchNormalization` behave.
  ///   - tape: what records it.
  @specialized(where Element == Float)
  @specialized(where Element == Double)
  public init(
    _ model: MLP<Element>, inputs: Matrix<Element>, mode: Mode = .training,
    on tape: Tape<Element>
  ) {
    let tensors = model.architecture.parameters.map { parameter in
      Matrix(
        rows: parameter.rows, columns: parameter.columns,
        values: Array(model.parameters[parameter.range]))
    }
    self.init(model.architecture, parameters: tensors, inputs: inputs, mode: mode, on: tape)
  }

  /// Computes a network forward from its tensors, without copying them: for loops of one's own.
  ///
  /// - Parameters:
  ///   - architecture: the network's shape.
  ///   - tensors: one matrix for every entry of `architecture.parameters`.
  ///   - inputs: X `[m × n₀]`.
  ///   - mode: how `Dropout` and `BatchNormalization` behave.
  ///   - tape: what records it.
  @specialized(where Element == Float)
  @specialized(where Element == Double)
  public init(
    _ architecture: Architecture, parameters tensors: [Matrix<Element>], inputs: Matrix<Element>,
    mode: Mode = .training, on tape: Tape<Element>
  ) {
    let parameters = tensors.map { tape.variable($0) }
    let x = tape.variable(inputs)
    var layers: [(preActivation: Variable<Element>, activation: Variable<Element>)] = []
    var values = x
    var place = 0
    for (index, layer) in architecture.layers.enumerated() {
      let count = architecture.parameters.count { $0.layer == index }
      let own = Array(parameters[place..<place + count])
      place += count
      let isTraining = mode == .training
      switch layer {
      case .dense(let dense):
        var z = values.product(own[0])
        if dense.bias { z = z + own[1] }
        values = activation(dense.activation, z)
        layers.append((z, values))
        continue
      case .activation(let function):
        let z = values
        values = activation(function, z)
        layers.append((z, values))
        continue
      case .dropout(let dropout):
        if isTraining, dropout.rate > 0 {
          values =
            values
            * tape.constant(
              dropout.mask(rows: inputs.rows, columns: architecture.widths[index], layer: index))
        }
      case .batchNormalization(let norm):
        values = values.normalized(norm, own, isTraining: isTraining)
      case .layerNormalization(let norm): values = values.normalized(norm, own)
      case .prelu:
        let positive = values.mapped(.relu)
        values = positive + own[0] * (values - positive)
      case .custom(let custom):
        values = custom.operation(on: tape)([values] + own)
      }
      layers.append((values, values))
    }
    self.parameters = parameters
    self.inputs = x
    self.layers = layers
  }

  /// The loss; a cross-entropy with its own activation is computed from the logits, as in training.
  @specialized(where Element == Float)
  @specialized(where Element == Double)
  public func loss(
    _ loss: Loss, targets: Matrix<Element>, weights: [Element]? = nil
  ) -> Variable<Element> {
    let last = layers[layers.count - 1]
    let t = inputs.tape.constant(targets)
    let s = weights.map {
      inputs.tape.constant(Matrix(rows: $0.count, columns: 1, values: $0))
    }
    guard let logits = loss.kind.fromLogits else {
      return last.activation.loss(loss, targets: t, weights: s)
    }
    return last.preActivation.loss(loss.with(kind: logits), targets: t, weights: s)
  }
}

extension Variable {
  /// γ x̂ + β, each column with the batch's mean and variance or the running ones.
  fileprivate func normalized(
    _ layer: BatchNormalization, _ own: [Variable], isTraining: Bool
  ) -> Variable {
    let usesBatch = isTraining && size.rows > 1
    let mean = usesBatch ? mean(.rows) : own[2]
    let centered = self - mean
    let variance = usesBatch ? centered.mapped(.square).mean(.rows) : own[3]
    return centered / variance.shifted(layer.epsilon).mapped(.squareRoot) * own[0] + own[1]
  }

  /// γ x̂ + β, each row with its own mean and variance.
  fileprivate func normalized(_ layer: LayerNormalization, _ own: [Variable]) -> Variable {
    let centered = self - mean(.columns)
    let variance = centered.mapped(.square).mean(.columns)
    return centered / variance.shifted(layer.epsilon).mapped(.squareRoot) * own[0] + own[1]
  }
}

extension AnyCustomLayer {
  /// The layer as an operation of a tape: of its input, then its parameters.
  fileprivate func operation<Element: Scalar>(
    on tape: Tape<Element>
  ) -> ([Variable<Element>]) -> Variable<Element> {
    let layer = layer
    let operation = CustomOperation<Element>(layer.name) { values in
      layer.forward(values[0], parameters: Array(values.dropFirst()))
    } pullback: { values, output, gradient in
      let result = layer.backward(
        input: values[0], output: output, outputGradient: gradient,
        parameters: Array(values.dropFirst()))
      return [result.input] + result.parameters
    }
    return { tape.record(operation, $0) }
  }
}

extension MLP {
  /// The loss and its gradient in every parameter (in the buffer's order) and in the inputs, from a
  /// tape. The gradient of what is not trained (running statistics) is 0.
  ///
  /// - Throws: `PerceptronError` when shapes or loss do not fit.
  @specialized(where Element == Float)
  @specialized(where Element == Double)
  public func tapedGradient(
    inputs: Matrix<Element>, targets: Matrix<Element>, loss: Loss, weights: [Element]? = nil,
    mode: Mode = .training
  ) throws -> (loss: Element, parameters: [Element], inputs: Matrix<Element>) {
    try architecture.validate(training: loss)
    let tape = Tape<Element>()
    let network = TapedNetwork(self, inputs: inputs, mode: mode, on: tape)
    let output = network.loss(loss, targets: targets, weights: weights)
    let gradients = try tape.gradient(of: output, at: network.parameters + [network.inputs])
    let values = zip(architecture.parameters, gradients).flatMap { parameter, gradient in
      parameter.role.isTrained
        ? gradient.values : [Element](repeating: 0, count: parameter.count)
    }
    return (output.scalar, values, gradients[gradients.count - 1])
  }
}
