import Perceptron

/// What a loss compares the output with, and how much each row counts, in symbols:
///
/// | | | |
/// |---|---|---|
/// | U | (1−ε)T + ε/K, or ε/2 for yes/no | smoothed |
/// | U | … ⊙ 1 w | classes weighted |
/// | α | 1 α ⊙ T | terms of T = 1 weighted, each output by its own |
/// | s | s 1ᵀ ⊙ E | rows weighted |
/// | D | in place of m | what the rows weigh: Σ s_i w_(y_i) |
///
/// D is a number: it does not depend on what the network says.
struct ComparedTargets {
  /// U, or T where nothing is done to it.
  let symbol: Symbol
  /// w, α and s, as far as there are such.
  private(set) var given: [Symbol] = []
  /// U, if it is not T.
  private(set) var definition: Program.Definition?
  /// What a mean over rows divides by.
  let divisor: Coefficient
  /// 1 α of T's shape, for several positive weights.
  private(set) var positives: Expression?
  /// s 1ᵀ of T's shape.
  private(set) var rows: Expression?
  /// The numbers of w and α, as rows of the library.
  private(set) var numbers: [Symbol: Matrix<Double>] = [:]
  /// s
  private(set) var rowWeights: Symbol?
  /// Whether the entries of an example sum to 1.
  let sumToOne: Bool

  /// The name of D.
  static let weight = "D"

  init(
    _ loss: Loss?, _ targets: Symbol, _ examples: Dimension, _ layout: Layout,
    hasRowWeights: Bool
  ) {
    let units = layout.units(of: targets.shape)
    let row = layout.batch(.one, units)
    let classWeights = loss?.classWeights ?? []
    let isPerRow = loss?.kind.isPerRow ?? false
    var compared = Expression.symbol(targets)
    var done: [String] = []
    if let loss, loss.labelSmoothing > 0 {
      let epsilon = loss.labelSmoothing
      let share =
        loss.kind.isBinary
        ? Coefficient(epsilon / 2) : Coefficient(epsilon) * .reciprocal(units)
      compared =
        .scale(Coefficient(1 - epsilon), compared) + .scale(share, .ones(targets.shape))
      done.append("smoothed")
    }
    if isPerRow, !classWeights.isEmpty {
      let weights = Symbol("w", nil, row, .data)
      given.append(weights)
      numbers[weights] = Matrix([classWeights])
      compared = compared.times(layout.inEveryExample(.symbol(weights), examples))
      done.append("weighted")
    }
    if done.isEmpty {
      symbol = targets
    } else {
      symbol = Symbol("U", nil, targets.shape, .value)
      definition = Program.Definition(
        symbol, compared, note: "targets, " + done.joined(separator: " and "))
    }
    sumToOne = isPerRow && classWeights.isEmpty
    if let positiveWeights = loss?.positiveWeights, positiveWeights.count > 1 {
      let weights = Symbol("α", nil, row, .data)
      given.append(weights)
      numbers[weights] = Matrix([positiveWeights])
      positives = layout.inEveryExample(.symbol(weights), examples)
    }
    if hasRowWeights {
      let weights = Symbol("s", nil, layout.batch(examples, .one), .data)
      given.append(weights)
      rowWeights = weights
      rows = layout.inEveryUnit(.symbol(weights), units)
    }
    let isWeighted = (hasRowWeights || !classWeights.isEmpty) && loss?.divisor == .weights
    divisor = isWeighted ? .constant(Self.weight) : Coefficient(1, [(.dimension(examples), 1)])
  }

  /// What a symbol is, in words; nil for others.
  func meaning(of symbol: Symbol) -> String? {
    guard given.contains(symbol) else { return nil }
    if symbol == rowWeights { return "weights of the examples" }
    return symbol.name == "w" ? "weights of the classes" : "weights of the outputs where T is 1"
  }
}

extension Loss {
  /// D, what the rows weigh together; nil where a mean divides by their number.
  func weight(of targets: Matrix<Double>, rowWeights: [Double]?) -> Double? {
    guard divisor == .weights, rowWeights != nil || !classWeights.isEmpty else { return nil }
    return (0..<targets.rows).reduce(0) { sum, i in
      let own =
        classWeightOfRow.map { classes in
          zip(classes.slopes, targets.row(i)).reduce(classes.base) { $0 + $1.0 * $1.1 }
        } ?? 1
      return sum + own * (rowWeights?[i] ?? 1)
    }
  }
}
