import NIOCore
import Perceptron

// Rows by column name in, predictions for people out.
extension NetworkWorker {
  @specialized(where Element == Float)
  @specialized(where Element == Double)
  func predict(
    _ rows: NamedRows, for model: ModelIdentity, into out: inout ByteBuffer
  ) throws(Refusal) -> InferenceSummary {
    guard let preprocessing else {
      throw .invalid(
        "the model does not say how rows of a table become inputs; use "
          + "/v2/models/\(model.name)/infer")
    }
    defer { shrink() }
    let count: Int
    switch rows {
    case .json(let bytes): count = try readRows(bytes)
    case .csv(let bytes): count = try readTable(bytes, preprocessing)
    }
    try run(rows: count)
    out.writeString("{\"model\":")
    out.writeJSON(model.name)
    out.writeString(",\"version\":")
    out.writeJSON(model.version)
    out.writeString(",\"target\":")
    if preprocessing.targets.count == 1 {
      out.writeJSON(preprocessing.target.name)
    } else {
      out.writeArray(preprocessing.targets) { $0.writeJSON($1.name) }
    }
    out.writeString(",\"predictions\":[")
    let width = answers.width
    for i in 0..<count {
      if i > 0 { out.writeString(",") }
      try answers.writeRow(
        UnsafeBufferPointer(rebasing: outputs[i * width..<(i + 1) * width]), number: i, into: &out)
    }
    out.writeString("]}")
    return InferenceSummary(rows: count)
  }

  private func readRows(_ bytes: UnsafeBufferPointer<UInt8>) throws(Refusal) -> Int {
    var reader = JSONReader(bytes)
    // Once over all of it for its number of rows and its syntax.
    let isList = reader.peek() == UInt8(ascii: "[")
    var count = 1
    if isList {
      count = 0
      var isFirst = true
      try reader.expect("[")
      while try reader.nextElement(&isFirst) {
        try reader.skipValue()
        count += 1
      }
    } else {
      try reader.skipValue()
    }
    try reader.expectEnd()
    guard count > 0 else { throw .invalid("the list has no rows") }
    try prepare(rows: count)
    reader = JSONReader(bytes)
    if isList { try reader.expect("[") }
    for i in 0..<count {
      if i > 0 { try reader.expect(",") }
      guard reader.peek() == UInt8(ascii: "{") else {
        throw .invalid("row \(i + 1) is no object: rows are objects by column name")
      }
      do {
        try readRow(&reader, into: inputs.baseAddress! + i * encoder.width)
      } catch {
        throw .invalid("row \(i + 1): \(error.message)")
      }
    }
    return count
  }

  /// One row; columns that the model does not read are left out, as they are in a table.
  private func readRow(
    _ reader: inout JSONReader, into row: UnsafeMutablePointer<Element>
  ) throws(Refusal) {
    for k in isGiven.indices { isGiven[k] = false }
    try reader.expect("{")
    var isFirst = true
    while let key = try reader.nextKey(&isFirst) {
      let name = try key.string
      guard let column = encoder.column(named: name) else {
        try reader.skipValue()
        continue
      }
      guard !isGiven[column] else { throw .invalid("the column \(shown(name)) appears twice") }
      isGiven[column] = true
      try readCell(&reader, encoder.columns[column], into: row)
    }
    if let missing = isGiven.firstIndex(of: false) {
      throw .invalid(
        "the model needs the column \(shown(encoder.columns[missing].name)); a value that is not "
          + "known is null")
    }
  }

  private func readCell(
    _ reader: inout JSONReader, _ column: ColumnEncoder<Element>.Column,
    into row: UnsafeMutablePointer<Element>
  ) throws(Refusal) {
    if reader.skipWord("null") { return try column.writeMissing(into: row) }
    let isText = if case .categorical = column.kind { true } else { false }
    switch reader.peek() {
    case UInt8(ascii: "\""):
      let text = try reader.readText().string
      if isText { return try column.write(text, into: row) }
      if ColumnEncoder<Element>.isMissing(text) { return try column.writeMissing(into: row) }
      // As a cell of a table, which has no quotes that tell a text from a number.
      var copy = text
      guard let number = copy.withUTF8({ DecimalNumber.parse($0, as: Double.self) }) else {
        throw .invalid("\(shown(text)) in \(shown(column.name)) is not a number")
      }
      try column.write(number, into: row)
    case let byte? where JSONReader.beginsNumber(byte):
      let number = try reader.readNumber()
      if isText {
        try column.write(String(decoding: number.text, as: UTF8.self), into: row)
      } else {
        try column.write(number, as: .FP64, into: row)
      }
    default:
      let isTrue = reader.skipWord("true")
      guard isTrue || reader.skipWord("false"), isText else {
        throw .invalid("the value of \(shown(column.name)) is neither a number nor a text")
      }
      try column.write(isTrue ? "true" : "false", into: row)
    }
  }

  private func readTable(
    _ bytes: UnsafeBufferPointer<UInt8>, _ preprocessing: Preprocessing
  ) throws(Refusal) -> Int {
    do {
      let table = try Table(bytes: Array(bytes), name: "the request", header: .present)
      try prepare(rows: table.rowCount)
      let matrix: Matrix<Element> = try preprocessing.encodeInputs(
        table, rows: Array(0..<table.rowCount))
      for k in matrix.values.indices { inputs[k] = matrix.values[k] }
      return table.rowCount
    } catch let error as PerceptronError {
      throw .invalid(error.description)
    } catch let error as Refusal {
      throw error
    } catch {
      throw .invalid("\(error)")
    }
  }
}
