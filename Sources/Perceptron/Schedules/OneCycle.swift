/// Up to the peak and down again, once in a training; the momentum, where the optimizer has one (μ,
/// or β₁), runs the other way.
///
/// With n updates, update t + 1 is at t: from M/25 at 0 to the peak M at rise·n − 1, and from there
/// to M/25/10⁴ at n − 1.
///
/// Source: Smith and Topin 2019.
public struct OneCycle: Sendable, Hashable {
  /// M; nil is the optimizer's learning rate.
  public var maximum: Double?
  /// The share of the updates that go up.
  public var rise: Double
  /// Whether it goes by half waves of the cosine; otherwise in straight lines.
  public var isCosine: Bool
  /// M over the first rate.
  public var division: Double
  /// The first rate over the last.
  public var finalDivision: Double
  /// The momentum at the peak and at both ends; nil leaves the optimizer's as it is.
  public var momentum: ClosedRange<Double>?

  /// As the paper has it, unless said.
  public init(
    maximum: Double? = nil, rise: Double = 0.3, isCosine: Bool = true, division: Double = 25,
    finalDivision: Double = 1e4, momentum: ClosedRange<Double>? = 0.85...0.95
  ) {
    self.maximum = maximum
    self.rise = rise
    self.isCosine = isCosine
    self.division = division
    self.finalDivision = finalDivision
    self.momentum = momentum
  }

  /// The rate and the momentum of the update behind `update` others, of `count`.
  func rates(
    _ rate: Double, update: Int, of count: Int
  ) -> (learningRate: Double, momentum: Double?) {
    let peak = maximum ?? rate
    let (t, up, last) = (Double(update), rise * Double(count) - 1, Double(count - 1))
    func between(_ start: Double, _ end: Double, _ share: Double) -> Double {
      isCosine
        ? end + (start - end) * (1 + Cosine.ofHalfTurns(share)) / 2 : start + (end - start) * share
    }
    if t <= up, up > 0 {
      return (
        between(peak / division, peak, t / up),
        momentum.map { between($0.upperBound, $0.lowerBound, t / up) }
      )
    }
    // Trainings too short to rise begin at the peak.
    let begin = max(up, 0)
    let share = last > begin ? min((t - begin) / (last - begin), 1) : 0
    return (
      between(peak, peak / division / finalDivision, share),
      momentum.map { between($0.lowerBound, $0.upperBound, share) }
    )
  }
}
