import Perceptron

/// A constant of an ONNX file: its shape, and its numbers when they are asked for.
struct ONNXTensor {
  let message: ONNXTensorMessage
  let name: String
  let shape: [Int]
  let count: Int
  private let file: String

  /// - Throws: `PerceptronError` naming a tensor whose numbers are not there as its shape says.
  init(_ message: ONNXTensorMessage, named name: String, file: String) throws {
    self.message = message
    self.name = name
    self.file = file
    func fail(_ text: String) -> PerceptronError {
      PerceptronError(.modelFile, "tensor \(quoted(name)) \(text)", file: file)
    }
    guard !message.isExternal else {
      throw fail("has its numbers in another file, which is not opened")
    }
    let width: Int
    let stored: Int
    switch ONNXType(rawValue: message.dataType) {
    case .float: (width, stored) = (4, message.floatData.count)
    case .double: (width, stored) = (8, message.doubleData.count)
    default: throw fail("is of the type \(message.dataType), not of floats or doubles")
    }
    var count = 1
    for dimension in message.dims {
      guard dimension >= 0 else { throw fail("has the dimension \(dimension)") }
      let (product, overflow) = count.multipliedReportingOverflow(by: Int(dimension))
      guard !overflow else { throw fail("has a shape larger than any file: \(message.dims)") }
      count = product
    }
    shape = message.dims.map { Int($0) }
    self.count = count
    if let bytes = message.rawData {
      let (size, overflow) = count.multipliedReportingOverflow(by: width)
      guard stored == 0 else { throw fail("holds its numbers twice") }
      guard !overflow, size == bytes.count else {
        throw fail(
          "of shape \(shape) needs \(overflow ? "more" : "\(size)") bytes, the file has "
            + "\(bytes.count)")
      }
    } else if stored != count {
      throw fail("of shape \(shape) needs \(count) numbers, the file has \(stored)")
    }
  }

  /// The numbers, row by row.
  ///
  /// - Throws: `PerceptronError` where one is not finite.
  func values<Element: Scalar>(as: Element.Type = Element.self) throws -> [Element] {
    let isFloat = message.dataType == ONNXType.float.rawValue
    let values: [Element]
    if let raw = message.rawData {
      values = raw.withUnsafeBytes { bytes in
        (0..<count).map { k in
          isFloat
            ? Element(bytes.loadUnaligned(fromByteOffset: 4 * k, as: Float.self))
            : Element(bytes.loadUnaligned(fromByteOffset: 8 * k, as: Double.self))
        }
      }
    } else {
      values =
        isFloat ? message.floatData.map { Element($0) } : message.doubleData.map { Element($0) }
    }
    if let k = values.firstIndex(where: { !$0.isFinite }) {
      throw PerceptronError(
        .modelFile, "tensor \(quoted(name)) holds \(values[k]) at index \(k): not a finite number",
        file: file)
    }
    return values
  }
}
