// "Basic MLP with manually-derived Backprop": the network [(2, ReLU), (2, ReLU), (1, Sigmoid)]
// without biases, half squared error, backprop per element and then vectorized.
//
// The text writes columns: l = W · x with W out × in. The library writes a batch of rows:
// Z = X W with W in × out. One is the transpose of the other, so is every adjoint.
//
// expected output: see expected.txt

import ExampleSupport
import Perceptron

// MARK: The network of the text, on one example

// W₁, W₂ and w₃ as the text writes them, row by row.
let W1 = Matrix<Double>([[0.6, -0.2], [0.3, 0.5]])
let W2 = Matrix<Double>([[0.4, 0.7], [-0.5, -0.2]])
let w3 = Matrix<Double>([[0.9, -0.8]])
let x = Matrix<Double>([[1.0, 2.0]])
let t = Matrix<Double>([[1.0]])

var network = try MLP<Double>(
  inputs: 2, [(2, .relu), (2, .relu), (1, .sigmoid)], bias: false)
for (layer, weights) in [W1, W2, w3].enumerated() {
  network.setWeights(layer, weights.transposed)
}
let pass = try network.backwardPass(inputs: x, targets: t, loss: .halfSquaredError)

print("Text 000: " + network.architecture.summary + ", no bias, half squared error")
print("Every shape below is the text's; what the library holds is the transpose.")

heading("Forward")
for (index, layer) in pass.layers.enumerated() {
  show("l\(index + 1)", layer.preActivation.transposed)
  show("a\(index + 1)", layer.activation.transposed)
}
print("  L = ½ (a3 − t)² = \(decimal(pass.loss, 6))")

// "The 'type' of the LHS is not clearly stated. Quite irritating." It is always that of the
// quantity without the bar: L is a scalar, so ∂L/∂V has one entry for each entry of V.
// "Set v_N = 1" must read v̄_N = 1: the adjoint of the loss is 1, not the loss.
heading("Backward: every left-hand side has the shape of what it is the adjoint of")
for (index, layer) in pass.layers.enumerated().reversed() {
  if let outputGradient = layer.outputGradient { show("ā\(index + 1)", outputGradient.transposed) }
  show("l̄\(index + 1)", layer.preActivationGradient.transposed)
  show("W̄\(index + 1)", layer.weightsGradient.transposed)
}
show("x̄", pass.inputGradient.transposed)

// MARK: The same, element by element

// θ(l₂₂) = 0, that unit is off: its whole row of W̄₂ is 0 (equations 7 and 8).
// ∂(w₃ · a₂)/∂w₃ is a₂ᵀ, a row as w₃ is (the remarks have a₂). W̄₂ = l̄₂ a₁ᵀ is an outer product. The text takes ∘ for matrix multiplication in one remark; in
// l̄₂ = ā₂ ∘ θ(l₂) it is the Hadamard product.
heading("The text's equations, one scalar at a time, against the matrices above")

let a1 = pass.layers[0].activation.values
let a2 = pass.layers[1].activation.values
let a3 = pass.layers[2].activation.values[0]
func theta(_ value: Double) -> Double { value > 0 ? 1 : 0 }

let a3Bar = a3 - t[0, 0]  // (3)
let l3Bar = a3Bar * a3 * (1 - a3)  // (4)
let w3Bar = (0..<2).map { i in l3Bar * a2[i] }  // (5)
let a2Bar = (0..<2).map { i in l3Bar * w3[0, i] }  // (6)
let l2Bar = (0..<2).map { i in a2Bar[i] * theta(pass.layers[1].preActivation.values[i]) }  // (7)
let W2Bar = (0..<2).map { i in (0..<2).map { j in l2Bar[i] * a1[j] } }  // (8)
let a1Bar = (0..<2).map { i in l2Bar[0] * W2[0, i] + l2Bar[1] * W2[1, i] }  // (9)
let l1Bar = (0..<2).map { i in a1Bar[i] * theta(pass.layers[0].preActivation.values[i]) }  // (10)
let W1Bar = (0..<2).map { i in (0..<2).map { j in l1Bar[i] * x[0, j] } }  // (11)

func compare(_ equation: String, _ scalars: [[Double]], _ gradient: Matrix<Double>) {
  let gap = largestDifference(Matrix(scalars), gradient.transposed)
  print("  \(padded(equation, 32)) \(agreement(gap))")
}
compare("(5)  w̄3_1i = l̄3 a2_i", [w3Bar], pass.layers[2].weightsGradient)
compare("(8)  W̄2_ij = l̄2_i a1_j", W2Bar, pass.layers[1].weightsGradient)
compare("(11) W̄1_ij = l̄1_i x_j", W1Bar, pass.layers[0].weightsGradient)

// MARK: XOR

// The four rows of XOR, with biases, from start weights that are written down: 2000 steps of plain
// gradient descent on all four rows, rate 0.5.
let corners = Matrix<Double>([[0, 0], [0, 1], [1, 0], [1, 1]])
let exclusiveOr = Matrix<Double>([[0], [1], [1], [0]])

func trained(_ start: MLP<Double>, steps: Int, reportEvery interval: Int) throws -> MLP<Double> {
  var model = start
  var step = try TrainingStep(
    model, loss: .halfSquaredError, optimizer: .sgd(learningRate: 0.5), largestBatch: 4)
  for number in 0..<steps {
    let loss = step.run(corners, exclusiveOr)
    if number.isMultiple(of: interval) { print("  step \(aligned("\(number)", 5))  \(loss)") }
  }
  step.snapshot(into: &model)
  let loss = try model.loss(inputs: corners, targets: exclusiveOr, loss: .halfSquaredError)
  print("  step \(aligned("\(steps)", 5))  \(loss)")
  return model
}

heading("XOR with biases: the loss")
var start = try MLP<Double>(inputs: 2, [(2, .relu), (2, .relu), (1, .sigmoid)])
start.setWeights(
  0,
  Matrix([
    [0.31497452783333046, -0.5225278313858472], [-0.628666558271632, 0.5511854826903099],
  ]))
start.setBias(0, [0.7980876316980272, 0.28608153067763464])
start.setWeights(
  1,
  Matrix([
    [-0.3742125928482683, 0.34027479584946657], [-0.7709116288910441, -0.02108790096370175],
  ]))
start.setBias(1, [-0.4784404609486337, -0.015954966103382248])
start.setWeights(2, Matrix([[0.003440219237201121], [-0.4354475047500467]]))
start.setBias(2, [-0.2121027388266793])
let xor = try trained(start, steps: 2000, reportEvery: 500)

// round() belongs to inference. It *is* differentiable almost everywhere, with derivative 0: the
// reason to keep it out of training is that it carries no signal.
func showLabels(_ model: MLP<Double>) throws {
  let outputs = try model.outputs(corners)
  for i in 0..<4 {
    let (input, output) = (corners.row(i).map { decimal($0, 0) }, outputs[i, 0])
    print(
      "  (\(input.joined(separator: ", ")))  output \(decimal(output, 6))  rounded "
        + "\(decimal(output.rounded(), 0))  wanted \(decimal(exclusiveOr[i, 0], 0))")
  }
}
try showLabels(xor)

// MARK: XOR without biases

// At x = 0 every product is 0, relu(0) = 0 and σ(0) = ½, whatever the weights are. So the row
// (0, 0) alone costs ½ · (½)² / 4 = 1/32 for ever, and its label cannot be learnt.
heading("XOR without biases, as the text draws the network: out of reach")
let origin = Matrix<Double>([[0, 0]])
for seed: UInt64 in 1...3 {
  let random = try MLP<Double>(
    inputs: 2, [(2, .relu), (2, .relu), (1, .sigmoid)], bias: false,
    initializer: .standardNormal, seed: seed)
  print("  random weights \(seed): output at (0, 0) is \(try random.outputs(origin)[0, 0])")
}
let biasFree = try MLP<Double>(
  inputs: 2, [(2, .relu), (2, .relu), (1, .sigmoid)], bias: false, seed: 6)
let stuck = try trained(biasFree, steps: 2000, reportEvery: 500)
try showLabels(stuck)
print("  no weights reach a loss below 1/32 = \(1.0 / 32)")
