import Perceptron

/// How a network is written down: where the examples stand and which way the weights lie.
///
/// | layout | Z | examples | W | texts |
/// |---|---|---|---|---|
/// | `rows` | A W + 1 b | rows | inputs × units | `001`, `002`, `003`; this library |
/// | `columns-in-out` | Wᵀ A + b 1ᵀ | columns | inputs × units | `004` |
/// | `columns-out-in` | W A + b 1ᵀ | columns | units × inputs | `000` |
public enum Layout: String, Sendable, Hashable, CaseIterable {
  /// One example a row, Z = A W + 1 b.
  case rows
  /// One example a column, Z = Wᵀ A + b 1ᵀ.
  case columnsInOut = "columns-in-out"
  /// One example a column, Z = W A + b 1ᵀ.
  case columnsOutIn = "columns-out-in"

  var examplesAreRows: Bool { self == .rows }

  /// The shape of a matrix with one example a row (or column) and `units` numbers each.
  func batch(_ examples: Dimension, _ units: Dimension) -> Shape {
    examplesAreRows ? Shape(examples, units) : Shape(units, examples)
  }

  /// A matrix of the library (examples as rows) as it stands in this layout, and back again.
  func turned(_ batch: Matrix<Double>) -> Matrix<Double> {
    examplesAreRows ? batch : batch.transposed
  }

  /// Weights of the library (inputs × units) as they stand in this layout, and back again.
  func turned(weights: Matrix<Double>) -> Matrix<Double> {
    self == .columnsOutIn ? weights.transposed : weights
  }

  /// How many numbers an example has in a matrix of this shape.
  func units(of shape: Shape) -> Dimension { examplesAreRows ? shape.columns : shape.rows }

  /// 1 b: what there is once for each unit, for every example.
  func inEveryExample(_ x: Expression, _ examples: Dimension) -> Expression {
    examplesAreRows ? x.inEveryRow(examples) : x.inEveryColumn(examples)
  }

  /// μ 1ᵀ: what there is once for each example, for every unit.
  func inEveryUnit(_ x: Expression, _ units: Dimension) -> Expression {
    examplesAreRows ? x.inEveryColumn(units) : x.inEveryRow(units)
  }

  /// 1ᵀ X: one number for each unit.
  func overExamples(_ x: Expression) -> Expression { examplesAreRows ? x.columnSums : x.rowSums }

  /// X 1: one number for each example.
  func overUnits(_ x: Expression) -> Expression { examplesAreRows ? x.rowSums : x.columnSums }

  /// The axis along which the numbers of one example lie.
  var axis: Expression.Axis { examplesAreRows ? .row : .column }
}

/// Where the bias stands.
public enum BiasForm: String, Sendable, Hashable, CaseIterable {
  /// A term of its own: A W + 1 b.
  case separate
  /// The last row of the weights: [A 1] Ŵ, as text `002` has it.
  case augmented
}
