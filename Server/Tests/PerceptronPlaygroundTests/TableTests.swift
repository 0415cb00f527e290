import Perceptron
import Testing

@testable import PerceptronPlayground

private func table(_ text: String) throws -> Table {
  try Table(bytes: Array(text.utf8), name: "own.csv")
}

/// Three classes, two columns of numbers and one of texts.
private let flowers: String = {
  var text = "width,place,length,kind\n"
  for k in 0..<60 {
    let kind = k % 3
    text += "\(Double(kind) + Double(k % 7) / 10),\(["hill", "lake"][k % 2]),"
    text += "\(10 - 3 * kind + k % 4),\(["<b>a</b>", "b", "c"][kind])\n"
  }
  return text
}()

private func settings(_ query: String) -> PlaygroundSettings {
  PlaygroundSettings.read("data=table&" + query).settings
}

@Suite struct TableTests {
  @Test func aTableIsLearnedWithAllOfItsColumns() throws {
    var training = try PlaygroundTraining(
      settings("optimizer=adam&rate=0.03"), table: try table(flowers))
    #expect(training.problem.target == .classes(["<b>a</b>", "b", "c"]))
    #expect(training.problem.inputNames.count == 5)
    #expect(training.problem.plane.across == "width" && training.problem.plane.upwards == "length")
    #expect(training.loss == .crossEntropy)
    for _ in 0..<200 { try training.advance() }
    try training.refreshModel()
    #expect(try training.test.measure(training.model).accuracy! > 0.9)
    let problem = training.problem
    let first = try #require(problem.trainPoints.first)
    #expect(first.x >= 0 && first.x <= 3 && first.y >= 4 && first.y <= 14)
    let maps = DecisionMaps(training.problem, outputs: 3)
    let frame = try training.frame(maps, isPlaying: false, remaining: 0)
    #expect(frame.outputs.count == 3 * DecisionMaps.outputSide * DecisionMaps.outputSide)
    #expect(frame.hidden.count == 6 * DecisionMaps.hiddenSide * DecisionMaps.hiddenSide)
  }

  @Test func aNumberCanBeTheTarget() throws {
    let text =
      "a,b,c\n"
      + (0..<40).map { "\($0),\($0 * $0 % 13),\(100 + 2.5 * Double($0))" }
      .joined(separator: "\n")
    let training = try PlaygroundTraining(
      settings("target=c&across=b&upwards=a"), table: try table(text))
    guard case .number(let range) = training.problem.target else {
      Issue.record("c is a number")
      return
    }
    #expect(range.lowerBound == 100 && range.upperBound == 197.5)
    #expect(training.problem.plane.across == "b")
    #expect(try training.train.measure(training.model).rmse! > 1)
  }

  @Test(arguments: [
    ("a,b\n1,2\n", "too few"), ("a\n1\n2\n3\n4\n", "column"),
    ("a,b\n1,x\n2,y\n1,x\n2,y\n", "two columns"),
  ])
  func aTableOfTheWrongKindIsRefusedInWords(_ text: String, _ part: String) {
    let error = #expect(throws: PerceptronError.self) {
      _ = try PlaygroundTraining(settings(""), table: try table(text))
    }
    #expect(error?.description.contains(part) == true, "\(error?.description ?? "")")
  }

  @Test func columnsThatAreNotThereAreSaid() throws {
    for query in ["target=nothing", "across=place", "across=width&upwards=width"] {
      #expect(throws: PerceptronError.self) {
        _ = try PlaygroundTraining(settings(query), table: try table(flowers))
      }
    }
  }

  @Test func withoutATableThereIsNothingToLearn() {
    #expect(throws: PerceptronError.self) { _ = try PlaygroundTraining(settings("")) }
  }

  @Test(arguments: PlaygroundExport.allCases)
  func everythingLeavesAsAFile(_ kind: PlaygroundExport) async throws {
    let session = try PlaygroundSession(query: "data=xor&rows=40&inputs=x,y,xy", table: nil)
    try await session.step(updates: 5)
    let bytes = try await session.export(kind)
    let text = String(decoding: bytes, as: UTF8.self)
    switch kind {
    case .safetensors: #expect(text.contains("\"perceptron\"") || text.contains("perceptron"))
    case .onnx: #expect(text.contains("Gemm"))
    case .swift: #expect(text.contains("public enum PerceptronModel"))
    case .csv: #expect(text.hasPrefix("x,y,xy,target\n") && text.split(separator: "\n").count == 41)
    }
  }
}
