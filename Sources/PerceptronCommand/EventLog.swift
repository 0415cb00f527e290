import Perceptron
import PerceptronInterchange

#if canImport(Glibc)
  import Glibc
#elseif canImport(Musl)
  import Musl
#elseif canImport(Darwin)
  import Darwin
#endif

/// Writes the course of a training for TensorBoard: in the folder a new one for the run, called after
/// the time, and in that `train` and `validation`, whose metrics of one name share a plot.
///
/// A resumed training is a new run, which begins with the epochs that the checkpoint knows.
final class EventLog: TrainingCallback {
  private let folder: String
  private var train: EventWriter?
  private var validation: EventWriter?
  private var runFolder = ""

  init(_ folder: String) { self.folder = folder }

  func trainingStarted(_ history: [EpochRecord]) throws {
    runFolder = try Self.newFolder(in: folder)
    train = try EventWriter(folder: runFolder + "/train")
    for record in history { try write(record) }
  }

  func epochEnded(_ epoch: EpochRecord) throws -> TrainingControl {
    try write(epoch)
    return .proceed
  }

  private func write(_ record: EpochRecord) throws {
    // The mean over the epoch's batches is the loss; measured after the epoch it is another number.
    let measured = (record.training?.members ?? []).map { name, value in
      (tag: name == Monitor.loss.rawValue ? "measured_loss" : name, value: value)
    }
    try train?.write(
      [("loss", record.loss), ("learning_rate", record.learningRate)] + measured,
      step: record.epoch)
    guard let metrics = record.validation else { return }
    if validation == nil { validation = try EventWriter(folder: runFolder + "/validation") }
    try validation?.write(
      metrics.members.map { (tag: $0.name, value: $0.value) }, step: record.epoch)
  }

  /// A folder that was not there: two runs that start in one second get one each.
  private static func newFolder(in folder: String) throws -> String {
    try EventWriter.makeFolder(folder)
    let name = "\(folder)/\(TimeStamp.now.folderName)"
    var path = name
    var count = 1
    while mkdir(path, 0o777) != 0 {
      guard errno == EEXIST else {
        throw PerceptronError(
          .file, "cannot be written: \(String(cString: strerror(errno)))", file: path)
      }
      count += 1
      path = "\(name)-\(count)"
    }
    return path
  }
}

/// A moment in universal time.
struct TimeStamp {
  private let parts: tm

  /// This moment.
  static var now: TimeStamp {
    var seconds = time(nil)
    var parts = tm()
    gmtime_r(&seconds, &parts)
    return TimeStamp(parts: parts)
  }

  private func two(_ value: Int32) -> String { value < 10 ? "0\(value)" : "\(value)" }
  private var year: String { "\(parts.tm_year + 1900)" }

  /// `20260131-235959`
  var folderName: String {
    year + two(parts.tm_mon + 1) + two(parts.tm_mday) + "-" + two(parts.tm_hour)
      + two(parts.tm_min) + two(parts.tm_sec)
  }

  /// `2026-01-31T23:59:59Z`
  var iso8601: String {
    "\(year)-\(two(parts.tm_mon + 1))-\(two(parts.tm_mday))T\(two(parts.tm_hour)):"
      + "\(two(parts.tm_min)):\(two(parts.tm_sec))Z"
  }
}
