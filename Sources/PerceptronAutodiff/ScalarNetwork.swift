public import Perceptron

/// The network of the first text, element by element: every weight, pre-activation and activation is
/// a node of its own in a graph of numbers, and its adjoint follows from the backprop rule
/// v̄_i = Σ_j v̄_j ∂v_j/∂v_i alone. For learning, and as an oracle for the matrices.
///
/// All layers are dense. Layers, units and weights are counted from 1: `w(2, 1, 3)` is the weight of layer 2, unit 1, from
/// unit 3 of the layer below, the text's w_{213}. One example at a time.
public struct ScalarNetwork<Element: Scalar> {
  /// What recorded it.
  public let tape: Tape<Element>
  private let weights: [[[Variable<Element>]]]
  private let biases: [[Variable<Element>]]
  private let inputs: [Variable<Element>]
  private let preActivations: [[Variable<Element>]]
  private let activations: [[Variable<Element>]]
  private let architecture: Architecture

  /// Computes a network forward on one row, number by number.
  ///
  /// Stops the program when the row has another length than the network has inputs.
  public init(_ model: MLP<Element>, row: [Element]) {
    guard row.count == model.inputs else {
      misuse("\(model.architecture.summary) was given \(row.count) inputs")
    }
    let tape = Tape<Element>()
    var weights: [[[Variable<Element>]]] = []
    var biases: [[Variable<Element>]] = []
    var preActivations: [[Variable<Element>]] = []
    var activations: [[Variable<Element>]] = []
    inputs = row.map { tape.variable($0) }
    var below = inputs
    for (l, layer) in model.architecture.layers.enumerated() {
      guard case .dense(let layer) = layer else {
        misuse("\(model.architecture.summary): layer \(l + 1) is not dense")
      }
      let matrix = model.weights(l)
      weights.append(
        (0..<layer.units).map { j in
          (0..<matrix.rows).map { k in tape.variable(matrix[k, j]) }
        })
      biases.append((model.bias(l) ?? []).map { tape.variable($0) })
      // l_j = b_j + Σ_k w_jk a_k
      let z = (0..<layer.units).map { j in
        var sum: Variable<Element>? = biases[l].isEmpty ? nil : biases[l][j]
        for k in 0..<matrix.rows {
          let term = weights[l][j][k] * below[k]
          sum = sum.map { $0 + term } ?? term
        }
        return sum ?? tape.constant(0)
      }
      let a =
        layer.activation == .softmax
        ? Self.softmax(z) : z.map { activation(layer.activation, $0) }
      preActivations.append(z)
      activations.append(a)
      below = a
    }
    self.tape = tape
    self.weights = weights
    self.biases = biases
    self.preActivations = preActivations
    self.activations = activations
    architecture = model.architecture
  }

  /// e^{z_j} / Σ_k e^{z_k}, written out.
  private static func softmax(_ z: [Variable<Element>]) -> [Variable<Element>] {
    let largest = z.map(\.scalar).max() ?? 0
    let powers = z.map { exp($0 - largest) }
    let total = powers.dropFirst().reduce(powers[0]) { $0 + $1 }
    return powers.map { $0 / total }
  }

  /// w_{layer, unit, from}
  public func w(_ layer: Int, _ unit: Int, _ from: Int) -> Variable<Element> {
    weights[layer - 1][unit - 1][from - 1]
  }

  /// b_{layer, unit}; stops the program in a layer without bias.
  public func b(_ layer: Int, _ unit: Int) -> Variable<Element> { biases[layer - 1][unit - 1] }

  /// The pre-activation l_{layer, unit}.
  public func l(_ layer: Int, _ unit: Int) -> Variable<Element> {
    preActivations[layer - 1][unit - 1]
  }

  /// The activation a_{layer, unit}.
  public func a(_ layer: Int, _ unit: Int) -> Variable<Element> {
    activations[layer - 1][unit - 1]
  }

  /// x_{unit}
  public func x(_ unit: Int) -> Variable<Element> { inputs[unit - 1] }

  /// The loss of the row.
  public func loss(_ loss: Loss, targets: [Element]) -> Variable<Element> {
    let last = activations[activations.count - 1]
    let output = concatenate(columns: last)
    let t = tape.constant(Matrix([targets]))
    guard let logits = loss.kind.fromLogits else { return output.loss(loss, targets: t) }
    // The pair is computed from the logits, as the matrices do it.
    return concatenate(columns: preActivations[preActivations.count - 1]).loss(
      loss.with(kind: logits), targets: t)
  }

  /// The adjoints of all parameters, in the order of the network's buffer.
  ///
  /// - Throws: as `Tape.gradient` does.
  public func parameterGradient(of output: Variable<Element>) throws -> [Element] {
    var order: [Variable<Element>] = []
    for l in architecture.layers.indices {
      for k in 0..<architecture.inputs(of: l) {
        for j in 0..<architecture.widths[l] { order.append(weights[l][j][k]) }
      }
      order += biases[l]
    }
    return try tape.gradient(of: output, at: order).map { $0.values[0] }
  }
}
