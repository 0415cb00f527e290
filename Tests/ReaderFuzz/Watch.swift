import Foundation

/// Says which file a reader was at when the program crashes or hangs, and keeps the file.
enum Watch {
  /// What is being read; for a handler of signals, which may take nothing from memory of its own.
  private nonisolated(unsafe) static var file: UnsafeMutableBufferPointer<UInt8> = .allocate(
    capacity: 1 << 24)
  private nonisolated(unsafe) static var size = 0
  private nonisolated(unsafe) static var text: UnsafeMutableBufferPointer<UInt8> = .allocate(
    capacity: 256)
  private nonisolated(unsafe) static var length = 0

  /// Watches from here on.
  static func begin() {
    for number in [SIGSEGV, SIGBUS, SIGILL, SIGTRAP, SIGABRT, SIGFPE, SIGALRM] {
      signal(number) { _ in Watch.keep() }
    }
  }

  /// `bytes` are read next: it may take 20 seconds.
  static func look(at bytes: [UInt8], _ reader: String, _ number: Int) {
    size = min(bytes.count, file.count)
    _ = file.update(fromContentsOf: bytes.prefix(size))
    let line = Array("ReaderFuzz: \(reader), file \(number), kept as damaged.bin\n".utf8)
    length = line.count
    _ = text.update(fromContentsOf: line)
    alarm(20)
  }

  /// Ends the program because of what is wrong with the file.
  static func end(_ message: String) -> Never {
    FileHandle.standardError.write(Data((message + "\n").utf8))
    keep()
    exit(1)
  }

  private static func keep() {
    _ = write(2, text.baseAddress!, length)
    let descriptor = open("damaged.bin", O_WRONLY | O_CREAT | O_TRUNC, 0o644)
    _ = write(descriptor, file.baseAddress!, size)
    _exit(1)
  }
}
