import Perceptron
import PerceptronAutodiff
import Testing

/// 500 expressions built at random from every operation of the tape, against central differences.
@Suite("Random expressions")
struct RandomExpressionTests {
  /// Builds one expression from a seed: the same steps whatever the numbers.
  private struct Builder {
    var stream: RandomStream
    var used: Set<String> = []

    mutating func build(_ leaves: [Variable<Double>]) -> Variable<Double> {
      var values = leaves
      for _ in 0..<(3 + stream.index(below: 6)) {
        let a = values[stream.index(below: values.count)]
        let b = values[stream.index(below: values.count)]
        values.append(step(a, b))
      }
      return values[values.count - 1].sum() + values[leaves.count].mean()
    }

    /// One operation; arguments are kept where functions are smooth and tame.
    private mutating func step(_ a: Variable<Double>, _ b: Variable<Double>) -> Variable<Double> {
      let (p, q) = (a.value, b.value)
      let fits =
        (p.rows == q.rows || p.rows == 1 || q.rows == 1)
        && (p.columns == q.columns || p.columns == 1 || q.columns == 1)
      let choice = stream.index(below: 24)
      used.insert("\(choice)")
      switch choice {
      case 0: return fits ? a + b : tanh(a)
      case 1: return fits ? a - b : sigmoid(a)
      case 2: return fits ? tanh(a) * b : -a
      case 3: return fits ? a / (square(b) + 1) : 0.5 * a
      case 4: return p.columns == q.rows ? tanh(a).product(b) : softplus(a)
      case 5: return p.rows == q.rows ? tanh(a).product(b, transposeLeft: true) : a + 0.3
      case 6: return p.columns == q.columns ? tanh(a).product(b, transposeRight: true) : a * 0.7
      case 7: return a.transposed
      case 8: return a.sum(.rows)
      case 9: return a.sum(.columns)
      case 10: return a.mean(.columns)
      case 11: return exp(tanh(a))
      case 12: return log(square(a) + 1)
      case 13: return log1p(square(a))
      case 14: return squareRoot(square(a) + 1)
      case 15: return a.softmax
      case 16: return a.logSumExp
      case 17: return p.rows == q.rows ? concatenate(columns: [a, b]) : a / 2
      case 18: return p.columns == q.columns ? concatenate(rows: [a, b]) : a - 0.1
      case 19:
        let row = stream.index(below: p.rows)
        let column = stream.index(below: p.columns)
        return a.slice(rows: row..<p.rows, columns: column..<p.columns)
      case 20:
        return a.gather(rows: (0..<3).map { _ in stream.index(below: p.rows) })
      case 21: return (a + 2).norm() * 0.1
      case 22: return p.rows == q.rows && p.columns == q.columns ? max(a, b + 10) : relu(a + 20)
      default: return abs(a + 20)
      }
    }
  }

  @Test("the tape equals differences", arguments: 0..<20)
  func differences(_ group: Int) throws {
    for seed in UInt64(group * 25)..<UInt64(group * 25 + 25) {
      let shapes = [(2, 3), (3, 2), (2, 3)]
      let points = shapes.enumerated().map { k, shape in
        Draw.normal(
          rows: shape.0, columns: shape.1, seed: 1000 * seed + UInt64(k), as: Double.self)
      }
      let stream = RandomStream(seed: seed, purpose: .check, index: 7)
      func evaluate(_ points: [Matrix<Double>]) -> (
        Tape<Double>, [Variable<Double>], Variable<Double>
      ) {
        let tape = Tape<Double>()
        let leaves = points.map { tape.variable($0) }
        var builder = Builder(stream: stream)
        return (tape, leaves, builder.build(leaves))
      }
      let (tape, leaves, output) = evaluate(points)
      let gradients = try tape.gradient(of: output, at: leaves)
      let largest = gradients.flatMap(\.values).reduce(1e-3) { Swift.max($0, Swift.abs($1)) }
      for (k, gradient) in gradients.enumerated() {
        for entry in gradient.values.indices {
          func value(_ shift: Double) -> Double {
            var moved = points
            moved[k].values[entry] += shift
            return evaluate(moved).2.scalar
          }
          let h = 1e-3
          let numeric = (8 * (value(h) - value(-h)) - (value(2 * h) - value(-2 * h))) / (12 * h)
          let error = Swift.abs(gradient.values[entry] - numeric) / largest
          #expect(error < 1e-7, "expression \(seed), leaf \(k), entry \(entry): \(error)")
        }
      }
    }
  }

  @Test("every operation occurs")
  func coverage() {
    var used: Set<String> = []
    for seed: UInt64 in 0..<500 {
      let tape = Tape<Double>()
      var builder = Builder(stream: RandomStream(seed: seed, purpose: .check, index: 7))
      _ = builder.build(
        [(2, 3), (3, 2), (2, 3)].map {
          tape.variable(Matrix(rows: $0.0, columns: $0.1, repeating: 0.5))
        })
      used.formUnion(builder.used)
    }
    #expect(used.count == 24)
  }
}
