import Perceptron

/// What a backward rule computes with: matrices, or variables that record what is done with them, so
/// that a gradient can be differentiated again. A rule is written once for both.
protocol Algebra {
  /// Rows and columns.
  var size: (rows: Int, columns: Int) { get }
  /// The result of an operation on values of one kind.
  static func apply(_ operation: Operation, _ operands: [Self]) -> Self
}

extension Algebra {
  static func + (a: Self, b: Self) -> Self { apply(.add, [a, b]) }
  static func - (a: Self, b: Self) -> Self { apply(.subtract, [a, b]) }
  static func * (a: Self, b: Self) -> Self { apply(.multiply, [a, b]) }
  static func / (a: Self, b: Self) -> Self { apply(.divide, [a, b]) }
  func scaled(_ factor: Double) -> Self { Self.apply(.scale(factor), [self]) }
  func shifted(_ term: Double) -> Self { Self.apply(.shift(term), [self]) }
  func mapped(_ function: Function) -> Self { Self.apply(.function(function), [self]) }
  func summed(_ axis: Axis) -> Self { Self.apply(.sum(axis), [self]) }
  func spread(_ size: (rows: Int, columns: Int)) -> Self {
    self.size == size
      ? self : Self.apply(.broadcast(rows: size.rows, columns: size.columns), [self])
  }
  /// self · other
  func times(_ other: Self, transposeLeft: Bool = false, transposeRight: Bool = false) -> Self {
    Self.apply(
      .product(transposeLeft: transposeLeft, transposeRight: transposeRight), [self, other])
  }
}

extension Operation {
  /// The vector-Jacobian product: from the adjoint of the output those of the inputs.
  ///
  /// - Parameters:
  ///   - inputs: the parents' values.
  ///   - output: the value.
  ///   - gradient: ∂L/∂output.
  ///   - wanted: which inputs' adjoints have a use; others need not be computed.
  /// - Returns: ∂L/∂input for every input, nil where nothing flows.
  func pullback<Value: Algebra>(
    inputs: [Value], output: Value, gradient g: Value, wanted: [Bool]
  ) -> [Value?] {
    switch self {
    case .variable, .constant, .custom: return []
    case .stop: return [nil]
    case .add: return [g, g]
    case .subtract: return [g, g.scaled(-1)]
    case .multiply:
      return [wanted[0] ? g * inputs[1] : nil, wanted[1] ? g * inputs[0] : nil]
    case .divide:
      return [
        wanted[0] ? g / inputs[1] : nil,
        wanted[1] ? (g * output / inputs[1]).scaled(-1) : nil,
      ]
    case .maximum:
      let first = (inputs[0] - inputs[1]).mapped(.step)
      return [g * first, g * first.scaled(-1).shifted(1)]
    case .scale(let factor): return [g.scaled(factor)]
    case .shift: return [g]
    case .function(let function):
      return [function.pullback(input: inputs[0], output: output, gradient: g)]
    case .product(false, false):
      return [
        wanted[0] ? g.times(inputs[1], transposeRight: true) : nil,
        wanted[1] ? inputs[0].times(g, transposeLeft: true) : nil,
      ]
    case .product(true, false):
      return [
        wanted[0] ? inputs[1].times(g, transposeRight: true) : nil,
        wanted[1] ? inputs[0].times(g) : nil,
      ]
    case .product:
      return [
        wanted[0] ? g.times(inputs[1]) : nil,
        wanted[1] ? g.times(inputs[0], transposeLeft: true) : nil,
      ]
    case .transpose: return [Value.apply(.transpose, [g])]
    case .sum: return [g.spread(inputs[0].size)]
    case .broadcast:
      let (rows, columns) = inputs[0].size
      if rows == 1, columns == 1 { return [g.summed(.all)] }
      return [g.summed(rows == 1 ? .rows : .columns)]
    case .softmax:
      let inner = (g * output).summed(.columns).spread(output.size)
      return [output * (g - inner)]
    case .logSumExp:
      return [g.spread(inputs[0].size) * Value.apply(.softmax, [inputs[0]])]
    case .concatenateColumns:
      var column = 0
      return inputs.map { input in
        defer { column += input.size.columns }
        return Value.apply(
          .slice(row: 0, column: column, rows: input.size.rows, columns: input.size.columns), [g])
      }
    case .concatenateRows:
      var row = 0
      return inputs.map { input in
        defer { row += input.size.rows }
        return Value.apply(
          .slice(row: row, column: 0, rows: input.size.rows, columns: input.size.columns), [g])
      }
    case .slice(let row, let column, _, _):
      let (rows, columns) = inputs[0].size
      return [Value.apply(.embed(row: row, column: column, rows: rows, columns: columns), [g])]
    case .embed(let row, let column, _, _):
      let (rows, columns) = inputs[0].size
      return [Value.apply(.slice(row: row, column: column, rows: rows, columns: columns), [g])]
    case .gather(let rows): return [Value.apply(.scatter(rows, rows: inputs[0].size.rows), [g])]
    case .scatter(let rows, _): return [Value.apply(.gather(rows), [g])]
    }
  }
}

extension Function {
  /// g · f′(x); nil where the derivative is 0 everywhere.
  ///
  /// | f(x) = y | f′ |
  /// |---|---|
  /// | `exp` | y |
  /// | `log` | 1/x |
  /// | `log1p` = ln(1 + x) | 1/(1 + x) |
  /// | `tanh` | 1 − y² |
  /// | `sigmoid` | y(1 − y) |
  /// | `softplus` = ln(1 + eˣ) | σ(x) |
  /// | `expm1` = eˣ − 1 | 1 + y |
  /// | `normalDistribution` Φ(x) | φ(x) |
  /// | `normalDensity` φ(x) | −x y |
  /// | `relu` | 1 if x > 0 else 0 |
  /// | `squareRoot` | 1/(2y) |
  /// | `square` | 2x |
  /// | `absolute` | sign of x, 0 at 0 |
  /// | `reciprocal` | −y² |
  /// | `reciprocalOrZero`: 1/x, 0 at 0 | −y² |
  /// | `step`, `sign`, `signum` | 0 |
  fileprivate func pullback<Value: Algebra>(
    input x: Value, output y: Value, gradient g: Value
  ) -> Value? {
    switch self {
    case .exp: g * y
    case .log: g / x
    case .log1p: g / x.shifted(1)
    case .tanh: g * (y * y).scaled(-1).shifted(1)
    case .sigmoid: g * (y * y.scaled(-1).shifted(1))
    case .softplus: g * x.mapped(.sigmoid)
    case .expm1: g * y.shifted(1)
    case .normalDistribution: g * x.mapped(.normalDensity)
    case .normalDensity: (g * (x * y)).scaled(-1)
    case .relu: g * x.mapped(.step)
    case .squareRoot: g / y.scaled(2)
    case .square: g * x.scaled(2)
    case .absolute: g * x.mapped(.signum)
    case .reciprocal, .reciprocalOrZero: (g * (y * y)).scaled(-1)
    case .step, .sign, .signum: nil
    }
  }
}
