import Foundation
import Perceptron
import PerceptronDerivation
import Testing

/// What `explain` prints for the networks of the five texts, to the character.
///
/// `UPDATE_EXPLANATIONS=1 swift test --filter GoldenDerivationTests` writes the files anew, for a
/// change that means to change them: read the difference before it is committed.
@Suite("Derivation: the networks of the five texts, as recorded")
struct GoldenDerivationTests {
  private static let isUpdating =
    ProcessInfo.processInfo.environment["UPDATE_EXPLANATIONS"] != nil

  @Test("in the text's own reading", arguments: TextNetwork.all)
  func text(_ network: TextNetwork) throws {
    try compare("\(network.name).txt", network.arguments(network.form, "text"))
  }

  @Test("one layer for a batch, as text 002 goes on")
  func batch() throws {
    let network = TextNetwork.batch
    try compare("002-batch.txt", network.arguments(network.form, "text"))
  }

  /// One for every kind of layer, in one reading or another.
  static let layers: [(name: String, arguments: String)] = [
    ("activation", "tanh,2 --batch 2"),
    ("dropout", "3:tanh,dropout:0.25,1:sigmoid --batch 2 --layout columns-out-in"),
    ("batch-norm", "2,batch-norm,1 --form delta --batch 3"),
    ("batch-norm-in-use", "2,batch-norm,1 --batch 2 --mode inference --layout columns-in-out"),
    ("layer-norm", "3,layer-norm,1 --form differentials --batch 2"),
    ("prelu", "2,prelu,1 --form elementwise --batch 1"),
  ]

  @Test("a kind of layer", arguments: layers.indices)
  func layer(_ place: Int) throws {
    let (name, arguments) = Self.layers[place]
    let words = "explain --inputs 2 --layers \(arguments)".split(separator: " ")
    try compare("layer-\(name).txt", words.map(String.init))
  }

  @Test(
    "as JSON, in every reading", arguments: TextNetwork.all, Explanation.Form.allCases)
  func json(_ network: TextNetwork, _ form: Explanation.Form) throws {
    try compare(
      "\(network.name)-\(form.rawValue).json", network.sized(for: form).arguments(form, "json"))
  }

  @Test("on every instruction set", arguments: InstructionSet.available)
  func instructionSets(_ set: InstructionSet) throws {
    for network in TextNetwork.all {
      try compare(
        "\(network.name).txt", network.arguments(network.form, "text"),
        environment: ["PERCEPTRON_ISA": set.description])
    }
  }

  private func compare(
    _ file: String, _ arguments: [String], environment: [String: String] = [:]
  ) throws {
    let outcome = try Command.run(arguments, environment: environment)
    try #require(outcome.code == 0 && outcome.err.isEmpty, "\(file): \(outcome.err)")
    // JSON is one line: an entry a line shows what differs.
    let found = ["name", "kind", "text"].reduce(outcome.out) { text, key in
      text.replacing("{\"\(key)\"", with: "\n{\"\(key)\"")
    }
    let path = "explain/" + file
    if Self.isUpdating {
      if environment.isEmpty {
        try FileSystem.writeAtomically(Array(found.utf8), to: Fixtures.path(path))
      }
      return
    }
    let recorded = String(decoding: try Fixtures.bytes(path), as: UTF8.self)
    if let difference = Self.difference(found, recorded) {
      Issue.record("\(file) \(difference)\nperceptron \(arguments.joined(separator: " "))")
    }
  }

  /// The first line in which two texts differ.
  static func difference(_ found: String, _ recorded: String) -> String? {
    guard found != recorded else { return nil }
    let lines = [found, recorded].map {
      $0.split(separator: "\n", omittingEmptySubsequences: false)
    }
    let place = zip(lines[0], lines[1]).enumerated().first { $1.0 != $1.1 }?.offset
    let line = place ?? min(lines[0].count, lines[1].count)
    func shown(_ text: [Substring]) -> String {
      guard line < text.count else { return "(the text has ended)" }
      // Long lines from a little before the first difference.
      let common = place == nil ? 0 : zip(lines[0][line], lines[1][line]).prefix { $0 == $1 }.count
      let start = max(0, common - 60)
      return (start > 0 ? "… " : "") + text[line].dropFirst(start).prefix(200)
    }
    return "differs in line \(line + 1)\n  found:    \(shown(lines[0]))\n  recorded: "
      + shown(lines[1])
  }

  @Test("a difference is found and shown")
  func differences() throws {
    #expect(Self.difference("a\nb\n", "a\nb\n") == nil)
    #expect(try #require(Self.difference("a\nb\n", "a\nc\n")).contains("line 2\n  found:    b\n"))
    #expect(try #require(Self.difference("a", "a\nb")).contains("found:    (the text has ended)"))
    let long = String(repeating: "x", count: 300)
    let difference = try #require(Self.difference(long + "1", long + "2"))
    #expect(difference.contains("x1\n") && difference.hasSuffix("x2") && difference.count < 250)
  }
}
