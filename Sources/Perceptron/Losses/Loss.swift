/// What training minimises: a function of the network's output A (m × K) and the targets T (m × K).
///
/// With D = A − T, the element losses E and their sum's derivative are
///
/// | name | E | ∂ΣE/∂A, or ∂ΣE/∂Z | reduction |
/// |---|---|---|---|
/// | `half-squared-error` | ½D² | D | rows |
/// | `squared-error` | D² | 2D | rows |
/// | `mse` | D² | 2D | elements |
/// | `binary-cross-entropy` | −T ln A − (1−T) ln(1−A) | (A−T)/(A(1−A)); with sigmoid: Z̄ = A − T | elements |
/// | `cross-entropy` | −Σ_k T_k ln A_k, one a row | −T/A; with softmax: Z̄ = A − T | rows |
///
/// The reduction alone decides the factor c: L = cΣE with c = 1/m (`rows`), 1/(mK) (`elements`) or
/// 1 (`sum`); backward never divides again. A cross-entropy and the activation that makes its
/// probabilities are computed together from the logits, so that nothing overflows or cancels. At
/// the limits of probabilities given as such: T = 0 or 1 drops the other term, a certain and wrong
/// prediction costs ∞.
public struct Loss: Sendable, Hashable {
  /// The formula of the element losses.
  public enum Kind: String, Sendable, Hashable, CaseIterable {
    /// ½(A − T)², divided by the rows.
    case halfSquaredError = "half-squared-error"
    /// (A − T)², divided by the rows.
    case squaredError = "squared-error"
    /// (A − T)², divided by the elements.
    case meanSquaredError = "mse"
    /// −T ln A − (1−T) ln(1−A), divided by the elements; asks for a sigmoid.
    case binaryCrossEntropy = "binary-cross-entropy"
    /// −Σ_k T_k ln A_k, divided by the rows; asks for a softmax.
    case crossEntropy = "cross-entropy"
    /// `binary-cross-entropy` of sigmoid(A), for networks whose output is the logits.
    case binaryCrossEntropyFromLogits = "binary-cross-entropy-from-logits"
    /// `cross-entropy` of softmax(A), for networks whose output is the logits.
    case crossEntropyFromLogits = "cross-entropy-from-logits"
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

  /// The formula of the element losses.
  public let kind: Kind
  /// What ΣE is divided by.
  public let reduction: Reduction

  /// - Parameters:
  ///   - kind: the formula of the element losses.
  ///   - reduction: `nil` takes the kind's own.
  public init(_ kind: Kind, reduction: Reduction? = nil) {
    self.kind = kind
    self.reduction = reduction ?? kind.standardReduction
  }

  /// ½ Σ D², mean over rows.
  public static let halfSquaredError = Loss(.halfSquaredError)
  /// Σ D², mean over rows.
  public static let squaredError = Loss(.squaredError)
  /// D², mean over elements.
  public static let mse = Loss(.meanSquaredError)
  /// The cross-entropy of independent yes/no outputs.
  public static let binaryCrossEntropy = Loss(.binaryCrossEntropy)
  /// The cross-entropy of one class among K.
  public static let crossEntropy = Loss(.crossEntropy)

  /// The same of an output that is probabilities or logits, divided by the elements.
  public static func binaryCrossEntropy(from source: Source) -> Loss {
    Loss(source == .logits ? .binaryCrossEntropyFromLogits : .binaryCrossEntropy)
  }
  /// The same of an output that is probabilities or logits, divided by the rows.
  public static func crossEntropy(from source: Source) -> Loss {
    Loss(source == .logits ? .crossEntropyFromLogits : .crossEntropy)
  }
  /// The same loss divided by something else.
  public func reduced(by reduction: Reduction) -> Loss { Loss(kind, reduction: reduction) }

  /// The loss called `name`: a kind's raw value, or `bce`, `mean-squared-error`.
  ///
  /// - Throws: `PerceptronError` with the nearest name when there is none.
  public init(named name: String, reduction: Reduction? = nil) throws {
    let aliases: [String: Kind] = [
      "bce": .binaryCrossEntropy, "mean-squared-error": .meanSquaredError,
      "bce-from-logits": .binaryCrossEntropyFromLogits,
    ]
    let wanted = name.lowercased()
    guard let kind = Kind(rawValue: wanted) ?? aliases[wanted] else {
      throw unknownName(name, what: "loss", among: Kind.allCases.map(\.rawValue))
    }
    self.init(kind, reduction: reduction)
  }

  /// The name in commands and files, with the reduction where it is not the kind's own.
  public var name: String {
    reduction == kind.standardReduction
      ? kind.rawValue : "\(kind.rawValue) (reduction \(reduction.rawValue))"
  }

  /// c in L = cΣE.
  public func factor(rows: Int, columns: Int) -> Double {
    switch reduction {
    case .rows: 1 / Double(rows)
    case .elements: 1 / (Double(rows) * Double(columns))
    case .sum: 1
    }
  }
}

extension Loss.Kind {
  /// The reduction that the name stands for.
  public var standardReduction: Loss.Reduction {
    switch self {
    case .halfSquaredError, .squaredError, .crossEntropy, .crossEntropyFromLogits: .rows
    case .meanSquaredError, .binaryCrossEntropy, .binaryCrossEntropyFromLogits: .elements
    }
  }

  /// The activation that makes the output this loss needs, if it needs one.
  public var requiredActivation: Activation? {
    switch self {
    case .halfSquaredError, .squaredError, .meanSquaredError: nil
    case .binaryCrossEntropy: .sigmoid
    case .crossEntropy: .softmax
    case .binaryCrossEntropyFromLogits, .crossEntropyFromLogits: .identity
    }
  }

  /// The kind that computes the same from the logits, when this one is of probabilities.
  var fromLogits: Loss.Kind? {
    switch self {
    case .binaryCrossEntropy: .binaryCrossEntropyFromLogits
    case .crossEntropy: .crossEntropyFromLogits
    default: nil
    }
  }

  /// Whether there is one element loss a row, of all its columns.
  var isPerRow: Bool { self == .crossEntropy || self == .crossEntropyFromLogits }

  /// Whether the targets are probabilities: 0 … 1, and where the loss is per row, of sum 1.
  public var needsProbabilities: Bool {
    switch self {
    case .halfSquaredError, .squaredError, .meanSquaredError: false
    default: true
    }
  }
}

extension Loss {
  /// Checks that the loss fits an output layer.
  ///
  /// - Throws: `PerceptronError` saying which activation the loss needs, or why the pair is useless.
  public func validate(output activation: Activation, units: Int) throws {
    if let required = kind.requiredActivation, activation != required {
      throw PerceptronError(
        .network,
        "\(kind.rawValue) needs \(required.name) in the last layer, not \(activation.name)"
          + advice(for: activation))
    }
    if activation == .softmax, units < 2 {
      throw PerceptronError(
        .network, "softmax over \(units) unit is always 1; use sigmoid for two classes")
    }
    if kind == .crossEntropyFromLogits, units < 2 {
      throw PerceptronError(
        .network, "\(kind.rawValue) of \(units) unit is always 0; it needs a unit for every class")
    }
  }

  private func advice(for activation: Activation) -> String {
    guard activation == .identity, let logits = kind.fromLogits else { return "" }
    return "; for a network that keeps logits there is \(logits.rawValue)"
  }
}
