/// How a layer's weights start; biases start at 0.
///
/// With n inputs and m units, the uniform forms draw from U(−bound, bound), the normal ones from
/// N(0, deviation²):
///
/// | name | uniform bound | normal deviation | made for | source |
/// |---|---|---|---|---|
/// | `xavier-…` | √(6/(n+m)) | √(2/(n+m)) | sigmoid, tanh, softmax | Glorot and Bengio 2010 |
/// | `he-…` | √(6/n) | √(2/n) | relu and those like it | He et al. 2015 |
/// | `lecun-…` | √(3/n) | √(1/n) | selu | LeCun et al. 1998 |
/// | `standard-normal` | | 1 | the texts | |
/// | `zeros` | | | to show that symmetric units stay equal | |
///
/// The weight number k of layer l is a function of (seed, l, k) alone, drawn in `Double`, so that
/// networks in `Float` and `Double` start from the same point.
public enum Initializer: String, Sendable, Hashable, CaseIterable {
  /// All 0: units of a layer start equal, and stay so.
  case zeros
  /// N(0, 1), whatever the layer's size.
  case standardNormal = "standard-normal"
  /// U(−√(6/(n+m)), √(6/(n+m))).
  case xavierUniform = "xavier-uniform"
  /// N(0, 2/(n+m)).
  case xavierNormal = "xavier-normal"
  /// U(−√(6/n), √(6/n)).
  case heUniform = "he-uniform"
  /// N(0, 2/n).
  case heNormal = "he-normal"
  /// U(−√(3/n), √(3/n)).
  case lecunUniform = "lecun-uniform"
  /// N(0, 1/n).
  case lecunNormal = "lecun-normal"

  /// The initialiser called `name`; `glorot` is read as `xavier`.
  ///
  /// - Throws: `PerceptronError` with the nearest name when there is none.
  public init(named name: String) throws {
    var wanted = name.lowercased()
    if wanted.hasPrefix("glorot") { wanted = "xavier" + wanted.dropFirst("glorot".count) }
    guard let match = Self(rawValue: wanted) else {
      throw unknownName(name, what: "initialiser", among: Self.allCases.map(\.rawValue))
    }
    self = match
  }

  /// What a layer with this activation starts from unless told otherwise:
  ///
  /// - LeCun for `identity`, which neither squashes nor silences; its normal form for `selu`, whose
  ///   constants are made for variance 1/n (Klambauer et al. 2017).
  /// - He for those that let what is positive pass and hold back the rest (`leaky-relu`, `elu`, `gelu`,
  ///   `silu`, `mish`, `hard-swish`, `relu6`): half of the variance is lost on the way, which 2/n makes
  ///   up for (He et al. 2015, who derive it for `leaky-relu` too; Clevert et al. 2016 use it for `elu`).
  /// - Xavier for the others, bounded ones most of all (Glorot and Bengio 2010, `softsign` among them).
  ///
  /// He is not the default for ReLU: in two hidden layers of 32 units its larger weights cost
  /// accuracy on 5 of the 8 tables of the accuracy benchmark, and gain on 1. It is there for deep
  /// stacks.
  public static func standard(for activation: Activation) -> Initializer {
    switch activation {
    case .identity: .lecunUniform
    case .selu: .lecunNormal
    case .leakyReLU, .elu, .gelu, .geluTanh, .silu, .mish, .hardSwish, .relu6: .heUniform
    case .relu, .sigmoid, .tanh, .softmax, .sign, .heaviside, .softplus, .softsign, .hardSigmoid,
      .hardTanh, .exponential:
      .xavierUniform
    }
  }

  /// The distribution for a layer of `inputs` inputs and `units` units.
  public func distribution(inputs: Int, units: Int) -> Distribution {
    let n = Double(max(inputs, 1))
    let m = Double(units)
    return switch self {
    case .zeros: .constant(0)
    case .standardNormal: .normal(deviation: 1)
    case .xavierUniform: .uniform(bound: (6 / (n + m)).squareRoot())
    case .xavierNormal: .normal(deviation: (2 / (n + m)).squareRoot())
    case .heUniform: .uniform(bound: (6 / n).squareRoot())
    case .heNormal: .normal(deviation: (2 / n).squareRoot())
    case .lecunUniform: .uniform(bound: (3 / n).squareRoot())
    case .lecunNormal: .normal(deviation: (1 / n).squareRoot())
    }
  }

  /// What weights are drawn from.
  public enum Distribution: Sendable, Hashable, CustomStringConvertible {
    /// The same number for every weight.
    case constant(Double)
    /// U(−bound, bound)
    case uniform(bound: Double)
    /// N(0, deviation²)
    case normal(deviation: Double)

    /// The next number of `stream`.
    func draw(_ stream: inout RandomStream) -> Double {
      switch self {
      case .constant(let value): value
      case .uniform(let bound): (2 * stream.uniform() - 1) * bound
      case .normal(let deviation): stream.normal() * deviation
      }
    }

    /// `U(±0.433)`, `N(0, 0.25²)`, as `inspect` and `train` print it.
    public var description: String {
      switch self {
      case .constant(let value): "all \(value)"
      case .uniform(let bound): "U(±\(decimal(bound, digits: 4)))"
      case .normal(let deviation): "N(0, \(decimal(deviation, digits: 4))²)"
      }
    }
  }
}
