import NIOCore
import Perceptron

/// What a network's outputs say, and how it is written.
struct AnswerWriter<Element: Scalar>: Sendable {
  let signature: Signature
  /// n_L
  let width: Int
  private let targets: [Preprocessing.Target]
  /// Of each target its classes, as JSON strings.
  private let labels: [[[UInt8]]]

  init(_ model: MLP<Element>, signature: Signature) {
    self.signature = signature
    width = model.outputs
    targets = model.preprocessing?.targets ?? []
    labels = targets.map { target in
      guard case .classes(let names) = target.kind else { return [] }
      return names.map { name in
        var buffer = ByteBuffer()
        buffer.writeJSON(name)
        return Array(buffer.readableBytesView)
      }
    }
  }

  /// Whether the rows have one class each, of any number.
  private var isOneClass: Bool { targets.count == 1 }

  /// The class of a row, or of one of several targets.
  func classIndex(_ row: UnsafeBufferPointer<Element>, target: Int) -> Int {
    if targets[target].output == .score { return row[target] >= 0 ? 1 : 0 }
    if width == 1 || !isOneClass { return row[target] >= 0.5 ? 1 : 0 }
    var best = 0
    for k in row.indices where row[k] > row[best] { best = k }
    return best
  }

  /// The name of a class.
  func className(_ index: Int, target: Int) -> String {
    guard case .classes(let names) = targets[target].kind else { return "" }
    return names[index]
  }

  /// One number of an output.
  @inline(__always)
  func number(_ kind: Signature.Output.Kind, _ row: UnsafeBufferPointer<Element>, _ column: Int)
    -> Element
  {
    switch kind {
    case .outputs, .label: row[column]
    case .probabilities:
      if isOneClass, width == 1 {
        column == 1 ? row[0] : Element(1 - Double(row[0]))
      } else {
        row[column]
      }
    case .prediction: prediction(row[column], target: column)
    }
  }

  /// A number in the target's own unit.
  private func prediction(_ output: Element, target: Int) -> Element {
    guard case .number(let shift, let scale) = targets[target].kind else { return output }
    return targets[target].output == .logarithm
      ? Element(Double.exp(Double(output))) : Element(Double(output) * scale + shift)
  }

  /// The elements of an output in JSON, row by row without inner brackets.
  ///
  /// - Throws: `Refusal` for a number that JSON has no word for.
  func writeData(
    _ output: Signature.Output, _ outputs: UnsafeBufferPointer<Element>, rows: Int,
    into out: inout ByteBuffer
  ) throws(Refusal) {
    out.writeInteger(UInt8(ascii: "["))
    let columns = output.columns
    for i in 0..<rows {
      let row = UnsafeBufferPointer(rebasing: outputs[i * width..<(i + 1) * width])
      for j in 0..<columns {
        if i + j > 0 { out.writeInteger(UInt8(ascii: ",")) }
        if output.kind == .label {
          out.writeBytes(labels[j][classIndex(row, target: j)])
        } else {
          out.writeJSON(try finite(number(output.kind, row, j), row: i))
        }
      }
    }
    out.writeInteger(UInt8(ascii: "]"))
  }

  /// The same as binary data: little-endian, texts with their length before them.
  func writeBinary(
    _ output: Signature.Output, _ outputs: UnsafeBufferPointer<Element>, rows: Int,
    into out: inout ByteBuffer
  ) throws(Refusal) {
    for i in 0..<rows {
      let row = UnsafeBufferPointer(rebasing: outputs[i * width..<(i + 1) * width])
      for j in 0..<output.columns {
        if output.kind == .label {
          let name = className(classIndex(row, target: j), target: j)
          out.writeInteger(UInt32(name.utf8.count), endianness: .little)
          out.writeString(name)
        } else {
          let value = try finite(number(output.kind, row, j), row: i)
          if Element.precision == .float {
            out.writeInteger(Float(value).bitPattern, endianness: .little)
          } else {
            out.writeInteger(Double(value).bitPattern, endianness: .little)
          }
        }
      }
    }
  }

  /// A row for people: `{"prediction": …, "probabilities": {…}}`.
  func writeRow(_ row: UnsafeBufferPointer<Element>, number i: Int, into out: inout ByteBuffer)
    throws(Refusal)
  {
    out.writeString("{\"prediction\":")
    if targets.count > 1 { out.writeString("{") }
    for (j, target) in targets.enumerated() {
      if targets.count > 1 { out.writeKey(target.name, isFirst: j == 0) }
      if case .classes = target.kind {
        out.writeBytes(labels[j][classIndex(row, target: j)])
      } else {
        out.writeJSON(try finite(prediction(row[j], target: j), row: i))
      }
    }
    if targets.count > 1 { out.writeString("}") }
    guard case .classes(let names) = targets[0].kind else {
      out.writeString("}")
      return
    }
    let isScore = targets[0].output == .score
    out.writeString(isScore ? ",\"scores\":{" : ",\"probabilities\":{")
    let keys = isOneClass ? (isScore ? [targets[0].name] : names) : targets.map(\.name)
    for (j, key) in keys.enumerated() {
      out.writeKey(key, isFirst: j == 0)
      out.writeJSON(try finite(number(isScore ? .outputs : .probabilities, row, j), row: i))
    }
    out.writeString("}}")
  }

  @inline(__always)
  private func finite(_ value: Element, row: Int) throws(Refusal) -> Element {
    if value.isFinite { return value }
    throw .invalid("the answer for row \(row + 1) is not a finite number")
  }
}
