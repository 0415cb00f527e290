/// Rows in files that were not made for it, such as NumPy's arrays and IDX images, read piece by piece
/// and encoded as they are read.
///
/// One pass over the files learns how numbers are scaled, what the targets are and which rows are held
/// out, by the rules of `StreamingFit`; images are not scaled by what is learned, their bytes stay
/// bytes until they enter a batch. Every row must have all its targets.
package struct RawRows: RowSource {
  package let name: String
  package let preprocessing: Preprocessing
  package let outputs: Int
  package let options: DatasetOptions
  package let fingerprint: UInt64
  /// X and T, a row in the same place of both.
  private let files: (inputs: NumberFile, targets: NumberFile)
  private let split: SplitIndex
  /// What bytes are divided by, where inputs are images and stay bytes.
  private let pixelScale: Double?
  private let codes: ClassCodes

  package var origin: String { name }
  package var rows: Int { split.rows }
  package var trainingRows: Int { split.trainingRows }

  package func memory(ofRowIn precision: Precision) -> Int {
    let number = precision == .float ? 4 : 8
    return (pixelScale == nil ? inputs * number : inputs) + outputs * number
  }

  /// Learns what there is to learn from two files.
  ///
  /// - Parameters:
  ///   - inputs: a row of numbers for each row; those that are missing are NaN.
  ///   - targets: as many rows; a column for each target.
  ///   - names: of the columns of both.
  ///   - share: of the rows that are held out; which, is drawn from the seed.
  ///   - known: how rows are encoded, where that is not to be learned from them.
  /// - Throws: `PerceptronError` where nothing can be learned from them, or `known` is of other rows.
  package init(
    inputs: NumberFile, targets: NumberFile, names: (inputs: [String], targets: [String]),
    options: DatasetOptions, heldOut share: Double, seed: UInt64, like known: RowEncoding? = nil
  ) throws {
    try known?.preprocessing.checkTakesArrays(inputs, targets)
    try self.init(
      inputs, targets, name: inputs.name, options: options,
      RowSplit(share: share, seed: seed), known: known
    ) { split in
      StreamingFit(
        name: inputs.name, inputs: names.inputs, targets: names.targets, options: options,
        split: split)
    } preprocessing: {
      try $0.preprocessing()
    }
    if targets.columns == 0 || names.inputs.isEmpty { misuse("arrays without columns") }
  }

  /// Images and labels, as `LabelledImages` has them in memory.
  ///
  /// - Parameters:
  ///   - pixelNames: a name for each pixel.
  ///   - known: how a model to train on encodes images.
  init(
    images: NumberFile, labels: NumberFile, pixelNames: [String], heldOut share: Double,
    seed: UInt64, like known: RowEncoding?
  ) throws {
    let scale = try known.map {
      try LabelledImages.scale(
        of: $0.preprocessing, pixels: images.columns, as: Float.self, name: images.name)
    }
    var largest = 0
    try labels.forEachPiece(of: 0..<labels.rows) { _, bytes in
      largest = max(largest, Int(bytes.max() ?? 0))
    }
    let preprocessing = LabelledImages.preprocessing(
      pixelNames, classes: LabelledImages.classes(largestLabel: largest))
    try self.init(
      images, labels, name: images.name, pixelScale: scale ?? LabelledImages.scale,
      options: DatasetOptions(task: .classification), RowSplit(share: share, seed: seed),
      known: known
    ) { split in
      StreamingFit(
        name: images.name, inputs: [], targets: ["label"],
        options: DatasetOptions(task: .regression), split: split)
    } preprocessing: { _ in
      preprocessing
    }
  }

  private init(
    _ inputs: NumberFile, _ targets: NumberFile, name: String, pixelScale: Double? = nil,
    options: DatasetOptions, _ rule: RowSplit, known: RowEncoding?,
    fit: (RowSplit) -> StreamingFit, preprocessing: (StreamingFit) throws -> Preprocessing
  ) throws {
    guard inputs.rows == targets.rows else {
      throw PerceptronError(
        .dataset,
        "it has \(grouped(inputs.rows)) rows, and there are targets for \(grouped(targets.rows))",
        file: inputs.name)
    }
    guard rule.share >= 0, rule.share < 1 else {
      throw PerceptronError(
        .option, "the share of validation rows must be from 0 to below 1, not \(rule.share)")
    }
    let knownCodes = known.map { ClassCodes($0.preprocessing) }
    var learned = fit(rule)
    var split = SplitIndex()
    // Two passes side by side: a piece of inputs, then the targets of the same rows.
    var fingerprints: [UInt64] = []
    var x = [Double](repeating: 0, count: inputs.columns)
    var y = [Double](repeating: 0, count: targets.columns)
    try inputs.forEachPiece(of: 0..<inputs.rows) { piece, bytes in
      fingerprints.append(contentFingerprint(of: bytes))
      try targets.forEachPiece(of: piece) { part, labels in
        fingerprints.append(contentFingerprint(of: labels))
        for row in part {
          targets.decode(labels, row: row - part.lowerBound, into: &y)
          if let wrong = y.first(where: { !$0.isFinite }) {
            throw PerceptronError(
              .dataset,
              "row \(grouped(row + 1)) has the target \(wrong); of rows that are read piece by piece "
                + "each must have one", file: targets.name)
          }
          _ = try knownCodes?.codes(y, row: row, of: targets)
          if pixelScale == nil { inputs.decode(bytes, row: row - piece.lowerBound, into: &x) }
          let isHeldOut = rule.isHeldOut(row)
          split.append(isHeldOut: isHeldOut)
          try x.withUnsafeBufferPointer { x in
            try y.withUnsafeBufferPointer { try learned.add(x, $0, isHeldOut: isHeldOut) }
          }
        }
      }
    }
    guard split.trainingRows > 1 else {
      throw PerceptronError(
        .dataset, "\(grouped(split.trainingRows)) rows are too few to learn from", file: name)
    }
    let encoder = try known?.preprocessing ?? preprocessing(learned)
    self.name = name
    self.preprocessing = encoder
    self.pixelScale = pixelScale
    codes = ClassCodes(encoder)
    self.options = DatasetOptions(task: encoder.task, scaling: options.scaling)
    self.split = split
    files = (inputs, targets)
    outputs = known?.outputs ?? encoder.standardOutputs
    fingerprint = contentFingerprint(
      of: fingerprints + [
        contentFingerprint(of: Array(encoder.description.text().utf8)), rule.seed,
        rule.share.bitPattern,
      ])
  }

  package func examples<Element: Scalar>(_ parts: [Range<Int>]) throws -> Examples<Element> {
    let wanted = parts.flatMap { split.fileRows($0) }
    let count = wanted.reduce(0) { $0 + $1.count }
    let targets: Matrix<Element> = try encodedTargets(wanted, count: count)
    guard let pixelScale else {
      let values: [Element] = try encodedInputs(wanted, count: count)
      return Examples(
        inputs: Matrix(rows: count, columns: inputs, values: values), targets: targets)
    }
    var first = 0
    let pixels = try [UInt8](unsafeUninitializedCapacity: count * inputs) { buffer, initialized in
      for rows in wanted {
        try files.inputs.forEach(rows) { place, bytes in
          UnsafeMutableRawBufferPointer(
            rebasing: UnsafeMutableRawBufferPointer(buffer)[((first + place) * inputs)...]
          ).copyMemory(from: bytes)
        }
        first += rows.count
      }
      initialized = count * inputs
    }
    return Examples(
      .bytes(
        ByteMatrix(rows: count, columns: inputs, storage: pixels, start: 0),
        scale: pixelScale), targets: targets, selection: nil)
  }

  package func targets<Element: Scalar>(_ part: Range<Int>) throws -> Matrix<Element> {
    try encodedTargets(split.fileRows(part), count: part.count)
  }

  @specialized(where Element == Float)
  @specialized(where Element == Double)
  private func encodedInputs<Element: Scalar>(
    _ wanted: [[Int]], count: Int
  ) throws -> [Element] {
    guard let encoder = NumericInputs<Element>(preprocessing.inputs) else {
      misuse("an array's column is no number")
    }
    var numbers = [Double](repeating: 0, count: encoder.width)
    return try [Element](unsafeUninitializedCapacity: count * encoder.width) {
      buffer, initialized in
      for rows in wanted {
        try files.inputs.forEach(rows) { place, bytes in
          files.inputs.decode(bytes, row: 0, into: &numbers)
          if let column = encoder.encode(
            numbers, into: buffer.baseAddress.unsafelyUnwrapped + initialized)
          {
            throw files.inputs.noFiniteNumber(
              numbers[column], row: rows[place], column: preprocessing.inputs[column].name,
              in: Element.self)
          }
          initialized += encoder.width
        }
      }
    }
  }

  private func encodedTargets<Element: Scalar>(
    _ wanted: [[Int]], count: Int
  ) throws -> Matrix<Element> {
    var numbers = [Double](repeating: 0, count: files.targets.columns)
    var result = Matrix<Element>(rows: count, columns: outputs)
    var row = 0
    for rows in wanted {
      try files.targets.forEach(rows) { place, bytes in
        files.targets.decode(bytes, row: 0, into: &numbers)
        let codes = try codes.codes(numbers, row: rows[place], of: files.targets)
        for (column, target) in preprocessing.targets.enumerated() {
          if case .number(let shift, let scale) = target.kind {
            result[row, column] = Element((numbers[column] - shift) / scale)
          } else if outputs == preprocessing.targets.count {
            result[row, column] = codes[column] == 1 ? 1 : 0
          } else {
            result[row, codes[column]] = 1
          }
        }
        row += 1
      }
    }
    return result
  }
}

/// The classes of targets that are numbers in a file.
private struct ClassCodes {
  /// For every target the code of each number that is a class; nil where any number will do.
  private let known: [[Double: Int]?]
  private let preprocessing: Preprocessing

  init(_ preprocessing: Preprocessing) {
    self.preprocessing = preprocessing
    known = preprocessing.targets.map { target in
      guard case .classes(let names) = target.kind else { return nil }
      let numbers = names.enumerated().compactMap { code, name in
        Double(name).map { ($0, code) }
      }
      // Of names that are one number the first is meant.
      return Dictionary(numbers) { first, _ in first }
    }
  }

  /// The codes of a row's targets, 0 where they are no classes.
  ///
  /// - Throws: `PerceptronError` for a number that is none of the classes.
  func codes(_ numbers: [Double], row: Int, of file: NumberFile) throws -> [Int] {
    try known.indices.map { place in
      guard let codes = known[place] else { return 0 }
      if let code = codes[numbers[place]] { return code }
      let number = numbers[place]
      let isWhole = abs(number) < 1e15 && Double(Int(number)) == number
      var message =
        "row \(grouped(row + 1)) has the target "
        + "\(isWhole ? "\(Int(number))" : "\(number)"), a class the model does not know"
      if case .classes(let names) = preprocessing.targets[place].kind {
        message += "; it knows " + names.prefix(20).map { printable($0) }.joined(separator: ", ")
      }
      throw PerceptronError(.dataset, message, file: file.name)
    }
  }
}

extension Preprocessing {
  /// - Throws: `PerceptronError` where rows of two arrays are not what it encodes.
  fileprivate func checkTakesArrays(_ inputs: NumberFile, _ targets: NumberFile) throws {
    func refuse(_ message: String, _ file: NumberFile) -> PerceptronError {
      PerceptronError(.dataset, message, file: file.name)
    }
    for column in self.inputs {
      guard case .categorical = column.encoding else { continue }
      throw refuse(
        "the column \(quoted(column.name)) of the model has categories, and arrays have numbers",
        inputs)
    }
    if let weightColumn {
      throw refuse(
        "the model's rows have weights, \(quoted(weightColumn)), and arrays have none", inputs)
    }
    for (file, count, what) in [
      (inputs, self.inputs.count, "inputs"), (targets, self.targets.count, "targets"),
    ] where file.columns != count {
      throw refuse("it has \(file.columns) columns, and the model has \(count) \(what)", file)
    }
  }
}
