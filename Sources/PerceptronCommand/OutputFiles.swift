import Perceptron

/// The files a command writes: refused before the work whatever would fail only after it, or destroy
/// a file of the user's.
struct OutputFiles {
  /// What may be replaced by what is written.
  enum Content {
    case model
    case checkpoint
    case history
    /// Added to.
    case runs
    case chart
    case diagnosis
    /// Results of a long run, by their kind.
    case results(String)
    /// Anything, as a user who names a file for predictions means it.
    case text
  }

  /// What is read, with the words for it in messages.
  private var inputs: [(name: String, path: String)]
  private var outputs: [(option: String, path: String, content: Content)] = []

  init(reading inputs: [(name: String, path: String)]) { self.inputs = inputs }

  /// Adds a file that is read.
  mutating func read(_ name: String, _ path: String?) {
    if let path { inputs.append((name, path)) }
  }

  /// Adds a file that is written, if it is asked for.
  mutating func write(_ option: String, _ path: String?, _ content: Content) {
    if let path { outputs.append((option, path, content)) }
  }

  /// - Throws: `PerceptronError` for the first file that cannot be written or must not be replaced.
  func check() throws {
    for (_, path, _) in outputs {
      try FileSystem.checkWritable(path)
      guard !FileSystem.exists(path) || FileSystem.isRegular(path) else {
        throw PerceptronError(.file, "it is not a regular file", file: path)
      }
      FileSystem.removeLeftovers(of: path)
    }
    for (option, path, content) in outputs where FileSystem.exists(path) {
      if let obstacle = try content.obstacle(path) {
        throw PerceptronError(
          .file, "it exists and \(obstacle); choose another \(option)", file: path)
      }
    }
    let named = inputs + outputs.map { ($0.option, $0.path) }
    for (i, first) in named.enumerated() {
      for second in named[(i + 1)...] where second.0 != "--validation" {
        if FileSystem.isSame(first.1, second.1) {
          throw PerceptronError(
            .file, "\(first.0) and \(second.0) are one file", file: second.1)
        }
      }
    }
  }
}

extension OutputFiles.Content {
  /// Why the file at `path` must not be replaced; nil where it may be.
  fileprivate func obstacle(_ path: String) throws -> String? {
    switch self {
    case .model:
      guard let content = ModelFile.content(of: path), content != .model else { return nil }
      return content == .checkpoint ? "is a checkpoint" : "is not a model of this program"
    case .checkpoint:
      return ModelFile.content(of: path) == .checkpoint ? nil : "is not a checkpoint"
    case .history:
      return HistoryFile.isOne(try FileSystem.read(path)) ? nil : "is not a history"
    case .runs:
      return RunFile.isOne(try FileSystem.read(path)) ? nil : "is not a record of runs"
    case .chart:
      let bytes = try FileSystem.read(path)
      return bytes.isEmpty || bytes.starts(with: "<svg ".utf8) ? nil : "is not a chart"
    case .diagnosis:
      let bytes = try FileSystem.read(path)
      return bytes.isEmpty || bytes.starts(with: "epoch,layer,".utf8) ? nil : "is not a diagnosis"
    case .results(let kind):
      return ResultFile.isReplaceable(path, kind: kind) ? nil : "is not a table of \(kind)"
    case .text: return nil
    }
  }
}
