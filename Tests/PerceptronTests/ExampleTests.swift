import Foundation
import Testing

/// The programs in `Examples` print what they should, to the bit, and README quotes them rightly.
@Suite struct ExampleTests {
  static let names = [
    "Quickstart", "CustomLayer", "Text000", "Text001", "Text002", "Text003", "Text004",
  ]

  @Test(arguments: names)
  func printsWhatIsExpected(_ name: String) throws {
    let expected = try String(contentsOf: expectation(name), encoding: .utf8)
    let (code, output, _) = try Command.run(program: name, in: Self.root.path)
    #expect(code == 0)
    // Line by line first, so that a failure names the line.
    let lines = output.split(separator: "\n", omittingEmptySubsequences: false)
    let wanted = expected.split(separator: "\n", omittingEmptySubsequences: false)
    for (number, pair) in zip(lines, wanted).enumerated() where pair.0 != pair.1 {
      Issue.record("line \(number + 1): \(pair.0), expected \(pair.1)")
      break
    }
    let isSame = output.utf8.elementsEqual(expected.utf8)
    #expect(isSame, "\(output.utf8.count) bytes, expected \(expected.utf8.count)")
  }

  /// README names a program before the block that quotes its output or its source.
  @Test func readmeQuotesWhatRuns() throws {
    let readme = try String(contentsOf: Self.root.appending(path: "README.md"), encoding: .utf8)
    var program = ""
    var quoted: [String] = []
    var quotes: [String: Int] = [:]
    var fence = false
    for line in readme.split(separator: "\n", omittingEmptySubsequences: false) {
      if line.hasPrefix("```") {
        if fence, quotes.keys.contains(program) {
          try check(quoted, program)
          quotes[program, default: 0] += 1
        }
        fence.toggle()
        quoted = []
      } else if fence {
        quoted.append(String(line))
      } else {
        let named = Self.names.first { line.contains("Examples/\($0)/main.swift") }
        if let named {
          program = named
          quotes[named] = 0
        } else if line.hasPrefix("#") {
          program = ""
        }
      }
    }
    for name in Self.names { #expect(quotes[name, default: 0] > 0, "README quotes \(name)") }
  }

  /// Every quoted line is a line of the program's output or source.
  private func check(_ lines: [String], _ name: String) throws {
    let output = try String(contentsOf: expectation(name), encoding: .utf8)
    let source = try String(
      contentsOf: Self.root.appending(path: "Examples/\(name)/main.swift"), encoding: .utf8)
    let known = Set((output + "\n" + source).split(separator: "\n").map(String.init))
    for line in lines where !line.isEmpty {
      let isKnown = known.contains(line)
      #expect(isKnown, "\(name) does not print or say: \(line)")
    }
  }

  private static let root = URL(filePath: #filePath).deletingLastPathComponent()
    .deletingLastPathComponent().deletingLastPathComponent()

  private func expectation(_ name: String) -> URL {
    Self.root.appending(path: "Examples/\(name)/expected.txt")
  }
}
