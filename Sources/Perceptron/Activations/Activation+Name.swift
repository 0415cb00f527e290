extension Activation: CaseIterable {
  /// Every activation once, with its parameter as it is unless told otherwise.
  public static var allCases: [Activation] { Name.allCases.map(\.activation) }

  /// The names in commands, JSON and model files.
  private enum Name: String, CaseIterable {
    case identity, relu, sigmoid, tanh, softmax, sign, heaviside
    case leakyReLU = "leaky-relu"
    case elu, selu, gelu
    case geluTanh = "gelu-tanh"
    case silu, mish, softplus, softsign
    case hardSigmoid = "hard-sigmoid"
    case hardTanh = "hard-tanh"
    case hardSwish = "hard-swish"
    case relu6, exponential

    var activation: Activation {
      switch self {
      case .identity: .identity
      case .relu: .relu
      case .sigmoid: .sigmoid
      case .tanh: .tanh
      case .softmax: .softmax
      case .sign: .sign
      case .heaviside: .heaviside
      case .leakyReLU: .leakyReLU()
      case .elu: .elu()
      case .selu: .selu
      case .gelu: .gelu
      case .geluTanh: .geluTanh
      case .silu: .silu
      case .mish: .mish
      case .softplus: .softplus
      case .softsign: .softsign
      case .hardSigmoid: .hardSigmoid
      case .hardTanh: .hardTanh
      case .hardSwish: .hardSwish
      case .relu6: .relu6
      case .exponential: .exponential
      }
    }

    init(_ activation: Activation) {
      self =
        switch activation {
        case .identity: .identity
        case .relu: .relu
        case .sigmoid: .sigmoid
        case .tanh: .tanh
        case .softmax: .softmax
        case .sign: .sign
        case .heaviside: .heaviside
        case .leakyReLU: .leakyReLU
        case .elu: .elu
        case .selu: .selu
        case .gelu: .gelu
        case .geluTanh: .geluTanh
        case .silu: .silu
        case .mish: .mish
        case .softplus: .softplus
        case .softsign: .softsign
        case .hardSigmoid: .hardSigmoid
        case .hardTanh: .hardTanh
        case .hardSwish: .hardSwish
        case .relu6: .relu6
        case .exponential: .exponential
        }
    }
  }

  /// What `swish` and others are called here.
  private static let aliases: [String: Name] = ["swish": .silu, "exp": .exponential]

  /// The name in commands, JSON and model files, with the parameter where it is not the usual one:
  /// `relu`, `leaky-relu`, `leaky-relu:0.2`. `init(named:)` reads it back.
  public var name: String {
    let name = Name(self)
    return parameter == name.activation.parameter ? name.rawValue : "\(name.rawValue):\(parameter)"
  }

  /// The activation called `name`, with a parameter behind a colon where it takes one:
  /// `leaky-relu:0.2`, `elu:0.5`.
  ///
  /// - Throws: `PerceptronError` with the nearest name when there is none, and with the range of the
  ///   parameter when it is not in it.
  public init(named name: String) throws {
    let parts = name.split(separator: ":", maxSplits: 1, omittingEmptySubsequences: false)
    let wanted = String(parts[0]).trimmed.lowercased()
    guard let match = Name(rawValue: wanted) ?? Self.aliases[wanted] else {
      throw unknownName(
        String(parts[0]), what: "activation", among: Name.allCases.map(\.rawValue))
    }
    self = match.activation
    guard parts.count == 2 else { return }
    let value = Double(String(parts[1]).trimmed)
    switch match {
    case .leakyReLU: self = .leakyReLU(slope: value ?? .nan)
    case .elu: self = .elu(alpha: value ?? .nan)
    default:
      throw PerceptronError(.option, "\(quoted(name)): \(match.rawValue) takes no parameter")
    }
    guard let problem else { return }
    throw PerceptronError(.option, "\(quoted(name)): \(problem)")
  }

  /// What a parameter must be, where it is not; a number out of this range would overflow or vanish
  /// in `Float`, or turn the function into another.
  private var problem: String? {
    switch self {
    case .leakyReLU(let slope) where !(slope >= 1e-6 && slope <= 1):
      "leaky-relu takes a slope from 1e-06 to 1"
    case .elu(let alpha) where !(alpha >= 1e-6 && alpha <= 1000):
      "elu takes an alpha from 1e-06 to 1000"
    default: nil
    }
  }

  /// Checks the parameter, which an activation made in code may have out of range.
  ///
  /// - Throws: `PerceptronError` with the range.
  public func validate() throws {
    if let problem { throw PerceptronError(.network, "\(problem), not \(parameter)") }
  }
}
