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
    case .add: return zip(operation, x[0], x[1]) { $0 + $1 }
    case .subtract: return zip(operation, x[0], x[1]) { $0 - $1 }
    case .multiply: return zip(operation, x[0], x[1]) { $0 * $1 }
    case .divide: return zip(operation, x[0], x[1]) { $0 / $1 }
    case .maximum: return zip(operation, x[0], x[1]) { $0 > $1 || $0.isNaN ? $0 : $1 }
    case .scale(let factor):
      let factor = Element(factor)
      return map(x[0]) { $0 * factor }
    case .shift(let term):
      let term = Element(term)
      return map(x[0]) { $0 + term }
    case .function(let function):
      if let elementary = function.elementary { return engine.map(elementary, x[0]) }
      return map(x[0]) { function.value($0) }
    case .product(let transposeLeft, let transposeRight):
      return engine.product(
        x[0], x[1], transposeLeft: transposeLeft, transposeRight: transposeRight)
    case .transpose: return x[0].transposed
    case .sum(let axis): return sum(x[0], axis)
    case .broadcast(let rows, let columns): return broadcast(x[0], rows, columns)
    case .softmax: return softmax(x[0])
    case .logSumExp: return logSumExp(x[0])
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
  private static func map<Element: Scalar>(
    _ x: Matrix<Element>, _ f: (Element) -> Element
  ) -> Matrix<Element> {
    Matrix(rows: x.rows, columns: x.columns, values: x.values.map(f))
  }

  @inline(__always)
  private static func zip<Element: Scalar>(
    _ operation: Operation, _ a: Matrix<Element>, _ b: Matrix<Element>,
    _ f: (Element, Element) -> Element
  ) -> Matrix<Element> {
    guard a.rows == b.rows, a.columns == b.columns else {
      misuse("\(operation.name): shapes \(a.shape) and \(b.shape) differ")
    }
    let count = a.values.count
    let values = [Element](unsafeUninitializedCapacity: count) { buffer, initialized in
      a.values.withUnsafeBufferPointer { a in
        b.values.withUnsafeBufferPointer { b in
          for k in 0..<count { buffer.initializeElement(at: k, to: f(a[k], b[k])) }
        }
      }
      initialized = count
    }
    return Matrix(rows: a.rows, columns: a.columns, values: values)
  }

  private static func sum<Element: Scalar>(_ x: Matrix<Element>, _ axis: Axis) -> Matrix<Element> {
    switch axis {
    case .all:
      return Matrix(rows: 1, columns: 1, values: [x.values.reduce(0, +)])
    case .rows:
      var result = Matrix<Element>(rows: 1, columns: x.columns)
      for i in 0..<x.rows {
        for j in 0..<x.columns { result.values[j] += x.values[i * x.columns + j] }
      }
      return result
    case .columns:
      return Matrix(
        rows: x.rows, columns: 1, values: (0..<x.rows).map { x.row($0).reduce(0, +) })
    }
  }

  private static func broadcast<Element: Scalar>(
    _ x: Matrix<Element>, _ rows: Int, _ columns: Int
  ) -> Matrix<Element> {
    if x.values.count == 1 {
      return Matrix(rows: rows, columns: columns, repeating: x.values[0])
    }
    var values: [Element] = []
    values.reserveCapacity(rows * columns)
    for i in 0..<rows {
      if x.rows == 1 {
        values.append(contentsOf: x.values)
      } else {
        values.append(contentsOf: repeatElement(x.values[i], count: columns))
      }
    }
    return Matrix(rows: rows, columns: columns, values: values)
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

  private static func softmax<Element: Scalar>(_ x: Matrix<Element>) -> Matrix<Element> {
    var values: [Element] = []
    values.reserveCapacity(x.values.count)
    for i in 0..<x.rows {
      let largest = maximum(x.row(i))
      let powers = x.row(i).map { Element.exp($0 - largest) }
      let total = powers.reduce(0, +)
      values.append(contentsOf: powers.lazy.map { $0 / total })
    }
    return Matrix(rows: x.rows, columns: x.columns, values: values)
  }

  private static func logSumExp<Element: Scalar>(_ x: Matrix<Element>) -> Matrix<Element> {
    Matrix(
      rows: x.rows, columns: 1,
      values: (0..<x.rows).map { i in
        let largest = maximum(x.row(i))
        return largest + .log(x.row(i).reduce(0) { $0 + .exp($1 - largest) })
      })
  }
}

/// Stops the program for a mistake in the program, with a message that says which.
@inline(never)
func misuse(_ message: @autoclosure () -> String) -> Never { fatalError(message()) }
