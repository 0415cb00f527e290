import Perceptron
import PerceptronDerivation
import Testing

/// The Swift samples of the derivation's pages, word for word. `AnswersTests` finds them here.
@Suite("Answers: samples")
struct PageSampleTests {
  @Test("a program of one's own: a tied autoencoder")
  func tiedAutoencoder() throws {
    let (m, n, k) = (Dimension.named("m"), Dimension.named("n"), Dimension.named("k"))
    let x = Symbol("X", nil, Shape(m, n), .data)
    let w = Symbol("W", nil, Shape(n, k), .parameter)
    let h = Symbol("H", nil, Shape(m, k), .value)
    let y = Symbol("Y", nil, Shape(m, n), .value)
    let l = Symbol("L", nil, .scalar, .value)
    let error = Expression.symbol(y) - .symbol(x)
    let program = try Program(
      inputs: [x, w],
      definitions: [
        .init(h, (Expression.symbol(x) * .symbol(w)).mapped(.tanh)),
        .init(y, .symbol(h) * Expression.symbol(w).transposed),
        .init(l, .reciprocal(m) * .inner(error, error)),
      ])

    let derivation = Derivation(program)
    let formula = try #require(derivation.adjoint(of: w)?.formula)
    let text = UnicodeMath.line(formula.formula)  // Xᵀ (H̄ ⊙ (1 − H ⊙ H)) + Ȳᵀ H

    var stream = RandomStream(seed: 1, purpose: .data)
    func draw(_ rows: Int, _ columns: Int) -> Matrix<Double> {
      let values = (0..<rows * columns).map { _ in stream.normal() }
      return Matrix(rows: rows, columns: columns, values: values)
    }
    var evaluation = try Evaluation(
      program, inputs: [x: draw(5, 3), w: draw(3, 2)], sizes: [m: 5, n: 3, k: 2])
    evaluation.addAdjoints(of: derivation)
    let derived = evaluation.adjoints[w]
    let taped = try ProgramTape(program, evaluation)?.adjoints(of: [w])[w]
    let measured = evaluation.differences(of: w, program).values
    let lines = StepCheck(derivation, evaluation)

    #expect(text == "Xᵀ (H̄ ⊙ (1 − H ⊙ H)) + Ȳᵀ H")
    let wanted = try #require(derived)
    #expect(relativeError(try #require(taped), wanted) < 1e-13)
    #expect(relativeError(measured, wanted) < 1e-9)
    #expect(lines.failures.isEmpty)
    #expect(derivation.adjoint(of: w)?.uses.map(\.consumer) == [h, y])
  }

  @Test("001: blocks and their inner products")
  func blocks() {
    let b = Matrix<Double>([[1, 2, 3], [4, 5, 6]])
    let yBar = Matrix<Double>([[1, 0, -1], [2, 1, 0]])
    var aBar = Matrix<Double>(rows: 2, columns: 2)
    for i in 0..<2 {
      for j in 0..<2 {
        // ∂Y/∂A_ij is a block of Y's shape: row j of B in row i, 0 elsewhere.
        var block = Matrix<Double>(rows: 2, columns: 3)
        for k in 0..<3 { block[i, k] = b[j, k] }
        aBar[i, j] = zip(yBar.values, block.values).reduce(0) { $0 + $1.0 * $1.1 }
      }
    }
    // Ȳ Bᵀ = [[-2, -2], [4, 13]], without any block.
    #expect(aBar == Matrix([[-2, -2], [4, 13]]))
  }

  @Test("002: the third-order ∂b/∂W, summed with g, is an outer product")
  func thirdOrder() {
    let a = [2.0, 3, 5]
    let g = [1.0, -4]
    var gradient = Matrix<Double>(rows: 3, columns: 2)
    for j in 0..<3 {
      for i in 0..<2 {
        // Σ_k g_k ∂b_k/∂w_ji with ∂b_k/∂w_ji = δ_ki a_j: 12 numbers, 6 of them 0.
        for k in 0..<2 { gradient[j, i] += g[k] * (k == i ? a[j] : 0) }
      }
    }
    // aᵀ g = [[2, -8], [3, -12], [5, -20]]
    #expect(gradient == Matrix([[2, -8], [3, -12], [5, -20]]))
  }

  @Test("003: a factor moves to the other side transposed")
  func moving() throws {
    let (p, q, r) = (Dimension.named("p"), Dimension.named("q"), Dimension.named("r"))
    let a = Symbol("A", nil, Shape(p, q), .data)
    let b = Symbol("B", nil, Shape(p, r), .parameter)
    let c = Symbol("C", nil, Shape(r, q), .parameter)
    let l = Symbol("L", nil, .scalar, .value)
    let program = try Program(
      inputs: [a, b, c],
      definitions: [.init(l, .inner(.symbol(a), .symbol(b) * .symbol(c)))], constants: [a])
    let derivation = Derivation(program)
    // Of ⟨A, B C⟩: B̄ = A Cᵀ and C̄ = Bᵀ A.
    let moved = [b, c].map { symbol in
      derivation.adjoint(of: symbol)?.formula.map { UnicodeMath.line($0.formula) }
    }
    #expect(moved == ["A Cᵀ", "Bᵀ A"])
  }

  @Test("004: |x − 1| by two units")
  func absolute() throws {
    var model = try MLP<Double>(inputs: 1, [(2, .relu), (1, .identity)])
    model.setWeights(0, Matrix([[1, -1]]))
    model.setBias(0, [-1, 1])
    model.setWeights(1, Matrix([[1], [1]]))
    let outputs = try model.outputs(Matrix([[-3], [0.75], [1], [40]]))
    // 4, 0.25, 0, 39
    #expect(outputs.values == [4, 0.25, 0, 39])
  }

  @Test("004: how wide for x²?")
  func widths() throws {
    let x = Matrix((0...100).map { [Double($0) / 10 - 5] })
    let y = Matrix(x.values.map { [$0 * $0] })
    var losses: [Double] = []
    for hidden in [[2], [8], [8, 8]] {
      let layers = hidden.map { ($0, Activation.relu) } + [(1, .identity)]
      let model = try MLP<Double>(inputs: 1, layers, seed: 4)
      var step = try TrainingStep(
        model, loss: .mse, optimizer: .adam(learningRate: 0.02), largestBatch: x.rows)
      for _ in 0..<2000 { step.run(x, y) }
      losses.append(step.run(x, y))
    }
    // 57.8, 0.397, 0.0325
    for (loss, wanted) in zip(losses, [57.8, 0.397, 0.0325]) {
      #expect(abs(loss / wanted - 1) < 2e-3)
    }
  }

  @Test("004: equal weights stay equal")
  func symmetry() throws {
    var model = try MLP<Double>(inputs: 1, [(2, .tanh), (1, .identity)])
    model.setWeights(0, Matrix([[0.5, 0.5]]))
    model.setWeights(1, Matrix([[0.5], [0.5]]))
    var step = try TrainingStep(
      model, loss: .mse, optimizer: .sgd(learningRate: 0.05), largestBatch: 3)
    for _ in 0..<100 { step.run(Matrix([[-2], [0], [3]]), Matrix([[3], [1], [2]])) }
    step.snapshot(into: &model)
    let weights = model.weights(0).values
    // weights[0] == weights[1]: two units that are one
    #expect(weights[0] == weights[1] && weights[0] != 0.5)
  }

  @Test("Mazur's example")
  func mazur() throws {
    let inputs = Matrix<Double>([[0.05, 0.10]])
    let targets = Matrix<Double>([[0.01, 0.99]])
    let architecture = try MLP<Double>(inputs: 2, [(2, .sigmoid), (2, .sigmoid)]).architecture
    // Layer by layer: the weights inputs × units, row by row, then the bias.
    let model = try MLP<Double>(
      architecture,
      parameters: [0.15, 0.25, 0.20, 0.30, 0.35, 0.35, 0.40, 0.50, 0.45, 0.55, 0.60, 0.60])
    let explanation = try Explanation(
      architecture, objective: .loss(.halfSquaredError),
      batch: .init(model: model, inputs: inputs, targets: targets))
    var evaluation = explanation.checked.evaluation
    let weights = explanation.network.layers.map(\.weights)

    func updated(_ w: Symbol) -> Matrix<Double> {
      UpdateRule(.sgd(learningRate: 0.5), of: w, evaluation).result
    }
    func loss(_ first: Matrix<Double>, _ second: Matrix<Double>) throws -> Double {
      var moved = model
      moved.setWeights(0, first)
      moved.setWeights(1, second)
      return try moved.loss(inputs: inputs, targets: targets, loss: .halfSquaredError)
    }
    let second = updated(weights[1])
    let before = try loss(model.weights(0), model.weights(1))  // 0.298371109
    let after = try loss(updated(weights[0]), second)  // 0.291027774

    // What is copied: W₂ is replaced before the adjoints that read it are computed.
    evaluation.set(weights[1], to: second)
    evaluation.addAdjoints(of: explanation.derivation)
    let copied = try loss(updated(weights[0]), second)  // 0.291027924

    #expect(abs(before - 0.298371109) < 5e-10)
    #expect(abs(after - 0.291027774) < 5e-10)
    #expect(abs(copied - 0.291027924) < 5e-10)
  }
}
