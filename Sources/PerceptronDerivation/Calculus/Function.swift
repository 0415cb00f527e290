import Perceptron

/// The functions of one number that the calculus knows, each with its derivative as an expression.
///
/// Another function is an expression in these: silu(z) = z ⊙ σ(z) needs no rule of its own.
///
/// | f(x) | f′(x) |
/// |---|---|
/// | `exp` | eˣ |
/// | `log` | 1/x |
/// | `tanh` | 1 − tanh² x |
/// | `sigmoid` | σ(x)(1 − σ(x)) |
/// | `softplus` = ln(1 + eˣ) | σ(x) |
/// | `relu` | θ(x) |
/// | `step`, θ(x) = 1 if x > 0 else 0 | 0 |
/// | `sign` = ±1 | 0 |
/// | `signum` = −1, 0, 1 | 0 |
/// | `absolute` | signum x |
/// | `square` | 2x |
/// | `squareRoot` | 1/(2√x) |
public enum Function: String, Sendable, Hashable, CaseIterable {
  /// eˣ
  case exp
  /// ln x
  case log
  /// tanh x
  case tanh
  /// σ(x) = 1/(1 + e⁻ˣ)
  case sigmoid
  /// ln(1 + eˣ)
  case softplus
  /// x where x > 0, else 0
  case relu
  /// 1 where x > 0, else 0
  case step
  /// 1 where x > 0, else −1
  case sign
  /// −1, 0 or 1, as x is below, at or above 0
  case signum
  /// |x|
  case absolute
  /// x²
  case square
  /// √x
  case squareRoot

  /// f′ at an expression, in terms of f where that is shorter; nil where it is 0 wherever it exists.
  func derivative(at x: Expression) -> Expression? {
    let one = Expression.ones(x.shape)
    switch self {
    case .exp: return .map(.exp, x)
    case .log: return .reciprocal(x)
    case .tanh: return one - .hadamard([.map(.tanh, x), .map(.tanh, x)])
    case .sigmoid: return Expression.map(.sigmoid, x).times(one - .map(.sigmoid, x))
    case .softplus: return .map(.sigmoid, x)
    case .relu: return .map(.step, x)
    case .absolute: return .map(.signum, x)
    case .square: return 2 * x
    case .squareRoot: return 0.5 * .reciprocal(.map(.squareRoot, x))
    case .step, .sign, .signum: return nil
    }
  }

  /// f(x) in Double.
  func value(_ x: Double) -> Double {
    switch self {
    case .exp: .exp(x)
    case .log: .log(x)
    case .tanh: .tanh(x)
    case .sigmoid: .sigmoid(x)
    case .softplus: x <= 0 ? .log1p(.exp(x)) : x + .log1p(.exp(-x))
    case .relu: x <= 0 ? 0 : x
    case .step: x > 0 ? 1 : 0
    case .sign: x > 0 ? 1 : -1
    case .signum: x > 0 ? 1 : x < 0 ? -1 : x
    case .absolute: abs(x)
    case .square: x * x
    case .squareRoot: x.squareRoot()
    }
  }

  /// Whether f′ jumps at 0, where differences say nothing.
  var hasKinkAtZero: Bool {
    switch self {
    case .relu, .step, .sign, .signum, .absolute: true
    default: false
    }
  }
}
