/// What came of a piece.
struct PredictedPiece: Sendable {
  let bytes: [UInt8]
  let rows: Int
}

/// What one thread has to predict pieces with.
final class PiecePredictor<Element: Scalar> {
  /// Rows that go through the network together.
  private let block: Int
  private let predictor: Predictor<Element>
  private let encoder: Preprocessing
  private let reader: InputReader<Element>?
  private let writer: PredictionWriter<Element>
  private let form: StreamingPrediction<Element>.Form
  private let inputs: UnsafeMutableBufferPointer<Element>
  private let outputs: UnsafeMutableBufferPointer<Element>
  private let (inputWidth, outputWidth): (Int, Int)
  /// Bytes that came of the piece before, so many are expected of the next.
  private var expected = 0

  init(
    _ model: MLP<Element>, threads: Threads, _ encoder: Preprocessing,
    _ reader: InputReader<Element>?, _ writer: PredictionWriter<Element>,
    _ form: StreamingPrediction<Element>.Form
  ) throws {
    // Of wide rows fewer.
    block = min(256, max(16, (1 << 18) / model.inputs))
    (inputWidth, outputWidth) = (model.inputs, model.outputs)
    predictor = try Predictor(model, largestBatch: block, threads: threads)
    inputs = .allocate(capacity: block * model.inputs)
    outputs = .allocate(capacity: block * model.outputs)
    inputs.initialize(repeating: 0)
    outputs.initialize(repeating: 0)
    self.encoder = encoder
    // A model may say of its inputs what its network does not: the table's way says so.
    self.reader = reader?.width == model.inputs ? reader : nil
    self.writer = writer
    self.form = form
  }

  deinit {
    inputs.deallocate()
    outputs.deallocate()
  }

  /// The predictions of some rows of an array.
  @specialized(where Element == Float)
  @specialized(where Element == Double)
  func predict(
    _ rows: Range<Int>, of file: NumberFile, _ numericInputs: NumericInputs<Element>
  ) throws -> PredictedPiece {
    var result: [UInt8] = []
    result.reserveCapacity(expected + expected / 8)
    var numbers = [Double](repeating: 0, count: inputWidth)
    let target = inputs.baseAddress.unsafelyUnwrapped
    try file.forEachPiece(of: rows) { piece, bytes in
      for first in stride(from: piece.lowerBound, to: piece.upperBound, by: block) {
        let part = first..<min(first + block, piece.upperBound)
        for row in part {
          file.decode(bytes, row: row - piece.lowerBound, into: &numbers)
          if let column = numericInputs.encode(
            numbers, into: target + (row - first) * inputWidth)
          {
            throw file.noFiniteNumber(
              numbers[column], row: row, column: encoder.inputs[column].name, in: Element.self)
          }
        }
        writeOutputs(part.count, to: &result)
      }
    }
    expected = result.count
    return PredictedPiece(bytes: result, rows: rows.count)
  }

  /// The predictions of a piece's rows.
  @specialized(where Element == Float)
  @specialized(where Element == Double)
  func predict(_ piece: TableChunks.Piece) throws -> TableChunks.Outcome<PredictedPiece> {
    var bytes: [UInt8] = []
    bytes.reserveCapacity(expected + expected / 8)
    if let start = piece.start, let read = predict(piece.bytes, from: start, into: &bytes) {
      expected = bytes.count
      return .init(
        value: PredictedPiece(bytes: bytes, rows: read.rows), lineEnds: read.lineEnds)
    }
    bytes.removeAll(keepingCapacity: true)
    let table = try piece.table()
    let outputs = predictor.outputs(
      try encoder.encodeInputs(table, rows: Array(0..<table.rowCount)))
    outputs.values.withUnsafeBufferPointer { write($0, to: &bytes) }
    return .init(
      value: PredictedPiece(bytes: bytes, rows: table.rowCount), lineEnds: piece.lineEnds)
  }

  /// The same without a table in between; nil where something is not as it should be.
  @inline(__always)
  private func predict(
    _ text: [UInt8], from start: Int, into bytes: inout [UInt8]
  ) -> (rows: Int, lineEnds: Int)? {
    guard let reader else { return nil }
    return text.withUnsafeBufferPointer { text -> (rows: Int, lineEnds: Int)? in
      guard text.firstByteThatIsNotText() == nil else { return nil }
      var cells = CellReader(text, from: start, separator: reader.separator, line: 0)
      var rows = 0
      while true {
        guard
          let count = reader.read(
            &cells, into: inputs.baseAddress.unsafelyUnwrapped, atMost: block)
        else { return nil }
        if count > 0 { writeOutputs(count, to: &bytes) }
        rows += count
        if count < block { return (rows, cells.line) }
      }
    }
  }

  /// What the network says of the first rows of `inputs`.
  @inline(__always)
  private func writeOutputs(_ count: Int, to bytes: inout [UInt8]) {
    let outputs = UnsafeMutableBufferPointer(rebasing: self.outputs[..<(count * outputWidth)])
    predictor.outputs(
      UnsafeBufferPointer(rebasing: inputs[..<(count * inputWidth)]), into: outputs)
    write(UnsafeBufferPointer(outputs), to: &bytes)
  }

  private func write(_ outputs: UnsafeBufferPointer<Element>, to bytes: inout [UInt8]) {
    switch form {
    case .text: writer.appendText(outputs, to: &bytes)
    case .numbers: writer.appendNumbers(outputs, to: &bytes)
    }
  }
}
