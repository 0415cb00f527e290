/// Makes a network's inputs of rows of numbers, where every column is one: x ↦ (x − shift) / scale, in
/// `Double`, rounded once; NaN is a missing number, and becomes what the column puts in its place.
struct NumericInputs<Element: Scalar>: Sendable {
  private struct Column: Sendable {
    let shift: Double
    let scale: Double
    let filler: Element
  }

  private let columns: [Column]

  /// n₀
  var width: Int { columns.count }

  /// - Returns: nil where a column is none of numbers.
  init?(_ inputs: [Preprocessing.InputColumn]) {
    var columns: [Column] = []
    for input in inputs {
      guard case .numeric(let imputed, let shift, let scale) = input.encoding else { return nil }
      columns.append(
        Column(shift: shift, scale: scale, filler: Element((imputed - shift) / scale)))
    }
    self.columns = columns
  }

  /// - Parameters:
  ///   - numbers: of a row, n₀ of them.
  ///   - inputs: memory for n₀.
  /// - Returns: the first column whose number is no finite one of `Element`; nil where all are.
  @inline(__always)
  func encode(_ numbers: [Double], into inputs: UnsafeMutablePointer<Element>) -> Int? {
    columns.withUnsafeBufferPointer { columns in
      var isFinite = true
      for place in columns.indices {
        let x = numbers[place]
        let column = columns[place]
        let value = x.isNaN ? column.filler : Element((x - column.shift) / column.scale)
        inputs[place] = value
        isFinite = isFinite && value.isFinite
      }
      return isFinite ? nil : columns.indices.first { !inputs[$0].isFinite }
    }
  }
}
