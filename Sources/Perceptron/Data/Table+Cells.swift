extension Table {
  /// What the cell says, nil if it is a missing value; see ``MissingValue`` for their spellings.
  ///
  /// Spaces around an unquoted cell do not belong to it.
  public func text(row: Int, column: Int) -> String? {
    texts(column: column, rows: CollectionOfOne(row))[0]
  }

  /// The texts of one column in `rows`, nil where a value is missing.
  public func texts(column: Int, rows: [Int]) -> [String?] {
    texts(column: column, rows: rows[...])
  }

  private func texts(column: Int, rows: some Collection<Int>) -> [String?] {
    var texts: [String?] = []
    texts.reserveCapacity(rows.count)
    forEachCell(column: column, rows: rows) { _, cell in
      texts.append(MissingValue.isMissing(cell.content) ? nil : cell.cellText)
      return true
    }
    return texts
  }

  /// The number in the cell, correctly rounded to `Element`; nil if it is a missing value.
  ///
  /// - Throws: ``PerceptronError`` with line and column if the cell is not a number.
  @specialized(where Element == Float)
  @specialized(where Element == Double)
  public func number<Element: Scalar>(
    row: Int, column: Int, as type: Element.Type
  ) throws -> Element? {
    let number = try numbers(column: column, rows: [row], as: type)[0]
    return number.isNaN ? nil : number
  }

  /// The numbers of one column in `rows`, NaN where a value is missing.
  ///
  /// - Throws: ``PerceptronError`` with line and column if a cell is not a number.
  @specialized(where Element == Float)
  @specialized(where Element == Double)
  public func numbers<Element: Scalar>(
    column: Int, rows: [Int], as type: Element.Type
  ) throws -> [Element] {
    try unchanged { try readNumbers(column: column, rows: rows) }
  }

  /// What `body` returns.
  ///
  /// - Throws: ``PerceptronError`` if the file has changed by then, otherwise what `body` throws.
  @inline(__always)
  func unchanged<Result>(_ body: () throws -> Result) throws -> Result {
    try source.unchanged(name, body)
  }

  @inline(__always)
  private func readNumbers<Element: Scalar>(column: Int, rows: [Int]) throws -> [Element] {
    checkColumn(column)
    var result: [Element] = []
    result.reserveCapacity(rows.count)
    var block = 0
    for row in rows {
      checkRow(row)
      if row < firstRows[block] || row >= firstRows[block + 1] { block = self.block(ofRow: row) }
      if case .numbers(let values) = blocks[block].columns[column] {
        let value = values[row - firstRows[block]]
        if Element.self == Double.self || value.isNaN {
          result.append(Element(value))
          continue
        }
        if let number = DecimalNumber.float(from: value) {
          result.append(Element(number))
          continue
        }
      }
      result.append(try source.withBytes { try number(row: row, column: column, in: $0) } ?? .nan)
    }
    return result
  }

  /// The first of `rows` whose number is infinite as `Element`, written so or too large for the
  /// type; nil if there is none. Cells that are not numbers are passed over.
  @specialized(where Element == Float)
  @specialized(where Element == Double)
  public func firstInfinity<Element: Scalar>(
    column: Int, rows: [Int], as type: Element.Type
  ) -> (row: Int, line: Int, text: String)? {
    var found: (row: Int, line: Int, text: String)?
    forEachCell(column: column, rows: rows) { row, cell in
      guard let value = DecimalNumber.parse(cell.content, as: Element.self), value.isInfinite else {
        return true
      }
      found = (row, line(ofRow: row), cell.cellText)
      return false
    }
    return found
  }

  /// The different texts of one column in `rows`, in the order they first appear, and for each of
  /// `rows` the index of its text, −1 where a value is missing.
  public func categories(column: Int, rows: [Int]) -> (values: [String], codes: [Int32]) {
    var values: [String] = []
    var codes: [Int32] = []
    var codeOfText: [String: Int32] = [:]
    codes.reserveCapacity(rows.count)
    forEachCell(column: column, rows: rows) { _, cell in
      if MissingValue.isMissing(cell.content) {
        codes.append(-1)
        return true
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
      return true
    }
    return (values, codes)
  }

  /// For each of `rows` whether the column has a value there: of numbers that is known without a look at
  /// the text.
  func hasValues(column: Int, rows: [Int]) -> [Bool] {
    checkColumn(column)
    return source.withBytes { bytes in
      rows.map { row in
        checkRow(row)
        let block = block(ofRow: row)
        if case .numbers(let values) = blocks[block].columns[column] {
          return !values[row - firstRows[block]].isNaN
        }
        return !MissingValue.isMissing(cell(row: row, column: column, in: bytes).content)
      }
    }
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

  /// Calls `body` with each of `rows` and what stands in the file for its cell, while it says true.
  private func forEachCell(
    column: Int, rows: some Collection<Int>,
    _ body: (Int, UnsafeBufferPointer<UInt8>) -> Bool
  ) {
    checkColumn(column)
    var current = 0
    source.withBytes { bytes in
      for row in rows {
        if row >= firstRows[current + 1], current + 2 < firstRows.count {
          // Of rows in order, a block that is done with is not needed again.
          source.release(blocks[current].start..<blocks[current].end)
          current += 1
        }
        guard body(row, cell(row: row, column: column, in: bytes)) else { break }
      }
    }
    if rows.count > 1 { source.release() }
  }

  @inline(__always)
  private func cell(
    row: Int, column: Int, in bytes: UnsafeBufferPointer<UInt8>
  ) -> UnsafeBufferPointer<UInt8> {
    checkRow(row)
    checkColumn(column)
    let block = block(ofRow: row)
    let place = row - firstRows[block]
    let start =
      switch blocks[block].columns[column] {
      case .places(let places): Int(places[place])
      case .numbers:
        bytes.cellStart(
          column, ofRowAt: Int(blocks[block].rows[place]), separator: separatorByte)
      }
    return bytes.cell(at: start, separator: separatorByte)
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
