import Foundation
import Testing

/// The pages of the derivation quote what runs: every command is run again, and every Swift sample
/// stands in `PageSampleTests`, which is compiled and run.
@Suite("Answers")
struct AnswersTests {
  /// A command as a page quotes it, with lines of its output.
  struct Quote: CustomTestStringConvertible {
    let command: String
    let lines: [String]
    var testDescription: String { command }

    /// The arguments, as a shell splits them: double quotes hold a word together.
    var arguments: [String] {
      var words: [String] = [""]
      var isQuoted = false
      for letter in command {
        if letter == "\"" {
          isQuoted.toggle()
        } else if letter == " ", !isQuoted {
          words.append("")
        } else {
          words[words.count - 1].append(letter)
        }
      }
      return words.dropFirst(2).filter { !$0.isEmpty }
    }

    /// The first line that the output does not hold where it should: lines between two marks of
    /// omission, `…`, stand in it together, and all in order.
    func missing(in output: String) -> String? {
      func lines(_ text: String) -> [Substring] {
        text.split(separator: "\n", omittingEmptySubsequences: false).map { line in
          line.lastIndex { $0 != " " }.map { line[...$0] } ?? ""
        }
      }
      let printed = lines(output)
      var place = 0
      for run in self.lines.split(whereSeparator: { ["…", "..."].contains($0) }) {
        let run = run.map { $0[...] }
        while place + run.count <= printed.count, !printed[place...].starts(with: run) {
          place += 1
        }
        guard place + run.count <= printed.count else {
          return String(run.first { !printed.contains($0) } ?? run[0])
        }
        place += run.count
      }
      return nil
    }
  }

  private static let root = URL(filePath: #filePath).deletingLastPathComponent()
    .deletingLastPathComponent().deletingLastPathComponent().deletingLastPathComponent()

  /// The blocks of one kind in all pages, each as its lines.
  private static func blocks(_ kind: String) -> [[String]] {
    ["PerceptronDerivation", "Errata", "Answers"].flatMap { page -> [[String]] in
      let path = root.appending(path: "Sources/PerceptronDerivation/Documentation.docc/\(page).md")
      guard let text = try? String(contentsOf: path, encoding: .utf8) else { return [] }
      // Blocks and the text between them alternate.
      return text.components(separatedBy: "```").filter { $0.hasPrefix(kind + "\n") }.map {
        Array($0.components(separatedBy: "\n").dropFirst().dropLast())
      }
    }
  }

  static let quotes = blocks("console").flatMap { block in
    block.indices.filter { block[$0].hasPrefix("$ ") }.map { start in
      let end = block[(start + 1)...].firstIndex { $0.hasPrefix("$ ") } ?? block.endIndex
      return Quote(command: block[start], lines: Array(block[(start + 1)..<end]))
    }
  }

  @Test("a quoted command prints what is quoted", arguments: quotes)
  func command(_ quote: Quote) throws {
    try #require(quote.command.hasPrefix("$ perceptron "))
    let outcome = try Command.run(quote.arguments)
    // What is refused is quoted with the reason.
    let isRefused = quote.lines.first?.hasPrefix("Error: ") == true
    #expect((outcome.code != 0) == isRefused, "\(outcome.err)")
    #expect(!quote.lines.isEmpty)
    let missing = quote.missing(in: isRefused ? outcome.err : outcome.out)
    #expect(missing == nil, "in the output of \(quote.command)")
  }

  @Test("there are commands and samples to check, and what differs is found")
  func pages() {
    #expect(Self.quotes.count >= 15)
    #expect(Self.blocks("swift").count >= 7)
    func missing(_ lines: [String]) -> String? {
      Quote(command: "$ perceptron", lines: lines).missing(in: "a  \nb\n\nc\nd\n")
    }
    #expect(missing(["a", "b", "", "c"]) == nil)
    #expect(missing(["…", "b", "...", "d"]) == nil)
    #expect(missing(["a", "c"]) == "a", "no mark between them")
    #expect(missing(["d", "…", "a"]) == "a", "not in order")
    #expect(missing(["a", "…", "e"]) == "e")
  }

  @Test("Errata.md names every test of the errata, and no other")
  func errata() throws {
    let tests = Self.root.appending(path: "Tests/PerceptronTests/Derivation")
    let page = try String(
      contentsOf: Self.root.appending(
        path: "Sources/PerceptronDerivation/Documentation.docc/Errata.md"), encoding: .utf8)
    let named = page.matches(of: /Test:\s`(\w+)\(\)`/).map { String($0.1) }
    var written: [String] = []
    for part in ["", "+001", "+002", "+003", "+004"] {
      let source = try String(
        contentsOf: tests.appending(path: "ErrataTests\(part).swift"), encoding: .utf8)
      for piece in source.components(separatedBy: "@Test(").dropFirst() {
        let name = try #require(piece.firstMatch(of: /\n  func (\w+)\(/))
        written.append(String(name.1))
      }
    }
    #expect(Set(named) == Set(written))
    #expect(written.count == Set(written).count && written.count > 30)
  }

  @Test("a quoted sample is compiled and run", arguments: blocks("swift"))
  func sample(_ lines: [String]) throws {
    let source = try String(
      contentsOf: Self.root.appending(
        path: "Tests/PerceptronTests/Derivation/PageSampleTests.swift"), encoding: .utf8)
    func trimmed(_ lines: [String]) -> [String] {
      lines.map { $0.trimmingCharacters(in: .whitespaces) }.filter {
        !$0.isEmpty && !$0.hasPrefix("import ")
      }
    }
    let (wanted, known) = (trimmed(lines), trimmed(source.components(separatedBy: "\n")))
    let isThere = known.indices.contains { known[$0...].starts(with: wanted) }
    #expect(isThere, "no test holds the sample that begins: \(wanted.first ?? "")")
  }
}
