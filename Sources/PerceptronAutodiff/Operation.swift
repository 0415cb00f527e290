import Perceptron

/// What a record of a tape computes from its parents.
enum Operation: Sendable, Hashable {
  /// A variable: its gradient can be asked for.
  case variable
  /// A constant: nothing flows into it.
  case constant
  /// a + b, entry by entry; both of one shape.
  case add
  /// a − b
  case subtract
  /// a ⊙ b
  case multiply
  /// a ⊘ b
  case divide
  /// max(a, b); where they are equal the gradient goes to b.
  case maximum
  /// k·a
  case scale(Double)
  /// a + k
  case shift(Double)
  /// f(a), entry by entry.
  case function(Function)
  /// a·b, aᵀ·b or a·bᵀ.
  case product(transposeLeft: Bool, transposeRight: Bool)
  case transpose
  /// Sums over rows (1 × n), columns (m × 1) or all (1 × 1).
  case sum(Axis)
  /// 1 × n, m × 1 or 1 × 1 repeated to rows × columns.
  case broadcast(rows: Int, columns: Int)
  /// Softmax of every row.
  case softmax
  /// ln Σ e^x of every row: m × 1.
  case logSumExp
  /// The parents side by side, of widths adding up.
  case concatenateColumns
  /// The parents one below the other.
  case concatenateRows
  /// The block that starts at (row, column).
  case slice(row: Int, column: Int, rows: Int, columns: Int)
  /// The block in a matrix of zeros: the adjoint of `slice`.
  case embed(row: Int, column: Int, rows: Int, columns: Int)
  /// The rows named, in that order, a row as often as it is named.
  case gather([Int])
  /// Adds every row to the row named: the adjoint of `gather`.
  case scatter([Int], rows: Int)
  /// The same value, through which no gradient flows.
  case stop
  /// An operation the user brought; the number is its place in the tape's list.
  case custom(Int)

  /// The name in messages.
  var name: String {
    switch self {
    case .variable: "variable"
    case .constant: "constant"
    case .add: "add"
    case .subtract: "subtract"
    case .multiply: "multiply"
    case .divide: "divide"
    case .maximum: "maximum"
    case .scale: "scale"
    case .shift: "shift"
    case .function(let function): function.rawValue
    case .product: "product"
    case .transpose: "transpose"
    case .sum: "sum"
    case .broadcast: "broadcast"
    case .softmax: "softmax"
    case .logSumExp: "logSumExp"
    case .concatenateColumns, .concatenateRows: "concatenate"
    case .slice: "slice"
    case .embed: "embed"
    case .gather: "gather"
    case .scatter: "scatter"
    case .stop: "stop"
    case .custom: "custom"
    }
  }
}

/// What a sum runs over.
public enum Axis: Sendable, Hashable, CaseIterable {
  /// Over the rows: one number for every column.
  case rows
  /// Over the columns: one number for every row.
  case columns
  case all
}

/// The functions of one number that a tape knows, with their derivatives.
///
/// | f(x) = y | f′ |
/// |---|---|
/// | `exp` | y |
/// | `log` | 1/x |
/// | `log1p` = ln(1 + x) | 1/(1 + x) |
/// | `tanh` | 1 − y² |
/// | `sigmoid` | y(1 − y) |
/// | `softplus` = ln(1 + eˣ) | σ(x) |
/// | `relu` | 1 if x > 0 else 0 |
/// | `squareRoot` | 1/(2y) |
/// | `square` | 2x |
/// | `absolute` | sign of x, 0 at 0 |
/// | `reciprocal` | −y² |
/// | `reciprocalOrZero`: 1/x, 0 at 0 | −y² |
/// | `step` = 1 if x > 0 else 0, `sign` = ±1, `signum` = −1, 0, 1 | 0 |
enum Function: String, Sendable, Hashable, CaseIterable {
  case exp
  case log
  case log1p
  case tanh
  case sigmoid
  case softplus
  case relu
  case squareRoot
  case square
  case absolute
  case reciprocal
  case reciprocalOrZero
  case step
  case sign
  case signum

  /// The kernel's function, where there is one.
  var elementary: ElementaryFunction? {
    switch self {
    case .exp: .exp
    case .log: .log
    case .log1p: .log1p
    case .tanh: .tanh
    case .sigmoid: .sigmoid
    case .softplus: .softplus
    default: nil
    }
  }

  /// f(x), for those the kernels do not compute.
  @inline(__always)
  func value<Element: Scalar>(_ x: Element) -> Element {
    switch self {
    case .relu: x <= 0 ? 0 : x
    case .squareRoot: x.squareRoot()
    case .square: x * x
    case .absolute: abs(x)
    case .reciprocal: 1 / x
    case .reciprocalOrZero: x == 0 ? 0 : 1 / x
    case .step: x > 0 ? 1 : 0
    case .sign: x > 0 ? 1 : -1
    case .signum: x > 0 ? 1 : x < 0 ? -1 : x
    case .exp: .exp(x)
    case .log: .log(x)
    case .log1p: .log1p(x)
    case .tanh: .tanh(x)
    case .sigmoid: .sigmoid(x)
    case .softplus: x <= 0 ? .log1p(.exp(x)) : x + .log1p(.exp(-x))
    }
  }
}
