/// k-fold cross-validation: every row is judged once (in each repetition) by a model that has not
/// seen it, its preprocessing fitted without it.
///
/// ```swift
/// let recipe = TrainingRecipe(
///   layers: [.dense(32, .relu), .dense(3, .softmax)], options: TrainingOptions(loss: .crossEntropy))
/// let report = try CrossValidation(folds: 5).run(data, recipe: recipe)
/// print(report.summary(of: .accuracy)?.mean ?? .nan)
/// ```
///
/// Which rows belong to which fold is a function of the seed, the rows and the repetition.
/// Repetition r trains with the recipe's seed + r.
public struct CrossValidation: Sendable, Hashable {
  /// How many folds; at least 2.
  public var folds: Int
  /// How often the rows are divided anew.
  public var repeats: Int
  /// Whether the folds have the classes in equal shares.
  public var isStratified: Bool
  /// A column of the table: rows that share its value are never in different folds. It must not be
  /// an input.
  public var groupColumn: String?
  /// Of a fold's training rows the share held out to choose the best epoch; 0 for none. The fold's
  /// own rows only judge.
  public var validation: Double
  /// What the folds are drawn from.
  public var seed: UInt64

  /// Nothing is checked here; `run` throws for a number out of range.
  public init(
    folds: Int = 5, repeats: Int = 1, isStratified: Bool = true, groupColumn: String? = nil,
    validation: Double = 0.1, seed: UInt64 = 0
  ) {
    self.folds = folds
    self.repeats = repeats
    self.isStratified = isStratified
    self.groupColumn = groupColumn
    self.validation = validation
    self.seed = seed
  }

  /// For each row of `data` the fold it is judged in, counted from 0.
  ///
  /// - Parameters:
  ///   - data: the rows.
  ///   - repetition: counted from 0.
  /// - Throws: `PerceptronError` when there are fewer rows or groups than folds.
  public func assignment<Element: Scalar>(
    of data: Dataset<Element>, repetition: Int = 0
  ) throws -> [Int] {
    guard folds >= 2 else {
      throw PerceptronError(.option, "the number of folds must be at least 2, not \(folds)")
    }
    guard repeats >= 1, repetition < 1 << 20 else {
      throw PerceptronError(.option, "the number of repetitions must be above 0, not \(repeats)")
    }
    guard validation >= 0, validation < 1 else {
      throw PerceptronError(
        .option, "the validation share must be at least 0 and below 1, not \(validation)")
    }
    guard data.rows.count >= folds else {
      throw PerceptronError(
        .dataset, "\(data.rows.count) rows are too few for \(folds) folds", file: data.name)
    }
    var stream = RandomStream(seed: seed, purpose: .folds, index: UInt32(repetition))
    let classes = isStratified ? data.groups() : [Array(data.rows.indices)]
    guard let groups = try groups(of: data) else {
      return Folds.dealt(classes, rows: data.rows.count, folds: folds, stream: &stream)
    }
    guard groups.count >= folds else {
      throw PerceptronError(
        .dataset, "\(groups.count) groups are too few for \(folds) folds", file: data.name,
        column: groupColumn)
    }
    return Folds.grouped(
      groups.of, count: groups.count, classes: labels(classes, rows: data.rows.count),
      folds: folds, stream: &stream)
  }

  /// The rows of one fold: those it learns from, those that choose its best epoch, those that judge.
  func parts<Element: Scalar>(
    of data: Dataset<Element>, assignment: [Int], fold: Int
  ) throws -> (train: Dataset<Element>, validation: Dataset<Element>?, judged: Dataset<Element>) {
    func rows(_ isWanted: (Int) -> Bool) -> [Int] {
      assignment.indices.filter { isWanted(assignment[$0]) }.map { data.rows[$0] }
    }
    let judged = data.selecting(rows: rows { $0 == fold })
    let learned = data.selecting(rows: rows { $0 != fold })
    guard validation > 0 else { return (learned, nil, judged) }
    guard let groups = try groups(of: learned) else {
      let split = learned.splitForValidation(fraction: validation, seed: seed)
      return (split?.train ?? learned, split?.validation, judged)
    }
    // One fold of 1 / share, so that no group is on both sides.
    let shares = max(2, Int(1 / validation + 0.5))
    guard groups.count >= shares else { return (learned, nil, judged) }
    var stream = RandomStream(seed: seed, purpose: .folds, index: UInt32(1 << 20 + fold))
    let classes = isStratified ? learned.groups() : [Array(learned.rows.indices)]
    let inner = Folds.grouped(
      groups.of, count: groups.count, classes: labels(classes, rows: learned.rows.count),
      folds: shares, stream: &stream)
    let isHeld = inner.map { $0 == shares - 1 }
    func part(_ held: Bool) -> Dataset<Element> {
      learned.selecting(
        rows: isHeld.indices.filter { isHeld[$0] == held }.map { learned.rows[$0] })
    }
    return (part(false), part(true), judged)
  }

  /// For each row the number of its class.
  private func labels(_ classes: [[Int]], rows: Int) -> [Int] {
    var result = [Int](repeating: 0, count: rows)
    for (label, members) in classes.enumerated() {
      for position in members { result[position] = label }
    }
    return result
  }

  /// For each row the number of its group; nil without a group column.
  private func groups<Element: Scalar>(
    of data: Dataset<Element>
  ) throws -> (of: [Int], count: Int)? {
    guard let name = groupColumn else { return nil }
    guard let table = data.table else {
      throw PerceptronError(.option, "a group column has no effect with images")
    }
    let column = try table.index(of: name)
    guard !data.preprocessing.inputs.contains(where: { $0.name == name }), name != data.target
    else {
      throw PerceptronError(
        .option,
        "the group column \(quoted(name)) is "
          + (name == data.target ? "the target" : "an input; leave it out of the inputs"),
        file: table.name)
    }
    let found = table.categories(column: column, rows: data.rows)
    if let missing = found.codes.firstIndex(where: { $0 < 0 }) {
      throw PerceptronError(
        .dataset, "the row has no group", file: table.name,
        line: table.line(ofRow: data.rows[missing]), column: name)
    }
    return (found.codes.map(Int.init), found.values.count)
  }
}
