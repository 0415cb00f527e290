import Perceptron
import PerceptronDerivation
import Testing

// MARK: Text 004

extension ErrataTests {
  /// The slides' network of three layers with one output, in columns, one example.
  static func text004() throws -> Trial {
    try Trial(
      inputs: 2, [(2, .sigmoid), (2, .sigmoid), (1, .sigmoid)], loss: .halfSquaredError, rows: 1,
      layout: .columnsInOut)
  }

  /// δ^{[l]} as the slides define it, ∂ŷ/∂f^{[l]}, by differences of the output.
  private func delta(_ trial: Trial, _ layer: Int) throws -> Matrix<Double> {
    let forward = Array(trial.network.program.definitions.dropLast())
    let output = try Program(
      inputs: trial.network.program.inputs, definitions: forward)
    let symbol = trial.symbols(layer).preActivation
    return trial.evaluation.differences(of: symbol, output).values
  }

  @Test("004: δ is the derivative of the output; the factor ŷ − y makes it the loss's")
  func outputNotLoss() throws {
    let trial = try Self.text004()
    let factor = trial.evaluation.value(of: trial.a(3) - trial.t()).values[0]
    for layer in 1...3 {
      let delta = try delta(trial, layer)
      let loss = trial.evaluation.differences(
        of: trial.symbols(layer).preActivation, trial.network.program
      ).values
      #expect(relativeError(delta, loss) > 0.1)
      let scaled = Matrix(rows: delta.rows, columns: 1, values: delta.values.map { factor * $0 })
      #expect(relativeError(scaled, loss) < Self.right)
    }
  }

  @Test("004: with several outputs δ is a Jacobian; times ∂ε/∂ŷ it is the error term")
  func severalOutputs() throws {
    let trial = try Trial(
      inputs: 2, [(3, .sigmoid), (2, .sigmoid)], loss: .halfSquaredError, rows: 1,
      layout: .columnsInOut)
    let (f1, output) = (trial.symbols(1).preActivation, trial.symbols(2).activation)
    // y = ⟨pick, ŷ⟩ is one output after the other.
    let pick = Symbol("pick", nil, output.shape, .data)
    let y = Symbol("y", nil, .scalar, .value)
    let forward = Array(trial.network.program.definitions.dropLast())
    let program = try Program(
      inputs: trial.network.program.inputs + [pick],
      definitions: forward + [.init(y, .inner(.symbol(pick), .symbol(output)))])
    var at = trial.evaluation
    let columns = [Matrix<Double>([[1], [0]]), Matrix([[0], [1]])].map { choice in
      at.set(pick, to: choice)
      return at.differences(of: f1, program).values.values
    }
    #expect(columns.map(\.count) == [3, 3])
    #expect(zip(columns[0], columns[1]).allSatisfy { abs($0 - $1) > 1e-3 })
    let factors = at.value(of: trial.a(2) - trial.t()).values
    let sums = zip(columns[0], columns[1]).map { factors[0] * $0 + factors[1] * $1 }
    let loss = at.differences(of: f1, trial.network.program).values
    #expect(relativeError(Matrix(rows: 3, columns: 1, values: sums), loss) < Self.right)
  }

  @Test("004: δ^{[l]} is not ∂g^{[l]}/∂f^{[l]}, and the recursion needs the layer's own g′")
  func recursion() throws {
    let trial = try Self.text004()
    func slope(_ layer: Int) -> Expression { .mapDerivative(.sigmoid, trial.z(layer)) }
    for layer in 1...2 {
      let delta = try delta(trial, layer)
      let above = try self.delta(trial, layer + 1)
      #expect(relativeError(trial.evaluation.value(of: slope(layer)), delta) > 0.5)
      let arrived = Symbol("arriving", nil, trial.z(layer + 1).shape, .value)
      let arriving = Expression.symbol(arrived)
      var at = trial.evaluation
      at.set(arrived, to: above)
      #expect(
        relativeError(at.value(of: slope(layer).times(trial.w(layer + 1) * arriving)), delta)
          < Self.right)
      // With ∂g^{[L]}/∂f^{[l]}, which is δ itself, in place of g′ it is another number.
      let itself = Symbol("delta", nil, trial.z(layer).shape, .value)
      at.set(itself, to: delta)
      let circular = Expression.symbol(itself).times(trial.w(layer + 1) * arriving)
      #expect(relativeError(at.value(of: circular), delta) > 0.5)
    }
  }

  @Test("004: ∂g^{[L]}/∂f^{[l]} is not diagonal, ∂g^{[l]}/∂f^{[l]} is")
  func diagonal() throws {
    let v = Matrix<Double>([[1, -2], [3, 1]])
    func first(_ f: [Double]) -> [Double] { f.map(Self.sigmoid) }
    func last(_ f: [Double]) -> [Double] {
      let a = first(f)
      return (0..<2).map { j in Self.sigmoid(a[0] * v[0, j] + a[1] * v[1, j]) }
    }
    /// The entry of row i (f_i) and column j (g_j), as the slides arrange it.
    func entry(_ g: ([Double]) -> [Double], _ i: Int, _ j: Int) -> Double {
      let f = [0.3, -0.7]
      var (more, less) = (f, f)
      more[i] += 1e-4
      less[i] -= 1e-4
      return (g(more)[j] - g(less)[j]) / 2e-4
    }
    #expect(entry(first, 0, 1) == 0 && entry(first, 1, 0) == 0)
    #expect(abs(entry(last, 0, 1)) > 0.01 && abs(entry(last, 1, 0)) > 0.01)
  }

  @Test("004: the first δ^{[1]} slide multiplies shapes that do not fit, or the wrong numbers")
  func wrongIndices() throws {
    // ∂g²/∂f¹ ∂f³/∂g² δ²: (n¹ × n²)(n² × n³)(n² × 1).
    let trial = try Self.text004()
    let f1 = trial.symbols(1).preActivation
    let jacobian = Expression.symbol(
      Symbol("J", nil, Shape(trial.network.widths[1], trial.network.widths[2]), .value))
    #expect(
      refusal(f1, jacobian * trial.w(3) * trial.z(2))
        == "product: shapes n1 × 1 and n2 × 1 do not fit")
    // One unit in each layer, weights 1, 2, 3, fed with 1: everything fits, and the number is wrong.
    var chain = try MLP<Double>(
      inputs: 1, [(1, .sigmoid), (1, .sigmoid), (1, .sigmoid)], bias: false)
    for layer in 0..<3 { chain.setWeights(layer, Matrix([[Double(layer + 1)]])) }
    let scalar = try Trial(
      chain, inputs: Matrix([[1]]), targets: Matrix([[0]]), loss: .halfSquaredError)
    func number(_ x: Expression) -> Double { scalar.evaluation.value(of: x).values[0] }
    func slope(_ layer: Int) -> Double { number(.mapDerivative(.sigmoid, scalar.z(layer))) }
    let wanted = try delta(scalar, 1).values[0]
    let above = try delta(scalar, 2).values[0]
    let printed = slope(2) * number(scalar.w(2)) * slope(1) * number(scalar.w(3)) * above
    #expect(abs(printed - 0.006112) < 5e-7)
    let recap = slope(1) * number(scalar.w(2)) * above
    #expect(abs(recap / wanted - 1) < Self.right)
    #expect(abs(wanted - 0.013338) < 5e-7)
  }

  @Test("004: a δ lacks its ᵀ")
  func missingTranspose() throws {
    let trial = try Self.text004()
    let w2 = trial.symbols(2).weights
    let (a, bar) = (trial.a(1), trial.zBar(2))
    #expect(refusal(w2, a * bar) == "product: shapes n1 × 1 and n2 × 1 do not fit")
    #expect(trial.error(a * bar.transposed, of: w2) < Self.right)
  }

  @Test("004: the bias gradient, which is never derived, is δ itself")
  func biasGradient() throws {
    let trial = try Self.text004()
    for layer in 1...3 {
      let bias = try #require(trial.symbols(layer).bias)
      #expect(trial.error(trial.zBar(layer), of: bias) < Self.right)
    }
  }

  @Test("004: σ′ ≤ ¼ with equality at 0, and W is a factor too: a layer can enlarge δ")
  func vanishing() throws {
    func slope(_ z: Double) -> Double { Self.sigmoid(z) * (1 - Self.sigmoid(z)) }
    #expect(slope(0) == 0.25)
    #expect(stride(from: -40, through: 40, by: 0.01).allSatisfy { slope($0) <= 0.25 })
    // Six layers of one unit, weight 8 and bias −4: fed with ½ every layer gives ½ again.
    var model = try MLP<Double>(
      inputs: 1, Array(repeating: (1, .sigmoid), count: 6))
    for layer in 0..<6 {
      model.setWeights(layer, Matrix([[8]]))
      model.setBias(layer, [-4])
    }
    let trial = try Trial(
      model, inputs: Matrix([[0.5]]), targets: Matrix([[0]]), loss: .halfSquaredError)
    let errors = (1...6).map { trial.evaluation.value(of: trial.zBar($0)).values[0] }
    #expect(abs(errors[5] - 0.125) < 1e-12)
    // δ doubles at every layer on its way down: 8 · ¼.
    for layer in 0..<5 { #expect(abs(errors[layer] / errors[layer + 1] - 2) < 1e-9) }
    #expect(abs(errors[0] - 4) < 1e-9)
  }

  @Test("004: a loss is not always a function of ŷ − y")
  func lossOfDifference() throws {
    func loss(_ kind: Loss, _ output: Double, _ target: Double) throws -> Double {
      let isEntropy = kind == .binaryCrossEntropy
      let unit = Dense(units: 1, activation: isEntropy ? .sigmoid : .identity)
      let model = try MLP<Double>(
        Architecture(inputs: 1, layers: [.dense(unit)]),
        parameters: [0, isEntropy ? Double.log(output / (1 - output)) : output])
      return try model.loss(inputs: Matrix([[0]]), targets: Matrix([[target]]), loss: kind)
    }
    // Two pairs with ŷ − y = −0.1.
    let squares = try [loss(.halfSquaredError, 0.9, 1), loss(.halfSquaredError, 0.4, 0.5)]
    #expect(abs(squares[0] - squares[1]) < 1e-12)
    let (first, second) = (
      try loss(.binaryCrossEntropy, 0.9, 1), try loss(.binaryCrossEntropy, 0.4, 0.5)
    )
    #expect(abs(first - 0.10536051565782628) < 1e-9)
    #expect(abs(second - 0.7135581778200728) < 1e-9)
    // With labels 0 and 1 alone it is one: −ln(1 − |ŷ − y|).
    for (output, label) in [(0.9, 1.0), (0.3, 0.0)] {
      let value = try loss(.binaryCrossEntropy, output, label)
      #expect(abs(value + Double.log(1 - abs(output - label))) < 1e-9)
    }
    // The hinge loss is none even then: max(0, 1 − yŷ) at (1.5, 1) and (−0.5, −1).
    func hinge(_ output: Double, _ label: Double) -> Double { max(0, 1 - label * output) }
    #expect(hinge(1.5, 1) == 0 && hinge(-0.5, -1) == 0.5)
  }

  @Test("004: 5·randn has standard deviation 5, variance 25")
  func spread() {
    var stream = RandomStream(seed: 1, purpose: .data)
    let x = (0..<100_000).map { _ in 5 * stream.normal() }
    let mean = x.reduce(0, +) / Double(x.count)
    let variance = x.reduce(0) { $0 + ($1 - mean) * ($1 - mean) } / Double(x.count)
    #expect(abs(mean) < 0.1 && abs(variance - 25) < 0.5)
  }

  @Test("004: its step is sgn, ±1; the unit step is 0 and 1")
  func stepFunction() throws {
    let z = Matrix<Double>([[-2], [0], [2]])
    func outputs(_ activation: Activation) throws -> [Double] {
      let model = try MLP<Double>(
        Architecture(inputs: 1, layers: [.dense(Dense(units: 1, activation: activation))]),
        parameters: [1, 0])
      return try model.outputs(z).values
    }
    #expect(try outputs(.sign) == [-1, -1, 1])
    #expect(try outputs(.heaviside) == [0, 0, 1])
  }

  @Test(
    "004: a fresh 1-8-8-1 starts far above the printed 0.74", arguments: 0..<10 as Range<UInt64>)
  func firstLoss(_ seed: UInt64) throws {
    var stream = RandomStream(seed: seed, purpose: .data)
    let x = (0..<100).map { _ in [5 * stream.normal()] }
    let y = x.map { [$0[0] * $0[0] + stream.normal()] }
    let model = try MLP<Double>(inputs: 1, [(8, .relu), (8, .relu), (1, .identity)], seed: seed)
    var step = try TrainingStep(
      model, loss: .mse, optimizer: .adam(learningRate: 0.1), largestBatch: 100)
    #expect(step.run(Matrix(x), Matrix(y)) > 500)
  }
}
