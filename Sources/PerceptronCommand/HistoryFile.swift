import Perceptron

#if canImport(Glibc)
  import Glibc
#elseif canImport(Musl)
  import Musl
#elseif canImport(Darwin)
  import Darwin
#endif

/// Writes the course of a training: CSV, or JSON lines where the file is called `.jsonl`.
///
/// A line is written as its epoch ends. At the start, and so at a resume, the file is replaced by
/// the epochs that the checkpoint knows: none is there twice, whatever a crash has left.
final class HistoryFile: TrainingCallback {
  private let path: String
  private let isJSON: Bool
  /// The columns of the CSV: what the first epoch has.
  private var columns: [String] = []

  init(_ path: String) {
    self.path = path
    isJSON = path.hasSuffix(".jsonl")
  }

  /// Whether the content of a file is a history, or nothing.
  static func isOne(_ bytes: [UInt8]) -> Bool {
    bytes.isEmpty || bytes.starts(with: "epoch,loss,".utf8)
      || bytes.starts(with: "{\"epoch\":".utf8)
  }

  func trainingStarted(_ history: [EpochRecord]) throws {
    columns = []
    let text = history.map { line($0) }.joined()
    try FileSystem.writeAtomically(Array(text.utf8), to: path)
  }

  func epochEnded(_ epoch: EpochRecord) throws -> TrainingControl {
    try append(line(epoch))
    return .proceed
  }

  /// The line of an epoch; before the first of a CSV its header.
  private func line(_ record: EpochRecord) -> String {
    let json = record.json
    if isJSON { return json.text() + "\n" }
    var text = ""
    if columns.isEmpty {
      columns = (json.object ?? []).map(\.key)
      text = columns.joined(separator: ",") + "\n"
    }
    let cells = columns.map { name in
      switch json[name] {
      case .number(let literal): literal
      case .bool(let value): "\(value)"
      case .string(let word): word
      default: ""
      }
    }
    return text + cells.joined(separator: ",") + "\n"
  }

  private func append(_ text: String) throws {
    let descriptor = open(path, O_WRONLY | O_APPEND | O_CLOEXEC)
    guard descriptor >= 0 else { throw failure() }
    defer { _ = close(descriptor) }
    var text = text
    try text.withUTF8 { bytes in
      var done = 0
      while done < bytes.count {
        let count = write(descriptor, bytes.baseAddress! + done, bytes.count - done)
        if count > 0 {
          done += count
        } else if errno != EINTR {
          throw failure()
        }
      }
    }
  }

  private func failure() -> PerceptronError {
    PerceptronError(
      .file, "cannot be written: \(String(cString: strerror(errno)))", file: path)
  }
}
