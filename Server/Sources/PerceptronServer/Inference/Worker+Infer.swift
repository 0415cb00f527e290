import NIOCore
import Perceptron

// The Open Inference Protocol: tensors in, tensors out.
extension NetworkWorker {
  @specialized(where Element == Float)
  @specialized(where Element == Double)
  func infer(
    _ request: InferenceRequest, for model: ModelIdentity, into out: inout ByteBuffer
  ) throws(Refusal) -> InferenceSummary {
    let rows = request.inputs[0].shape.rows
    guard rows > 0 else { throw .invalid("the request has no rows: shape [0]") }
    // A row takes a byte at least; what follows allocates for so many.
    guard rows <= request.bytes.count else {
      throw .invalid("the shape speaks of \(rows) rows, which the request is too short for")
    }
    defer { shrink() }
    try prepare(rows: rows)
    if answers.signature.takesFeatures, request.inputs.count == 1,
      Signature.featureNames.contains(where: { request.inputs[0].name.says($0) })
    {
      try readFeatures(request, rows: rows)
    } else {
      try readColumns(request, rows: rows)
    }
    try run(rows: rows)
    return try writeAnswer(request, rows: rows, for: model, into: &out)
  }

  /// One tensor of all columns, side by side.
  private func readFeatures(_ request: InferenceRequest, rows: Int) throws(Refusal) {
    let input = request.inputs[0]
    guard input.shape.columns == encoder.columns.count else {
      throw .invalid(
        "the shape \(input.shape.description) of \(shown(try input.name.string)) does not fit the "
          + "model, which takes [-1, \(encoder.columns.count)]")
    }
    try read(input, of: request, rows: rows, columns: encoder.columns[...])
  }

  /// A tensor for each column.
  private func readColumns(_ request: InferenceRequest, rows: Int) throws(Refusal) {
    for k in isGiven.indices { isGiven[k] = false }
    for input in request.inputs {
      let name = try input.name.string
      guard let column = encoder.column(named: name) else {
        throw .invalid("the model has no input \(shown(name)); it has \(inputNames)")
      }
      guard !isGiven[column] else { throw .invalid("the input \(shown(name)) appears twice") }
      isGiven[column] = true
      guard input.shape.rows == rows, (input.shape.columns ?? 1) == 1 else {
        throw .invalid(
          "the shape \(input.shape.description) of \(shown(name)) does not fit: it takes [-1, 1], "
            + "and the first input has \(rows) rows")
      }
      try read(input, of: request, rows: rows, columns: encoder.columns[column...column])
    }
    if let missing = isGiven.firstIndex(of: false) {
      throw .invalid(
        "the input \(shown(answers.signature.inputs[missing].name)) is missing; the model takes "
          + inputNames)
    }
  }

  private var inputNames: String {
    let names = answers.signature.inputs.map { shown($0.name) }
    return names.prefix(20).joined(separator: ", ")
      + (names.count > 20 ? ", and \(names.count - 20) more" : "")
  }

  private func read(
    _ input: InferenceRequest.Input, of request: InferenceRequest, rows: Int,
    columns: ArraySlice<ColumnEncoder<Element>.Column>
  ) throws(Refusal) {
    switch input.data {
    case .json(let position):
      var reader = JSONReader(request.bytes, at: position)
      do {
        try readJSON(&reader, input, rows: rows, columns: columns)
      } catch let refusal where !refusal.message.hasPrefix("not JSON") {
        throw .invalid("input \(shown(try input.name.string)): \(refusal.message)")
      }
    case .binary(let range):
      try readBinary(
        UnsafeRawBufferPointer(rebasing: UnsafeRawBufferPointer(request.bytes)[range]), input,
        rows: rows, columns: columns)
    }
  }

  /// Elements in JSON: flat, or a list for each row.
  @inline(__always)
  private func readJSON(
    _ reader: inout JSONReader, _ input: InferenceRequest.Input, rows: Int,
    columns: ArraySlice<ColumnEncoder<Element>.Column>
  ) throws(Refusal) {
    func wrongCount() -> Refusal {
      .invalid(
        "\"data\" does not have the \(rows * columns.count) values of \(input.shape.description)")
    }
    try reader.expect("[")
    let isNested = reader.peek() == UInt8(ascii: "[")
    guard !isNested || input.shape.columns != nil else { throw wrongCount() }
    let width = encoder.width
    let memory = inputs.baseAddress!
    for i in 0..<rows {
      if isNested {
        if i > 0, !reader.skip(",") { throw wrongCount() }
        guard reader.skip("[") else { throw wrongCount() }
      }
      let row = memory + i * width
      var isFirst = isNested || i == 0
      for column in columns {
        if !isFirst, !reader.skip(",") { throw wrongCount() }
        isFirst = false
        try readElement(&reader, input.datatype, column, into: row, wrongCount)
      }
      if isNested, !reader.skip("]") { throw wrongCount() }
    }
    guard reader.skip("]") else { throw wrongCount() }
  }

  @inline(__always)
  private func readElement(
    _ reader: inout JSONReader, _ datatype: Datatype, _ column: ColumnEncoder<Element>.Column,
    into row: UnsafeMutablePointer<Element>, _ wrongCount: () -> Refusal
  ) throws(Refusal) {
    switch reader.peek() {
    case let byte? where JSONReader.beginsNumber(byte):
      try column.write(try reader.readNumber(), as: datatype, into: row)
    case UInt8(ascii: "\""):
      let text = try reader.readText().string
      guard datatype == .BYTES else { throw .invalid("a text in a tensor of \(datatype)") }
      try column.write(text, into: row)
    case UInt8(ascii: "]"), UInt8(ascii: ","), nil: throw wrongCount()
    case UInt8(ascii: "["): throw wrongCount()
    default:
      if reader.skipWord("null") { return try column.writeMissing(into: row) }
      let isTrue = reader.skipWord("true")
      guard isTrue || reader.skipWord("false") else { throw reader.unexpected("a value") }
      guard datatype == .BOOL else { throw .invalid("true or false in a tensor of \(datatype)") }
      try column.write(isTrue ? 1.0 : 0.0, into: row)
    }
  }

  private func readBinary(
    _ bytes: UnsafeRawBufferPointer, _ input: InferenceRequest.Input, rows: Int,
    columns: ArraySlice<ColumnEncoder<Element>.Column>
  ) throws(Refusal) {
    var tensor = BinaryTensor(bytes, input.datatype)
    guard tensor.fits(rows * columns.count) else {
      throw .invalid(
        "input \(shown(try input.name.string)): \(bytes.count) bytes of binary data are not the "
          + "\(rows * columns.count) values of \(input.datatype) that the shape speaks of")
    }
    let memory = inputs.baseAddress!
    for i in 0..<rows {
      let row = memory + i * encoder.width
      for column in columns {
        if input.datatype == .BYTES {
          try column.write(try tensor.nextText(), into: row)
        } else {
          try column.write(tensor.nextNumber(), into: row)
        }
      }
    }
    guard tensor.isAtEnd else {
      throw .invalid(
        "input \(shown(try input.name.string)): more binary data than the shape speaks of")
    }
  }
}

extension JSONText {
  /// Whether it says `word`.
  func says(_ word: String) -> Bool {
    if hasEscapes { return (try? string) == word }
    return bytes.elementsEqual(word.utf8)
  }
}
