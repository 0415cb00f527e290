/// Predicts the rows of a table or an array that is read piece by piece, on all threads, in memory that
/// does not grow with the rows.
///
/// A piece is worked on by one thread from its text to the text of its predictions, in blocks of rows
/// that stay in a core's cache; the results are handed out in order. They are those of `MLP.predict` of
/// the whole table, to the byte, for any number of threads and size of pieces.
///
/// Memory: with t threads 2 t + 1 pieces of `pieceSize`, each as text and as what becomes of it, and a
/// network's weights t times. A network with more than `largestShared` of them is run by one predictor,
/// on as many threads as pay, for one piece after the other.
package struct StreamingPrediction<Element: Scalar> {
  /// What is handed out.
  package enum Form: Sendable {
    /// Lines of CSV; the first are the names of the columns.
    case text
    /// The numbers of an array, `[rows]` or `[rows × columns]`.
    case numbers
  }

  /// Bytes of a piece, about: its text fits a core's second-level cache.
  package static var pieceSize: Int { 1 << 20 }
  /// Weights that every thread may have a copy of.
  static var largestShared: Int { 1_000_000 }

  private let model: MLP<Element>
  private let encoder: Preprocessing
  private let writer: PredictionWriter<Element>
  private let form: Form

  /// The numbers in a row of the array; nil where it has one dimension.
  package var arrayColumns: Int? { writer.arrayColumns }

  /// - Throws: `PerceptronError` when the model has no preprocessing.
  package init(_ model: MLP<Element>, as form: Form) throws {
    self.model = model
    self.form = form
    encoder = try model.requirePreprocessing()
    writer = PredictionWriter(encoder, outputs: model.outputs)
  }

  /// Predicts the table in a file.
  ///
  /// - Parameters:
  ///   - path: the file, which may be compressed by gzip; `-` is standard input.
  ///   - threads: how many work; the result does not depend on it, nor on `pieceSize`.
  ///   - begin: is given the first piece, when it has been predicted.
  ///   - write: is given what is to be written, in order.
  /// - Returns: the number of rows.
  /// - Throws: `PerceptronError` as `MLP.predict` does, when all before it is written, and what `write`
  ///   throws.
  @specialized(where Element == Float)
  @specialized(where Element == Double)
  @discardableResult
  package func run(
    _ path: String, separator: Table.Separator = .automatic, pieceSize: Int = Self.pieceSize,
    threads: Int = Threads.available, begin: (Table) -> Void = { _ in },
    write: ([UInt8]) throws -> Void
  ) throws -> Int {
    let (model, encoder, writer, form) = (model, encoder, writer, form)
    let isLarge = model.parameters.count > Self.largestShared
    var first: Table?
    var rows = 0
    try TableChunks.forEach(
      path, separator: separator, chunkSize: pieceSize, threads: isLarge ? 1 : threads
    ) { table in
      first = table
      let reader = InputReader<Element>(
        encoder, columns: table.columns, separator: table.separatorByte)
      return {
        let predictor = try PiecePredictor(
          model, threads: isLarge ? .automatic : .exactly(1), encoder, reader, writer, form)
        return { try predictor.predict($0) }
      }
    } body: { (result: PredictedPiece) in
      if let table = first {
        first = nil
        begin(table)
        try writeNames(write)
      }
      rows += result.rows
      try write(result.bytes)
    }
    return rows
  }

  /// Whether the rows of an array are a model's inputs: it has as many columns, and none are categories.
  package func takes(_ inputs: NumberFile) -> Bool {
    let width = NumericInputs<Element>(encoder.inputs)?.width
    return width == inputs.columns && width == model.inputs
  }

  /// Predicts the rows of an array in a file, whose columns are the model's in its order.
  ///
  /// - Parameter inputs: an array that `takes` is true for.
  /// - Throws: as for a table.
  @specialized(where Element == Float)
  @specialized(where Element == Double)
  package func run(
    _ inputs: NumberFile, pieceSize: Int = Self.pieceSize, threads: Int = Threads.available,
    write: ([UInt8]) throws -> Void
  ) throws {
    let (model, encoder, writer, form) = (model, encoder, writer, form)
    guard takes(inputs), let numbers = NumericInputs<Element>(encoder.inputs) else {
      misuse("an array of \(inputs.columns) columns for a model of \(model.inputs) inputs")
    }
    let isLarge = model.parameters.count > Self.largestShared
    let work = OrderedWork<Range<Int>, PredictedPiece>(threads: isLarge ? 1 : threads) {
      let predictor = try PiecePredictor(
        model, threads: isLarge ? .automatic : .exactly(1), encoder, nil, writer, form)
      return { try predictor.predict($0, of: inputs, numbers) }
    }
    var isFirst = true
    func handOut(_ result: PredictedPiece) throws {
      if isFirst { try writeNames(write) }
      isFirst = false
      try write(result.bytes)
    }
    let size = max(pieceSize / inputs.rowSize, 1)
    for first in stride(from: 0, to: inputs.rows, by: size) {
      try work.add(first..<min(first + size, inputs.rows), handOut)
    }
    try work.finish(handOut)
  }

  private func writeNames(_ write: ([UInt8]) throws -> Void) throws {
    guard form == .text else { return }
    try write(Array((writer.names.map(csvCell).joined(separator: ",") + "\n").utf8))
  }
}

extension MLP {
  /// Predicts the rows of the table in a file, and writes them to another as CSV, in memory that does
  /// not grow with the rows. The columns are those of `perceptron predict`.
  ///
  /// ```swift
  /// try model.predict(contentsOf: "new.csv.gz", writingTo: "predictions.csv")
  /// ```
  ///
  /// - Parameters:
  ///   - path: the table; columns are found by name, in any order.
  ///   - separator: what stands between its cells; found out where nothing is said.
  ///   - out: written to a temporary name first.
  /// - Returns: the number of rows.
  /// - Throws: `PerceptronError` when the model has no preprocessing, a column is missing, a cell cannot
  ///   be read, or a file cannot be read or written; then nothing is written.
  @specialized(where Element == Float)
  @specialized(where Element == Double)
  @discardableResult
  public func predict(
    contentsOf path: String, separator: Table.Separator = .automatic, writingTo out: String
  ) throws -> Int {
    let prediction = try StreamingPrediction(self, as: .text)
    let file = try FileWriter(out)
    let rows = try prediction.run(path, separator: separator) { try file.append($0) }
    try file.commit()
    return rows
  }
}
