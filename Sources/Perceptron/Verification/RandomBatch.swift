/// A network and examples drawn from a seed, for checks: weights, biases and inputs N(0, 1), targets
/// that fit the loss. Weights of layers with n > 16 inputs are N(0, 2/n): wide networks would
/// saturate, and there is nothing to check where softmax is 0 or 1.
///
/// Zero biases would put dead units exactly on the kink of a ReLU, where differences say nothing.
package struct RandomBatch: Sendable {
  package let model: MLP<Double>
  /// X `[m × n₀]`
  package let inputs: Matrix<Double>
  /// T `[m × n_L]`: one class a row, 0 or 1, or what else the loss takes.
  package let targets: Matrix<Double>

  /// - Parameters:
  ///   - architecture: the network.
  ///   - loss: what the targets must fit.
  ///   - rows: m.
  ///   - seed: of everything drawn.
  ///   - draw: 0 for the first; each draw has streams of its own.
  ///   - model: parameters that are given; nil draws them.
  package init(
    _ architecture: Architecture, loss: Loss, rows: Int, seed: UInt64, draw: Int = 0,
    model: MLP<Double>? = nil
  ) throws {
    func stream(_ what: Int) -> RandomStream {
      RandomStream(seed: seed, purpose: .check, index: UInt32(1 + 3 * draw + what))
    }
    if let model {
      self.model = model
    } else {
      var normal = stream(0)
      var parameters: [Double] = []
      parameters.reserveCapacity(architecture.parameterCount)
      for parameter in architecture.parameters {
        let isWide = parameter.role == .weights && parameter.rows > 16
        let scale = isWide ? (2 / Double(parameter.rows)).squareRoot() : 1
        for _ in parameter.range {
          let value = scale * normal.normal()
          parameters.append(parameter.role == .runningVariance ? 0.5 + abs(value) : value)
        }
      }
      self.model = try MLP(architecture, parameters: parameters)
    }
    var normal = stream(1)
    inputs = Matrix(
      rows: rows, columns: architecture.inputs,
      values: (0..<rows * architecture.inputs).map { _ in normal.normal() })
    var truth = stream(2)
    var targets = Matrix<Double>(rows: rows, columns: architecture.outputs)
    for i in 0..<rows {
      if loss.kind.targets == .distributions {
        targets[i, truth.index(below: targets.columns)] = 1
        continue
      }
      for j in 0..<targets.columns {
        switch loss.kind.targets {
        case .numbers: targets[i, j] = truth.normal()
        case .counts: targets[i, j] = Double(truth.index(below: 5))
        case .signs: targets[i, j] = Double(2 * truth.index(below: 2) - 1)
        case .probabilities, .distributions: targets[i, j] = Double(truth.index(below: 2))
        }
      }
    }
    self.targets = targets
  }
}
