import Perceptron

/// A network, a batch, a loss and an optimizer: what a training step is timed on.
struct Workload {
  let name: String
  let inputs: Int
  let layers: [(Int, Activation)]
  let batch: Int
  let loss: Loss
  let optimizer: Optimizer

  /// From the size of a call's overhead to 2048 wide.
  static let all = [
    Workload(
      name: "seed000", inputs: 2, layers: [(2, .relu), (2, .relu), (1, .sigmoid)], batch: 4,
      loss: .halfSquaredError, optimizer: .sgd()),
    Workload(
      name: "seed001", inputs: 3, layers: [(4, .relu), (2, .identity)], batch: 2, loss: .mse,
      optimizer: .sgd()),
    Workload(
      name: "seed003", inputs: 2, layers: [(4, .tanh), (1, .sigmoid)], batch: 400,
      loss: .binaryCrossEntropy, optimizer: .sgd()),
    Workload(
      name: "seed004", inputs: 1, layers: [(8, .relu), (8, .relu), (1, .identity)], batch: 100,
      loss: .mse, optimizer: .adam()),
    Workload(
      name: "tabular", inputs: 32, layers: [(64, .relu), (64, .relu), (1, .sigmoid)], batch: 256,
      loss: .binaryCrossEntropy, optimizer: .adam()),
    Workload(
      name: "mnist-small", inputs: 784, layers: [(128, .relu), (10, .softmax)], batch: 64,
      loss: .crossEntropy, optimizer: .sgd()),
    Workload(
      name: "mnist-wide", inputs: 784, layers: [(512, .relu), (512, .relu), (10, .softmax)],
      batch: 128, loss: .crossEntropy, optimizer: .adam()),
    Workload(
      name: "wide", inputs: 2048, layers: Array(repeating: (2048, .relu), count: 4), batch: 512,
      loss: .mse, optimizer: .sgd()),
  ]

  func model() throws -> MLP<Float> { try MLP(inputs: inputs, layers) }

  /// Floating-point operations of a step.
  func operations() throws -> Double {
    Double(try model().architecture.operationsPerStep(rows: batch))
  }

  /// Normal inputs, and targets with a single 1 in every row; of one output 0 and 1 by turns.
  func rows() -> (inputs: Matrix<Float>, targets: Matrix<Float>) {
    var stream = RandomStream(seed: 1, purpose: .data)
    let x = Matrix<Float>(
      rows: batch, columns: inputs,
      values: (0..<batch * inputs).map { _ in Float(stream.normal()) })
    let outputs = layers.last?.0 ?? 1
    var t = Matrix<Float>(rows: batch, columns: outputs)
    for i in 0..<batch {
      if outputs == 1 { t[i, 0] = Float(i % 2) } else { t[i, stream.index(below: outputs)] = 1 }
    }
    return (x, t)
  }
}
