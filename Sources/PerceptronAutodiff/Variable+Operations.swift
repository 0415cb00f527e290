public import Perceptron

// Arithmetic with broadcasting: where shapes differ, a 1 × n row, an m × 1 column or a single number
// is repeated. Other shapes stop the program with both of them.
extension Variable {
  /// a + b, entry by entry.
  public static func + (a: Variable, b: Variable) -> Variable { combine(.add, a, b) }
  /// a − b, entry by entry.
  public static func - (a: Variable, b: Variable) -> Variable { combine(.subtract, a, b) }
  /// Entry by entry, as everywhere here; `product` is the matrix product.
  public static func * (a: Variable, b: Variable) -> Variable { combine(.multiply, a, b) }
  /// a / b, entry by entry.
  public static func / (a: Variable, b: Variable) -> Variable { combine(.divide, a, b) }
  /// −a
  public static prefix func - (a: Variable) -> Variable { a.scaled(-1) }
  /// a + k, the number added to every entry.
  public static func + (a: Variable, k: Element) -> Variable { a.shifted(Double(k)) }
  /// a − k, the number taken off every entry.
  public static func - (a: Variable, k: Element) -> Variable { a.shifted(-Double(k)) }
  /// k a, every entry times the number.
  public static func * (k: Element, a: Variable) -> Variable { a.scaled(Double(k)) }
  /// a k, every entry times the number.
  public static func * (a: Variable, k: Element) -> Variable { a.scaled(Double(k)) }
  /// a / k, as a times 1/k.
  public static func / (a: Variable, k: Element) -> Variable { a.scaled(1 / Double(k)) }

  private static func combine(_ operation: Operation, _ a: Variable, _ b: Variable) -> Variable {
    let (left, right) = (a.size, b.size)
    if left == right { return apply(operation, [a, b]) }
    let size = (rows: max(left.rows, right.rows), columns: max(left.columns, right.columns))
    func fits(_ part: (rows: Int, columns: Int)) -> Bool {
      (part.rows == size.rows || part.rows == 1)
        && (part.columns == size.columns || part.columns == 1)
    }
    guard fits(left), fits(right) else {
      misuse("\(operation.name): shapes \(a.value.shape) and \(b.value.shape) do not fit")
    }
    return apply(operation, [a.spread(size), b.spread(size)])
  }

  /// The matrix product, with a factor transposed if asked for.
  public func product(
    _ other: Variable, transposeLeft: Bool = false, transposeRight: Bool = false
  ) -> Variable {
    let inner = transposeLeft ? size.rows : size.columns
    guard !(transposeLeft && transposeRight),
      inner == (transposeRight ? other.size.columns : other.size.rows)
    else {
      misuse(
        "product: shapes \(value.shape)\(transposeLeft ? "ᵀ" : "") and "
          + "\(other.value.shape)\(transposeRight ? "ᵀ" : "") do not fit")
    }
    return times(other, transposeLeft: transposeLeft, transposeRight: transposeRight)
  }

  /// Aᵀ
  public var transposed: Variable { Self.apply(.transpose, [self]) }

  /// Sums over rows `[1 × n]`, columns `[m × 1]` or all `[1 × 1]`.
  public func sum(_ axis: Axis = .all) -> Variable { summed(axis) }

  /// Means over rows, columns or all.
  public func mean(_ axis: Axis = .all) -> Variable {
    let count =
      switch axis {
      case .rows: size.rows
      case .columns: size.columns
      case .all: size.rows * size.columns
      }
    return summed(axis).scaled(1 / Double(count))
  }

  /// √Σ x², `[1 × 1]`; its gradient at 0 is 0.
  public func norm() -> Variable {
    let square = mapped(.square).summed(.all)
    // ∂√s/∂s = 1/(2√s), taken as 0 at s = 0.
    let root = square.mapped(.squareRoot)
    guard root.scalar == 0 else { return root }
    return Self.apply(.stop, [root]) + square.scaled(0)
  }

  /// The rows from … to, columns from … to.
  public func slice(rows: Range<Int>, columns: Range<Int>) -> Variable {
    guard rows.lowerBound >= 0, columns.lowerBound >= 0, rows.upperBound <= size.rows,
      columns.upperBound <= size.columns
    else { misuse("slice: rows \(rows), columns \(columns) of \(value.shape)") }
    return Self.apply(
      .slice(
        row: rows.lowerBound, column: columns.lowerBound, rows: rows.count,
        columns: columns.count), [self])
  }

  /// The rows with the numbers given, in that order.
  public func gather(rows: [Int]) -> Variable {
    guard rows.allSatisfy({ $0 >= 0 && $0 < size.rows }) else {
      misuse("gather: rows \(rows) of \(value.shape)")
    }
    return Self.apply(.gather(rows), [self])
  }

  /// The same value as a constant: no gradient flows through it.
  public var stopped: Variable { Self.apply(.stop, [self]) }

  /// Softmax of every row.
  public var softmax: Variable { Self.apply(.softmax, [self]) }

  /// ln Σ e^x of every row `[m × 1]`.
  public var logSumExp: Variable { Self.apply(.logSumExp, [self]) }
}

/// Matrices of one height side by side.
public func concatenate<Element: Scalar>(columns parts: [Variable<Element>]) -> Variable<Element> {
  guard let first = parts.first, parts.allSatisfy({ $0.size.rows == first.size.rows }) else {
    misuse("concatenate: columns of \(parts.map(\.value.shape))")
  }
  return Variable.apply(.concatenateColumns, parts)
}

/// Matrices of one width one below the other.
public func concatenate<Element: Scalar>(rows parts: [Variable<Element>]) -> Variable<Element> {
  guard let first = parts.first, parts.allSatisfy({ $0.size.columns == first.size.columns }) else {
    misuse("concatenate: rows of \(parts.map(\.value.shape))")
  }
  return Variable.apply(.concatenateRows, parts)
}

/// The larger of two, entry by entry; where they are equal the gradient goes to b.
public func max<Element: Scalar>(_ a: Variable<Element>, _ b: Variable<Element>)
  -> Variable<Element>
{
  guard a.size == b.size else {
    misuse("maximum: shapes \(a.value.shape) and \(b.value.shape) differ")
  }
  return Variable.apply(.maximum, [a, b])
}

/// eˣ, entry by entry.
public func exp<Element: Scalar>(_ x: Variable<Element>) -> Variable<Element> { x.mapped(.exp) }
/// ln x, entry by entry.
public func log<Element: Scalar>(_ x: Variable<Element>) -> Variable<Element> { x.mapped(.log) }
/// ln(1 + x), accurate near 0.
public func log1p<Element: Scalar>(_ x: Variable<Element>) -> Variable<Element> {
  x.mapped(.log1p)
}
/// tanh x, with the derivative 1 − tanh² x.
public func tanh<Element: Scalar>(_ x: Variable<Element>) -> Variable<Element> { x.mapped(.tanh) }
/// σ(x) = 1/(1 + e⁻ˣ), with the derivative σ(1 − σ).
public func sigmoid<Element: Scalar>(_ x: Variable<Element>) -> Variable<Element> {
  x.mapped(.sigmoid)
}
/// ln(1 + eˣ) without overflow; its derivative is σ.
public func softplus<Element: Scalar>(_ x: Variable<Element>) -> Variable<Element> {
  x.mapped(.softplus)
}
/// eˣ − 1, accurate near 0.
public func expm1<Element: Scalar>(_ x: Variable<Element>) -> Variable<Element> {
  x.mapped(.expm1)
}
/// Φ(x), the standard normal distribution, with the derivative φ.
public func normalDistribution<Element: Scalar>(_ x: Variable<Element>) -> Variable<Element> {
  x.mapped(.normalDistribution)
}
/// φ(x) = e^{−x²/2}/√2π, with the derivative −x φ.
public func normalDensity<Element: Scalar>(_ x: Variable<Element>) -> Variable<Element> {
  x.mapped(.normalDensity)
}
/// max(0, x); its derivative at 0 is 0.
public func relu<Element: Scalar>(_ x: Variable<Element>) -> Variable<Element> { x.mapped(.relu) }
/// x², entry by entry.
public func square<Element: Scalar>(_ x: Variable<Element>) -> Variable<Element> {
  x.mapped(.square)
}
/// √x; its derivative at 0 is infinite.
public func squareRoot<Element: Scalar>(_ x: Variable<Element>) -> Variable<Element> {
  x.mapped(.squareRoot)
}
/// |x|; its derivative at 0 is 0.
public func abs<Element: Scalar>(_ x: Variable<Element>) -> Variable<Element> {
  x.mapped(.absolute)
}
