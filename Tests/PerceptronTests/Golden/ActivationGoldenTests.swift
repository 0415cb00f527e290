import Testing

@testable import Perceptron

/// An entry of `activations.json` that the library has.
struct GoldenActivation: Sendable, CustomTestStringConvertible {
  let activation: Activation
  let x: [Double]
  let value: [Double]
  let derivative: [Double]

  var testDescription: String { activation.name }

  private static let file = Result { try read() }

  static func covered() throws -> [GoldenActivation] { try file.get().covered }
  static func skipped() throws -> [String] { try file.get().skipped }
  static func rows() throws -> [GoldenSoftmax] { try file.get().rows }

  private static func read() throws -> (
    covered: [GoldenActivation], skipped: [String], rows: [GoldenSoftmax]
  ) {
    let file = try Gold(file: "activations.json")
    var covered: [GoldenActivation] = []
    var skipped: [String] = []
    for gold in try file["activations"].elements {
      let name = try gold["name"].text
      guard let activation = Parts.activation(name) else {
        skipped.append(name)
        continue
      }
      let points = try gold["points"].elements
      covered.append(
        GoldenActivation(
          activation: activation, x: try points.map { try $0["x"].number },
          value: try points.map { try $0["value"].number },
          derivative: try points.map { try $0["derivative"].number }))
    }
    return (covered, skipped, try file["softmax_rows"].elements.map(GoldenSoftmax.init))
  }
}

/// A row of softmax, with its logarithm and its derivatives.
struct GoldenSoftmax: Sendable, CustomTestStringConvertible {
  let x: [Double]
  let softmax: [Double]
  let logarithm: [Double]
  let jacobian: Matrix<Double>

  init(_ gold: Gold) throws {
    x = try gold["x"].numbers
    softmax = try gold["softmax"].numbers
    logarithm = try gold["log_softmax"].numbers
    jacobian = try gold["softmax_jacobian"].tensor
  }

  var testDescription: String { "\(x)" }
}

@Suite("Activations of the reference")
struct ActivationGoldenTests {
  /// Values keep their tails.
  static let value = Tolerance.relative(1e-12, plus: 1e-300)
  /// So do derivatives, but for those that end as 1 less the output: beside 1 they are as exact as 1
  /// is.
  static let saturated = Tolerance.relative(1e-12, plus: 1e-15)

  static func derivative(_ activation: Activation) -> Tolerance {
    switch activation {
    case .sigmoid, .tanh, .softmax: saturated
    default: value
    }
  }

  @Test("values and derivatives in Double", arguments: try GoldenActivation.covered())
  func points(_ item: GoldenActivation) throws {
    let activation = item.activation
    for (k, x) in item.x.enumerated() {
      let value = activation.value(x)
      let reading = activation.derivativeForm == .ofOutput ? value : x
      expectClose("g(\(x))", [value], [item.value[k]], within: Self.value)
      let slope = item.derivative[k]
      // Once more with a gradient that is not 1: it is a factor, not a switch.
      for gradient in [1, -0.5] {
        expectClose(
          "\(gradient) g'(\(x))", [activation.pullback(gradient, reading: reading)],
          [gradient * slope], within: Self.derivative(activation))
      }
    }
  }

  @Test("the same by every executor, as one row and as one column", arguments: Runner.all)
  func executors(_ runner: Runner) throws {
    for item in try GoldenActivation.covered() {
      let count = item.x.count
      for (rows, columns) in [(1, count), (count, 1)] {
        func shaped(_ values: [Double]) -> Matrix<Double> {
          Matrix(rows: rows, columns: columns, values: values)
        }
        let values = try runner.activate(item.activation, shaped(item.x))
        let slopes = try runner.differentiate(
          item.activation, outputGradient: Matrix(rows: rows, columns: columns, repeating: 1),
          reading: item.activation.derivativeForm == .ofOutput ? values : shaped(item.x))
        let name = item.activation.name
        expectClose("value", values, shaped(item.value), within: Self.value, name)
        expectClose(
          "derivative", slopes, shaped(item.derivative), within: Self.derivative(item.activation),
          name)
      }
    }
  }

  /// 16 units in the last place (2⁻²³) of the value, of a derivative too, but for what saturation costs:
  /// 2⁻²¹. At an x that Float does not have, Double says what is expected at the one it has.
  @Test("values and derivatives in Float", arguments: try GoldenActivation.covered())
  func float(_ item: GoldenActivation) throws {
    let activation = item.activation
    let x = item.x.map { Float($0) }
    #expect(zip(x, item.x).filter { Double($0) == $1 }.count >= 28)
    let values = x.map { activation.value($0) }
    for (k, x) in x.enumerated() {
      var (value, slope) = (item.value[k], item.derivative[k])
      if Double(x) != item.x[k] {
        value = activation.value(Double(x))
        slope = activation.pullback(
          1, reading: activation.derivativeForm == .ofOutput ? value : Double(x))
      }
      // The derivative of geluTanh counts the error of 2u as often as 2u is large.
      let limit = activation == .geluTanh ? 0x1p-16 : 0x1p-19
      expectClose(
        "g(\(x))", [values[k]], [Double(Float(value))],
        within: .relative(limit, plus: 4 * Double(Float.leastNormalMagnitude)))
      let reading = activation.derivativeForm == .ofOutput ? values[k] : x
      expectClose(
        "g'(\(x))", [activation.pullback(1, reading: reading)], [Double(Float(slope))],
        within: .relative(limit, plus: 0x1p-21))
    }
    for runner in Runner.all {
      let result = try runner.activate(activation, Matrix(rows: 1, columns: x.count, values: x))
      #expect(result.bits == values.bits, "\(runner.testDescription)")
    }
  }

  @Test("the steps", arguments: Runner.all)
  func steps(_ runner: Runner) throws {
    let table: [(x: Double, sign: Double, heaviside: Double)] = [
      (-.infinity, -1, 0), (-1e300, -1, 0), (-1, -1, 0), (-.leastNonzeroMagnitude, -1, 0),
      (-0.0, -1, 0), (0, -1, 0), (.leastNonzeroMagnitude, 1, 1), (1, 1, 1), (1e300, 1, 1),
      (.infinity, 1, 1), (.nan, -1, 0),
    ]
    let x = Matrix([table.map(\.x)])
    let ones = Matrix<Double>(rows: 1, columns: table.count, repeating: 1)
    for (activation, expected) in [
      (Activation.sign, table.map(\.sign)), (.heaviside, table.map(\.heaviside)),
    ] {
      let name = activation.name
      expectClose(name, x.values.map { activation.value($0) }, expected, within: .absolute(0))
      let values = try runner.activate(activation, x)
      expectClose(name, values, Matrix([expected]), within: .absolute(0))
      let slopes = try runner.differentiate(activation, outputGradient: ones, reading: values)
      #expect(slopes.values.allSatisfy { $0 == 0 }, "\(name) has slopes")
    }
  }

  @Test("NaN goes in and comes out", arguments: Runner.all)
  func notANumber(_ runner: Runner) throws {
    for activation in Activation.allCases where activation.isTrainable {
      for position in [0, 3, 16, 18] {
        var z = Draw.normal(rows: 2, columns: 19, seed: 5, as: Double.self)
        z[1, position] = .nan
        let a = try runner.activate(activation, z)
        for j in 0..<19 {
          let isNaN = activation.isElementwise ? j == position : true
          #expect(!a[0, j].isNaN, "\(activation.name)[0, \(j)]")
          #expect(a[1, j].isNaN == isNaN, "\(activation.name)[1, \(j)], NaN at \(position)")
        }
      }
    }
  }

  @Test("softmax and its Jacobian", arguments: try GoldenActivation.rows(), Runner.all)
  func softmax(_ item: GoldenSoftmax, _ runner: Runner) throws {
    let K = item.x.count
    let p = try runner.activate(.softmax, Matrix([item.x]))
    expectClose("softmax", p, Matrix([item.softmax]), within: Self.value)
    var unit = Matrix<Double>(rows: K, columns: K)
    for k in 0..<K { unit[k, k] = 1 }
    let output = p.selecting(rows: Array(repeating: 0, count: K))
    // Row k of the result is Jᵀ e_k, and J is symmetric.
    let jacobian = try runner.differentiate(.softmax, outputGradient: unit, reading: output)
    expectClose("Jacobian", jacobian, item.jacobian, within: Self.saturated)
  }

  @Test("softmax of one row, without a plan", arguments: try GoldenActivation.rows())
  func softmaxAlone(_ item: GoldenSoftmax) {
    let K = item.x.count
    var p = [Double](repeating: 0, count: K)
    Softmax.forward(item.x, &p, K)
    expectClose("softmax", p, item.softmax, within: Self.value)
    for k in 0..<K {
      var row = [Double](repeating: 0, count: K)
      Softmax.backward(
        outputGradient: (0..<K).map { $0 == k ? 1 : 0 }, output: p, into: &row, K)
      expectClose(
        "Jacobian row \(k)", row, Array(item.jacobian.row(k)), within: Self.saturated)
    }
  }

  @Test("all are covered, and nothing else of the library has a slope")
  func coverage() throws {
    let covered = try GoldenActivation.covered()
    #expect(try GoldenActivation.skipped() == [])
    #expect(covered.reduce(0) { $0 + $1.x.count } == 1008)
    #expect(try GoldenActivation.rows().count == 17)
    let others = Set(Activation.allCases).subtracting(covered.map(\.activation))
    #expect(others == [.softmax, .sign, .heaviside])
  }
}
