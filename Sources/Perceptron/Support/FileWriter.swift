#if canImport(Glibc)
  import Glibc
#elseif canImport(Musl)
  import Musl
#elseif canImport(Darwin)
  import Darwin
#endif

/// Writes a file piece by piece, so that a reader never sees half of it: the pieces go to a temporary
/// file beside it, which takes the name at the end. What is not a regular file is written directly.
package final class FileWriter {
  private let path: String
  private let descriptor: Int32
  /// Nil where the file itself is written.
  private let temporary: String?
  private var isOpen = true

  /// - Throws: `PerceptronError` where there can be no such file.
  package init(_ path: String) throws {
    self.path = path
    do {
      if let direct = try FileSystem.openDirectly(path) {
        (descriptor, temporary) = (direct, nil)
      } else {
        let target = try FileSystem.resolvingLinks(path)
        try FileSystem.checkFolder(of: target)
        let (descriptor, temporary) = try FileSystem.createTemporary(for: target)
        (self.descriptor, self.temporary) = (descriptor, temporary)
      }
    } catch let error as SystemError {
      throw PerceptronError(.file, error.description, file: path)
    }
  }

  /// What was not committed is gone.
  deinit {
    if isOpen {
      close(descriptor)
      if let temporary { unlink(temporary) }
    }
  }

  /// Writes behind what was written last.
  package func append(_ bytes: [UInt8]) throws {
    try orThrow { try FileSystem.writeAll(bytes, to: descriptor) }
  }

  /// Writes at a place of the file.
  package func write<Number>(_ numbers: [Number], at offset: Int) throws {
    try orThrow {
      try numbers.withUnsafeBytes { bytes in
        var done = 0
        while done < bytes.count {
          done += try FileSystem.retrying {
            pwrite(
              descriptor, bytes.baseAddress! + done, min(bytes.count - done, 1 << 30),
              off_t(offset + done))
          }
        }
      }
    }
  }

  /// Gives the file its name.
  package func commit() throws {
    try orThrow {
      if let temporary {
        try FileSystem.synchronize(descriptor)
        try FileSystem.check(rename(temporary, FileSystem.resolvingLinks(path)))
      }
      isOpen = false
      close(descriptor)
    }
  }

  private func orThrow(_ body: () throws -> Void) throws {
    do {
      try body()
    } catch let error as SystemError {
      throw PerceptronError(.file, error.description, file: path)
    }
  }
}

extension FileSystem {
  /// Makes a folder where there is none.
  static func makeFolder(_ path: String) throws {
    guard !isFolder(path) else { return }
    do {
      try check(mkdir(path, 0o777))
    } catch let error as SystemError {
      throw PerceptronError(.file, error.description, file: path)
    }
  }

  /// Removes a file, if it is there.
  static func remove(_ path: String) { unlink(path) }
}

extension FileSystem {
  /// Writes all bytes to an open file, however many calls that takes.
  package static func writeAll(
    _ bytes: UnsafeRawBufferPointer, to descriptor: Int32
  ) throws {
    var written = 0
    while written < bytes.count {
      // Some systems refuse more than 2 GB at once.
      let rest = UnsafeRawBufferPointer(rebasing: bytes[written...].prefix(1 << 30))
      written += try retrying { write(descriptor, rest.baseAddress, rest.count) }
    }
  }

  /// Writes all bytes to an open file.
  package static func writeAll(_ bytes: [UInt8], to descriptor: Int32) throws {
    try bytes.withUnsafeBytes { try writeAll($0, to: descriptor) }
  }
}
