public import Perceptron

/// A differentiable operation the user brings: forward, and the vector-Jacobian product.
public struct CustomOperation<Element: Scalar>: Sendable {
  /// The name in messages.
  public let name: String
  let forward: @Sendable ([Matrix<Element>]) -> Matrix<Element>
  let pullback:
    @Sendable (
      _ inputs: [Matrix<Element>], _ output: Matrix<Element>, _ gradient: Matrix<Element>
    ) -> [Matrix<Element>]

  /// - Parameters:
  ///   - name: what messages call it.
  ///   - forward: the value from the inputs.
  ///   - pullback: from the inputs, the value and ∂L/∂value the ∂L/∂input of every input, each of
  ///     its input's shape.
  public init(
    _ name: String, forward: @escaping @Sendable ([Matrix<Element>]) -> Matrix<Element>,
    pullback:
      @escaping @Sendable (
        _ inputs: [Matrix<Element>], _ output: Matrix<Element>, _ gradient: Matrix<Element>
      ) -> [Matrix<Element>]
  ) {
    self.name = name
    self.forward = forward
    self.pullback = pullback
  }

  /// The operation on variables of one tape.
  ///
  /// Its gradient cannot be differentiated again: `gradientVariables` throws where it meets it.
  public func callAsFunction(_ inputs: Variable<Element>...) -> Variable<Element> {
    inputs[0].tape.record(self, inputs)
  }
}

extension CustomOperation where Element == Double {
  /// Compares the pullback with fourth-order central differences of the forward, for a random
  /// direction of the output.
  ///
  /// - Parameters:
  ///   - inputs: where to compare.
  ///   - seed: of the direction.
  /// - Returns: for every input max|analytic − numeric| / its largest |entry| (of both).
  /// - Throws: `PerceptronError` naming the operation and the input that is wrong: its gradient has
  ///   another shape, or an error above `GradientCheck.tolerance`.
  @discardableResult
  public func check(at inputs: [Matrix<Double>], seed: UInt64 = 0) throws -> [Double] {
    let output = forward(inputs)
    var stream = RandomStream(seed: seed, purpose: .check)
    let direction = Matrix(
      rows: output.rows, columns: output.columns,
      values: output.values.map { _ in stream.normal() })
    let analytic = pullback(inputs, output, direction)
    guard analytic.count == inputs.count else {
      throw PerceptronError(
        .network, "\(name): \(analytic.count) gradients for \(inputs.count) inputs")
    }
    let step = 1e-3
    return try inputs.indices.map { k in
      guard analytic[k].rows == inputs[k].rows, analytic[k].columns == inputs[k].columns else {
        throw PerceptronError(
          .network,
          "\(name), input \(k + 1): the gradient is \(analytic[k].shape), the input "
            + inputs[k].shape)
      }
      func loss(_ entry: Int, _ shift: Double) -> Double {
        var moved = inputs
        moved[k].values[entry] += shift
        return zip(forward(moved).values, direction.values).reduce(0) { $0 + $1.0 * $1.1 }
      }
      var error = 0.0
      var scale = 0.0
      for entry in inputs[k].values.indices {
        let numeric =
          (8 * (loss(entry, step) - loss(entry, -step))
            - (loss(entry, 2 * step) - loss(entry, -2 * step))) / (12 * step)
        let difference = abs(analytic[k].values[entry] - numeric)
        error = difference > error || difference.isNaN ? difference : error
        scale = max(scale, abs(numeric), abs(analytic[k].values[entry]))
      }
      let relative = scale > 0 ? error / scale : error
      guard relative < GradientCheck.tolerance else {
        throw PerceptronError(
          .network,
          "\(name), input \(k + 1): the pullback differs from central differences, relative "
            + "error \(relative)")
      }
      return relative
    }
  }
}
