import Foundation
import Perceptron

/// What every unit says of every place of the plane, as bytes: 0 stands for the lowest value of its
/// scale, 128 for the middle, 255 for the highest.
struct DecisionMaps {
  /// Cells along a side of a hidden unit's map, and of an output's.
  static let hiddenSide = 24
  static let outputSide = 64

  private let hiddenGrid: Matrix<Double>
  private let hiddenTargets: Matrix<Double>
  private let outputGrid: Matrix<Double>
  private let target: PlaygroundProblem.Target

  init(_ problem: PlaygroundProblem, outputs: Int) {
    hiddenGrid = problem.grid(Self.hiddenSide)
    // Of no meaning for a forward pass, but valid for every loss.
    hiddenTargets = Matrix(
      rows: hiddenGrid.rows, columns: outputs,
      values: (0..<hiddenGrid.rows).flatMap { _ in
        [1] + Array(repeating: 0.0, count: outputs - 1)
      })
    outputGrid = problem.grid(Self.outputSide)
    target = problem.target
  }

  /// The inputs' own maps, each on its own scale.
  func inputs() -> Data {
    var data = Data()
    for j in 0..<hiddenGrid.columns {
      Self.append(
        (0..<hiddenGrid.rows).map { hiddenGrid[$0, j] }, to: &data, scaled: true)
    }
    return data
  }

  /// The maps of all units of hidden dense layers, in their order, each on a scale from −s to s with s
  /// the largest |value|; and every s.
  func hidden(_ model: MLP<Double>, loss: Loss) throws -> (maps: Data, scales: [Float]) {
    let layers = model.architecture.layers.indices.dropLast().filter {
      model.architecture.layers[$0].isDense
    }
    guard !layers.isEmpty else { return (Data(), []) }
    let pass = try model.backwardPass(
      inputs: hiddenGrid, targets: hiddenTargets, loss: loss, mode: .inference)
    var data = Data(capacity: layers.count * hiddenGrid.rows * PlaygroundSettings.mostUnits)
    var scales: [Float] = []
    for layer in layers {
      let values = pass.layers[layer].activation
      for j in 0..<values.columns {
        scales.append(
          Self.append((0..<values.rows).map { values[$0, j] }, to: &data, scaled: true))
      }
    }
    return (data, scales)
  }

  /// The maps of the outputs: from −1 to 1, where probabilities are 2p − 1, scores themselves and
  /// numbers their place in the target's range.
  func outputs(_ model: MLP<Double>, loss: Loss) throws -> Data {
    let values = try model.outputs(outputGrid)
    var data = Data(capacity: values.values.count)
    for j in 0..<values.columns {
      let column = (0..<values.rows).map { place(values[$0, j], model, loss) }
      Self.append(column, to: &data, scaled: false)
    }
    return data
  }

  private func place(_ value: Double, _ model: MLP<Double>, _ loss: Loss) -> Double {
    switch target {
    case .classes: return loss.kind.targets == .signs ? value : 2 * value - 1
    case .number(let range):
      guard case .number(let shift, let scale)? = model.preprocessing?.target.kind else {
        return value
      }
      let number =
        loss.kind.targets == .counts ? Double.exp(value) : value * scale + shift
      let middle = (range.lowerBound + range.upperBound) / 2
      return (number - middle) / max(range.upperBound - middle, 1e-300)
    }
  }

  /// - Returns: the scale.
  @discardableResult
  private static func append(_ values: [Double], to data: inout Data, scaled: Bool) -> Float {
    let largest = scaled ? values.reduce(0) { $1.isFinite ? max($0, abs($1)) : $0 } : 1
    for value in values {
      let share = largest > 0 && !value.isNaN ? min(max(value / largest, -1), 1) : 0
      data.append(UInt8(127.5 + 127.5 * share))
    }
    return Float(largest)
  }
}
