/// What finite differences say about one coordinate.
enum NumericDerivative: Sendable, Hashable {
  case value(Double)
  /// Moving the coordinate carries a pre-activation over a kink: nothing is said.
  case kink
  /// Not among the coordinates tried.
  case untried
}

/// Derivatives of the loss by finite differences, one coordinate at a time, from the forward
/// operations alone:
/// (8(L(w+h) − L(w−h)) − (L(w+2h) − L(w−2h))) / 12h, h = 10⁻³, with an error of order h⁴.
///
/// Source: Abramowitz and Stegun, Handbook of Mathematical Functions, 25.3.6 (five points).
struct CentralDifferences: ~Copyable {
  private let step = 1e-3
  private let runner: PlanRunner<Double>
  private let model: MLP<Double>
  private var inputs: Matrix<Double>
  private let targets: Matrix<Double>
  private let weights: [Double]?
  private let lossOfSides: Loss?
  /// The pre-activations with kinks, and how many of them each is beyond where nothing is moved.
  private let kinked: [(operand: Operand, kinks: [Double])]
  private var sides: [Int] = []
  /// The same of the loss's own kinks, element by element.
  private var lossSides: [Int] = []

  /// - Parameter executor: who runs the forward operations.
  init(
    _ model: MLP<Double>, inputs: Matrix<Double>, targets: Matrix<Double>, loss: Loss,
    weights: [Double]? = nil, mode: Mode = .training, executor: Executor = .plain
  ) throws {
    let plan = Plan(
      model.architecture, .evaluate(loss), largestBatch: inputs.rows, keepsEverything: true,
      hasSampleWeights: weights != nil, mode: mode)
    let runner = try PlanRunner<Double>(plan, executor: executor, threads: .exactly(1))
    runner.workspace.write(model.parameters, to: .parameters)
    self.runner = runner
    self.model = model
    self.inputs = inputs
    self.targets = targets
    self.weights = weights
    lossOfSides = loss.hasKinks ? loss : nil
    kinked = zip(plan.layers, model.architecture.layers).compactMap { values, layer in
      let kinks = layer.kinks
      return kinks.isEmpty ? nil : (values.preActivation, kinks)
    }
    self.runner.run(inputs, targets, weights)
    for (operand, kinks) in kinked {
      sides += self.runner.workspace.matrix(operand, batch: inputs.rows).values.map {
        Self.side($0, kinks)
      }
    }
    lossSides = currentLossSides()
  }

  /// ∂L/∂(every parameter, then every input).
  mutating func all() -> [NumericDerivative] {
    (0..<model.parameters.count + inputs.values.count).map { derivative($0) }
  }

  /// As `all()`, of the coordinates given; the others are not tried.
  mutating func some(_ coordinates: [Int]) -> [NumericDerivative] {
    var result = [NumericDerivative](
      repeating: .untried, count: model.parameters.count + inputs.values.count)
    for k in coordinates { result[k] = derivative(k) }
    return result
  }

  private mutating func derivative(_ k: Int) -> NumericDerivative {
    var values: [Double] = []
    for shift in [step, -step, 2 * step, -2 * step] {
      values.append(loss(k, shift: shift))
      guard isOnTheSameSides() else { return .kink }
    }
    return .value((8 * (values[0] - values[1]) - (values[2] - values[3])) / (12 * step))
  }

  /// L with coordinate k moved by `shift`.
  private mutating func loss(_ k: Int, shift: Double) -> Double {
    let parameters = model.parameters.count
    if k < parameters {
      let base = runner.workspace.memory.base(.parameters)
      base[k] = model.parameters[k] + shift
      defer { base[k] = model.parameters[k] }
      return runner.run(inputs, targets, weights)
    }
    let original = inputs.values[k - parameters]
    inputs.values[k - parameters] = original + shift
    defer { inputs.values[k - parameters] = original }
    return runner.run(inputs, targets, weights)
  }

  private static func side(_ value: Double, _ kinks: [Double]) -> Int {
    kinks.reduce(0) { $0 + (value > $1 ? 1 : 0) }
  }

  /// Whether the last run left every pre-activation with kinks on its side of them.
  private func isOnTheSameSides() -> Bool {
    var place = 0
    for (operand, kinks) in kinked {
      for value in runner.workspace.matrix(operand, batch: inputs.rows).values {
        if Self.side(value, kinks) != sides[place] { return false }
        place += 1
      }
    }
    return currentLossSides() == lossSides
  }

  private func currentLossSides() -> [Int] {
    guard let lossOfSides else { return [] }
    let outputs = runner.workspace.matrix(runner.plan.output, batch: inputs.rows)
    return zip(outputs.values, targets.values).map { lossOfSides.side(output: $0, target: $1) }
  }
}

extension Layer {
  /// Where its slope jumps.
  fileprivate var kinks: [Double] { if case .prelu = self { [0] } else { activation.kinks } }
}

extension Executor {
  /// Who computes the losses for so many coordinates: the plain loops, which share least with what is
  /// checked, up to 4,000, a matter of seconds; beyond that the kernels, which give the same bits.
  static func evaluating(_ coordinates: Int) -> Executor {
    coordinates > 4000 ? .kernels : .plain
  }
}
