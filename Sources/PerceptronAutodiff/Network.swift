public import Perceptron

extension Variable {
  /// A loss of the library, with this as the network's output or logits.
  ///
  /// - Parameters:
  ///   - loss: which.
  ///   - t: T, of the same shape.
  @specialized(where Element == Float)
  @specialized(where Element == Double)
  public func loss(_ loss: Loss, targets t: Variable) -> Variable {
    guard size == t.size else {
      misuse("\(loss.name): output \(value.shape) and targets \(t.value.shape) differ")
    }
    let sum: Variable
    switch loss.kind {
    case .halfSquaredError: sum = (self - t).mapped(.square).summed(.all).scaled(0.5)
    case .squaredError, .meanSquaredError: sum = (self - t).mapped(.square).summed(.all)
    case .binaryCrossEntropy:
      let no = t.scaled(-1).shifted(1)
      sum = (t * mapped(.log) + no * scaled(-1).mapped(.log1p)).summed(.all).scaled(-1)
    case .binaryCrossEntropyFromLogits:
      let no = t.scaled(-1).shifted(1)
      sum = (t * scaled(-1).mapped(.softplus) + no * mapped(.softplus)).summed(.all)
    case .crossEntropy: sum = (t * mapped(.log)).summed(.all).scaled(-1)
    case .crossEntropyFromLogits:
      sum = (t * (logSumExp.spread(size) - self)).summed(.all)
    }
    return sum.scaled(loss.factor(rows: size.rows, columns: size.columns))
  }
}

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
  ///   - tape: what records it.
  @specialized(where Element == Float)
  @specialized(where Element == Double)
  public init(_ model: MLP<Element>, inputs: Matrix<Element>, on tape: Tape<Element>) {
    let tensors = model.architecture.parameters.map { parameter in
      Matrix(
        rows: parameter.rows, columns: parameter.columns,
        values: Array(model.parameters[parameter.range]))
    }
    self.init(model.architecture, parameters: tensors, inputs: inputs, on: tape)
  }

  /// Computes a network forward from its tensors, without copying them: for loops of one's own.
  ///
  /// - Parameters:
  ///   - architecture: the network's shape.
  ///   - tensors: one matrix for every entry of `architecture.parameters`.
  ///   - inputs: X `[m × n₀]`.
  ///   - tape: what records it.
  @specialized(where Element == Float)
  @specialized(where Element == Double)
  public init(
    _ architecture: Architecture, parameters tensors: [Matrix<Element>], inputs: Matrix<Element>,
    on tape: Tape<Element>
  ) {
    let parameters = tensors.map { tape.variable($0) }
    let x = tape.variable(inputs)
    var layers: [(preActivation: Variable<Element>, activation: Variable<Element>)] = []
    var values = x
    var place = 0
    for layer in architecture.layers {
      switch layer {
      case .dense(let dense):
        var z = values.product(parameters[place])
        place += 1
        if dense.bias {
          z = z + parameters[place]
          place += 1
        }
        values = activation(dense.activation, z)
        layers.append((z, values))
      }
    }
    self.parameters = parameters
    self.inputs = x
    self.layers = layers
  }

  /// The loss; a cross-entropy with its own activation is computed from the logits, as in training.
  @specialized(where Element == Float)
  @specialized(where Element == Double)
  public func loss(_ loss: Loss, targets: Matrix<Element>) -> Variable<Element> {
    let last = layers[layers.count - 1]
    let t = inputs.tape.constant(targets)
    guard let logits = loss.kind.logits else { return last.activation.loss(loss, targets: t) }
    return last.preActivation.loss(Loss(logits, reduction: loss.reduction), targets: t)
  }
}

extension MLP {
  /// The loss and its gradient in every parameter (in the buffer's order) and in the inputs, from a
  /// tape.
  ///
  /// - Throws: `PerceptronError` when shapes or loss do not fit.
  @specialized(where Element == Float)
  @specialized(where Element == Double)
  public func tapedGradient(
    inputs: Matrix<Element>, targets: Matrix<Element>, loss: Loss
  ) throws -> (loss: Element, parameters: [Element], inputs: Matrix<Element>) {
    try architecture.validate(training: loss)
    let tape = Tape<Element>()
    let network = TapedNetwork(self, inputs: inputs, on: tape)
    let output = network.loss(loss, targets: targets)
    let gradients = try tape.gradient(of: output, at: network.parameters + [network.inputs])
    return (
      output.scalar, gradients.dropLast().flatMap(\.values), gradients[gradients.count - 1]
    )
  }
}
