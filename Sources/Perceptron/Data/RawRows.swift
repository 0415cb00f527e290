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
  /// Whether inputs stay bytes.
  private let areImages: Bool

  package var origin: String { name }
  package var rows: Int { split.rows }
  package var trainingRows: Int { split.trainingRows }

  package func memory(ofRowIn precision: Precision) -> Int {
    let number = precision == .float ? 4 : 8
    return (areImages ? inputs : inputs * number) + outputs * number
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
    options: DatasetOptions, heldOut share: Double, seed: UInt64, like known: Preprocessing? = nil
  ) throws {
    try known?.checkTakesArrays(inputs, targets)
    try self.init(
      inputs, targets, name: inputs.name, options: options,
      RowSplit(share: share, seed: seed)
    ) { split in
      StreamingFit(
        name: inputs.name, inputs: names.inputs, targets: names.targets, options: options,
        split: split)
    } preprocessing: {
      try known ?? $0.preprocessing()
    }
    if targets.columns == 0 || names.inputs.isEmpty { misuse("arrays without columns") }
  }

  /// Images and labels, as `LabelledImages` has them in memory.
  ///
  /// - Parameter pixelNames: a name for each pixel.
  init(
    images: NumberFile, labels: NumberFile, pixelNames: [String], heldOut share: Double,
    seed: UInt64
  ) throws {
    var largest = 0
    try labels.forEachPiece(of: 0..<labels.rows) { _, bytes in
      largest = max(largest, Int(bytes.max() ?? 0))
    }
    let preprocessing = LabelledImages.preprocessing(
      pixelNames, classes: LabelledImages.classes(largestLabel: largest))
    try self.init(
      images, labels, name: images.name, areImages: true,
      options: DatasetOptions(task: .classification), RowSplit(share: share, seed: seed)
    ) { split in
      StreamingFit(
        name: images.name, inputs: [], targets: ["label"],
        options: DatasetOptions(task: .regression), split: split)
    } preprocessing: { _ in
      preprocessing
    }
  }

  private init(
    _ inputs: NumberFile, _ targets: NumberFile, name: String, areImages: Bool = false,
    options: DatasetOptions, _ rule: RowSplit, fit: (RowSplit) -> StreamingFit,
    preprocessing: (StreamingFit) throws -> Preprocessing
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
          if !areImages { inputs.decode(bytes, row: row - piece.lowerBound, into: &x) }
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
    let encoder = try preprocessing(learned)
    self.name = name
    self.preprocessing = encoder
    self.areImages = areImages
    self.options = DatasetOptions(task: encoder.task, scaling: options.scaling)
    self.split = split
    files = (inputs, targets)
    outputs = encoder.standardOutputs
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
    guard areImages else {
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
        scale: LabelledImages.scale), targets: targets, selection: nil)
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
    // The codes of the numbers that are classes, for every target.
    let codes = preprocessing.targets.map { target -> [Double: Int]? in
      guard case .classes(let names) = target.kind else { return nil }
      return Dictionary(
        uniqueKeysWithValues: names.enumerated().map { (Double($1) ?? .nan, $0) })
    }
    var numbers = [Double](repeating: 0, count: files.targets.columns)
    var result = Matrix<Element>(rows: count, columns: outputs)
    var row = 0
    for rows in wanted {
      try files.targets.forEach(rows) { _, bytes in
        files.targets.decode(bytes, row: 0, into: &numbers)
        for (place, target) in preprocessing.targets.enumerated() {
          switch (target.kind, codes[place]) {
          case (.number(let shift, let scale), _):
            result[row, place] = Element((numbers[place] - shift) / scale)
          case (.classes, let codes?):
            guard let code = codes[numbers[place]] else {
              throw PerceptronError(
                .dataset, "\(numbers[place]) is none of the classes", file: files.targets.name)
            }
            if outputs == preprocessing.targets.count {
              result[row, place] = code == 1 ? 1 : 0
            } else {
              result[row, code] = 1
            }
          case (.classes, nil): misuse("classes have codes")
          }
        }
        row += 1
      }
    }
    return result
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
