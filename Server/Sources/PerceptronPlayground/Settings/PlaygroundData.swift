import Perceptron

/// What there is to learn.
public enum PlaygroundData: String, Sendable, Hashable, CaseIterable {
  /// A disc in a ring.
  case circle
  /// Quadrants: x and y of one sign, or of two.
  case xor
  /// Two clouds.
  case gauss
  /// Two arms wound around each other.
  case spiral
  /// A number that rises along the diagonal.
  case plane
  /// A visitor's own table.
  case table

  /// One generated point.
  public struct Point: Sendable, Hashable {
    /// From −6 to 6, but for what noise does.
    public let x: Double
    /// From −6 to 6, but for what noise does.
    public let y: Double
    /// 1 or −1 for classes; for the plane the number, about −1 … 1.
    public let value: Double
  }

  /// Whether a class is to be predicted.
  public var isClassification: Bool { self != .plane }

  /// The points of a generated set, a function of its arguments alone.
  ///
  /// - Parameters:
  ///   - count: how many.
  ///   - noise: from 0 to 0.5.
  ///   - seed: which ones.
  public func points(count: Int, noise: Double, seed: UInt64) -> [Point] {
    var stream = RandomStream(seed: seed, purpose: .data)
    return (0..<count).map { point($0, of: count, noise, &stream) }
  }

  private func point(
    _ number: Int, of count: Int, _ noise: Double, _ stream: inout RandomStream
  ) -> Point {
    let isFirst = number * 2 < count
    let sign = isFirst ? 1.0 : -1
    func around(_ most: Double, _ stream: inout RandomStream) -> Double {
      stream.uniform(in: -most...most)
    }
    switch self {
    case .circle:
      let radius = stream.uniform(in: isFirst ? 0...2.5 : 3.5...5)
      let angle = stream.uniform(in: 0...2 * Double.pi)
      let x = radius * Circular.sine(angle)
      let y = radius * Circular.cosine(angle)
      // Noise moves a point before it is told on which side of the circle it is.
      let (nx, ny) = (x + around(5, &stream) * noise, y + around(5, &stream) * noise)
      return Point(x: x, y: y, value: nx * nx + ny * ny < 6.25 ? 1 : -1)
    case .xor:
      func off(_ v: Double) -> Double { v + (v > 0 ? 0.3 : -0.3) }
      let x = off(around(5, &stream))
      let y = off(around(5, &stream))
      let moved = (x + around(5, &stream) * noise) * (y + around(5, &stream) * noise)
      return Point(x: x, y: y, value: moved >= 0 ? 1 : -1)
    case .gauss:
      let deviation = (0.5 + 7 * noise).squareRoot()
      return Point(
        x: 2 * sign + deviation * stream.normal(), y: 2 * sign + deviation * stream.normal(),
        value: sign)
    case .spiral:
      let half = max(count / 2, 1)
      let share = Double(isFirst ? number : number - (count + 1) / 2) / Double(half)
      let angle = 1.75 * share * 2 * Double.pi + (isFirst ? 0 : Double.pi)
      return Point(
        x: 5 * share * Circular.sine(angle) + around(1, &stream) * noise,
        y: 5 * share * Circular.cosine(angle) + around(1, &stream) * noise, value: sign)
    case .plane:
      let (x, y) = (around(6, &stream), around(6, &stream))
      let (nx, ny) = (x + around(6, &stream) * noise, y + around(6, &stream) * noise)
      return Point(x: x, y: y, value: (nx + ny) / 10)
    case .table: return Point(x: 0, y: 0, value: 0)
    }
  }
}
