public import Perceptron
import PerceptronAutodiff

/// How far a derived adjoint is from what else computes it, each on the scale of a gradient check:
/// max|difference| / max(largest entry of that adjoint, 10⁻³ × largest of all).
public struct AdjointCheck: Sendable, Hashable {
  /// Against central differences; nil where every entry stands at a kink.
  public let numeric: Double?
  /// Entries that were left out because 2h reaches over a kink.
  public let kinks: Int
  /// Against automatic differentiation; nil where the tape has no rule.
  public let tape: Double?
  /// Against the hand-derived pass that training runs; nil for what that pass never computes.
  public let trainingStep: Double?

  /// What `numeric` must stay below.
  public static let numericTolerance = 1e-6
  /// What `tape` and `trainingStep` must stay below: both are exact but for rounding.
  public static let exactTolerance = 1e-10

  /// Whether everything there is agrees.
  public var passed: Bool {
    (numeric.map { $0 < Self.numericTolerance } ?? true)
      && (tape.map { $0 < Self.exactTolerance } ?? true)
      && (trainingStep.map { $0 < Self.exactTolerance } ?? true)
  }
}

/// A network program with numbers: values, derived adjoints, and what they are checked against.
public struct NetworkNumbers: Sendable {
  /// The program.
  public let network: NetworkProgram
  /// Of the program.
  public let derivation: Derivation
  /// The parameters.
  public let model: MLP<Double>
  /// X `[m × n₀]` and T `[m × n_L]`, one example a row whatever the layout.
  public let inputs: Matrix<Double>
  /// T `[m × n_L]`, one example a row whatever the layout.
  public let targets: Matrix<Double>
  /// s, a weight for each row; nil where each counts once.
  public let weights: [Double]?
  /// Values and derived adjoints, in the program's layout.
  public let evaluation: Evaluation
  /// For every adjoint, what its formula was compared with.
  public let checks: [Symbol: AdjointCheck]
  /// Every line of the derivation, compared with the one above it.
  public let lines: StepCheck
  /// The loss of the training step's own pass; nil where training does not know the loss.
  public let trainingLoss: Double?

  /// - Parameters:
  ///   - network: the program, for the model's architecture and this number of rows.
  ///   - derivation: of the program.
  ///   - model: the parameters.
  ///   - inputs: X `[m × n₀]`.
  ///   - targets: T `[m × n_L]`.
  ///   - weights: s, m numbers, where the program has weights of rows.
  ///   - seed: of the directions in which lines are checked.
  /// - Throws: `PerceptronError` when shapes do not fit.
  public init(
    _ network: NetworkProgram, _ derivation: Derivation, model: MLP<Double>,
    inputs: Matrix<Double>, targets: Matrix<Double>, weights: [Double]? = nil, seed: UInt64 = 0
  ) throws {
    self.network = network
    self.derivation = derivation
    self.model = model
    self.inputs = inputs
    self.targets = targets
    self.weights = weights
    let evaluation = try Self.evaluation(
      network, derivation, model, inputs, targets, weights)
    self.evaluation = evaluation
    lines = StepCheck(derivation, evaluation, seed: seed)

    let pass = try network.objective.loss.map {
      try model.backwardPass(
        inputs: inputs, targets: targets, loss: $0, weights: weights, mode: network.mode)
    }
    trainingLoss = pass?.loss
    let trained = pass.map { network.adjoints(of: $0) } ?? [:]
    let symbols = derivation.adjoints.map(\.symbol)
    let taped = try ProgramTape(network.program, evaluation)?.adjoints(of: symbols) ?? [:]
    let largest = evaluation.adjoints.values.map(\.largest).max() ?? 0
    var checks: [Symbol: AdjointCheck] = [:]
    for symbol in symbols {
      guard let derived = evaluation.adjoints[symbol] else { continue }
      let scale = max(derived.largest, 1e-3 * largest)
      let tried = Self.tried(derived.values.count, of: network, rows: inputs.rows, seed: seed)
      // A steep function needs a smaller step; a wrong formula is wrong with every one.
      var (numeric, kinks): (Double?, Int) = (nil, 0)
      for step in [1e-3, 1e-4, 1e-5] where (numeric ?? 1) >= AdjointCheck.numericTolerance {
        let (differences, crossed) = evaluation.differences(
          of: symbol, network.program, step: step, entries: tried)
        let left = Set(tried.map { Set(derived.values.indices).subtracting($0) } ?? [])
          .union(crossed)
        if left.count < derived.values.count {
          let error = derived.error(to: differences, scale: scale, without: left)
          guard error < numeric ?? .infinity || error.isNaN else { continue }
          numeric = error
        }
        kinks = crossed.count
      }
      checks[symbol] = AdjointCheck(
        numeric: numeric, kinks: kinks,
        tape: taped[symbol].map { derived.error(to: $0, scale: scale) },
        trainingStep: trained[symbol].map { derived.error(to: $0, scale: scale) })
    }
    self.checks = checks
  }

  /// Values and adjoints.
  ///
  /// - Parameter step: whose dropout masks are taken: 0 for a pass by itself, 1 for the first step of
  ///   a training.
  static func evaluation(
    _ network: NetworkProgram, _ derivation: Derivation, _ model: MLP<Double>,
    _ inputs: Matrix<Double>, _ targets: Matrix<Double>, _ weights: [Double]?, step: UInt64 = 0
  ) throws -> Evaluation {
    let expected = network.compared.rowWeights == nil ? nil : targets.rows
    guard weights?.count == expected else {
      throw PerceptronError(
        .dataset,
        "there are \(weights?.count ?? 0) weights of rows, not \(expected ?? 0)")
    }
    let layout = network.layout
    var given = [
      network.inputs: layout.turned(inputs), network.targets: layout.turned(targets),
    ]
    given.merge(network.parameters(of: model)) { $1 }
    given.merge(network.masks(rows: inputs.rows, step: step)) { $1 }
    for (symbol, row) in network.compared.numbers { given[symbol] = layout.turned(row) }
    if let symbol = network.compared.rowWeights, let weights {
      given[symbol] = layout.turned(Matrix(rows: weights.count, columns: 1, values: weights))
    }
    var constants = network.constants
    constants[ComparedTargets.weight] = network.objective.loss?.weight(
      of: targets, rowWeights: weights)
    var evaluation = try Evaluation(
      network.program, inputs: given, sizes: network.sizes(rows: inputs.rows),
      constants: constants)
    evaluation.addAdjoints(of: derivation)
    return evaluation
  }

  /// The entries of an adjoint that differences try: all of them, or a sample where all adjoints
  /// together would take more than a second or so.
  private static func tried(
    _ count: Int, of network: NetworkProgram, rows: Int, seed: UInt64
  ) -> [Int]? {
    let work =
      4 * network.architecture.operationsPerStep(rows: rows) * network.program.symbols.count
    let affordable = max(200_000_000 / max(work, 1), 2)
    guard count > affordable else { return nil }
    var stream = RandomStream(seed: seed, purpose: .check)
    return (0..<affordable).map { _ in stream.index(below: count) }
  }

  /// The first thing that disagrees, in words; nil when all agrees.
  public var disagreement: String? {
    if let disagreement = lines.disagreement { return disagreement }
    let derivedLoss = evaluation.values[network.program.loss]?.values[0] ?? .nan
    if let trainingLoss, !(abs(derivedLoss - trainingLoss) <= 1e-10 * max(1, abs(trainingLoss))) {
      return "the loss is \(derivedLoss), the training step computes \(trainingLoss)"
    }
    for adjoint in derivation.adjoints where adjoint.formula != nil {
      guard let check = checks[adjoint.symbol], !check.passed else { continue }
      func text(_ error: Double?) -> String { error.map { "\($0)" } ?? "none" }
      return "the formula of the adjoint of \(adjoint.symbol.text) disagrees: relative errors "
        + "\(text(check.numeric)) (differences), \(text(check.tape)) (tape), "
        + "\(text(check.trainingStep)) (training step)"
    }
    return nil
  }
}

extension NetworkProgram {
  /// The weights in this layout, with a bias that is given as their last row or column.
  func augmented(_ weights: Matrix<Double>, _ bias: Matrix<Double>?) -> Matrix<Double> {
    guard let bias else { return layout.turned(weights: weights) }
    let stacked = Matrix(
      rows: weights.rows + 1, columns: weights.columns, values: weights.values + bias.values)
    return layout.turned(weights: stacked)
  }

  /// A tensor of the library as it stands here.
  ///
  /// - Parameter own: the layer's tensors by role.
  private func turned(
    _ tensor: LayerSymbols.Tensor, of layer: LayerSymbols,
    _ own: (Parameter.Role) -> Matrix<Double>?
  ) -> Matrix<Double>? {
    guard let matrix = own(tensor.role) else { return nil }
    guard tensor.role == .weights else { return layout.turned(matrix) }
    return augmented(matrix, layer.bias == nil ? own(.bias) : nil)
  }

  /// A model's parameters and running statistics as the program's symbols, in this layout.
  func parameters(of model: MLP<Double>) -> [Symbol: Matrix<Double>] {
    var values: [Symbol: Matrix<Double>] = [:]
    for (index, layer) in layers.enumerated() {
      for tensor in layer.tensors {
        values[tensor.symbol] = turned(tensor, of: layer) { role in
          model.architecture.parameters.first { $0.layer == index && $0.role == role }.map {
            Matrix(
              rows: $0.rows, columns: $0.columns, values: Array(model.parameters[$0.range]))
          }
        }
      }
    }
    return values
  }

  /// M of every dropout in a step, in this layout.
  func masks(rows: Int, step: UInt64) -> [Symbol: Matrix<Double>] {
    var masks: [Symbol: Matrix<Double>] = [:]
    for (index, layer) in layers.enumerated() {
      guard let mask = layer.mask, case .dropout(let dropout) = layer.layer else { continue }
      masks[mask] = layout.turned(
        dropout.mask(rows: rows, columns: architecture.widths[index], layer: index, step: step))
    }
    return masks
  }

  /// What the training step's pass says of the symbols' adjoints, in this layout.
  func adjoints(of pass: BackwardPass<Double>) -> [Symbol: Matrix<Double>] {
    var adjoints = [inputs: layout.turned(pass.inputGradient)]
    for (symbols, layer) in zip(layers, pass.layers) {
      for tensor in symbols.tensors where tensor.role.isTrained {
        adjoints[tensor.symbol] = turned(tensor, of: symbols) { layer.gradient(of: $0) }
      }
      if symbols.layer.isDense {
        adjoints[symbols.preActivation] = layout.turned(layer.preActivationGradient)
      }
      if let gradient = layer.outputGradient {
        adjoints[symbols.activation] = layout.turned(gradient)
      }
    }
    return adjoints
  }
}

extension Matrix<Double> {
  /// The largest absolute entry; NaN if there is one.
  var largest: Double {
    values.reduce(0) { abs($1) > $0 || $1.isNaN ? abs($1) : $0 }
  }

  /// max|self − other| / scale, without some entries; infinite when shapes differ.
  func error(to other: Matrix, scale: Double, without left: Set<Int> = []) -> Double {
    guard rows == other.rows, columns == other.columns else { return .infinity }
    var worst = 0.0
    for k in values.indices where !left.contains(k) {
      let difference = abs(values[k] - other.values[k])
      if difference > worst || difference.isNaN { worst = difference }
    }
    return scale > 0 ? worst / scale : worst
  }
}
