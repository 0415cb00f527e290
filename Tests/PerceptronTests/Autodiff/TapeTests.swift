import Perceptron
import Testing

@testable import PerceptronAutodiff

@Suite("The tape")
struct TapeTests {
  @Test("the fifth text's example: y = w₂ σ(w₁ x) at zero weights")
  func fifthText() throws {
    let tape = Tape<Double>()
    let (w1, w2, x) = (tape.variable(0), tape.variable(0), tape.constant(1))
    let y = w2 * sigmoid(w1 * x)
    let gradients = try tape.gradient(of: y, at: [w1, w2])
    #expect(gradients.map(\.values) == [[0], [0.5]])
    // A second backward gives the same.
    #expect(try tape.gradient(of: y, at: [w1, w2]) == gradients)
    // So do differences.
    func value(_ w1: Double, _ w2: Double) -> Double { w2 * .sigmoid(w1) }
    #expect((value(1e-6, 0) - value(-1e-6, 0)) / 2e-6 == 0)
    #expect(abs((value(0, 1e-6) - value(0, -1e-6)) / 2e-6 - 0.5) < 1e-12)
  }

  @Test("a variable used twice collects both adjoints; a stopped one none")
  func accumulation() throws {
    let tape = Tape<Double>()
    let x = tape.variable(3)
    let y = x * x + x
    #expect(try tape.gradient(of: y, at: [x])[0].values == [7])
    #expect(try tape.gradient(of: x * x.stopped, at: [x])[0].values == [3])
    #expect(try tape.gradient(of: x.stopped, at: [x])[0].values == [0])
    let unused = tape.variable(Matrix(rows: 2, columns: 3, repeating: 1))
    #expect(
      try tape.gradient(of: y, at: [unused])[0] == Matrix(rows: 2, columns: 3, repeating: 0))
  }

  @Test("several outputs, each with its seed")
  func outputs() throws {
    let tape = Tape<Double>()
    let x = tape.variable(Matrix([[1, 2], [3, 4]]))
    let (a, b) = (square(x), x.sum(.rows))
    let gradient = try tape.gradient(
      of: [a, b], at: [x], seeds: [Matrix([[1, 0], [0, 10]]), Matrix([[100, 1000]])])[0]
    #expect(gradient == Matrix([[102, 1000], [100, 1080]]))
  }

  @Test("the Jacobian of a softmax row is diag(p) − p pᵀ")
  func jacobian() throws {
    let tape = Tape<Double>()
    let z = tape.variable(Matrix([[0.3, -1.2, 2.0]]))
    let p = z.softmax
    let jacobian = try tape.jacobian(of: p, at: z)
    for i in 0..<3 {
      for j in 0..<3 {
        let expected = (i == j ? p.value[0, i] : 0) - p.value[0, i] * p.value[0, j]
        #expect(Swift.abs(jacobian[i, j] - expected) < 1e-15)
      }
    }
  }

  @Test("the gradient of a gradient: x³ has 3x², 6x and 6")
  func higher() throws {
    let tape = Tape<Double>()
    let x = tape.variable(2)
    let first = try tape.gradientVariables(of: x * x * x, at: [x])[0]
    let second = try tape.gradientVariables(of: first, at: [x])[0]
    let third = try tape.gradientVariables(of: second, at: [x])[0]
    #expect([first.scalar, second.scalar, third.scalar] == [12, 12, 6])
  }

  @Test("a Hessian-vector product equals differences of gradients")
  func hessian() throws {
    let a: Matrix<Double> = Draw.normal(rows: 4, columns: 3, seed: 1)
    let w: Matrix<Double> = Draw.normal(rows: 3, columns: 2, seed: 2)
    let v: Matrix<Double> = Draw.normal(rows: 3, columns: 2, seed: 3)
    func tape(_ w: Matrix<Double>) -> (Tape<Double>, Variable<Double>, Variable<Double>) {
      let tape = Tape<Double>()
      let variable = tape.variable(w)
      let output = square(tanh(tape.constant(a).product(variable)).softmax).sum()
      return (tape, variable, output)
    }
    let (first, x, y) = tape(w)
    let product = try first.hessianVectorProduct(of: y, at: [x], directions: [v])[0]
    func gradient(_ step: Double) throws -> [Double] {
      let moved = Matrix(
        rows: 3, columns: 2, values: zip(w.values, v.values).map { $0 + step * $1 })
      let (tape, x, y) = tape(moved)
      return try tape.gradient(of: y, at: [x])[0].values
    }
    let (up, down) = (try gradient(1e-5), try gradient(-1e-5))
    for k in product.values.indices {
      #expect(Swift.abs(product.values[k] - (up[k] - down[k]) / 2e-5) < 1e-8)
    }
    #expect(product.values.contains { Swift.abs($0) > 1e-3 })
  }

  @Test("a chain of many operations needs no stack, and memory comes back with the tape")
  func deep() throws {
    weak var gone: Tape<Double>?
    do {
      let tape = Tape<Double>()
      gone = tape
      let x = tape.variable(1)
      var y = x
      // Ten times as deep where it is compiled to be fast.
      #if DEBUG
        let depth = 100_000
      #else
        let depth = 1_000_000
      #endif
      for _ in 0..<depth { y = y + x }
      #expect(tape.count == depth + 1)
      #expect(try tape.gradient(of: y, at: [x])[0].values == [Double(depth + 1)])
    }
    #expect(gone == nil)
  }

  @Test("a number that is not finite is trapped at the operation that made it")
  func trap() throws {
    let tape = Tape<Double>()
    tape.trapsNonFinite = true
    let x = tape.variable(Matrix([[1, 0], [2, 3]]))
    let y = (log(x) * x).sum()
    let error = #expect(throws: PerceptronError.self) {
      _ = try tape.gradient(of: y, at: [x])
    }
    #expect(error?.kind == .diverged)
    #expect(error?.message.contains("log of [2 × 2]") == true)
    // Without the trap the numbers come as they are.
    tape.trapsNonFinite = false
    #expect(try tape.gradient(of: y, at: [x])[0][1, 0].isFinite)
  }

  @Test("a variable of another tape is refused")
  func otherTape() async throws {
    let (tape, other) = (Tape<Double>(), Tape<Double>())
    let (x, y) = (tape.variable(1), other.variable(2))
    let error = #expect(throws: PerceptronError.self) { _ = try tape.gradient(of: x, at: [y]) }
    #expect(error?.message.contains("another tape") == true)
    await #expect(processExitsWith: .failure) {
      _ = Tape<Double>().variable(1) + Tape<Double>().variable(2)
    }
  }

  @Test("shapes that do not fit stop the program with both of them and the operation")
  func shapes() async throws {
    let result = try await #require(
      processExitsWith: .failure, observing: [\.standardErrorContent]
    ) {
      let tape = Tape<Double>()
      let a = tape.variable(Matrix(rows: 2, columns: 3, repeating: 1))
      _ = a.product(tape.variable(Matrix(rows: 4, columns: 5, repeating: 1)))
    }
    let text = String(decoding: result.standardErrorContent, as: UTF8.self)
    #expect(text.contains("product") && text.contains("[2 × 3]") && text.contains("[4 × 5]"))
    let sum = try await #require(
      processExitsWith: .failure, observing: [\.standardErrorContent]
    ) {
      let tape = Tape<Double>()
      let a = tape.variable(Matrix(rows: 2, columns: 3, repeating: 1))
      _ = a + tape.variable(Matrix(rows: 2, columns: 2, repeating: 1))
    }
    let message = String(decoding: sum.standardErrorContent, as: UTF8.self)
    #expect(message.contains("add") && message.contains("[2 × 3]") && message.contains("[2 × 2]"))
  }

  @Test("a custom operation is checked, and a wrong one is found and named")
  func custom() throws {
    let cube = CustomOperation<Double>("cube") { inputs in
      Matrix(
        rows: inputs[0].rows, columns: inputs[0].columns,
        values: inputs[0].values.map { $0 * $0 * $0 })
    } pullback: { inputs, _, gradient in
      [
        Matrix(
          rows: inputs[0].rows, columns: inputs[0].columns,
          values: zip(inputs[0].values, gradient.values).map { 3 * $0 * $0 * $1 })
      ]
    }
    let x: Matrix<Double> = Draw.normal(rows: 2, columns: 3, seed: 5)
    #expect(try cube.check(at: [x])[0] < 1e-9)
    let tape = Tape<Double>()
    let variable = tape.variable(x)
    let gradient = try tape.gradient(of: cube(variable).sum(), at: [variable])[0]
    for (g, x) in zip(gradient.values, x.values) { #expect(Swift.abs(g - 3 * x * x) < 1e-14) }
    #expect(throws: PerceptronError.self) {
      _ = try tape.gradientVariables(of: cube(variable).sum(), at: [variable])
    }
    let wrong = CustomOperation<Double>("half cube") {
      cube.forward($0)
    } pullback: { x, y, g in
      cube.pullback(x, y, g).map { Matrix(rows: $0.rows, columns: $0.columns, repeating: 1) }
    }
    let error = #expect(throws: PerceptronError.self) { _ = try wrong.check(at: [x]) }
    #expect(error?.message.contains("half cube, input 1") == true)
    let misshapen = CustomOperation<Double>("row") {
      cube.forward($0)
    } pullback: { _, _, g in
      [Matrix(rows: 1, columns: 1, values: [g[0, 0]])]
    }
    #expect(throws: PerceptronError.self) { _ = try misshapen.check(at: [x]) }
  }

  @Test("the norm has gradient x/‖x‖, and 0 at 0")
  func norm() throws {
    let tape = Tape<Double>()
    let x = tape.variable(Matrix([[3, 4]]))
    let gradient = try tape.gradient(of: x.norm(), at: [x])[0]
    #expect(Swift.abs(gradient[0, 0] - 0.6) < 1e-15 && Swift.abs(gradient[0, 1] - 0.8) < 1e-15)
    let zero = tape.variable(Matrix([[0, 0]]))
    #expect(try tape.gradient(of: zero.norm(), at: [zero])[0] == Matrix([[0, 0]]))
  }
}
