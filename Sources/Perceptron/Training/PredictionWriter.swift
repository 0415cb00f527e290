/// Writes what a network says, row by row: as CSV, or as the numbers of an array.
///
/// The columns are those of `Predictions`: of classes the prediction and a probability each, or one score
/// for both; a number; of several targets the same for each, of labels the probability of the second
/// value.
struct PredictionWriter<Element: Scalar>: Sendable {
  private enum Part: Sendable {
    /// The names of classes as cells of CSV.
    case classes([[UInt8]])
    case score([[UInt8]])
    case number(Preprocessing.Target, shift: Double, scale: Double)
  }

  /// For each target.
  private let parts: [Part]
  /// n_L
  private let outputs: Int
  /// The names of the columns of CSV.
  let names: [String]
  /// The numbers of a row of the array; nil where it has one dimension, a number a row.
  let arrayColumns: Int?

  init(_ preprocessing: Preprocessing, outputs: Int) {
    self.outputs = outputs
    let isAlone = preprocessing.targets.count == 1
    var names: [String] = []
    var parts: [Part] = []
    for target in preprocessing.targets {
      let suffix = isAlone ? "" : "_\(target.name)"
      names.append("prediction\(suffix)")
      switch target.kind {
      case .classes(let classes):
        let cells = classes.map { Array(csvCell($0).utf8) }
        if target.output == .score {
          parts.append(.score(cells))
          names.append("score\(suffix)")
        } else {
          parts.append(.classes(cells))
          names += isAlone ? classes.map { "probability_\($0)" } : ["probability\(suffix)"]
        }
      case .number(let shift, let scale):
        parts.append(.number(target, shift: shift, scale: scale))
      }
    }
    self.names = names
    self.parts = parts
    arrayColumns =
      switch parts[0] {
      case .classes(let cells) where isAlone: cells.count
      case .number where isAlone, .score where isAlone: nil
      default: parts.count
      }
  }

  /// Adds rows of outputs as lines of CSV.
  @specialized(where Element == Float)
  @specialized(where Element == Double)
  func appendText(_ rows: UnsafeBufferPointer<Element>, to bytes: inout [UInt8]) {
    let comma = UInt8(ascii: ",")
    for first in stride(from: 0, to: rows.count, by: outputs) {
      let row = UnsafeBufferPointer(rebasing: rows[first..<first + outputs])
      for (place, part) in parts.enumerated() {
        if place > 0 { bytes.append(comma) }
        // Of several targets each has one output.
        let own = parts.count == 1 ? row : UnsafeBufferPointer(rebasing: row[place...place])
        switch part {
        case .classes(let cells):
          bytes.append(contentsOf: cells[Classes.index(own)])
          if parts.count > 1 {
            bytes.append(comma)
            NumberText.append(own[0], to: &bytes)
          } else {
            forEachProbability(own) {
              bytes.append(comma)
              NumberText.append($0, to: &bytes)
            }
          }
        case .score(let cells):
          bytes.append(contentsOf: cells[own[0] >= 0 ? 1 : 0])
          bytes.append(comma)
          NumberText.append(own[0], to: &bytes)
        case .number(let target, let shift, let scale):
          NumberText.append(
            Element(target.number(Double(own[0]), shift: shift, scale: scale)), to: &bytes)
        }
      }
      bytes.append(ASCII.newline)
    }
  }

  /// Adds rows of outputs as the numbers of an array, little-endian as they are wherever this runs.
  @specialized(where Element == Float)
  @specialized(where Element == Double)
  func appendNumbers(_ rows: UnsafeBufferPointer<Element>, to bytes: inout [UInt8]) {
    func append(_ value: Element) {
      withUnsafeBytes(of: value) { bytes.append(contentsOf: $0) }
    }
    for first in stride(from: 0, to: rows.count, by: outputs) {
      let row = UnsafeBufferPointer(rebasing: rows[first..<first + outputs])
      for (place, part) in parts.enumerated() {
        switch part {
        case .classes where parts.count == 1: forEachProbability(row, append)
        case .classes, .score: append(row[place])
        case .number(let target, let shift, let scale):
          append(Element(target.number(Double(row[place]), shift: shift, scale: scale)))
        }
      }
    }
  }

  /// The probability of every class; one output is that of the second of two.
  @inline(__always)
  private func forEachProbability(
    _ row: UnsafeBufferPointer<Element>, _ body: (Element) -> Void
  ) {
    if row.count == 1 { body(Element(1 - Double(row[0]))) }
    for probability in row { body(probability) }
  }
}
