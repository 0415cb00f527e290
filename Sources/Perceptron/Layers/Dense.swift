/// A fully connected layer: A = g(Z), Z = X W + 1 b.
///
/// | | shape |
/// |---|---|
/// | X, the input | m × n |
/// | W, `weights` | n × units |
/// | b, `bias`, may be absent | 1 × units |
/// | Z, `preActivation`, and A, `activation` | m × units |
///
/// Forward and the hand-derived backward are written below as operations of a plan, and nowhere
/// else; every executor runs that list.
public struct Dense: PlannedLayer, Sendable, Hashable {
  /// n_l, the columns of the output; at least 1.
  public var units: Int
  /// g.
  public var activation: Activation
  /// Whether there is a b; without it Z = X W.
  public var bias: Bool
  /// How the weights start.
  public var initializer: Initializer

  /// - Parameters:
  ///   - units: columns of the output.
  ///   - activation: g.
  ///   - bias: whether there is a b.
  ///   - initializer: `nil` takes `Initializer.standard(for: activation)`.
  public init(
    units: Int, activation: Activation = .identity, bias: Bool = true,
    initializer: Initializer? = nil
  ) {
    self.units = units
    self.activation = activation
    self.bias = bias
    self.initializer = initializer ?? .standard(for: activation)
  }

  func units(inputs: Int) -> Int { units }

  func parameters(inputs: Int, layer: Int, offset: Int) -> [Parameter] {
    let weights = Parameter(
      layer: layer, role: .weights, rows: inputs, columns: units, offset: offset)
    guard bias else { return [weights] }
    return [
      weights,
      Parameter(
        layer: layer, role: .bias, rows: 1, columns: units, offset: offset + weights.count),
    ]
  }

  /// Z = X W + 1 b, A = g(Z). Where the layer's output is needed only inside the loss, which takes
  /// Z, `activates` is false and A is Z.
  func forward(_ plan: inout Plan, input: Operand, layer: Int, activates: Bool) -> LayerValues {
    let weights = plan.parameter(.weights, layer: layer)
    let preActivation = plan.batch(columns: units)
    plan.add(
      .product(
        Product(
          .plain, input, weights, bias: bias ? plan.parameter(.bias, layer: layer) : nil,
          into: preActivation)))
    let output = activates ? activation.addForward(to: &plan, preActivation) : preActivation
    return LayerValues(input: input, preActivation: preActivation, activation: output)
  }

  /// Z̄ = Ā ⊙ g′(Z); W̄ = Xᵀ Z̄; b̄ = 1ᵀ Z̄; X̄ = Z̄ Wᵀ.
  ///
  /// - Parameters:
  ///   - outputGradient: Ā, or Z̄ itself when the loss has been differentiated through g already.
  ///   - needsInput: whether X̄ is wanted; the first layer's is not, data cannot be updated.
  func backward(
    _ plan: inout Plan, values: LayerValues, outputGradient: LayerGradient, layer: Int,
    needsInput: Bool
  ) -> LayerAdjoints {
    let preActivationGradient: Operand
    switch outputGradient {
    case .ofPreActivation(let gradient): preActivationGradient = gradient
    case .ofActivation(let gradient):
      preActivationGradient = activation.addBackward(
        to: &plan, outputGradient: gradient, preActivation: values.preActivation,
        output: values.activation)
    }
    plan.add(
      .product(
        Product(
          .leftTransposed, values.input, preActivationGradient,
          into: plan.gradient(.weights, layer: layer))))
    if bias {
      plan.add(.sumRows(preActivationGradient, into: plan.gradient(.bias, layer: layer)))
    }
    guard needsInput else {
      return LayerAdjoints(preActivationGradient: preActivationGradient, inputGradient: nil)
    }
    let inputGradient = plan.batch(columns: values.input.columns)
    plan.add(
      .product(
        Product(
          .rightTransposed, preActivationGradient, plan.parameter(.weights, layer: layer),
          into: inputGradient)))
    return LayerAdjoints(
      preActivationGradient: preActivationGradient, inputGradient: inputGradient)
  }
}
