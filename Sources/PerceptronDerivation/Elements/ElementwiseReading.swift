/// A derivation read entry by entry: every definition and every adjoint in index form with its
/// derivation, and, where the sizes are known, as one equation for each entry.
public struct ElementwiseReading: Sendable {
  /// A definition of the program.
  public struct Definition: Sendable, Hashable {
    /// Z = …, of matrices.
    public let definition: Program.Definition
    /// z_ij = …; nil for a function known by its values alone.
    public let form: IndexExpression?
    /// One for each entry; empty above the limit.
    public let entries: [EntryEquation]
  }

  /// An adjoint of the derivation.
  public struct Adjoint: Sendable, Hashable {
    /// How its matrix formula was derived.
    public let derivation: AdjointDerivation
    /// How any entry of it follows from the chain rule.
    public let element: EntryAdjoint
    /// One for each entry; empty above the limit, and where nothing could be derived.
    public let entries: [EntryEquation]
  }

  /// With more weights than this only index forms are written.
  public static let largestExpansion = 500

  /// What is read.
  public let derivation: Derivation
  /// What the indices mean.
  public let indexing: Indexing
  /// In the order in which they are computed.
  public let forward: [Definition]
  /// In the order in which they can be computed.
  public let backward: [Adjoint]
  /// Entries of the parameters whose sizes are known.
  public let weightCount: Int
  /// Whether every entry has an equation.
  public let isExpanded: Bool

  /// - Parameters:
  ///   - derivation: what is read.
  ///   - sizes: the numbers of dimensions; one that is missing keeps its index.
  ///   - limit: with more weights than this only index forms are written; nil writes them all.
  ///   - evaluation: numbers for the entries, with adjoints where the backward lines are to have some.
  public init(
    _ derivation: Derivation, sizes: [Dimension: Int] = [:], evaluation: Evaluation? = nil,
    limit: Int? = largestExpansion
  ) {
    let program = derivation.program
    let indexing = Indexing(program, sizes: sizes)
    self.derivation = derivation
    self.indexing = indexing
    let count = program.inputs.filter { $0.kind == .parameter }.reduce(0) { sum, symbol in
      sum + (indexing.size(symbol.shape.rows) ?? 0) * (indexing.size(symbol.shape.columns) ?? 0)
    }
    weightCount = count
    let isExpanded = limit.map { count <= $0 } ?? true
    self.isExpanded = isExpanded
    forward = program.definitions.map { definition in
      Definition(
        definition: definition, form: indexing.form(of: definition),
        entries: isExpanded
          ? indexing.equations(
            for: definition.symbol, isAdjoint: false, definition.expression, evaluation) : [])
    }
    backward = derivation.adjoints.map { adjoint in
      let formula = isExpanded ? adjoint.formula : nil
      return Adjoint(
        derivation: adjoint, element: EntryAdjoint(adjoint, indexing),
        entries: formula.map {
          indexing.equations(for: adjoint.symbol, isAdjoint: true, $0, evaluation)
        } ?? [])
    }
  }
}
