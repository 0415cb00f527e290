// "Backprop: A Simple Case": tanh hidden layer, sigmoid, mean binary cross-entropy on m rows, and
// the gradient derived with differentials: L(W + ΔW) = L(W) + G · ΔW + …, where · is the inner
// product of matrices; G has the shape of W and is the gradient.
//
// expected output: see expected.txt

import ExampleSupport
import Perceptron

// MARK: Two classes of points

// Four noisy clouds around (±1, ±1); those on one diagonal are class 1, on the other class 0. No
// straight line separates them, so the hidden layer has work to do.
let m = 400
var stream = RandomStream(seed: 3, purpose: .data)
var points: [[Double]] = []
var labels: [[Double]] = []
for row in 0..<m {
  let horizontal = row.isMultiple(of: 2) ? 1.0 : -1.0
  let vertical = (row / 2).isMultiple(of: 2) ? 1.0 : -1.0
  points.append([horizontal + 0.45 * stream.normal(), vertical + 0.45 * stream.normal()])
  labels.append([horizontal == vertical ? 1 : 0])
}
let X = Matrix(points)
let y = Matrix(labels)
let start = try MLP<Double>(inputs: 2, [(4, .tanh), (1, .sigmoid)], seed: 3)

print("Text 003: " + start.architecture.summary + ", binary cross-entropy, \(m) rows")

// MARK: The derivation, checked by number

// Its one tool: to move a factor to the other side of the inner product, transpose it.
heading("A · (BC) = (A Cᵀ) · B = (Bᵀ A) · C")
func draw(_ rows: Int, _ columns: Int, stream index: UInt32) -> Matrix<Double> {
  var stream = RandomStream(seed: 3, purpose: .data, index: index)
  let values = (0..<rows * columns).map { _ in stream.normal() }
  return Matrix(rows: rows, columns: columns, values: values)
}
let (A, B, C) = (draw(3, 5, stream: 1), draw(3, 2, stream: 2), draw(2, 5, stream: 3))
print("  A · (BC)     \(decimal(inner(A, product(B, C)), 12))")
print("  (A Cᵀ) · B   \(decimal(inner(product(A, C.transposed), B), 12))")
print("  (Bᵀ A) · C   \(decimal(inner(product(B.transposed, A), C), 12))")

// The text has σ′ = σ(σ − 1). The sigmoid rises, its slope cannot be negative: it is σ(1 − σ).
heading("σ′: the text's sign is wrong")
for z in [-2.0, 0, 1] {
  let h = 1e-5
  let slope = (Double.sigmoid(z + h) - Double.sigmoid(z - h)) / (2 * h)
  let value = Double.sigmoid(z)
  print(
    "  z = \(decimal(z, 0, width: 2))   slope measured \(decimal(slope, 6))   "
      + "σ(1 − σ) \(decimal(value * (1 - value), 6))   text \(decimal(value * (value - 1), 6))")
}

// The sign runs through everything behind the sigmoid. Right is, with ⊙ entry by entry:
//
//     ∂L/∂Z₂ = (A₂ − y)/m ("as a whole ∂L/∂A₂")             the text: (y − A₂)/m
//     ∂L/∂W₁ = Xᵀ (g′(Z₁) ⊙ ((A₂ − y) W₂ᵀ)) / m             the box: y − A₂
//
// and what the text leaves to the reader: ∂L/∂W₂ = A₁ᵀ ∂L/∂Z₂, and for a bias 1ᵀ ∂L/∂Z.
heading("The boxed formula and the library's gradient (ours)")
let pass = try start.backwardPass(inputs: X, targets: y, loss: .binaryCrossEntropy)
let A1 = pass.layers[0].activation
let A2 = pass.layers[1].activation
let slopes = map(A1) { 1 - $0 * $0 }  // g = tanh

/// Xᵀ (g′(Z₁) ⊙ (error W₂ᵀ)) / m.
func box(_ error: Matrix<Double>) -> Matrix<Double> {
  let behind = product(error, start.weights(1).transposed)
  return map(product(X.transposed, hadamard(slopes, behind))) { $0 / Double(m) }
}
let ours = pass.layers[0].weightsGradient
show("box", box(difference(A2, y)))
show("text", box(difference(y, A2)))
show("ours", ours)
print("  box with A₂ − y and ours: \(agreement(largestDifference(box(difference(A2, y)), ours)))")

// The definition itself, for one small ΔW.
heading("L(W₁ + ΔW) − L(W₁) against G · ΔW")
let change = map(draw(2, 4, stream: 4)) { $0 * 1e-4 }
var moved = start
moved.setWeights(0, sum(start.weights(0), change))
let rise = try moved.loss(inputs: X, targets: y, loss: .binaryCrossEntropy) - pass.loss
print("  rise of the loss  \(decimal(rise * 1e6, 3, width: 8))e-6")
print("  G · ΔW            \(decimal(inner(ours, change) * 1e6, 3, width: 8))e-6")
let textsChange = inner(box(difference(y, A2)), change) * 1e6
print("  text's G · ΔW     \(decimal(textsChange, 3, width: 8))e-6")

// Every leaf against central differences, on the first 20 rows.
heading("Every gradient against central differences, relative to its largest entry")
let check = try GradientCheck(
  start, inputs: X.selecting(rows: Array(0..<20)), targets: y.selecting(rows: Array(0..<20)),
  loss: .binaryCrossEntropy)
for leaf in check.leaves {
  let shape = "[\(leaf.rows) × \(leaf.columns)]"
  print("  \(padded(leaf.name, 3)) \(padded(shape, 9)) \(agreement(leaf.relativeError))")
}
print("  passed: \(check.passed)")

// MARK: Training

func accuracy(_ model: MLP<Double>) throws -> Double {
  let outputs = try model.outputs(X)
  let hits = (0..<m).filter { (outputs[$0, 0] >= 0.5 ? 1 : 0) == y[$0, 0] }
  return Double(hits.count) / Double(m)
}

// Full batch, plain gradient descent; with the text's sign the same steps go uphill.
func train() throws {
  heading("1000 steps on all rows, learning rate 0.5")
  var model = start
  var step = try TrainingStep(
    model, loss: .binaryCrossEntropy, optimizer: .sgd(learningRate: 0.5), largestBatch: m)
  for number in 0..<1000 {
    let loss = step.run(X, y)
    guard number.isMultiple(of: 200) else { continue }
    print("  step \(aligned("\(number)", 4))  loss \(decimal(loss, 6))")
  }
  step.snapshot(into: &model)
  let loss = try model.loss(inputs: X, targets: y, loss: .binaryCrossEntropy)
  print("  step 1000  loss \(decimal(loss, 6))")
  let (before, after) = (try accuracy(start), try accuracy(model))
  print("  accuracy \(decimal(100 * before, 1)) % before, \(decimal(100 * after, 1)) % after")
}

func trainUphill() throws {
  heading("The same with the text's sign, 20 steps")
  var model = start
  for number in 0...20 {
    let pass = try model.backwardPass(inputs: X, targets: y, loss: .binaryCrossEntropy)
    if number.isMultiple(of: 10) {
      print("  step \(aligned("\(number)", 4))  loss \(decimal(pass.loss, 6))")
    }
    // w − 0.5 · (−gradient)
    let next = zip(model.parameters, pass.parameterGradient).map { $0 + 0.5 * $1 }
    model = try MLP(model.architecture, parameters: next)
  }
}

try train()
try trainUphill()
