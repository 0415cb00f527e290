/// How the learning rate changes in the course of a training.
///
/// A schedule is a function of counters alone, but for `plateau`, which watches the loss; so a
/// training that is resumed goes on as if it had never stopped. η is the optimizer's learning rate,
/// e the epochs completed, t the updates made (behind a warm-up: since then), in epochs where a
/// length is in epochs.
///
/// | text | rate | changes with |
/// |---|---|---|
/// | `constant` | η | |
/// | `constant-factor:F:N` | ηF for N epochs, then η | epochs |
/// | `step:N:γ` | ηγ^⌊e/N⌋ | epochs |
/// | `multi-step:A,B:γ` | ηγ^(how many of A, B, … are not above e) | epochs |
/// | `exponential:γ` | ηγᵉ | epochs |
/// | `polynomial:N:p` | η(1 − min(t, N)/N)ᵖ | updates |
/// | `cosine:N:M` | M + (η − M)(1 + cos πt/N)/2; past N it rises again | updates |
/// | `cosine-warm-restarts:N:G:M` | the same from its start after N, then GN, then G²N … epochs | updates |
/// | `one-cycle:M` | up to M and down again, see `OneCycle` | updates |
/// | `plateau:F:P` | falls by F when the loss has not fallen for more than P epochs, see `Plateau` | epochs |
///
/// `warmup:N,` before any of them: the rate rises in a straight line over the first N updates.
/// Lengths that are left out are the whole training.
public struct LearningRateSchedule: Sendable, Hashable {
  /// What the rate does behind its warm-up.
  public enum Shape: Sendable, Hashable {
    /// η
    case constant
    /// ηF for the first `epochs`, then η.
    case constantFactor(Double, epochs: Int)
    /// ηγ^⌊e/N⌋
    case step(epochs: Int, gamma: Double)
    /// ηγ^(milestones reached)
    case multiStep(milestones: [Int], gamma: Double)
    /// ηγᵉ
    case exponential(gamma: Double)
    /// η(1 − t/N)ᵖ, 0 from N on; nil is the whole training.
    case polynomial(epochs: Double?, power: Double)
    /// Half a wave of the cosine from η to the minimum; nil is the whole training.
    case cosine(epochs: Double?, minimum: Double)
    /// The same again and again, each time `growth` times as long.
    case cosineWarmRestarts(epochs: Double, growth: Int, minimum: Double)
    /// Up and down once.
    case oneCycle(OneCycle)
    /// By the loss.
    case plateau(Plateau)
  }

  /// What the rate does behind its warm-up.
  public var shape: Shape
  /// What comes first; nil for nothing.
  public var warmUp: LinearWarmUp?

  /// A shape, behind a warm-up where there is one.
  public init(_ shape: Shape, warmUp: LinearWarmUp? = nil) {
    self.shape = shape
    self.warmUp = warmUp
  }

  /// How long a training is.
  struct Length: Sendable, Hashable {
    /// Updates of an epoch.
    let updatesPerEpoch: Int
    let epochs: Int
  }

  /// η, and the momentum where the schedule cycles it, of the update behind `updates` others.
  ///
  /// - Parameters:
  ///   - rate: the optimizer's learning rate.
  ///   - updates: how many updates have been made.
  ///   - length: the whole training.
  ///   - plateau: what has been seen so far, for the schedule of that name.
  func rates(
    _ rate: Double, updates: Int, length: Length, plateau: Plateau.State?
  ) -> (learningRate: Double, momentum: Double?) {
    let warm = warmUp?.updates ?? 0
    let epoch = updates / length.updatesPerEpoch
    // What moves with every update starts behind the warm-up, and has the rest of the training.
    let moved = max(0, updates - warm)
    let t = Double(moved) / Double(length.updatesPerEpoch)
    let rest = max(1, length.epochs * length.updatesPerEpoch - warm)
    let whole = Double(rest) / Double(length.updatesPerEpoch)
    var result = rate
    var momentum: Double?
    switch shape {
    case .constant: break
    case .constantFactor(let factor, let epochs): if epoch < epochs { result *= factor }
    case .step(let epochs, let gamma): result *= Powers.integer(gamma, epoch / epochs)
    case .multiStep(let milestones, let gamma):
      result *= Powers.integer(gamma, milestones.count(where: { $0 <= epoch }))
    case .exponential(let gamma): result *= Powers.integer(gamma, epoch)
    case .polynomial(let epochs, let power):
      result = Polynomial.rate(rate, t: t, length: epochs ?? whole, power: power)
    case .cosine(let epochs, let minimum):
      result = Cosine.rate(rate, t: t, length: epochs ?? whole, minimum: minimum)
    case .cosineWarmRestarts(let epochs, let growth, let minimum):
      result = CosineWarmRestarts.rate(
        rate, t: t, length: epochs, growth: growth, minimum: minimum)
    case .oneCycle(let cycle):
      (result, momentum) = cycle.rates(rate, update: moved, of: rest)
    case .plateau: result *= plateau?.factor ?? 1
    }
    if let warmUp { result *= warmUp.factor(updates) }
    return (result, momentum)
  }

  /// - Throws: `PerceptronError` where a number is out of range, or the optimizer has no rate to
  ///   change.
  package func validate(_ optimizer: Optimizer) throws {
    func check(_ holds: Bool, _ message: String) throws {
      guard holds else { throw PerceptronError(.option, "the schedule's \(message)") }
    }
    guard !optimizer.isFullBatch else {
      throw PerceptronError(
        .option, "lbfgs looks for the length of its steps itself: a schedule does not go with it")
    }
    if let warmUp {
      try check(warmUp.updates > 0, "warm-up must be at least 1 update, not \(warmUp.updates)")
      try check(
        warmUp.start >= 0 && warmUp.start <= 1,
        "warm-up must start from 0 to 1 times the rate, not \(warmUp.start)")
    }
    func checkFactor(_ gamma: Double) throws {
      try check(gamma > 0 && gamma.isFinite, "factor must be above 0, not \(gamma)")
    }
    func checkEpochs(_ epochs: Double?) throws {
      let epochs = epochs ?? 1
      try check(epochs > 0 && epochs < 1e9, "epochs must be above 0, not \(epochs)")
    }
    func checkMinimum(_ minimum: Double) throws {
      try check(minimum >= 0 && minimum.isFinite, "minimum must be at least 0, not \(minimum)")
    }
    switch shape {
    case .constant: break
    case .constantFactor(let gamma, let epochs), .step(let epochs, let gamma):
      try checkFactor(gamma)
      try checkEpochs(Double(epochs))
    case .multiStep(let milestones, let gamma):
      try checkFactor(gamma)
      try check(!milestones.isEmpty, "milestones are missing")
      try milestones.forEach { try checkEpochs(Double($0)) }
    case .exponential(let gamma): try checkFactor(gamma)
    case .polynomial(let epochs, let power):
      try checkEpochs(epochs)
      try check(power > 0 && power.isFinite, "power must be above 0, not \(power)")
    case .cosine(let epochs, let minimum):
      try checkEpochs(epochs)
      try checkMinimum(minimum)
    case .cosineWarmRestarts(let epochs, let growth, let minimum):
      try checkEpochs(epochs)
      try check(growth >= 1 && growth < 1000, "growth must be at least 1, not \(growth)")
      try checkMinimum(minimum)
    case .oneCycle(let cycle):
      let peak = cycle.maximum ?? 1
      try check(peak > 0 && peak.isFinite, "peak must be above 0, not \(peak)")
      try check(
        cycle.rise > 0 && cycle.rise < 1, "rise must be a share between 0 and 1, not \(cycle.rise)")
    case .plateau(let plateau):
      try check(
        plateau.factor > 0 && plateau.factor < 1,
        "factor must be between 0 and 1, not \(plateau.factor)")
      try check(plateau.patience >= 0, "patience must be at least 0, not \(plateau.patience)")
    }
  }
}
