/// The results of a long run as JSON lines: the first says which run it is, each other is a result.
/// It is replaced whole with every result, so that a kill at any moment leaves all that were there.
package struct ResultFile: Sendable {
  private let path: String
  private let header: JSON
  /// The results, those of an earlier run first.
  package private(set) var results: [JSON] = []

  /// - Parameters:
  ///   - kind: what is in it, such as `trials`.
  ///   - identity: what two runs must share for one to take up the other.
  ///   - resumes: whether to take up the results that are there.
  /// - Throws: `PerceptronError` when the file is no such table, or naming the first difference.
  package init(
    _ path: String, kind: String, identity: [ProvenanceEntry], resumes: Bool
  ) throws {
    self.path = path
    header = [
      "perceptron": .string(kind), "version": 1,
      "identity": .object(identity.map { JSON.Member($0.key, .string($0.value)) }),
    ]
    guard resumes, FileSystem.exists(path) else { return }
    func fail(_ message: String, line: Int? = nil) -> PerceptronError {
      PerceptronError(.modelFile, message, file: path, line: line)
    }
    var lines: [JSON] = []
    for (number, line) in try FileSystem.read(path).split(separator: UInt8(ascii: "\n"))
      .enumerated()
    {
      guard let json = try? JSON.parse(line) else {
        throw fail("it is not a table of \(kind)", line: number + 1)
      }
      lines.append(json)
    }
    guard let first = lines.first, first["perceptron"]?.string == kind,
      let saved = first["identity"]?.object
    else { throw fail("it is not a table of \(kind)") }
    for entry in identity {
      let before = saved.first { $0.key == entry.key }?.value.string
      guard before == entry.value else {
        throw fail(
          "it belongs to another run: \(entry.key) was \(before.map { quoted($0) } ?? "not set"), "
            + "now it is \(quoted(entry.value)); remove it or run as before")
      }
    }
    guard first == header else { throw fail("it belongs to another run, with other options") }
    results = Array(lines.dropFirst())
  }

  /// Adds a result and writes the file.
  package mutating func append(_ result: JSON) throws {
    results.append(result)
    let text = ([header] + results).map { $0.text() + "\n" }.joined()
    try FileSystem.writeAtomically(Array(text.utf8), to: path)
  }

  /// The error for a result that cannot be read; `index` counts from 0.
  package func malformed(_ index: Int) -> PerceptronError {
    PerceptronError(.modelFile, "the result is malformed", file: path, line: index + 2)
  }

  /// Whether a file may be replaced by a table of `kind`: it is one, or empty.
  package static func isReplaceable(_ path: String, kind: String) -> Bool {
    guard FileSystem.isRegular(path), let bytes = try? FileSystem.read(path) else { return false }
    guard let line = bytes.split(separator: UInt8(ascii: "\n")).first else { return true }
    return (try? JSON.parse(line))?["perceptron"]?.string == kind
  }
}
