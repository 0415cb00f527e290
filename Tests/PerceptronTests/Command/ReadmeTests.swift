import Foundation
import Testing

@Suite struct ReadmeTests {
  @Test("README quotes commands rightly")
  func readme() throws {
    let path = URL(filePath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
      .deletingLastPathComponent().deletingLastPathComponent().appending(path: "README.md")
    let blocks = try String(contentsOf: path, encoding: .utf8).components(separatedBy: "```")
    var quoted = 0
    // Blocks and the texts between them alternate; a command's output is the block after it.
    for (index, block) in blocks.enumerated() where block.hasPrefix("sh\nperceptron ") {
      let words = block.dropFirst("sh\nperceptron ".count).split { $0 == " " || $0 == "\n" }
      let output = try Command.run(words.map(String.init)).out
      let quote = blocks[index + 2].trimmingCharacters(in: .newlines)
      let isQuoted = output.contains(quote)
      #expect(isQuoted, "README quotes what \(words.joined(separator: " ")) does not print")
      quoted += 1
    }
    #expect(quoted == 4)
  }
}
