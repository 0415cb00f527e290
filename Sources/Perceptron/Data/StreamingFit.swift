/// Learns a `Preprocessing` from a table that is read piece by piece: the rules of `PreprocessingFit`
/// in memory that does not grow with the rows.
struct StreamingFit {
  /// One column as far as it has been seen.
  private struct Column {
    let name: String
    var isText: Bool
    var summary: NumberSummary
    var categories = CategoryCounts()
    /// Rows with a value.
    var present = 0
    var firstText: Table.Column.TextCell?
    /// Rows of pieces in which all values were numbers, or whose texts were.
    var numbers = 0

    init(name: String, isText: Bool, of columns: Int) {
      self.name = name
      self.isText = isText
      summary = NumberSummary(columns: columns)
    }
  }

  let name: String
  let targets: [String]
  let options: DatasetOptions
  let split: RowSplit
  private var inputs: [Column] = []
  private var answers: [Column] = []
  /// How rows are encoded, where that is not to be learned: then they are only counted.
  private let known: Preprocessing?
  /// Rows with all targets, and those of them to learn from.
  private(set) var rows = 0
  private(set) var trainingRows = 0
  /// Rows without one of the targets.
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
    _ first: Table, targets: [String], options: DatasetOptions, split: RowSplit,
    texts: Set<String>
  ) throws {
    name = first.name
    self.targets = targets
    self.options = options
    self.split = split
    known = nil
    let places = try targets.map { try first.index(of: $0) }
    guard let target = targets.first, Set(places).count == places.count else {
      throw PerceptronError(.option, "a target is named twice", file: name)
    }
    for column in options.drop + options.categorical {
      guard try !places.contains(first.index(of: column)) else {
        throw PerceptronError(
          .option, "the target \(quoted(column)) can be neither dropped nor called categorical",
          file: name)
      }
    }
    func column(_ column: Table.Column) -> Column {
      Column(
        name: column.name,
        isText: column.firstText != nil || texts.contains(column.name)
          || options.categorical.contains(column.name), of: first.columns.count)
    }
    answers = places.map { column(first.columns[$0]) }
    inputs = first.columns.filter {
      !targets.contains($0.name) && !options.drop.contains($0.name)
    }.map(column)
    guard !inputs.isEmpty else {
      throw PerceptronError(
        .dataset, "no column is left beside the target \(quoted(target))", file: name)
    }
  }

  /// Of arrays, whose columns are all numbers.
  ///
  /// - Parameter inputs: none where nothing is to be learned of them.
  init(
    name: String, inputs: [String], targets: [String], options: DatasetOptions, split: RowSplit
  ) {
    self.name = name
    self.targets = targets
    self.options = options
    self.split = split
    known = nil
    func column(_ name: String) -> Column {
      Column(name: name, isText: false, of: inputs.count + targets.count)
    }
    self.inputs = inputs.map(column)
    answers = targets.map(column)
  }

  /// Of a table whose encoding is known.
  ///
  /// - Parameter first: the first piece.
  /// - Throws: `PerceptronError` where it lacks one of the columns.
  init(_ first: Table, like known: Preprocessing, split: RowSplit) throws {
    name = first.name
    targets = known.targets.map(\.name)
    options = DatasetOptions(task: known.task)
    self.split = split
    self.known = known
    for column in known.inputs.map(\.name) + targets { _ = try first.index(of: column) }
  }

  /// Adds the rows of a piece.
  ///
  /// - Throws: `LateText`, or `PerceptronError` for a cell that cannot be learned from.
  mutating func add(_ piece: Table) throws {
    let labelled = try piece.rows(withAll: targets)
    unlabelledRows += piece.rowCount - labelled.count
    let learns = labelled.indices.map { !split.isHeldOut(rows + $0) }
    let tickets = labelled.indices.map { split.ticket(rows + $0) }
    rows += labelled.count
    trainingRows += learns.count { $0 }
    let task = options.task
    for place in answers.indices {
      try Self.add(
        piece, labelled, learns, tickets, to: &answers[place], isTarget: true,
        wantsNames: task != .regression)
    }
    for place in inputs.indices {
      try Self.add(
        piece, labelled, learns, tickets, to: &inputs[place], isTarget: false, wantsNames: false)
    }
  }

  /// Adds a row of arrays, all of whose targets are finite numbers.
  ///
  /// - Throws: `PerceptronError` for an input that is infinite.
  mutating func add(
    _ values: UnsafeBufferPointer<Double>, _ labels: UnsafeBufferPointer<Double>, isHeldOut: Bool
  ) throws {
    let ticket = split.ticket(rows)
    for place in inputs.indices where !values[place].isNaN {
      guard values[place].isFinite else {
        throw PerceptronError(
          .dataset, "\(values[place]) in row \(grouped(rows + 1)) is not a finite number",
          file: name, column: inputs[place].name)
      }
      inputs[place].present += 1
      if !isHeldOut { inputs[place].summary.add(values[place], ticket: ticket) }
    }
    for place in answers.indices {
      answers[place].present += 1
      if options.task != .regression {
        answers[place].categories.add(labels[place], learns: !isHeldOut)
      }
      if !isHeldOut { answers[place].summary.add(labels[place], ticket: ticket) }
    }
    rows += 1
    if !isHeldOut { trainingRows += 1 }
  }

  private static func add(
    _ piece: Table, _ rows: [Int], _ learns: [Bool], _ tickets: [UInt64],
    to column: inout Column, isTarget: Bool, wantsNames: Bool
  ) throws {
    let index = try piece.index(of: column.name)
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
    if let known { return known }
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
      }, targets: try learnedTargets())
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

  /// The targets: of several, all are numbers, or all of two values: labels.
  func learnedTargets() throws -> [Preprocessing.Target] {
    guard answers.count > 1 else { return [try learned(answers[0], task: options.task)] }
    let areLabels: Bool
    switch options.task {
    case .classification: areLabels = true
    case .regression: areLabels = false
    case .automatic: areLabels = answers.allSatisfy { $0.categories.names.count == 2 }
    }
    return try answers.map { answer in
      let target = try learned(answer, task: areLabels ? .classification : .regression)
      if case .classes(let names) = target.kind, names.count != 2 {
        throw PerceptronError(
          .dataset,
          "several targets are learned as labels of two values each; this one has \(names.count)",
          file: name, column: answer.name)
      }
      return target
    }
  }

  private func learned(
    _ answer: Column, task: DatasetOptions.Task
  ) throws -> Preprocessing.Target {
    func refuse(_ message: String) -> PerceptronError {
      PerceptronError(.dataset, message, file: name, column: answer.name)
    }
    let names = answer.categories
    let isClasses =
      switch task {
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
      return .init(name: answer.name, kind: .number(shift: shift, scale: scale))
    }
    guard !names.isFull, names.names.count * 2 <= rows else {
      throw refuse("there are too many classes in \(grouped(rows)) rows to learn")
    }
    guard names.names.count > 1 else {
      throw refuse("the target is the same in every row: there is nothing to learn")
    }
    return .init(name: answer.name, kind: .classes(names.classes))
  }
}

extension Table {
  /// The rows in which no target is missing.
  func rows(withAll targets: [String]) throws -> [Int] {
    try targets.reduce(Array(0..<rowCount)) { rows, target in
      let hasValue = hasValues(column: try index(of: target), rows: rows)
      return rows.indices.filter { hasValue[$0] }.map { rows[$0] }
    }
  }
}
