/// One operation of a training step or a prediction. A plan is a list of these; there is no other
/// forward and no other backward.
enum Operation: Sendable, Hashable {
  /// Copies the batch's rows of the caller's matrix into the workspace.
  case gather(Operand, into: Operand)
  /// The same from a matrix of bytes: each becomes the number byte / scale.
  case gatherBytes(Operand, scale: Double, into: Operand)
  /// A matrix product, see `Product`.
  case product(Product)
  /// result = 1ᵀ X: each column's sum, in row order.
  case sumRows(Operand, into: Operand)
  /// A = g(Z). The result may be Z itself.
  case activate(Activation, Operand, into: Operand)
  /// Z̄ = Ā ⊙ g′, with g′ written in A or in Z: the one that the activation's `derivativeForm` names is
  /// read. The result may be Ā itself.
  case differentiate(Activation, outputGradient: Operand, reading: Operand, into: Operand)
  /// Targets smoothed and weighted: what the loss compares with.
  case transformTargets(TargetTransform, Operand, into: Operand)
  /// Element losses and c ∂ΣE/∂output. The gradient may be the output itself. `complement` stands
  /// for 1 − T where it is weighted.
  case loss(
    Loss, output: Operand, targets: Operand, complement: Operand? = nil, losses: Operand,
    gradient: Operand)
  /// Rows of losses and gradient times their weights, in place.
  case weighRows(RowWeighting, Loss, losses: Operand, gradient: Operand)
  /// L = cΣE; c is `factor`, or that of the loss.
  case total(Loss, columns: Int, losses: Operand, factor: Operand? = nil, into: Operand)
  /// g ← g + λ₂w + λ₁ sign(w) for a stretch of the gradient and its parameters.
  case penalize(l1: Double, l2: Double, Operand)
  /// The sums of squares of the gradient's blocks of `Plan.normBlock` entries.
  case sumSquares(count: Int, into: Operand)
  /// The gradient brought to a norm of at most `most`, by the sums of its squares.
  case clipNorm(most: Double, squares: Operand, count: Int)
  /// Every entry of the gradient brought between −most and most.
  case clipValue(most: Double, count: Int)
  /// w ← w(1 − ηλ) for a stretch of the parameters. Left out when the loss is not a finite number.
  case shrink(decay: Double, Operand)
  /// The optimizer's rule on all parameters. Left out when the loss is not a finite number.
  case update(Optimizer, count: Int)
  /// Anything else, as a loop of Swift.
  case loop(Loop)
}

/// C = left · right, one factor transposed where `form` says so, plus 1·bias.
///
/// Every entry is one chain: it starts at the bias (or 0) and takes the terms of the inner dimension
/// in increasing order, each by a fused multiply-add. All executors keep to that, so all agree to
/// the bit.
struct Product: Sendable, Hashable {
  enum Form: Int, Sendable, Hashable {
    /// left · right
    case plain
    /// leftᵀ · right
    case leftTransposed
    /// left · rightᵀ
    case rightTransposed
  }

  /// What is done with a piece of the result while it is still in the cache.
  enum Epilogue: Sendable, Hashable {
    case none
    /// C ← g(C)
    case activate(Activation)
    /// C ← C ⊙ g′, with g′ written in the output or the pre-activation.
    case differentiate(Activation, reading: Operand)
  }

  let form: Form
  let left: Operand
  let right: Operand
  let bias: Operand?
  let result: Operand
  var epilogue: Epilogue
  /// Where the sums of the right factor's columns go, in a schedule for the kernels: the bias's
  /// gradient beside the weights'.
  var columnSums: Operand?

  init(_ form: Form, _ left: Operand, _ right: Operand, bias: Operand? = nil, into result: Operand)
  {
    self.form = form
    self.left = left
    self.right = right
    self.bias = bias
    self.result = result
    self.epilogue = .none
  }

  /// The number of terms of each entry.
  func inner(batch: Int) -> Int {
    form == .leftTransposed ? left.rowCount(batch: batch) : left.columns
  }
}
