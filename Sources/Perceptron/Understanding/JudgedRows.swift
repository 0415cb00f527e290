/// Rows of a table as a network takes them, with their truth: what an understanding of a model is
/// computed on.
struct JudgedRows<Element: Scalar> {
  /// What the target of every row is.
  enum Truth {
    case classes([Int])
    /// In the target's own unit.
    case numbers([Double])
  }

  let encoder: Preprocessing
  /// X, encoded.
  let inputs: Matrix<Element>
  /// For each column of the table that the network reads, in the encoder's order, its inputs.
  let places: [Range<Int>]
  /// The rows of the table.
  let rows: [Int]

  /// - Parameters:
  ///   - model: the network.
  ///   - table: columns are found by name.
  ///   - rows: rows of the table, counted from 0; nil takes all.
  /// - Throws: `PerceptronError` when the model has no preprocessing, a column is missing, a cell
  ///   cannot be read, or there is no row.
  init(_ model: MLP<Element>, _ table: Table, rows: [Int]?) throws {
    guard let encoder = model.preprocessing else {
      throw PerceptronError(
        .network,
        "the model does not say how rows of a table become inputs; it takes matrices only")
    }
    guard encoder.targets.count == 1 else {
      throw PerceptronError(
        .network,
        "the model predicts \(encoder.targets.count) targets; what it relies on is told of a model "
          + "with one")
    }
    self.encoder = encoder
    self.rows = rows ?? Array(0..<table.rowCount)
    guard !self.rows.isEmpty else {
      throw PerceptronError(.dataset, "there is no row", file: table.name)
    }
    inputs = try encoder.encodeInputs(table, rows: self.rows)
    var place = 0
    places = encoder.inputs.map { column in
      place += column.width
      return place - column.width..<place
    }
  }

  /// The same of rows whose target is known, and their truth; rows without one are left out.
  static func labelled(
    _ model: MLP<Element>, _ table: Table, rows: [Int]?
  ) throws -> (rows: JudgedRows, truth: Truth) {
    guard let target = model.preprocessing?.target else {
      return (try JudgedRows(model, table, rows: rows), .numbers([]))
    }
    guard let column = try? table.index(of: target.name) else {
      throw PerceptronError(
        .dataset, "the target column \(quoted(target.name)) is missing", file: table.name)
    }
    let wanted = rows ?? Array(0..<table.rowCount)
    let codes = table.categories(column: column, rows: wanted).codes
    let labelled = wanted.indices.filter { codes[$0] >= 0 }.map { wanted[$0] }
    guard !labelled.isEmpty else {
      throw PerceptronError(
        .dataset, "no row has a target", file: table.name, column: target.name)
    }
    let judged = try JudgedRows(model, table, rows: labelled)
    switch target.kind {
    case .classes(let names):
      return (
        judged,
        .classes(
          try judged.encoder.classCodes(table, rows: labelled, names: names, column: column))
      )
    case .number:
      return (
        judged, .numbers(try table.numbers(column: column, rows: labelled, as: Double.self))
      )
    }
  }

  /// What the network's outputs of a row stand for: the probability of every class, or the number in
  /// the target's own unit.
  func answers(_ outputs: ArraySlice<Element>) -> [Double] {
    switch encoder.target.kind {
    case .number(let shift, let scale):
      outputs.map { encoder.target.number(Double($0), shift: shift, scale: scale) }
    case .classes where encoder.target.output == .score:
      // The score of the second class; the first one's is its negative.
      outputs.flatMap { [-Double($0), Double($0)] }
    case .classes:
      if outputs.count == 1, let p = outputs.first {
        [1 - Double(p), Double(p)]
      } else {
        outputs.map { Double($0) }
      }
    }
  }

  /// The names of what `answers` gives: the classes, or the target.
  var answerNames: [String] { encoder.classes ?? [encoder.target.name] }
}
