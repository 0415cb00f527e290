import PerceptronKernels

/// The functions of one number that the kernels compute on every entry of a matrix.
package enum EntryFunction: String, Sendable, Hashable, CaseIterable {
  case exp
  case log
  case log1p
  case tanh
  case sigmoid
  /// ln(1 + eˣ)
  case softplus
  /// eˣ − 1
  case expm1
  /// Φ(x), the standard normal distribution.
  case normalDistribution
  /// φ(x) = e^{−x²/2}/√2π
  case normalDensity
  case relu
  case squareRoot
  case square
  case absolute
  case reciprocal
  /// 1/x, 0 at 0
  case reciprocalOrZero
  /// 1 if x > 0 else 0
  case step
  /// 1 if x > 0 else −1
  case sign
  /// 1 if x > 0, −1 if x < 0, else x
  case signum

  var code: Int32 {
    switch self {
    case .exp: Int32(PK_EXP)
    case .log: Int32(PK_LOG)
    case .log1p: Int32(PK_LOG1P)
    case .tanh: Int32(PK_TANH)
    case .sigmoid: Int32(PK_SIGMOID)
    case .softplus: Int32(PK_SOFTPLUS)
    case .expm1: Int32(PK_EXPM1)
    case .normalDistribution: Int32(PK_NORMAL)
    case .normalDensity: Int32(PK_NORMAL_DENSITY)
    case .relu: Int32(PK_ENTRY_RELU)
    case .squareRoot: Int32(PK_ENTRY_SQUARE_ROOT)
    case .square: Int32(PK_ENTRY_SQUARE)
    case .absolute: Int32(PK_ENTRY_ABSOLUTE)
    case .reciprocal: Int32(PK_ENTRY_RECIPROCAL)
    case .reciprocalOrZero: Int32(PK_ENTRY_RECIPROCAL_OR_ZERO)
    case .step: Int32(PK_ENTRY_STEP)
    case .sign: Int32(PK_ENTRY_SIGN)
    case .signum: Int32(PK_ENTRY_SIGNUM)
    }
  }
}

/// The operations on two numbers that the kernels compute entry by entry.
package enum EntryOperation: Sendable, Hashable, CaseIterable {
  case add
  case subtract
  case multiply
  case divide
  /// a if a > b or a is NaN, else b
  case maximum

  var code: Int32 {
    switch self {
    case .add: Int32(PK_ADD)
    case .subtract: Int32(PK_SUBTRACT)
    case .multiply: Int32(PK_MULTIPLY)
    case .divide: Int32(PK_DIVIDE)
    case .maximum: Int32(PK_MAXIMUM)
    }
  }
}
