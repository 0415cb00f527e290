import Testing

@testable import Perceptron
@testable import PerceptronAutodiff

/// What `Scripts/prove faults` needs and no other proof looks at.
@Suite("Rules that no other proof looks at")
struct FaultCoverageTests {
  /// The reference names every reduction; a loss that is made without one has its own.
  @Test("a loss without a reduction is divided by what its name stands for", arguments: Runner.all)
  func standardReductions(_ runner: Runner) throws {
    let output = Matrix<Double>([[0.25, 0.5, 0.75], [0.125, 0.25, 0.5]])
    let targets = Matrix<Double>([[0, 1, 0], [1, 0, 0]])
    let signs = Matrix<Double>([[-1, 1, -1], [1, -1, -1]])
    let byRows: Set<Loss.Kind> = [
      .halfSquaredError, .squaredError, .crossEntropy, .crossEntropyFromLogits, .klDivergence,
      .klDivergenceFromLogits, .focal, .focalFromLogits,
    ]
    for kind in Loss.Kind.allCases {
      let divisor = byRows.contains(kind) ? 2.0 : 6
      // A focal loss is always computed from the logits.
      let isFocal = kind == .focal || kind == .binaryFocal
      let loss = Loss(kind).with(kind: isFocal ? kind.fromLogits : kind)
      let targets = kind.targets == .signs ? signs : targets
      let own = try runner.loss(loss, output: output, targets: targets)
      let sum = try runner.loss(
        loss.reduced(by: .sum), output: output, targets: targets)
      let tolerance = Tolerance.entry(1e-15)
      expectClose("loss", [own.total], [sum.total / divisor], within: tolerance, kind.rawValue)
      expectClose(
        "gradient", own.gradient.values, sum.gradient.values.map { $0 / divisor },
        within: tolerance, kind.rawValue)
    }
  }

  @Test("the larger of two: the adjoint goes to it alone, to the second where they are equal")
  func maximum() throws {
    let tape = Tape<Double>()
    let (a, b) = (tape.variable(Matrix([[1, 4, 5]])), tape.variable(Matrix([[3, 2, 5]])))
    let gradients = try tape.gradient(
      of: max(a, b), at: [a, b], seed: Matrix([[10, 20, 30]]))
    #expect(gradients == [Matrix([[0, 20, 0]]), Matrix([[10, 0, 30]])])
  }

  @Test("|x| has slope −1, 0 and 1; 1/x has −1/x², and 0 at 0 where it is 0 there")
  func bothSigns() throws {
    let tape = Tape<Double>()
    let x = tape.variable(Matrix([[-2, 0, 3]]))
    #expect(try tape.gradient(of: abs(x), at: [x])[0] == Matrix([[-1, 0, 1]]))
    let z = tape.variable(Matrix([[-2, 0, 4]]))
    #expect(
      try tape.gradient(of: z.mapped(.reciprocalOrZero), at: [z])[0]
        == Matrix([[-0.25, 0, -0.0625]]))
    let y = tape.variable(Matrix([[-2, 4]]))
    #expect(
      try tape.gradient(of: y.mapped(.reciprocal), at: [y])[0] == Matrix([[-0.25, -0.0625]]))
  }

  /// The gradient of a slice is embedded and that of gathered rows scattered; differentiated again,
  /// both go back.
  @Test("second derivatives through slices and gathered rows")
  func backThroughPlaces() throws {
    let tape = Tape<Double>()
    let x = tape.variable(Matrix([[1, 2, 3], [4, 5, 6]]))
    func second(of part: Variable<Double>) throws -> Matrix<Double> {
      let first = try tape.gradientVariables(of: (part * part * part).sum(), at: [x])[0]
      return try tape.gradient(of: first, at: [x])[0]
    }
    #expect(
      try second(of: x.slice(rows: 1..<2, columns: 1..<3)) == Matrix([[0, 0, 0], [0, 30, 36]]))
    #expect(
      try second(of: x.gather(rows: [1, 1, 0])) == Matrix([[6, 12, 18], [48, 60, 72]]))
  }
}
