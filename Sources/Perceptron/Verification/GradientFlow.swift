/// How large the gradient is on its way from the loss down to the first layer.
///
/// Backward, a layer hands down Z̄_{l−1} = (Z̄_l W_lᵀ) ⊙ g′_{l−1}(Z_{l−1}) (δ_{l−1} in the δ-recursion),
/// so
///
///     ‖Z̄_{l−1}‖_F ≤ max|g′_{l−1}| · ‖W_l‖₂ · ‖Z̄_l‖_F
///
/// with g′ ≤ ¼ for sigmoid: a deep stack of them starves its first layers unless ‖W‖₂ ≥ 4. All norms
/// are Frobenius norms of the whole batch, neither divided by its rows nor by anything else: the
/// loss's reduction has done that.
///
/// Sources: Hochreiter, "Untersuchungen zu dynamischen neuronalen Netzen", 1991; Glorot and Bengio,
/// "Understanding the difficulty of training deep feedforward neural networks", AISTATS 2010.
public struct GradientFlow: Sendable, Hashable {
  /// One layer.
  public struct Layer: Sendable, Hashable {
    /// Counted from 1.
    public let number: Int
    /// g, whose slope the gradient passes on its way down.
    public let activation: Activation
    /// ‖Z̄_l‖_F
    public let norm: Double
    /// What becomes of it on the way to the layer below; nil in the first layer, and where that way
    /// is not through weights.
    public let step: Step?
    /// ‖W̄_l‖_F; of all tensors together in a layer that is not dense.
    public let weightsGradientNorm: Double
    /// ‖b̄_l‖₂; nil without bias.
    public let biasGradientNorm: Double?
    /// The share of units whose pre-activation is ≤ 0 in every row, so that nothing passes them; nil
    /// where the activation is neither ReLU nor ReLU6.
    public let deadShare: Double?
  }

  /// From layer l to layer l − 1.
  public struct Step: Sendable, Hashable {
    /// The largest |g′_{l−1}| met in the batch. Softmax has a matrix in place of g′: then
    /// max_j 2p_j(1 − p_j), which bounds its norm (Gershgorin).
    public let slope: Double
    /// ‖W_l‖₂
    public let weightsNorm: Double
    /// ‖Z̄_{l−1}‖ / ‖Z̄_l‖; nil where nothing arrives at layer l.
    public let ratio: Double?

    /// slope · ‖W_l‖₂, which the ratio cannot exceed.
    public var bound: Double { slope * weightsNorm }
  }

  /// First layer first.
  public let layers: [Layer]

  /// Runs a network forward and backward on a batch and measures.
  ///
  /// - Parameters:
  ///   - model: the network.
  ///   - inputs: X `[m × n₀]`.
  ///   - targets: T `[m × n_L]`.
  ///   - loss: L.
  /// - Throws: `PerceptronError` when the loss does not fit the network.
  public init(
    _ model: MLP<Double>, inputs: Matrix<Double>, targets: Matrix<Double>, loss: Loss
  ) throws {
    let pass = try model.backwardPass(inputs: inputs, targets: targets, loss: loss)
    let norms = pass.layers.map(\.preActivationGradient.frobeniusNorm)
    layers = pass.layers.enumerated().map { index, own in
      var step: Step?
      if index > 0, model.architecture.layers[index].isDense {
        let below = index - 1
        step = Step(
          slope: Self.slope(model.architecture.layers[below].activation, pass.layers[below]),
          weightsNorm: model.weights(index).spectralNorm,
          ratio: norms[index] == 0 ? nil : norms[below] / norms[index])
      }
      let activation = model.architecture.layers[index].activation
      return Layer(
        number: index + 1, activation: activation, norm: norms[index], step: step,
        weightsGradientNorm: own.gradient(of: .weights)?.frobeniusNorm
          ?? own.tensors.reduce(0) {
            $0 + $1.values.frobeniusNorm * $1.values.frobeniusNorm
          }.squareRoot(),
        biasGradientNorm: own.biasGradient?.frobeniusNorm,
        deadShare: activation == .relu || activation == .relu6
          ? Self.deadShare(own.preActivation) : nil)
    }
  }

  /// The largest |g′| of a layer's batch; NaN where an activation is.
  private static func slope(
    _ activation: Activation, _ pass: BackwardPass<Double>.LayerPass
  ) -> Double {
    var largest = 0.0
    let values =
      activation.derivativeForm == .ofOutput ? pass.activation.values : pass.preActivation.values
    for x in values {
      let slope = activation == .softmax ? 2 * x * (1 - x) : activation.pullback(1, reading: x)
      if slope.isNaN { return .nan }
      largest = max(largest, abs(slope))
    }
    return largest
  }

  private static func deadShare(_ preActivation: Matrix<Double>) -> Double {
    let dead = (0..<preActivation.columns).filter { j in
      (0..<preActivation.rows).allSatisfy { preActivation[$0, j] <= 0 }
    }
    return Double(dead.count) / Double(preActivation.columns)
  }
}

extension GradientFlow {
  /// Whether the first layers can learn.
  public enum Verdict: Sendable, Hashable {
    /// ‖Z̄‖ stays within `tolerance` of the last layer's everywhere.
    case fine
    /// ‖Z̄‖ falls below 10⁻³ of the last layer's at `layer` (counted from 1) and stays or gets lower.
    case starving(layer: Int)
    /// ‖Z̄‖ rises above 10³ of the last layer's at `layer`.
    case exploding(layer: Int)
    /// The loss has no slope here: ‖Z̄_L‖ = 0.
    case silent
    /// ‖Z̄‖ is no finite number at `layer`.
    case notFinite(layer: Int)
  }

  /// How far ‖Z̄‖ may go from the last layer's, up or down.
  public static let tolerance = 1e3

  /// Whether the first layers can learn. The layer named is the first on the way down at which the
  /// gradient leaves the range; of starving and exploding the one that holds at the first layer, or
  /// comes first.
  public var verdict: Verdict {
    if let broken = layers.last(where: { !$0.norm.isFinite }) {
      return .notFinite(layer: broken.number)
    }
    guard let top = layers.last?.norm, top > 0 else { return .silent }
    for layer in layers.reversed() {
      // Division, not multiplication: the limits could leave the range of numbers.
      if layer.norm / top > Self.tolerance { return .exploding(layer: layer.number) }
      if layer.norm / top < 1 / Self.tolerance { return .starving(layer: layer.number) }
    }
    return .fine
  }

  /// The verdict in one line, with what to do.
  public var advice: String {
    switch verdict {
    case .fine: return "fine: every layer gets its share of the gradient"
    case .silent:
      return "silent: the gradient is 0 at the last layer, so nothing is learned from these rows"
    case .notFinite(let layer):
      return "not finite: the gradient is no number from layer \(layer) down; start with smaller "
        + "weights, or scale the inputs"
    case .exploding(let layer):
      return "exploding: more than 1,000 times the last layer's gradient at layer \(layer); start "
        + "with smaller weights (xavier or he), or scale the inputs"
    case .starving(let layer):
      return "starving: less than 1/1,000 of the last layer's gradient at layer \(layer); "
        + remedy(downTo: layer)
    }
  }

  /// Against the cause that shrinks most on the way down to `layer`.
  private func remedy(downTo layer: Int) -> String {
    let passed = layers.filter { $0.number > layer }
    let smallest = passed.min { ($0.step?.ratio ?? 1) < ($1.step?.ratio ?? 1) }
    guard let smallest, let step = smallest.step else { return "use fewer layers" }
    let below = layers[smallest.number - 2]
    switch below.activation {
    case .relu where below.deadShare ?? 0 > 0.5, .relu6 where below.deadShare ?? 0 > 0.5:
      return "\(percent(below.deadShare ?? 0)) of the units of layer \(below.number) are dead: "
        + "start with he weights, or use a smaller learning rate"
    case .sigmoid, .softmax, .hardSigmoid:
      return "\(below.activation.name) passes on at most \(decimal(step.slope, digits: 2)) of it: "
        + "use relu with he weights, or fewer layers"
    case .tanh where step.slope < 0.5, .softsign where step.slope < 0.5,
      .hardTanh where step.slope < 0.5:
      return "\(below.activation.name) is saturated in layer \(below.number): "
        + "start with smaller weights"
    default:
      return "the weights are small (‖W\(smallest.number)‖₂ = "
        + "\(decimal(step.weightsNorm, digits: 3))): start with larger ones (he or xavier)"
    }
  }

  private func percent(_ share: Double) -> String { decimal(100 * share, digits: 0) + " %" }
}
