/// A dense matrix of `Float` or `Double`, row by row: entry (i, j) is `values[i * columns + j]`.
///
/// A batch is a matrix with one example per row.
public struct Matrix<Element: Scalar>: Sendable, Hashable {
  /// m, at least 0.
  public let rows: Int
  /// n, at least 0.
  public let columns: Int
  /// The entries, row-major; `rows * columns` of them.
  public var values: [Element]

  /// A matrix of the given shape from its entries, row-major.
  ///
  /// Stops the program when `values.count` is not `rows * columns`.
  public init(rows: Int, columns: Int, values: [Element]) {
    guard rows >= 0, columns >= 0, values.count == rows * columns else {
      misuse("Matrix: \(rows) × \(columns) needs \(rows * columns) values, got \(values.count)")
    }
    self.rows = rows
    self.columns = columns
    self.values = values
  }

  /// A matrix from its rows: `Matrix([[1, 2], [3, 4]])`. All rows must have one length.
  public init(_ rows: [[Element]]) {
    let columns = rows.first?.count ?? 0
    guard rows.allSatisfy({ $0.count == columns }) else {
      misuse("Matrix: rows of different lengths \(rows.map(\.count))")
    }
    self.init(rows: rows.count, columns: columns, values: rows.flatMap { $0 })
  }

  /// A matrix with every entry equal to `value`.
  public init(rows: Int, columns: Int, repeating value: Element = 0) {
    self.init(rows: rows, columns: columns, values: Array(repeating: value, count: rows * columns))
  }

  /// The entry in row `i`, column `j`, both counted from 0.
  public subscript(i: Int, j: Int) -> Element {
    get { values[i * columns + j] }
    set { values[i * columns + j] = newValue }
  }

  /// Row `i` as a slice of the entries.
  public func row(_ i: Int) -> ArraySlice<Element> {
    values[i * columns..<(i + 1) * columns]
  }

  /// `[rows × columns]`, as error messages show it.
  public var shape: String { "[\(rows) × \(columns)]" }

  /// The matrix with rows and columns exchanged.
  public var transposed: Matrix {
    var result = Matrix(rows: columns, columns: rows)
    for i in 0..<rows {
      for j in 0..<columns { result[j, i] = self[i, j] }
    }
    return result
  }

  /// The rows whose numbers are given, in that order.
  public func selecting(rows indices: [Int]) -> Matrix {
    var picked: [Element] = []
    picked.reserveCapacity(indices.count * columns)
    for i in indices { picked.append(contentsOf: row(i)) }
    return Matrix(rows: indices.count, columns: columns, values: picked)
  }
}

extension Matrix: CustomStringConvertible {
  /// `[[1.0, 2.0], [3.0, 4.0]]`
  public var description: String {
    let lines = (0..<rows).map { "[" + row($0).map(\.description).joined(separator: ", ") + "]" }
    return "[" + lines.joined(separator: ", ") + "]"
  }
}
