import Perceptron

/// What a network may be given of a generated point (x, y).
public enum EngineeredInput: String, Sendable, Hashable, CaseIterable {
  case x
  case y
  case xSquared = "xx"
  case ySquared = "yy"
  case product = "xy"
  case sineX = "sinx"
  case sineY = "siny"
  case cosineX = "cosx"
  case cosineY = "cosy"

  /// How it is written: `x²`, `sin x`.
  public var title: String {
    switch self {
    case .x: "x"
    case .y: "y"
    case .xSquared: "x²"
    case .ySquared: "y²"
    case .product: "xy"
    case .sineX: "sin x"
    case .sineY: "sin y"
    case .cosineX: "cos x"
    case .cosineY: "cos y"
    }
  }

  /// Its value at a point.
  public func value(_ x: Double, _ y: Double) -> Double {
    switch self {
    case .x: x
    case .y: y
    case .xSquared: x * x
    case .ySquared: y * y
    case .product: x * y
    case .sineX: Circular.sine(x)
    case .sineY: Circular.sine(y)
    case .cosineX: Circular.cosine(x)
    case .cosineY: Circular.cosine(y)
    }
  }
}

/// Sine and cosine of the numbers that the playground meets, |x| below some hundred, without libm: the
/// same bits on every machine, so that a link shows the same picture everywhere.
///
/// x = k π/2 + r with |r| ≤ π/4, π/2 in two parts; then the Taylor polynomials of sin r and cos r, whose
/// first left-out terms are below 2⁻⁵³.
enum Circular {
  static func sine(_ x: Double) -> Double { value(x, quarter: 0) }
  static func cosine(_ x: Double) -> Double { value(x, quarter: 1) }

  private static func value(_ x: Double, quarter: Int) -> Double {
    guard x.isFinite, abs(x) < 1e6 else { return .nan }
    let turns = (x * (2 / Double.pi)).rounded()
    // The first part has 33 bits, so that its product with `turns` is exact.
    let high = 1.570_796_326_734_125_6
    let low = 6.077_100_506_506_192e-11
    let rest = (x - turns * high) - turns * low
    switch (Int(turns) + quarter) & 3 {
    case 0: return odd(rest)
    case 1: return even(rest)
    case 2: return -odd(rest)
    default: return -even(rest)
    }
  }

  /// r − r³/3! + r⁵/5! − …
  private static func odd(_ r: Double) -> Double { series(r * r, from: 1) * r }

  /// 1 − r²/2! + r⁴/4! − …
  private static func even(_ r: Double) -> Double { series(r * r, from: 0) }

  private static func series(_ square: Double, from start: Int) -> Double {
    var sum = 1.0
    for k in stride(from: start + 18, to: start, by: -2) {
      sum = 1 - square / Double(k * (k - 1)) * sum
    }
    return sum
  }
}
