/// The steps from a file's bytes to a ``Table``.
struct ParsedTable {
  private(set) var columns: [Table.Column] = []
  private(set) var columnIndices: [String: Int] = [:]
  let cells: CellIndex
  /// The first row below the header.
  let firstRow: Int
  let separator: Table.Separator?
  let fingerprint: UInt64

  init(
    _ bytes: UnsafeBufferPointer<UInt8>, name: String, separator: Table.Separator,
    header: Table.Header
  ) throws(PerceptronError) {
    let start = try Self.startOfText(bytes, name: name)
    let found = separator == .automatic ? Table.Separator.found(in: bytes, from: start) : separator
    do throws(CellReader.Malformation) {
      cells = try CellIndex(bytes, from: start, separator: found?.byte ?? 0)
    } catch {
      throw PerceptronError(.table, error.message, file: name, line: error.line)
    }
    if cells.lines.isEmpty {
      throw PerceptronError(.table, "the file is empty: no rows", file: name)
    }
    firstRow = Self.hasHeader(cells, in: bytes, header) ? 1 : 0
    if cells.lines.count == firstRow {
      throw PerceptronError(.table, "no data rows, only a header", file: name)
    }
    self.separator = cells.width == 1 ? nil : found
    fingerprint = contentFingerprint(of: bytes)
    try nameAndJudgeColumns(bytes, name: name)
  }

  /// Where the text begins, behind a byte-order mark; refuses what is not text in UTF-8.
  private static func startOfText(
    _ bytes: UnsafeBufferPointer<UInt8>, name: String
  ) throws(PerceptronError) -> Int {
    if bytes.count > UInt32.max {
      throw PerceptronError(.table, "the file is larger than 4 GiB; split it", file: name)
    }
    if bytes.starts(with: [0xFF, 0xFE]) || bytes.starts(with: [0xFE, 0xFF]) {
      throw PerceptronError(
        .table, "begins with a UTF-16 byte-order mark; save it as UTF-8", file: name)
    }
    if let offset = bytes.firstByteThatIsNotText() {
      let message =
        bytes[offset] == 0
        ? "a NUL byte at offset \(offset); this is not a text file in UTF-8"
        : "the byte 0x\(String(bytes[offset], radix: 16, uppercase: true)) at offset \(offset) "
          + "is not valid UTF-8"
      throw PerceptronError(.table, message, file: name, line: bytes.line(at: offset))
    }
    return bytes.starts(with: [0xEF, 0xBB, 0xBF]) ? 3 : 0
  }

  private static func hasHeader(
    _ cells: CellIndex, in bytes: UnsafeBufferPointer<UInt8>, _ header: Table.Header
  ) -> Bool {
    switch header {
    case .present: return true
    case .absent: return false
    case .automatic:
      var hasNumber = false
      for column in 0..<cells.width {
        let content = cells.cell(row: 0, column: column, in: bytes).content
        if DecimalNumber.isNumber(content) {
          hasNumber = true
        } else if !MissingValue.isMissing(content) {
          return true
        }
      }
      return !hasNumber
    }
  }

  /// What has been seen of a column.
  private struct Tally {
    var missing = 0
    var numbers = 0
    /// The first row with a cell that is neither; −1 while there is none.
    var firstText = -1
  }

  private mutating func nameAndJudgeColumns(
    _ bytes: UnsafeBufferPointer<UInt8>, name: String
  ) throws(PerceptronError) {
    var tallies = [Tally](repeating: Tally(), count: cells.width)
    for row in firstRow..<cells.lines.count {
      for column in 0..<cells.width {
        let content = cells.cell(row: row, column: column, in: bytes).content
        if DecimalNumber.isNumber(content) {
          tallies[column].numbers += 1
        } else if MissingValue.isMissing(content) {
          tallies[column].missing += 1
        } else if tallies[column].firstText < 0 {
          tallies[column].firstText = row
        }
      }
    }

    columns.reserveCapacity(cells.width)
    columnIndices.reserveCapacity(cells.width)
    for (column, tally) in tallies.enumerated() {
      var columnName = "\(column + 1)"
      if firstRow == 1 {
        let text = cells.cell(row: 0, column: column, in: bytes).cellText
        columnName = text.isEmpty ? "column \(column + 1)" : text
      }
      if let twin = columnIndices.updateValue(column, forKey: columnName) {
        throw PerceptronError(
          .table, "columns \(twin + 1) and \(column + 1) have the same name", file: name,
          line: Int(cells.lines[0]), column: columnName)
      }
      var firstText: Table.Column.TextCell?
      if tally.firstText >= 0 {
        firstText = Table.Column.TextCell(
          line: Int(cells.lines[tally.firstText]),
          text: cells.cell(row: tally.firstText, column: column, in: bytes).cellText)
      }
      columns.append(
        Table.Column(
          name: columnName, kind: firstText == nil && tally.numbers > 0 ? .numeric : .text,
          missing: tally.missing, numbers: tally.numbers, firstText: firstText))
    }
  }
}

extension Table.Separator {
  /// The byte it stands for; nil for ``automatic``.
  var byte: UInt8? {
    switch self {
    case .automatic: nil
    case .comma: UInt8(ascii: ",")
    case .semicolon: UInt8(ascii: ";")
    case .tab: ASCII.tab
    case .pipe: UInt8(ascii: "|")
    }
  }

  /// How many rows are looked at.
  private static let sampleRows = 32

  /// The separator of `bytes`; nil if there is one column.
  ///
  /// Candidates that split all rows looked at into the same number of cells come first, more cells
  /// before fewer. If none does, some row has too few cells or too many, or a quote is astray: then
  /// the first row decides, so that the error names the right place.
  static func found(in bytes: UnsafeBufferPointer<UInt8>, from start: Int) -> Self? {
    var best: Self?
    var bestRank = (consistent: false, cells: 1)
    for candidate in allCases {
      guard let byte = candidate.byte else { continue }
      let rank = rank(CellReader(bytes, from: start, separator: byte))
      guard rank.cells > 1 else { continue }
      if rank.consistent == bestRank.consistent
        ? rank.cells > bestRank.cells : rank.consistent
      {
        (best, bestRank) = (candidate, rank)
      }
    }
    return best
  }

  /// The number of cells in the first row, and whether the rows after it have as many.
  private static func rank(_ reader: CellReader) -> (consistent: Bool, cells: Int) {
    var reader = reader
    var width = 0
    do throws(CellReader.Malformation) {
      for _ in 0..<sampleRows {
        guard reader.findRow() else { break }
        var cells = 1
        while try !reader.readCell().isLast { cells += 1 }
        if width == 0 { width = cells }
        if cells != width { return (false, width) }
      }
      return (true, width)
    } catch {
      return (false, width)
    }
  }
}
