/// How a network stands in the middle of its training, layer by layer, on some fixed rows: whether
/// the gradient arrives, and which units take no part any more.
///
/// For layer l with pre-activation Z, activation A = g(Z), weights W, all of the same rows:
///
/// | | |
/// |---|---|
/// | activation mean, deviation | of the entries of A |
/// | gradient norm | ‖Z̄‖_F and ‖W̄‖_F, of the loss as it is reduced |
/// | dead share | ReLU: units with Z ≤ 0 in every row, which nothing passes |
/// | saturated share | sigmoid, tanh: entries with g′(Z) below 5 % of g′(0), its largest value |
/// | update ratio | ‖W − W_before‖_F / ‖W_before‖_F |
///
/// Sources: Glorot, Bengio, "Understanding the difficulty of training deep feedforward neural
/// networks", AISTATS 2010; Lu, Shin, Su, Karniadakis, "Dying ReLU and initialization",
/// Communications in Computational Physics 28, 2020.
public struct TrainingDiagnosis: Sendable, Hashable {
  /// One layer.
  public struct Layer: Sendable, Hashable {
    /// Counted from 1.
    public let number: Int
    /// g
    public let activation: Activation
    /// The mean of A.
    public let activationMean: Double
    /// The standard deviation of A, divided by the number of entries.
    public let activationDeviation: Double
    /// ‖Z̄‖_F
    public let gradientNorm: Double
    /// ‖W̄‖_F; of all tensors together in a layer that is not dense.
    public let weightsGradientNorm: Double
    /// The share of units that are dead; nil but for ReLU.
    public let deadShare: Double?
    /// The share of entries that are saturated; nil but for sigmoid and tanh.
    public let saturatedShare: Double?
    /// How far the weights have moved since the model before, beside their size; nil without one,
    /// or where they were 0.
    public let updateRatio: Double?
  }

  /// First layer first.
  public let layers: [Layer]

  /// - Parameters:
  ///   - model: the network as it is.
  ///   - inputs: X of the rows to look at `[m × n₀]`; some hundred are enough.
  ///   - targets: T of the same rows `[m × n_L]`.
  ///   - loss: what the training minimises.
  ///   - before: the network at the diagnosis before.
  /// - Throws: `PerceptronError` when the loss does not fit the network.
  @specialized(where Element == Float)
  @specialized(where Element == Double)
  public init<Element: Scalar>(
    _ model: MLP<Element>, inputs: Matrix<Element>, targets: Matrix<Element>, loss: Loss,
    since before: MLP<Element>? = nil
  ) throws {
    let pass = try model.backwardPass(inputs: inputs, targets: targets, loss: loss)
    layers = pass.layers.enumerated().map { index, own in
      let activation = model.architecture.layers[index].activation
      let (mean, deviation) = Self.moments(own.activation)
      return Layer(
        number: index + 1, activation: activation, activationMean: mean,
        activationDeviation: deviation, gradientNorm: Self.norm(own.preActivationGradient),
        weightsGradientNorm: own.gradient(of: .weights).map { Self.norm($0) }
          ?? own.tensors.reduce(0) {
            $0 + Self.norm($1.values) * Self.norm($1.values)
          }.squareRoot(),
        deadShare: activation == .relu ? Self.deadShare(own.preActivation) : nil,
        saturatedShare: Self.saturatedShare(activation, own.activation),
        updateRatio: before.flatMap { before in
          guard let now = model.tensor(.weights, layer: index),
            let then = before.tensor(.weights, layer: index)
          else { return nil }
          return Self.change(now, since: then)
        })
    }
  }

  /// All in `Double`, in the order of the entries.
  private static func moments<Element: Scalar>(_ matrix: Matrix<Element>) -> (Double, Double) {
    let count = Double(matrix.values.count)
    let mean = matrix.values.reduce(0.0) { $0 + Double($1) } / count
    let squares = matrix.values.reduce(0.0) { sum, value in
      let deviation = Double(value) - mean
      return sum + deviation * deviation
    }
    return (mean, (squares / count).squareRoot())
  }

  private static func norm<Element: Scalar>(_ matrix: Matrix<Element>) -> Double {
    matrix.values.reduce(0.0) { $0 + Double($1) * Double($1) }.squareRoot()
  }

  private static func deadShare<Element: Scalar>(_ preActivation: Matrix<Element>) -> Double {
    var isAlive = [Bool](repeating: false, count: preActivation.columns)
    for i in 0..<preActivation.rows {
      for j in isAlive.indices where !(preActivation[i, j] <= 0) { isAlive[j] = true }
    }
    return Double(isAlive.count { !$0 }) / Double(isAlive.count)
  }

  private static func saturatedShare<Element: Scalar>(
    _ activation: Activation, _ output: Matrix<Element>
  ) -> Double? {
    let count = output.values.count { value in
      let a = Double(value)
      // g′ beside its largest value.
      if activation == .sigmoid { return 4 * a * (1 - a) < 0.05 }
      return 1 - a * a < 0.05
    }
    guard activation == .sigmoid || activation == .tanh else { return nil }
    return Double(count) / Double(output.values.count)
  }

  private static func change<Element: Scalar>(
    _ now: Matrix<Element>, since before: Matrix<Element>
  ) -> Double? {
    let size = norm(before)
    guard size > 0, now.values.count == before.values.count else { return nil }
    let squares = zip(now.values, before.values).reduce(0.0) { sum, pair in
      let step = Double(pair.0) - Double(pair.1)
      return sum + step * step
    }
    return squares.squareRoot() / size
  }
}

extension TrainingDiagnosis {
  /// What is wrong in a layer, and what to do about it.
  public struct Finding: Sendable, Hashable {
    /// What is wrong.
    public enum Kind: String, Sendable, Hashable, CaseIterable {
      /// Something is no finite number.
      case notFinite = "not-finite"
      /// ‖Z̄‖ is above 1,000 times the last layer's.
      case exploding
      /// ‖Z̄‖ is below a thousandth of the last layer's.
      case vanishing
      /// Half of the units or more are dead.
      case dead
      /// Half of the entries or more are saturated.
      case saturated
      /// The weights have moved by more than their own size.
      case unsteady
    }

    /// What is wrong.
    public let kind: Kind
    /// Where, counted from 1.
    public let layer: Int
    /// What is wrong and a remedy, in one line.
    public let message: String
  }

  /// What is wrong, the gravest first; empty when nothing is. Of a gradient that fades or grows, the
  /// first layer on its way down is named.
  public var findings: [Finding] {
    var findings: [Finding] = []
    func add(_ kind: Finding.Kind, _ layer: Layer, _ what: String, _ remedy: String) {
      findings.append(
        Finding(
          kind: kind, layer: layer.number, message: "layer \(layer.number): \(what); \(remedy)"))
    }
    func percent(_ share: Double) -> String { decimal(100 * share, digits: 0) + " %" }
    if let layer = layers.first(where: { !$0.activationDeviation.isFinite }) {
      add(
        .notFinite, layer, "its values are no finite numbers",
        "use a smaller learning rate, or scale the inputs")
      return findings
    }
    if let layer = layers.last(where: { !$0.gradientNorm.isFinite }) {
      add(
        .notFinite, layer, "its gradient is no finite number",
        "use a smaller learning rate, or smaller weights to start with")
      return findings
    }
    let top = layers.last?.gradientNorm ?? 0
    for layer in layers.reversed() where top > 0 {
      if layer.gradientNorm / top > GradientFlow.tolerance {
        add(
          .exploding, layer, "the gradient is more than 1,000 times the last layer's",
          "start with smaller weights (xavier or he), or scale the inputs")
        break
      }
      if layer.gradientNorm / top < 1 / GradientFlow.tolerance {
        add(
          .vanishing, layer, "the gradient is less than 1/1,000 of the last layer's",
          "use relu with he weights, or fewer layers")
        break
      }
    }
    for layer in layers {
      if let share = layer.deadShare, share >= 0.5 {
        add(
          .dead, layer, "\(percent(share)) of its units are 0 in every row",
          "use a smaller learning rate, or he weights to start with")
      }
      if let share = layer.saturatedShare, share >= 0.5 {
        add(
          .saturated, layer, "\(percent(share)) of its values are saturated, so that little passes",
          "start with smaller weights (xavier), scale the inputs, or use relu")
      }
      if let ratio = layer.updateRatio, ratio > 1 {
        add(
          .unsteady, layer,
          "its weights have moved by \(decimal(ratio, digits: 1)) times their size",
          "use a smaller learning rate")
      }
    }
    return findings
  }
}
