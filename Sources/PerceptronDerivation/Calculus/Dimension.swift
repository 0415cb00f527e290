/// How many rows or columns a matrix has: a number, or a name whose number may not be known yet.
///
/// Two names are different dimensions even when their numbers agree, so that the shapes of a
/// derivation fit by right and not by chance. A dimension of 1 is always the number.
public enum Dimension: Sendable, Hashable {
  /// A number that is part of the program: 1 for a row, a column, a loss.
  case number(Int)
  /// `m`, or with an index `n₁`.
  case named(String, index: Int? = nil)

  /// 1
  public static let one = Dimension.number(1)
}

/// Rows × columns.
public struct Shape: Sendable, Hashable {
  /// How many rows.
  public let rows: Dimension
  /// How many columns.
  public let columns: Dimension

  /// rows × columns
  ///
  /// - Parameters:
  ///   - rows: how many rows.
  ///   - columns: how many columns.
  public init(_ rows: Dimension, _ columns: Dimension) {
    self.rows = rows
    self.columns = columns
  }

  /// 1 × 1
  public static let scalar = Shape(.one, .one)

  /// columns × rows
  public var transposed: Shape { Shape(columns, rows) }
  /// Whether it is 1 × 1, and the matrix so a number.
  public var isScalar: Bool { self == .scalar }
}

/// A factor in front of an expression: a number times powers of dimensions and named constants, as
/// in 1/m, 2/(m n₂), −η.
public struct Coefficient: Sendable, Hashable {
  /// What a power is taken of.
  public enum Base: Sendable, Hashable {
    /// m, n₁, …
    case dimension(Dimension)
    /// η, β₁, … by name.
    case constant(String)
  }

  /// 1/m, η², …: a base with its exponent.
  public struct Power: Sendable, Hashable {
    /// What the power is taken of.
    public let base: Base
    /// How often, below 0 where it divides.
    public let exponent: Int
  }

  /// The number without the powers.
  public let number: Double
  /// In the order in which they came, no base twice, no exponent 0.
  public let powers: [Power]

  /// A number times powers. Powers of one base are merged, those of numbers worked out.
  ///
  /// - Parameters:
  ///   - number: the number.
  ///   - powers: bases with their exponents.
  public init(_ number: Double, _ powers: [(Base, Int)] = []) {
    var merged: [Power] = []
    var number = number
    for (base, exponent) in powers {
      if case .dimension(.number(let size)) = base {
        for _ in 0..<abs(exponent) {
          number = exponent > 0 ? number * Double(size) : number / Double(size)
        }
        continue
      }
      if let place = merged.firstIndex(where: { $0.base == base }) {
        merged[place] = Power(base: base, exponent: merged[place].exponent + exponent)
      } else {
        merged.append(Power(base: base, exponent: exponent))
      }
    }
    self.number = number
    self.powers = merged.filter { $0.exponent != 0 }
  }

  /// 1
  public static let one = Coefficient(1)

  /// 1/m for a dimension m.
  public static func reciprocal(_ dimension: Dimension) -> Coefficient {
    Coefficient(1, [(.dimension(dimension), -1)])
  }

  /// A constant by name: η.
  public static func constant(_ name: String) -> Coefficient {
    Coefficient(1, [(.constant(name), 1)])
  }

  /// The product: numbers multiplied, exponents of a base added.
  public static func * (a: Coefficient, b: Coefficient) -> Coefficient {
    Coefficient(a.number * b.number, (a.powers + b.powers).map { ($0.base, $0.exponent) })
  }

  /// The negative.
  public static prefix func - (a: Coefficient) -> Coefficient { Coefficient(-1) * a }

  /// Whether the two differ by their number alone, and so can be added.
  func isLike(_ other: Coefficient) -> Bool { Set(powers) == Set(other.powers) }
}
