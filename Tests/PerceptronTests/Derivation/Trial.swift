import Perceptron
import PerceptronDerivation
import Testing

/// A network with numbers, on which what a text says is computed as it is written.
///
/// What is right is asked of central differences of the forward pass alone, not of the formulas that
/// are held against the text's.
struct Trial {
  let network: NetworkProgram
  let numbers: NetworkNumbers

  init(
    _ model: MLP<Double>, inputs: Matrix<Double>, targets: Matrix<Double>, loss: Loss,
    layout: Layout = .rows, biasForm: BiasForm = .separate
  ) throws {
    network = try NetworkProgram(
      model.architecture, objective: .loss(loss), rows: inputs.rows, layout: layout,
      biasForm: biasForm)
    numbers = try NetworkNumbers(
      network, Derivation(network.program), model: model, inputs: inputs, targets: targets)
    try #require(numbers.disagreement == nil)
    try #require(numbers.checks.values.allSatisfy { $0.kinks == 0 }, "a kink is in the way")
  }

  /// Parameters and rows drawn from a seed.
  init(
    inputs: Int, _ layers: [(units: Int, activation: Activation)], loss: Loss, rows: Int,
    layout: Layout = .rows, biasForm: BiasForm = .separate, seed: UInt64 = 1
  ) throws {
    let model = try Draw.network(inputs: inputs, layers, seed: seed, as: Double.self)
    try self.init(
      model, inputs: Draw.normal(rows: rows, columns: inputs, seed: seed + 1),
      targets: Draw.targets(for: loss, rows: rows, columns: model.outputs, seed: seed + 2),
      loss: loss, layout: layout, biasForm: biasForm)
  }

  var evaluation: Evaluation { numbers.evaluation }
  var loss: Double { evaluation.value(of: .symbol(network.program.loss)).values[0] }

  func x() -> Expression { .symbol(network.inputs) }
  func t() -> Expression { .symbol(network.targets) }
  /// W, Z, A of a layer, counted from 1, and their adjoints.
  func w(_ layer: Int) -> Expression { .symbol(symbols(layer).weights) }
  func z(_ layer: Int) -> Expression { .symbol(symbols(layer).preActivation) }
  func a(_ layer: Int) -> Expression { .symbol(symbols(layer).activation) }
  func zBar(_ layer: Int) -> Expression { .adjoint(symbols(layer).preActivation) }
  func aBar(_ layer: Int) -> Expression { .adjoint(symbols(layer).activation) }
  func symbols(_ layer: Int) -> NetworkProgram.LayerSymbols { network.layers[layer - 1] }

  /// How far a claim about ∂L/∂V is from central differences, relative to the largest entry;
  /// infinite when it has another shape.
  func error(_ claim: Expression, of symbol: Symbol) -> Double {
    let slopes = evaluation.differences(of: symbol, network.program).values
    return relativeError(evaluation.value(of: claim), slopes)
  }
}

/// max|a − b| / max|b|, infinite when shapes differ.
func relativeError(_ a: Matrix<Double>, _ b: Matrix<Double>) -> Double {
  guard a.rows == b.rows, a.columns == b.columns else { return .infinity }
  let gap = zip(a.values, b.values).map { abs($0 - $1) }.max() ?? 0
  return gap / (b.values.map(abs).max() ?? 1)
}

/// What the library says to `symbol = expression`; nil when the shapes fit.
func refusal(_ symbol: Symbol, _ expression: Expression) -> String? {
  do {
    _ = try Program(
      inputs: expression.symbols,
      definitions: [
        .init(symbol, expression),
        .init(Symbol("L", nil, .scalar, .value), Expression.symbol(symbol).total),
      ])
    return nil
  } catch {
    return (error as? PerceptronError)?.message ?? "\(error)"
  }
}
