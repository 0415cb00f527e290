/// Rows read to where others were: of windows that take turns none costs new memory.
extension StoredRows {
  /// The rows of several ranges, one behind the other.
  ///
  /// - Parameter old: rows that are not needed any more; where nobody else has them, the new ones are
  ///   written over them. Nil afterwards.
  /// - Throws: `PerceptronError` when the files cannot be read any more, or hold what is no number.
  @specialized(where Element == Float)
  @specialized(where Element == Double)
  package func examples<Element: Scalar>(
    _ parts: [Range<Int>], over old: inout Examples<Element>?
  ) throws -> Examples<Element> {
    var (inputs, targets) = Examples.numbers(takenFrom: &old)
    let rows = parts.reduce(0) { $0 + $1.count }
    try read(inputsPath, parts, columns: self.inputs, into: &inputs)
    try read(targetsPath, parts, columns: outputs, into: &targets)
    return Examples(
      inputs: Matrix(rows: rows, columns: self.inputs, values: inputs),
      targets: Matrix(rows: rows, columns: outputs, values: targets))
  }

  /// T of some of the rows.
  package func targets<Element: Scalar>(_ part: Range<Int>) throws -> Matrix<Element> {
    var values: [Element] = []
    try read(targetsPath, [part], columns: outputs, into: &values)
    return Matrix(rows: part.count, columns: outputs, values: values)
  }

  /// Numbers that are read at a time: they are looked at while they are in a core's cache.
  private static var pieceCount: Int { 1 << 16 }

  @specialized(where Element == Float)
  @specialized(where Element == Double)
  private func read<Element: Scalar>(
    _ path: String, _ parts: [Range<Int>], columns: Int, into values: inout [Element]
  ) throws {
    let count = parts.reduce(0) { $0 + $1.count } * columns
    if values.capacity < count {
      // The old memory is free before there is new.
      values = []
      values.reserveCapacity(count)
    }
    if values.count > count {
      values.removeLast(values.count - count)
    } else {
      values.append(contentsOf: repeatElement(0, count: count - values.count))
    }
    let reader = try FileReader(path)
    let size = MemoryLayout<Float>.size
    var piece: [Float] = []
    if Element.precision != .float {
      piece = Array(repeating: 0, count: min(Self.pieceCount, count))
    }
    try values.withUnsafeMutableBufferPointer { values in
      var done = 0
      for part in parts {
        var first = part.lowerBound * columns
        while first < part.upperBound * columns {
          let count = min(Self.pieceCount, part.upperBound * columns - first)
          try Self.numbers(in: values, from: done, count, through: &piece) { numbers in
            try reader.read(
              at: Self.headerSize + first * size, into: UnsafeMutableRawBufferPointer(numbers))
            if let wrong = firstNonFinite(numbers) {
              throw PerceptronError(.dataset, "it holds \(wrong), not a finite number", file: path)
            }
          }
          first += count
          done += count
        }
      }
    }
  }

  /// Lets `body` write some of the values as `Float`: in place, or through a piece of memory.
  @inline(__always)
  private static func numbers<Element: Scalar>(
    in values: UnsafeMutableBufferPointer<Element>, from first: Int, _ count: Int,
    through piece: inout [Float],
    _ body: (UnsafeMutableBufferPointer<Float>) throws -> Void
  ) throws {
    let place = values.baseAddress.unsafelyUnwrapped + first
    if Element.precision == .float {
      let start = UnsafeMutableRawPointer(place).assumingMemoryBound(to: Float.self)
      return try body(UnsafeMutableBufferPointer(start: start, count: count))
    }
    try piece.withUnsafeMutableBufferPointer { piece in
      try body(UnsafeMutableBufferPointer(rebasing: piece[..<count]))
      for k in 0..<count { place[k] = Element(piece[k]) }
    }
  }
}

/// The first that is infinite or no number.
///
/// All bits of its exponent are 1: a number more in their last place carries to the sign's. Written so
/// that several are looked at in one instruction.
private func firstNonFinite(_ numbers: UnsafeMutableBufferPointer<Float>) -> Float? {
  let exponent: UInt32 = 0x7F80_0000
  var carries: UInt32 = 0
  for number in numbers { carries |= (number.bitPattern & exponent) &+ 0x0080_0000 }
  return carries >> 31 == 0 ? nil : numbers.first { !$0.isFinite }
}

extension Examples {
  /// Inputs and targets, out of the examples.
  fileprivate static func numbers(
    takenFrom examples: inout Examples?
  ) -> (inputs: [Element], targets: [Element]) {
    defer { examples = nil }
    guard let found = examples, case .numbers(let inputs) = found.source else { return ([], []) }
    return (inputs.values, found.allTargets.values)
  }
}
