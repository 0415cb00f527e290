import Perceptron

/// A computation as a list of definitions, each of what stands above it: the forward pass, with the
/// loss last. What a derivation starts from; it knows nothing of layers.
public struct Program: Sendable, Hashable {
  /// V = f(…): one line of the program.
  public struct Definition: Sendable, Hashable {
    /// V
    public let symbol: Symbol
    /// f(…), in inputs and in symbols defined above; of V's shape.
    public let expression: Expression
    /// What it is, in words: `layer 1, pre-activation`.
    public let note: String

    /// V = f(…)
    ///
    /// - Parameters:
    ///   - symbol: V.
    ///   - expression: f(…), of V's shape.
    ///   - note: what it is, in words.
    public init(_ symbol: Symbol, _ expression: Expression, note: String = "") {
      self.symbol = symbol
      self.expression = expression
      self.note = note
    }
  }

  /// Something the derivation may use about data: each row (or column) of it sums to 1.
  public struct Assumption: Sendable, Hashable {
    /// What sums to 1: targets, mostly.
    public let symbol: Symbol
    /// Along which its entries sum to 1.
    public let axis: Expression.Axis

    /// Each row (or column) of a symbol sums to 1.
    ///
    /// - Parameters:
    ///   - symbol: T.
    ///   - axis: `.row` when rows do, `.column` when columns do.
    public init(sumsToOne symbol: Symbol, along axis: Expression.Axis) {
      self.symbol = symbol
      self.axis = axis
    }
  }

  /// Everything given: parameters, X, T.
  public let inputs: [Symbol]
  /// In the order in which they are computed, the loss last.
  public let definitions: [Definition]
  /// What may be used about data.
  public let assumptions: [Assumption]
  /// The symbols whose adjoint is not asked for: targets, masks, what is computed from them alone.
  public let constants: Set<Symbol>

  /// - Throws: `PerceptronError` naming the operation and both shapes where shapes do not fit, a
  ///   symbol that nothing defines, or a last definition that is not one number.
  public init(
    inputs: [Symbol], definitions: [Definition], assumptions: [Assumption] = [],
    constants: Set<Symbol> = []
  ) throws {
    self.inputs = inputs
    self.definitions = definitions
    self.assumptions = assumptions
    self.constants = constants
    var known = Set(inputs)
    for definition in definitions {
      if let stranger = definition.expression.symbols.first(where: { !known.contains($0) }) {
        throw PerceptronError(
          .network, "\(definition.symbol.text) uses \(stranger.text), which nothing defines")
      }
      try definition.expression.validate()
      guard definition.expression.shape == definition.symbol.shape else {
        throw PerceptronError(
          .network,
          "\(definition.symbol.text) is \(definition.symbol.shape), its expression "
            + "\(definition.expression.shape)")
      }
      known.insert(definition.symbol)
    }
    guard let last = definitions.last, last.symbol.shape.isScalar else {
      throw PerceptronError(.network, "a program ends with its loss, one number")
    }
  }

  /// L
  public var loss: Symbol { definitions[definitions.count - 1].symbol }

  /// Every symbol, the given ones first.
  public var symbols: [Symbol] { inputs + definitions.map(\.symbol) }

  /// What defines a symbol; nil for an input.
  public func definition(of symbol: Symbol) -> Definition? {
    definitions.first { $0.symbol == symbol }
  }

  /// The definitions that use a symbol.
  public func uses(of symbol: Symbol) -> [Definition] {
    definitions.filter { $0.expression.contains(symbol) }
  }
}

extension Program.Assumption {
  /// (T 1) is a column of ones.
  func applied(to x: Expression) -> Expression {
    switch (x, axis) {
    case (.product(.symbol(symbol), .ones(let shape)), .row) where shape.columns == .one:
      .ones(x.shape)
    case (.product(.ones(let shape), .symbol(symbol)), .column) where shape.rows == .one:
      .ones(x.shape)
    default: x
    }
  }
}

extension Expression {
  /// - Throws: `PerceptronError` naming the operation and both shapes where shapes do not fit.
  func validate() throws {
    for part in children { try part.validate() }
    func require(_ fits: Bool, _ operation: String, _ a: Shape, _ b: Shape) throws {
      guard fits else {
        throw PerceptronError(.network, "\(operation): shapes \(a) and \(b) do not fit")
      }
    }
    switch self {
    case .sum(let parts), .hadamard(let parts):
      guard let first = parts.first else {
        throw PerceptronError(.network, "a sum or product needs a term")
      }
      var operation = "+"
      if case .hadamard = self { operation = "⊙" }
      for part in parts.dropFirst() {
        try require(part.shape == first.shape, operation, first.shape, part.shape)
      }
    case .product(let a, let b):
      try require(a.shape.columns == b.shape.rows, "product", a.shape, b.shape)
    case .inner(let a, let b):
      try require(a.shape == b.shape, "inner product", a.shape, b.shape)
    case .diagonal(let x):
      try require(
        x.shape.rows == .one || x.shape.columns == .one, "diagonal", x.shape, Shape(.one, .one))
    default: break
    }
  }
}

extension Shape: CustomStringConvertible {
  /// `m × n1`
  public var description: String { "\(rows) × \(columns)" }
}

extension Dimension: CustomStringConvertible {
  /// `m`, `n1`, `4`
  public var description: String {
    switch self {
    case .number(let size): String(size)
    case .named(let name, let index?) where name.hasSuffix("+1"):
      "\(name.dropLast(2))\(index)+1"
    case .named(let name, let index): name + (index.map(String.init) ?? "")
    }
  }
}
