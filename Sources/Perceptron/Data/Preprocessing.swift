/// How raw rows of a table become a network's inputs, and its outputs predictions.
///
/// Fitted on training rows only, and kept in the model, so that everything that uses the model
/// takes raw rows.
public struct Preprocessing: Sendable, Hashable {
  /// The columns of the table the network reads, in the order of its inputs.
  public let inputs: [InputColumn]
  /// What is predicted: one target, or several with an output each.
  public let targets: [Target]
  /// The column that says how much a row counts when a network is trained or judged; tables to judge
  /// by may lack it.
  public let weightColumn: String?

  /// The first of the targets; mostly there is no other.
  public var target: Target { targets[0] }

  package init(inputs: [InputColumn], target: Target, weightColumn: String? = nil) {
    self.init(inputs: inputs, targets: [target], weightColumn: weightColumn)
  }

  package init(inputs: [InputColumn], targets: [Target], weightColumn: String? = nil) {
    if targets.isEmpty { misuse("a preprocessing without a target") }
    self.inputs = inputs
    self.targets = targets
    self.weightColumn = weightColumn
  }

  /// One column of the table.
  public struct InputColumn: Sendable, Hashable {
    /// The column's name in the header.
    public let name: String
    /// How its cells become inputs.
    public let encoding: Encoding

    package init(name: String, encoding: Encoding) {
      self.name = name
      self.encoding = encoding
    }

    /// The inputs it becomes: 1, or for k categories k + 1.
    public var width: Int {
      switch encoding {
      case .numeric: 1
      case .categorical(let categories, _): categories.count + 1
      }
    }
  }

  /// From cell to numbers.
  public enum Encoding: Sendable, Hashable {
    /// (x − shift) / scale, computed in `Double`; a missing x is `imputed`, the median of the
    /// training rows. A constant column has scale 1 and becomes 0.
    case numeric(imputed: Double, shift: Double, scale: Double)
    /// 1 in the place of the category and 0 elsewhere; the last place is for values that no
    /// training row had. A missing value is the category `mostFrequent`.
    case categorical(categories: [String], mostFrequent: Int)
  }

  /// What the network predicts.
  public struct Target: Sendable, Hashable {
    /// The column's name in the header.
    public let name: String
    /// Classes or a number.
    public let kind: Kind
    /// What the network says of it.
    public let output: Output

    package init(name: String, kind: Kind, output: Output = .direct) {
      self.name = name
      self.kind = kind
      self.output = output
    }

    /// What a network says of a target.
    public enum Output: String, Sendable, Hashable, CaseIterable {
      /// The scaled number, or probabilities.
      case direct
      /// A score of two classes, the second from 0 on: targets are −1 and 1, and there are no
      /// probabilities.
      case score
      /// The logarithm of the number.
      case logarithm
    }

    /// What outputs stand for.
    public enum Kind: Sendable, Hashable {
      /// Classes in the order of the outputs. Two classes may share one output: the probability of
      /// the second.
      case classes([String])
      /// A number: output · scale + shift, in the target's own unit.
      case number(shift: Double, scale: Double)
    }
  }

  /// How numbers are brought to one size.
  public enum Scaling: String, Sendable, Hashable, CaseIterable {
    /// Mean 0, standard deviation 1; for regression the target too.
    case standard
    /// From 0 to 1.
    case minmax
    /// As they are.
    case none
  }

  /// n₀
  public var inputCount: Int { inputs.reduce(0) { $0 + $1.width } }

  /// The classes, or nil for a number and for several targets.
  public var classes: [String]? {
    if targets.count == 1, case .classes(let names) = target.kind { names } else { nil }
  }

  /// A name for every input: the column's, or `column=category`.
  public var inputNames: [String] {
    inputs.flatMap { column in
      switch column.encoding {
      case .numeric: [column.name]
      case .categorical(let categories, _):
        categories.map { "\(column.name)=\($0)" } + ["\(column.name)=(other)"]
      }
    }
  }
}

extension Preprocessing {
  /// The inputs `[rows × n₀]` for rows of a table, its columns found by name.
  ///
  /// - Throws: `PerceptronError` naming a column the table lacks, or the line and column of a cell
  ///   that is not a finite number where one is needed.
  @specialized(where Element == Float)
  @specialized(where Element == Double)
  public func encodeInputs<Element: Scalar>(
    _ table: Table, rows: [Int], as: Element.Type = Element.self
  ) throws -> Matrix<Element> {
    try table.unchanged { try inputs(of: table, rows: rows) }
  }

  @inline(__always)
  private func inputs<Element: Scalar>(of table: Table, rows: [Int]) throws -> Matrix<Element> {
    let width = inputCount
    var values = [Element](repeating: 0, count: rows.count * width)
    var place = 0
    for column in inputs {
      let index = try columnIndex(column.name, in: table)
      switch column.encoding {
      case .numeric(let imputed, let shift, let scale):
        let numbers: [Element] = try scaled(
          table, column: index, rows: rows, shift: shift, scale: scale)
        let filler = Element((imputed - shift) / scale)
        for (i, number) in numbers.enumerated() {
          values[i * width + place] = number.isNaN ? filler : number
        }
      case .categorical(let categories, let mostFrequent):
        let found = table.categories(column: index, rows: rows)
        let known = CategoryIndex(categories)
        let places = found.values.map { known[$0] ?? categories.count }
        for (i, code) in found.codes.enumerated() {
          let category = code < 0 ? mostFrequent : places[Int(code)]
          values[i * width + place + category] = 1
        }
      }
      place += column.width
    }
    return Matrix(rows: rows.count, columns: width, values: values)
  }

  /// The targets `[rows × outputs]` of rows of a table: numbers scaled as the network sees them, one
  /// column of 0 and 1 for two classes on one output, or one 1 a row.
  ///
  /// - Throws: `PerceptronError` for a missing or unknown value, with its line.
  @specialized(where Element == Float)
  @specialized(where Element == Double)
  public func encodeTargets<Element: Scalar>(
    _ table: Table, rows: [Int], outputs: Int, as: Element.Type = Element.self
  ) throws -> Matrix<Element> {
    try table.unchanged { try targets(of: table, rows: rows, outputs: outputs) }
  }

  @inline(__always)
  private func targets<Element: Scalar>(
    of table: Table, rows: [Int], outputs: Int
  ) throws -> Matrix<Element> {
    if targets.count > 1 { return try severalTargets(of: table, rows: rows, outputs: outputs) }
    let index = try columnIndex(target.name, in: table)
    switch target.kind {
    case .number(let shift, let scale):
      let numbers: [Element] = try scaled(
        table, column: index, rows: rows, shift: shift, scale: scale)
      if let missing = numbers.firstIndex(where: \.isNaN) {
        throw missingTarget(table, row: rows[missing], target.name)
      }
      return Matrix(rows: rows.count, columns: 1, values: numbers)
    case .classes(let names):
      guard outputs == names.count || (outputs == 1 && names.count == 2) else {
        throw PerceptronError(
          .network, "\(names.count) classes do not fit \(outputs) outputs", file: table.name)
      }
      var result = Matrix<Element>(rows: rows.count, columns: outputs)
      for (i, code) in try classCodes(table, rows: rows, names: names, column: index).enumerated() {
        if outputs == 1 {
          result[i, 0] = code == 1 ? 1 : target.output == .score ? -1 : 0
        } else {
          result[i, code] = 1
        }
      }
      return result
    }
  }

  /// The class number of every row.
  func classCodes(_ table: Table, rows: [Int], names: [String], column: Int) throws -> [Int] {
    let found = table.categories(column: column, rows: rows)
    let known = CategoryIndex(names)
    let numbers = found.values.map { known[$0] }
    return try found.codes.enumerated().map { i, code in
      guard code >= 0 else {
        throw missingTarget(table, row: rows[i], table.columns[column].name)
      }
      guard let number = numbers[Int(code)] else {
        throw PerceptronError(
          .dataset,
          "the model does not know the class \(quoted(found.values[Int(code)])); it knows "
            + names.prefix(20).map { printable($0) }.joined(separator: ", "),
          file: table.name, line: table.line(ofRow: rows[i]), column: table.columns[column].name)
      }
      return number
    }
  }

  private func missingTarget(_ table: Table, row: Int, _ name: String) -> PerceptronError {
    PerceptronError(
      .dataset, "the target is missing", file: table.name, line: table.line(ofRow: row),
      column: name)
  }

  func columnIndex(_ name: String, in table: Table) throws -> Int {
    do {
      return try table.index(of: name)
    } catch {
      throw PerceptronError(
        .dataset, "the model needs the column \(quoted(name)), which the table lacks",
        file: table.name)
    }
  }

  /// (x − shift) / scale for a column's numbers, NaN where missing: in `Double`, rounded once; a
  /// column that is not scaled comes straight from the text.
  @inline(__always)
  private func scaled<Element: Scalar>(
    _ table: Table, column: Int, rows: [Int], shift: Double, scale: Double
  ) throws -> [Element] {
    let numbers: [Element]
    if shift == 0, scale == 1 {
      numbers = try table.numbers(column: column, rows: rows, as: Element.self)
    } else {
      numbers = try table.numbers(column: column, rows: rows, as: Double.self).map {
        Element(($0 - shift) / scale)
      }
    }
    if let i = numbers.firstIndex(where: \.isInfinite) {
      throw PerceptronError(
        .dataset,
        "\(quoted(table.text(row: rows[i], column: column) ?? "")) is not a finite number in "
          + Element.precision.rawValue,
        file: table.name, line: table.line(ofRow: rows[i]), column: table.columns[column].name)
    }
    return numbers
  }
}
