import PerceptronAutodiff
import Testing

@testable import Perceptron
@testable import PerceptronDerivation

@Suite("Activations")
struct ActivationTests {
  /// Every activation of one number, those with a parameter with another one too.
  static let elementwise =
    Activation.allCases.filter(\.isElementwise) + [.leakyReLU(slope: 0.2), .elu(alpha: 0.5)]

  /// Numbers of every size and sign, those around kinks and ends of ranges, and what is no number.
  static func numbers<Element: Scalar>(as: Element.Type) -> [Element] {
    var stream = RandomStream(seed: 6, purpose: .data)
    let special: [Element] = [
      0, -0.0, .nan, .infinity, -.infinity, .leastNonzeroMagnitude, -.leastNonzeroMagnitude,
      .leastNormalMagnitude, .greatestFiniteMagnitude, -.greatestFiniteMagnitude,
    ]
    let turning: [Element] = [
      1, -1, 3, -3, 6, 14.48, -14.48, 38.62, -38.62, 88, -104, 709, -745, 1000, -1000,
    ]
    #if DEBUG
      let count = 400
    #else
      let count = 20_000
    #endif
    let drawn: [Element] = (0..<count).flatMap { _ -> [Element] in
      let size = Element(stream.normal())
      // 2⁻⁴⁰ … 2²³
      let exponent = Element.Exponent(stream.index(below: 64) - 40)
      let power = Element(sign: .plus, exponent: exponent, significand: 1)
      return [size, 8 * size, 30 * size, power * size]
    }
    return special + turning + turning.flatMap { [$0.nextUp, $0.nextDown] } + drawn
  }

  @Test("kernels equal the formulas to the bit, values and slopes", arguments: elementwise)
  func bits(_ activation: Activation) throws {
    try compare(activation, as: Float.self)
    try compare(activation, as: Double.self)
  }

  /// The bits, with one pattern for what is no number.
  private func bits<Element: Scalar>(_ values: [Element]) -> [UInt64] {
    values.map { $0.isNaN ? .max : $0.bits }
  }

  private func compare<Element: Scalar>(_ activation: Activation, as: Element.Type) throws {
    let x = Matrix([Self.numbers(as: Element.self)])
    var stream = RandomStream(seed: 7, purpose: .data)
    let gradient = Matrix([x.values.map { _ in Element(stream.normal()) }])
    let values = x.values.map { activation.value($0) }
    let slopes = zip(gradient.values, x.values).map { activation.pullback($0, reading: $1) }
    for runner in Runner.all {
      let name = "\(Element.self), \(runner.testDescription)"
      #expect(bits(try runner.activate(activation, x).values) == bits(values), "values, \(name)")
      #expect(
        bits(try runner.differentiate(activation, outputGradient: gradient, reading: x).values)
          == bits(slopes), "slopes, \(name)")
    }
  }

  /// Everyone who knows a derivative: by hand, on the tape, in derivations.
  @Test("one derivative, at kinks too, and the kinks are where they are said to be")
  func kinks() throws {
    let points: [Double] = [-7, -3, -1.5, -1, -0.3, 0, 0.4, 1, 2.5, 3, 6, 8]
    for activation in Self.elementwise where activation.isTrainable {
      let name = activation.name
      func slope(_ z: Double) -> Double {
        activation.pullback(
          1, reading: activation.derivativeForm == .ofOutput ? activation.value(z) : z)
      }
      let tape = Tape<Double>()
      let z = tape.variable(Matrix([points]))
      let a = PerceptronAutodiff.activation(activation, z)
      let taped = try tape.gradient(of: a.sum(), at: [z])[0]
      for (k, point) in points.enumerated() {
        let (value, scale) = (activation.value(point), max(1, slope(point)))
        #expect(abs(a.value.values[k] - value) < 1e-14 * max(1, value), "\(name) \(point)")
        #expect(abs(taped.values[k] - slope(point)) < 1e-13 * scale, "\(name) \(point)")
      }
      if let function = Function(activation) {
        let symbol = Symbol("z", nil, Shape(.one, .number(points.count)), .data)
        let total = Symbol("L", nil, .scalar, .value)
        let program = try Program(
          inputs: [symbol], definitions: [.init(total, Expression.symbol(symbol).total)])
        let evaluation = try Evaluation(program, inputs: [symbol: Matrix([points])])
        let derived = try #require(function.derivative(at: .symbol(symbol)))
        let derivedSlopes = evaluation.value(of: derived).values
        let derivedValues = evaluation.value(of: .map(function, .symbol(symbol))).values
        for (k, point) in points.enumerated() {
          #expect(derivedValues[k] == activation.value(point), "\(name) \(point)")
          #expect(
            abs(derivedSlopes[k] - slope(point)) < 1e-13 * max(1, slope(point)), "\(name) \(point)")
        }
        #expect(function.kinks == activation.kinks)
        #expect(function.activation == activation)
      }
      // A jump of the slope, or of its slope, at a kink; none elsewhere.
      for point in points {
        let h = 1e-4
        let left = (slope(point - h) - slope(point - 2 * h)) / h
        let right = (slope(point + 2 * h) - slope(point + h)) / h
        let jumps =
          abs(slope(point + h) - slope(point - h)) > 100 * h * max(1, abs(slope(point)))
          || abs(left - right) > 100 * h * max(1, abs(slope(point)))
        #expect(jumps == activation.kinks.contains(point), "\(name) at \(point)")
      }
    }
  }

  @Test("names, aliases and parameters")
  func names() throws {
    #expect(Set(Activation.allCases.map(\.name)).count == Activation.allCases.count)
    #expect(Activation.allCases.allSatisfy { !$0.name.contains(":") })
    for activation in Activation.allCases + [
      .leakyReLU(slope: 0.2), .leakyReLU(slope: 1e-6), .leakyReLU(slope: 1), .elu(alpha: 0.1),
      .elu(alpha: 1000), .elu(alpha: 1.0 / 3),
    ] {
      #expect(try Activation(named: activation.name) == activation)
      #expect(try Activation(named: activation.name.uppercased()) == activation)
      let layers: [Layer] = [.dense(32, activation), .dense(1)]
      #expect(try LayerStack.parse(LayerStack.text(layers)) == layers)
    }
    #expect(Activation.leakyReLU(slope: 0.2).name == "leaky-relu:0.2")
    #expect(Activation.leakyReLU(slope: 0.01).name == "leaky-relu")
    #expect(Activation.elu(alpha: 0.5).name == "elu:0.5")
    #expect(try Activation(named: "swish") == .silu)
    #expect(try Activation(named: "exp") == .exponential)
    #expect(try Activation(named: "leaky-relu:0.01") == .leakyReLU())
    #expect(try Activation(named: "elu: 2") == .elu(alpha: 2))
  }

  @Test(
    "what cannot be a parameter is refused, with what can",
    arguments: [
      ("leaky-relu:0", "a slope from 1e-06 to 1"), ("leaky-relu:1.5", "a slope from 1e-06 to 1"),
      ("leaky-relu:-0.1", "a slope"), ("leaky-relu:nan", "a slope"), ("leaky-relu:", "a slope"),
      ("leaky-relu:0.2:3", "a slope"), ("leaky-relu:x", "a slope"),
      ("elu:0", "an alpha from 1e-06 to 1000"), ("elu:inf", "an alpha"), ("elu:1001", "an alpha"),
      ("gelu:1", "gelu takes no parameter"), ("relu:", "relu takes no parameter"),
      ("leaky_relu", "did you mean leaky-relu?"), ("geluu:2", "did you mean gelu?"),
    ])
  func refusals(_ name: String, _ part: String) throws {
    let error = #expect(throws: PerceptronError.self) { _ = try Activation(named: name) }
    #expect(error?.kind == .option)
    #expect(error?.message.contains(part) == true, "\(String(describing: error))")
  }

  @Test("a parameter out of range in code is refused when the network is built")
  func refusedInCode() throws {
    for activation in [Activation.leakyReLU(slope: -1), .elu(alpha: .infinity), .elu(alpha: .nan)] {
      let error = #expect(throws: PerceptronError.self) {
        _ = try MLP<Float>(inputs: 2, [(3, activation), (1, .identity)])
      }
      #expect(error?.kind == .network)
    }
  }

  @Test("only what the backward pass reads is kept beside the output")
  func memory() throws {
    for activation in Self.elementwise where activation != .identity && activation.isTrainable {
      let shape = try Architecture(inputs: 2, layers: [.dense(3, activation), .dense(1)])
      let values = Plan(shape, .differentiate(.mse), largestBatch: 4).layers[0]
      let keeps = activation.derivativeForm == .ofPreActivation
      #expect((values.preActivation != values.activation) == keeps, "\(activation.name)")
      for purpose in [Plan.Purpose.predict, .evaluate(.mse)] {
        let values = Plan(shape, purpose, largestBatch: 4).layers[0]
        #expect(values.preActivation == values.activation, "\(activation.name)")
      }
    }
  }
}
