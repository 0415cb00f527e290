package import Perceptron

/// Arrays of NumPy that are larger than memory, as rows to learn from.
package enum NumPyRows {
  /// Headers are shorter; only what is before the numbers is looked at.
  private static let longestHeader = 1 << 20

  /// The rows of two `.npy` files, inputs and targets.
  ///
  /// - Throws: `PerceptronError` when they are no such arrays, or nothing can be learned from them.
  package static func rows(
    inputs: String, targets: String, options: DatasetOptions, heldOut: Double, seed: UInt64,
    like known: RowEncoding? = nil
  ) throws -> RawRows {
    try rows(
      file(inputs, isMatrix: true), file(targets, isMatrix: false), options: options,
      heldOut: heldOut, seed: seed, like: known)
  }

  /// The rows of an `.npz` whose members `X` and `y` are not compressed, as `numpy.savez` writes it.
  ///
  /// - Throws: as for two files.
  package static func rows(
    archive path: String, options: DatasetOptions, heldOut: Double, seed: UInt64,
    like known: RowEncoding? = nil
  ) throws -> RawRows {
    func member(_ key: String, isMatrix: Bool) throws -> NumberFile {
      let (name, offset, size) = try ZipDirectory.storedArray(key, in: path)
      return try file(path, name: name, offset: offset, size: size, isMatrix: isMatrix)
    }
    return try rows(
      member("X", isMatrix: true), member("y", isMatrix: false), options: options,
      heldOut: heldOut, seed: seed, like: known)
  }

  /// The inputs in an `.npy`, or the `X` of an `.npz`, row by row as they lie in the file.
  ///
  /// - Returns: nil where they do not, as in a compressed archive or in Fortran order: such arrays are
  ///   held to be read. So is what is no array, and reading it says why.
  package static func inputs(_ path: String) -> NumberFile? {
    guard NumPyTable.isArchive(path) else { return try? file(path, isMatrix: false) }
    guard let (name, offset, size) = try? ZipDirectory.storedArray("X", in: path) else {
      return nil
    }
    return try? file(path, name: name, offset: offset, size: size, isMatrix: false)
  }

  private static func rows(
    _ inputs: NumberFile, _ targets: NumberFile, options: DatasetOptions, heldOut: Double,
    seed: UInt64, like known: RowEncoding?
  ) throws -> RawRows {
    try RawRows(
      inputs: inputs, targets: targets,
      names: (ColumnNames.inputs(inputs.columns), ColumnNames.targets(targets.columns)),
      options: options, heldOut: heldOut, seed: seed, like: known)
  }

  /// The array that begins at a place in a file; the whole file where no size is given.
  static func file(
    _ path: String, name: String? = nil, offset: Int = 0, size: Int? = nil, isMatrix: Bool
  ) throws -> NumberFile {
    let name = name ?? path
    func refuse(_ message: String) -> PerceptronError {
      PerceptronError(.file, message, file: name)
    }
    let (bytes, total) = try NumberFile.beginning(of: path, at: offset, atMost: longestHeader)
    let header: NumPyHeader
    do {
      header = try bytes.withUnsafeBufferPointer { try NumPyHeader($0, of: size ?? total) }
    } catch let error as NumPyMalformation {
      throw refuse(error.message)
    }
    guard case .number(let type) = header.entry else {
      throw refuse("its dtype is text; rows that are read piece by piece are numbers")
    }
    let columns = header.shape.count == 1 ? 1 : header.shape.last ?? 0
    guard header.shape.count == 2 || header.shape.count == 1 && !isMatrix, header.count > 0 else {
      throw refuse("its shape \(header.shape) is not that of rows and columns")
    }
    guard !header.isFortranOrdered || columns == 1 else {
      throw refuse(
        "it is in Fortran order, column by column: save numpy.ascontiguousarray(…) to have rows")
    }
    return try NumberFile(
      path, name: name, type: type, isBigEndian: header.isBigEndian,
      offset: offset + header.start, rows: header.shape[0], columns: columns)
  }
}
