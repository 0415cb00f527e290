import Perceptron

#if canImport(Glibc)
  import Glibc
#elseif canImport(Musl)
  import Musl
#elseif canImport(Darwin)
  import Darwin
#endif

/// A file with a line of JSON for every training, which several processes may add to at a time.
enum RunFile {
  /// Adds a line, whole, behind the others.
  ///
  /// The file is locked meanwhile: none writes into another's line, and one that ended within its
  /// line loses that line alone.
  ///
  /// - Throws: `PerceptronError` when it cannot be written.
  static func append(_ record: JSON, to path: String) throws {
    let descriptor = open(path, O_RDWR | O_CREAT | O_APPEND | O_CLOEXEC, 0o666)
    guard descriptor >= 0 else { throw failure(path) }
    // Closing unlocks.
    defer { _ = close(descriptor) }
    while flock(descriptor, LOCK_EX) != 0 {
      guard errno == EINTR else { throw failure(path) }
    }
    var bytes = Array((record.text() + "\n").utf8)
    let end = lseek(descriptor, 0, SEEK_END)
    var last: UInt8 = 0x0A
    if end > 0, pread(descriptor, &last, 1, end - 1) == 1, last != 0x0A {
      bytes.insert(0x0A, at: 0)
    }
    try bytes.withUnsafeBytes { bytes in
      var done = 0
      while done < bytes.count {
        let count = write(descriptor, bytes.baseAddress! + done, bytes.count - done)
        if count > 0 {
          done += count
        } else if errno != EINTR {
          throw failure(path)
        }
      }
    }
    guard fsync(descriptor) == 0 || errno == EINVAL else { throw failure(path) }
  }

  /// The runs in a file, and how many of its lines are none.
  ///
  /// - Throws: `PerceptronError` when it cannot be read, or holds no run.
  static func read(_ path: String) throws -> (runs: [RunRecord], damaged: Int) {
    var damaged = 0
    let lines = try FileSystem.read(path).split(separator: 0x0A)
    let runs = lines.enumerated().compactMap { place, line -> RunRecord? in
      if let json = try? JSON.parse(Array(line)), json["time"]?.string != nil {
        return RunRecord(number: place + 1, json: json)
      }
      damaged += 1
      return nil
    }
    guard !runs.isEmpty else {
      throw PerceptronError(.file, "there is no training run in it", file: path)
    }
    return (runs, damaged)
  }

  /// Whether the content of a file is a record of runs, or nothing.
  static func isOne(_ bytes: [UInt8]) -> Bool {
    bytes.isEmpty || bytes.starts(with: "{\"time\":".utf8)
  }

  private static func failure(_ path: String) -> PerceptronError {
    PerceptronError(
      .file, "cannot be written: \(String(cString: strerror(errno)))", file: path)
  }
}

/// One training in a record.
struct RunRecord {
  /// Its line in the file, counted from 1.
  let number: Int
  let json: JSON

  /// What a text says, by its key; empty where it is not there.
  func text(_ key: String) -> String { json[key]?.string ?? "" }

  /// A metric by its name: `validation_loss`, `train_accuracy`.
  func metric(_ name: String) -> Double? {
    for set in ["train", "validation", "test"] where name.hasPrefix(set + "_") {
      return json[set]?[String(name.dropFirst(set.count + 1))]?.double
    }
    return json[name]?.double
  }

  /// Every metric it has, in order.
  var metrics: [String] {
    ["train", "validation", "test"].flatMap { set in
      (json[set]?.object ?? []).compactMap { member in
        member.key != "rows" && member.value.double != nil ? "\(set)_\(member.key)" : nil
      }
    }
  }

  /// Its options, in the order they were noted.
  var options: [(key: String, value: String)] {
    (json["options"]?.object ?? []).map { ($0.key, $0.value.string ?? "") }
  }
}
