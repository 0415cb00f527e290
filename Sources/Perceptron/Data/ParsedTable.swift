/// The steps from a file's bytes to a ``Table``.
struct ParsedTable {
  private(set) var columns: [Table.Column] = []
  private(set) var columnIndices: [String: Int] = [:]
  let separator: Table.Separator?
  /// The byte between two cells; NUL, which no text contains, if rows are one cell.
  let separatorByte: UInt8
  let fingerprint: UInt64
  private(set) var blocks: [TableBlock]
  /// The line each block begins on.
  let firstLines: [Int]
  let rowCount: Int

  /// - Parameters:
  ///   - separatorByte: what stands between two cells, where that is known.
  ///   - blockSize: bytes that a thread reads at a time.
  ///   - threads: how many read; the result depends on neither.
  init(
    _ source: TextSource, name: String, separator: Table.Separator, header: Table.Header,
    separatorByte: UInt8? = nil, blockSize: Int = TableReader.blockSize,
    threads: Int = Threads.available
  ) throws {
    let start = try source.withBytes { try Self.startOfText($0, name: name) }
    let found = source.withBytes { bytes in
      if let separatorByte { return Table.Separator.allCases.first { $0.byte == separatorByte } }
      return separator == .automatic ? Table.Separator.found(in: bytes, from: start) : separator
    }
    let byte = found?.byte ?? 0
    self.separatorByte = byte
    let first = try source.withBytes {
      try FirstRow($0, from: start, separator: byte, header, name: name)
    }
    let reader = TableReader(
      source: source, separator: byte, width: first.cells.count, blockSize: blockSize,
      threads: threads)
    let result =
      first.isHeader
      ? reader.read(from: first.end, line: first.endLine)
      : reader.read(from: first.start, line: first.line)
    if let offset = result.notText {
      throw source.withBytes { Self.notText($0, at: offset, name: name) }
    }
    if let failure = result.failure {
      throw PerceptronError(.table, failure.message, file: name, line: failure.line)
    }
    if result.blocks.isEmpty {
      throw PerceptronError(.table, "no data rows, only a header", file: name)
    }
    self.separator = first.cells.count == 1 ? nil : found
    fingerprint = result.fingerprint
    blocks = result.blocks
    firstLines = result.firstLines
    rowCount = result.blocks.reduce(0) { $0 + $1.rowCount }
    try nameAndJudgeColumns(first, source, name: name)
  }

  /// Where the text begins, behind a byte-order mark.
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
    return bytes.starts(with: [0xEF, 0xBB, 0xBF]) ? 3 : 0
  }

  /// What to say of a byte that is not text in UTF-8.
  private static func notText(
    _ bytes: UnsafeBufferPointer<UInt8>, at offset: Int, name: String
  ) -> PerceptronError {
    let message =
      bytes[offset] == 0
      ? "a NUL byte at offset \(offset); this is not a text file in UTF-8"
      : "the byte 0x\(String(bytes[offset], radix: 16, uppercase: true)) at offset \(offset) "
        + "is not valid UTF-8"
    return PerceptronError(.table, message, file: name, line: bytes.line(at: offset))
  }

  /// The first row, which says how many cells the others have, and may be a header.
  private struct FirstRow {
    /// More would be a file of separators, and names for all of them take more than it does.
    static let mostColumns = 1 << 20

    let start: Int
    let line: Int
    private(set) var cells: [String] = []
    let isHeader: Bool
    /// Where the next line begins, and which it is.
    let end: Int
    let endLine: Int

    init(
      _ bytes: UnsafeBufferPointer<UInt8>, from start: Int, separator: UInt8,
      _ header: Table.Header, name: String
    ) throws(PerceptronError) {
      var reader = CellReader(bytes, from: start, separator: separator)
      var (hasNumber, hasText) = (false, false)
      do throws(CellReader.Malformation) {
        let isThere = reader.findRow()
        (self.start, line) = (reader.position, reader.line)
        var isLast = !isThere
        while !isLast {
          let (cell, _, isEnd) = try reader.readText()
          if cells.count == Self.mostColumns {
            throw CellReader.Malformation(
              line: line, message: "has more than \(grouped(Self.mostColumns)) cells")
          }
          cells.append(cell.cellText)
          if DecimalNumber.isNumber(cell.content) {
            hasNumber = true
          } else if !MissingValue.isMissing(cell.content) {
            hasText = true
          }
          isLast = isEnd
        }
      } catch {
        // What is not text comes first, wherever in the file it is.
        if let offset = bytes.firstByteThatIsNotText() {
          throw notText(bytes, at: offset, name: name)
        }
        throw PerceptronError(.table, error.message, file: name, line: error.line)
      }
      if cells.isEmpty {
        if let offset = bytes.firstByteThatIsNotText() {
          throw notText(bytes, at: offset, name: name)
        }
        throw PerceptronError(.table, "the file is empty: no rows", file: name)
      }
      (end, endLine) = (reader.position, reader.line)
      switch header {
      case .present: isHeader = true
      case .absent: isHeader = false
      case .automatic: isHeader = hasText || !hasNumber
      }
    }
  }

  private mutating func nameAndJudgeColumns(
    _ first: FirstRow, _ source: TextSource, name: String
  ) throws(PerceptronError) {
    columns.reserveCapacity(first.cells.count)
    columnIndices.reserveCapacity(first.cells.count)
    for column in first.cells.indices {
      var columnName = "\(column + 1)"
      if first.isHeader {
        let text = first.cells[column]
        columnName = text.isEmpty ? "column \(column + 1)" : text
      }
      if let twin = columnIndices.updateValue(column, forKey: columnName) {
        throw PerceptronError(
          .table, "columns \(twin + 1) and \(column + 1) have the same name", file: name,
          line: first.line, column: columnName)
      }
      let missing = blocks.reduce(0) { $0 + $1.tallies[column].missing }
      let texts = blocks.reduce(0) { $0 + $1.tallies[column].texts }
      let numbers = rowCount - missing - texts
      let isNumeric = texts == 0 && numbers > 0
      var firstText: Table.Column.TextCell?
      if let block = blocks.firstIndex(where: { $0.tallies[column].texts > 0 }) {
        let row = blocks[block].tallies[column].firstText
        let start = Int(blocks[block].rows[row])
        firstText = Table.Column.TextCell(
          line: firstLines[block] + Int(blocks[block].lines[row]),
          text: source.withBytes { bytes in
            let place = bytes.cellStart(column, ofRowAt: start, separator: separatorByte)
            return bytes.cell(at: place, separator: separatorByte).cellText
          })
      }
      if !isNumeric {
        source.withBytes { bytes in
          for block in blocks.indices {
            blocks[block].makePlaces(ofColumn: column, in: bytes, separator: separatorByte)
          }
        }
      }
      columns.append(
        Table.Column(
          name: columnName, kind: isNumeric ? .numeric : .text, missing: missing, numbers: numbers,
          firstText: firstText))
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
