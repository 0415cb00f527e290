public import Perceptron
public import PerceptronAutodiff

/// A program computed on a tape: the adjoints of everything in it by automatic differentiation.
public struct ProgramTape {
  /// Every symbol of the program that is not constant.
  public let variables: [Symbol: Variable<Double>]
  private let loss: Variable<Double>
  private let tape = Tape<Double>()

  /// - Parameters:
  ///   - program: what is computed.
  ///   - evaluation: the values of the inputs, and the sizes.
  /// - Returns: nil where an operation has no rule on the tape.
  public init?(_ program: Program, _ evaluation: Evaluation) {
    var variables: [Symbol: Variable<Double>] = [:]
    for symbol in program.inputs {
      guard let value = evaluation.values[symbol] else { return nil }
      variables[symbol] = tape.variable(value)
    }
    var computing = Computing(tape: tape, variables: variables, evaluation: evaluation)
    for definition in program.definitions {
      guard let value = computing.value(of: definition.expression) else { return nil }
      computing.variables[definition.symbol] = value
    }
    guard let loss = computing.variables[program.loss] else { return nil }
    self.variables = computing.variables
    self.loss = loss
  }

  /// ∂L/∂(each of these).
  ///
  /// - Throws: `PerceptronError` from the tape.
  public func adjoints(of symbols: [Symbol]) throws -> [Symbol: Matrix<Double>] {
    let known = symbols.compactMap { symbol in variables[symbol].map { (symbol, $0) } }
    let gradients = try tape.gradient(of: loss, at: known.map(\.1))
    return Dictionary(uniqueKeysWithValues: zip(known.map(\.0), gradients))
  }

  /// Expressions as operations of the tape.
  private struct Computing {
    let tape: Tape<Double>
    var variables: [Symbol: Variable<Double>]
    let evaluation: Evaluation

    func value(of x: Expression) -> Variable<Double>? {
      switch x {
      case .symbol(let symbol): return variables[symbol]
      case .adjoint, .differential, .mapDerivative, .opaque: return nil
      case .ones, .zeros: return tape.constant(evaluation.value(of: x))
      case .scale(let c, let part): return value(of: part).map { $0 * evaluation.value(of: c) }
      case .sum(let terms): return folded(terms, +)
      case .hadamard(let factors): return folded(factors, *)
      case .product(let a, let b):
        guard let a = value(of: a), let b = value(of: b) else { return nil }
        return a.product(b)
      case .reciprocal(let part):
        return value(of: part).map { tape.constant(Matrix<Double>([[1]])) / $0 }
      case .transpose(let part): return value(of: part)?.transposed
      case .map(let function, let part): return value(of: part).map { mapped(function, $0) }
      case .softmax(let part, .row): return value(of: part).map { $0.softmax }
      case .softmax(let part, .column):
        return value(of: part).map { $0.transposed.softmax.transposed }
      case .logSumExp(let part, .row):
        return value(of: part).map { $0.logSumExp }
      case .logSumExp(let part, .column):
        return value(of: part).map { $0.transposed.logSumExp.transposed }
      case .inner(let a, let b):
        guard let a = value(of: a), let b = value(of: b) else { return nil }
        return (a * b).sum()
      case .diagonal(let part):
        // diag(a) = (1 a) ⊙ I
        let entries = part.shape.columns == .one ? Expression.transpose(part) : part
        guard let row = value(of: entries) else { return nil }
        let size = row.value.columns
        var identity = Matrix<Double>(rows: size, columns: size)
        for i in 0..<size { identity[i, i] = 1 }
        return tape.constant(identity) * row
      case .appending(let filling, let part, let axis):
        guard let inner = value(of: part) else { return nil }
        let entry = filling == .ones ? 1.0 : 0
        return axis == .row
          ? concatenate(columns: [
            inner, tape.constant(Matrix(rows: inner.value.rows, columns: 1, repeating: entry)),
          ])
          : concatenate(rows: [
            inner, tape.constant(Matrix(rows: 1, columns: inner.value.columns, repeating: entry)),
          ])
      case .droppingLast(let part, let axis):
        guard let inner = value(of: part) else { return nil }
        let (rows, columns) = (inner.value.rows, inner.value.columns)
        return axis == .row
          ? inner.slice(rows: 0..<rows, columns: 0..<columns - 1)
          : inner.slice(rows: 0..<rows - 1, columns: 0..<columns)
      }
    }

    private func folded(
      _ parts: [Expression], _ combine: (Variable<Double>, Variable<Double>) -> Variable<Double>
    ) -> Variable<Double>? {
      let values = parts.compactMap { value(of: $0) }
      guard values.count == parts.count else { return nil }
      return values.dropFirst().reduce(values[0], combine)
    }

    private func mapped(_ function: Function, _ x: Variable<Double>) -> Variable<Double> {
      switch function {
      case .log: PerceptronAutodiff.log(x)
      case .absolute: PerceptronAutodiff.abs(x)
      case .square: x * x
      case .squareRoot: squareRoot(x)
      case .normalDistribution: PerceptronAutodiff.normalDistribution(x)
      case .normalDensity: PerceptronAutodiff.normalDensity(x)
      case .logCosh:
        PerceptronAutodiff.abs(x) + PerceptronAutodiff.softplus(PerceptronAutodiff.abs(x) * -2)
          - 0x1.62e42fefa39efp-1
      case .timesLog:
        // ln 1 where x is 0.
        x * PerceptronAutodiff.log(x + tape.constant(x.value.mapped { $0 == 0 ? 1 : 0 }))
      case .step, .sign, .signum:
        tape.constant(x.value.mapped(function.value))
      case .exp, .tanh, .sigmoid, .softplus, .relu, .leakyReLU, .elu, .selu, .gelu, .geluTanh,
        .silu, .mish, .softsign, .hardSigmoid, .hardTanh, .hardSwish, .relu6:
        function.activation.map { activation($0, x) } ?? x
      }
    }
  }
}
