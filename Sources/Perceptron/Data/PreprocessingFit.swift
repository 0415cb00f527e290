/// Learns a `Preprocessing` from training rows.
struct PreprocessingFit {
  let table: Table
  /// Columns to predict.
  let targets: [Int]
  let options: DatasetOptions
  /// The columns the network reads.
  let inputs: [Int]

  /// - Throws: `PerceptronError` for a column that does not exist, an option without effect, or a
  ///   column that cannot be an input.
  init(_ table: Table, targets names: [String], options: DatasetOptions) throws {
    self.table = table
    self.options = options
    let targets = try names.map { try table.index(of: $0) }
    self.targets = targets
    guard let first = names.first, Set(targets).count == names.count else {
      throw PerceptronError(.option, "a target is named twice", file: table.name)
    }
    var dropped: Set<Int> = []
    if let weights = options.weightColumn {
      let index = try table.index(of: weights)
      guard !targets.contains(index) else {
        throw PerceptronError(
          .option, "the target \(quoted(weights)) cannot weigh the rows", file: table.name)
      }
      try table.requireNumeric(column: index)
      dropped.insert(index)
    }
    for column in options.drop {
      let index = try table.index(of: column)
      guard !targets.contains(index) else {
        throw PerceptronError(
          .option, "the target \(quoted(column)) cannot be dropped", file: table.name)
      }
      dropped.insert(index)
    }
    for column in options.categorical {
      let index = try table.index(of: column)
      guard !targets.contains(index), !dropped.contains(index) else {
        throw PerceptronError(
          .option,
          "\(quoted(column)) is \(targets.contains(index) ? "the target" : "dropped"); "
            + "calling it categorical would have no effect", file: table.name)
      }
    }
    inputs = table.columns.indices.filter { !targets.contains($0) && !dropped.contains($0) }
    guard !inputs.isEmpty else {
      throw PerceptronError(
        .dataset, "no column is left beside the target \(quoted(first))", file: table.name)
    }
    try refuseIdentifiers()
  }

  /// Whether a column's cells are names rather than numbers.
  private func isCategorical(_ column: Int) -> Bool {
    table.columns[column].kind == .text
      || options.categorical.contains(table.columns[column].name)
  }

  /// Refuses text columns that tell rows apart instead of describing them, and numeric columns with
  /// a stray text.
  private func refuseIdentifiers() throws {
    var identifiers: [(name: String, count: Int)] = []
    for index in inputs where isCategorical(index) {
      let column = table.columns[index]
      let forced = options.categorical.contains(column.name)
      let present = table.rowCount - column.missing
      if present == 0 {
        throw PerceptronError(
          .dataset, "every value is missing; leave it out with --drop \(shellWord(column.name))",
          file: table.name, column: column.name)
      }
      if !forced, let stray = column.firstText, column.numbers * 5 >= present * 4 {
        throw PerceptronError(
          .dataset,
          "\(quoted(stray.text)) is not a number, while \(grouped(column.numbers)) other values "
            + "are; correct it, or take all of them as names with --categorical \(shellWord(column.name))",
          file: table.name, line: stray.line, column: column.name)
      }
      let count = table.categories(column: index, rows: Array(0..<table.rowCount)).values.count
      let nearlyAll = count * 10 > present * 9 && present > 4
      if !forced, nearlyAll || (count > 50 && count * 2 > present) {
        identifiers.append((column.name, count))
      }
    }
    guard let first = identifiers.first else { return }
    let drops = identifiers.prefix(8).map { "--drop \(shellWord($0.name))" }.joined(separator: " ")
    throw PerceptronError(
      .dataset,
      "\(grouped(first.count)) different texts in \(grouped(table.rowCount)) rows look like an "
        + "identifier, from which nothing can be learned; leave out such columns with \(drops)",
      file: table.name, column: first.name)
  }

  /// The rows whose targets are all known.
  func labelledRows() -> [Int] {
    targets.reduce(Array(0..<table.rowCount)) { rows, target in
      let hasValue = table.hasValues(column: target, rows: rows)
      return rows.indices.filter { hasValue[$0] }.map { rows[$0] }
    }
  }

  /// The classes of every target, nil where it is a number. Several targets are all numbers, or all
  /// of two classes: labels.
  ///
  /// - Throws: `PerceptronError` when nothing can be learned, or they are of different sorts.
  func targetClasses(rows: [Int]) throws -> [[String]?] {
    guard targets.count > 1 else {
      return [try targetClasses(of: targets[0], rows: rows, task: options.task)]
    }
    let areLabels: Bool
    switch options.task {
    case .classification: areLabels = true
    case .regression: areLabels = false
    case .automatic:
      areLabels = targets.allSatisfy { table.names(column: $0, rows: rows).values.count == 2 }
    }
    return try targets.map { target in
      let column = table.columns[target]
      if !areLabels, column.kind == .text {
        throw PerceptronError(
          .dataset,
          "several targets are all numbers, or all of two values: this one is text",
          file: table.name, column: column.name)
      }
      let classes = try targetClasses(
        of: target, rows: rows, task: areLabels ? .classification : .regression)
      guard classes.map({ $0.count == 2 }) ?? true else {
        throw PerceptronError(
          .dataset,
          "several targets are learned as labels of two values each; this one has "
            + "\(classes?.count ?? 0)", file: table.name, column: column.name)
      }
      return classes
    }
  }

  /// What a target is, over all rows that have one.
  ///
  /// - Throws: `PerceptronError` when nothing can be learned: the target is constant, all texts
  ///   differ, or there are too few rows.
  private func targetClasses(
    of target: Int, rows: [Int], task: DatasetOptions.Task
  ) throws -> [String]? {
    let column = table.columns[target]
    func refuse(_ message: String) -> PerceptronError {
      PerceptronError(.dataset, message, file: table.name, column: column.name)
    }
    guard !rows.isEmpty else { throw refuse("the target is missing in every row") }
    guard rows.count > 1 else { throw refuse("1 row is too few to learn from") }
    let values = table.names(column: target, rows: rows).values
    guard values.count > 1 else {
      throw refuse("the target is \(quoted(values[0])) in every row: there is nothing to learn")
    }
    let isClasses: Bool
    switch task {
    case .classification: isClasses = true
    case .regression:
      try table.requireNumeric(column: target)
      isClasses = false
    case .automatic:
      isClasses = column.kind == .text || isFewWholeNumbers(values, rows: rows.count)
    }
    guard isClasses else { return nil }
    if column.kind == .text, let stray = column.firstText, task == .automatic,
      column.numbers * 5 >= rows.count * 4
    {
      throw PerceptronError(
        .dataset,
        "\(quoted(stray.text)) is not a number, while \(grouped(column.numbers)) other values are; "
          + "correct it, or say --task classification", file: table.name, line: stray.line,
        column: column.name)
    }
    guard values.count * 2 <= rows.count else {
      throw refuse(
        values.count == rows.count
          ? "all \(grouped(rows.count)) values of the target differ: there are no classes to learn"
          : "\(grouped(values.count)) classes in \(grouped(rows.count)) rows are too many to learn")
    }
    let numbers = values.compactMap { Double($0) }
    if numbers.count == values.count {
      return zip(numbers, values).sorted { ($0.0, $0.1) < ($1.0, $1.1) }.map(\.1)
    }
    return values.sorted { $0.utf8.lexicographicallyPrecedes($1.utf8) }
  }

  private func isFewWholeNumbers(_ values: [String], rows: Int) -> Bool {
    guard values.count <= 20, values.count * 2 <= rows else { return false }
    return values.allSatisfy { text in
      Double(text).map { $0.isFinite && abs($0) < 1e15 && Double(Int($0)) == $0 } ?? false
    }
  }

  /// Learns from `rows`.
  ///
  /// - Parameters:
  ///   - classes: every target's classes, nil for a number.
  ///   - known: takes the categories of another fit, so that the number of inputs is the same.
  func fit(rows: [Int], classes: [[String]?], categoriesOf known: Preprocessing? = nil) throws
    -> Preprocessing
  {
    let columns = try inputs.enumerated().map { place, index in
      Preprocessing.InputColumn(
        name: table.columns[index].name,
        encoding: isCategorical(index)
          ? categorical(index, rows: rows, known: known?.inputs[place].encoding)
          : try numeric(index, rows: rows))
    }
    let encoded = try zip(targets, classes).map { target, classes in
      let kind: Preprocessing.Target.Kind
      if let classes {
        kind = .classes(classes)
      } else {
        let numbers = try doubles(target, rows: rows)
        let (shift, scale) = Self.scaling(
          numbers, options.scaling == .standard ? .standard : .none)
        kind = .number(shift: shift, scale: scale)
      }
      return Preprocessing.Target(name: table.columns[target].name, kind: kind)
    }
    return Preprocessing(
      inputs: columns, targets: encoded, weightColumn: options.weightColumn)
  }

  /// The finite numbers of a column, missing ones left out.
  private func doubles(_ column: Int, rows: [Int]) throws -> [Double] {
    let numbers = try table.numbers(column: column, rows: rows, as: Double.self)
    if let i = numbers.firstIndex(where: \.isInfinite) {
      throw PerceptronError(
        .dataset,
        "\(quoted(table.text(row: rows[i], column: column) ?? "")) is not a finite number",
        file: table.name, line: table.line(ofRow: rows[i]), column: table.columns[column].name)
    }
    return numbers.filter { !$0.isNaN }
  }

  private func numeric(_ column: Int, rows: [Int]) throws -> Preprocessing.Encoding {
    let numbers = try doubles(column, rows: rows)
    let (shift, scale) = Self.scaling(numbers, options.scaling)
    return .numeric(imputed: Self.median(numbers), shift: shift, scale: scale)
  }

  private func categorical(
    _ column: Int, rows: [Int], known: Preprocessing.Encoding?
  ) -> Preprocessing.Encoding {
    let found = table.names(column: column, rows: rows)
    var counts = [Int](repeating: 0, count: found.values.count)
    for code in found.codes where code >= 0 { counts[Int(code)] += 1 }
    var categories = found.values.sorted { $0.utf8.lexicographicallyPrecedes($1.utf8) }
    if case .categorical(let names, _)? = known { categories = names }
    let index = CategoryIndex(found.values)
    var mostFrequent = 0
    var most = -1
    for (place, name) in categories.enumerated() {
      let count = index[name].map { counts[$0] } ?? 0
      if count > most { (mostFrequent, most) = (place, count) }
    }
    return .categorical(categories: categories, mostFrequent: mostFrequent)
  }

  /// The middle number, or the mean of the two in the middle; 0 of none.
  static func median(_ numbers: [Double]) -> Double {
    guard !numbers.isEmpty else { return 0 }
    let sorted = numbers.sorted()
    let middle = sorted.count / 2
    guard sorted.count.isMultiple(of: 2) else { return sorted[middle] }
    let sum = sorted[middle - 1] + sorted[middle]
    return sum.isFinite ? sum / 2 : sorted[middle - 1] / 2 + sorted[middle] / 2
  }

  /// Shift and scale for a column, sums in row order; a constant column keeps scale 1.
  static func scaling(
    _ numbers: [Double], _ scaling: Preprocessing.Scaling
  ) -> (shift: Double, scale: Double) {
    guard scaling != .none, let low = numbers.min(), let high = numbers.max() else { return (0, 1) }
    guard low < high else { return (low, 1) }
    // Numbers at the end of the range: their differences would overflow.
    guard (high - low).isFinite else { return (0, max(abs(low), abs(high))) }
    if scaling == .minmax { return (low, high - low) }
    let count = Double(numbers.count)
    let mean = numbers.reduce(0, +) / count
    let variance = numbers.reduce(0) { $0 + ($1 - mean) * ($1 - mean) } / count
    let deviation = variance.squareRoot()
    return deviation > 0 && deviation.isFinite && mean.isFinite
      ? (mean, deviation) : (low, high - low)
  }
}
