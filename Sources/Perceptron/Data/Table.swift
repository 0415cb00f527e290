/// A table read from text: comma-separated values and their relatives.
///
/// Columns of numbers are kept as `Double`s, of columns with texts the places in the file, which is
/// mapped where it is large. If it is cut short or written to while the table is in use, what throws
/// an error does so, and texts that are gone are missing or empty. A number is the nearest to what
/// the file says in the type asked for. Rows and columns are counted from 0 here, without the header;
/// lines, as in an editor, from 1.
///
/// Large files are read on all cores; the result does not depend on their number.
///
/// What is read: UTF-8 with or without a byte-order mark; LF, CRLF and CR line ends; quotes as in
/// RFC 4180, around newlines too; blank lines are skipped, spaces around cells left out. Rows of
/// different widths, text around quotes, NULs and malformed UTF-8 are refused with their line.
public struct Table: Sendable {
  /// The file, as the user named it.
  public let name: String
  /// In the order of the file; their names differ.
  public let columns: [Column]
  /// The number of rows, without the header; at least 1.
  public let rowCount: Int
  /// What stands between the cells; nil for a table of one column.
  public let separator: Separator?
  /// A number that tells the contents of files apart, the same on every machine.
  public let fingerprint: UInt64

  let source: TextSource
  let separatorByte: UInt8
  let blocks: [TableBlock]
  private let firstLines: [Int]
  /// The first row of each block, and the number of rows.
  let firstRows: [Int]
  private let columnIndices: [String: Int]

  /// Reads the table in the file at `path`, which may be compressed by gzip.
  ///
  /// - Throws: ``PerceptronError`` if the file cannot be read or is not a table.
  public init(
    contentsOf path: String, separator: Separator = .automatic, header: Header = .automatic
  ) throws {
    try self.init(
      TextSource(decompressing: path), name: path, separator: separator, header: header)
  }

  /// Reads the table in `bytes`, the content of a file called `name`.
  ///
  /// - Throws: ``PerceptronError`` if it is not a table.
  /// - Complexity: linear in the number of bytes.
  public init(
    bytes: [UInt8], name: String, separator: Separator = .automatic, header: Header = .automatic
  ) throws {
    try self.init(TextSource(bytes), name: name, separator: separator, header: header)
  }

  /// Reads the table in `source`; the result depends neither on the size of the blocks nor on the
  /// number of threads.
  ///
  /// - Parameter separatorByte: what stands between two cells, where that is known; NUL if rows are
  ///   one cell.
  init(
    _ source: TextSource, name: String, separator: Separator = .automatic,
    header: Header = .automatic, separatorByte: UInt8? = nil,
    blockSize: Int = TableReader.blockSize, threads: Int = Threads.available
  ) throws {
    let parsed = try source.unchanged(name) {
      try ParsedTable(
        source, name: name, separator: separator, header: header, separatorByte: separatorByte,
        blockSize: blockSize, threads: threads)
    }
    self.name = name
    self.source = source
    self.separatorByte = parsed.separatorByte
    columns = parsed.columns
    columnIndices = parsed.columnIndices
    blocks = parsed.blocks
    firstLines = parsed.firstLines
    firstRows = parsed.blocks.reduce(into: [0]) { $0.append($0[$0.count - 1] + $1.rowCount) }
    rowCount = parsed.rowCount
    self.separator = parsed.separator
    fingerprint = parsed.fingerprint
  }

  /// The index of the column called `columnName`.
  ///
  /// - Throws: ``PerceptronError`` with the name that may have been meant, and all names if there
  ///   are few.
  public func index(of columnName: String) throws -> Int {
    if let index = columnIndices[columnName] { return index }
    var message = "no column is called \(quoted(columnName))"
    let names = columns.lazy.map(\.name)
    if let suggestion = suggestion(for: columnName, among: names) {
      message += "; did you mean \(quoted(suggestion))?"
    }
    if columns.count <= 20 {
      let list = names.map { quoted($0) }.joined(separator: ", ")
      message += columns.count == 1 ? "; the only column is \(list)" : "; the columns are \(list)"
    }
    throw PerceptronError(.table, message, file: name)
  }

  /// The line on which a row starts, counted from 1 with the header; rows may span lines.
  public func line(ofRow row: Int) -> Int {
    checkRow(row)
    let block = block(ofRow: row)
    return firstLines[block] + Int(blocks[block].lines[row - firstRows[block]])
  }

  /// The block that a row is in.
  func block(ofRow row: Int) -> Int {
    var (low, high) = (0, blocks.count - 1)
    while low < high {
      let middle = (low + high + 1) / 2
      if firstRows[middle] <= row { low = middle } else { high = middle - 1 }
    }
    return low
  }

  func checkRow(_ row: Int) {
    if row < 0 || row >= rowCount { misuse("row \(row) of a table of \(rowCount) rows") }
  }

  func checkColumn(_ column: Int) {
    if column < 0 || column >= columns.count {
      misuse("column \(column) of a table of \(columns.count) columns")
    }
  }
}

extension Table {
  /// A column: its name and what is in it, over the whole file.
  public struct Column: Sendable, Hashable {
    /// What the cells of a column are, judged over the whole file.
    public enum Kind: String, Sendable, Hashable, CaseIterable {
      /// Every cell that has a value is a number, and there is at least one.
      case numeric
      /// Some cell is not a number, or all values are missing.
      case text
    }

    /// A cell that is not a number, where there may be numbers around it.
    public struct TextCell: Sendable, Hashable {
      /// The line its row starts on, counted from 1.
      public let line: Int
      /// What the cell says, without its quotes.
      public let text: String
    }

    /// From the header; `column 3` where the header's third cell is empty, `3` without a header.
    public let name: String
    /// Whether it can be read as numbers.
    public let kind: Kind
    /// How many rows have no value.
    public let missing: Int
    /// How many rows have a number.
    public let numbers: Int
    /// The first cell that is neither missing nor a number; nil if there is none.
    public let firstText: TextCell?
  }

  /// What stands between two cells of a row.
  public enum Separator: String, Sendable, Hashable, CaseIterable {
    /// The one of the others that splits the first rows in the same number of cells, the larger
    /// number first, then the order here. One column has none of them.
    case automatic = "auto"
    /// `,`
    case comma
    /// `;`
    case semicolon
    /// A tab, which then is no blank around a cell.
    case tab
    /// `|`
    case pipe
  }

  /// Whether the first row names the columns.
  public enum Header: String, Sendable, Hashable, CaseIterable {
    /// It does unless all of its cells are numbers; cells without a value do not count.
    case automatic = "auto"
    /// It does, even if all of its cells are numbers.
    case present
    /// It does not: the columns are called `1`, `2`, ….
    case absent
  }
}
