import Perceptron

/// One row of a request as the table that the library's tools of understanding take.
enum OneRow {
  /// - Throws: `Refusal` for no row, several, or values that are no cells.
  static func table(_ rows: NamedRows) throws(Refusal) -> Table {
    let text: [UInt8]
    switch rows {
    case .csv(let bytes): text = Array(bytes)
    case .json(let bytes): text = try csv(bytes)
    }
    let table: Table
    do {
      table = try Table(
        bytes: text, name: "the request", separator: separator(rows), header: .present)
    } catch {
      throw .invalid("\(error)")
    }
    guard table.rowCount == 1 else {
      throw .invalid("one row is explained at a time, and the request has \(table.rowCount)")
    }
    return table
  }

  private static func separator(_ rows: NamedRows) -> Table.Separator {
    if case .json = rows { .comma } else { .automatic }
  }

  /// An object, or a list of one, as two lines of CSV.
  private static func csv(_ bytes: UnsafeBufferPointer<UInt8>) throws(Refusal) -> [UInt8] {
    var reader = JSONReader(bytes)
    let isList = reader.skip("[")
    guard reader.peek() == UInt8(ascii: "{") else {
      throw .invalid("a row is an object by column name")
    }
    try reader.expect("{")
    var names: [String] = []
    var cells: [String] = []
    var isFirst = true
    while let key = try reader.nextKey(&isFirst) {
      names.append(quoted(try key.string))
      switch reader.peek() {
      case UInt8(ascii: "\""): cells.append(quoted(try reader.readText().string))
      case let byte? where JSONReader.beginsNumber(byte):
        cells.append(String(decoding: try reader.readNumber().text, as: UTF8.self))
      default:
        if reader.skipWord("null") {
          cells.append("\"\"")
        } else if reader.skipWord("true") {
          cells.append("true")
        } else if reader.skipWord("false") {
          cells.append("false")
        } else {
          throw .invalid("a cell is a number, a text or null")
        }
      }
    }
    if isList {
      guard reader.skip("]") else { throw .invalid("one row is explained at a time") }
    }
    try reader.expectEnd()
    guard !names.isEmpty else { throw .invalid("the row has no columns") }
    return Array((names.joined(separator: ",") + "\n" + cells.joined(separator: ",") + "\n").utf8)
  }

  private static func quoted(_ text: String) -> String {
    var result = "\""
    for character in text.unicodeScalars {
      if character == "\"" { result += "\"" }
      result.unicodeScalars.append(character)
    }
    return result + "\""
  }
}
