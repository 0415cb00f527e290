/// The two number types a network can be made of: `Float` and `Double`.
///
/// Besides arithmetic it carries the elementary functions, which are the project's own: the same
/// bits on every machine and instruction set. No other type may conform.
public protocol Scalar: BinaryFloatingPoint, Codable, LosslessStringConvertible, Sendable
where RawSignificand: FixedWidthInteger {
  /// `float` or `double`.
  static var precision: Precision { get }

  /// eˣ. Overflows to ∞, underflows through the subnormal numbers to 0.
  static func exp(_ x: Self) -> Self
  /// ln x. −∞ at ±0, NaN below 0.
  static func log(_ x: Self) -> Self
  /// ln(1 + x), exact near 0.
  static func log1p(_ x: Self) -> Self
  /// tanh x, odd.
  static func tanh(_ x: Self) -> Self
  /// 1 / (1 + e⁻ˣ), both tails with full relative accuracy.
  static func sigmoid(_ x: Self) -> Self
  /// eˣ − 1, exact near 0.
  static func expm1(_ x: Self) -> Self
  /// ln(1 + eˣ), without overflow.
  static func softplus(_ x: Self) -> Self
  /// Φ(x), the standard normal distribution; both tails with full relative accuracy.
  static func normalDistribution(_ x: Self) -> Self
  /// φ(x) = e^{−x²/2}/√2π, its density.
  static func normalDensity(_ x: Self) -> Self
}

/// The precision of a network's numbers, as named on the command line and in model files.
public enum Precision: String, Sendable, Hashable, CaseIterable {
  /// 32 bits, about 7 digits.
  case float
  /// 64 bits, about 16 digits.
  case double
}
