/// What training minimises: a function of the network's output A (m × K) and the targets T (m × K).
///
/// With D = A − T, the element losses E and their sum's derivative are
///
/// | name | E | ∂ΣE/∂A, or ∂ΣE/∂Z | reduction |
/// |---|---|---|---|
/// | `half-squared-error` | ½D² | D | rows |
/// | `squared-error` | D² | 2D | rows |
/// | `mse` | D² | 2D | elements |
/// | `mae` | abs D | sign D | elements |
/// | `huber:δ` | ½D² up to abs D = δ, then δ(abs D − ½δ) | D, limited to ±δ | elements |
/// | `log-cosh` | ln cosh D | tanh D | elements |
/// | `quantile:τ` | −τD below 0, (1−τ)D above | −τ, 1−τ | elements |
/// | `poisson` | e^A − T A | e^A − T | elements |
/// | `hinge` | max(0, 1 − T A), T = ±1 | −T where T A < 1 | elements |
/// | `squared-hinge` | max(0, 1 − T A)² | −2T max(0, 1 − T A) | elements |
/// | `binary-cross-entropy` | −T ln A − (1−T) ln(1−A) | (A−T)/(A(1−A)); with sigmoid: Z̄ = A − T | elements |
/// | `binary-focal:γ` | −T(1−A)^γ ln A − (1−T)A^γ ln(1−A) | see `Focal` | elements |
/// | `cross-entropy` | −Σ_k T_k ln A_k, one a row | −T/A; with softmax: Z̄ = A − T | rows |
/// | `kl-divergence` | Σ_k T_k (ln T_k − ln A_k), one a row | as cross-entropy | rows |
/// | `focal:γ` | −Σ_k T_k (1−A_k)^γ ln A_k, one a row | see `Focal` | rows |
///
/// The reduction alone decides the factor c: L = cΣE with c = 1/m (`rows`), 1/(mK) (`elements`) or
/// 1 (`sum`); backward never divides again. A cross-entropy and the activation that makes its
/// probabilities are computed together from the logits, so that nothing overflows or cancels. At
/// the limits of probabilities given as such: T = 0 or 1 drops the other term, a certain and wrong
/// prediction costs ∞.
///
/// Targets can be smoothed, and classes, positive targets and rows weighted; see
/// ``smoothed(by:)``, ``weighted(classes:)``, ``weighted(positive:)`` and ``Divisor``.
public struct Loss: Sendable, Hashable {
  /// The formula of the element losses.
  public let kind: Kind
  /// δ of `huber`, τ of `quantile`, γ of the focal losses; 0 where there is none.
  public let parameter: Double
  /// What ΣE is divided by.
  public let reduction: Reduction
  /// ε: the share of every target that is spread over all classes.
  public internal(set) var labelSmoothing = 0.0
  /// A weight for each class, in their order; empty for none.
  public internal(set) var classWeights: [Double] = []
  /// A weight of the term of T = 1, for each output or one for all; empty for none.
  public internal(set) var positiveWeights: [Double] = []
  /// What a mean divides by where rows or classes have weights.
  public internal(set) var divisor = Divisor.weights

  /// - Parameters:
  ///   - kind: the formula of the element losses.
  ///   - parameter: δ, τ or γ; `nil` takes the kind's usual one; of no meaning for a kind
  ///     without. Nothing is checked here.
  ///   - reduction: `nil` takes the kind's own.
  public init(_ kind: Kind, parameter: Double? = nil, reduction: Reduction? = nil) {
    self.kind = kind
    self.parameter = kind.standardParameter.map { parameter ?? $0 } ?? 0
    self.reduction = reduction ?? kind.standardReduction
  }

  /// The same in all but its kind and reduction.
  package func with(kind: Kind? = nil, reduction: Reduction? = nil) -> Loss {
    var result = Loss(
      kind ?? self.kind, parameter: parameter, reduction: reduction ?? self.reduction)
    result.labelSmoothing = labelSmoothing
    result.classWeights = classWeights
    result.positiveWeights = positiveWeights
    result.divisor = divisor
    return result
  }

  /// The same loss divided by something else.
  public func reduced(by reduction: Reduction) -> Loss { with(reduction: reduction) }

  /// The loss called `name`: a kind's raw value, or `bce`, `mean-squared-error` and the like; a
  /// parameter stands after a colon, as in `huber:1.5`.
  ///
  /// - Throws: `PerceptronError` with the nearest name when there is none, or saying what the
  ///   parameter may be.
  public init(named name: String, reduction: Reduction? = nil) throws {
    let aliases: [String: Kind] = [
      "bce": .binaryCrossEntropy, "mean-squared-error": .meanSquaredError,
      "bce-from-logits": .binaryCrossEntropyFromLogits, "mean-absolute-error": .absoluteError,
      "pinball": .quantile, "logcosh": .logCosh,
    ]
    let parts = name.split(separator: ":", maxSplits: 1, omittingEmptySubsequences: false)
    let wanted = parts[0].lowercased()
    guard let kind = Kind(rawValue: wanted) ?? aliases[wanted] else {
      throw unknownName(String(parts[0]), what: "loss", among: Kind.allCases.map(\.rawValue))
    }
    var parameter: Double?
    if parts.count == 2 {
      guard kind.standardParameter != nil else {
        throw PerceptronError(.option, "\(kind.rawValue) takes no parameter: \(quoted(name))")
      }
      guard let number = Double(parts[1]) else {
        throw PerceptronError(
          .option, "\(quoted(String(parts[1]))) in \(quoted(name)) is not a number")
      }
      parameter = number
    }
    self.init(kind, parameter: parameter, reduction: reduction)
    try validateParameter(.option)
  }

  /// The name that ``init(named:reduction:)`` reads: the kind, and its parameter where it is not the
  /// usual one.
  public var label: String {
    parameter == kind.standardParameter ?? 0
      ? kind.rawValue : "\(kind.rawValue):\(short(parameter))"
  }

  /// All that it is, for people: the label, the reduction where it is not the kind's own, smoothing
  /// and weights.
  public var name: String {
    var name =
      reduction == kind.standardReduction ? label : "\(label) (reduction \(reduction.rawValue))"
    if labelSmoothing > 0 { name += ", label smoothing \(short(labelSmoothing))" }
    if !classWeights.isEmpty { name += ", class weights \(Self.list(classWeights))" }
    if !positiveWeights.isEmpty { name += ", positive weight \(Self.list(positiveWeights))" }
    if divisor == .rows { name += ", weighted sum divided by rows" }
    return name
  }

  /// Numbers as they are read back.
  package static func list(_ numbers: [Double]) -> String {
    numbers.map(short).joined(separator: ", ")
  }

  /// c in L = cΣE, without weights.
  public func factor(rows: Int, columns: Int) -> Double {
    factor(weight: Double(rows), columns: columns)
  }

  /// c where the rows together weigh `weight`; 0 where they weigh nothing.
  package func factor(weight: Double, columns: Int) -> Double {
    switch reduction {
    case .rows: weight == 0 ? 0 : 1 / weight
    case .elements: weight == 0 ? 0 : 1 / (weight * Double(columns))
    case .sum: 1
    }
  }
}

/// A number without a needless `.0`.
private func short(_ number: Double) -> String {
  let text = "\(number)"
  return text.hasSuffix(".0") ? String(text.dropLast(2)) : text
}

extension Loss {
  /// ½ Σ D², mean over rows.
  public static let halfSquaredError = Loss(.halfSquaredError)
  /// Σ D², mean over rows.
  public static let squaredError = Loss(.squaredError)
  /// D², mean over elements.
  public static let mse = Loss(.meanSquaredError)
  /// |D|, mean over elements.
  public static let mae = Loss(.absoluteError)
  /// ln cosh D, mean over elements.
  public static let logCosh = Loss(.logCosh)
  /// Counts, of which the network says the logarithm of the rate.
  public static let poisson = Loss(.poisson)
  /// Two classes as ±1, told apart by a margin.
  public static let hinge = Loss(.hinge)
  /// The square of the hinge.
  public static let squaredHinge = Loss(.squaredHinge)
  /// The cross-entropy of independent yes/no outputs.
  public static let binaryCrossEntropy = Loss(.binaryCrossEntropy)
  /// The cross-entropy of one class among K.
  public static let crossEntropy = Loss(.crossEntropy)

  /// ½D² up to |D| = δ, from there on in a straight line.
  public static func huber(delta: Double = 1) -> Loss { Loss(.huber, parameter: delta) }
  /// What the τ-quantile of the targets minimises.
  public static func quantile(_ tau: Double) -> Loss { Loss(.quantile, parameter: tau) }
  /// The same of an output that is probabilities or logits, divided by the elements.
  public static func binaryCrossEntropy(from source: Source) -> Loss {
    Loss(source == .logits ? .binaryCrossEntropyFromLogits : .binaryCrossEntropy)
  }
  /// The same of an output that is probabilities or logits, divided by the rows.
  public static func crossEntropy(from source: Source) -> Loss {
    Loss(source == .logits ? .crossEntropyFromLogits : .crossEntropy)
  }
  /// The divergence of predicted from target probabilities, divided by the rows.
  public static func klDivergence(from source: Source = .probabilities) -> Loss {
    Loss(source == .logits ? .klDivergenceFromLogits : .klDivergence)
  }
  /// Cross-entropy that forgets classes that are certain already, with softmax.
  public static func focal(gamma: Double = 2, from source: Source = .probabilities) -> Loss {
    Loss(source == .logits ? .focalFromLogits : .focal, parameter: gamma)
  }
  /// The same for independent yes/no outputs, with sigmoid.
  public static func binaryFocal(gamma: Double = 2, from source: Source = .probabilities) -> Loss {
    Loss(source == .logits ? .binaryFocalFromLogits : .binaryFocal, parameter: gamma)
  }
}
