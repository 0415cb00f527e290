/// What is done to a gradient between the backward pass and the update: penalties, clipping, decay,
/// in this order. Nothing of it is part of the loss that is reported.
///
/// | | on | what |
/// |---|---|---|
/// | `l2`, `l1` | weights | g ← g + λ₂w + λ₁ sign(w): the gradient of the penalty ½λ₂‖w‖² + λ₁‖w‖₁ |
/// | `clipping` | all | see `Clipping` |
/// | `weightDecay` | weights, and biases if `decaysBiases` | g ← g + λw; decoupled for `adamw` and `lion`: w ← w(1 − ηλ) |
///
/// For gradient descent `l2` without clipping and `weightDecay` are the same; an adaptive rule scales
/// the one by its gradient's size, and a decoupled decay it leaves alone (Loshchilov and Hutter 2019).
public struct Regularization: Sendable, Hashable {
  /// λ; nil takes the optimizer's usual one: 0.01 for `adamw`, otherwise 0.
  public var weightDecay: Double?
  /// Whether biases decay too, as they do in PyTorch.
  public var decaysBiases: Bool
  /// λ₁
  public var l1: Double
  /// λ₂
  public var l2: Double
  /// A limit to the gradient; nil for none.
  public var clipping: Clipping?

  /// Nothing unless said; numbers out of range are refused when training begins.
  public init(
    weightDecay: Double? = nil, decaysBiases: Bool = true, l1: Double = 0, l2: Double = 0,
    clipping: Clipping? = nil
  ) {
    self.weightDecay = weightDecay
    self.decaysBiases = decaysBiases
    self.l1 = l1
    self.l2 = l2
    self.clipping = clipping
  }

  /// - Throws: `PerceptronError` where a number is out of range, or the optimizer cannot do it.
  func validate(_ optimizer: Optimizer) throws {
    for (name, value) in [
      ("the weight decay", weightDecay ?? 0), ("the L1 penalty", l1), ("the L2 penalty", l2),
    ] where !(value >= 0 && value.isFinite) {
      throw PerceptronError(.option, "\(name) must be at least 0, not \(value)")
    }
    switch clipping {
    case .norm(let most)? where !(most > 0), .value(let most)? where !(most > 0):
      throw PerceptronError(.option, "the gradient must be clipped to more than 0, not \(most)")
    default: break
    }
    guard optimizer.isFullBatch else { return }
    if l1 > 0 {
      throw PerceptronError(
        .option,
        "lbfgs needs a loss without kinks: an L1 penalty has one at 0; use another optimizer"
      )
    }
    if clipping != nil {
      throw PerceptronError(
        .option, "lbfgs looks for the length of its steps itself: clipping does not go with it")
    }
  }

  /// What differs from doing nothing, for people and for checkpoints; empty where nothing does.
  func summary(_ optimizer: Optimizer) -> String {
    var parts: [String] = []
    if let weightDecay {
      parts.append("weight decay \(weightDecay)")
    } else if optimizer.usualWeightDecay > 0 {
      parts.append("weight decay \(optimizer.usualWeightDecay)")
    }
    if !parts.isEmpty, !decaysBiases { parts[0] += " but of biases" }
    if l1 > 0 { parts.append("L1 \(l1)") }
    if l2 > 0 { parts.append("L2 \(l2)") }
    switch clipping {
    case .norm(let most)?: parts.append("norm clipped to \(most)")
    case .value(let most)?: parts.append("entries clipped to \(most)")
    case nil: break
    }
    return parts.joined(separator: ", ")
  }
}

/// A limit to the gradient.
public enum Clipping: Sendable, Hashable {
  /// The gradient of all parameters together becomes no longer than this: each entry is multiplied
  /// by min(1, most/(norm + 10⁻⁶)).
  case norm(Double)
  /// Each entry is brought between −this and this.
  case value(Double)
}
