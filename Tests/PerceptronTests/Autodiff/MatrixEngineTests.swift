import Testing

@testable import Perceptron

@Suite("Matrix operations of the tape")
struct MatrixEngineTests {
  /// Numbers with every kind among them, more than one register holds.
  static func numbers<Element: Scalar>(_ count: Int, as: Element.Type) -> [Element] {
    let special: [Element] = [
      0, -0.0, 1, -1, .infinity, -.infinity, .nan, .leastNonzeroMagnitude,
      -.greatestFiniteMagnitude,
    ]
    var stream = RandomStream(seed: 3, purpose: .data)
    return (0..<count).map {
      $0 % 3 == 0 ? special[$0 / 3 % special.count] : Element(stream.normal())
    }
  }

  /// What a function is, where it is not one of the elementary ones.
  static func value<Element: Scalar>(_ function: EntryFunction, _ x: Element) -> Element? {
    switch function {
    case .relu: x <= 0 ? 0 : x
    case .squareRoot: x.squareRoot()
    case .square: x * x
    case .absolute: x.magnitude
    case .reciprocal: 1 / x
    case .reciprocalOrZero: x == 0 ? 0 : 1 / x
    case .step: x > 0 ? 1 : 0
    case .sign: x > 0 ? 1 : -1
    case .signum: x > 0 ? 1 : x < 0 ? -1 : x
    case .exp: .exp(x)
    case .log: .log(x)
    case .log1p: .log1p(x)
    case .tanh: .tanh(x)
    case .sigmoid: .sigmoid(x)
    case .softplus: .softplus(x)
    case .expm1: .expm1(x)
    case .normalDistribution: .normalDistribution(x)
    case .normalDensity: .normalDensity(x)
    }
  }

  static func value<Element: Scalar>(_ operation: EntryOperation, _ a: Element, _ b: Element)
    -> Element
  {
    switch operation {
    case .add: a + b
    case .subtract: a - b
    case .multiply: a * b
    case .divide: a / b
    case .maximum: a > b || a.isNaN ? a : b
    }
  }

  /// Equal in value and sign, or both NaN.
  static func same<Element: Scalar>(_ a: Element, _ b: Element) -> Bool {
    a == b ? a.sign == b.sign : a.isNaN && b.isNaN
  }

  static func check<Element: Scalar>(_ set: InstructionSet, as: Element.Type) {
    let engine = MatrixEngine<Element>(instructionSet: set)
    let x = Matrix(rows: 1, columns: 83, values: numbers(83, as: Element.self))
    let y = Matrix(rows: 1, columns: 83, values: Array(numbers(90, as: Element.self)[7...]))
    for function in EntryFunction.allCases {
      let result = engine.map(function, x)
      for (x, y) in zip(x.values, result.values) {
        guard let expected = value(function, x) else { continue }
        #expect(same(y, expected), "\(set), \(function)(\(x))")
      }
    }
    for operation in EntryOperation.allCases {
      let pairs = engine.combine(operation, x, y)
      let withNumber = engine.combine(operation, x, 1.5)
      for k in 0..<83 {
        let (a, b) = (x.values[k], y.values[k])
        #expect(same(pairs.values[k], value(operation, a, b)), "\(set), \(operation) \(a) \(b)")
        #expect(same(withNumber.values[k], value(operation, a, 1.5)), "\(set), \(operation) \(a)")
      }
    }
  }

  @Test("functions and operations on entries, on every instruction set")
  func entries() {
    for set in InstructionSet.available {
      Self.check(set, as: Float.self)
      Self.check(set, as: Double.self)
    }
  }

  @Test("threads share the entries of a large matrix, and all are written")
  func largeMatrix() {
    let engine = MatrixEngine<Float>()
    // A product large enough that the engine has threads from then on.
    let square = Matrix<Float>(rows: 128, columns: 128, repeating: 1)
    #expect(engine.product(square, square).values.allSatisfy { $0 == 128 })
    let (rows, columns) = (1100, 1001)
    let counted = engine.matrix(rows: rows, columns: columns, unit: columns) { result, range in
      for k in range { result[k] = Float(k) }
    }
    #expect(counted.values == (0..<rows * columns).map(Float.init))
    #expect(engine.combine(.add, counted, counted).values == counted.values.map { $0 + $0 })
  }

  @Test("a product that threads split by columns has the bits of one chain an entry")
  func byColumns() {
    var stream = RandomStream(seed: 5, purpose: .data)
    func draw(_ rows: Int, _ columns: Int) -> Matrix<Float> {
      Matrix(
        rows: rows, columns: columns,
        values: (0..<rows * columns).map { _ in Float(stream.normal()) })
    }
    let (left, right) = (draw(3, 523), draw(523, 701))
    var expected: [Float] = []
    for i in 0..<3 {
      for j in 0..<701 {
        var chain: Float = 0
        for p in 0..<523 { chain.addProduct(left[i, p], right[p, j]) }
        expected.append(chain)
      }
    }
    for set in InstructionSet.available {
      let engine = MatrixEngine<Float>(instructionSet: set)
      #expect(engine.product(left, right).values == expected, "\(set)")
      #expect(
        engine.product(left, right.transposed, transposeRight: true).values == expected, "\(set)")
    }
  }
}
