public import Perceptron

/// The numbers of a program: of its dimensions, symbols, adjoints, and of any expression in them.
public struct Evaluation: Sendable {
  /// The numbers behind named dimensions.
  public let sizes: [Dimension: Int]
  /// η, β₁, … by name.
  public var constants: [String: Double]
  /// The values of the symbols, those of the inputs and every one computed from them.
  public private(set) var values: [Symbol: Matrix<Double>]
  /// The adjoints, each of its symbol's shape; `addAdjoints(of:)` computes them.
  public var adjoints: [Symbol: Matrix<Double>] = [:]
  /// Functions known by their value alone, see `Expression.opaque`.
  public let functions: [String: @Sendable ([Matrix<Double>]) -> Matrix<Double>]
  /// The symbol that varies in d(…), in which direction, and the step of the differences.
  struct Variation: Sendable {
    let symbol: Symbol
    let direction: Matrix<Double>
    let step: Double
  }
  var variation: Variation?

  /// Computes a program forward.
  ///
  /// - Throws: `PerceptronError` when an input is missing or of the wrong shape.
  public init(
    _ program: Program, inputs: [Symbol: Matrix<Double>], sizes: [Dimension: Int] = [:],
    constants: [String: Double] = [:],
    functions: [String: @Sendable ([Matrix<Double>]) -> Matrix<Double>] = [:]
  ) throws {
    self.functions = functions
    self.constants = constants
    self.sizes = sizes
    values = inputs
    for symbol in program.inputs {
      guard let matrix = inputs[symbol] else {
        throw PerceptronError(.network, "\(symbol.text) has no value")
      }
      let (rows, columns) = (size(symbol.shape.rows), size(symbol.shape.columns))
      guard matrix.rows == rows, matrix.columns == columns else {
        throw PerceptronError(
          .network,
          "\(symbol.text) is \(symbol.shape), that is [\(rows) × \(columns)], not \(matrix.shape)")
      }
    }
    for definition in program.definitions {
      values[definition.symbol] = value(of: definition.expression)
    }
  }

  /// Sets a symbol; what was computed from it stays as it was.
  public mutating func set(_ symbol: Symbol, to value: Matrix<Double>) { values[symbol] = value }

  /// The number behind a dimension.
  public func size(_ dimension: Dimension) -> Int {
    switch dimension {
    case .number(let size): return size
    case .named:
      if let size = sizes[dimension] { return size }
      if case .named(let name, let index) = dimension, name.hasSuffix("+1") {
        return size(.named(String(name.dropLast(2)), index: index)) + 1
      }
      misuse("the dimension \(dimension) has no size")
    }
  }

  /// The number that a coefficient is; every constant in it must be in `constants`.
  public func value(of coefficient: Coefficient) -> Double {
    coefficient.powers.reduce(coefficient.number) { product, power in
      let base: Double
      switch power.base {
      case .dimension(let dimension): base = Double(size(dimension))
      case .constant(let name):
        guard let value = constants[name] else { misuse("the constant \(name) has no value") }
        base = value
      }
      return (0..<abs(power.exponent)).reduce(product) { sum, _ in
        power.exponent > 0 ? sum * base : sum / base
      }
    }
  }

  /// The value of an expression; every symbol in it must have one.
  public func value(of x: Expression) -> Matrix<Double> {
    switch x {
    case .symbol(let symbol):
      guard let value = values[symbol] else { misuse("\(symbol.text) has no value") }
      return value
    case .adjoint(let symbol):
      guard let value = adjoints[symbol] else { misuse("\(symbol.text) has no adjoint") }
      return value
    case .differential(let part): return change(of: part)
    case .ones(let shape): return filled(shape, 1)
    case .zeros(let shape): return filled(shape, 0)
    case .scale(let c, let part):
      let factor = value(of: c)
      return value(of: part).mapped { factor * $0 }
    case .sum(let terms):
      return terms.dropFirst().reduce(value(of: terms[0])) { $0.combined(with: value(of: $1), +) }
    case .hadamard(let factors):
      return factors.dropFirst().reduce(value(of: factors[0])) {
        $0.combined(with: value(of: $1), *)
      }
    case .product(let a, let b): return value(of: a).multiplied(by: value(of: b))
    case .reciprocal(let part): return value(of: part).mapped { 1 / $0 }
    case .transpose(let part): return value(of: part).transposed
    case .map(let function, let part): return value(of: part).mapped(function.value)
    case .mapDerivative(let function, let part):
      guard let derivative = function.derivative(at: part) else { return filled(x.shape, 0) }
      return value(of: derivative)
    case .softmax(let part, let axis):
      return alongRows(value(of: part), axis) { row in
        let largest = row.max() ?? 0
        let powers = row.map { Double.exp($0 - largest) }
        let total = powers.reduce(0, +)
        return powers.map { $0 / total }
      }
    case .logSumExp(let part, let axis):
      return alongRows(value(of: part), axis) { row in
        let largest = row.max() ?? 0
        return [largest + .log(row.reduce(0) { $0 + Double.exp($1 - largest) })]
      }
    case .inner(let a, let b):
      let product = value(of: a).combined(with: value(of: b), *)
      return Matrix([[product.values.reduce(0, +)]])
    case .diagonal(let part):
      let entries = value(of: part).values
      var result = Matrix<Double>(rows: entries.count, columns: entries.count)
      for (i, entry) in entries.enumerated() { result[i, i] = entry }
      return result
    case .appending(let filling, let part, let axis):
      let entry = filling == .ones ? 1.0 : 0
      return alongRows(value(of: part), axis) { $0 + [entry] }
    case .droppingLast(let part, let axis):
      return alongRows(value(of: part), axis) { Array($0.dropLast()) }
    case .opaque(let name, let parts, _):
      guard let function = functions[name] else { misuse("the function \(name) is not given") }
      return function(parts.map { value(of: $0) })
    }
  }

  /// d(x) by differences: what x changes by, to first order, with the variation.
  private func change(of x: Expression) -> Matrix<Double> {
    guard let variation, let start = values[variation.symbol] else {
      misuse("d(…) without a variation")
    }
    if x == .symbol(variation.symbol) { return variation.direction }
    let h = variation.step
    func moved(_ steps: Double) -> Matrix<Double> {
      var other = self
      other.values[variation.symbol] = start.combined(with: variation.direction) {
        $0 + steps * h * $1
      }
      return other.value(of: x)
    }
    let near = moved(1).combined(with: moved(-1), -)
    let far = moved(2).combined(with: moved(-2), -)
    return near.combined(with: far) { (8 * $0 - $1) / (12 * h) }
  }

  private func filled(_ shape: Shape, _ entry: Double) -> Matrix<Double> {
    Matrix(rows: size(shape.rows), columns: size(shape.columns), repeating: entry)
  }

  private func alongRows(
    _ x: Matrix<Double>, _ axis: Expression.Axis, _ change: ([Double]) -> [Double]
  ) -> Matrix<Double> {
    let source = axis == .row ? x : x.transposed
    let rows = (0..<source.rows).map { change(Array(source.row($0))) }
    let result = Matrix(
      rows: rows.count, columns: rows.first?.count ?? 0, values: rows.flatMap { $0 })
    return axis == .row ? result : result.transposed
  }
}

extension Matrix<Double> {
  func mapped(_ change: (Double) -> Double) -> Matrix {
    Matrix(rows: rows, columns: columns, values: values.map(change))
  }

  func combined(with other: Matrix, _ combine: (Double, Double) -> Double) -> Matrix {
    guard rows == other.rows, columns == other.columns else {
      misuse("shapes \(shape) and \(other.shape) differ")
    }
    return Matrix(
      rows: rows, columns: columns, values: zip(values, other.values).map { combine($0, $1) })
  }

  func multiplied(by other: Matrix) -> Matrix {
    guard columns == other.rows else { misuse("product of \(shape) and \(other.shape)") }
    if rows * columns * other.columns > 100_000 { return MatrixEngine().product(self, other) }
    var result = Matrix(rows: rows, columns: other.columns)
    for i in 0..<rows {
      for k in 0..<columns {
        let factor = self[i, k]
        for j in 0..<other.columns { result[i, j] += factor * other[k, j] }
      }
    }
    return result
  }
}

/// Stops the program for a mistake in the program, with a message that says which.
@inline(never)
func misuse(_ message: @autoclosure () -> String) -> Never { fatalError(message()) }
