/// Limited-memory BFGS: steps along −Hg, where H is built from the last steps s and the changes y of
/// the gradient over them; their length is that of a line search with the strong Wolfe conditions.
///
/// H starts from γI with γ = s·y / y·y of the last pair; without pairs it is I, and the first step
/// tried is no longer than 1. All sums run in order, in `Double`: the same bits everywhere.
///
/// Source: Nocedal and Wright 2006, algorithms 7.4 and 7.5; Liu and Nocedal 1989.
struct LBFGS: Sendable, Hashable {
  /// s and y of the last steps, the oldest first.
  var pairs: [Pair] = []

  struct Pair: Sendable, Hashable {
    var step: [Double]
    var change: [Double]
  }

  /// Where a function is looked at: x, f(x) and ∇f(x).
  struct Point {
    var x: [Double]
    var value: Double
    var gradient: [Double]

    /// The largest entry of the gradient.
    var slope: Double { gradient.reduce(0) { max($0, abs($1)) } }
  }

  /// −Hg (algorithm 7.4).
  func direction(_ gradient: [Double]) -> [Double] {
    var q = gradient
    var factors: [Double] = []
    for pair in pairs.reversed() {
      let factor = dot(pair.step, q) / dot(pair.step, pair.change)
      factors.append(factor)
      add(-factor, pair.change, to: &q)
    }
    if let last = pairs.last {
      let scale = dot(last.step, last.change) / dot(last.change, last.change)
      for k in q.indices { q[k] *= scale }
    }
    for (pair, factor) in zip(pairs, factors.reversed()) {
      let back = dot(pair.change, q) / dot(pair.step, pair.change)
      add(factor - back, pair.step, to: &q)
    }
    for k in q.indices { q[k] = -q[k] }
    return q
  }

  /// One iteration from `point`; nil where no step along −Hg, nor along −g, lowers the function.
  ///
  /// - Parameters:
  ///   - first: the first step length tried, 1 as a rule.
  ///   - history: how many pairs are kept.
  ///   - evaluate: f and ∇f; it may round x to what it can represent.
  mutating func iterate(
    from point: Point, first: Double, history: Int,
    evaluate: (inout [Double]) -> (value: Double, gradient: [Double])
  ) -> Point? {
    while true {
      let direction = direction(point.gradient)
      let slope = dot(point.gradient, direction)
      if slope < 0, slope.isFinite {
        var latest = point
        func look(_ alpha: Double) -> WolfeLineSearch.Point {
          var x = point.x
          add(alpha, direction, to: &x)
          let (value, gradient) = evaluate(&x)
          latest = Point(x: x, value: value, gradient: gradient)
          return .init(alpha: alpha, value: value, slope: dot(gradient, direction))
        }
        let length = pairs.isEmpty ? min(1, 1 / point.gradient.reduce(0) { $0 + abs($1) }) : 1
        let found = WolfeLineSearch.search(
          from: .init(alpha: 0, value: point.value, slope: slope), first: first * length,
          evaluate: look)
        if let found {
          // The search may end on a point that is not the last it looked at.
          if latest.value != found.value || dot(latest.gradient, direction) != found.slope {
            _ = look(found.alpha)
          }
          remember(from: point, to: latest, history)
          return latest
        }
      }
      // Old pairs may mislead; without them it is the steepest descent, and then the end.
      if pairs.isEmpty { return nil }
      pairs = []
    }
  }

  private mutating func remember(from old: Point, to new: Point, _ history: Int) {
    let step = zip(new.x, old.x).map { $0 - $1 }
    let change = zip(new.gradient, old.gradient).map { $0 - $1 }
    // Without curvature along the step H would not stay positive definite.
    guard
      dot(step, change) > 1e-10 * dot(change, change).squareRoot() * dot(step, step).squareRoot()
    else { return }
    pairs.append(Pair(step: step, change: change))
    if pairs.count > history { pairs.removeFirst(pairs.count - history) }
  }

  private func dot(_ a: [Double], _ b: [Double]) -> Double {
    a.withUnsafeBufferPointer { a in
      b.withUnsafeBufferPointer { b in
        var sum = 0.0
        for k in a.indices { sum += a[k] * b[k] }
        return sum
      }
    }
  }

  private func add(_ factor: Double, _ a: [Double], to b: inout [Double]) {
    a.withUnsafeBufferPointer { a in
      b.withUnsafeMutableBufferPointer { b in
        for k in a.indices { b[k] += factor * a[k] }
      }
    }
  }
}
