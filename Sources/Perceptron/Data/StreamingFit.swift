/// Learns a `Preprocessing` from a table that is read piece by piece: the rules of `PreprocessingFit`
/// in memory that does not grow with the rows.
struct StreamingFit {
  /// One column as far as it has been seen.
  private struct Column {
    let name: String
    var isText: Bool
    var summary = NumberSummary()
    var categories = CategoryCounts()
    /// Rows with a value.
    var present = 0
    var firstText: Table.Column.TextCell?
    /// Rows of pieces in which all values were numbers, or whose texts were.
    var numbers = 0
  }

  let name: String
  let target: String
  let options: DatasetOptions
  let split: RowSplit
  private var inputs: [Column] = []
  private var answer: Column
  /// Rows with a target, and those of them to learn from.
  private(set) var rows = 0
  private(set) var trainingRows = 0
  /// Rows without a target.
  private(set) var unlabelledRows = 0

  /// A column that turned out to hold texts after it had been taken for one of numbers: the fit
  /// must begin again, knowing that.
  struct LateText: Error {
    let column: String
  }

  /// - Parameters:
  ///   - first: the first piece.
  ///   - texts: columns known to hold texts.
  init(
    _ first: Table, target: String, options: DatasetOptions, split: RowSplit, texts: Set<String>
  ) throws {
    name = first.name
    self.target = target
    self.options = options
    self.split = split
    let targetIndex = try first.index(of: target)
    for column in options.drop + options.categorical {
      guard try first.index(of: column) != targetIndex else {
        throw PerceptronError(
          .option, "the target \(quoted(column)) can be neither dropped nor called categorical",
          file: name)
      }
    }
    func isText(_ column: Table.Column) -> Bool {
      column.firstText != nil || texts.contains(column.name)
        || options.categorical.contains(column.name)
    }
    answer = Column(name: target, isText: isText(first.columns[targetIndex]))
    inputs = first.columns.filter { $0.name != target && !options.drop.contains($0.name) }.map {
      Column(name: $0.name, isText: isText($0))
    }
    guard !inputs.isEmpty else {
      throw PerceptronError(
        .dataset, "no column is left beside the target \(quoted(target))", file: name)
    }
  }

  /// Adds the rows of a piece.
  ///
  /// - Throws: `LateText`, or `PerceptronError` for a cell that cannot be learned from.
  mutating func add(_ piece: Table) throws {
    let targetIndex = try piece.index(of: target)
    let all = Array(0..<piece.rowCount)
    let codes = piece.categories(column: targetIndex, rows: all).codes
    let labelled = all.filter { codes[$0] >= 0 }
    unlabelledRows += all.count - labelled.count
    let learns = labelled.indices.map { !split.isHeldOut(rows + $0) }
    let tickets = labelled.indices.map { split.ticket(rows + $0) }
    rows += labelled.count
    trainingRows += learns.count { $0 }
    let task = options.task
    try Self.add(
      piece, targetIndex, labelled, learns, tickets, to: &answer, isTarget: true,
      wantsNames: task != .regression)
    for place in inputs.indices {
      try Self.add(
        piece, piece.index(of: inputs[place].name), labelled, learns, tickets,
        to: &inputs[place], isTarget: false, wantsNames: false)
    }
  }

  private static func add(
    _ piece: Table, _ index: Int, _ rows: [Int], _ learns: [Bool], _ tickets: [UInt64],
    to column: inout Column, isTarget: Bool, wantsNames: Bool
  ) throws {
    let found = piece.columns[index]
    column.present += piece.rowCount - found.missing
    column.numbers += found.numbers
    if let text = found.firstText {
      if !column.isText { throw LateText(column: column.name) }
      column.firstText = column.firstText ?? text
    }
    if column.isText || wantsNames && !column.categories.isFull {
      let names = piece.categories(column: index, rows: rows)
      column.categories.add(names.values, names.codes, isNumeric: isTarget, learns: learns)
    }
    guard !column.isText else { return }
    let numbers = try piece.numbers(column: index, rows: rows, as: Double.self)
    for (place, number) in numbers.enumerated() where !number.isNaN {
      guard number.isFinite else {
        throw PerceptronError(
          .dataset, "\(number) is not a finite number", file: piece.name,
          line: piece.line(ofRow: rows[place]), column: column.name)
      }
      if learns[place] { column.summary.add(number, ticket: tickets[place]) }
    }
  }

  /// What was learned.
  ///
  /// - Throws: `PerceptronError` for a column that cannot be an input, or a target that cannot be
  ///   learned.
  func preprocessing() throws -> Preprocessing {
    guard trainingRows > 1 else {
      throw PerceptronError(
        .dataset, "\(grouped(trainingRows)) rows with a target are too few to learn from",
        file: name)
    }
    return Preprocessing(
      inputs: try inputs.map { column in
        try check(column)
        if column.isText {
          return .init(name: column.name, encoding: column.categories.encoding)
        }
        let (shift, scale) = column.summary.scaling(options.scaling)
        return .init(
          name: column.name,
          encoding: .numeric(imputed: column.summary.median, shift: shift, scale: scale))
      }, target: try learnedTarget())
  }

  private func check(_ column: Column) throws {
    func refuse(_ message: String) -> PerceptronError {
      PerceptronError(.dataset, message, file: name, column: column.name)
    }
    let drop = "--drop \(shellWord(column.name))"
    if column.present == 0 { throw refuse("every value is missing; leave it out with \(drop)") }
    guard column.isText, !options.categorical.contains(column.name) else { return }
    if let stray = column.firstText, column.numbers * 5 >= column.present * 4 {
      throw refuse(
        "\(quoted(stray.text)) is not a number, while \(grouped(column.numbers)) other values are; "
          + "correct it, or take all of them as names with --categorical \(shellWord(column.name))")
    }
    let count = column.categories.names.count
    if column.categories.isFull || count > 50 && count * 2 > column.present
      || count * 10 > column.present * 9 && column.present > 4
    {
      throw refuse(
        "\(column.categories.isFull ? "more than " : "")"
          + "\(grouped(min(count, CategoryCounts.most))) different texts look like an identifier, "
          + "from which nothing can be learned; leave it out with \(drop)")
    }
  }

  private func learnedTarget() throws -> Preprocessing.Target {
    func refuse(_ message: String) -> PerceptronError {
      PerceptronError(.dataset, message, file: name, column: target)
    }
    let names = answer.categories
    let isClasses =
      switch options.task {
      case .classification: true
      case .regression: false
      case .automatic:
        answer.isText
          || !names.isFull && names.names.count <= 20 && names.names.count * 2 <= rows
            && names.areWholeNumbers
      }
    guard isClasses else {
      guard !answer.isText else { throw refuse("it holds texts, and numbers are to be learned") }
      let (shift, scale) = answer.summary.scaling(
        options.scaling == .standard ? .standard : .none)
      return .init(name: target, kind: .number(shift: shift, scale: scale))
    }
    guard !names.isFull, names.names.count * 2 <= rows else {
      throw refuse("there are too many classes in \(grouped(rows)) rows to learn")
    }
    guard names.names.count > 1 else {
      throw refuse("the target is the same in every row: there is nothing to learn")
    }
    return .init(name: target, kind: .classes(names.classes))
  }
}

/// Which rows are held out for validation: a function of the seed and a row's number alone.
struct RowSplit: Sendable, Hashable {
  let share: Double
  let seed: UInt64

  /// A random number that belongs to a row.
  func ticket(_ row: Int) -> UInt64 {
    var stream = RandomStream(seed: seed, purpose: .split, index: .max)
    stream.position = UInt64(row)
    return stream.next()
  }

  /// Whether row `row` is held out.
  func isHeldOut(_ row: Int) -> Bool {
    share > 0 && Double(ticket(row) >> 11) * 0x1p-53 < share
  }
}
