import Perceptron
import PerceptronAutodiff

extension Workload {
  /// Median microseconds of an eager step: a tape, its gradient, w ← w − ηg.
  func timeTape(seconds: Double) throws -> Double {
    let model = try model()
    var parameters = model.architecture.parameters.map { parameter in
      Matrix(
        rows: parameter.rows, columns: parameter.columns,
        values: Array(model.parameters[parameter.range]))
    }
    let (x, t) = rows()
    let shared = Tape<Float>()
    func gradients() throws -> [Matrix<Float>] {
      let tape = Tape(sharing: shared)
      let network = TapedNetwork(
        model.architecture, parameters: parameters, inputs: x, on: tape)
      return try tape.gradient(of: network.loss(loss, targets: t), at: network.parameters)
    }
    func step() throws {
      // The tape is gone by now, so that the parameters change in place.
      for (place, gradient) in try gradients().enumerated() {
        parameters[place].values.withUnsafeMutableBufferPointer { w in
          gradient.values.withUnsafeBufferPointer { g in
            for k in w.indices { w[k] -= 1e-6 * g[k] }
          }
        }
      }
    }
    return try medianMicroseconds(seconds: seconds) { calls in
      for _ in 0..<calls { try step() }
    }
  }
}
