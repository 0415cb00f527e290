import Testing

@testable import Perceptron

@Suite struct RandomTableTests {
  /// Tables written with every freedom the format leaves, and read back.
  @Test(arguments: Table.Separator.allCases.filter { $0 != .automatic })
  func writtenTablesAreReadBack(_ separator: Table.Separator) throws {
    var random = SeededGenerator(seed: 7)
    let mark = String(decoding: [try #require(separator.byte)], as: UTF8.self)
    for _ in 0..<200 {
      let width = Int.random(in: 1...5, using: &random)
      var rows: [[String]] = []
      var lines: [Int] = []
      var text = ""
      for _ in 0..<Int.random(in: 1...8, using: &random) {
        let row = (0..<width).map { _ in random.cell(separator: mark) }
        text += random.blankLines()
        rows.append(row)
        lines.append(1 + lineEnds(text))
        text += row.map { random.written($0, separator: mark) }.joined(separator: mark)
        text += random.element(of: ["\n", "\r\n", "\r"])
      }
      text += random.blankLines()
      if Bool.random(using: &random) { text = "\u{FEFF}" + text }

      let table = try Table(
        bytes: Array(text.utf8), name: "t.csv", separator: separator, header: .absent)
      #expect(table.rowCount == rows.count)
      let all = Array(0..<rows.count)
      #expect(all.map(table.line(ofRow:)) == lines)
      for column in 0..<width {
        let read = table.texts(column: column, rows: all).map { $0 ?? "" }
        #expect(read == rows.map { $0[column] }, "\(text.debugDescription)")
      }
    }
  }

  /// Whatever the bytes: a table or an error, never a crash.
  @Test func randomBytesAreTablesOrErrors() {
    var random = SeededGenerator(seed: 8)
    let text = Array("1a,;\t|\"\"\n\r \u{FEFF}é.e-".utf8)
    var tables = 0
    for _ in 0..<5000 {
      let alphabet = Bool.random(using: &random) ? text : text + [0, 0xFF]
      let bytes = (0..<Int.random(in: 0...30, using: &random)).map { _ in
        random.element(of: alphabet)
      }
      do {
        let table = try Table(bytes: bytes, name: "t.csv", header: .absent)
        tables += 1
        for (index, column) in table.columns.enumerated() {
          let texts = table.texts(column: index, rows: Array(0..<table.rowCount))
          #expect(texts.count { $0 == nil } == column.missing)
        }
      } catch {
        #expect((error as? PerceptronError)?.kind == .table)
      }
    }
    #expect(tables > 100)
  }
}

extension SeededGenerator {
  fileprivate mutating func element<Element>(of elements: [Element]) -> Element {
    elements[Int.random(in: 0..<elements.count, using: &self)]
  }

  /// A text for a cell; never one that spells a missing value, except the empty one.
  fileprivate mutating func cell(separator: String) -> String {
    let parts = ["x", "y", "1", "é", "年", "\"", "\"\"", "\n", "\r\n", "\r", " ", "\t", separator]
    let text = (0..<Int.random(in: 0...5, using: &self)).map { _ in element(of: parts) }.joined()
    return text.unicodeScalars.allSatisfy { $0 == " " || $0 == "\t" } ? "" : text
  }

  /// `cell` as it may stand in a file: in quotes if it must be, or for no reason.
  fileprivate mutating func written(_ cell: String, separator: String) -> String {
    let scalars = cell.unicodeScalars
    let special = "\"\r\n \t\(separator)".unicodeScalars
    var text = cell
    if cell.isEmpty || scalars.contains(where: special.contains) || Bool.random(using: &self) {
      let doubled = scalars.map { $0 == "\"" ? "\"\"" : String($0) }.joined()
      text = "\"" + doubled + "\""
    }
    return element(of: ["", " ", "  "]) + text + element(of: ["", " ", "  "])
  }

  fileprivate mutating func blankLines() -> String {
    element(of: ["", "", "", "\n", "\r\n", "  \n\n", "\r \r"])
  }
}

/// How many lines end in `text`.
private func lineEnds(_ text: String) -> Int {
  let scalars = Array(text.unicodeScalars)
  return scalars.indices.count { index in
    scalars[index] == "\n"
      || scalars[index] == "\r" && (index + 1 == scalars.count || scalars[index + 1] != "\n")
  }
}
