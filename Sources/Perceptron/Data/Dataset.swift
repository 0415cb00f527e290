/// Rows of a table with a target, or images with labels: what a network is trained and judged on.
///
/// ```swift
/// let data = try Dataset<Float>(csv: "penguins.csv", target: "species")
/// let (train, test) = data.split(test: 0.2, stratified: true, seed: 42)
///
/// let digits = try Dataset<Float>(
///   images: "train-images-idx3-ubyte.gz", labels: "train-labels-idx1-ubyte.gz")
/// ```
public struct Dataset<Element: Scalar>: Sendable {
  /// Where the rows are.
  enum Source: Sendable {
    case table(Table)
    case images(LabelledImages)
  }

  let source: Source
  /// The columns to predict: one, or several of numbers or of labels.
  public let targets: [String]
  /// How the table is read as a problem to learn.
  public let options: DatasetOptions
  /// The rows of the table, or the images, that belong to it, in order; rows without a target are left out.
  public let rows: [Int]
  /// How its rows are encoded: fitted on them.
  public let preprocessing: Preprocessing
  /// Rows of the table left out because their target is missing.
  public let unlabelledRows: Int
  /// For every target, nil where it is a number.
  private let classes: [[String]?]

  /// Reads a table.
  ///
  /// - Parameters:
  ///   - path: the CSV or TSV file.
  ///   - target: the column to predict.
  ///   - weightColumn: the column that says how much a row counts; nil takes that of the options.
  ///   - options: how the table is read as a problem to learn.
  /// - Throws: `PerceptronError` when the file cannot be read, the target does not exist or cannot
  ///   be learned, or a column cannot be an input.
  public init(
    csv path: String, target: String, weightColumn: String? = nil,
    options: DatasetOptions = DatasetOptions()
  ) throws {
    try self.init(
      csv: path, targets: [target], weightColumn: weightColumn, options: options)
  }

  /// Reads a table with several columns to predict: all numbers, or all of two values.
  ///
  /// - Throws: as the form with one target does.
  public init(
    csv path: String, targets: [String], weightColumn: String? = nil,
    options: DatasetOptions = DatasetOptions()
  ) throws {
    var options = options
    options.weightColumn = weightColumn ?? options.weightColumn
    try self.init(Table(contentsOf: path), targets: targets, options: options)
  }

  /// Takes a table.
  public init(_ table: Table, target: String, options: DatasetOptions = DatasetOptions()) throws {
    try self.init(table, targets: [target], options: options)
  }

  /// Takes a table with several columns to predict: all numbers, or all of two values.
  public init(
    _ table: Table, targets: [String], options: DatasetOptions = DatasetOptions()
  ) throws {
    (rows, classes, preprocessing) = try table.unchanged {
      let fit = try PreprocessingFit(table, targets: targets, options: options)
      let rows = fit.labelledRows()
      let classes = try fit.targetClasses(rows: rows)
      return (rows, classes, try fit.fit(rows: rows, classes: classes))
    }
    source = .table(table)
    self.targets = targets
    self.options = options
    unlabelledRows = table.rowCount - rows.count
  }

  /// Reads images and their labels.
  ///
  /// Images stay bytes, 784 for one of MNIST's, and become numbers when they enter a batch:
  /// x = byte / 255, row by row, as the model then says of its inputs. The classes are `0` … `9`, or
  /// as many as the largest label asks for.
  ///
  /// - Parameters:
  ///   - images: an IDX file `[count × rows × columns]` of unsigned bytes, plain or compressed by
  ///     gzip.
  ///   - labels: an IDX file `[count]` of unsigned bytes.
  /// - Throws: `PerceptronError` when a file cannot be read or the two do not belong together.
  public init(images: String, labels: String) throws {
    try self.init(images: IDX(contentsOf: images), labels: IDX(contentsOf: labels))
  }

  /// Takes images `[count × rows × columns]` and labels `[count]`.
  public init(images: IDX, labels: IDX) throws {
    let images = try LabelledImages(images: images, labels: labels)
    source = .images(images)
    targets = ["label"]
    options = DatasetOptions(task: .classification, scaling: .none)
    rows = Array(images.labels.indices)
    classes = [images.classes]
    unlabelledRows = 0
    preprocessing = images.preprocessing(classes: images.classes)
  }

  /// Takes another table as rows of the same problem: same target, classes and encoding. For rows
  /// that are only judged, never learned from.
  ///
  /// - Throws: `PerceptronError` when the table lacks the target or no row has one.
  public init(_ table: Table, like other: Dataset) throws {
    source = .table(table)
    targets = other.targets
    options = other.options
    classes = other.classes
    preprocessing = other.preprocessing
    for target in targets { _ = try table.index(of: target) }
    rows = try table.unchanged {
      try other.preprocessing.labelled(table, among: Array(0..<table.rowCount))
    }
    unlabelledRows = table.rowCount - rows.count
  }

  /// Takes a table as rows for a model that knows how to encode them: its target, its classes. For
  /// training a model on.
  ///
  /// - Throws: `PerceptronError` when the table lacks the target or no row has one.
  public init(_ table: Table, encodedBy preprocessing: Preprocessing) throws {
    source = .table(table)
    targets = preprocessing.targets.map(\.name)
    classes = preprocessing.targets.map { target in
      if case .classes(let names) = target.kind { names } else { nil }
    }
    options = DatasetOptions(
      task: classes[0] == nil ? .regression : .classification,
      weightColumn: preprocessing.weightColumn)
    self.preprocessing = preprocessing
    for target in targets { _ = try table.index(of: target) }
    let labelled = try table.unchanged {
      try preprocessing.labelled(table, among: Array(0..<table.rowCount))
    }
    rows = labelled
    unlabelledRows = table.rowCount - labelled.count
    // A class the model does not know must not wait for the split.
    for (target, names) in zip(targets, classes) {
      guard let names else { continue }
      _ = try preprocessing.classCodes(
        table, rows: labelled, names: names, column: table.index(of: target))
    }
  }

  private init(_ whole: Dataset, rows: [Int]) {
    source = whole.source
    targets = whole.targets
    options = whole.options
    self.rows = rows
    classes = whole.classes
    unlabelledRows = whole.unlabelledRows
    // The whole was fitted without an error, so a part can be; an empty part keeps the whole's.
    let own = whole.table.flatMap {
      try? PreprocessingFit($0, targets: whole.targets, options: whole.options)
        .fit(rows: rows, classes: whole.classes)
    }
    preprocessing = rows.isEmpty ? whole.preprocessing : own ?? whole.preprocessing
  }

  /// The table its rows are in; nil for images.
  public var table: Table? { if case .table(let table) = source { table } else { nil } }

  /// The file its rows are in, as the user named it; of images and labels that of the images.
  public var name: String {
    switch source {
    case .table(let table): table.name
    case .images(let images): images.name
    }
  }

  /// A number that tells the contents of files apart, the same on every machine.
  public var fingerprint: UInt64 {
    switch source {
    case .table(let table): table.fingerprint
    case .images(let images): images.fingerprint
    }
  }

  /// The inputs a network on it needs: numbers count 1, k categories k + 1.
  public var inputs: Int { preprocessing.inputCount }

  /// The names of the classes in the order of the outputs; nil for numbers and for labels.
  public var classNames: [String]? { classes.count == 1 ? classes[0] : nil }

  /// The column to predict; several are named one after the other.
  public var target: String { targets.joined(separator: ", ") }

  /// Whether it is classes or labels that are learned, not numbers.
  public var isClassification: Bool { classes[0] != nil }

  /// The rows as matrices, encoded as `preprocessing` says (its own unless given).
  ///
  /// - Throws: `PerceptronError` for a cell that cannot be encoded.
  public func examples(
    outputs: Int, encodedBy other: Preprocessing? = nil
  ) throws -> Examples<Element> {
    let encoder = other ?? preprocessing
    switch source {
    case .table(let table):
      return Examples(
        inputs: try encoder.encodeInputs(table, rows: rows),
        targets: try encoder.encodeTargets(table, rows: rows, outputs: outputs),
        weights: try encoder.weights(of: table, rows: rows))
    case .images(let images):
      return try images.examples(rows: rows, outputs: outputs, encodedBy: encoder)
    }
  }

  /// Fits a preprocessing on some of its rows, with the categories of all of them.
  package func preprocessing(fittedOn part: Dataset) throws -> Preprocessing {
    guard let table else { return preprocessing }
    return try table.unchanged {
      try PreprocessingFit(table, targets: targets, options: options)
        .fit(rows: part.rows, classes: classes, categoriesOf: preprocessing)
    }
  }

  /// Checks that a network for other images takes these too.
  ///
  /// - Throws: `PerceptronError` when they have other pixels or a class that the others have not.
  package func checkFits(_ other: Dataset) throws {
    guard case .images(let images) = source else { return }
    _ =
      try images.examples(
        rows: rows, outputs: other.classNames?.count ?? 0, encodedBy: other.preprocessing)
      as Examples<Element>
  }

  /// Some of its rows, given by their numbers in the table, encoded by what they are alone.
  public func selecting(rows: [Int]) -> Dataset { Dataset(self, rows: rows) }

  /// Divides the rows in two.
  ///
  /// - Parameters:
  ///   - test: the share of rows in the second part, above 0 and below 1.
  ///   - stratified: whether each class is divided in that share, at least one row of each on both
  ///     sides where it has two.
  ///   - seed: which rows go where is a function of (seed, the rows) alone.
  public func split(
    test: Double, stratified: Bool = true, seed: UInt64 = 0
  ) -> (train: Dataset, test: Dataset) {
    guard test > 0, test < 1 else { misuse("a share of \(test) rows; it must be between 0 and 1") }
    let chosen = Holdout.choose(
      groups: stratified ? groups() : [Array(rows.indices)], share: test, seed: seed)
    let isTest = Set(chosen)
    return (
      Dataset(self, rows: rows.indices.filter { !isTest.contains($0) }.map { rows[$0] }),
      Dataset(self, rows: rows.indices.filter { isTest.contains($0) }.map { rows[$0] })
    )
  }

  /// How many rows each class has; of a number all rows.
  package var classCounts: [Int] { groups().map(\.count) }

  /// Positions in `rows`, class by class; one group for numbers and for labels.
  func groups() -> [[Int]] {
    guard let names = classNames, let codes = try? classCodes(names) else {
      return [Array(rows.indices)]
    }
    var groups = [[Int]](repeating: [], count: names.count)
    for (position, code) in codes.enumerated() { groups[code].append(position) }
    return groups
  }

  private func classCodes(_ classes: [String]) throws -> [Int] {
    switch source {
    case .table(let table):
      try preprocessing.classCodes(
        table, rows: rows, names: classes, column: table.index(of: targets[0]))
    case .images(let images): try images.classCodes(among: classes, rows: rows)
    }
  }

  /// Divides off rows for validation by the rule of `train`: stratified, at least 2 rows and one of
  /// each class; nil where there are too few rows for that.
  public func splitForValidation(
    fraction: Double, seed: UInt64
  ) -> (train: Dataset, validation: Dataset)? {
    let groups = groups()
    guard rows.count >= 4, groups.allSatisfy({ $0.count >= 2 || $0.isEmpty }) else { return nil }
    let (train, validation) = split(test: fraction, stratified: true, seed: seed)
    guard validation.rows.count >= 2, train.rows.count >= 2 else { return nil }
    return (train, validation)
  }
}

/// Choosing rows to hold out.
enum Holdout {
  /// Of every group a share, rounded, but with two members or more at least one here and one there.
  static func choose(groups: [[Int]], share: Double, seed: UInt64) -> [Int] {
    var chosen: [Int] = []
    for (number, group) in groups.enumerated() where !group.isEmpty {
      var stream = RandomStream(seed: seed, purpose: .split, index: UInt32(number))
      var order = group
      for last in order.indices.dropFirst().reversed() {
        order.swapAt(last, stream.index(below: last + 1))
      }
      var count = Int(Double(group.count) * share + 0.5)
      if groups.count == 1, group.count >= 4 { count = max(count, 2) }
      if group.count > 1 { count = min(max(count, 1), group.count - 1) }
      chosen += order.prefix(count)
    }
    return chosen.sorted()
  }
}
