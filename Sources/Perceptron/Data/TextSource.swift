/// The bytes of a file that a table reads: in memory, or where the file is large, mapped.
///
/// A mapped file must not be cut short while the table is in use: its cells would be gone.
struct TextSource: Sendable {
  private enum Storage: Sendable {
    case memory([UInt8])
    case mapped(FileMapping)
  }

  /// From this size on a file is mapped; smaller ones are read, and may then change as they like.
  static let smallestMapping = 16 << 20

  private let storage: Storage

  init(_ bytes: [UInt8]) { storage = .memory(bytes) }

  /// The file at `path`.
  init(contentsOf path: String) throws {
    if let mapping = try FileSystem.map(path, from: Self.smallestMapping) {
      storage = .mapped(mapping)
    } else {
      storage = .memory(try FileSystem.read(path))
    }
  }

  @inline(__always)
  func withBytes<Result>(_ body: (UnsafeBufferPointer<UInt8>) throws -> Result) rethrows -> Result {
    switch storage {
    case .memory(let bytes): try bytes.withUnsafeBufferPointer(body)
    case .mapped(let mapping): try withExtendedLifetime(mapping) { try body(mapping.bytes) }
    }
  }

  /// Gives back the memory that a part of a mapped file takes; it is read again when needed.
  func release(_ range: Range<Int>) {
    if case .mapped(let mapping) = storage { mapping.release(range) }
  }

  /// The same for all of it.
  func release() { if case .mapped(let mapping) = storage { mapping.release(0..<mapping.count) } }
}
