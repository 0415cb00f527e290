/// An expression over matrices.
///
/// There is no operation for "broadcast" or "sum over the rows": they are products with a column or
/// row of ones (`1 b`, `1ᵀ Z`), so that the rules for products derive them too.
public indirect enum Expression: Sendable, Hashable {
  /// A matrix by its name.
  case symbol(Symbol)
  /// V̄ = ∂L/∂V, of V's shape.
  case adjoint(Symbol)
  /// d(…): what an expression changes by, to first order, when its variable changes.
  case differential(Expression)
  /// A matrix of ones; of shape 1 × 1 the number 1.
  case ones(Shape)
  /// A matrix of zeros.
  case zeros(Shape)
  /// c X
  case scale(Coefficient, Expression)
  /// A + B + …, all of one shape.
  case sum([Expression])
  /// The matrix product.
  case product(Expression, Expression)
  /// ⊙, entry by entry.
  case hadamard([Expression])
  /// 1 ⊘ X, entry by entry.
  case reciprocal(Expression)
  /// Xᵀ
  case transpose(Expression)
  /// A function of every entry.
  case map(Function, Expression)
  /// Its derivative at every entry: g′(X).
  case mapDerivative(Function, Expression)
  /// e^{z} / Σ e^{z} over a row (or column, for networks written in columns).
  case softmax(Expression, along: Axis)
  /// ln Σ e^{z} over a row or column.
  case logSumExp(Expression, along: Axis)
  /// ⟨A, B⟩ = Σ_ij a_ij b_ij
  case inner(Expression, Expression)
  /// A square matrix with the entries of a row or column on its diagonal.
  case diagonal(Expression)
  /// One more row or column of ones (or zeros), as in `[X 1]`.
  case appending(Filling, to: Expression, along: Axis)
  /// Without the last row or column.
  case droppingLast(Expression, along: Axis)
  /// A function of matrices of which only the value is known, by the name it was given: nothing can be
  /// derived through it.
  case opaque(String, [Expression], Shape)

  /// Which entries belong together.
  public enum Axis: String, Sendable, Hashable, CaseIterable {
    /// Those of a row: the column index runs.
    case row
    /// Those of a column: the row index runs.
    case column
  }

  /// What an appended row or column holds.
  public enum Filling: Sendable, Hashable {
    /// Ones, as `[X 1]` has them for the bias.
    case ones
    /// Zeros, as the differential of `[X 1]` has them.
    case zeros
  }
}

extension Expression {
  /// Its shape. Stops the program when shapes within it do not fit; `Program` checks with `validate`
  /// before anything is derived.
  public var shape: Shape {
    switch self {
    case .symbol(let symbol), .adjoint(let symbol): return symbol.shape
    case .differential(let x), .scale(_, let x), .reciprocal(let x), .map(_, let x),
      .mapDerivative(_, let x), .softmax(let x, _):
      return x.shape
    case .ones(let shape), .zeros(let shape), .opaque(_, _, let shape): return shape
    case .sum(let terms): return terms[0].shape
    case .hadamard(let factors): return factors[0].shape
    case .product(let a, let b): return Shape(a.shape.rows, b.shape.columns)
    case .transpose(let x): return x.shape.transposed
    case .logSumExp(let x, .row): return Shape(x.shape.rows, .one)
    case .logSumExp(let x, .column): return Shape(.one, x.shape.columns)
    case .inner: return .scalar
    case .diagonal(let x):
      let size = x.shape.rows == .one ? x.shape.columns : x.shape.rows
      return Shape(size, size)
    case .appending(_, let x, .row): return Shape(x.shape.rows, x.shape.columns.plusOne)
    case .appending(_, let x, .column): return Shape(x.shape.rows.plusOne, x.shape.columns)
    case .droppingLast(let x, .row): return Shape(x.shape.rows, x.shape.columns.minusOne)
    case .droppingLast(let x, .column): return Shape(x.shape.rows.minusOne, x.shape.columns)
    }
  }

  /// The parts it is made of.
  var children: [Expression] {
    switch self {
    case .symbol, .adjoint, .ones, .zeros: []
    case .differential(let x), .scale(_, let x), .reciprocal(let x), .transpose(let x),
      .map(_, let x), .mapDerivative(_, let x), .softmax(let x, _), .logSumExp(let x, _),
      .diagonal(let x), .appending(_, let x, _), .droppingLast(let x, _):
      [x]
    case .sum(let parts), .hadamard(let parts), .opaque(_, let parts, _): parts
    case .product(let a, let b), .inner(let a, let b): [a, b]
    }
  }

  /// The same operation on other parts.
  func with(children parts: [Expression]) -> Expression {
    switch self {
    case .symbol, .adjoint, .ones, .zeros: self
    case .differential: .differential(parts[0])
    case .scale(let c, _): .scale(c, parts[0])
    case .reciprocal: .reciprocal(parts[0])
    case .transpose: .transpose(parts[0])
    case .map(let f, _): .map(f, parts[0])
    case .mapDerivative(let f, _): .mapDerivative(f, parts[0])
    case .softmax(_, let axis): .softmax(parts[0], along: axis)
    case .logSumExp(_, let axis): .logSumExp(parts[0], along: axis)
    case .diagonal: .diagonal(parts[0])
    case .appending(let filling, _, let axis): .appending(filling, to: parts[0], along: axis)
    case .droppingLast(_, let axis): .droppingLast(parts[0], along: axis)
    case .sum: .sum(parts)
    case .opaque(let name, _, let shape): .opaque(name, parts, shape)
    case .hadamard: .hadamard(parts)
    case .product: .product(parts[0], parts[1])
    case .inner: .inner(parts[0], parts[1])
    }
  }

  /// The expression with every part replaced by `change`, innermost first.
  func rewritten(_ change: (Expression) -> Expression) -> Expression {
    let parts = children
    guard !parts.isEmpty else { return change(self) }
    return change(with(children: parts.map { $0.rewritten(change) }))
  }

  /// Whether a part satisfies a condition.
  func contains(where condition: (Expression) -> Bool) -> Bool {
    condition(self) || children.contains { $0.contains(where: condition) }
  }

  /// Whether a symbol (not its adjoint) is in it.
  public func contains(_ symbol: Symbol) -> Bool { contains { $0 == .symbol(symbol) } }

  /// Whether a d(…) is in it.
  var isVarying: Bool {
    contains { if case .differential = $0 { true } else { false } }
  }

  /// The number of its parts: what "simpler" means.
  var size: Int { children.reduce(1) { $0 + $1.size } }

  /// The symbols in it, each once, in order of appearance.
  public var symbols: [Symbol] {
    var found: [Symbol] = []
    func visit(_ x: Expression) {
      if case .symbol(let symbol) = x, !found.contains(symbol) { found.append(symbol) }
      x.children.forEach(visit)
    }
    visit(self)
    return found
  }
}

extension Expression {
  /// A + B, of one shape.
  public static func + (a: Expression, b: Expression) -> Expression { .sum([a, b]) }
  /// A − B, of one shape.
  public static func - (a: Expression, b: Expression) -> Expression { .sum([a, -b]) }
  /// −A
  public static prefix func - (a: Expression) -> Expression { .scale(Coefficient(-1), a) }
  /// The matrix product.
  public static func * (a: Expression, b: Expression) -> Expression { .product(a, b) }
  /// c A
  public static func * (c: Coefficient, a: Expression) -> Expression { .scale(c, a) }
  /// c A
  public static func * (c: Double, a: Expression) -> Expression { .scale(Coefficient(c), a) }

  /// self ⊙ other
  public func times(_ other: Expression) -> Expression { .hadamard([self, other]) }
  /// self ⊘ other
  public func over(_ other: Expression) -> Expression { .hadamard([self, .reciprocal(other)]) }
  /// f(self), entry by entry.
  public func mapped(_ function: Function) -> Expression { .map(function, self) }
  /// selfᵀ
  public var transposed: Expression { .transpose(self) }

  /// 1 b: a row in every one of `count` rows.
  public func inEveryRow(_ count: Dimension) -> Expression {
    count == .one ? self : .product(.ones(Shape(count, .one)), self)
  }

  /// a 1ᵀ: a column in every one of `count` columns.
  public func inEveryColumn(_ count: Dimension) -> Expression {
    count == .one ? self : .product(self, .ones(Shape(.one, count)))
  }

  /// 1ᵀ X: the sum of each column `[1 × n]`.
  public var columnSums: Expression {
    shape.rows == .one ? self : .product(.ones(Shape(.one, shape.rows)), self)
  }

  /// X 1: the sum of each row `[m × 1]`.
  public var rowSums: Expression {
    shape.columns == .one ? self : .product(self, .ones(Shape(shape.columns, .one)))
  }

  /// ⟨1, X⟩: the sum of all entries.
  public var total: Expression { shape.isScalar ? self : .inner(.ones(shape), self) }
}

extension Dimension {
  /// One more, for a column of ones: n₁ + 1.
  var plusOne: Dimension {
    switch self {
    case .number(let size): .number(size + 1)
    case .named(let name, let index): .named(name + "+1", index: index)
    }
  }

  var minusOne: Dimension {
    switch self {
    case .number(let size): .number(size - 1)
    case .named(let name, let index):
      .named(name.hasSuffix("+1") ? String(name.dropLast(2)) : name + "-1", index: index)
    }
  }
}
