import Perceptron
import PerceptronDerivation
import Testing

/// What `Errata.md` says of five texts, decided by numbers: what the text says is computed as it is
/// written and is wrong by far, what the page says instead agrees with central differences.
@Suite("Errata")
struct ErrataTests {
  /// What is right agrees so well with differences of fourth order.
  static let right = 1e-9

  static func sigmoid(_ z: Double) -> Double { 1 / (1 + Double.exp(-z)) }
}

// MARK: Text 000

extension ErrataTests {
  /// 2-2-2-1 relu, relu, sigmoid without biases, on the example of `Examples/Text000`.
  static func text000() throws -> Trial {
    var model = try MLP<Double>(inputs: 2, [(2, .relu), (2, .relu), (1, .sigmoid)], bias: false)
    model.setWeights(0, Matrix([[0.6, 0.3], [-0.2, 0.5]]))
    model.setWeights(1, Matrix([[0.4, -0.5], [0.7, -0.2]]))
    model.setWeights(2, Matrix([[0.9], [-0.8]]))
    return try Trial(
      model, inputs: Matrix([[1, 2]]), targets: Matrix([[1]]), loss: .halfSquaredError,
      layout: .columnsOutIn)
  }

  @Test("000: the backward pass begins with v̄_N = 1; v_N is the loss itself")
  func seed() throws {
    let trial = try Self.text000()
    let loss = trial.network.program.loss
    #expect(trial.error(.ones(.scalar), of: loss) < Self.right)
    #expect(abs(trial.loss - 0.042312) < 5e-7)
  }

  @Test("000: ∘ is the Hadamard product; as a matrix product the shapes do not fit")
  func composition() throws {
    let trial = try Self.text000()
    let l2 = trial.symbols(2).preActivation
    let theta = Expression.mapDerivative(.relu, trial.z(2))
    #expect(trial.error(trial.aBar(2).times(theta), of: l2) < Self.right)
    #expect(refusal(l2, trial.aBar(2) * theta) == "product: shapes n2 × 1 and n2 × 1 do not fit")
    #expect(trial.error(trial.aBar(2) * theta.transposed, of: l2) == .infinity, "2 × 2")
  }

  @Test("000: W̄₂ is an outer product; between l̄₂ and a₁ᵀ no Hadamard product is defined")
  func outerProduct() throws {
    let trial = try Self.text000()
    let w2 = trial.symbols(2).weights
    #expect(trial.error(trial.zBar(2) * trial.a(1).transposed, of: w2) < Self.right)
    #expect(
      refusal(w2, trial.zBar(2).times(trial.a(1).transposed))
        == "⊙: shapes n2 × 1 and 1 × n1 do not fit")
    let wBar = trial.evaluation.value(of: trial.zBar(2) * trial.a(1).transposed)
    #expect(abs(wBar[0, 0] + 0.0108) < 5e-5 && abs(wBar[0, 1] + 0.0702) < 5e-5)
  }

  @Test("000: ∂(w₃·a₂)/∂w₃ is a₂ᵀ, a row as w₃ is")
  func rowGradient() throws {
    let trial = try Self.text000()
    let w3 = trial.symbols(3).weights
    #expect(trial.error(trial.zBar(3) * trial.a(2).transposed, of: w3) < Self.right)
    #expect(refusal(w3, trial.a(2)) == "W3 is 1 × n2, its expression n2 × 1")
  }

  @Test("000: round() has a derivative almost everywhere, and it is 0")
  func rounding() throws {
    let h = 1e-3
    var away = 0
    for k in 0..<1000 {
      let y = Double(k) / 1000
      let slope = ((y + h).rounded() - (y - h).rounded()) / (2 * h)
      if abs(y - 0.5) > 1.5 * h {
        #expect(slope == 0)
        away += 1
      }
    }
    #expect(away == 997)
    // Through the whole network: no weight hears of the loss.
    let model = try Self.text000().numbers.model
    func loss(_ parameters: [Double]) throws -> Double {
      let output = try MLP(model.architecture, parameters: parameters).outputs(Matrix([[1, 2]]))
      return 0.5 * (output[0, 0].rounded() - 1) * (output[0, 0].rounded() - 1)
    }
    for k in model.parameters.indices {
      var (more, less) = (model.parameters, model.parameters)
      more[k] += h
      less[k] -= h
      let slope = (try loss(more) - (try loss(less))) / (2 * h)
      #expect(slope == 0)
    }
  }

  @Test("000: without biases the output at (0, 0) is ½ whatever the weights: no XOR")
  func noBias() throws {
    for seed: UInt64 in 0..<100 {
      let model = try Draw.network(
        inputs: 2, [(2, .relu), (2, .relu), (1, .sigmoid)], bias: false, seed: seed,
        as: Double.self)
      let output = try model.outputs(Matrix([[0, 0]]))[0, 0]
      #expect(output == 0.5)
      // That row alone costs ½ · ¼ of four rows' mean.
      let loss = try model.loss(
        inputs: Matrix([[0, 0], [0, 1], [1, 0], [1, 1]]), targets: Matrix([[0], [1], [1], [0]]),
        loss: .halfSquaredError)
      #expect(loss >= 1.0 / 32)
    }
    var solved = try MLP<Double>(inputs: 2, [(2, .relu), (1, .sigmoid)])
    solved.setWeights(0, Matrix([[1, 1], [1, 1]]))
    solved.setBias(0, [0, -1])
    solved.setWeights(1, Matrix([[10], [-20]]))
    solved.setBias(1, [-5])
    let labels = try solved.outputs(Matrix([[0, 0], [0, 1], [1, 0], [1, 1]])).values
      .map { $0.rounded() }
    #expect(labels == [0, 1, 1, 0], "with biases it is within reach")
  }
}
