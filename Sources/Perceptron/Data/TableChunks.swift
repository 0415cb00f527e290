#if canImport(Glibc)
  import Glibc
#elseif canImport(Musl)
  import Musl
#elseif canImport(Darwin)
  import Darwin
#endif

/// A table read piece by piece, from the beginning to the end, by all threads: memory for some pieces,
/// however large the file is.
///
/// The file is read and cut by the caller, pieces are worked on by all, several at a time, and what
/// comes of them is handed out in order. A piece is a `Table` of some rows with the columns of the
/// whole; what a column is, is judged piece by piece.
///
/// Memory: as many pieces as `OrderedWork` has in flight, 2 for each thread, and the one that is being
/// read. Malformed rows apart, a piece is longer than its size only by a row.
package enum TableChunks {
  /// Bytes of a piece, about.
  package static let size = 4 << 20
  /// More threads do not pay where tables are handed out, as one alone works with them.
  static let mostReaders = 4

  /// One piece.
  struct Piece: Sendable {
    private let rows: TableCutter.Stretch
    private let whole: Whole
    /// The first piece has been read already: it says what all are like.
    private let first: Table?

    fileprivate init(_ rows: TableCutter.Stretch, of whole: Whole, first: Table? = nil) {
      self.rows = rows
      self.whole = whole
      self.first = first
    }

    /// The text, behind a header where it is not the first piece.
    var bytes: [UInt8] { rows.bytes }

    /// Where the rows begin in the text; nil for the first piece.
    var start: Int? { first == nil ? rows.start : nil }

    fileprivate var isBlank: Bool { first == nil && rows.isBlank }

    /// The ends of lines in the rows.
    var lineEnds: Int { rows.lineEnds }

    /// The rows as a table, read by one thread.
    func table() throws -> Table {
      if let first { return first }
      return try Table(
        TextSource(bytes), name: whole.name, header: .present, separatorByte: whole.separatorByte,
        threads: 1)
    }
  }

  /// What came of a piece, and the ends of lines in it.
  struct Outcome<Value: Sendable>: Sendable {
    /// Nil where there was nothing but blank lines, which are no rows.
    let value: Value?
    let lineEnds: Int
  }

  /// What the first piece says of all.
  fileprivate struct Whole: Sendable {
    let name: String
    let separatorByte: UInt8
    /// The names of the columns as a header, and its lines.
    let names: [UInt8]
    let nameLines: Int

    init(_ first: Table) {
      name = first.name
      separatorByte = first.separatorByte
      let separator = separatorByte == 0 ? UInt8(ascii: ",") : separatorByte
      names = Array(
        (first.columns.map { column in
          "\""
            + column.name.split(separator: "\"", omittingEmptySubsequences: false)
            .joined(separator: "\"\"") + "\""
        }.joined(separator: String(UnicodeScalar(separator))) + "\n").utf8)
      nameLines = names.withUnsafeBufferPointer { $0.lineEnds }
    }
  }

  /// Calls `body` with every piece of a file, which may be compressed by gzip.
  ///
  /// - Parameters:
  ///   - path: the file; `-` is standard input.
  ///   - threads: how many read, at most `mostReaders`; the pieces do not depend on it.
  /// - Returns: a number that tells contents apart.
  /// - Throws: ``PerceptronError`` as reading the whole table would, and what `body` throws; both with
  ///   the file's lines.
  @discardableResult
  package static func forEach(
    _ path: String, separator: Table.Separator = .automatic, chunkSize: Int = size,
    threads: Int = Threads.available, _ body: (Table) throws -> Void
  ) throws -> UInt64 {
    var fingerprints: [UInt64] = []
    try forEach(
      path, separator: separator, chunkSize: chunkSize, threads: min(threads, mostReaders)
    ) { _ in
      { { piece in Outcome(value: try piece.table(), lineEnds: piece.lineEnds) } }
    } body: { (table: Table) in
      fingerprints.append(table.fingerprint)
      try body(table)
    }
    return contentFingerprint(of: fingerprints)
  }

  /// Does the same work on every piece of a file, several at a time, and calls `body` with what comes
  /// of them, in order. Errors of both may name lines of the piece's table.
  ///
  /// - Parameter begin: is given the first piece, and says how every thread gets its worker.
  static func forEach<Value: Sendable>(
    _ path: String, separator: Table.Separator, chunkSize: Int, threads: Int,
    begin: (Table) throws -> @Sendable () throws -> (Piece) throws -> Outcome<Value>,
    body: (Value) throws -> Void
  ) throws {
    let name = path == "-" ? "standard input" : path
    var cutter = TableCutter(size: chunkSize)
    var known: (whole: Whole, work: OrderedWork<Piece, Outcome<Value>>)?
    // What the lines of the piece that is to be handed out are counted from: those of the file before
    // it, less those of its header.
    var linesBefore = 0
    var isFirst = true
    func handOut(_ outcome: Outcome<Value>) throws {
      if let value = outcome.value { try body(value) }
      linesBefore += outcome.lineEnds
      if isFirst, let whole = known?.whole { linesBefore -= whole.nameLines }
      isFirst = false
    }
    func take(_ rows: TableCutter.Stretch) throws {
      if let (whole, work) = known { return try work.add(Piece(rows, of: whole), handOut) }
      let table = try Table(
        TextSource(rows.bytes), name: name, separator: separator, threads: threads)
      let whole = Whole(table)
      cutter.takeHeader(whole.names)
      let makeWorker = try begin(table)
      let work = OrderedWork<Piece, Outcome<Value>>(threads: threads) {
        let worker = try makeWorker()
        return { $0.isBlank ? Outcome(value: nil, lineEnds: $0.lineEnds) : try worker($0) }
      }
      known = (whole, work)
      try work.add(Piece(rows, of: whole, first: table), handOut)
    }
    do {
      try forEachByte(of: path, name: name, atMost: chunkSize) {
        if let rows = cutter.add($0) { try take(rows) }
      }
      if let rows = cutter.finish() { try take(rows) }
      try known?.work.finish(handOut)
    } catch let error as PerceptronError {
      guard let line = error.line else { throw error }
      throw PerceptronError(
        error.kind, error.message, file: error.file, line: line + linesBefore, column: error.column)
    }
  }
}

extension TableChunks {
  /// Calls `body` with all bytes of a file, some at a time.
  private static func forEachByte(
    of path: String, name: String, atMost size: Int,
    _ body: (UnsafeBufferPointer<UInt8>) throws -> Void
  ) throws {
    if path != "-", try isCompressed(path) {
      let file = try TextSource(contentsOf: path)
      return try file.unchanged(path) {
        try file.withBytes { try Gzip.decompress($0, name: path, body) }
      }
    }
    let descriptor = try open(path)
    defer { close(descriptor) }
    try withUnsafeTemporaryAllocation(of: UInt8.self, capacity: min(1 << 18, size)) { piece in
      while true {
        let count = systemRead(descriptor, UnsafeMutableRawBufferPointer(piece))
        if count == 0 { return }
        if count < 0 {
          if errno == EINTR { continue }
          throw PerceptronError(.file, String(cString: strerror(errno)), file: name)
        }
        try body(UnsafeBufferPointer(rebasing: piece[..<count]))
      }
    }
  }

  private static func open(_ path: String) throws -> Int32 {
    if path == "-" { return dup(0) }
    do {
      guard !FileSystem.isFolder(path) else { throw SystemError(code: EISDIR) }
      return try FileSystem.openFile(path, O_RDONLY)
    } catch let error as SystemError {
      throw PerceptronError(.file, error.description, file: path)
    }
  }

  private static func isCompressed(_ path: String) throws -> Bool {
    guard FileSystem.isRegular(path) else { return false }
    let descriptor = try open(path)
    defer { close(descriptor) }
    var first: [UInt8] = [0, 0]
    return pread(descriptor, &first, 2, 0) == 2 && Gzip.isCompressed(first)
  }
}
