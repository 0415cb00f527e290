// "On backpropagation in MLP" (2023, NumPy): two layers with biases on a batch of rows,
//
//     X → Y¹ = X W¹ + b¹ → H¹ = f(Y¹) → ŷ = H¹ W² + b² → L = (1/N) Σ (ŷ − y)²
//
// with f = ReLU, standard-normal weights and zero biases; the gradient of every parameter and of X.
//
// expected output: see expected.txt

import ExampleSupport
import Perceptron

// MARK: Network and data

let N = 2  // rows of the batch
let D = 3  // inputs
let K = 2  // outputs

/// `rows` × `columns` draws from N(0, 1), as `np.random.randn` makes them, but the same every time.
func standardNormal(_ rows: Int, _ columns: Int, stream index: UInt32) -> Matrix<Double> {
  var stream = RandomStream(seed: 1, purpose: .data, index: index)
  let values = (0..<rows * columns).map { _ in stream.normal() }
  return Matrix(rows: rows, columns: columns, values: values)
}

let X = standardNormal(N, D, stream: 0)
let y = standardNormal(N, K, stream: 1)
let network = try MLP<Double>(
  inputs: D, [(4, .relu), (K, .identity)], initializer: .standardNormal, seed: 2)

print("Text 001: " + network.architecture.summary + ", squared error, a batch of \(N) rows")
heading("The network and its data")
show("X", X)
show("y", y)
for layer in 0..<2 {
  show("W\(layer + 1)", network.weights(layer))
  show("b\(layer + 1)", Matrix([network.bias(layer) ?? []]))
}

// MARK: One forward and backward pass

// `.squaredError` is the text's loss: the sum of squares, divided by the rows N.
let pass = try network.backwardPass(inputs: X, targets: y, loss: .squaredError)
let prediction = pass.layers[1].activation

heading("Forward")
show("Y1", pass.layers[0].preActivation)
show("H1", pass.layers[0].activation)
show("ŷ", prediction)
print("  L = \(decimal(pass.loss, 6))")

// Each gradient has the shape of the thing itself. The ReLU lets through what was above 0: the text
// writes 1(Y¹) for 1(Y¹ > 0). And the gradient of X is there too, though data are not updated.
heading("Backward: d before a name is ∂L/∂ of it")
show("dŷ", pass.layers[1].preActivationGradient)
show("dW2", pass.layers[1].weightsGradient)
if let gradient = pass.layers[1].biasGradient { show("db2", gradient) }
if let gradient = pass.layers[0].outputGradient { show("dH1", gradient) }
show("dY1", pass.layers[0].preActivationGradient)
show("dW1", pass.layers[0].weightsGradient)
if let gradient = pass.layers[0].biasGradient { show("db1", gradient) }
show("dX", pass.inputGradient)

// MARK: Two slips in the text's code

// First slip: `L = 2 * np.mean(y_pred - y)` has no square, so it can be negative, and lowering it
// only pushes every prediction down. And the 2 in front is K: np.mean divides by N K, (1/N) Σ is K
// times that. With K outputs other than 2, a 2 is wrong.
heading("First slip: the loss")
func losses(_ prediction: Matrix<Double>, _ target: Matrix<Double>) {
  let error = difference(prediction, target)
  let squares = inner(error, error)
  let elements = Double(error.rows * error.columns)
  print("  K = \(error.columns)")
  print("    (1/N) Σ (ŷ − y)²          \(decimal(squares / Double(error.rows), 6, width: 10))")
  print("    2 · mean of (ŷ − y)²      \(decimal(2 * squares / elements, 6, width: 10))")
  let mean = error.values.reduce(0, +) / elements
  print("    2 · mean of ŷ − y, as is  \(decimal(2 * mean, 6, width: 10))")
}
losses(prediction, y)
losses(standardNormal(N, 3, stream: 2), standardNormal(N, 3, stream: 3))

// Second slip: `dy_pred = 2*(y_pred - y)` leaves out the 1/N of the loss it belongs to, so that
// every gradient of the text's code is N times ∂L/∂…. N is the rows; 1/(N K) would be another loss.
heading("Second slip: the backward pass")
let withoutN = map(difference(prediction, y)) { 2 * $0 }
show("2(ŷ−y)", withoutN)
let ratio = withoutN.values[0] / pass.layers[1].preActivationGradient.values[0]
print("  that is \(decimal(ratio, 2)) times dŷ, and N = \(N)")

// MARK: The loop

// One round of forward, backward and update is a step; the text calls it an epoch, which is right
// only because its one batch is all there is. At the text's learning rate of 1e-6 next to nothing
// happens in 200 steps.
func train(learningRate: Double) throws {
  heading("200 steps at learning rate \(learningRate)")
  var model = network
  var step = try TrainingStep(
    model, loss: .squaredError, optimizer: .sgd(learningRate: learningRate), largestBatch: N)
  for number in 0..<200 {
    let loss = step.run(X, y)
    if number.isMultiple(of: 40) { print("  step \(aligned("\(number)", 3))  \(decimal(loss, 8))") }
  }
  step.snapshot(into: &model)
  let loss = try model.loss(inputs: X, targets: y, loss: .squaredError)
  print("  step 200  \(decimal(loss, 8))")
}
try train(learningRate: 1e-6)
try train(learningRate: 0.02)
