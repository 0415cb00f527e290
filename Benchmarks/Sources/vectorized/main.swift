// Is vectorizing worth it? One gradient of the same network on the same rows, three ways in Double:
// a graph of single numbers (ScalarNetwork), loops written out over the indices, and the planned
// step, which is matrix products (and does the update as well). Median, and the middle half, of
// rounds in which all three take turns.
//
// swift run --package-path Benchmarks -c release vectorized

import Perceptron
import PerceptronAutodiff

/// w̄ and b̄ by the indices, one example after another: relu layers, then one sigmoid.
struct Loops {
  let sizes: [Int]
  var weights: [[Double]]
  var biases: [[Double]]

  init(_ model: MLP<Double>) {
    let layers = model.architecture.layers.indices
    sizes = [model.inputs] + model.architecture.widths
    weights = layers.map { model.weights($0).values }
    biases = layers.map { model.bias($0) ?? [] }
  }

  func gradient(
    _ x: Matrix<Double>, _ t: Matrix<Double>
  ) -> (weights: [[Double]], biases: [[Double]]) {
    var wBar = weights.map { [Double](repeating: 0, count: $0.count) }
    var bBar = biases.map { [Double](repeating: 0, count: $0.count) }
    let last = weights.count - 1
    for row in 0..<x.rows {
      var a = [Array(x.row(row))]
      for l in 0...last {
        var z = biases[l]
        for i in 0..<sizes[l] {
          for j in 0..<sizes[l + 1] { z[j] += a[l][i] * weights[l][i * sizes[l + 1] + j] }
        }
        a.append(l == last ? z.map(Double.sigmoid) : z.map { max($0, 0) })
      }
      let output = a[last + 1][0]
      var zBar = [(output - t[row, 0]) * output * (1 - output) / Double(x.rows)]
      for l in (0...last).reversed() {
        var aBar = [Double](repeating: 0, count: sizes[l])
        for j in 0..<sizes[l + 1] { bBar[l][j] += zBar[j] }
        for i in 0..<sizes[l] {
          for j in 0..<sizes[l + 1] {
            wBar[l][i * sizes[l + 1] + j] += a[l][i] * zBar[j]
            aBar[i] += zBar[j] * weights[l][i * sizes[l + 1] + j]
          }
        }
        zBar = aBar.indices.map { a[l][$0] > 0 ? aBar[$0] : 0 }
      }
    }
    return (wBar, bBar)
  }
}

func compare(inputs: Int, hidden: Int, rows: Int, rounds: Int) throws {
  let model = try MLP<Double>(
    inputs: inputs, [(hidden, .relu), (hidden, .relu), (1, .sigmoid)], seed: 1)
  var stream = RandomStream(seed: 1, purpose: .data)
  let x = Matrix(
    rows: rows, columns: inputs, values: (0..<rows * inputs).map { _ in stream.normal() })
  let t = Matrix(rows: rows, columns: 1, values: (0..<rows).map { Double($0 % 2) })
  let loops = Loops(model)
  var step = try TrainingStep(
    model, loss: .halfSquaredError, optimizer: .sgd(learningRate: 1e-12), largestBatch: rows,
    threads: .exactly(1))

  func numbers() throws -> [Double] {
    var sum = [Double](repeating: 0, count: model.parameters.count)
    for row in 0..<rows {
      let network = ScalarNetwork(model, row: Array(x.row(row)))
      let loss = network.loss(.halfSquaredError, targets: Array(t.row(row)))
      let gradient = try network.parameterGradient(of: loss)
      for (k, g) in gradient.enumerated() { sum[k] += g / Double(rows) }
    }
    return sum
  }
  // The three compute the same.
  let wanted = try model.backwardPass(inputs: x, targets: t, loss: .halfSquaredError)
  let looped = loops.gradient(x, t)
  let flat = zip(looped.weights, looped.biases).flatMap { $0 + $1 }
  for other in [flat, try numbers()] {
    guard zip(other, wanted.parameterGradient).allSatisfy({ abs($0 - $1) < 1e-12 }) else {
      fatalError("the gradients differ")
    }
  }

  let clock = ContinuousClock()
  func microseconds(_ count: Int, _ body: () throws -> Void) rethrows -> Double {
    let start = clock.now
    for _ in 0..<count { try body() }
    return Double((clock.now - start) / .nanoseconds(1)) / 1000 / Double(count)
  }
  var sink = 0.0
  var times: [[Double]] = [[], [], []]
  let inner = inputs < 10 ? 200 : 1
  for _ in 0..<rounds {
    times[0].append(try microseconds(inner) { sink += try numbers()[0] })
    times[1].append(microseconds(inner) { sink += loops.gradient(x, t).weights[0][0] })
    times[2].append(microseconds(inner) { sink += step.run(x, t) })
  }
  guard sink.isFinite else { fatalError("not a number") }
  print("\(model.architecture.summary), \(rows) rows")
  let medians = times.map { $0.sorted()[$0.count / 2] }
  for (name, (samples, median)) in zip(["numbers", "loops", "planned"], zip(times, medians)) {
    let sorted = samples.sorted()
    let (low, high) = (sorted[sorted.count / 4], sorted[3 * sorted.count / 4])
    print(
      "  \(name): \(shown(median)) µs (\(shown(low)) … \(shown(high))), "
        + "\(shown(median / medians[2])) times the planned step")
  }
}

func shown(_ value: Double) -> String {
  value >= 100 ? "\(Int(value))" : "\((value * 10).rounded() / 10)"
}

try compare(inputs: 2, hidden: 2, rows: 4, rounds: 51)
try compare(inputs: 32, hidden: 64, rows: 64, rounds: 7)
