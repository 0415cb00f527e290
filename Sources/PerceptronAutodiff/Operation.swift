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
  /// Over all entries: one number.
  case all
}

/// The functions of one number that a tape knows. Their derivatives stand in `Algebra.swift`.
typealias Function = EntryFunction
