import Perceptron

/// A = sin(s ⊙ X) with a frequency s for every column.
///
/// Backward: X̄ = Ā ⊙ cos(s ⊙ X) ⊙ s, s̄ = Σ_i Ā ⊙ cos(s ⊙ X) ⊙ X.
struct Sine: CustomLayer {
  var name: String { "sine" }

  func parameters(inputs: Int) -> [CustomParameter] {
    [CustomParameter("frequency", rows: 1, columns: inputs, start: .normal(deviation: 2))]
  }

  func forward<Element: Scalar>(
    _ input: Matrix<Element>, parameters: [Matrix<Element>]
  ) -> Matrix<Element> {
    var result = input
    for i in 0..<input.rows {
      for j in 0..<input.columns { result[i, j] = wave(parameters[0][0, j] * input[i, j]).sine }
    }
    return result
  }

  func backward<Element: Scalar>(
    input: Matrix<Element>, output: Matrix<Element>, outputGradient: Matrix<Element>,
    parameters: [Matrix<Element>]
  ) -> (input: Matrix<Element>, parameters: [Matrix<Element>]) {
    var inputGradient = outputGradient
    var frequencyGradient = Matrix<Element>(rows: 1, columns: input.columns)
    for i in 0..<input.rows {
      for j in 0..<input.columns {
        let (x, s) = (input[i, j], parameters[0][0, j])
        let slope = outputGradient[i, j] * wave(s * x).cosine
        inputGradient[i, j] = slope * s
        frequencyGradient[0, j] += slope * x
      }
    }
    return (inputGradient, [frequencyGradient])
  }
}

/// sin and cos by halving the angle six times, and Taylor's polynomials for what is left.
func wave<Element: Scalar>(_ x: Element) -> (sine: Element, cosine: Element) {
  let small = x / 64
  let square = small * small
  var (sine, cosine, power): (Element, Element, Element) = (0, 0, 1)
  for k in 1...5 {
    cosine += power
    sine += power * small / Element(2 * k - 1)
    power *= -square / Element((2 * k - 1) * 2 * k)
  }
  for _ in 0..<6 { (sine, cosine) = (2 * sine * cosine, cosine * cosine - sine * sine) }
  return (sine, cosine)
}

// The backward is compared with central differences before it is used.
let check = try Sine().checkGradient(inputs: 3)
for leaf in check.leaves { print("\(leaf.name): \(leaf.passed ? "right" : "wrong")") }

// y = sin 3x on 64 points from −2 to 2.
let x = Matrix<Double>(rows: 64, columns: 1, values: (0..<64).map { Double($0) / 63 * 4 - 2 })
let y = Matrix<Double>(rows: 64, columns: 1, values: x.values.map { wave(3 * $0).sine })

func loss(_ hidden: [Layer]) throws -> Double {
  var model = try MLP<Double>(inputs: 1, layers: hidden + [.dense(1)], seed: 7)
  try model.fit(
    inputs: x, targets: y, loss: .mse, optimizer: .adam(learningRate: 0.01), epochs: 300,
    batchSize: 16)
  return try model.loss(inputs: x, targets: y, loss: .mse)
}

func rounded(_ value: Double) -> Double { (value * 1e6).rounded() / 1e6 }

print("16 units of tanh: loss \(rounded(try loss([.dense(16, .tanh)])))")
print("16 units, then sine: loss \(rounded(try loss([.dense(16), .custom(Sine())])))")
