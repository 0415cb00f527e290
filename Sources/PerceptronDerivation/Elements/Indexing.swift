/// What the indices of a program mean: which dimensions are 1 and so have none, which letters are
/// free for indices, and how entries are called.
public struct Indexing: Sendable {
  /// Whose entries are written.
  public let program: Program
  /// The dimensions whose number is known; the others keep a letter as index.
  public let sizes: [Dimension: Int]
  /// Letters for indices, those that no symbol or dimension is called by.
  let letters: [String]
  private let names: [Symbol: String]

  /// Chooses letters for indices and entries, so that none means two things.
  ///
  /// - Parameters:
  ///   - program: whose entries are written.
  ///   - sizes: the dimensions whose number is known.
  public init(_ program: Program, sizes: [Dimension: Int] = [:]) {
    self.program = program
    self.sizes = sizes
    let symbols = program.symbols
    var names: [Symbol: String] = [:]
    // m and n are numbers of rows and columns, δ is Kronecker's, and i is an index.
    var taken: Set<String> = ["δ"]
    for symbol in symbols {
      for case .named(let name, _) in [symbol.shape.rows, symbol.shape.columns] {
        taken.insert(name)
      }
    }
    let dimensions = taken
    for symbol in symbols {
      let lower = symbol.name.lowercased()
      let isTaken =
        dimensions.contains(lower) || symbol == program.loss
        || symbols.contains { $0 != symbol && $0.index == symbol.index && $0.name == lower }
      names[symbol] = isTaken ? symbol.name : lower
      taken.insert(isTaken ? symbol.name : lower)
    }
    self.names = names
    letters = ["i", "j", "k", "l", "p", "q", "r", "s", "u", "v", "α", "β", "γ"].filter {
      !taken.contains($0)
    }
  }

  /// What the entries of a symbol are called: w for W. A loss keeps its letter, l looks like an index.
  public func name(of symbol: Symbol) -> String { names[symbol] ?? symbol.name.lowercased() }

  /// The number behind a dimension, if it is known.
  public func size(_ dimension: Dimension) -> Int? {
    if case .number(let size) = dimension { return size }
    if let size = sizes[dimension] { return size }
    guard case .named(let name, let index) = dimension else { return nil }
    for (end, change) in [("+1", 1), ("-1", -1)] where name.hasSuffix(end) {
      return size(.named(String(name.dropLast(2)), index: index)).map { $0 + change }
    }
    return nil
  }

  func isOne(_ dimension: Dimension) -> Bool { size(dimension) == 1 }

  /// An entry of a symbol, with indices only where its dimensions are not 1.
  public func entry(
    _ symbol: Symbol, isAdjoint: Bool = false, row: EntryIndex?, column: EntryIndex?
  ) -> Entry {
    Entry(
      symbol, isAdjoint: isAdjoint, row: isOne(symbol.shape.rows) ? nil : row,
      column: isOne(symbol.shape.columns) ? nil : column)
  }

  /// An entry at any place: z_ij, or for the symbol that something is derived by, w_kl.
  public func entry(_ symbol: Symbol, isAdjoint: Bool = false, asTarget: Bool = false) -> Entry {
    let first = asTarget ? 2 : 0
    return entry(
      symbol, isAdjoint: isAdjoint, row: .variable(letters[first]),
      column: .variable(letters[first + 1]))
  }

  /// A letter that is not in use, the one for this dimension first.
  func letter(
    for dimension: Dimension, besides used: Set<String>,
    preferred: [(dimension: Dimension, letter: String)] = []
  ) -> String {
    let liked = preferred.filter { $0.dimension == dimension }.map(\.letter)
    return (liked + letters).first { !used.contains($0) } ?? "\(letters[0])\(used.count)"
  }

  /// A coefficient without the dimensions that are 1: 1/m is nothing for one row.
  func reduced(_ coefficient: Coefficient) -> Coefficient {
    Coefficient(
      coefficient.number,
      coefficient.powers.filter { power in
        if case .dimension(let dimension) = power.base { !isOne(dimension) } else { true }
      }.map { ($0.base, $0.exponent) })
  }
}
