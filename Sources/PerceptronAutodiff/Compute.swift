import Perceptron

/// The forward value of every operation on matrices.
enum Compute {
  /// Stops the program when shapes do not fit; `Variable`'s functions check them before.
  @specialized(where Element == Float)
  @specialized(where Element == Double)
  static func value<Element: Scalar>(
    _ operation: Operation, _ x: [Matrix<Element>], _ engine: MatrixEngine<Element>
  ) -> Matrix<Element> {
    switch operation {
    case .variable, .constant, .custom: misuse("\(operation.name) has no rule to compute it by")
    case .stop: return x[0]
    case .add: return combine(.add, operation, x, engine)
    case .subtract: return combine(.subtract, operation, x, engine)
    case .multiply: return combine(.multiply, operation, x, engine)
    case .divide: return combine(.divide, operation, x, engine)
    case .maximum: return combine(.maximum, operation, x, engine)
    case .scale(let factor): return engine.combine(.multiply, x[0], Element(factor))
    case .shift(let term): return engine.combine(.add, x[0], Element(term))
    case .function(let function): return engine.map(function, x[0])
    case .product(let transposeLeft, let transposeRight):
      return engine.product(
        x[0], x[1], transposeLeft: transposeLeft, transposeRight: transposeRight)
    case .transpose: return x[0].transposed
    case .sum(let axis): return sum(x[0], axis, engine)
    case .broadcast(let rows, let columns): return broadcast(x[0], rows, columns, engine)
    case .softmax: return softmax(x[0], engine)
    case .logSumExp: return logSumExp(x[0], engine)
    case .concatenateColumns: return concatenateColumns(x)
    case .concatenateRows:
      return Matrix(
        rows: x.reduce(0) { $0 + $1.rows }, columns: x[0].columns, values: x.flatMap(\.values))
    case .slice(let row, let column, let rows, let columns):
      var values: [Element] = []
      values.reserveCapacity(rows * columns)
      for i in row..<row + rows {
        values.append(contentsOf: x[0].row(i).dropFirst(column).prefix(columns))
      }
      return Matrix(rows: rows, columns: columns, values: values)
    case .embed(let row, let column, let rows, let columns):
      var result = Matrix<Element>(rows: rows, columns: columns)
      for i in 0..<x[0].rows {
        for j in 0..<x[0].columns { result[row + i, column + j] = x[0][i, j] }
      }
      return result
    case .gather(let rows): return x[0].selecting(rows: rows)
    case .scatter(let places, let rows):
      var result = Matrix<Element>(rows: rows, columns: x[0].columns)
      for (i, place) in places.enumerated() {
        for j in 0..<x[0].columns { result[place, j] += x[0][i, j] }
      }
      return result
    }
  }

  @inline(__always)
  private static func combine<Element: Scalar>(
    _ rule: EntryOperation, _ operation: Operation, _ x: [Matrix<Element>],
    _ engine: MatrixEngine<Element>
  ) -> Matrix<Element> {
    guard x[0].rows == x[1].rows, x[0].columns == x[1].columns else {
      misuse("\(operation.name): shapes \(x[0].shape) and \(x[1].shape) differ")
    }
    return engine.combine(rule, x[0], x[1])
  }

  private static func sum<Element: Scalar>(
    _ x: Matrix<Element>, _ axis: Axis, _ engine: MatrixEngine<Element>
  ) -> Matrix<Element> {
    switch axis {
    case .all:
      return Matrix(rows: 1, columns: 1, values: [x.values.reduce(0, +)])
    case .rows:
      return x.values.withUnsafeBufferPointer { entries in
        engine.matrix(rows: 1, columns: x.columns) { result, range in
          for j in range { result[j] = 0 }
          guard let first = entries.baseAddress else { return }
          for i in 0..<x.rows {
            let row = first + i * x.columns
            for j in range { result[j] += row[j] }
          }
        }
      }
    case .columns:
      return Matrix(
        rows: x.rows, columns: 1, values: (0..<x.rows).map { x.row($0).reduce(0, +) })
    }
  }

  private static func broadcast<Element: Scalar>(
    _ x: Matrix<Element>, _ rows: Int, _ columns: Int, _ engine: MatrixEngine<Element>
  ) -> Matrix<Element> {
    x.values.withUnsafeBufferPointer { entries in
      engine.matrix(rows: rows, columns: columns, unit: columns) { result, range in
        for i in range.lowerBound / columns..<range.upperBound / columns {
          let row = result + i * columns
          if x.columns == columns, x.rows == 1 {
            for j in 0..<columns { row[j] = entries[j] }
          } else {
            let value = entries[x.rows == 1 ? 0 : i]
            for j in 0..<columns { row[j] = value }
          }
        }
      }
    }
  }

  private static func concatenateColumns<Element: Scalar>(
    _ x: [Matrix<Element>]
  ) -> Matrix<Element> {
    var values: [Element] = []
    for i in 0..<x[0].rows {
      for matrix in x { values.append(contentsOf: matrix.row(i)) }
    }
    return Matrix(
      rows: x[0].rows, columns: x.reduce(0) { $0 + $1.columns }, values: values)
  }

  /// The largest entry of a row; NaN if there is one.
  private static func maximum<Element: Scalar>(_ row: ArraySlice<Element>) -> Element {
    row.reduce(-.infinity) { $1 > $0 || $1.isNaN ? $1 : $0 }
  }

  /// e^(x − the row's largest) of every entry, and those largest.
  private static func powers<Element: Scalar>(
    _ x: Matrix<Element>, _ engine: MatrixEngine<Element>
  ) -> (Matrix<Element>, largest: [Element]) {
    let largest = (0..<x.rows).map { maximum(x.row($0)) }
    let shifts = broadcast(
      Matrix(rows: x.rows, columns: 1, values: largest), x.rows, x.columns, engine)
    return (engine.map(.exp, engine.combine(.subtract, x, shifts)), largest)
  }

  private static func softmax<Element: Scalar>(
    _ x: Matrix<Element>, _ engine: MatrixEngine<Element>
  ) -> Matrix<Element> {
    let (powers, _) = powers(x, engine)
    let totals = broadcast(sum(powers, .columns, engine), x.rows, x.columns, engine)
    return engine.combine(.divide, powers, totals)
  }

  private static func logSumExp<Element: Scalar>(
    _ x: Matrix<Element>, _ engine: MatrixEngine<Element>
  ) -> Matrix<Element> {
    let (powers, largest) = powers(x, engine)
    return engine.combine(
      .add, Matrix(rows: x.rows, columns: 1, values: largest),
      engine.map(.log, sum(powers, .columns, engine)))
  }
}

/// Stops the program for a mistake in the program, with a message that says which.
@inline(never)
func misuse(_ message: @autoclosure () -> String) -> Never { fatalError(message()) }
