/// A rise in a straight line over the first updates: η(s + (1 − s) min(t, n)/n) before update t + 1,
/// with n updates from s times the rate.
///
/// Source: Goyal et al. 2017.
public struct LinearWarmUp: Sendable, Hashable {
  /// n
  public var updates: Int
  /// s; 0 would make the first update do nothing.
  public var start: Double

  /// From a hundredth of the rate unless said.
  public init(updates: Int, start: Double = 0.01) {
    self.updates = updates
    self.start = start
  }

  /// What the rate is multiplied by behind `done` updates.
  func factor(_ done: Int) -> Double {
    start + (1 - start) * Double(min(done, updates)) / Double(updates)
  }
}
