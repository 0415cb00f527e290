// "On backpropagation in MLP" (2023, batches): one linear layer for a single row, where ∂L/∂W is an
// outer product, then for a batch, where the sum of the outer products is one matrix product; and a
// routine, `layer_backpropagation`, that is applied from the last layer to the first.
//
// expected output: see expected.txt

import ExampleSupport
import Perceptron

// MARK: The routine

/// The text's `layer_backpropagation`, for one layer B = a(A W).
///
/// - Parameters:
///   - gradient: ∂L/∂a(B), m × units.
///   - output: a(B), kept from the forward pass.
///   - previousOutput: A, the layer's input, m × n.
///   - weights: W, n × units (the text's last line says `weight`).
///   - slope: a′ written in the output: a(1 − a) for sigmoid, 1 − a² for tanh. Not every activation
///     has one: softmax mixes the entries of a row, its Jacobian is not element by element.
/// - Returns: ∂L/∂A for the layer before, and ∂L/∂W. It does not divide by m: whether L is a mean
///   is known to the loss, and the gradient that comes in has the 1/m already.
func layerBackpropagation(
  gradient: Matrix<Double>, output: Matrix<Double>, previousOutput: Matrix<Double>,
  weights: Matrix<Double>, slope: (Double) -> Double
) -> (previous: Matrix<Double>, weights: Matrix<Double>) {
  let inner = hadamard(gradient, map(output, slope))
  return (product(inner, weights.transposed), product(previousOutput.transposed, inner))
}

func tanhSlope(_ a: Double) -> Double { 1 - a * a }
func sigmoidSlope(_ a: Double) -> Double { a * (1 - a) }

func draw(_ rows: Int, _ columns: Int, stream index: UInt32) -> Matrix<Double> {
  var stream = RandomStream(seed: 2, purpose: .data, index: index)
  let values = (0..<rows * columns).map { _ in stream.normal() }
  return Matrix(rows: rows, columns: columns, values: values)
}

func compare(_ what: String, _ a: Matrix<Double>, _ b: Matrix<Double>) {
  print("  \(padded(what, 52)) \(agreement(largestDifference(a, b)))")
}

// MARK: The routine, layer by layer

/// Two layers, tanh and sigmoid, no bias; L = (1/m) Σ ½(A₂ − T)².
func twoLayers(rows m: Int) throws {
  let network = try MLP<Double>(
    inputs: 3, [(4, .tanh), (2, .sigmoid)], bias: false, initializer: .standardNormal, seed: 2)
  let X = draw(m, 3, stream: 0)
  let T = draw(m, 2, stream: 1)
  let (W1, W2) = (network.weights(0), network.weights(1))

  let A1 = map(product(X, W1)) { Double.tanh($0) }
  let A2 = map(product(A1, W2)) { Double.sigmoid($0) }
  let fromLoss = map(difference(A2, T)) { $0 / Double(m) }  // the one division by m
  let second = layerBackpropagation(
    gradient: fromLoss, output: A2, previousOutput: A1, weights: W2, slope: sigmoidSlope)
  let first = layerBackpropagation(
    gradient: second.previous, output: A1, previousOutput: X, weights: W1, slope: tanhSlope)

  show("dW2", second.weights)
  show("dA1", second.previous)
  show("dW1", first.weights)
  let pass = try network.backwardPass(inputs: X, targets: T, loss: .halfSquaredError)
  compare("dW2, routine and library", second.weights, pass.layers[1].weightsGradient)
  compare("dW1, routine and library", first.weights, pass.layers[0].weightsGradient)
  compare("dX,  routine and library", first.previous, pass.inputGradient)

  // The text divides by the rows inside the routine. After a loss that is a mean this is once too
  // often: the layer's gradient comes out m times too small.
  let divided = map(second.weights) { $0 / Double(m) }
  let ratio = divided.values[0] / pass.layers[1].weightsGradient.values[0]
  print("  divided by the rows in the routine as well: \(decimal(ratio, 4)) of dW2")
}

print("Text 002: one layer's backward pass, applied from the last layer to the first")
heading("One row: dW is the outer product of the input and the gradient")
try twoLayers(rows: 1)
heading("A batch of 4 rows: the same routine")
try twoLayers(rows: 4)

// MARK: From outer products to a matrix product

// ∂b_i/∂w_j′i′ = δ_ii′ a_j′ has three indices, but only i = i′ is not 0. What is left is one number
// for each weight, a_j g_i, and that is the outer product aᵀ g. A batch adds them up.
heading("A batch: the sum of the rows' outer products is one matrix product")
let A = draw(4, 3, stream: 2)
let g = draw(4, 2, stream: 3)
var sumOfOuterProducts = Matrix<Double>(rows: 3, columns: 2)
for row in 0..<4 {
  let outer = product(A.selecting(rows: [row]).transposed, g.selecting(rows: [row]))
  show("row \(row + 1)", outer)
  sumOfOuterProducts = sum(sumOfOuterProducts, outer)
}
show("sum", sumOfOuterProducts)
compare("sum of outer products and Aᵀ g", sumOfOuterProducts, product(A.transposed, g))

// MARK: Bias as one more row of the weights

// "The bias may be seen as incorporated by adding 1 to a": A with a column of ones times W with b
// as its last row is A W + 1 b.
heading("Bias as a column of ones")
var biased = try MLP<Double>(inputs: 3, [(2, .sigmoid)], initializer: .standardNormal, seed: 3)
biased.setBias(0, [0.5, -0.25])
let T = draw(4, 2, stream: 1)
let pass = try biased.backwardPass(inputs: A, targets: T, loss: .halfSquaredError)

let ones = Matrix<Double>(rows: 4, columns: 1, repeating: 1)
let augmentedA = besides(A, ones)
let augmentedW = Matrix(
  rows: 4, columns: 2, values: biased.weights(0).values + (biased.bias(0) ?? []))
show("[A 1]", augmentedA)
show("[W;b]", augmentedW)

let output = map(product(augmentedA, augmentedW)) { Double.sigmoid($0) }
let augmented = layerBackpropagation(
  gradient: map(difference(output, T)) { $0 / 4 }, output: output, previousOutput: augmentedA,
  weights: augmentedW, slope: sigmoidSlope)
compare("output, with ones and with bias", output, pass.layers[0].activation)
compare(
  "first 3 rows of the gradient and dW", augmented.weights.selecting(rows: [0, 1, 2]),
  pass.layers[0].weightsGradient)
if let biasGradient = pass.layers[0].biasGradient {
  compare("last row of the gradient and db", augmented.weights.selecting(rows: [3]), biasGradient)
}

// g Wᵀ now has a column for the ones. Nothing was computed before them, so nothing takes their
// gradient: the column is dropped, which the text does not say.
print("  g·Wᵀ is \(augmented.previous.shape), dA is \(pass.inputGradient.shape)")
let dropped = augmented.previous.transposed.selecting(rows: [0, 1, 2]).transposed
compare("g·Wᵀ without its last column and dA", dropped, pass.inputGradient)

/// The columns of `left`, then those of `right`.
func besides(_ left: Matrix<Double>, _ right: Matrix<Double>) -> Matrix<Double> {
  Matrix((0..<left.rows).map { Array(left.row($0)) + Array(right.row($0)) })
}
