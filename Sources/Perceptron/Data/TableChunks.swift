#if canImport(Glibc)
  import Glibc
#elseif canImport(Musl)
  import Musl
#elseif canImport(Darwin)
  import Darwin
#endif

/// A table read piece by piece, from the beginning to the end: memory for one piece, however large the
/// file is.
///
/// Every piece is a ``Table`` of some rows with the columns of the whole; what a column is, is judged
/// piece by piece.
package final class TableChunks {
  /// Bytes of a piece, about.
  package static let size = 16 << 20

  private let name: String
  private let separator: Table.Separator
  private let chunkSize: Int
  private let body: (Table) throws -> Void
  /// What has come and is not handed out.
  private var rest: [UInt8] = []
  /// How far `rest` has been looked at, whether that is inside of quotes, and the lines in it.
  private var searched = 0
  private var isQuoted = false
  private var lines = 0
  /// The last end of a row in it, and the lines up to there.
  private var end = 0
  private var linesToEnd = 0
  /// The line that `rest` begins on.
  private var line = 1
  /// The names of the columns as the first lines of every piece, once they are known.
  private var names: [UInt8]?
  private var nameLines = 0
  private var found = Table.Separator.comma
  private var fingerprints: [UInt64] = []

  private init(
    _ name: String, _ separator: Table.Separator, chunkSize: Int,
    _ body: @escaping (Table) throws -> Void
  ) {
    self.name = name
    self.separator = separator
    self.chunkSize = chunkSize
    self.body = body
  }

  /// Calls `body` with every piece of a file, which may be compressed by gzip.
  ///
  /// - Parameter path: the file; `-` is standard input.
  /// - Returns: a number that tells contents apart.
  /// - Throws: ``PerceptronError`` as reading the whole table would, and what `body` throws; both with
  ///   the file's lines.
  @discardableResult
  package static func forEach(
    _ path: String, separator: Table.Separator = .automatic, chunkSize: Int = size,
    _ body: (Table) throws -> Void
  ) throws -> UInt64 {
    try withoutActuallyEscaping(body) { body in
      let chunks = TableChunks(
        path == "-" ? "standard input" : path, separator, chunkSize: chunkSize, body)
      if path != "-", try isCompressed(path) {
        let file = try TextSource(contentsOf: path)
        try file.unchanged(path) {
          try file.withBytes { try Gzip.decompress($0, name: path, chunks.add) }
        }
      } else {
        try chunks.read(path)
      }
      try chunks.finish()
      return contentFingerprint(of: chunks.fingerprints)
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

  /// Adds all of a file.
  private func read(_ path: String) throws {
    let descriptor = try Self.open(path)
    defer { close(descriptor) }
    try withUnsafeTemporaryAllocation(of: UInt8.self, capacity: min(1 << 18, chunkSize)) { piece in
      while true {
        let count = systemRead(descriptor, UnsafeMutableRawBufferPointer(piece))
        if count == 0 { return }
        if count < 0 {
          if errno == EINTR { continue }
          throw PerceptronError(.file, String(cString: strerror(errno)), file: name)
        }
        try add(UnsafeBufferPointer(rebasing: piece[..<count]))
      }
    }
  }

  /// Takes more of the file, and hands out what is enough for a piece.
  private func add(_ bytes: UnsafeBufferPointer<UInt8>) throws {
    if rest.isEmpty { rest.reserveCapacity(chunkSize + bytes.count) }
    rest.append(contentsOf: bytes)
    guard rest.count >= chunkSize else { return }
    search()
    // The first piece must have a row behind the header.
    if end > 0, names != nil || linesToEnd > 1 { try handOut() }
  }

  /// Finds the ends of rows: line ends outside of quotes.
  private func search() {
    rest.withUnsafeBufferPointer { bytes in
      while searched < bytes.count {
        let byte = bytes[searched]
        // Whether a carriage return ends a line by itself, only the next byte says.
        if byte == ASCII.carriageReturn, searched + 1 == bytes.count { break }
        searched += 1
        if byte == ASCII.quote {
          isQuoted.toggle()
        } else if byte == ASCII.newline
          || byte == ASCII.carriageReturn && bytes[searched] != ASCII.newline
        {
          lines += 1
          if !isQuoted { (end, linesToEnd) = (searched, lines) }
        }
      }
    }
  }

  /// Hands out what is left.
  private func finish() throws {
    search()
    (end, linesToEnd) = (rest.count, lines)
    if names != nil, rest.allSatisfy({ $0 <= ASCII.space }) { return }
    try handOut()
  }

  private func handOut() throws {
    let bytes = Array(rest[..<end])
    rest.removeFirst(end)
    searched -= min(searched, end)
    lines -= linesToEnd
    let start = line
    line += linesToEnd
    end = 0
    fingerprints.append(contentFingerprint(of: bytes))
    guard let names else {
      let table = try Table(bytes: bytes, name: name, separator: separator)
      takeNames(of: table)
      return try body(table)
    }
    // Blank lines are no rows.
    if bytes.allSatisfy({ $0 <= ASCII.space }) { return }
    do {
      try body(Table(bytes: names + bytes, name: name, separator: found, header: .present))
    } catch let error as PerceptronError {
      guard let line = error.line else { throw error }
      throw PerceptronError(
        error.kind, error.message, file: error.file, line: line + start - 1 - nameLines,
        column: error.column)
    }
  }

  private func takeNames(of table: Table) {
    found = table.separator ?? .comma
    let separator = String(UnicodeScalar(found.byte ?? UInt8(ascii: ",")))
    let text = table.columns.map { column in
      "\""
        + column.name.split(separator: "\"", omittingEmptySubsequences: false)
        .joined(separator: "\"\"") + "\""
    }.joined(separator: separator)
    names = Array((text + "\n").utf8)
    nameLines = names?.count { $0 == ASCII.newline } ?? 1
  }
}
