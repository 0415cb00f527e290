import Foundation
import Testing

@testable import Perceptron

/// Large tables are read where they lie on the disk, where others may write meanwhile.
///
/// One at a time: so many files are mapped at once in the whole process, and one test takes them all.
@Suite(.serialized) struct MappedTableTests {
  private let folder: TemporaryFolder
  private var path: String { folder("t.csv") }
  /// Several pages.
  private static let rows = 1500
  private static let text = Tables.table("a,b,c", rows: rows) { "\($0),\"x\n\($0 % 7)\",\($0 % 3)" }

  init() throws {
    folder = try TemporaryFolder()
    try Data(Self.text.utf8).write(to: URL(fileURLWithPath: path))
  }

  private func table(threads: Int = 2) throws -> Table {
    try Table(
      TextSource(contentsOf: path, mappedFrom: 1), name: path, blockSize: 1000, threads: threads)
  }

  private func expectChanged(
    _ location: SourceLocation = #_sourceLocation, _ body: () throws -> Void
  ) {
    do {
      try body()
      Issue.record("nothing was thrown", sourceLocation: location)
    } catch {
      #expect(
        "\(error)".contains("cut short or written to while it was read"), "\(error)",
        sourceLocation: location)
    }
  }

  @Test("a mapping reads like the file's bytes, also when its memory was given back")
  func mapped() throws {
    let mapping = try #require(try FileSystem.map(path, from: 1))
    #expect(Array(mapping.bytes) == Array(Self.text.utf8))
    mapping.release(0..<mapping.count)
    #expect(Array(mapping.bytes) == Array(Self.text.utf8))
    #expect(!mapping.hasChanged)
    #expect(try FileSystem.map(path, from: Self.text.utf8.count + 1) == nil)
    #expect(try FileSystem.map(folder(""), from: 1) == nil)
    let whole = try Table(bytes: Array(Self.text.utf8), name: path)
    let table = try table()
    let rows = Array(0..<table.rowCount)
    #expect(table.fingerprint == whole.fingerprint && table.columns == whole.columns)
    #expect(table.texts(column: 1, rows: rows) == whole.texts(column: 1, rows: rows))
    // Rows in any order, while blocks are given back.
    let other = rows.shuffled() + rows
    #expect(table.texts(column: 1, rows: other) == whole.texts(column: 1, rows: other))
  }

  @Test("what is cut off reads as zeros", arguments: [0, 1, 4096, 4097, 10_000])
  func cut(_ size: Int) throws {
    let mapping = try #require(try FileSystem.map(path, from: 1))
    try #require(truncate(path, off_t(size)) == 0)
    let expected = Self.text.utf8.prefix(size) + Array(repeating: 0, count: mapping.count - size)
    #expect(Array(mapping.bytes) == Array(expected))
    mapping.release(0..<mapping.count)
    #expect(Array(mapping.bytes) == Array(expected))
    #expect(mapping.hasChanged)
  }

  @Test("a file of the old size again is still another")
  func writtenAnew() throws {
    let mapping = try #require(try FileSystem.map(path, from: 1))
    try #require(truncate(path, 0) == 0)
    try Data(Self.text.utf8.reversed()).write(to: URL(fileURLWithPath: path), options: [])
    #expect(mapping.hasChanged)
  }

  @Test("a file that was cut while it was read, and is now as it was, with its date")
  func restored() throws {
    var status = stat()
    try #require(stat(path, &status) == 0)
    let mapping = try #require(try FileSystem.map(path, from: 1))
    try #require(truncate(path, 0) == 0)
    #expect(mapping.bytes[0] == 0)
    try Data(Self.text.utf8).write(to: URL(fileURLWithPath: path), options: [])
    #if canImport(Darwin)
      let times = [status.st_atimespec, status.st_mtimespec]
    #else
      let times = [status.st_atim, status.st_mtim]
    #endif
    try #require(utimensat(AT_FDCWD, path, times, 0) == 0)
    #expect(mapping.hasChanged)
  }

  @Test("a table cut short before it is read is refused", arguments: [0, 5, 4096, 20_000])
  func cutBeforeReading(_ size: Int) throws {
    let source = try TextSource(contentsOf: path, mappedFrom: 1)
    try #require(truncate(path, off_t(size)) == 0)
    expectChanged { _ = try Table(source, name: path, blockSize: 1000, threads: 2) }
  }

  @Test("a table cut short after it was read is refused where its texts are used")
  func cutAfterReading() throws {
    let table = try table()
    let data = try Dataset<Float>(table, target: "c")
    try #require(truncate(path, 100) == 0)
    let rows = Array(0..<table.rowCount)
    #expect(table.texts(column: 1, rows: rows).count == rows.count)
    #expect(table.categories(column: 1, rows: rows).codes.count == rows.count)
    _ = table.firstInfinity(column: 0, rows: rows, as: Float.self)
    _ = data.split(test: 0.5)
    expectChanged { _ = try table.numbers(column: 0, rows: rows, as: Float.self) }
    expectChanged { _ = try data.examples(outputs: 3) }
    expectChanged { _ = try Dataset<Float>(table, target: "c") }
    expectChanged { _ = try Dataset<Float>(table, like: data) }
  }

  @Test("a table cut short while it is read, at any moment, is refused or whole")
  func cutWhileReading() throws {
    let expected = try table().fingerprint
    var refused = 0
    for round in 0..<24 {
      try Data(Self.text.utf8).write(to: URL(fileURLWithPath: path))
      let source = try TextSource(contentsOf: path, mappedFrom: 1)
      let (path, size) = (path, off_t(round * 977 % Self.text.utf8.count))
      let done = DispatchSemaphore(value: 0)
      Thread.detachNewThread {
        usleep(UInt32(round * 300))
        truncate(path, size)
        done.signal()
      }
      do {
        let table = try Table(source, name: path, blockSize: 1000, threads: 2)
        #expect(table.fingerprint == expected)
      } catch {
        refused += 1
        #expect("\(error)".contains("cut short"), "\(error)")
      }
      done.wait()
    }
    #expect(refused > 0)
  }

  @Test("no more are mapped at once than the handler looks at; the others are read")
  func many() throws {
    let sources = try (0..<80).map { _ in try TextSource(contentsOf: path, mappedFrom: 1) }
    for source in sources {
      #expect(source.withBytes { Array($0) } == Array(Self.text.utf8))
    }
  }

  @Test("another SIGBUS ends the process as before")
  func foreign() async {
    await #expect(processExitsWith: .signal(SIGBUS)) {
      try Self.raiseWhileMapped()
    }
  }

  @Test("a handler that was there before hears what is not a mapping's")
  func passedOn() async {
    await #expect(processExitsWith: .exitCode(7)) {
      signal(SIGBUS) { _ in _exit(7) }
      try Self.raiseWhileMapped()
    }
  }

  /// Sends this thread a SIGBUS that has nothing to do with the file it has mapped; it arrives before
  /// `raise` returns.
  private static func raiseWhileMapped() throws {
    let folder = try TemporaryFolder()
    try Data("a\n1\n".utf8).write(to: URL(fileURLWithPath: folder("t.csv")))
    let source = try TextSource(contentsOf: folder("t.csv"), mappedFrom: 1)
    raise(SIGBUS)
    source.release()
  }
}
