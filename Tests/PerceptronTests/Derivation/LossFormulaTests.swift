import Perceptron
import PerceptronDerivation
import Testing

/// Losses of one's own, as text.
@Suite("Derivation: losses as formulas")
struct LossFormulaTests {
  private func explain(_ formula: String, rows: Int, outputs: Int = 2) throws -> Explanation {
    let architecture = try Architecture(
      inputs: 3, layers: [.dense(4, .tanh), .dense(outputs, .sigmoid)])
    var stream = RandomStream(seed: 3, purpose: .data)
    func normal(_ count: Int) -> [Double] { (0..<count).map { _ in stream.normal() } }
    let model = try MLP(architecture, parameters: normal(architecture.parameterCount))
    return try Explanation(
      architecture, objective: .formula(LossFormula(formula)),
      batch: .init(
        model: model, inputs: Matrix(rows: rows, columns: 3, values: normal(rows * 3)),
        targets: Matrix(
          rows: rows, columns: outputs,
          values: (0..<rows * outputs).map { Double($0 % 2) })))
  }

  @Test(
    "the library's losses, written out, have the library's values and gradients",
    arguments: [
      ("sum((A - T)^2) / 2 / m", Loss.halfSquaredError), ("sum((A-T)*(A-T))/m", .squaredError),
      ("mean((A − T)^2)", .mse), ("sum((T - A)^2)/(m*K)", .mse),
      ("-mean(T*log(A) + (1 - T)*log(1 - A))", .binaryCrossEntropy),
      ("sum(A^2 - 2*A*T + T^2)", .squaredError.reduced(by: .sum)),
    ])
  func known(_ formula: String, _ loss: Loss) throws {
    let explanation = try explain(formula, rows: 5)
    let numbers = try #require(explanation.numbers)
    let pass = try numbers.model.backwardPass(
      inputs: numbers.inputs, targets: numbers.targets, loss: loss)
    let value = try #require(numbers.evaluation.values[explanation.network.program.loss])
    #expect(abs(value.values[0] - pass.loss) < 1e-13)
    let weights = try #require(numbers.evaluation.adjoints[explanation.network.layers[0].weights])
    for (derived, trained) in zip(weights.values, pass.layers[0].weightsGradient.values) {
      #expect(abs(derived - trained) < 1e-14)
    }
    #expect(numbers.trainingLoss == nil, "training does not know it")
  }

  @Test(
    "other losses agree with tape and differences",
    arguments: [
      "sum((A - T)^4) / m", "mean(abs(A - T))", "sum(sqrt((A - T)^2 + 1) - 1) / m",
      "mean(softplus(A)) - mean(T * A) + 0.1 * sum(exp(A)) / K", "mean(tanh(A / 2)^3)",
      "-(mean(relu(A - T)))", "1 + mean(sigmoid(A))", "mean(1 / (1 + A))",
    ], [1, 4])
  func own(_ formula: String, _ rows: Int) throws {
    for outputs in [1, 2] {
      let numbers = try #require(try explain(formula, rows: rows, outputs: outputs).numbers)
      #expect(numbers.checks.values.allSatisfy { $0.tape != nil && $0.passed })
      #expect(numbers.lines.failures == [])
    }
  }

  /// What a formula says of every entry, summed.
  private static let meanings: [(String, @Sendable (Double, Double) -> Double)] = [
    ("sum(exp(A) * T)", { a, t in Double.exp(a) * t }),
    ("sum(log(A) - T)", { a, t in Double.log(a) - t }),
    ("sum(tanh(A - T))", { a, t in Double.tanh(a - t) }),
    ("sum(sigmoid(A - 2*T))", { a, t in Double.sigmoid(a - 2 * t) }),
    ("sum(softplus(A))", { a, _ in Double.log(1 + Double.exp(a)) }),
    ("sum(relu(A - T))", { a, t in max(a - t, 0) }),
    ("sum(abs(A - T))", { a, t in abs(a - t) }),
    ("sum(sqrt(A) - T^1)", { a, t in a.squareRoot() - t }),
    ("sum((A - T)^3 + A^2)", { a, t in (a - t) * (a - t) * (a - t) + a * a }),
    ("-sum(A / (1 + T))", { a, t in -a / (1 + t) }),
    ("sum(2^3*A*T/(m*K)) - K*sum(A)/m^2", { a, t in 8 * a * t / 10 - 2 * a / 25 }),
    ("mean(A)/K + mean(T/2)*m", { a, t in a / 20 + t / 4 }),
  ]

  @Test("a formula means what it says", arguments: meanings.indices)
  func meaning(_ place: Int) throws {
    let (formula, meaning) = Self.meanings[place]
    let explanation = try explain(formula, rows: 5)
    let numbers = try #require(explanation.numbers)
    let output = try #require(numbers.evaluation.values[explanation.network.layers[1].activation])
    let total = zip(output.values, numbers.targets.values).reduce(0) { $0 + meaning($1.0, $1.1) }
    let loss = try #require(numbers.evaluation.values[explanation.network.program.loss])
    #expect(abs(loss.values[0] - total) < 1e-12, "\(formula)")
  }

  @Test(
    "what cannot be read is refused at its place",
    arguments: [
      ("A - T", "not one number"), ("3", "not one number"), ("sum(A", "character 6"),
      ("sum(B)", "character 5"), ("sum(A) / 0", "division by 0"), ("sum(A) + A", "total"),
      ("sum(A)^1.5", "character 9"), ("sum(A^0)", "power"), ("", "character 1"),
      ("sum(A) sum(T)", "character 8"), ("sum()", "character 5"),
      ("mean(log A)", "missing"), ("sum(1..2)", "not a number"),
    ])
  func refused(_ formula: String, _ says: String) {
    let error = #expect(throws: PerceptronError.self, "\(formula)") { try LossFormula(formula) }
    #expect(error?.message.contains(says) == true, "\(error?.message ?? "")")
    #expect(error?.kind == .option)
  }

  @Test("a loss that is not a finite number is said to be")
  func notFinite() throws {
    let error = #expect(throws: PerceptronError.self) { try explain("mean(log(A - 2))", rows: 2) }
    #expect(error?.message.contains("not a finite number") == true)
  }
}
