// Smoothing and weights: what changes the targets before the loss, and the rows behind it.
//
// | | u, what is compared with | divided by, for a mean over rows |
// |---|---|---|
// | plain | u = T | m |
// | smoothing ε, K classes | q = (1−ε)T + ε/K | m |
// | smoothing ε, yes/no | q = (1−ε)T + ε/2 | m |
// | class weights w | u_k = w_k q_k | Σ_i w_(y_i) = Σ_i Σ_k w_k T_ik |
// | yes/no with positive weight α | α q in the place of q, and 1 − q as it is | m |
// | row weights s | E_i ← s_i E_i | Σ_i s_i, or Σ_i s_i w_(y_i) |
//
// The gradient of cross-entropy from logits is then p Σ_j u_j − u, and every row of it is multiplied
// by s_i. Source: Szegedy et al., "Rethinking the Inception Architecture for Computer Vision"
// (2016), section 7, for smoothing.
extension Loss {
  /// The same loss of smoothed targets: q = (1−ε)T + ε/K among K classes, (1−ε)T + ε/2 for yes/no.
  public func smoothed(by epsilon: Double) -> Loss {
    var result = self
    result.labelSmoothing = epsilon
    return result
  }

  /// The same loss with a weight for each class: L = Σ_i w_(y_i) l_i / Σ_i w_(y_i), also together with
  /// smoothing, where every term has the weight of its own class. Yes/no with one output has two
  /// classes.
  public func weighted(classes weights: [Double]) -> Loss {
    var result = self
    result.classWeights = weights
    return result
  }

  /// The same loss with the term of T = 1 multiplied: by one weight, or one for each output.
  public func weighted(positive weights: [Double]) -> Loss {
    var result = self
    result.positiveWeights = weights
    return result
  }

  /// The same loss, a mean of which divides by something else where there are weights.
  public func divided(by divisor: Divisor) -> Loss {
    var result = self
    result.divisor = divisor
    return result
  }

  /// Whether it is a loss of classes, which can be smoothed and weighted.
  package var takesClasses: Bool {
    kind.needsProbabilities && kind != .klDivergence && kind != .klDivergenceFromLogits
  }

  /// Whether the targets it compares with are not those given.
  package var transformsTargets: Bool {
    labelSmoothing > 0 || !classWeights.isEmpty || !positiveWeights.isEmpty
  }

  /// Whether the sum of a row's targets is not 1 any more.
  var isUnnormalised: Bool { kind.isPerRow && !classWeights.isEmpty }

  /// What a row's targets weigh: base + Σ_k slope_k T_k; nil where every row weighs 1.
  package var classWeightOfRow: (base: Double, slopes: [Double])? {
    guard !classWeights.isEmpty, divisor == .weights else { return nil }
    return kind.isBinary
      ? (classWeights[0], [classWeights[1] - classWeights[0]]) : (0, classWeights)
  }

  /// The smoothing as q = keep · T + share.
  package func smoothing(columns: Int) -> (keep: Double, share: Double) {
    (1 - labelSmoothing, labelSmoothing / Double(kind.isBinary ? 2 : columns))
  }

  /// What u is multiplied by column by column: with K classes their weights; for yes/no the weights
  /// of T, and of 1 − T.
  package func targetWeights(columns: Int) -> (own: [Double], complement: [Double]) {
    guard kind.isBinary else {
      return (classWeights.isEmpty ? Array(repeating: 1, count: columns) : classWeights, [])
    }
    var own = Array(repeating: 1.0, count: columns)
    if !positiveWeights.isEmpty {
      own = own.indices.map { positiveWeights[positiveWeights.count == 1 ? 0 : $0] }
    }
    guard !classWeights.isEmpty else { return (own, Array(repeating: 1, count: columns)) }
    return (own.map { $0 * classWeights[1] }, Array(repeating: classWeights[0], count: columns))
  }
}

/// The smoothing and weighting of targets as an operation of a plan.
struct TargetTransform: Sendable, Hashable {
  /// q = keep · T + share
  let keep: Double
  let share: Double
  /// The weights of T's columns `[1 × K]`.
  let weights: Operand
  /// Of yes/no: where 1 − q goes, and its weights.
  let complement: Complement?

  struct Complement: Sendable, Hashable {
    let weights: Operand
    let result: Operand
  }
}

/// The weighing of rows behind the loss as an operation of a plan. Losses and gradient come in
/// undivided, as for a sum:
///
/// E_i ← s_i E_i, ∂E_i ← (c s_i) ∂E_i, with c = 1/D or 1/(DK), D = Σ_i s_i v_i in row order in
/// `Double`, v_i the class weight of row i. A row that weighs 0 is 0, whatever its loss; where all
/// do, c = 0.
struct RowWeighting: Sendable, Hashable {
  /// Whether the caller has weights; they are read where they are.
  let hasSampleWeights: Bool
  /// v_i = base + Σ_k slope_k T_ik, of the caller's targets; nil for 1.
  let classWeights: ClassWeights?
  /// Two numbers: c, and D.
  let factor: Operand

  struct ClassWeights: Sendable, Hashable {
    let targets: Operand
    let base: Double
    let slopes: Operand
  }
}
