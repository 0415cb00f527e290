import Testing

@testable import Perceptron

@Suite struct TableTests {
  // MARK: Cells

  @Test func cellsAreTextsAndNumbers() throws {
    let table = try Table("a,b,c\n1, x ,\n-2e1,\" y \",NA\n", name: "t.csv")
    #expect(table.name == "t.csv")
    #expect(table.rowCount == 2)
    #expect(table.separator == .comma)
    #expect(table.columns.map(\.name) == ["a", "b", "c"])
    #expect(table.columns.map(\.kind) == [.numeric, .text, .text])
    #expect(table.columns.map(\.missing) == [0, 0, 2])
    #expect(table.columns.map(\.numbers) == [2, 0, 0])
    #expect(table.columns[1].firstText == .init(line: 2, text: "x"))
    #expect(table.text(row: 0, column: 0) == "1")
    #expect(table.text(row: 0, column: 1) == "x")
    #expect(table.text(row: 1, column: 1) == " y ")
    #expect(table.text(row: 1, column: 2) == nil)
    #expect(try table.number(row: 1, column: 0, as: Float.self) == -20)
    #expect(try table.number(row: 1, column: 2, as: Float.self) == nil)
    #expect(try table.numbers(column: 0, rows: [1, 0, 1], as: Double.self) == [-20, 1, -20])
    #expect(try table.numbers(column: 2, rows: [0], as: Float.self)[0].isNaN)
    #expect(table.texts(column: 2, rows: [1, 0]) == [nil, nil])
  }

  @Test func aCellThatIsNoNumberIsNamed() throws {
    let table = try Table("a,b\n1,2\n3,4x\n", name: "t.csv")
    #expect(table.columns[1].kind == .text)
    #expect(table.columns[1].numbers == 1)
    #expect(table.columns[1].firstText == .init(line: 3, text: "4x"))
    let error = PerceptronError(
      .table, "\"4x\" is not a number", file: "t.csv", line: 3, column: "b")
    #expect(throws: error) { try table.number(row: 1, column: 1, as: Float.self) }
    #expect(throws: error) { try table.numbers(column: 1, rows: [0, 1], as: Double.self) }
    #expect(throws: error) { try table.requireNumeric(column: 1) }
    #expect(error.description == "t.csv, line 3, column \"b\": \"4x\" is not a number")
    #expect(try table.numbers(column: 1, rows: [0], as: Float.self) == [2])
    try table.requireNumeric(column: 0)
  }

  @Test func aColumnWithoutValuesIsText() throws {
    let table = try Table("a,b\n1,\n2,?\n")
    #expect(table.columns[1].kind == .text)
    #expect(table.columns[1].missing == 2)
    #expect(table.columns[1].firstText == nil)
    #expect(tableError { try table.requireNumeric(column: 1) }.contains("all values are missing"))
  }

  @Test(arguments: MissingValue.spellings + MissingValue.spellings.map { " \($0)\t" })
  func missingValues(_ spelling: String) throws {
    let table = try Table("a,b,c\n1,\(spelling),\"\(spelling)\"\n2,3,4\n")
    for column in 1...2 {
      #expect(table.columns[column].kind == .numeric)
      #expect(table.columns[column].missing == 1)
      #expect(table.text(row: 0, column: column) == nil)
      #expect(try table.number(row: 0, column: column, as: Double.self) == nil)
    }
  }

  @Test(arguments: ["Na", "nA", "Nan", "NIL", "nothing", "--", "??", "nana", ".", "n.a.", "x"])
  func textsThatAreNotMissing(_ text: String) throws {
    let table = try Table("a,b\n1,\(text)\n")
    #expect(table.text(row: 0, column: 1) == text)
    #expect(table.columns[1].missing == 0)
  }

  /// Kinds are judged over the whole file, not over its beginning.
  @Test func aQuestionMarkFarDownIsAMissingValue() throws {
    let rows = (1...5000).map { $0 == 3000 ? "\($0),?" : "\($0),0.5" }
    let table = try Table("a,b\n" + rows.joined(separator: "\n"))
    #expect(table.columns[1].kind == .numeric)
    #expect(table.columns[1].missing == 1)
    #expect(table.columns[1].numbers == 4999)
    #expect(try table.number(row: 2999, column: 1, as: Float.self) == nil)
    #expect(table.line(ofRow: 2999) == 3001)
  }

  @Test func aTextFarDownMakesTheColumnText() throws {
    let rows = (1...5000).map { $0 == 3000 ? "\($0),oops" : "\($0),0.5" }
    let table = try Table("a,b\n" + rows.joined(separator: "\n"))
    #expect(table.columns[1].kind == .text)
    #expect(table.columns[1].numbers == 4999)
    #expect(table.columns[1].firstText == .init(line: 3001, text: "oops"))
  }

  @Test func categoriesAreInTheOrderOfTheRows() throws {
    let table = try Table("a\nred\ngreen\nNA\n\"red\"\n \"bl\"\"ue\" \ngreen\n")
    let all = table.categories(column: 0, rows: Array(0..<6))
    #expect(all.values == ["red", "green", "bl\"ue"])
    #expect(all.codes == [0, 1, -1, 0, 2, 1])
    let some = table.categories(column: 0, rows: [4, 1, 1])
    #expect(some.values == ["bl\"ue", "green"])
    #expect(some.codes == [0, 1, 1])
  }

  @Test func infinitiesAreFound() throws {
    let table = try Table("a,b\n1,x\n1e39,inf\n-inf,3\n\"1e400\",4\n")
    let rows = [0, 1, 2, 3]
    #expect(table.columns[0].kind == .numeric)
    #expect(table.firstInfinity(column: 0, rows: rows, as: Float.self)?.text == "1e39")
    #expect(table.firstInfinity(column: 0, rows: rows, as: Double.self)?.text == "-inf")
    #expect(table.firstInfinity(column: 0, rows: rows, as: Double.self)?.line == 4)
    #expect(table.firstInfinity(column: 0, rows: [3], as: Double.self)?.row == 3)
    #expect(table.firstInfinity(column: 1, rows: rows, as: Double.self)?.row == 1)
    #expect(table.firstInfinity(column: 0, rows: [0], as: Float.self) == nil)
  }

  @Test func filesAreReadByPath() throws {
    let path = Fixtures.path("interop/csv/good.csv")
    #expect(try Table(contentsOf: path).name == path)
    #expect(tableError { _ = try Table(contentsOf: path + "x") }.hasPrefix(path + "x: "))
  }

  // MARK: Columns by name

  @Test func columnsAreFoundByName() throws {
    let table = try Table("species,island,body_mass_g\na,b,1\n", name: "p.csv")
    #expect(try table.index(of: "body_mass_g") == 2)
    let unknown = tableError { _ = try table.index(of: "Speceis") }
    #expect(
      unknown == "p.csv: no column is called \"Speceis\"; did you mean \"species\"?; "
        + "the columns are \"species\", \"island\", \"body_mass_g\"")
    #expect(tableError { _ = try table.index(of: "weight") }.contains("did you mean") == false)
  }

  @Test func manyColumnsAreNotListed() throws {
    let names = (0..<1000).map { "pixel_\($0)" }
    let cells = names.map { _ in "1" }
    let table = try Table(
      names.joined(separator: ",") + "\n" + cells.joined(separator: ",") + "\n", name: "p.csv")
    #expect(
      tableError { _ = try table.index(of: "pixl_123") }
        == "p.csv: no column is called \"pixl_123\"; did you mean \"pixel_123\"?")
  }

  @Test(arguments: [
    ("relu", "reul"), ("Target", "target"), ("price", "prices"), ("mass", "mss"),
    ("größe", "grösse"), ("a", "b"),
  ])
  func nearNamesAreSuggested(_ name: String, _ written: String) {
    #expect(suggestion(for: written, among: ["something", name, "else entirely"]) == name)
  }

  @Test(arguments: ["", "unrelated", String(repeating: "x", count: 10_000)])
  func farNamesAreNotSuggested(_ written: String) {
    #expect(suggestion(for: written, among: ["species", "island", "", written + "abcdef"]) == nil)
  }

  @Test func emptyNamesBecomeNumbers() throws {
    let table = try Table(",a,\"\"\n1,2,3\n")
    #expect(table.columns.map(\.name) == ["column 1", "a", "column 3"])
  }

  @Test func equalNamesAreRefused() {
    #expect(
      tableError { _ = try Table("a,b,\"a\"\n1,2,3\n", name: "t.csv") }
        == "t.csv, line 1, column \"a\": columns 1 and 3 have the same name")
  }

  // MARK: Header

  @Test(arguments: [
    ("1,2\n3,4\n", Table.Header.automatic, ["1", "2"], 2),
    ("1,a\n3,4\n", .automatic, ["1", "a"], 1),
    ("1,,3\n4,5,6\n", .automatic, ["1", "2", "3"], 2),
    ("inf,NA\n4,5\n", .automatic, ["1", "2"], 2),
    ("NA,\n4,5\n", .automatic, ["NA", "column 2"], 1),
    ("2001,2002\n3,4\n", .present, ["2001", "2002"], 1),
    ("a,b\nc,d\n", .absent, ["1", "2"], 2),
  ])
  func headers(_ text: String, _ header: Table.Header, _ names: [String], _ rows: Int) throws {
    let table = try Table(bytes: Array(text.utf8), name: "t.csv", header: header)
    #expect(table.columns.map(\.name) == names)
    #expect(table.rowCount == rows)
  }

  // MARK: Separators

  @Test(arguments: [
    ("a,b\n1,2\n", Table.Separator.comma, 2), ("a;b\n1;2\n", .semicolon, 2),
    ("a\tb\n1\t2\n", .tab, 2), ("a|b\n1|2\n", .pipe, 2), ("a\n1\n", nil, 1), ("1", nil, 1),
    ("a;b\n1,5;2,5\n", .semicolon, 2), ("a;b;c,d\n1;2;3,4\n", .semicolon, 3),
    ("\"x,y\";b\n1;2\n", .semicolon, 2), ("\"x;y;z\",b\n1,2\n", .comma, 2),
    ("a,b;c\n1,2;3\n", .comma, 2), ("a\tb|c\n1\t2|3\n", .tab, 2),
    ("text\nwell, then\nso, it, goes\n", nil, 1), ("a\tb\n\t\n1\t2\n", .tab, 2),
    ("\"a\nb\"|\"c,d\"\n1|2\n", .pipe, 2),
  ])
  func separatorsAreFound(_ text: String, _ separator: Table.Separator?, _ width: Int) throws {
    let table = try Table(text)
    #expect(table.separator == separator)
    #expect(table.columns.count == width)
  }

  @Test func aSeparatorCanBeGiven() throws {
    let table = try Table(bytes: Array("a,b;c\n1,2;3\n".utf8), name: "t", separator: .semicolon)
    #expect(table.columns.map(\.name) == ["a,b", "c"])
    #expect(table.text(row: 0, column: 0) == "1,2")
  }

  // MARK: Lines

  @Test(arguments: ["\n", "\r\n", "\r"])
  func linesAreCountedAsInAnEditor(_ newline: String) throws {
    let text = [
      "\"a", "a\",b", "", "  ", "1,\"x", "", "y\"", "2,z", "", "3,\"end\"  ", "", "",
    ].joined(separator: newline)
    let table = try Table(text)
    #expect(table.columns[0].name == "a\(newline)a")
    #expect((0..<3).map(table.line(ofRow:)) == [5, 8, 10])
    #expect(table.text(row: 0, column: 1) == "x\(newline)\(newline)y")
    #expect(table.text(row: 1, column: 1) == "z")
    #expect(table.text(row: 2, column: 1) == "end")

    #expect(
      tableError { _ = try Table(text + "4") }.hasPrefix("t.csv, line 12: has 1 cell where 2"))
    #expect(
      tableError { _ = try Table(text + "4,\"x\(newline)") }.hasPrefix("t.csv, line 12: a quote"))
    #expect(
      tableError { _ = try Table(text + "4,\"\(newline)\"x") }.hasPrefix("t.csv, line 13: text"))
    #expect(
      tableError { _ = try Table(text + "4,x\"") }.hasPrefix("t.csv, line 12: a quote inside"))
  }

  // MARK: What is refused

  @Test(arguments: [
    ("", "t.csv: the file is empty: no rows"),
    (" \n  \r\n", "t.csv: the file is empty: no rows"),
    ("a,b\n", "t.csv: no data rows, only a header"),
    ("a,b\n1,2\n3\n", "t.csv, line 3: has 1 cell where 2 are expected"),
    ("a,b\n1,2,\n", "t.csv, line 2: has 3 cells where 2 are expected"),
    ("a\n1\n\"2\"x\n", "t.csv, line 3: text after a closing quote"),
    ("a\n1\n\"2\" \"3\"\n", "t.csv, line 3: text after a closing quote"),
    ("a,b\n1,\"2\n3,4\n5,6\n", "t.csv, line 2: a quote opened on this line is never closed"),
    ("a,b\n1,2\n5\" pipe,6\n", "t.csv, line 3: a quote inside a cell"),
    ("a,b\r\n1,\0\r\n", "t.csv, line 2: a NUL byte at offset 7"),
  ])
  func malformedTables(_ text: String, _ expected: String) {
    #expect(tableError { _ = try Table(text) }.hasPrefix(expected))
  }

  @Test(
    arguments: [
      [0x80], [0xC0, 0x80], [0xC1, 0xBF], [0xC3], [0xC3, 0x41], [0xE0, 0x9F, 0xBF], [0xE2, 0x82],
      [0xED, 0xA0, 0x80], [0xF0, 0x8F, 0xBF, 0xBF], [0xF4, 0x90, 0x80, 0x80], [0xF5], [0xFF],
    ] as [[UInt8]])
  func malformedUTF8(_ sequence: [UInt8]) {
    // In the middle of a file and at its end; the last letter before it is two bytes long.
    for ending in ["", "\n1234567890,2\n"] {
      let bytes = Array("a,b\r\n1234567890,é".utf8) + sequence + Array(ending.utf8)
      let byte = String(sequence[0], radix: 16, uppercase: true)
      #expect(
        tableError { _ = try Table(bytes: bytes, name: "t.csv") }
          == "t.csv, line 2: the byte 0x\(byte) at offset 18 is not valid UTF-8")
    }
  }

  @Test(arguments: [[0xFF, 0xFE, 0x61, 0], [0xFE, 0xFF, 0, 0x61]] as [[UInt8]])
  func utf16IsRefused(_ bytes: [UInt8]) {
    #expect(tableError { _ = try Table(bytes: bytes, name: "t.csv") }.contains("UTF-16"))
  }

  @Test func wellFormedUTF8IsKept() throws {
    let names = ["é", "\u{7FF}", "\u{800}", "\u{FFFF}", "𝄞", "\u{10FFFF}", "\u{D7FF}", "\u{E000}"]
    let table = try Table(
      "\u{FEFF}" + names.joined(separator: ",") + "\n" + names.joined(separator: ",") + "\n")
    #expect(table.columns.map(\.name) == names)
    #expect((0..<names.count).map { table.text(row: 0, column: $0) } == names)
  }

  // MARK: Fingerprint

  @Test func fingerprintsTellContentsApart() throws {
    let text = "a,b\n1,2\n3,4\n"
    let fingerprint = try Table(text, name: "one.csv").fingerprint
    #expect(try Table(text, name: "two.csv").fingerprint == fingerprint)
    #expect(try Table("a,b\n1,2\n3,5\n").fingerprint != fingerprint)
    #expect(try Table("a,b\n3,4\n1,2\n").fingerprint != fingerprint)
    #expect(try Table(text + "\n").fingerprint != fingerprint)
    // A change of the recipe would make every model forget what it was trained on.
    #expect(fingerprint == 0x8D8D_6CD5_F9AC_3B65)
  }
}

extension Table {
  init(_ text: String, name: String = "t.csv") throws {
    try self.init(bytes: Array(text.utf8), name: name)
  }
}

/// What the error that `body` throws says; empty if it throws none.
func tableError(_ body: () throws -> Void) -> String {
  do {
    try body()
    return ""
  } catch {
    return "\(error)"
  }
}
