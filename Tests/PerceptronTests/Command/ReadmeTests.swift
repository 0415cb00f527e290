import Foundation
import Testing

@Suite struct ReadmeTests {
  private let root = URL(filePath: #filePath).deletingLastPathComponent()
    .deletingLastPathComponent().deletingLastPathComponent().deletingLastPathComponent()

  /// Blocks and the texts between them, in turns.
  private func blocks() throws -> [String] {
    try String(contentsOf: root.appending(path: "README.md"), encoding: .utf8)
      .components(separatedBy: "```")
  }

  /// The output quoted in the block after a block of commands.
  private func quote(after index: Int, _ blocks: [String]) -> String {
    blocks[index + 2].trimmingCharacters(in: .newlines)
  }

  @Test("README quotes commands rightly")
  func readme() throws {
    let blocks = try blocks()
    var quoted = 0
    for (index, block) in blocks.enumerated() where block.hasPrefix("sh\nperceptron ") {
      let words = block.dropFirst("sh\nperceptron ".count).split { $0 == " " || $0 == "\n" }
      let output = try Command.run(
        words.map { $0.hasPrefix("Examples/") ? root.appending(path: $0).path : String($0) }
      ).out
      let isQuoted = output.contains(quote(after: index, blocks))
      #expect(isQuoted, "README quotes what \(words.joined(separator: " ")) does not print")
      quoted += 1
    }
    #expect(quoted == 5)
  }

  @Test("README quotes its first training rightly, but for the time it took")
  func training() throws {
    let blocks = try blocks()
    let start = "sh\nswift run -c release perceptron train "
    let index = try #require(blocks.firstIndex { $0.hasPrefix(start) })
    var words = blocks[index].dropFirst(start.count).prefix { $0 != "\n" }.split(separator: " ")
      .map(String.init)
    words[0] = root.appending(path: words[0]).path
    let place = try Workplace()
    let output = try place.succeed(["train"] + words + ["--out", "@model.safetensors"]).out
      .replacing(place.folder("model.safetensors"), with: "model.safetensors")
    /// `…; 0.01 s, 3,178,326 rows/s on 1 thread`, without the numbers.
    func timeless(_ text: String) -> [String] {
      text.trimmingCharacters(in: .newlines).components(separatedBy: "\n").map { line in
        guard line.contains(" rows/s"), let end = line.range(of: "; ", options: .backwards) else {
          return line
        }
        return String(line[..<end.lowerBound])
      }
    }
    #expect(timeless(output) == timeless(quote(after: index, blocks)))
  }
}
