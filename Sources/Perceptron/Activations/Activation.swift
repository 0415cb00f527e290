/// The function a layer applies to its pre-activation: A = g(Z).
///
/// | name | g(z) | g′(z), written in the output a | at the kink |
/// |---|---|---|---|
/// | `identity` | z | 1 | |
/// | `relu` | max(0, z) | 1 if a > 0 else 0 | g′(0) = 0 |
/// | `sigmoid` | 1/(1 + e⁻ᶻ) | a(1 − a) | |
/// | `tanh` | tanh z | 1 − a² | |
/// | `softmax` | e^{z_j} / Σ_k e^{z_k}, row by row | Z̄ = A ⊙ (Ā − rowsum(Ā ⊙ A)) | |
/// | `sign` | +1 if z > 0 else −1 | 0 almost everywhere: no training | |
/// | `heaviside` | 1 if z > 0 else 0 | 0 almost everywhere: no training | |
///
/// NaN goes in and comes out of all of them but `sign` and `heaviside`, whose comparison is false.
public enum Activation: Sendable, Hashable, CaseIterable {
  /// g(z) = z.
  case identity
  /// g(z) = max(0, z), g′(0) = 0.
  case relu
  /// g(z) = 1/(1 + e⁻ᶻ), from 0 to 1.
  case sigmoid
  /// g(z) = tanh z, from −1 to 1.
  case tanh
  /// e^{z_j} / Σ_k e^{z_k}: every row is positive and sums to 1.
  case softmax
  /// +1 for z > 0, else −1; forward only, it has no slope to train by.
  case sign
  /// 1 for z > 0, else 0; forward only.
  case heaviside

  /// The name in commands, JSON and model files.
  public var name: String {
    switch self {
    case .identity: "identity"
    case .relu: "relu"
    case .sigmoid: "sigmoid"
    case .tanh: "tanh"
    case .softmax: "softmax"
    case .sign: "sign"
    case .heaviside: "heaviside"
    }
  }

  /// The activation called `name`.
  ///
  /// - Throws: `PerceptronError` with the nearest name when there is none.
  public init(named name: String) throws {
    guard let match = Self.allCases.first(where: { $0.name == name.lowercased() }) else {
      throw unknownName(name, what: "activation", among: Self.allCases.map(\.name))
    }
    self = match
  }

  /// Whether backpropagation gets a signal through it. A step function has derivative 0 wherever it
  /// has one, so that no weight in front of it would ever change.
  public var isTrainable: Bool {
    switch self {
    case .identity, .relu, .sigmoid, .tanh, .softmax: true
    case .sign, .heaviside: false
    }
  }

  /// Whether entry (i, j) of the output depends on entry (i, j) of the input alone.
  public var isElementwise: Bool { self != .softmax }

  /// Whether the derivative jumps at z = 0, where finite differences say nothing.
  public var hasKinkAtZero: Bool { self == .relu }

  /// g(z) of one number; not for `softmax`, which needs the row.
  public func value<Element: Scalar>(_ z: Element) -> Element {
    switch self {
    case .identity: z
    case .relu: z <= 0 ? 0 : z
    case .sigmoid: .sigmoid(z)
    case .tanh: .tanh(z)
    case .sign: z > 0 ? 1 : -1
    case .heaviside: z > 0 ? 1 : 0
    case .softmax: misuse("softmax acts on a row, not on one number")
    }
  }

  /// Ā · g′(z) for one number, with g′ written in the output a = g(z): what must be stored for the
  /// backward pass is the activation alone.
  func pullback<Element: Scalar>(_ gradient: Element, output a: Element) -> Element {
    switch self {
    case .identity: gradient
    case .relu: a <= 0 ? 0 : gradient
    case .sigmoid: gradient * (a * (1 - a))
    case .tanh: gradient * (-a).multipliedAdding(a, 1)
    case .sign, .heaviside: 0
    case .softmax: misuse("softmax acts on a row, not on one number")
    }
  }
}

extension Scalar {
  /// self · factor + term with one rounding (fused multiply-add).
  func multipliedAdding(_ factor: Self, _ term: Self) -> Self {
    term.addingProduct(self, factor)
  }
}
