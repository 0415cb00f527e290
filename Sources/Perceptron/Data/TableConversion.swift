/// Makes `StoredRows` of a table that may be larger than memory: one pass learns how rows are encoded,
/// on those to learn from alone, a second one encodes all.
///
/// Where a column of numbers turns out to hold a text, the first pass begins again.
package struct TableConversion {
  /// What a user is told.
  package struct Summary: Sendable, Hashable {
    package let stored: StoredRows
    /// Rows left out because their target is missing.
    package let unlabelledRows: Int
  }

  let path: String
  let targets: [String]
  let options: DatasetOptions
  let separator: Table.Separator
  let split: RowSplit
  /// How rows are encoded, where that is not to be learned.
  let known: RowEncoding?
  let chunkSize: Int

  /// - Parameters:
  ///   - path: the table; it is read twice.
  ///   - heldOut: the share of rows held out for validation, from 0 to below 1, drawn from the seed.
  ///   - known: how rows are encoded; nil where that is learned.
  /// - Throws: `PerceptronError` for what cannot be.
  package init(
    _ path: String, targets: [String], options: DatasetOptions, separator: Table.Separator,
    heldOut: Double, seed: UInt64, like known: RowEncoding? = nil, chunkSize: Int = TableChunks.size
  ) throws {
    guard heldOut >= 0, heldOut < 1 else {
      throw PerceptronError(
        .option, "the share of validation rows must be from 0 to below 1, not \(heldOut)")
    }
    if let weightColumn = known?.preprocessing.weightColumn {
      throw PerceptronError(
        .option,
        "the model's rows have weights, \(quoted(weightColumn)), which converted rows cannot have")
    }
    if known?.preprocessing.targets.contains(where: { $0.output == .score }) ?? false {
      throw PerceptronError(
        .option, "the model learned −1 and 1, and converted rows hold 0 and 1 for two classes")
    }
    self.path = path
    self.known = known
    self.targets = known?.preprocessing.targets.map(\.name) ?? targets
    self.options = options
    self.separator = separator
    split = RowSplit(share: heldOut, seed: seed)
    self.chunkSize = chunkSize
  }

  /// Converts the table into a folder, which is made if it is not there.
  ///
  /// - Parameter progress: is told after every piece of the pass, 1 or 2, and the rows so far.
  package func write(
    to folder: String, progress: (Int, Int) -> Void = { _, _ in }
  ) throws -> Summary {
    var texts: Set<String> = []
    while true {
      do {
        let (fit, fingerprint) = try learn(texts: texts, progress)
        return try encode(fit, fingerprint: fingerprint, to: folder, progress)
      } catch let late as StreamingFit.LateText {
        texts.insert(late.column)
      }
    }
  }

  private func learn(
    texts: Set<String>, _ progress: (Int, Int) -> Void
  ) throws -> (StreamingFit, UInt64) {
    var fit: StreamingFit?
    let fingerprint = try TableChunks.forEach(path, separator: separator, chunkSize: chunkSize) {
      var grown = try fit ?? begin($0, texts: texts)
      fit = nil
      try grown.add($0)
      progress(1, grown.rows)
      fit = grown
    }
    guard let fit else { misuse("a table without rows is refused when it is read") }
    return (fit, fingerprint)
  }

  /// Nothing is learned yet of a table, whose first piece this is.
  private func begin(_ first: Table, texts: Set<String>) throws -> StreamingFit {
    if let known { return try StreamingFit(first, like: known.preprocessing, split: split) }
    return try StreamingFit(
      first, targets: targets, options: options, split: split, texts: texts)
  }

  private func encode(
    _ fit: StreamingFit, fingerprint: UInt64, to folder: String,
    _ progress: (Int, Int) -> Void
  ) throws -> Summary {
    let preprocessing = try fit.preprocessing()
    let outputs = known?.outputs ?? preprocessing.standardOutputs
    let learned = DatasetOptions(task: preprocessing.task, scaling: options.scaling)
    let stored = StoredRows(
      folder: folder, rows: fit.rows, trainingRows: fit.trainingRows,
      preprocessing: preprocessing, outputs: outputs, options: learned,
      fingerprint: contentFingerprint(
        of: [fingerprint, contentFingerprint(of: Array(preprocessing.description.text().utf8))]),
      origin: path)
    try FileSystem.makeFolder(folder)
    let description = folder + "/" + StoredRows.descriptionName
    let inputs = try FileWriter(stored.inputsPath)
    let targets = try FileWriter(stored.targetsPath)
    try inputs.append(StoredRows.header(rows: stored.rows, columns: stored.inputs))
    try targets.append(StoredRows.header(rows: stored.rows, columns: outputs))
    // Where the next row to learn from, and the next held out, goes; and the rows so far.
    var places = (learns: 0, heldOut: stored.trainingRows)
    var rows = 0
    let second = try TableChunks.forEach(path, separator: separator, chunkSize: chunkSize) {
      piece in
      let labelled = try piece.rows(withAll: self.targets)
      let heldOut = labelled.indices.map { split.isHeldOut(rows + $0) }
      rows += labelled.count
      guard rows <= stored.rows else { return }
      for isHeldOut in [false, true] {
        let part = labelled.indices.filter { heldOut[$0] == isHeldOut }.map { labelled[$0] }
        let x: Matrix<Float> = try preprocessing.encodeInputs(piece, rows: part)
        let y: Matrix<Float> = try preprocessing.encodeTargets(
          piece, rows: part, outputs: outputs)
        let place = isHeldOut ? places.heldOut : places.learns
        try Self.write(x, at: place, to: inputs)
        try Self.write(y, at: place, to: targets)
        if isHeldOut { places.heldOut += part.count } else { places.learns += part.count }
      }
      progress(2, rows)
    }
    guard second == fingerprint, rows == stored.rows else {
      throw PerceptronError(
        .file, "it was written to while it was read; try again when nobody writes to it",
        file: path)
    }
    // While the arrays are replaced the folder is not finished; before, it is what it was.
    FileSystem.remove(description)
    try inputs.commit()
    try targets.commit()
    try FileSystem.writeAtomically(
      Array((stored.description.text(pretty: true) + "\n").utf8), to: description)
    return Summary(stored: stored, unlabelledRows: fit.unlabelledRows)
  }

  private static func write(
    _ matrix: Matrix<Float>, at row: Int, to file: FileWriter
  ) throws {
    try file.write(
      matrix.values,
      at: StoredRows.headerSize + row * matrix.columns * MemoryLayout<Float>.size)
  }
}
