/// The bytes of a file that a table reads: in memory, or where the file is large, mapped.
///
/// A mapped file that is written to or cut short while the table is in use is found out afterwards:
/// what reads it does so in `unchanged(_:_:)`.
package struct TextSource: Sendable {
  private enum Storage: Sendable {
    case memory([UInt8])
    case mapped(FileMapping)
  }

  /// From this size on a file is mapped; smaller ones are read, and may then change as they like.
  package static let smallestMapping = 16 << 20

  private let storage: Storage

  package init(_ bytes: [UInt8]) { storage = .memory(bytes) }

  /// The file at `path`, mapped from so many bytes on.
  package init(contentsOf path: String, mappedFrom size: Int = smallestMapping) throws {
    if let mapping = try FileSystem.map(path, from: size) {
      storage = .mapped(mapping)
    } else {
      storage = .memory(try FileSystem.read(path))
    }
  }

  /// The text of the file at `path`, in memory where it is compressed by gzip.
  init(decompressing path: String) throws {
    let file = try TextSource(contentsOf: path)
    let isCompressed = file.withBytes { Gzip.isCompressed($0.prefix(2)) }
    guard isCompressed else {
      self = file
      return
    }
    var text: [UInt8] = []
    try file.unchanged(path) {
      try file.withBytes { try Gzip.decompress($0, name: path) { text.append(contentsOf: $0) } }
    }
    self.init(text)
  }

  @inline(__always)
  package func withBytes<Result>(
    _ body: (UnsafeBufferPointer<UInt8>) throws -> Result
  ) rethrows -> Result {
    switch storage {
    case .memory(let bytes): try bytes.withUnsafeBufferPointer(body)
    case .mapped(let mapping): try withExtendedLifetime(mapping) { try body(mapping.bytes) }
    }
  }

  /// Gives back the memory that a part of a mapped file takes; it is read again when needed.
  func release(_ range: Range<Int>) {
    if case .mapped(let mapping) = storage { mapping.release(range) }
  }

  /// What `body` returns, unless the file called `name` has changed by then: no result and no error
  /// of `body` would mean anything.
  ///
  /// - Throws: ``PerceptronError`` if it has changed, otherwise what `body` throws.
  @inline(__always)
  package func unchanged<Result>(_ name: String, _ body: () throws -> Result) throws -> Result {
    let result: Result
    do {
      result = try body()
    } catch {
      try checkUnchanged(name)
      throw error
    }
    try checkUnchanged(name)
    return result
  }

  private func checkUnchanged(_ name: String) throws {
    guard case .mapped(let mapping) = storage, mapping.hasChanged else { return }
    throw PerceptronError(
      .file,
      "it has been cut short or written to while it was read; try again when nobody writes to it",
      file: name)
  }

  /// The same for all of it.
  func release() { if case .mapped(let mapping) = storage { mapping.release(0..<mapping.count) } }
}
