/// The rate falls when the monitored value stops improving: it is multiplied by `factor` once more
/// than `patience` epochs in a row were no better than the best.
///
/// Better is m < best(1 − threshold), or by an absolute threshold m < best − threshold; upwards
/// m > best(1 + threshold) or m > best + threshold. What is monitored is the validation loss, or
/// without validation rows the training loss.
public struct Plateau: Sendable, Hashable {
  /// What the rate is multiplied by.
  public var factor: Double
  /// Epochs without a better value that are let pass.
  public var patience: Int
  /// How much better is better.
  public var threshold: Double
  /// Whether `threshold` is a share of the best value.
  public var isRelative: Bool
  /// Epochs after a fall that do not count.
  public var cooldown: Int
  /// The lowest rate.
  public var minimum: Double
  /// Whether higher values are better.
  public var rises: Bool

  /// A tenth after ten epochs unless said.
  public init(
    factor: Double = 0.1, patience: Int = 10, threshold: Double = 1e-4, isRelative: Bool = true,
    cooldown: Int = 0, minimum: Double = 0, rises: Bool = false
  ) {
    self.factor = factor
    self.patience = patience
    self.threshold = threshold
    self.isRelative = isRelative
    self.cooldown = cooldown
    self.minimum = minimum
    self.rises = rises
  }

  /// What has been seen so far: what a checkpoint keeps.
  struct State: Sendable, Hashable {
    /// nil before the first epoch.
    var best: Double?
    var epochsWithoutBetter = 0
    var cooldownLeft = 0
    /// The rate now over the optimizer's.
    var factor = 1.0
  }

  /// Takes note of an epoch's value; `rate` is the optimizer's.
  func observe(_ value: Double, _ state: inout State, rate: Double) {
    if isBetter(value, than: state.best) {
      state.best = value
      state.epochsWithoutBetter = 0
    } else {
      state.epochsWithoutBetter += 1
    }
    if state.cooldownLeft > 0 {
      state.cooldownLeft -= 1
      state.epochsWithoutBetter = 0
    }
    guard state.epochsWithoutBetter > patience else { return }
    let before = rate * state.factor
    let after = max(before * factor, minimum)
    // A fall by next to nothing is none.
    if before - after > 1e-8 * min(rate, 1) { state.factor = after / rate }
    state.cooldownLeft = cooldown
    state.epochsWithoutBetter = 0
  }

  private func isBetter(_ value: Double, than best: Double?) -> Bool {
    guard let best else { return value.isFinite }
    let margin = isRelative ? threshold * abs(best) : threshold
    return rises ? value > best + margin : value < best - margin
  }
}
