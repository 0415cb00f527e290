import Perceptron

/// The functions of one number that the calculus knows, each with its derivative as an expression.
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
/// | `normalDistribution` Φ(x) | φ(x) |
/// | `normalDensity` φ(x) = e^{−x²/2}/√2π | −x φ(x) |
/// | `leakyReLU(s)` | s + (1 − s) θ(x) |
/// | `elu(α)` | θ(x) + (1 − θ(x)) (elu(x) + α) |
/// | `selu` | λ θ(x) + (1 − θ(x)) (selu(x) + λα) |
/// | `gelu` = x Φ(x) | Φ(x) + x φ(x) |
/// | `geluTanh` = x σ(v), v = 2√(2/π) (x + 0.044715 x³) | σ(v) + x σ(v)(1 − σ(v)) v′ |
/// | `silu` = x σ(x) | σ(x) (1 + x (1 − σ(x))) |
/// | `mish` = x tanh(softplus x) | tanh s + x (1 − tanh² s) σ(x), s = softplus x |
/// | `softsign` = x/(1 + \|x\|) | 1/(1 + \|x\|)² |
/// | `hardSigmoid` | θ(3 − \|x\|)/6 |
/// | `hardTanh` | θ(1 − \|x\|) |
/// | `hardSwish` | θ(3 − \|x\|)(2x + 3)/6 + 1 − θ(3 − x) |
/// | `relu6` | θ(x) θ(6 − x) |
/// | `logCosh` = ln cosh x | tanh x |
/// | `timesLog` = x ln x, 0 at 0 | ln x + 1 |
public enum Function: Sendable, Hashable {
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
  /// Φ(x), the standard normal distribution
  case normalDistribution
  /// φ(x) = e^{−x²/2}/√2π
  case normalDensity
  /// x where x > 0, else slope · x
  case leakyReLU(slope: Double)
  /// x where x > 0, else alpha (eˣ − 1)
  case elu(alpha: Double)
  /// λ x where x > 0, else λ α (eˣ − 1)
  case selu
  /// x Φ(x)
  case gelu
  /// x σ(2√(2/π) (x + 0.044715 x³))
  case geluTanh
  /// x σ(x)
  case silu
  /// x tanh(ln(1 + eˣ))
  case mish
  /// x/(1 + |x|)
  case softsign
  /// (x + 3)/6, cut off at 0 and 1
  case hardSigmoid
  /// x, cut off at −1 and 1
  case hardTanh
  /// x · hardSigmoid(x)
  case hardSwish
  /// x, cut off at 0 and 6
  case relu6
  /// ln cosh x
  case logCosh
  /// x ln x, 0 at 0
  case timesLog

  /// f′ at an expression, in terms of f where that is shorter; nil where it is 0 wherever it exists.
  func derivative(at x: Expression) -> Expression? {
    let one = Expression.ones(x.shape)
    func number(_ value: Double) -> Expression { value * one }
    let isPositive = Expression.map(.step, x)
    func isWithin(_ limit: Double) -> Expression {
      .map(.step, number(limit) - .map(.absolute, x))
    }
    switch self {
    case .exp: return .map(.exp, x)
    case .log: return .reciprocal(x)
    case .tanh: return one - .hadamard([.map(.tanh, x), .map(.tanh, x)])
    case .sigmoid: return Expression.map(.sigmoid, x).times(one - .map(.sigmoid, x))
    case .softplus: return .map(.sigmoid, x)
    case .relu: return isPositive
    case .absolute: return .map(.signum, x)
    case .square: return 2 * x
    case .squareRoot: return 0.5 * .reciprocal(.map(.squareRoot, x))
    case .logCosh: return .map(.tanh, x)
    case .timesLog: return .map(.log, x) + one
    case .step, .sign, .signum: return nil
    case .normalDistribution: return .map(.normalDensity, x)
    case .normalDensity: return -x.times(.map(.normalDensity, x))
    case .leakyReLU(let slope): return number(slope) + (1 - slope) * isPositive
    case .elu(let alpha):
      return isPositive + (one - isPositive).times(.map(self, x) + number(alpha))
    case .selu:
      return Activation.seluScale * isPositive
        + (one - isPositive).times(.map(self, x) + number(Activation.seluScaleAlpha))
    case .gelu: return .map(.normalDistribution, x) + x.times(.map(.normalDensity, x))
    case .geluTanh:
      let square = Expression.map(.square, x)
      let share = Expression.map(
        .sigmoid, Activation.geluLinear * x + Activation.geluCubic * x.times(square))
      let growth = number(Activation.geluLinear) + Activation.geluCubicSlope * square
      return share + .hadamard([x, share, one - share, growth])
    case .silu:
      let share = Expression.map(.sigmoid, x)
      return share.times(one + x.times(one - share))
    case .mish:
      let value = Expression.map(.tanh, .map(.softplus, x))
      return value + .hadamard([x, one - value.times(value), .map(.sigmoid, x)])
    case .softsign:
      let share = Expression.reciprocal(one + .map(.absolute, x))
      return share.times(share)
    case .hardSigmoid: return (1.0 / 6) * isWithin(3)
    case .hardTanh: return isWithin(1)
    case .hardSwish:
      return (1.0 / 6) * isWithin(3).times(2 * x + number(3))
        + (one - .map(.step, number(3) - x))
    case .relu6: return isPositive.times(.map(.step, number(6) - x))
    }
  }

  /// f(x) in Double.
  func value(_ x: Double) -> Double {
    switch self {
    case .log: .log(x)
    case .step: x > 0 ? 1 : 0
    case .signum: x > 0 ? 1 : x < 0 ? -1 : x
    case .absolute: abs(x)
    case .square: x * x
    case .squareRoot: x.squareRoot()
    case .normalDistribution: .normalDistribution(x)
    case .normalDensity: .normalDensity(x)
    case .exp, .tanh, .sigmoid, .softplus, .relu, .sign, .leakyReLU, .elu, .selu, .gelu, .geluTanh,
      .silu, .mish, .softsign, .hardSigmoid, .hardTanh, .hardSwish, .relu6:
      activation?.value(x) ?? .nan
    case .logCosh: abs(x) + .log1p(.exp(-2 * abs(x))) - 0x1.62e42fefa39efp-1
    case .timesLog: x == 0 ? 0 : x * .log(x)
    }
  }

  /// Where f′ or its derivative jumps, and differences say nothing.
  var kinks: [Double] {
    switch self {
    case .step, .signum, .absolute: [0]
    default: activation?.kinks ?? []
    }
  }
}

extension Function {
  /// The activation of the library that it is, if it is one.
  var activation: Activation? {
    switch self {
    case .exp: .exponential
    case .tanh: .tanh
    case .sigmoid: .sigmoid
    case .softplus: .softplus
    case .relu: .relu
    case .step: .heaviside
    case .sign: .sign
    case .leakyReLU(let slope): .leakyReLU(slope: slope)
    case .elu(let alpha): .elu(alpha: alpha)
    case .selu: .selu
    case .gelu: .gelu
    case .geluTanh: .geluTanh
    case .silu: .silu
    case .mish: .mish
    case .softsign: .softsign
    case .hardSigmoid: .hardSigmoid
    case .hardTanh: .hardTanh
    case .hardSwish: .hardSwish
    case .relu6: .relu6
    case .log, .signum, .absolute, .square, .squareRoot, .normalDistribution, .normalDensity,
      .logCosh, .timesLog:
      nil
    }
  }

  /// The function that an activation applies to every entry; nil for `identity` and `softmax`.
  init?(_ activation: Activation) {
    switch activation {
    case .identity, .softmax: return nil
    case .relu: self = .relu
    case .sigmoid: self = .sigmoid
    case .tanh: self = .tanh
    case .sign: self = .sign
    case .heaviside: self = .step
    case .leakyReLU(let slope): self = .leakyReLU(slope: slope)
    case .elu(let alpha): self = .elu(alpha: alpha)
    case .selu: self = .selu
    case .gelu: self = .gelu
    case .geluTanh: self = .geluTanh
    case .silu: self = .silu
    case .mish: self = .mish
    case .softplus: self = .softplus
    case .softsign: self = .softsign
    case .hardSigmoid: self = .hardSigmoid
    case .hardTanh: self = .hardTanh
    case .hardSwish: self = .hardSwish
    case .relu6: self = .relu6
    case .exponential: self = .exp
    }
  }
}

extension Function: CaseIterable {
  /// Every function once, those of activations with their usual parameter.
  public static var allCases: [Function] {
    [
      .log, .step, .signum, .absolute, .square, .squareRoot, .normalDistribution, .normalDensity,
    ] + Activation.allCases.filter { $0 != .heaviside }.compactMap(Function.init)
  }
}
