import Perceptron

/// One example out of a batch: expressions in which the batch has one row (or column), and their
/// numbers. Factors such as 1/m stay what they are in the batch.
struct OneExample {
  /// m, the dimension along which examples stand.
  let examples: Dimension

  /// A symbol whose matrix holds the batch, with one example in it.
  func symbol(_ symbol: Symbol) -> Symbol {
    Symbol(symbol.name, symbol.index, shape(symbol.shape), symbol.kind)
  }

  func expression(_ x: Expression) -> Expression {
    x.rewritten { part in
      switch part {
      case .symbol(let symbol): .symbol(self.symbol(symbol))
      case .adjoint(let symbol): .adjoint(self.symbol(symbol))
      case .ones(let shape): .ones(self.shape(shape))
      case .zeros(let shape): .zeros(self.shape(shape))
      default: part
      }
    }
  }

  /// The numbers of the example with this number, counted from 0.
  ///
  /// - Parameters:
  ///   - evaluation: of the batch.
  ///   - program: whose symbols it has numbers for.
  ///   - example: which one.
  func evaluation(_ evaluation: Evaluation, _ program: Program, _ example: Int) -> Evaluation {
    var result = evaluation
    for symbol in program.symbols {
      let one = self.symbol(symbol)
      if let value = evaluation.values[symbol] {
        result.set(one, to: matrix(value, symbol.shape, example))
      }
      if let adjoint = evaluation.adjoints[symbol] {
        result.adjoints[one] = matrix(adjoint, symbol.shape, example)
      }
    }
    return result
  }

  /// An example's part of a matrix of this shape; all of it where it holds no batch.
  func matrix(_ matrix: Matrix<Double>, _ shape: Shape, _ example: Int) -> Matrix<Double> {
    guard examples != .one else { return matrix }
    if shape.rows == examples {
      return Matrix(rows: 1, columns: matrix.columns, values: Array(matrix.row(example)))
    }
    if shape.columns == examples {
      return Matrix(
        rows: matrix.rows, columns: 1, values: (0..<matrix.rows).map { matrix[$0, example] })
    }
    return matrix
  }

  private func shape(_ shape: Shape) -> Shape {
    Shape(
      shape.rows == examples ? .one : shape.rows, shape.columns == examples ? .one : shape.columns)
  }
}
