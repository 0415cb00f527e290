#if canImport(Glibc)
  import Glibc
#elseif canImport(Musl)
  import Musl
#elseif canImport(Darwin)
  import Darwin
#endif

/// What changes with every write to a file.
struct FileVersion: Sendable, Hashable {
  private(set) var size = 0
  private var seconds = 0
  private var nanoseconds = 0

  /// Nil where the system does not say.
  init?(_ descriptor: Int32) {
    var status = stat()
    guard fstat(descriptor, &status) == 0 else { return nil }
    size = Int(status.st_size)
    #if canImport(Darwin)
      let time = status.st_mtimespec
    #else
      let time = status.st_mtim
    #endif
    (seconds, nanoseconds) = (Int(time.tv_sec), Int(time.tv_nsec))
  }
}

/// An open file that is read from any place.
struct FileReader: ~Copyable {
  /// The file, for messages.
  let name: String
  /// What it was when it was opened.
  let version: FileVersion
  private let descriptor: Int32

  /// - Throws: `PerceptronError` that says why it cannot be read.
  init(_ path: String) throws {
    (descriptor, version) = try Self.open(path)
    name = path
  }

  private static func open(_ path: String) throws -> (Int32, FileVersion) {
    do {
      let descriptor = try FileSystem.openFile(path, O_RDONLY)
      if let version = FileVersion(descriptor) { return (descriptor, version) }
      let code = errno
      close(descriptor)
      throw SystemError(code: code)
    } catch let error as SystemError {
      throw PerceptronError(.file, error.description, file: path)
    }
  }

  deinit { close(descriptor) }

  /// Bytes of the file.
  var size: Int { version.size }

  /// Fills `buffer` from a place in the file on.
  ///
  /// - Throws: `PerceptronError` when the file cannot be read or ends before.
  func read(at offset: Int, into buffer: UnsafeMutableRawBufferPointer) throws {
    var done = 0
    while done < buffer.count {
      let count = pread(
        descriptor, buffer.baseAddress! + done, min(buffer.count - done, 1 << 30),
        off_t(offset + done))
      if count > 0 {
        done += count
      } else if count == 0 {
        throw PerceptronError(.file, "it has been cut short", file: name)
      } else if errno != EINTR {
        throw PerceptronError(.file, SystemError(code: errno).description, file: name)
      }
    }
  }

  /// The bytes from a place in the file on, at most so many.
  func bytes(at offset: Int, atMost most: Int) throws -> [UInt8] {
    let count = max(min(size - offset, most), 0)
    return try [UInt8](unsafeUninitializedCapacity: count) { buffer, initialized in
      try read(
        at: offset,
        into: UnsafeMutableRawBufferPointer(
          rebasing: UnsafeMutableRawBufferPointer(buffer)[..<count]))
      initialized = count
    }
  }
}
