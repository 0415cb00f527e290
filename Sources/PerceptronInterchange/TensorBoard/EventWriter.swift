import Perceptron

#if canImport(Glibc)
  import Glibc
#elseif canImport(Musl)
  import Musl
#elseif canImport(Darwin)
  import Darwin
#endif

/// Writes scalars to an event file of its own in a folder, which TensorBoard shows as a run.
package final class EventWriter {
  /// The file that is written.
  package let path: String
  private let descriptor: Int32

  /// Makes the folder and a new file in it: `events.out.tfevents.SECONDS.HOST.PROCESS.N`, where N
  /// counts up until no file has the name.
  ///
  /// - Throws: `PerceptronError` when they cannot be made.
  package init(folder: String) throws {
    try Self.makeFolder(folder)
    var host = [CChar](repeating: 0, count: 256)
    _ = gethostname(&host, host.count - 1)
    let name = String(
      decoding: host.prefix { $0 != 0 }.map { UInt8(bitPattern: $0) }, as: UTF8.self
    ).filter { $0.isLetter || $0.isNumber || $0 == "-" }
    var seconds = "\(time(nil))"
    while seconds.utf8.count < 10 { seconds = "0" + seconds }
    var count = 0
    while true {
      let path =
        "\(folder)/events.out.tfevents.\(seconds).\(name.isEmpty ? "host" : name).\(getpid()).\(count)"
      let descriptor = open(path, O_WRONLY | O_CREAT | O_EXCL | O_APPEND | O_CLOEXEC, 0o666)
      if descriptor >= 0 {
        self.path = path
        self.descriptor = descriptor
        break
      }
      guard errno == EEXIST else { throw Self.failure(path) }
      count += 1
    }
    var event = EventMessage()
    event.wallTime = Self.now
    event.fileVersion = "brain.Event:2"
    try write(EventRecord.encode(event))
  }

  deinit { _ = close(descriptor) }

  /// Makes a folder and those above it.
  package static func makeFolder(_ path: String) throws {
    var partial = path.hasPrefix("/") ? "/" : ""
    for part in path.split(separator: "/") {
      partial += (partial.isEmpty || partial.hasSuffix("/") ? "" : "/") + part
      guard mkdir(partial, 0o777) == 0 || errno == EEXIST else { throw failure(partial) }
    }
    guard FileSystem.isFolder(path) else {
      throw PerceptronError(.file, "is not a folder", file: path)
    }
  }

  /// Writes the scalars of a step, in one record.
  ///
  /// - Throws: `PerceptronError` when they cannot be written.
  package func write(_ scalars: [(tag: String, value: Double)], step: Int) throws {
    var event = EventMessage()
    event.wallTime = Self.now
    event.step = Int64(step)
    event.values = scalars.map { scalar in
      var value = SummaryValue()
      value.tag = scalar.tag
      value.simpleValue = Float(scalar.value)
      return value
    }
    try write(EventRecord.encode(event))
  }

  /// A record is written at once: a reader sees all of it or its beginning.
  private func write(_ bytes: [UInt8]) throws {
    do {
      try FileSystem.writeAll(bytes, to: descriptor)
    } catch {
      throw PerceptronError(.file, "\(error)", file: path)
    }
  }

  /// Seconds since 1970.
  private static var now: Double {
    var time = timespec()
    clock_gettime(CLOCK_REALTIME, &time)
    return Double(time.tv_sec) + Double(time.tv_nsec) / 1e9
  }

  private static func failure(_ path: String) -> PerceptronError {
    PerceptronError(.file, "cannot be written: \(String(cString: strerror(errno)))", file: path)
  }
}
