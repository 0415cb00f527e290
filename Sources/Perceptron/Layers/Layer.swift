/// One entry of a network's stack.
///
/// | text | | |
/// |---|---|---|
/// | `32:relu` | A = g(X W + 1 b) | `Dense` |
/// | `relu` | A = g(X) | an activation by itself |
/// | `dropout:0.2` | units left out at random while training | `Dropout` |
/// | `batch-norm` | columns of mean 0 and variance 1, then γ and β | `BatchNormalization` |
/// | `layer-norm` | rows of mean 0 and variance 1, then γ and β | `LayerNormalization` |
/// | `prelu` | max(0, x) + a min(0, x) with a learned | `PReLU` |
/// | | what a user brings | `CustomLayer` |
///
/// The set is closed because it is written to files. A case holds the layer's description; its
/// numbers are in the network's parameter buffer.
public enum Layer: Sendable, Hashable {
  /// A = g(X W + 1 b), see `Dense`.
  case dense(Dense)
  /// A = g(X), where g does not come right behind a dense layer.
  case activation(Activation)
  /// Units left out at random while training.
  case dropout(Dropout)
  /// Columns brought to mean 0 and variance 1.
  case batchNormalization(BatchNormalization)
  /// Rows brought to mean 0 and variance 1.
  case layerNormalization(LayerNormalization)
  /// A rectifier whose slope below 0 is learned.
  case prelu(PReLU)
  /// A layer of one's own.
  case custom(AnyCustomLayer)

  /// A dense layer, as in `[(2, .relu), (1, .sigmoid)]`.
  public static func dense(
    _ units: Int, _ activation: Activation = .identity, bias: Bool = true,
    initializer: Initializer? = nil
  ) -> Layer {
    .dense(Dense(units: units, activation: activation, bias: bias, initializer: initializer))
  }

  /// Dropout with a share of units left out, 0.5 unless told otherwise.
  public static func dropout(_ rate: Double) -> Layer { .dropout(Dropout(rate: rate)) }
  /// Batch normalisation with its usual constants.
  public static var batchNorm: Layer { .batchNormalization(BatchNormalization()) }
  /// Layer normalisation with its usual constant.
  public static var layerNorm: Layer { .layerNormalization(LayerNormalization()) }
  /// A learned rectifier with its usual start.
  public static var prelu: Layer { .prelu(PReLU()) }
  /// A layer of one's own.
  public static func custom(_ layer: some CustomLayer) -> Layer {
    .custom(AnyCustomLayer(layer))
  }

  /// What its output has gone through last: `identity` where that is no activation.
  public var activation: Activation {
    switch self {
    case .dense(let dense): dense.activation
    case .activation(let activation): activation
    case .dropout, .batchNormalization, .layerNormalization, .prelu, .custom: .identity
    }
  }

  /// What forward and backward are.
  var planned: any PlannedLayer {
    switch self {
    case .dense(let layer): layer
    case .activation(let layer): ActivationLayer(activation: layer)
    case .dropout(let layer): layer
    case .batchNormalization(let layer): layer
    case .layerNormalization(let layer): layer
    case .prelu(let layer): layer
    case .custom(let layer): layer
    }
  }

  /// Whether it is a dense layer.
  public var isDense: Bool {
    if case .dense = self { true } else { false }
  }
}

/// A layer as the operations it adds to a plan: what every kind of layer has in a file of its own.
protocol PlannedLayer {
  /// The columns of its output for so many columns of input.
  ///
  /// - Throws: `PerceptronError` when there is no such layer.
  func units(inputs: Int) throws -> Int

  /// The parameters it owns for `inputs` input columns, in file order; `layer` is its place in the
  /// stack, `offset` the first one's in the buffer.
  func parameters(inputs: Int, layer: Int, offset: Int) -> [Parameter]

  /// Adds A from X. Where the layer's output is needed only inside the loss, which takes what the
  /// activation is of, `activates` is false.
  func forward(_ plan: inout Plan, input: Operand, layer: Int, activates: Bool) -> LayerValues

  /// Adds the gradients of the parameters and, where `needsInput` says so, X̄ from Ā.
  func backward(
    _ plan: inout Plan, values: LayerValues, outputGradient: LayerGradient, layer: Int,
    needsInput: Bool
  ) -> LayerAdjoints
}

/// What a layer's backward pass hands on.
struct LayerAdjoints {
  /// Z̄; Ā in a layer that has no Z.
  let preActivationGradient: Operand
  /// X̄, if it was wanted.
  let inputGradient: Operand?
}

/// A = g(X): an activation that stands by itself. Backward: X̄ = Ā ⊙ g′(X), see `Activation`.
struct ActivationLayer: PlannedLayer {
  let activation: Activation

  func units(inputs: Int) -> Int { inputs }

  func parameters(inputs: Int, layer: Int, offset: Int) -> [Parameter] { [] }

  func forward(_ plan: inout Plan, input: Operand, layer: Int, activates: Bool) -> LayerValues {
    // The layer before may need what it has put out.
    let output =
      activates ? activation.addForward(to: &plan, input, inPlace: false) : input
    return LayerValues(input: input, preActivation: input, activation: output)
  }

  func backward(
    _ plan: inout Plan, values: LayerValues, outputGradient: LayerGradient, layer: Int,
    needsInput: Bool
  ) -> LayerAdjoints {
    let gradient: Operand
    switch outputGradient {
    case .ofPreActivation(let entering): gradient = entering
    case .ofActivation(let entering):
      gradient = activation.addBackward(
        to: &plan, outputGradient: entering, preActivation: values.preActivation,
        output: values.activation)
    }
    return LayerAdjoints(preActivationGradient: gradient, inputGradient: gradient)
  }
}
