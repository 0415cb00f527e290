extension Table {
  /// What the cell says, nil if it is a missing value; see ``MissingValue`` for their spellings.
  ///
  /// Spaces around an unquoted cell do not belong to it.
  public func text(row: Int, column: Int) -> String? {
    bytes.withUnsafeBufferPointer {
      let cell = cell(row: row, column: column, in: $0)
      return MissingValue.isMissing(cell.content) ? nil : cell.cellText
    }
  }

  /// The texts of one column in `rows`, nil where a value is missing.
  public func texts(column: Int, rows: [Int]) -> [String?] {
    rows.map { text(row: $0, column: column) }
  }

  /// The number in the cell, correctly rounded to `Element`; nil if it is a missing value.
  ///
  /// - Throws: ``PerceptronError`` with line and column if the cell is not a number.
  @specialized(where Element == Float)
  @specialized(where Element == Double)
  public func number<Element: Scalar>(
    row: Int, column: Int, as type: Element.Type
  ) throws -> Element? {
    try bytes.withUnsafeBufferPointer { try number(row: row, column: column, in: $0) }
  }

  /// The numbers of one column in `rows`, NaN where a value is missing.
  ///
  /// - Throws: ``PerceptronError`` with line and column if a cell is not a number.
  @specialized(where Element == Float)
  @specialized(where Element == Double)
  public func numbers<Element: Scalar>(
    column: Int, rows: [Int], as type: Element.Type
  ) throws -> [Element] {
    try bytes.withUnsafeBufferPointer { bytes in
      try rows.map { row in
        try number(row: row, column: column, in: bytes) ?? Element.nan
      }
    }
  }

  /// The first of `rows` whose number is infinite as `Element`, written so or too large for the
  /// type; nil if there is none. Cells that are not numbers are passed over.
  @specialized(where Element == Float)
  @specialized(where Element == Double)
  public func firstInfinity<Element: Scalar>(
    column: Int, rows: [Int], as type: Element.Type
  ) -> (row: Int, line: Int, text: String)? {
    bytes.withUnsafeBufferPointer { bytes in
      for row in rows {
        let cell = cell(row: row, column: column, in: bytes)
        if let value = DecimalNumber.parse(cell.content, as: Element.self), value.isInfinite {
          return (row, line(ofRow: row), cell.cellText)
        }
      }
      return nil
    }
  }

  /// The different texts of one column in `rows`, in the order they first appear, and for each of
  /// `rows` the index of its text, −1 where a value is missing.
  public func categories(column: Int, rows: [Int]) -> (values: [String], codes: [Int32]) {
    var values: [String] = []
    var codes: [Int32] = []
    var codeOfText: [String: Int32] = [:]
    codes.reserveCapacity(rows.count)
    bytes.withUnsafeBufferPointer { bytes in
      for row in rows {
        let cell = cell(row: row, column: column, in: bytes)
        if MissingValue.isMissing(cell.content) {
          codes.append(-1)
          continue
        }
        let text = cell.cellText
        if let code = codeOfText[text] {
          codes.append(code)
        } else {
          let code = Int32(values.count)
          codeOfText[text] = code
          values.append(text)
          codes.append(code)
        }
      }
    }
    return (values, codes)
  }

  /// Checks that a column is numeric.
  ///
  /// - Throws: ``PerceptronError`` with the line and text of the first cell that is not a number.
  public func requireNumeric(column: Int) throws {
    checkColumn(column)
    let column = columns[column]
    if let cell = column.firstText {
      throw notANumber(cell.text, line: cell.line, column: column.name)
    }
    if column.kind == .text {
      throw PerceptronError(
        .table, "all values are missing; there is no number", file: name, column: column.name)
    }
  }

  @inline(__always)
  private func cell(
    row: Int, column: Int, in bytes: UnsafeBufferPointer<UInt8>
  ) -> UnsafeBufferPointer<UInt8> {
    checkRow(row)
    checkColumn(column)
    return cells.cell(row: firstRow + row, column: column, in: bytes)
  }

  @inline(__always)
  private func number<Element: Scalar>(
    row: Int, column: Int, in bytes: UnsafeBufferPointer<UInt8>
  ) throws -> Element? {
    let cell = cell(row: row, column: column, in: bytes)
    if let number = DecimalNumber.parse(cell.content, as: Element.self) { return number }
    if MissingValue.isMissing(cell.content) { return nil }
    throw notANumber(cell.cellText, line: line(ofRow: row), column: columns[column].name)
  }

  private func notANumber(_ text: String, line: Int, column: String) -> PerceptronError {
    PerceptronError(
      .table, "\(quoted(text)) is not a number", file: name, line: line, column: column)
  }
}
