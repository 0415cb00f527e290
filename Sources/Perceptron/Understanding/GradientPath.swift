/// The integral of one output's gradient along a straight way.
///
/// The way is cut into pieces, and each is integrated by the rule of Gauss and Legendre with four
/// points. Completeness holds for every piece too: what its integral says that the output changes by
/// must be what it does change by. A piece where it is not, such as one with a kink of ReLU, at which
/// the slope jumps, is halved.
struct GradientPath {
  /// (x_i − x₀_i) ∫ ∂A_k/∂x_i
  let attributions: [Double]
  /// A_k at x₀ and x.
  let start: Double, end: Double
  /// At how many points the gradient was taken.
  let points: Int

  /// A part of the way from α = `from` to `to`.
  private struct Piece {
    let from: Double, to: Double

    var halves: [Piece] {
      let middle = (from + to) / 2
      return [Piece(from: from, to: middle), Piece(from: middle, to: to)]
    }

    /// Its ends, and between them the four points of the rule.
    var places: [Double] {
      [from] + GradientPath.nodes.map { from + (to - from) * (1 + $0) / 2 } + [to]
    }
  }

  /// The rule on [−1, 1]; the weights are those of [0, 1].
  private static let nodes = [
    -0.8611363115940526, -0.3399810435848563, 0.3399810435848563, 0.8611363115940526,
  ]
  private static let weights = [
    0.17392742256872693, 0.32607257743127307, 0.32607257743127307, 0.17392742256872693,
  ]
  /// What a piece may lack, as a share of how far the output moves on the whole way, and of its
  /// size, below which there is only rounding.
  private static let tolerance = (ofChange: 1e-9, ofSize: 1e-14)
  /// Pieces are not halved any more when so many points have been asked for.
  private static let mostPoints = 50_000
  /// Pieces of one backward pass.
  private static let batch = 64

  init(_ model: MLP<Double>, output k: Int, from x0: [Double], to x: [Double]) throws {
    var pieces = (0..<8).map { Piece(from: Double($0) / 8, to: Double($0 + 1) / 8) }
    var sums = [Double](repeating: 0, count: x.count)
    var ends: (start: Double, end: Double)?
    var limit = 0.0
    var points = 0
    while !pieces.isEmpty {
      var halved: [Piece] = []
      for first in stride(from: 0, to: pieces.count, by: Self.batch) {
        let block = pieces[first..<min(first + Self.batch, pieces.count)]
        let rows = block.flatMap(\.places).map { place in
          zip(x0, x).map { place == 1 ? $1 : $0 + place * ($1 - $0) }
        }
        let (outputs, gradient) = try model.outputGradient(k, at: Matrix(rows))
        points += rows.count
        if ends == nil {
          ends = (outputs[0], outputs[outputs.count - 1])
          let (low, high) = (outputs.min() ?? 0, outputs.max() ?? 0)
          limit = max(
            Self.tolerance.ofChange * (high - low),
            Self.tolerance.ofSize * max(low.magnitude, high.magnitude))
        }
        for (number, piece) in block.enumerated() {
          let row = 6 * number
          let length = piece.to - piece.from
          let parts = x.indices.map { j in
            (x[j] - x0[j]) * length
              * (0..<4).reduce(0) { $0 + Self.weights[$1] * gradient[row + 1 + $1, j] }
          }
          let lacks = (parts.reduce(0, +) - (outputs[row + 5] - outputs[row])).magnitude
          if lacks > limit, points < Self.mostPoints, length > 1e-12 {
            halved += piece.halves
          } else {
            for j in sums.indices { sums[j] += parts[j] }
          }
        }
      }
      pieces = halved
    }
    attributions = sums
    (start, end) = ends ?? (.nan, .nan)
    self.points = points
  }
}
