import Perceptron
import PerceptronDerivation
import Testing

// MARK: Text 002

extension ErrataTests {
  @Test("002: divided by N in the loss and in the routine, 1/N of the gradient is left")
  func dividedTwice() throws {
    let trial = try Trial(
      inputs: 3, [(4, .sigmoid), (2, .sigmoid)], loss: .halfSquaredError, rows: 4)
    let w2 = trial.symbols(2).weights
    let slope = Expression.mapDerivative(.sigmoid, trial.z(2))
    /// The routine: `prev_output.T @ (gradient * derivative) / N`.
    func routine(_ gradient: Expression) -> Expression {
      .reciprocal(trial.network.examples) * (trial.a(1).transposed * gradient.times(slope))
    }
    let perRow = trial.a(2) - trial.t()
    #expect(trial.error(routine(perRow), of: w2) < Self.right, "a gradient per row: right")
    let ofTheMean = Expression.scale(.reciprocal(trial.network.examples), perRow)
    #expect(trial.error(ofTheMean, of: trial.symbols(2).activation) < Self.right)
    #expect(abs(trial.error(routine(ofTheMean), of: w2) - 0.75) < 1e-6)
    #expect(trial.error(4 * routine(ofTheMean), of: w2) < Self.right, "a quarter is left")
  }

  @Test("002: with a column of ones g Wᵀ has one column too many; dropped, it is right")
  func columnOfOnes() throws {
    let trial = try Trial(
      inputs: 3, [(4, .sigmoid), (2, .sigmoid)], loss: .halfSquaredError, rows: 4,
      biasForm: .augmented)
    let a1 = trial.symbols(1).activation
    let printed = trial.zBar(2) * trial.w(2).transposed
    #expect(refusal(a1, printed) == "A1 is m × n1, its expression m × n1+1")
    #expect(trial.evaluation.value(of: printed).columns == 5)
    #expect(trial.error(printed, of: a1) == .infinity)
    #expect(trial.error(.droppingLast(printed, along: .row), of: a1) < Self.right)
  }

  @Test("002: g Wᵀ is the gradient of the layer's input, not yet the g of the layer before")
  func nextGradient() throws {
    let trial = try Trial(
      inputs: 3, [(4, .sigmoid), (2, .sigmoid)], loss: .halfSquaredError, rows: 1)
    let printed = trial.zBar(2) * trial.w(2).transposed
    #expect(trial.error(printed, of: trial.symbols(1).preActivation) > 0.5)
    #expect(trial.error(printed, of: trial.symbols(1).activation) < Self.right)
    let complete = printed.times(.mapDerivative(.sigmoid, trial.z(1)))
    #expect(trial.error(complete, of: trial.symbols(1).preActivation) < Self.right)
  }

  @Test("002: N rows go in and N rows come out: B is N × m")
  func batchShape() {
    let (rows, n, m) = (Dimension.named("N"), Dimension.named("n"), Dimension.named("m"))
    let a = Symbol("A", nil, Shape(rows, n), .data)
    let w = Symbol("W", nil, Shape(n, m), .parameter)
    let product = Expression.symbol(a) * .symbol(w)
    func b(_ columns: Dimension) -> Symbol { Symbol("B", nil, Shape(rows, columns), .value) }
    #expect(refusal(b(n), product) == "B is N × n, its expression N × m")
    #expect(refusal(b(m), product) == nil)
  }

  @Test("002: not every derivative can be written in the output")
  func derivativeOfOutput() throws {
    // The sigmoid's can.
    for z in [-2.0, 0, 1] {
      let a = Self.sigmoid(z)
      let slope = (Self.sigmoid(z + 1e-4) - Self.sigmoid(z - 1e-4)) / 2e-4
      #expect(abs(slope - a * (1 - a)) < 1e-8)
    }
    // SiLU, z σ(z), takes the value −0.2 twice, falling and rising.
    func silu(_ z: Double) -> Double { z * Self.sigmoid(z) }
    func root(_ low: Double, _ high: Double) -> Double {
      var (low, high) = (low, high)
      let sign = silu(low) > -0.2
      for _ in 0..<60 {
        let middle = (low + high) / 2
        if (silu(middle) > -0.2) == sign { low = middle } else { high = middle }
      }
      return low
    }
    let slopes = [root(-5, -1.3), root(-1.2, 0)].map { (silu($0 + 1e-4) - silu($0 - 1e-4)) / 2e-4 }
    #expect(abs(slopes[0] + 0.0998) < 1e-4 && abs(slopes[1] - 0.2405) < 1e-4)
  }

  @Test("002: softmax is not element by element")
  func softmax() throws {
    let trial = try Trial(inputs: 3, [(3, .softmax)], loss: .halfSquaredError, rows: 4)
    let z1 = trial.symbols(1).preActivation
    let (a, bar) = (trial.a(1), trial.aBar(1))
    let elementwise = bar.times(a).times(.ones(a.shape) - a)
    #expect(trial.error(elementwise, of: z1) > 0.1)
    let sums = bar.times(a).rowSums.inEveryColumn(a.shape.columns)
    #expect(trial.error(a.times(bar - sums), of: z1) < Self.right)
  }
}
