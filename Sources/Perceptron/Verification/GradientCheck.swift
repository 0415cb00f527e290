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
    /// Row and column of the worst entry.
    public let worst: (row: Int, column: Int)
    public let analytic: Double
    public let numeric: Double
    /// Coordinates left out because of a kink.
    public let kinks: Int
    /// Whether the tensor has an entry that is not 0: a leaf of zeros proves nothing.
    public let isTested: Bool
    public let passed: Bool

    public static func == (a: Leaf, b: Leaf) -> Bool {
      a.name == b.name && a.relativeError == b.relativeError && a.worst == b.worst
        && a.kinks == b.kinks && a.passed == b.passed
    }
    public func hash(into hasher: inout Hasher) { hasher.combine(name) }
  }

  public let leaves: [Leaf]

  /// Every leaf has passed, or has nothing to test.
  public var passed: Bool { leaves.allSatisfy { $0.passed || !$0.isTested } }
  /// Whether a leaf has no entry but 0.
  public var hasUntestedLeaf: Bool { leaves.contains { !$0.isTested } }
  public var maximumRelativeError: Double { leaves.map(\.relativeError).max() ?? 0 }

  /// The relative error a leaf must stay below.
  public static let tolerance = 1e-6

  /// Checks every parameter, and the gradient of the inputs.
  ///
  /// - Parameters:
  ///   - executor: whose gradient is checked.
  ///   - perturbing: changes the analytic gradient before it is compared; tests use it to see the
  ///     check fail.
  /// - Throws: `PerceptronError` when the loss does not fit the network.
  public init(
    _ model: MLP<Double>, inputs: Matrix<Double>, targets: Matrix<Double>, loss: Loss,
    executor: Executor = .kernels, perturbing: (inout [Double]) -> Void = { _ in }
  ) throws {
    let pass = try model.backwardPass(
      inputs: inputs, targets: targets, loss: loss, executor: executor)
    var analytic = pass.parameterGradient + pass.inputGradient.values
    perturbing(&analytic)
    let differences = try CentralDifferences(
      model, inputs: inputs, targets: targets, loss: loss)
    let input = Parameter(
      layer: -1, role: .weights, rows: inputs.rows, columns: inputs.columns,
      offset: model.parameters.count)
    let tensors = model.architecture.parameters.map { ($0.name, $0) } + [("X", input)]
    let largest = analytic.reduce(0) { max($0, abs($1)) }
    leaves = tensors.map { name, tensor in
      Self.leaf(name, tensor, analytic, differences, largest: largest)
    }
  }

  private static func leaf(
    _ name: String, _ tensor: Parameter, _ analytic: [Double], _ differences: CentralDifferences,
    largest: Double
  ) -> Leaf {
    var kinks = 0
    var worst = tensor.offset
    var worstError = -1.0
    var worstNumeric = Double.nan
    for k in tensor.range {
      guard let numeric = differences.derivative(k) else {
        kinks += 1
        continue
      }
      let error = abs(analytic[k] - numeric)
      if error > worstError || error.isNaN {
        (worst, worstError, worstNumeric) = (k, error, numeric)
        if error.isNaN { break }
      }
    }
    let own = tensor.range.reduce(0.0) { max($0, abs(analytic[$1])) }
    let scale = max(own, 1e-3 * largest)
    let relative = worstError < 0 ? Double.nan : scale > 0 ? worstError / scale : worstError
    let index = worst - tensor.offset
    return Leaf(
      name: name, rows: tensor.rows, columns: tensor.columns, relativeError: relative,
      worst: (index / max(tensor.columns, 1), index % max(tensor.columns, 1)),
      analytic: analytic[worst], numeric: worstNumeric, kinks: kinks,
      isTested: own > 0 && worstError >= 0, passed: relative < tolerance)
  }
}

/// Derivatives of the loss by finite differences, one coordinate at a time.
struct CentralDifferences {
  private let step = 1e-3
  private let evaluator: LossProbe

  init(
    _ model: MLP<Double>, inputs: Matrix<Double>, targets: Matrix<Double>, loss: Loss
  ) throws {
    evaluator = try LossProbe(model, inputs: inputs, targets: targets, loss: loss)
  }

  /// ∂L/∂(coordinate k of the parameters, then of the inputs); nil at a kink.
  func derivative(_ k: Int) -> Double? {
    let signs = evaluator.kinkSigns(k, shift: 0)
    var values: [Double] = []
    for shift in [step, -step, 2 * step, -2 * step] {
      values.append(evaluator.loss(k, shift: shift))
      if evaluator.signs() != signs { return nil }
    }
    return (8 * (values[0] - values[1]) - (values[2] - values[3])) / (12 * step)
  }
}

/// The loss as a function of one coordinate, computed by the plain executor from the forward
/// operations alone.
final class LossProbe {
  private var runner: PlanRunner<Double>
  private let model: MLP<Double>
  private var inputs: Matrix<Double>
  private let targets: Matrix<Double>

  init(
    _ model: MLP<Double>, inputs: Matrix<Double>, targets: Matrix<Double>, loss: Loss
  ) throws {
    let plan = Plan(
      model.architecture, .evaluate(loss), largestBatch: inputs.rows, keepsEverything: true)
    runner = try PlanRunner(plan, executor: .plain)
    runner.workspace.write(model.parameters, to: .parameters)
    self.model = model
    self.inputs = inputs
    self.targets = targets
  }

  /// L with coordinate k moved by `shift`.
  func loss(_ k: Int, shift: Double) -> Double {
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
  func signs() -> [Bool] {
    var result: [Bool] = []
    for (index, layer) in runner.plan.layers.enumerated()
    where model.architecture.layers[index].activation.hasKinkAtZero {
      result += runner.workspace.matrix(layer.preActivation, batch: inputs.rows).values.map {
        $0 > 0
      }
    }
    return result
  }

  func kinkSigns(_ k: Int, shift: Double) -> [Bool] {
    _ = loss(k, shift: shift)
    return signs()
  }
}
