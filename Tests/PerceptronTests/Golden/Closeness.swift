import Testing

@testable import Perceptron

/// How far a number may be from the one expected, and on which scale.
enum Tolerance: Sendable, CustomStringConvertible {
  /// limit × max(1, |expected|)
  case entry(Double)
  /// limit × the largest |expected| of the tensor, plus an absolute part
  case tensor(Double, plus: Double)
  /// limit × |expected|, plus an absolute part
  case relative(Double, plus: Double)
  case absolute(Double)

  var description: String {
    switch self {
    case .entry(let limit): "\(limit) × max(1, |expected|)"
    case .tensor(let limit, let plus): "\(limit) × the tensor's largest entry + \(plus)"
    case .relative(let limit, let plus): "\(limit) × |expected| + \(plus)"
    case .absolute(let limit): "\(limit)"
    }
  }

  /// The error allowed at an entry of a tensor whose largest entry is `largest`.
  func allowed(at expected: Double, largest: Double) -> Double {
    switch self {
    case .entry(let limit): limit * max(1, abs(expected))
    case .tensor(let limit, let plus): limit * largest + plus
    case .relative(let limit, let plus): limit * abs(expected) + plus
    case .absolute(let limit): limit
    }
  }
}

/// Why `got` is not `expected`, or nil when it is: shape first, then NaN, then infinities, then
/// signs, and only then the entry that is furthest beyond its tolerance.
func mismatch<Element: Scalar>(
  _ got: Matrix<Element>, _ expected: Matrix<Double>, within tolerance: Tolerance
) -> String? {
  guard got.rows == expected.rows, got.columns == expected.columns else {
    return ": shape \(got.shape) is not \(expected.shape)"
  }
  func at(_ k: Int) -> String {
    "[\(k / got.columns), \(k % got.columns)]: \(got.values[k]) is not \(expected.values[k])"
  }
  var largest = 0.0
  for e in expected.values where e.isFinite && abs(e) > largest { largest = abs(e) }
  var infinite: Int?
  var sign: Int?
  var worst: (index: Int, error: Double, ratio: Double)?
  for (k, e) in expected.values.enumerated() {
    let g = Double(got.values[k])
    if g.isNaN || e.isNaN {
      if g.isNaN != e.isNaN { return at(k) + " (NaN)" }
    } else if g.isInfinite || e.isInfinite {
      if g != e, infinite == nil { infinite = k }
    } else {
      let allowed = tolerance.allowed(at: e, largest: largest)
      let error = abs(g - e)
      if error <= allowed { continue }
      if sign == nil, (g < 0 && e > 0) || (g > 0 && e < 0) { sign = k }
      let ratio = allowed > 0 ? error / allowed : .infinity
      if ratio > worst?.ratio ?? 0 { worst = (k, error, ratio) }
    }
  }
  if let infinite { return at(infinite) + " (infinity)" }
  if let sign { return at(sign) + " (sign)" }
  return worst.map { at($0.index) + ", error \($0.error), allowed \(tolerance)" }
}

/// Records an issue that names the leaf and the entry when `got` is not `expected`.
func expectClose<Element: Scalar>(
  _ leaf: String, _ got: Matrix<Element>, _ expected: Matrix<Double>,
  within tolerance: Tolerance, _ context: @autoclosure () -> String = "",
  sourceLocation: SourceLocation = #_sourceLocation
) {
  guard let problem = mismatch(got, expected, within: tolerance) else { return }
  Issue.record("\(context()) \(leaf)\(problem)", sourceLocation: sourceLocation)
}

/// As above for a list of numbers.
func expectClose<Element: Scalar>(
  _ leaf: String, _ got: [Element], _ expected: [Double], within tolerance: Tolerance,
  _ context: @autoclosure () -> String = "", sourceLocation: SourceLocation = #_sourceLocation
) {
  expectClose(
    leaf, Matrix(rows: 1, columns: got.count, values: got),
    Matrix(rows: 1, columns: expected.count, values: expected), within: tolerance, context(),
    sourceLocation: sourceLocation)
}

/// Compares a model's parameters with a flat list, tensor by tensor.
func expectParameters(
  _ model: MLP<Double>, _ expected: [Double], within tolerance: Tolerance, _ context: String = "",
  sourceLocation: SourceLocation = #_sourceLocation
) {
  guard expected.count == model.architecture.parameterCount else {
    Issue.record(
      "\(context) \(model.architecture.parameterCount) parameters, not \(expected.count)",
      sourceLocation: sourceLocation)
    return
  }
  for parameter in model.architecture.parameters {
    let gold = Matrix(
      rows: parameter.rows, columns: parameter.columns, values: Array(expected[parameter.range]))
    expectClose(
      parameter.name, model.matrix(parameter), gold, within: tolerance, context,
      sourceLocation: sourceLocation)
  }
}

@Suite("Comparisons of the golden tests")
struct ClosenessTests {
  static func problem(_ got: [Double], _ expected: [Double], _ tolerance: Tolerance) -> String {
    mismatch(
      Matrix(rows: 1, columns: got.count, values: got),
      Matrix(rows: 1, columns: expected.count, values: expected), within: tolerance) ?? "none"
  }

  @Test("shape, NaN, infinity and sign fail before the error, which names its entry")
  func order() {
    let wide = Tolerance.absolute(0.5)
    #expect(Self.problem([1, 2], [1, 2], .absolute(0)) == "none")
    #expect(Self.problem([1], [1, 2], wide) == ": shape [1 × 1] is not [1 × 2]")
    #expect(Self.problem([9, .nan], [1, 2], wide) == "[0, 1]: nan is not 2.0 (NaN)")
    #expect(Self.problem([9, 2], [1, .nan], wide) == "[0, 1]: 2.0 is not nan (NaN)")
    #expect(Self.problem([.nan], [.nan], wide) == "none")
    #expect(Self.problem([9, 1e308], [1, .infinity], wide).hasSuffix("(infinity)"))
    #expect(Self.problem([-.infinity], [.infinity], wide).hasSuffix("(infinity)"))
    #expect(Self.problem([-.infinity], [-.infinity], wide) == "none")
    #expect(Self.problem([9, -2], [1, 2], wide) == "[0, 1]: -2.0 is not 2.0 (sign)")
    #expect(Self.problem([2, 9], [1, 2], wide).hasPrefix("[0, 1]: 9.0 is not 2.0, error 7.0"))
  }

  @Test("each tolerance has its scale")
  func scales() {
    #expect(Self.problem([0.09, 1009], [0, 1000], .entry(0.1)) == "none")
    #expect(Self.problem([0.2, 1000], [0, 1000], .entry(0.1)) != "none")
    #expect(Self.problem([0.9, 10], [0, 10], .tensor(0.1, plus: 0)) == "none")
    #expect(Self.problem([0.9, 1], [0, 1], .tensor(0.1, plus: 0)) != "none")
    #expect(Self.problem([1e-9], [0], .tensor(0.1, plus: 0)) != "none")
    #expect(Self.problem([1.05], [1], .relative(0.1, plus: 0)) == "none")
    #expect(Self.problem([0.05], [0], .relative(0.1, plus: 0)) != "none")
    #expect(Self.problem([0.05], [0], .relative(0.1, plus: 0.1)) == "none")
  }
}
