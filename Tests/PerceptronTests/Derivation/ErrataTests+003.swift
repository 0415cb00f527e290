import Perceptron
import PerceptronDerivation
import Testing

// MARK: Text 003

extension ErrataTests {
  /// tanh, sigmoid, mean binary cross-entropy on m rows.
  static func text003() throws -> Trial {
    try Trial(inputs: 2, [(4, .tanh), (1, .sigmoid)], loss: .binaryCrossEntropy, rows: 5)
  }

  @Test("003: σ′ = σ(σ − 1) has the wrong sign", arguments: [-2.0, 0, 1])
  func sigmoidSlope(_ z: Double) {
    let h = 1e-3
    let near = Self.sigmoid(z + h) - Self.sigmoid(z - h)
    let slope = (8 * near - (Self.sigmoid(z + 2 * h) - Self.sigmoid(z - 2 * h))) / (12 * h)
    let value = Self.sigmoid(z)
    #expect(abs(value * (1 - value) - slope) < 1e-12)
    #expect(slope > 0.1 && value * (value - 1) < -0.1)
  }

  @Test("003: ∂L/∂Z₂ is (A₂ − y)/m, and the box has the wrong sign; ∂L/∂A₂ is right as printed")
  func signBehindTheSigmoid() throws {
    let trial = try Self.text003()
    let share = Coefficient.reciprocal(trial.network.examples)
    let difference = trial.a(2) - trial.t()
    let z2 = trial.symbols(2).preActivation
    #expect(trial.error(share * difference, of: z2) < Self.right)
    #expect(abs(trial.error(-share * difference, of: z2) - 2) < 1e-6, "the printed (y − A₂)/m")

    func box(_ error: Expression) -> Expression {
      share
        * (trial.x().transposed
          * Expression.mapDerivative(.tanh, trial.z(1)).times(error * trial.w(2).transposed))
    }
    let w1 = trial.symbols(1).weights
    #expect(trial.error(box(difference), of: w1) < Self.right)
    #expect(abs(trial.error(box(trial.t() - trial.a(2)), of: w1) - 2) < 1e-6, "the box")

    let one = Expression.ones(trial.a(2).shape)
    let printed =
      -share * trial.t().over(trial.a(2)) + share * (one - trial.t()).over(one - trial.a(2))
    #expect(trial.error(printed, of: trial.symbols(2).activation) < Self.right)
    // "As a whole" it is ∂L/∂Z₂, not ∂L/∂A₂.
    #expect(trial.error(share * difference, of: trial.symbols(2).activation) > 0.5)
  }

  @Test("003: what is left to the reader: W₂, b₁, b₂")
  func leftToTheReader() throws {
    let trial = try Self.text003()
    let w2 = trial.symbols(2).weights
    #expect(trial.error(trial.a(1).transposed * trial.zBar(2), of: w2) < Self.right)
    for layer in 1...2 {
      let bias = try #require(trial.symbols(layer).bias)
      #expect(trial.error(trial.zBar(layer).columnSums, of: bias) < Self.right)
    }
  }
}
