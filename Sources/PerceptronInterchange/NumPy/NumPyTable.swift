package import Perceptron

/// Arrays as a table, for everything that takes tables: a row for each row of the inputs, in columns
/// `x0`, `x1`, …, and behind them the targets, `y`, or `y0`, `y1`, … where there are several. Every number
/// is written so that it is read back as it was; NaN is a missing value.
package enum NumPyTable {
  /// Whether a file's name is that of an array or an archive.
  package static func isArray(_ path: String) -> Bool {
    path.hasSuffix(".npy") || isArchive(path)
  }

  /// Whether a file's name is that of an archive.
  package static func isArchive(_ path: String) -> Bool { path.hasSuffix(".npz") }

  /// The table of one file: an archive with `X`, and `y` where it has one, or an array of inputs.
  ///
  /// - Parameter model: names the columns; nil for arrays that a model is to be trained on.
  /// - Throws: `PerceptronError` when a file is no such array, or the arrays do not belong together.
  package static func table(_ path: String, like model: Preprocessing? = nil) throws -> Table {
    guard isArchive(path) else { return try table(inputs: path, targets: nil, like: model) }
    let archive = try NumPyArchive(contentsOf: path)
    return try table(
      archive.array("X"),
      archive.names.contains("y") ? archive.array("y", allowsText: true) : nil, like: model,
      name: path)
  }

  /// The table of two files.
  package static func table(
    inputs: String, targets: String?, like model: Preprocessing? = nil
  ) throws -> Table {
    try table(
      NumPyArray(contentsOf: inputs),
      targets.map { try NumPyArray(TextSource(contentsOf: $0), name: $0, allowsText: true) },
      like: model, name: inputs)
  }

  private static func table(
    _ inputs: NumPyArray, _ targets: NumPyArray?, like model: Preprocessing?, name: String
  ) throws -> Table {
    let x: Matrix<Double> = try inputs.matrix()
    guard x.rows > 0, x.columns > 0 else {
      throw PerceptronError(.dataset, "its shape \(inputs.shape) has no entries", file: inputs.name)
    }
    let y = try targets.map { try cells($0, rows: x.rows) }
    let width = y.map { $0.count / x.rows } ?? 0
    var names = ColumnNames.inputs(x.columns)
    var targetNames = width == 0 ? [] : ColumnNames.targets(width)
    if let model {
      names = model.inputs.map(\.name)
      guard names.count == x.columns else {
        throw PerceptronError(
          .dataset, "it has \(x.columns) columns, the model takes \(names.count)",
          file: inputs.name)
      }
      if width > 0 { targetNames = model.targets.map(\.name) }
      guard targetNames.count == width else {
        throw PerceptronError(
          .dataset, "it has \(width) columns, the model predicts \(targetNames.count)",
          file: targets?.name)
      }
    }
    var text = Array((names + targetNames).map(cell).joined(separator: ",").utf8) + [0x0A]
    text.reserveCapacity(8 * x.values.count)
    for row in 0..<x.rows {
      for column in 0..<x.columns {
        if column > 0 { text.append(UInt8(ascii: ",")) }
        text.append(contentsOf: NumberText.cell(x.values[row * x.columns + column]).utf8)
      }
      for column in 0..<width {
        text.append(UInt8(ascii: ","))
        text.append(contentsOf: (y?[row * width + column] ?? "").utf8)
      }
      text.append(0x0A)
    }
    return try Table(bytes: text, name: name, separator: .comma, header: .present)
  }

  /// The cells of the targets, row by row.
  private static func cells(_ array: NumPyArray, rows: Int) throws -> [String] {
    guard (1...2).contains(array.shape.count), array.shape[0] == rows, array.count > 0 else {
      throw PerceptronError(
        .dataset, "its shape \(array.shape) does not give targets for \(rows) rows of inputs",
        file: array.name)
    }
    return try array.type == nil
      ? array.texts().map(cell) : array.values(as: Double.self).map(NumberText.cell)
  }

  /// As RFC 4180 writes it.
  private static func cell(_ text: String) -> String {
    var cell = "\""
    for scalar in text.unicodeScalars {
      if scalar == "\"" { cell.unicodeScalars.append(scalar) }
      cell.unicodeScalars.append(scalar)
    }
    return cell + "\""
  }
}

extension Predictions {
  /// The predictions as an `.npy` file: for classes the probabilities, a column for each, else a score
  /// or number for each row; of several targets a column each, of labels the probability of the second
  /// value.
  package func array<Element: Scalar>(as: Element.Type) -> [UInt8] {
    let columns = arrayColumns
    let values = (0..<count).flatMap { row in columns.map { Element($0[row]) } }
    let isVector =
      switch self {
      case .numbers, .scores: true
      case .classes, .targets: false
      }
    return NumPyArray.encode(values, shape: isVector ? [count] : [count, columns.count])
  }

  private var arrayColumns: [[Double]] {
    switch self {
    case .numbers(let values): [values]
    case .scores(_, _, let scores): [scores]
    case .classes(let names, _, let probabilities):
      names.indices.map { place in probabilities.map { $0[place] } }
    case .targets(_, let parts): parts.map { $0.arrayColumns.last ?? [] }
    }
  }
}
