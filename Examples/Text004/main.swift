// Lecture slides on backpropagation: y = x² with a 1-8-8-1 ReLU network and Adam, a network for
// |x − 1| built by hand, why weights must start out different, and which activations can be
// trained at all.
//
// expected output: see expected.txt

import ExampleSupport
import Perceptron

var stream = RandomStream(seed: 4, purpose: .data)

/// Trains on all rows at every step, and prints the loss now and then where asked to.
func trained(
  _ start: MLP<Double>, _ x: Matrix<Double>, _ y: Matrix<Double>, optimizer: Optimizer, steps: Int,
  reportEvery interval: Int? = nil
) throws -> MLP<Double> {
  var model = start
  var step = try TrainingStep(model, loss: .mse, optimizer: optimizer, largestBatch: x.rows)
  for number in 0..<steps {
    let loss = step.run(x, y)
    guard let interval, number.isMultiple(of: interval) else { continue }
    print("  step \(aligned("\(number)", 4))  loss \(decimal(loss, 4, width: 10))")
  }
  step.snapshot(into: &model)
  guard interval != nil else { return model }
  let loss = try model.loss(inputs: x, targets: y, loss: .mse)
  print("  step \(aligned("\(steps)", 4))  loss \(decimal(loss, 4, width: 10))")
  return model
}

print("Text 004: what a network can learn, from where, and with which activation")

// MARK: y = x²

// 100 points, x = 5 · N(0, 1), so of standard deviation 5 (the slide says variance 1); the noise is
// added to y (the slide says to x). The slide's "Epoch 0: 0.74" is the loss of a network that has
// been trained before: a fresh one predicts next to nothing, so its loss is the mean of y², of
// expectation 3 · 5⁴ + 1. It ends near 1, the variance of the noise, or below, where it learns the
// noise too.
heading("y = x² + noise: 1-8-8-1 relu, Adam 0.1, 100 points at once")
var points: [[Double]] = []
var squares: [[Double]] = []
for _ in 0..<100 {
  let x = 5 * stream.normal()
  points.append([x])
  squares.append([x * x + stream.normal()])
}
let parabola = try trained(
  MLP(inputs: 1, [(8, .relu), (8, .relu), (1, .identity)], seed: 4), Matrix(points),
  Matrix(squares), optimizer: .adam(learningRate: 0.1), steps: 2000, reportEvery: 400)

let tests = (0..<5).map { _ in [5 * stream.normal()] }
let predictions = try parabola.outputs(Matrix(tests))
for (i, x) in tests.enumerated() {
  print(
    "  x \(decimal(x[0], 3, width: 7))   x² \(decimal(x[0] * x[0], 3, width: 7))   "
      + "network \(decimal(predictions[i, 0], 3, width: 7))")
}

// MARK: |x − 1|

// |x − 1| = relu(x − 1) + relu(1 − x): two ReLU units, then an identity that adds them. A sigmoid
// or tanh is smooth and bounded, it could only come close; a step is flat.
heading("|x − 1| by hand: 1-2-1, no training")
var absolute = try MLP<Double>(inputs: 1, [(2, .relu), (1, .identity)])
absolute.setWeights(0, Matrix([[1, -1]]))
absolute.setBias(0, [-1, 1])
absolute.setWeights(1, Matrix([[1], [1]]))
absolute.setBias(1, [0])
let places: [Double] = [-3, 0, 0.75, 1, 1.5, 40]
let exact = try absolute.outputs(Matrix(places.map { [$0] }))
for (i, x) in places.enumerated() {
  print("  x \(aligned("\(x)", 5))   network \(exact[i, 0])   |x − 1| \(abs(x - 1))")
}

// Trained from random weights: two units are enough, but a unit that is off for every x has no
// gradient and never comes back, and then one is left. Spare units help.
heading("|x − 1| trained: 61 points in −3 … 3, Adam 0.02, 400 steps, ten starts")
let line = (0...60).map { Double($0) / 10 - 3 }
let lineX = Matrix(line.map { [$0] })
let lineY = Matrix(line.map { [abs($0 - 1)] })
for units in [2, 8] {
  var losses: [Double] = []
  for seed: UInt64 in 0..<10 {
    var model = try MLP<Double>(inputs: 1, [(units, .relu), (1, .identity)], seed: seed)
    model = try trained(model, lineX, lineY, optimizer: .adam(learningRate: 0.02), steps: 400)
    losses.append(try model.loss(inputs: lineX, targets: lineY, loss: .mse))
  }
  let learned = losses.filter { $0 < 0.02 }.count
  print("  1-\(units)-1   \(losses.map { decimal($0, 3) }.joined(separator: " "))")
  print("          \(aligned("\(learned)", 2)) of 10 below 0.02")
}

// MARK: Symmetry

// Units of one layer that start equal get equal gradients, so they stay equal: eight units that
// are one. "Without random weights all the neurons in a layer learn the same function."
heading("Equal initial weights: 1-4-1 tanh on |x − 1|, all weights 0.5")
var equal = try MLP<Double>(inputs: 1, [(4, .tanh), (1, .identity)])
equal.setWeights(0, Matrix(rows: 1, columns: 4, repeating: 0.5))
equal.setWeights(1, Matrix(rows: 4, columns: 1, repeating: 0.5))
equal = try trained(
  equal, lineX, lineY, optimizer: .sgd(learningRate: 0.05), steps: 600, reportEvery: 600)
show("W1", equal.weights(0))
show("b1", Matrix([equal.bias(0) ?? []]))
show("W2ᵀ", equal.weights(1).transposed)
let columns = zip(equal.weights(0).values, equal.bias(0) ?? []).map { [$0, $1] }
print("  the four units are equal to the bit: \(columns.allSatisfy { $0 == columns[0] })")

// With zeros it is worse: A₁ = 0 makes W̄₂ = 0, W₂ = 0 makes Ā₁ = 0. Only the output's bias
// learns, and what it learns is the mean of the targets.
heading("All weights 0")
var zeros = try MLP<Double>(
  inputs: 1, [(4, .tanh), (1, .identity)], initializer: .zeros)
zeros = try trained(
  zeros, lineX, lineY, optimizer: .sgd(learningRate: 0.05), steps: 600, reportEvery: 600)
show("W1", zeros.weights(0))
show("W2ᵀ", zeros.weights(1).transposed)
let mean = lineY.values.reduce(0, +) / Double(lineY.rows)
print("  b2 \(decimal(zeros.bias(1)?[0] ?? 0, 6)), mean of the targets \(decimal(mean, 6))")

// Random weights, for comparison.
heading("Random weights, the same network")
_ = try trained(
  MLP(inputs: 1, [(4, .tanh), (1, .identity)], seed: 4), lineX, lineY,
  optimizer: .sgd(learningRate: 0.05), steps: 600, reportEvery: 600)

// MARK: The step function

// The slide's "step" is sgn, ±1. Its derivative is 0 wherever it exists: forward it works, backward
// no weight in front of it ever hears of the loss. The library says so before it starts.
heading("sign: runs forward, is refused for training")
let steps = try MLP<Double>(inputs: 1, [(4, .sign), (1, .identity)], seed: 4)
show("out", try steps.outputs(Matrix([[-2], [0], [2]])).transposed)
do {
  _ = try steps.backwardPass(inputs: lineX, targets: lineY, loss: .mse)
  print("  accepted")
} catch {
  print("  \(error)")
}
