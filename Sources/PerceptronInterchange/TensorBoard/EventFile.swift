import Foundation
import Perceptron
import SwiftProtobuf

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

  init(bytes: [UInt8], path: String) throws {
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
    var options = BinaryDecodingOptions()
    options.discardUnknownFields = true
    let event: Tensorboard_Event
    do {
      event = try Tensorboard_Event(serializedBytes: Array(bytes[range]), options: options)
    } catch {
      throw PerceptronError(
        .file, "byte \(range.lowerBound): it is not an event: \(error)", file: path)
    }
    for value in event.summary.value {
      let number: Double?
      switch value.value {
      case .simpleValue(let single): number = Double(single)
      case .tensor(let tensor): number = tensor.scalar
      case nil: number = nil
      }
      guard let number else { continue }
      scalars.append(
        Scalar(
          tag: value.tag, step: event.step, wallTime: event.wallTime, value: number))
    }
  }
}

extension Tensorboard_Tensor {
  /// The one number it holds; nil where it holds another count, or other things.
  fileprivate var scalar: Double? {
    switch dtype {
    case 1 where floatVal.count == 1: return Double(floatVal[0])
    case 1 where tensorContent.count == 4:
      return tensorContent.withUnsafeBytes { Double($0.loadUnaligned(as: Float.self)) }
    case 2 where doubleVal.count == 1: return doubleVal[0]
    case 2 where tensorContent.count == 8:
      return tensorContent.withUnsafeBytes { $0.loadUnaligned(as: Double.self) }
    default: return nil
    }
  }
}

extension EventFile {
  /// The event files in a folder and those below it, in the order of their paths, each with the
  /// folder it is in as seen from there; of a file that one alone.
  ///
  /// - Throws: `PerceptronError` when there is none.
  package static func files(at path: String) throws -> [(run: String, path: String)] {
    guard FileSystem.isFolder(path) else { return [(".", path)] }
    // Links are not followed, so that there is an end.
    let names = (FileManager.default.enumerator(atPath: path)?.allObjects ?? [])
      .compactMap { $0 as? String }
      .filter { $0.split(separator: "/").last?.contains("tfevents") ?? false }
      .filter { FileSystem.isRegular("\(path)/\($0)") }
      .sorted { $0.utf8.lexicographicallyPrecedes($1.utf8) }
    guard !names.isEmpty else {
      throw PerceptronError(.file, "there are no event files (…tfevents…) in it", file: path)
    }
    return names.map { name in
      let folder = name.split(separator: "/").dropLast().joined(separator: "/")
      return (folder.isEmpty ? "." : folder, "\(path)/\(name)")
    }
  }
}
