public import Perceptron

/// The gradient of every parameter and of the inputs, three ways: hand-derived (the training step),
/// taped, and by central differences.
public struct ThreeWayCheck: Sendable, Hashable {
  /// The hand-derived gradient against central differences, leaf by leaf.
  public let numeric: GradientCheck
  /// For every leaf, in the same order, max|hand-derived − taped| on the scale that `numeric` uses.
  public let tapeErrors: [Double]
  /// The Hessian times a random direction: the tape's against differences of the hand-derived
  /// gradient, relative to its largest entry; nil unless asked for.
  public let secondOrderError: Double?

  /// Hand-derived and taped gradients agree to rounding: ten digits at least.
  public static let tapeTolerance = 1e-10
  /// What differences of gradients can confirm of a Hessian.
  public static let secondOrderTolerance = 1e-6

  /// Every leaf agrees with the tape and, where there is something to compare, with the differences.
  public var passed: Bool {
    numeric.passed && tapeErrors.allSatisfy { $0 < Self.tapeTolerance }
      && secondOrderError.map { $0 < Self.secondOrderTolerance } ?? true
  }

  /// - Parameters:
  ///   - model: the network.
  ///   - inputs: X `[m × n₀]`.
  ///   - targets: T `[m × n_L]`.
  ///   - loss: L.
  ///   - weights: how much each row counts; nil where each counts once.
  ///   - mode: how `Dropout` and `BatchNormalization` behave.
  ///   - secondOrder: whether to check second derivatives too.
  ///   - seed: of the direction for the second derivatives.
  /// - Throws: `PerceptronError` when the loss does not fit the network.
  public init(
    _ model: MLP<Double>, inputs: Matrix<Double>, targets: Matrix<Double>, loss: Loss,
    weights: [Double]? = nil, mode: Mode = .training, secondOrder: Bool = false,
    seed: UInt64 = 0
  ) throws {
    try self.init(
      GradientCheck(
        model, inputs: inputs, targets: targets, loss: loss, weights: weights, mode: mode),
      of: model, inputs: inputs, targets: targets, loss: loss, weights: weights, mode: mode,
      secondOrder: secondOrder, seed: seed)
  }

  /// Adds the tape to a check against central differences of the same network and batch, which may
  /// have tried a sample only; the tape is compared everywhere.
  ///
  /// - Throws: `PerceptronError` when the loss does not fit the network.
  public init(
    _ numeric: GradientCheck, of model: MLP<Double>, inputs: Matrix<Double>,
    targets: Matrix<Double>, loss: Loss, weights: [Double]? = nil, mode: Mode = .training,
    secondOrder: Bool = false,
    seed: UInt64 = 0
  ) throws {
    self.numeric = numeric
    tapeErrors = try Self.tapeErrors(
      model, inputs: inputs, targets: targets, loss: loss, weights: weights, mode: mode)
    secondOrderError =
      secondOrder
      ? try Self.secondOrderError(
        model, inputs: inputs, targets: targets, loss: loss, weights: weights, seed: seed)
      : nil
  }

  /// For every leaf (parameters, then the inputs) the difference of hand-derived and taped gradient.
  ///
  /// - Throws: `PerceptronError` when the loss does not fit the network.
  public static func tapeErrors(
    _ model: MLP<Double>, inputs: Matrix<Double>, targets: Matrix<Double>, loss: Loss,
    weights: [Double]? = nil, mode: Mode = .training
  ) throws -> [Double] {
    let pass = try model.backwardPass(
      inputs: inputs, targets: targets, loss: loss, weights: weights, mode: mode)
    let taped = try model.tapedGradient(
      inputs: inputs, targets: targets, loss: loss, weights: weights, mode: mode)
    let largest = (pass.parameterGradient + pass.inputGradient.values)
      .reduce(0.0) { Swift.max($0, Swift.abs($1)) }
    func error(_ hand: ArraySlice<Double>, _ tape: ArraySlice<Double>) -> Double {
      let own = hand.reduce(0.0) { Swift.max($0, Swift.abs($1)) }
      let scale = Swift.max(own, 1e-3 * largest)
      let difference = zip(hand, tape).reduce(0.0) { worst, pair in
        let difference = Swift.abs(pair.0 - pair.1)
        return difference > worst || difference.isNaN ? difference : worst
      }
      return scale > 0 ? difference / scale : difference
    }
    return model.architecture.parameters.filter(\.role.isTrained).map {
      error(pass.parameterGradient[$0.range], taped.parameters[$0.range])
    } + [error(pass.inputGradient.values[...], taped.inputs.values[...])]
  }

  /// ‖Hv by the tape − (∇L(w + hv) − ∇L(w − hv))/2h‖∞ / ‖Hv‖∞, h = 10⁻⁵, v a random unit direction.
  private static func secondOrderError(
    _ model: MLP<Double>, inputs: Matrix<Double>, targets: Matrix<Double>, loss: Loss,
    weights: [Double]?, seed: UInt64
  ) throws -> Double {
    var stream = RandomStream(seed: seed, purpose: .check, index: 2)
    var direction = model.parameters.map { _ in stream.normal() }
    let length = direction.reduce(0) { $0 + $1 * $1 }.squareRoot()
    direction = direction.map { $0 / length }
    let tape = Tape<Double>()
    let network = TapedNetwork(model, inputs: inputs, on: tape)
    let products = try tape.hessianVectorProduct(
      of: network.loss(loss, targets: targets, weights: weights), at: network.parameters,
      directions: model.architecture.parameters.map { parameter in
        Matrix(
          rows: parameter.rows, columns: parameter.columns,
          values: Array(direction[parameter.range]))
      }
    ).flatMap(\.values)
    let step = 1e-5
    func gradient(_ shift: Double) throws -> [Double] {
      var moved = model
      moved.setParameters(zip(model.parameters, direction).map { $0 + shift * $1 })
      return try moved.backwardPass(
        inputs: inputs, targets: targets, loss: loss, weights: weights
      ).parameterGradient
    }
    let (up, down) = (try gradient(step), try gradient(-step))
    var error = 0.0
    var scale = 0.0
    for k in products.indices {
      let difference = Swift.abs(products[k] - (up[k] - down[k]) / (2 * step))
      error = difference > error || difference.isNaN ? difference : error
      scale = Swift.max(scale, Swift.abs(products[k]))
    }
    return scale > 0 ? error / scale : error
  }
}
