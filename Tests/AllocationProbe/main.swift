// Counts what a training step and a prediction allocate: nothing, on every thread of the process.
//
// Prints a line `name threads allocations` for each case, and first a line `control`, which
// allocates on purpose. Exits with 1 when a case allocates or the control does not. `AllocationTests`
// runs it.

import AllocationCounter
import Perceptron

#if canImport(Glibc)
  import Glibc
#elseif canImport(Musl)
  import Musl
#elseif canImport(Darwin)
  import Darwin
#endif

/// What `body` allocates.
func allocations(_ body: () -> Void) -> Int {
  allocation_counter_start()
  body()
  return Int(allocation_counter_stop())
}

/// The batches of an epoch: the last one is short.
struct Batches<Element: Scalar> {
  let pairs: [(x: Matrix<Element>, y: Matrix<Element>)]

  init(inputs: Int, outputs: Int) {
    pairs = [6, 6, 6, 5].enumerated().map { index, rows in
      // Any numbers will do that repeat themselves; the targets name one class a row.
      let x = (0..<rows * inputs).map { Element(Double(($0 + index) % 17) / 8 - 1) }
      let y = (0..<rows * outputs).map { Element($0 % outputs == $0 / outputs % outputs ? 1 : 0) }
      return (
        Matrix(rows: rows, columns: inputs, values: x),
        Matrix(rows: rows, columns: outputs, values: y)
      )
    }
  }

  /// Hands `body` as many batches, beginning again after the last.
  func forEach(_ count: Int, _ body: (Matrix<Element>, Matrix<Element>) -> Void) {
    for index in 0..<count {
      let pair = pairs[index % pairs.count]
      body(pair.x, pair.y)
    }
  }
}

struct Network {
  let name: String
  let inputs: Int
  let layers: [(units: Int, activation: Activation)]
  let loss: Loss
}

let networks = [
  Network(
    name: "2-2-2-1", inputs: 2, layers: [(2, .relu), (2, .relu), (1, .sigmoid)],
    loss: .binaryCrossEntropy),
  Network(
    name: "32-64-64-1", inputs: 32, layers: [(64, .relu), (64, .tanh), (1, .identity)], loss: .mse),
  Network(
    name: "784-128-10", inputs: 784, layers: [(128, .relu), (10, .softmax)], loss: .crossEntropy),
]
// The last with everything that may be done to a gradient.
let optimizers: [(rule: Optimizer, regularization: Regularization)] = [
  (.sgd(), .init()), (.adam(), .init()),
  (.adam(amsgrad: true), .init(weightDecay: 0.1, l1: 0.1, clipping: .norm(1))),
]
let warmUp = 8
let steps = 100
var isClean = true

@MainActor func report(_ name: String, threads: Int, _ count: Int) {
  print(name, threads, count)
  if count != 0 { isClean = false }
}

@MainActor func probe<Element: Scalar>(_ network: Network, as: Element.Type) throws {
  let model = try MLP<Element>(inputs: network.inputs, network.layers)
  let batches = Batches<Element>(inputs: model.inputs, outputs: model.outputs)
  let prefix = "\(network.name)/\(Element.self)".lowercased()
  for threads in 1...3 {
    // What is done to a gradient is the same work for every network.
    for optimizer in optimizers
    where optimizer.regularization == .init() || network.name == "32-64-64-1" {
      var step = try TrainingStep(
        model, loss: network.loss, optimizer: optimizer.rule,
        regularization: optimizer.regularization, largestBatch: 6, threads: .exactly(threads))
      batches.forEach(warmUp) { step.run($0, $1) }
      let count = allocations { batches.forEach(steps) { step.run($0, $1) } }
      report("\(prefix)/\(optimizer.rule.name)", threads: step.threads, count)
    }
    let predictor = try Predictor(model, largestBatch: 6, threads: .exactly(threads))
    batches.forEach(warmUp) { x, _ in _ = predictor.outputs(x) }
    let count = allocations { batches.forEach(steps) { x, _ in _ = predictor.outputs(x) } }
    // The result of a call is one array.
    report("\(prefix)/predict", threads: threads, count - steps)
    var y = predictor.outputs(batches.pairs[0].x)
    let row = [Element](repeating: 0.5, count: model.inputs)
    var outputs = [Element](repeating: 0, count: model.outputs)
    var full = 0
    func useBoth() {
      batches.forEach(steps) { x, _ in
        // A result of another shape is made anew; these are the batches of the full size.
        guard x.rows == y.rows else { return }
        full += 1
        predictor.outputs(x, into: &y)
        row.withUnsafeBufferPointer { row in
          outputs.withUnsafeMutableBufferPointer { predictor.outputs(row, into: $0) }
        }
      }
    }
    // What the runtime makes of a generic type at its first use is no call's.
    useBoth()
    full = 0
    let into = allocations { useBoth() }
    report("\(prefix)/predict-into", threads: threads, full == steps * 3 / 4 ? into : -1)
  }
}

/// What a whole training allocates must not depend on how many steps it has: an epoch of 64 steps
/// against one of 8, with and without gathering batches.
@MainActor func probeFit<Element: Scalar>(as: Element.Type) throws {
  let x = Matrix<Element>(
    rows: 512, columns: 3, values: (0..<1536).map { Element(Double($0 % 17) / 8 - 1) })
  let y = Matrix<Element>(
    rows: 512, columns: 1, values: (0..<512).map { Element(Double($0 % 5)) })
  func fit(batchSize: Int, accumulation: Int, threads: Int) throws -> Int {
    var model = try MLP<Element>(inputs: 3, [(4, .relu), (1, .identity)])
    var failed = false
    let count = allocations {
      do {
        try model.fit(
          inputs: x, targets: y, loss: .mse, epochs: 1, batchSize: batchSize,
          accumulation: accumulation, threads: .exactly(threads))
      } catch {
        failed = true
      }
    }
    return failed ? -1 : count
  }
  for (accumulation, threads) in [(1, 1), (2, 1), (2, 2)] {
    // What the runtime makes of a generic type at its first use is no step's.
    _ = try fit(batchSize: 8, accumulation: accumulation, threads: threads)
    let many = try fit(batchSize: 8, accumulation: accumulation, threads: threads)
    let few = try fit(batchSize: 64, accumulation: accumulation, threads: threads)
    report(
      "fit/\(Element.self)/accumulating-\(accumulation)".lowercased(), threads: threads,
      few < 0 ? -1 : many - few)
  }
}

guard allocation_counter_is_supported() != 0 else {
  print("not supported")
  exit(0)
}

let control = allocations {
  for count in 1...10 { _ = Matrix<Float>(rows: count, columns: 100) }
}
print("control", 1, control)
if control < 10 { isClean = false }

for network in networks {
  try probe(network, as: Float.self)
  try probe(network, as: Double.self)
}
try probeFit(as: Float.self)
try probeFit(as: Double.self)
exit(isClean ? 0 : 1)
