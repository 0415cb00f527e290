/// Holds the hand-derived gradient of every parameter against finite differences.
///
/// Fourth-order central differences in `Double`:
/// (8(L(w+h) − L(w−h)) − (L(w+2h) − L(w−2h))) / 12h, h = 10⁻³. The error of a tensor is
/// max|analytic − numeric| / max(its largest |entry|, 10⁻³ × the largest of all tensors). A
/// coordinate whose ±2h changes the sign of a pre-activation with a kink (ReLU at 0) says nothing:
/// it is left out and counted.
public struct GradientCheck: Sendable, Hashable {
  /// What became of one tensor.
  public struct Leaf: Sendable, Hashable {
    /// `W1`, `b1`, …, or `X`.
    public let name: String
    public let rows: Int
    public let columns: Int
    /// NaN where every coordinate was left out.
    public let relativeError: Double
    /// The entry of the largest error.
    public let worst: Place
    public let analytic: Double
    public let numeric: Double
    /// Coordinates left out because of a kink.
    public let kinks: Int
    /// Whether there was something to compare: a leaf that is 0 by both counts, or all kinks, proves
    /// nothing.
    public let isTested: Bool
    public let passed: Bool
  }

  /// An entry of a tensor.
  public struct Place: Sendable, Hashable {
    public let row: Int
    public let column: Int
  }

  public let leaves: [Leaf]

  /// Every leaf has passed, or has nothing to test.
  public var passed: Bool { leaves.allSatisfy { $0.passed || !$0.isTested } }
  /// Whether a leaf has no entry but 0.
  public var hasUntestedLeaf: Bool { leaves.contains { !$0.isTested } }
  /// The largest error of a leaf that was tested; NaN if one has a NaN.
  public var maximumRelativeError: Double {
    leaves.filter(\.isTested).map(\.relativeError).reduce(0) { $1.isNaN || $1 > $0 ? $1 : $0 }
  }

  /// The relative error a leaf must stay below.
  public static let tolerance = 1e-6

  /// Checks every parameter, and the gradient of the inputs.
  ///
  /// - Parameters:
  ///   - model: the network.
  ///   - inputs: X `[m × n₀]`.
  ///   - targets: T `[m × n_L]`.
  ///   - loss: L.
  ///   - executor: whose gradient is checked.
  /// - Throws: `PerceptronError` when the loss does not fit the network.
  public init(
    _ model: MLP<Double>, inputs: Matrix<Double>, targets: Matrix<Double>, loss: Loss,
    executor: Executor = .kernels
  ) throws {
    let pass = try model.backwardPass(
      inputs: inputs, targets: targets, loss: loss, executor: executor)
    var differences = try CentralDifferences(model, inputs: inputs, targets: targets, loss: loss)
    self.init(
      model, analytic: pass.parameterGradient + pass.inputGradient.values, batch: inputs.rows,
      numeric: differences.all())
  }

  /// Compares a gradient of the parameters and then the inputs with derivatives by finite
  /// differences, nil at kinks.
  init(_ model: MLP<Double>, analytic: [Double], batch: Int, numeric: [Double?]) {
    let input = Parameter(
      layer: -1, role: .weights, rows: batch, columns: model.inputs,
      offset: model.parameters.count)
    let tensors = model.architecture.parameters.map { ($0.name, $0) } + [("X", input)]
    let largest = analytic.reduce(0) { max($0, abs($1)) }
    leaves = tensors.map { name, tensor in
      Self.leaf(name, tensor, analytic, numeric, largest: largest)
    }
  }

  private static func leaf(
    _ name: String, _ tensor: Parameter, _ analytic: [Double], _ numeric: [Double?],
    largest: Double
  ) -> Leaf {
    var kinks = 0
    var worst = tensor.offset
    var worstError = -1.0
    var own = 0.0
    var numericOwn = 0.0
    for k in tensor.range {
      guard let derivative = numeric[k] else {
        kinks += 1
        continue
      }
      own = max(own, abs(analytic[k]))
      numericOwn = max(numericOwn, abs(derivative))
      let error = abs(analytic[k] - derivative)
      if error > worstError || error.isNaN { (worst, worstError) = (k, error) }
      if error.isNaN { break }
    }
    // Differences are exact only to rounding: what is below 10⁻⁹ of the rest counts as 0.
    let isZero = own == 0 && numericOwn <= 1e-9 * max(largest, 1e-300)
    let isTested = worstError.isNaN || (worstError >= 0 && !isZero)
    let scale = max(own, 1e-3 * largest)
    let relative = worstError < 0 ? Double.nan : scale > 0 ? worstError / scale : worstError
    let index = worst - tensor.offset
    return Leaf(
      name: name, rows: tensor.rows, columns: tensor.columns, relativeError: relative,
      worst: Place(
        row: index / max(tensor.columns, 1), column: index % max(tensor.columns, 1)),
      analytic: analytic[worst], numeric: numeric[worst] ?? .nan, kinks: kinks,
      isTested: isTested, passed: relative < tolerance)
  }
}

/// Derivatives of the loss by finite differences, one coordinate at a time, from the forward
/// operations alone, run by the plain executor.
struct CentralDifferences: ~Copyable {
  private let step = 1e-3
  private let runner: PlanRunner<Double>
  private let model: MLP<Double>
  private var inputs: Matrix<Double>
  private let targets: Matrix<Double>

  init(
    _ model: MLP<Double>, inputs: Matrix<Double>, targets: Matrix<Double>, loss: Loss
  ) throws {
    let plan = Plan(
      model.architecture, .evaluate(loss), largestBatch: inputs.rows, keepsEverything: true)
    let runner = try PlanRunner<Double>(plan, executor: .plain)
    runner.workspace.write(model.parameters, to: .parameters)
    self.runner = runner
    self.model = model
    self.inputs = inputs
    self.targets = targets
  }

  /// ∂L/∂(every parameter, then every input); nil at a kink.
  mutating func all() -> [Double?] {
    var result: [Double?] = []
    for k in 0..<model.parameters.count + inputs.values.count { result.append(derivative(k)) }
    return result
  }

  private mutating func derivative(_ k: Int) -> Double? {
    _ = loss(k, shift: 0)
    let sides = sides()
    var values: [Double] = []
    for shift in [step, -step, 2 * step, -2 * step] {
      values.append(loss(k, shift: shift))
      if self.sides() != sides { return nil }
    }
    return (8 * (values[0] - values[1]) - (values[2] - values[3])) / (12 * step)
  }

  /// L with coordinate k moved by `shift`.
  private mutating func loss(_ k: Int, shift: Double) -> Double {
    let parameters = model.parameters.count
    if k < parameters {
      let base = runner.workspace.memory.base(.parameters)
      base[k] = model.parameters[k] + shift
      defer { base[k] = model.parameters[k] }
      return runner.run(inputs, targets)
    }
    let original = inputs.values[k - parameters]
    inputs.values[k - parameters] = original + shift
    defer { inputs.values[k - parameters] = original }
    return runner.run(inputs, targets)
  }

  /// On which side of the kink every pre-activation with one was in the last run.
  private func sides() -> [Bool] {
    var result: [Bool] = []
    for (index, layer) in runner.plan.layers.enumerated()
    where model.architecture.layers[index].activation.hasKinkAtZero {
      result += runner.workspace.matrix(layer.preActivation, batch: inputs.rows).values.map {
        $0 > 0
      }
    }
    return result
  }
}
