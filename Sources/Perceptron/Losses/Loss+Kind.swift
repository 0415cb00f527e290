extension Loss {
  /// The formula of the element losses.
  public enum Kind: String, Sendable, Hashable, CaseIterable {
    /// ½(A − T)², divided by the rows.
    case halfSquaredError = "half-squared-error"
    /// (A − T)², divided by the rows.
    case squaredError = "squared-error"
    /// (A − T)², divided by the elements.
    case meanSquaredError = "mse"
    /// |A − T|, divided by the elements.
    case absoluteError = "mae"
    /// ½(A − T)², in a straight line from |A − T| = δ on.
    case huber
    /// ln cosh(A − T).
    case logCosh = "log-cosh"
    /// −τ(A − T) or (1−τ)(A − T), whichever is positive.
    case quantile
    /// e^A − T A: the output is the logarithm of the rate.
    case poisson
    /// max(0, 1 − T A), T = ±1.
    case hinge
    /// max(0, 1 − T A)², T = ±1.
    case squaredHinge = "squared-hinge"
    /// −T ln A − (1−T) ln(1−A), divided by the elements; asks for a sigmoid.
    case binaryCrossEntropy = "binary-cross-entropy"
    /// −Σ_k T_k ln A_k, divided by the rows; asks for a softmax.
    case crossEntropy = "cross-entropy"
    /// Σ_k T_k (ln T_k − ln A_k), divided by the rows; asks for a softmax.
    case klDivergence = "kl-divergence"
    /// `binary-cross-entropy` with the factors (1−A)^γ and A^γ; asks for a sigmoid.
    case binaryFocal = "binary-focal"
    /// `cross-entropy` with the factors (1−A_k)^γ; asks for a softmax.
    case focal
    /// `binary-cross-entropy` of sigmoid(A), for networks whose output is the logits.
    case binaryCrossEntropyFromLogits = "binary-cross-entropy-from-logits"
    /// `cross-entropy` of softmax(A), for networks whose output is the logits.
    case crossEntropyFromLogits = "cross-entropy-from-logits"
    /// `kl-divergence` of softmax(A).
    case klDivergenceFromLogits = "kl-divergence-from-logits"
    /// `binary-focal` of sigmoid(A).
    case binaryFocalFromLogits = "binary-focal-from-logits"
    /// `focal` of softmax(A).
    case focalFromLogits = "focal-from-logits"
  }

  /// What ΣE is divided by.
  public enum Reduction: String, Sendable, Hashable, CaseIterable {
    /// The number of rows m.
    case rows
    /// The number of elements mK.
    case elements
    /// Nothing.
    case sum
  }

  /// What the network's output is.
  public enum Source: Sendable, Hashable {
    /// Numbers from 0 to 1, after sigmoid or softmax.
    case probabilities
    /// What would enter the sigmoid or softmax: any numbers.
    case logits
  }

  /// What a mean divides by where rows or classes have weights.
  public enum Divisor: String, Sendable, Hashable, CaseIterable {
    /// Their sum over the rows: Σ s_i l_i / Σ s_i, or with class weights Σ s_i l_i / Σ s_i w_(y_i).
    case weights
    /// The number of rows: Σ s_i l_i / m.
    case rows
  }

  /// What targets a loss takes.
  public enum Targets: Sendable, Hashable {
    /// Any finite numbers.
    case numbers
    /// 0 and above.
    case counts
    /// −1 and 1.
    case signs
    /// From 0 to 1.
    case probabilities
    /// From 0 to 1, the sum of every row 1.
    case distributions
  }
}

extension Loss.Kind {
  /// The reduction that the name stands for.
  public var standardReduction: Loss.Reduction {
    switch self {
    case .halfSquaredError, .squaredError, .crossEntropy, .crossEntropyFromLogits, .klDivergence,
      .klDivergenceFromLogits, .focal, .focalFromLogits:
      .rows
    case .meanSquaredError, .absoluteError, .huber, .logCosh, .quantile, .poisson, .hinge,
      .squaredHinge, .binaryCrossEntropy, .binaryCrossEntropyFromLogits, .binaryFocal,
      .binaryFocalFromLogits:
      .elements
    }
  }

  /// The usual δ, τ or γ; nil for a kind without parameter.
  public var standardParameter: Double? {
    switch self {
    case .huber: 1
    case .quantile: 0.5
    case .focal, .focalFromLogits, .binaryFocal, .binaryFocalFromLogits: 2
    default: nil
    }
  }

  /// The activation that makes the output this loss needs, if it needs one.
  public var requiredActivation: Activation? {
    switch self {
    case .halfSquaredError, .squaredError, .meanSquaredError, .absoluteError, .huber, .logCosh,
      .quantile:
      nil
    case .binaryCrossEntropy, .binaryFocal: .sigmoid
    case .crossEntropy, .klDivergence, .focal: .softmax
    case .poisson, .hinge, .squaredHinge: .identity
    case .binaryCrossEntropyFromLogits, .crossEntropyFromLogits, .klDivergenceFromLogits,
      .binaryFocalFromLogits, .focalFromLogits:
      .identity
    }
  }

  /// The kind that computes the same from the logits, when this one is of probabilities.
  package var fromLogits: Loss.Kind? {
    switch self {
    case .binaryCrossEntropy: .binaryCrossEntropyFromLogits
    case .crossEntropy: .crossEntropyFromLogits
    case .klDivergence: .klDivergenceFromLogits
    case .binaryFocal: .binaryFocalFromLogits
    case .focal: .focalFromLogits
    default: nil
    }
  }

  /// Whether the output is logits, to which sigmoid or softmax has yet to be applied.
  package var isOfLogits: Bool {
    Self.allCases.contains { $0.fromLogits == self }
  }

  /// Whether there is one element loss a row, of all its columns.
  package var isPerRow: Bool {
    switch self {
    case .crossEntropy, .crossEntropyFromLogits, .klDivergence, .klDivergenceFromLogits, .focal,
      .focalFromLogits:
      true
    default: false
    }
  }

  /// Whether an element's loss is that of yes/no, T and 1 − T with a term each.
  package var isBinary: Bool {
    switch self {
    case .binaryCrossEntropy, .binaryCrossEntropyFromLogits, .binaryFocal, .binaryFocalFromLogits:
      true
    default: false
    }
  }

  /// What targets it takes.
  public var targets: Loss.Targets {
    switch self {
    case .halfSquaredError, .squaredError, .meanSquaredError, .absoluteError, .huber, .logCosh,
      .quantile:
      .numbers
    case .poisson: .counts
    case .hinge, .squaredHinge: .signs
    default: isPerRow ? .distributions : .probabilities
    }
  }

  /// Whether the targets are probabilities: 0 … 1, and where the loss is per row, of sum 1.
  public var needsProbabilities: Bool { targets == .probabilities || targets == .distributions }
}
