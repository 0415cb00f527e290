/// A step length that lowers a function enough and flattens its slope enough: the strong Wolfe
/// conditions φ(α) ≤ φ(0) + c₁αφ′(0), |φ′(α)| ≤ c₂|φ′(0)|, c₁ = 10⁻⁴, c₂ = 0.9.
///
/// Source: Nocedal and Wright 2006, algorithms 3.5 and 3.6, with the cubic interpolation of (3.59).
struct WolfeLineSearch {
  /// φ and φ′ at a step length.
  struct Point {
    var alpha: Double
    var value: Double
    var slope: Double
  }

  private static let (enough, flat) = (1e-4, 0.9)

  /// The point found; nil where no step that was tried lowers the function.
  ///
  /// - Parameters:
  ///   - start: φ(0), φ′(0) < 0.
  ///   - first: the first step length tried.
  ///   - evaluate: φ and φ′.
  static func search(
    from start: Point, first: Double, evaluate: (Double) -> Point
  ) -> Point? {
    var left = 25
    func measured(_ alpha: Double) -> Point {
      left -= 1
      return evaluate(alpha)
    }
    func isTooHigh(_ point: Point) -> Bool {
      !(point.value <= start.value + enough * point.alpha * start.slope)
    }
    /// Algorithm 3.6: the step is between `low`, the lowest so far, and `high`.
    func zoom(_ low: Point, _ high: Point) -> Point? {
      var (low, high) = (low, high)
      while left > 0, abs(high.alpha - low.alpha) > 1e-12 * max(low.alpha, high.alpha) {
        let point = measured(between(low, high))
        if isTooHigh(point) || !(point.value < low.value) {
          high = point
        } else {
          if abs(point.slope) <= -flat * start.slope { return point }
          if point.slope * (high.alpha - low.alpha) >= 0 { high = low }
          low = point
        }
      }
      return low.alpha > 0 && low.value < start.value ? low : nil
    }
    var previous = start
    var alpha = first
    while left > 0 {
      let point = measured(alpha)
      if isTooHigh(point) || (previous.alpha > 0 && !(point.value < previous.value)) {
        return zoom(previous, point)
      }
      if abs(point.slope) <= -flat * start.slope { return point }
      if point.slope >= 0 { return zoom(point, previous) }
      previous = point
      alpha *= 2
    }
    return previous.alpha > 0 && previous.value < start.value ? previous : nil
  }

  /// The minimiser of the cubic through values and slopes at both ends, a tenth away from them; the
  /// middle where there is none.
  private static func between(_ a: Point, _ b: Point) -> Double {
    let width = b.alpha - a.alpha
    let middle = a.alpha + width / 2
    guard a.value.isFinite, b.value.isFinite, b.slope.isFinite else { return middle }
    let d1 = a.slope + b.slope - 3 * (a.value - b.value) / (a.alpha - b.alpha)
    let inside = d1 * d1 - a.slope * b.slope
    guard inside >= 0 else { return middle }
    let d2 = width > 0 ? inside.squareRoot() : -inside.squareRoot()
    let alpha = b.alpha - width * ((b.slope + d2 - d1) / (b.slope - a.slope + 2 * d2))
    guard alpha.isFinite else { return middle }
    let (near, far) = (a.alpha + 0.1 * width, b.alpha - 0.1 * width)
    return min(max(alpha, min(near, far)), max(near, far))
  }
}
