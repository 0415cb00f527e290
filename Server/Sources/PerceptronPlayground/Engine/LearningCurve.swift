/// Losses and metrics at the ends of epochs, at most `limit` of them: where they would be more, every
/// second is dropped, and from then on only every second, fourth … epoch is noted.
///
/// What it holds depends on the epochs alone, so that a link shows the same curve.
struct LearningCurve: Sendable, Hashable {
  /// The end of an epoch.
  struct Point: Sendable, Hashable {
    let updates: Int
    let train: Measure
    let test: Measure
  }

  static let limit = 400
  private(set) var points: [Point] = []
  /// Epochs between two points.
  private var stride = 1
  private var seen = 0

  mutating func append(_ point: Point) {
    defer { seen += 1 }
    guard seen % stride == 0 else { return }
    points.append(point)
    guard points.count > Self.limit else { return }
    points = points.indices.filter { $0 % 2 == 0 }.map { points[$0] }
    stride *= 2
  }

  /// Five numbers a point, one after the other.
  var numbers: [Float] {
    points.flatMap {
      [
        Float($0.updates), Float($0.train.loss), Float($0.test.loss), Float($0.train.metric),
        Float($0.test.metric),
      ]
    }
  }
}
