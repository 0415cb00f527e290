/// The adjoint of one symbol, derived line by line.
public struct AdjointDerivation: Sendable, Hashable {
  /// What reaches it from one definition that uses it.
  public struct Use: Sendable, Hashable {
    /// V, the definition's symbol.
    public let consumer: Symbol
    /// From ⟨V̄, dV⟩ to ⟨?, dP⟩, every line equal to the one above.
    public let steps: [Step]
    /// The "?".
    public let part: Expression
  }

  /// P
  public let symbol: Symbol
  /// One for every definition that uses it, in the program's order.
  public let uses: [Use]
  /// From the sum of the parts to the formula, every line equal to the one above.
  public let simplification: [Step]
  /// P̄; nil when it reaches P only through something that cannot be derived.
  public let formula: Expression?
  /// The operations through which nothing could be derived, by name.
  public let unknown: [String]
  /// Whether the adjoint it was derived from has been put in: what a loss and its activation do
  /// together, as in (A − T)/m.
  public let isMerged: Bool
}

/// The adjoint of everything a program computes or is given, derived from the program alone by
/// differentials: dL = ⟨V̄, dV⟩ for every V, and the rules that bring ⟨V̄, dV⟩ to ⟨?, dP⟩.
public struct Derivation: Sendable {
  /// The forward pass that is derived.
  public let program: Program
  /// In the order they can be computed: backwards, parameters after what uses them.
  public let adjoints: [AdjointDerivation]

  /// Derives the adjoint of every symbol but the constants; what cannot be derived is said in
  /// `AdjointDerivation.unknown`.
  ///
  /// - Parameter program: the forward pass, loss last.
  public init(_ program: Program) {
    self.program = program
    let simplifier = Simplifier(program: program)
    var derived: [AdjointDerivation] = []
    for symbol in Self.order(program) {
      derived.append(Self.derive(symbol, program, simplifier, known: derived))
    }
    adjoints = derived
  }

  /// With these adjoints, right or wrong: what shows that checks find the wrong ones.
  init(_ program: Program, adjoints: [AdjointDerivation]) {
    self.program = program
    self.adjoints = adjoints
  }

  /// The derivation of one symbol's adjoint.
  public func adjoint(of symbol: Symbol) -> AdjointDerivation? {
    adjoints.first { $0.symbol == symbol }
  }

  /// The forward values that the backward formulas read: what has to be stored.
  public var stored: [Symbol] {
    let read = adjoints.compactMap(\.formula).flatMap(\.symbols)
    return program.symbols.filter { read.contains($0) }
  }

  /// Backwards, an input as soon as everything that uses it is done.
  private static func order(_ program: Program) -> [Symbol] {
    var order: [Symbol] = []
    var waiting = program.inputs.filter {
      !program.constants.contains($0) && !program.uses(of: $0).isEmpty
    }
    for definition in program.definitions.reversed() {
      if definition.symbol != program.loss, !program.constants.contains(definition.symbol) {
        order.append(definition.symbol)
      }
      let ready = waiting.filter { program.uses(of: $0)[0] == definition }
      // What is learned first: it is what the pass is for.
      order += ready.filter { $0.kind == .parameter } + ready.filter { $0.kind != .parameter }
      waiting.removeAll { ready.contains($0) }
    }
    return order
  }

  private static func derive(
    _ symbol: Symbol, _ program: Program, _ simplifier: Simplifier, known: [AdjointDerivation]
  ) -> AdjointDerivation {
    var uses: [AdjointDerivation.Use] = []
    var unknown: [String] = []
    for definition in program.uses(of: symbol) {
      do {
        uses.append(try use(of: symbol, in: definition, program))
      } catch {
        unknown.append(error.name)
      }
    }
    guard unknown.isEmpty, !uses.isEmpty else {
      return AdjointDerivation(
        symbol: symbol, uses: uses, simplification: [], formula: nil, unknown: unknown,
        isMerged: false)
    }
    let parts = Expression.adding(uses.map(\.part), shape: symbol.shape)
    var steps = uses.count > 1 ? [Step(parts, .sumOverUses(symbol))] : []
    steps += simplifier.steps(parts)
    var formula = steps.last?.expression ?? parts.tidied
    var isMerged = false
    for earlier in known where earlier.uses.allSatisfy({ $0.consumer == program.loss }) {
      // Only worth a line where the two together are shorter than the one alone.
      guard let inner = earlier.formula else { continue }
      let merged = formula.replacing(.adjoint(earlier.symbol), by: inner)
      guard merged != formula else { continue }
      let more = simplifier.steps(merged)
      let result = more.last?.expression ?? merged
      guard result.size < formula.size else { continue }
      steps += [Step(merged, .adjoint(earlier.symbol))] + more
      formula = result
      isMerged = true
    }
    return AdjointDerivation(
      symbol: symbol, uses: uses, simplification: steps, formula: formula, unknown: [],
      isMerged: isMerged)
  }

  /// ⟨V̄, dV⟩ = … = ⟨?, dP⟩ for one definition V = f(P).
  private static func use(
    of symbol: Symbol, in definition: Program.Definition, _ program: Program
  ) throws(Differential.Unknown) -> AdjointDerivation.Use {
    let consumer = definition.symbol
    let isLoss = consumer == program.loss
    let change = Expression.differential(definition.expression)
    func around(_ x: Expression) -> Expression {
      isLoss ? x : .inner(.adjoint(consumer), x)
    }
    var steps = [
      Step(around(.differential(.symbol(consumer))), .meaningOfAdjoint(consumer)),
      Step(around(change), .definition(consumer)),
    ]
    var current = around(change)
    func take(_ next: (Expression, Rule)) {
      current = next.0
      steps.append(Step(current, next.1))
    }
    while let next = try Differential.step(current, variable: symbol) { take(next) }
    while let next = InnerProduct.step(current, variable: symbol) { take(next) }
    let variation = Expression.differential(.symbol(symbol))
    var parts: [Expression] = []
    for term in current.terms {
      if case .inner(let part, variation) = term {
        parts.append(part)
      } else if term.isVarying {
        // dL = dV
        guard term == variation else { throw Differential.Unknown(name: "an inner product") }
        parts.append(.ones(.scalar))
      }
    }
    let part = Expression.adding(parts, shape: symbol.shape)
    if parts.count > 1 { take((.inner(part, variation), .collect)) }
    steps.append(Step(current, .readOff(symbol)))
    return AdjointDerivation.Use(consumer: consumer, steps: steps, part: part)
  }
}

extension Expression {
  /// With every `part` replaced.
  func replacing(_ part: Expression, by other: Expression) -> Expression {
    rewritten { $0 == part ? other : $0 }
  }
}
