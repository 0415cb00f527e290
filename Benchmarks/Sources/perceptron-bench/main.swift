// Times training steps (forward, loss, backward, update; data resident) of eight networks from
// 2-2-2-1 to 2048 wide: the median over repetitions, in microseconds a step. The planned step on one
// thread and on as many as pay, and the same step on a tape with gradient descent, which is what an
// eager framework does.
//
// swift run --package-path Benchmarks -c release perceptron-bench [NAME]

import Perceptron
import PerceptronAutodiff

struct Workload {
  let name: String
  let inputs: Int
  let layers: [(Int, Activation)]
  let batch: Int
  let loss: Loss
  let optimizer: Optimizer
}

let workloads = [
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

/// Median microseconds of a step, over about half a second.
func time(_ workload: Workload, threads: Threads) throws -> (median: Double, threads: Int) {
  let model = try MLP<Float>(inputs: workload.inputs, workload.layers)
  var stream = RandomStream(seed: 1, purpose: .data)
  let x = Matrix<Float>(
    rows: workload.batch, columns: workload.inputs,
    values: (0..<workload.batch * workload.inputs).map { _ in Float(stream.normal()) })
  var t = Matrix<Float>(rows: workload.batch, columns: model.outputs)
  for i in 0..<workload.batch { t[i, stream.index(below: model.outputs)] = 1 }
  var step = try TrainingStep(
    model, loss: workload.loss, optimizer: workload.optimizer, largestBatch: workload.batch,
    threads: threads)
  let clock = ContinuousClock()
  func measure(_ count: Int) -> Double {
    let start = clock.now
    for _ in 0..<count { step.run(x, t) }
    return Double((clock.now - start) / .nanoseconds(1)) / 1000 / Double(count)
  }
  let first = measure(1)
  let count = max(1, Int(2000 / max(first, 0.05)))
  _ = measure(count)
  let samples = (0..<max(5, min(200, Int(500_000 / (first * Double(count))))))
    .map { _ in measure(count) }.sorted()
  return (samples[samples.count / 2], step.threads)
}

/// Median microseconds of an eager step: a tape, its gradient, w ← w − ηg.
func timeTape(_ workload: Workload) throws -> Double {
  let model = try MLP<Float>(inputs: workload.inputs, workload.layers)
  var parameters = model.architecture.parameters.map { parameter in
    Matrix(
      rows: parameter.rows, columns: parameter.columns,
      values: Array(model.parameters[parameter.range]))
  }
  var stream = RandomStream(seed: 1, purpose: .data)
  let x = Matrix<Float>(
    rows: workload.batch, columns: workload.inputs,
    values: (0..<workload.batch * workload.inputs).map { _ in Float(stream.normal()) })
  var t = Matrix<Float>(rows: workload.batch, columns: model.outputs)
  for i in 0..<workload.batch { t[i, stream.index(below: model.outputs)] = 1 }
  let shared = Tape<Float>()
  let clock = ContinuousClock()
  func gradients() throws -> [Matrix<Float>] {
    let tape = Tape(sharing: shared)
    let network = TapedNetwork(
      model.architecture, parameters: parameters, inputs: x, on: tape)
    return try tape.gradient(
      of: network.loss(workload.loss, targets: t), at: network.parameters)
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
  try step()
  var samples: [Double] = []
  let begin = clock.now
  while samples.count < 5 || (clock.now - begin < .milliseconds(500) && samples.count < 2000) {
    let start = clock.now
    try step()
    samples.append(Double((clock.now - start) / .nanoseconds(1)) / 1000)
  }
  return samples.sorted()[samples.count / 2]
}

let wanted = CommandLine.arguments.dropFirst().first
for workload in workloads where wanted == nil || workload.name == wanted {
  let (one, _) = try time(workload, threads: .exactly(1))
  let (best, threads) = try time(workload, threads: .automatic)
  if CommandLine.arguments.contains("steps") { print(shown(one)); continue }
  let flops = Architecture.operations(workload)
  print(
    "\(workload.name): \(shown(one)) µs on 1 thread (\(shown(flops / one / 1000)) GFLOP/s), "
      + "\(shown(best)) µs on \(threads); tape \(shown(try timeTape(workload))) µs")
}

extension Architecture {
  static func operations(_ workload: Workload) -> Double {
    let layers = workload.layers.map { Layer.dense($0.0, $0.1) }
    let shape = try? Architecture(inputs: workload.inputs, layers: layers)
    return Double(shape?.operationsPerStep(rows: workload.batch) ?? 0)
  }
}

/// Three digits or so.
func shown(_ value: Double) -> String {
  let hundredths = Int(value * 100 + 0.5)
  return value >= 100
    ? "\(hundredths / 100)"
    : "\(hundredths / 100).\(hundredths % 100 < 10 ? "0" : "")\(hundredths % 100)"
}
