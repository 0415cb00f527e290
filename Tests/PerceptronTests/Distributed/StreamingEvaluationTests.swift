import Testing

@testable import Perceptron

/// Evaluations of tables that are read piece by piece, against those of the table in memory: equal, to
/// the bit of the loss.
@Suite("Evaluations of tables piece by piece")
struct StreamingEvaluationTests {
  struct Kind: Sendable, CustomTestStringConvertible {
    let testDescription: String
    let layers: [(units: Int, activation: Activation)]
    let targets: [Preprocessing.Target]
    var loss: Loss?
    var weightColumn: String?
  }

  private static func label(
    _ name: String, _ classes: [String], _ output: Preprocessing.Target.Output = .direct
  ) -> Preprocessing.Target {
    .init(name: name, kind: .classes(classes), output: output)
  }
  private static let three = label("k", ["one", "two", "a,b"])
  private static let two = label("w", ["no", "yes"])
  private static func number(_ name: String) -> Preprocessing.Target {
    .init(name: name, kind: .number(shift: 2, scale: 3))
  }

  static let kinds = [
    Kind(
      testDescription: "three classes", layers: [(4, .tanh), (3, .softmax)], targets: [three]),
    Kind(
      testDescription: "weighted classes, smoothed", layers: [(3, .softmax)], targets: [three],
      loss: .crossEntropy.smoothed(by: 0.1).weighted(classes: [0.3, 1.7, 2.9])),
    Kind(testDescription: "two classes", layers: [(1, .sigmoid)], targets: [two]),
    Kind(
      testDescription: "two classes, weighted rows and classes", layers: [(1, .sigmoid)],
      targets: [two], loss: .binaryCrossEntropy.weighted(classes: [0.7, 1.3]), weightColumn: "n"),
    Kind(
      testDescription: "a score", layers: [(1, .identity)],
      targets: [label("w", ["no", "yes"], .score)]),
    Kind(
      testDescription: "a number", layers: [(3, .relu), (1, .identity)], targets: [number("n")]),
    Kind(
      testDescription: "a number, a sum, weighted", layers: [(1, .identity)],
      targets: [number("m")], loss: .mse.reduced(by: .sum), weightColumn: "n"),
    Kind(
      testDescription: "numbers", layers: [(2, .identity)], targets: [number("n"), number("m")]),
    Kind(
      testDescription: "labels", layers: [(2, .sigmoid)], targets: [two, label("v", ["0", "1"])]),
  ]

  /// 900 rows, more than three blocks; some have no target.
  private static let lines: [String] =
    ["a,n,k,w,v,colour,m"]
    + (0..<900).map { row in
      let missing = row % 97 == 5
      let cells = [
        row % 13 == 4 ? "" : "\(Double(row * 37 % 101) / 7 - 5)", "\(Double(row * 31 % 53) / 9)",
        missing ? "" : ["one", "two", "\"a,b\""][row * row % 3],
        missing ? "?" : row % 5 < 2 ? "no" : "yes",
        "\(row * 7 % 11 % 2)", ["red", "blue", "green"][row % 3],
        missing ? "NA" : "\(row % 23 - 4)",
      ]
      return cells.joined(separator: ",")
    }

  private func model<Element: Scalar>(_ kind: Kind) throws -> MLP<Element> {
    var model = try MLP<Element>(inputs: 4, kind.layers, seed: 3)
    model.preprocessing = Preprocessing(
      inputs: [
        .init(
          name: "colour", encoding: .categorical(categories: ["red", "blue"], mostFrequent: 1)),
        .init(name: "a", encoding: .numeric(imputed: 2, shift: 0.5, scale: 1.5)),
      ], targets: kind.targets, weightColumn: kind.weightColumn)
    return model
  }

  private func write(_ lines: [String], to path: String) throws {
    try FileSystem.writeAtomically(Array(lines.joined(separator: "\n").utf8), to: path)
  }

  @Test("the report of the table in memory, in pieces of any size", arguments: kinds)
  func equal(_ kind: Kind) throws {
    let folder = try TemporaryFolder()
    try write(Self.lines, to: folder("t.csv"))
    try compare(model(kind) as MLP<Float>, kind, folder("t.csv"))
    try compare(model(kind) as MLP<Double>, kind, folder("t.csv"))
  }

  private func compare<Element: Scalar>(
    _ model: MLP<Element>, _ kind: Kind, _ path: String
  ) throws {
    let whole = try model.evaluate(Table(contentsOf: path), loss: kind.loss)
    #expect(whole.rows > 800 && whole.loss?.isFinite == true)
    for size in [300, 5_000, 1 << 20] {
      let (report, unlabelled) = try model.evaluate(
        contentsOf: path, loss: kind.loss, chunkSize: size)
      #expect(report == whole, "\(size)")
      #expect(report.loss?.bitPattern == whole.loss?.bitPattern, "\(size)")
      #expect(unlabelled == 900 - whole.rows)
    }
  }

  @Test("what cannot be judged is refused, with its line in the file")
  func refusals() throws {
    let folder = try TemporaryFolder()
    let path = folder("t.csv")
    func message(_ lines: [String], _ kind: Kind) throws -> String {
      try write(lines, to: path)
      let model: MLP<Float> = try model(kind)
      do {
        _ = try model.evaluate(contentsOf: path, loss: kind.loss, chunkSize: 400)
        return "nothing is refused"
      } catch let error as PerceptronError {
        return error.description
      }
    }
    var lines = Self.lines
    lines[700] = "1,1,four,no,1,red,1"
    #expect(try message(lines, Self.kinds[0]).contains(#"t.csv, line 701, column "k": "#))
    #expect(try message(lines, Self.kinds[0]).contains("\"four\""))
    lines[650] = "1,1,one,no,1,red,text"
    #expect(try message(lines, Self.kinds[7]).contains("t.csv, line 651, "))
    let none = [Self.lines[0]] + (0..<200).map { _ in "1,1,,,,red," }
    #expect(try message(none, Self.kinds[0]).contains("no row has a target"))
    #expect(try message(none, Self.kinds[8]).contains("no row has all targets"))
    #expect(try message(["a,colour", "1,red"], Self.kinds[0]).contains("\"k\" is missing"))
    let unweighted = [Self.lines[0]] + (0..<200).map { "\($0),0,one,no,1,red,1" }
    #expect(try message(unweighted, Self.kinds[3]).contains("have weight 0"))
    var byRows = Self.kinds[3]
    byRows.loss = .binaryCrossEntropy.divided(by: .rows)
    #expect(try message(unweighted, byRows).contains("have weight 0"))
  }
}
