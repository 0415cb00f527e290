import Perceptron
import Testing

@testable import PerceptronInterchange

/// What generated files make of raw rows, for every kind of target, and with hostile names.
@Suite struct SourceRowTests {
  struct Problem: Sendable, CustomTestStringConvertible {
    let testDescription: String
    let targets: [String]
    let layers: String
    var loss = Loss.mse
  }

  static let problems = [
    Problem(testDescription: "three classes", targets: ["kind"], layers: "4:tanh,3:softmax"),
    Problem(testDescription: "two classes, one output", targets: ["colour"], layers: "1:sigmoid"),
    Problem(testDescription: "a score", targets: ["colour"], layers: "4:relu,1", loss: .hinge),
    Problem(testDescription: "a count", targets: ["length"], layers: "4:relu,1", loss: .poisson),
    Problem(testDescription: "two numbers", targets: ["length", "size"], layers: "4:tanh,2"),
  ]

  private static let table = (0..<30).map { i in
    let width = i % 7 == 3 ? "" : "\(Double(i * 5 % 11) / 3)"
    let place = i % 5 == 2 ? "" : ["north", "south"][i % 2]
    return "\(width),\(place),\(i % 6),\(Double(i * 3 % 7) / 2),\(["red", "blue"][i / 3 % 2]),"
      + ["iris", "rose", "lily"][i % 3]
  }

  @Test("C predicts raw rows as the model does", arguments: problems)
  func rows(_ problem: Problem) throws {
    let text = "width,place,length,size,colour,kind\n" + Self.table.joined(separator: "\n")
    let data = try Dataset<Float>(
      Table(bytes: Array(text.utf8), name: "t.csv"), targets: problem.targets,
      options: DatasetOptions(
        task: problem.loss == .poisson ? .regression : .automatic,
        drop: ["length", "size", "colour", "kind"].filter { !problem.targets.contains($0) }))
    var model = try MLP<Float>(
      inputs: data.inputs, layers: LayerStack.parse(problem.layers), seed: 4)
    model.preprocessing = try data.preprocessing.adapted(to: problem.loss, file: "t.csv")
    let rows = Self.table.map { line in
      let cells = line.split(separator: ",", omittingEmptySubsequences: false)
      let place = cells[1].isEmpty ? "NULL" : "\"\(cells[1])\""
      return "{\(cells[0].isEmpty ? "NAN" : cells[0]), \(place)}"
    }
    let printed = try SourceProgramTests.runC(
      SourceProgram(model).c,
      """
      static const perceptron_row rows[] = {\(rows.joined(separator: ", "))};
      int main(void) {
        for (int i = 0; i < 30; i++) {
          double result[PERCEPTRON_RESULTS];
          perceptron_predict(rows + i, result);
          for (int j = 0; j < PERCEPTRON_RESULTS; j++) printf("%.17g\\n", result[j]);
        }
      }
      """)
    let columns = try columns(of: model.predict(data))
    let expected = (0..<30).flatMap { row in columns.map { $0[row] } }
    #expect(printed.split(separator: "\n").map { Double($0) } == expected)
  }

  private func columns(of predictions: Predictions) throws -> [[Double]] {
    switch predictions {
    case .numbers(let values): [values]
    case .scores(_, _, let scores): [scores]
    case .classes(let names, _, let probabilities):
      names.indices.map { place in probabilities.map { $0[place] } }
    case .targets(_, let parts): try parts.flatMap { try columns(of: $0) }
    }
  }

  @Test("Hostile names compile and are what they were, in C and Swift")
  func hostile() throws {
    let names =
      HostileNameTests.groups.flatMap(\.names) + [
        "int", "NULL", "class", "??/", "*/ #error", "\\", "\\(exit(1))", "linux", "x_int", "é", "è",
      ]
    var model = try MLP<Float>(inputs: names.count + 3, [(2, .softmax)], seed: 1)
    let columns =
      names.map {
        Preprocessing.InputColumn(name: $0, encoding: .numeric(imputed: 0, shift: 0, scale: 1))
      } + [
        Preprocessing.InputColumn(
          name: "last", encoding: .categorical(categories: Array(names[0..<2]), mostFrequent: 0))
      ]
    model.preprocessing = Preprocessing(
      inputs: columns,
      target: Preprocessing.Target(name: names[1], kind: .classes([names[0], names[1]])))
    let program = try SourceProgram(model)
    let printed = try SourceProgramTests.runC(
      program.c,
      """
      int main(void) {
        for (int i = 0; i < PERCEPTRON_COLUMNS; i++) {
          for (const char *p = perceptron_column_names[i]; *p; p++) printf("%02x", (unsigned char)*p);
          printf("\\n");
        }
      }
      """)
    let expected = columns.map { column in
      column.name.utf8.map { ($0 < 16 ? "0" : "") + String($0, radix: 16) }.joined()
    }
    #expect(printed.split(separator: "\n").map(String.init) == expected)
    let folder = try TemporaryFolder()
    let main = """

      @main struct Main {
        static func main() {
          for name in PerceptronModel.columnNames {
            for byte in name.utf8 { print(byte, terminator: ",") }
            print()
          }
        }
      }
      """
    try FileSystem.writeAtomically(Array((program.swift + main).utf8), to: folder("m.swift"))
    _ = try SourceProgramTests.run([
      "swiftc", "-parse-as-library", folder("m.swift"), "-o", folder("m"),
    ])
    let bytes = try SourceProgramTests.run([folder("m")]).split(separator: "\n").map { line in
      line.split(separator: ",").compactMap { UInt8($0) }
    }
    #expect(bytes == columns.map { Array($0.name.utf8) })
  }
}
