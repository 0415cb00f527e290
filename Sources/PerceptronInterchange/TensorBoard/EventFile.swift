import Perceptron

/// The scalars of an event file.
package struct EventFile {
  /// One number of a run.
  package struct Scalar: Sendable, Hashable {
    /// What it is.
    package let tag: String
    /// When, in steps; of this program in epochs.
    package let step: Int64
    /// When, in seconds since 1970.
    package let wallTime: Double
    /// The number.
    package let value: Double
  }

  /// In the file's order.
  package private(set) var scalars: [Scalar] = []
  /// Bytes at the end that are no whole record, as a process that was ended leaves them.
  package private(set) var tail = 0

  private static let metadata = ProtobufScan.Schema(messages: [1: ProtobufScan.Schema()])
  private static let schema = ProtobufScan.Schema(messages: [
    5: ProtobufScan.Schema(messages: [
      1: ProtobufScan.Schema(messages: [8: ProtobufScan.Schema(), 9: metadata])
    ])
  ])

  /// - Throws: `PerceptronError` when the file cannot be read or is no event file.
  package init(_ path: String) throws {
    try self.init(bytes: FileSystem.read(path), path: path)
  }

  /// The events in `bytes`, the content of the file at `path`.
  ///
  /// - Throws: as for a file.
  package init(bytes: [UInt8], path: String) throws {
    var place = 0
    while place < bytes.count {
      guard let range = EventRecord.payload(bytes, at: place) else {
        guard place > 0 else {
          throw PerceptronError(.file, "it is not a file of TensorBoard's events", file: path)
        }
        tail = bytes.count - place
        return
      }
      try read(bytes, range, path)
      place = range.upperBound + 4
    }
  }

  private mutating func read(_ bytes: [UInt8], _ range: Range<Int>, _ path: String) throws {
    try bytes.withUnsafeBufferPointer {
      try ProtobufScan.check(
        UnsafeBufferPointer(rebasing: $0[range]), Self.schema, what: "an event", file: path)
    }
    let event = EventMessage(protobuf: bytes[range])
    for value in event.values {
      guard let number = value.number else { continue }
      scalars.append(
        Scalar(
          tag: value.tag, step: event.step, wallTime: event.wallTime, value: number))
    }
  }
}

extension EventFile {
  /// The event files in a folder and those below it, folder by folder in the order of their
  /// names, each with the folder it is in as seen from there; of a file that one alone.
  ///
  /// - Throws: `PerceptronError` when there is none.
  package static func files(at path: String) throws -> [(run: String, path: String)] {
    guard FileSystem.isFolder(path) else { return [(".", path)] }
    let names = FileSystem.files(below: path)
      .filter { $0.split(separator: "/").last?.contains("tfevents") ?? false }
    guard !names.isEmpty else {
      throw PerceptronError(.file, "there are no event files (…tfevents…) in it", file: path)
    }
    return names.map { name in
      let folder = name.split(separator: "/").dropLast().joined(separator: "/")
      return (folder.isEmpty ? "." : folder, "\(path)/\(name)")
    }
  }
}
