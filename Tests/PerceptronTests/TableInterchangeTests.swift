import Foundation
import Testing

@testable import Perceptron

/// The CSV files of the interoperability set, each with the outcome its manifest asks for.
@Suite struct TableInterchangeTests {
  @Test(arguments: TableInterchangeCase.all)
  func outcome(_ file: TableInterchangeCase) throws {
    do {
      let table = try file.table()
      if let header = file.header { #expect(table.columns.map(\.name) == header) }
      if let text = file.text { #expect(texts(table) == text) }
      if file.outcome == "reject" {
        // A table of texts is right; numbers it must not have.
        #expect(file.textOutcome == "accept")
        #expect(throws: PerceptronError.self) { try numbers(table) }
        return
      }
      if file.numericOutcome == "reject" {
        #expect(throws: PerceptronError.self) { try numbers(table) }
        return
      }
      check(try numbers(table), file)
    } catch let error as PerceptronError {
      #expect(file.outcome != "accept", "\(error)")
      #expect(file.textOutcome != "accept", "\(error)")
      #expect(error.kind == .table)
      #expect(error.file == file.name)
    }
  }

  private func check(_ rows: [[Double]], _ file: TableInterchangeCase) {
    let flat = rows.flatMap { $0 }
    if let values = file.values {
      #expect([rows.count, rows.first?.count ?? 0] == values.shape)
      #expect(flat.map(\.canonicalBits) == values.data.map(\.canonicalBits))
    }
    if let columns = file.columns { #expect(rows.map(\.count) == [columns]) }
    if let count = file.rows { #expect(rows.count == count) }
    if let sum = file.sum { #expect(flat.reduce(0, +) == sum) }
    if let last = file.last { #expect(flat.last == last) }
    if let weightedSum = file.weightedSum {
      #expect(
        flat.enumerated().reduce(0) { $0 + Double($1.offset + 1) * $1.element } == weightedSum)
    }
  }

  /// Where the manifest leaves a choice, the one made here.
  @Test(arguments: [
    ("spaces_around.csv", true), ("header_only.csv", false), ("semicolons.csv", true),
    ("tabs.tsv", true), ("missing_cells.csv", true), ("nan_inf_cells.csv", true),
    ("overflowing_cell.csv", true), ("blank_lines.csv", true), ("cr_only.csv", true),
    ("duplicate_header.csv", false), ("long_cell.csv", true),
  ])
  func choices(_ name: String, _ isAccepted: Bool) throws {
    let file = try #require(TableInterchangeCase.all.first { $0.name == name })
    #expect(file.outcome == "either")
    #expect(((try? numbers(file.table())) != nil) == isAccepted)
  }

  /// What the manifest asks the errors to say.
  @Test(arguments: [
    ("good_text_cells.csv", ["line 2", "\"note\"", "is not a number"]),
    ("empty.csv", ["is empty: no rows"]), ("only_bom.csv", ["is empty: no rows"]),
    ("header_only.csv", ["no data rows"]),
    ("bad_ragged_short.csv", ["line 3", "has 2 cells where 3 are expected"]),
    ("bad_ragged_long.csv", ["line 3", "has 4 cells where 3 are expected"]),
    ("bad_trailing_comma.csv", ["line 2", "has 4 cells where 3 are expected"]),
    ("bad_non_numeric.csv", ["line 3", "column \"b\"", "\"abc\" is not a number"]),
    ("bad_number_with_tail.csv", ["line 3", "column \"b\"", "\"4x\" is not a number"]),
    ("bad_hexadecimal.csv", ["line 2", "column \"b\"", "\"0x10\" is not a number"]),
    ("bad_digit_separators.csv", ["line 2", "column \"a\"", "\"1_000\" is not a number"]),
    ("bad_unterminated_quote.csv", ["line 2", "never closed"]),
    ("bad_text_after_quote.csv", ["line 2", "text after a closing quote"]),
    ("bad_quote_inside_cell.csv", ["line 2", "a quote inside a cell"]),
    ("bad_not_utf8.csv", ["line 2", "offset 6", "not valid UTF-8"]),
    ("bad_utf16.csv", ["UTF-16"]), ("bad_nul_bytes.csv", ["line 2", "NUL"]),
    ("duplicate_header.csv", ["column \"a\"", "columns 1 and 2"]),
    ("header_narrower_than_rows.csv", ["line 2", "has 3 cells where 2 are expected"]),
  ])
  func messages(_ name: String, _ parts: [String]) throws {
    let file = try #require(TableInterchangeCase.all.first { $0.name == name })
    let said = tableError { _ = try numbers(file.table()) }
    #expect(said.hasPrefix(name))
    for part in parts { #expect(said.contains(part)) }
  }

  private func numbers(_ table: Table) throws -> [[Double]] {
    try (0..<table.rowCount).map { row in
      try table.columns.indices.map { column in
        try table.number(row: row, column: column, as: Double.self) ?? .nan
      }
    }
  }

  private func texts(_ table: Table) -> [[String]] {
    (0..<table.rowCount).map { row in
      table.columns.indices.map { table.text(row: row, column: $0) ?? "" }
    }
  }
}

/// One row of the manifest.
struct TableInterchangeCase: Decodable, Sendable, CustomTestStringConvertible {
  let file: String
  let format: String
  let outcome: String
  let textOutcome: String?
  let numericOutcome: String?
  let header: [String]?
  let text: [[String]]?
  let values: Values?
  let columns: Int?
  let rows: Int?
  let sum: Double?
  let last: Double?
  let weightedSum: Double?

  struct Values: Decodable, Sendable {
    let shape: [Int]
    let data: [Double]
  }

  var name: String { String(file.dropFirst("csv/".count)) }
  var testDescription: String { name }

  func table() throws -> Table {
    try Table(bytes: Fixtures.bytes("interop/\(file)"), name: name)
  }

  static let all: [TableInterchangeCase] = {
    struct Manifest: Decodable {
      let files: [Row]
    }
    /// Rows of other formats have other fields.
    struct Row: Decodable {
      let csv: TableInterchangeCase?

      init(from decoder: any Decoder) throws {
        let format = try decoder.container(keyedBy: CodingKeys.self)
          .decode(String.self, forKey: .format)
        csv = format == "csv" ? try TableInterchangeCase(from: decoder) : nil
      }
    }
    let decoder = JSONDecoder()
    decoder.keyDecodingStrategy = .convertFromSnakeCase
    decoder.nonConformingFloatDecodingStrategy = .convertFromString(
      positiveInfinity: "inf", negativeInfinity: "-inf", nan: "nan")
    let data = try! Data(Fixtures.bytes("interop/manifest.json"))
    return try! decoder.decode(Manifest.self, from: data).files.compactMap(\.csv)
  }()

  private enum CodingKeys: String, CodingKey {
    case file, format, outcome, textOutcome, numericOutcome, header, text, values, columns, rows,
      sum, last, weightedSum
  }
}

extension Double {
  /// The bits, with one NaN for all.
  fileprivate var canonicalBits: UInt64 { isNaN ? Double.nan.bitPattern : bitPattern }
}
