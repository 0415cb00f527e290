/// Holds the hand-derived gradient of every parameter against finite differences.
///
/// Fourth-order central differences in `Double`:
/// (8(L(w+h) − L(w−h)) − (L(w+2h) − L(w−2h))) / 12h, h = 10⁻³. The error of a tensor is
/// max|analytic − numeric| / max(its largest |entry|, 10⁻³ × the largest of all tensors). A
/// coordinate whose ±2h carries a pre-activation over a kink (ReLU's at 0, see `Activation.kinks`) says
/// nothing: it is left out and counted.
public struct GradientCheck: Sendable, Hashable {
  /// What became of one tensor.
  public struct Leaf: Sendable, Hashable {
    /// `W1`, `b1`, …, or `X`.
    public let name: String
    /// Rows of the tensor; 1 for a bias.
    public let rows: Int
    /// Columns of the tensor.
    public let columns: Int
    /// The coordinates tried, kinks included: all of them, or a sample of a large tensor.
    public let tried: Int
    /// NaN where every coordinate was left out.
    public let relativeError: Double
    /// The entry of the largest error.
    public let worst: Place
    /// The hand-derived gradient there.
    public let analytic: Double
    /// The finite difference there.
    public let numeric: Double
    /// Coordinates left out because of a kink.
    public let kinks: Int
    /// Whether there was something to compare: a leaf that is 0 by both counts, or all kinks, proves
    /// nothing.
    public let isTested: Bool
    /// Whether `relativeError` is below 10⁻⁶.
    public let passed: Bool
  }

  /// An entry of a tensor.
  public struct Place: Sendable, Hashable {
    /// Counted from 0.
    public let row: Int
    /// Counted from 0.
    public let column: Int
  }

  /// How many coordinates of a tensor are tried, where not all of them are.
  public struct Sample: Sendable, Hashable {
    /// The most coordinates of one tensor; a smaller tensor is tried whole.
    public let largest: Int
    /// Which coordinates: a function of (seed, tensor's number and size) alone.
    public let seed: UInt64

    /// 200 coordinates of each tensor unless told otherwise.
    public init(largest: Int = 200, seed: UInt64 = 0) {
      self.largest = largest
      self.seed = seed
    }

    /// The coordinates of tensor number `number`, in order (Floyd's sampling without replacement:
    /// Bentley and Floyd, "A Sample of Brilliance", CACM 30(9), 1987).
    func coordinates(of range: Range<Int>, number: Int) -> [Int] {
      guard range.count > largest else { return Array(range) }
      var stream = RandomStream(
        seed: seed, purpose: .check, index: .max - UInt32(truncatingIfNeeded: number))
      var chosen: Set<Int> = []
      for last in range.count - largest..<range.count {
        let place = stream.index(below: last + 1)
        if !chosen.insert(place).inserted { chosen.insert(last) }
      }
      return chosen.sorted().map { range.lowerBound + $0 }
    }
  }

  /// The parameters in the buffer's order, then the inputs X.
  public let leaves: [Leaf]

  /// Something was tested, and every leaf has passed or has nothing to test.
  public var passed: Bool {
    leaves.allSatisfy { $0.passed || !$0.isTested } && leaves.contains { $0.isTested }
  }
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
  ///   - weights: how much each row counts; nil where each counts once.
  ///   - mode: how `Dropout` and `BatchNormalization` behave.
  ///   - executor: whose gradient is checked.
  ///   - sample: nil tries every coordinate.
  /// - Throws: `PerceptronError` when the loss does not fit the network.
  public init(
    _ model: MLP<Double>, inputs: Matrix<Double>, targets: Matrix<Double>, loss: Loss,
    weights: [Double]? = nil, mode: Mode = .training, executor: Executor = .kernels,
    sample: Sample? = nil
  ) throws {
    let pass = try model.backwardPass(
      inputs: inputs, targets: targets, loss: loss, weights: weights, mode: mode,
      executor: executor)
    var differences = try CentralDifferences(
      model, inputs: inputs, targets: targets, loss: loss, weights: weights, mode: mode,
      executor: .evaluating(model.parameters.count + inputs.values.count))
    let numeric: [NumericDerivative]
    if let sample {
      let tensors = Self.tensors(model, batch: inputs.rows)
      numeric = differences.some(
        tensors.enumerated().flatMap { sample.coordinates(of: $1.1.range, number: $0) })
    } else {
      numeric = differences.all()
    }
    self.init(
      model, analytic: pass.parameterGradient + pass.inputGradient.values, batch: inputs.rows,
      numeric: numeric)
  }

  /// Compares a gradient of the parameters and then the inputs with derivatives by finite
  /// differences.
  init(_ model: MLP<Double>, analytic: [Double], batch: Int, numeric: [NumericDerivative]) {
    let largest = analytic.reduce(0) { max($0, abs($1)) }
    leaves = Self.tensors(model, batch: batch).map { name, tensor in
      Self.leaf(name, tensor, analytic, numeric, largest: largest)
    }
  }

  /// The parameters, and after them the inputs.
  private static func tensors(_ model: MLP<Double>, batch: Int) -> [(String, Parameter)] {
    let input = Parameter(
      layer: -1, role: .weights, rows: batch, columns: model.inputs,
      offset: model.parameters.count)
    return model.architecture.parameters.filter(\.role.isTrained).map { ($0.name, $0) }
      + [("X", input)]
  }

  private static func leaf(
    _ name: String, _ tensor: Parameter, _ analytic: [Double],
    _ numeric: [NumericDerivative], largest: Double
  ) -> Leaf {
    var kinks = 0
    var untried = 0
    var worst = tensor.offset
    var worstError = -1.0
    var own = 0.0
    var numericOwn = 0.0
    for k in tensor.range {
      let derivative: Double
      switch numeric[k] {
      case .value(let value): derivative = value
      case .kink:
        kinks += 1
        continue
      case .untried:
        untried += 1
        // What is no number is wrong without a comparison.
        if analytic[k].isFinite { continue }
        derivative = .nan
      }
      own = max(own, abs(analytic[k]))
      numericOwn = max(numericOwn, abs(derivative))
      let error = abs(analytic[k] - derivative)
      // The first NaN is the worst; the counts go on.
      if !worstError.isNaN, error > worstError || error.isNaN { (worst, worstError) = (k, error) }
    }
    // Differences are exact only to rounding: what is below 10⁻⁹ of the rest counts as 0.
    let isZero = own == 0 && numericOwn <= 1e-9 * max(largest, 1e-300)
    let isTested = worstError.isNaN || (worstError >= 0 && !isZero)
    let scale = max(own, 1e-3 * largest)
    let relative = worstError < 0 ? Double.nan : scale > 0 ? worstError / scale : worstError
    let index = worst - tensor.offset
    return Leaf(
      name: name, rows: tensor.rows, columns: tensor.columns, tried: tensor.count - untried,
      relativeError: relative,
      worst: Place(
        row: index / max(tensor.columns, 1), column: index % max(tensor.columns, 1)),
      analytic: analytic[worst], numeric: value(numeric[worst]), kinks: kinks,
      isTested: isTested, passed: relative < tolerance)
  }

  private static func value(_ derivative: NumericDerivative) -> Double {
    if case .value(let value) = derivative { value } else { .nan }
  }
}
