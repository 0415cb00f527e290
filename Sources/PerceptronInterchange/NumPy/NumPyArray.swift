public import Perceptron

/// An array of numbers from a `.npy` file, as `numpy.save` writes it, or from a member of an `.npz`.
///
/// ```swift
/// let inputs: Matrix<Float> = try NumPyArray(contentsOf: "x.npy").matrix()
/// try NumPyArray.write(model.outputs(inputs), to: "outputs.npy")
/// ```
///
/// Versions 1 to 3 of the format, C and Fortran order, either order of bytes; truth values, integers and
/// floats of up to 8 bytes become numbers, rounded to the nearest where the type asked for cannot hold
/// them. Objects, complex numbers and structures are refused by name; nothing of Python is ever run.
/// Bytes behind the array are ignored, as NumPy does. Large files are mapped.
public struct NumPyArray: Sendable {
  /// The file, and of an archive the member, for messages.
  public let name: String
  /// The sizes, the slowest first in C order; empty for one number.
  public let shape: [Int]
  let header: NumPyHeader
  private let source: TextSource
  /// Where the file's bytes for this array begin in `source`.
  private let offset: Int

  /// Reads the file at `path`.
  ///
  /// - Throws: `PerceptronError` that says what is wrong with the file.
  public init(contentsOf path: String) throws {
    try self.init(TextSource(contentsOf: path), name: path)
  }

  /// Reads `bytes`, the content of a file called `name`.
  ///
  /// - Throws: `PerceptronError` that says what is wrong with them.
  public init(bytes: [UInt8], name: String) throws { try self.init(TextSource(bytes), name: name) }

  /// - Parameters:
  ///   - part: where the array is; nil for all of the source.
  ///   - allowsText: whether it may be one of texts, whose `texts()` can be asked for.
  init(
    _ source: TextSource, name: String, part: Range<Int>? = nil, allowsText: Bool = false
  ) throws {
    do {
      header = try source.unchanged(name) {
        try source.withBytes { bytes in
          try NumPyHeader(UnsafeBufferPointer(rebasing: bytes[part ?? 0..<bytes.count]))
        }
      }
      if case .text = header.entry, !allowsText {
        throw NumPyMalformation("its dtype is text; numbers are needed")
      }
    } catch let error as NumPyMalformation {
      throw PerceptronError(.file, error.message, file: name)
    }
    self.name = name
    self.source = source
    offset = part?.lowerBound ?? 0
    shape = header.shape
  }

  /// The number of entries.
  public var count: Int { header.count }

  /// The type of the entries in the file; nil for texts.
  public var type: NumPyNumberType? {
    if case .number(let type) = header.entry { type } else { nil }
  }

  /// The entries in C order.
  ///
  /// - Throws: `PerceptronError` when a mapped file has changed meanwhile.
  @specialized(where Element == Float)
  @specialized(where Element == Double)
  public func values<Element: Scalar>(as: Element.Type = Element.self) throws -> [Element] {
    guard let type else {
      throw PerceptronError(.file, "its entries are texts; numbers are needed", file: name)
    }
    return try source.unchanged(name) {
      source.withBytes { bytes in
        let raw = UnsafeRawBufferPointer(
          rebasing: UnsafeRawBufferPointer(bytes)[(offset + header.start)...])
        switch type {
        case .bool: return entries(raw, UInt8.self) { $0 == 0 ? 0 : 1 }
        case .int8: return entries(raw, Int8.self) { Element($0) }
        case .int16: return entries(raw, Int16.self) { Element($0) }
        case .int32: return entries(raw, Int32.self) { Element($0) }
        case .int64: return entries(raw, Int64.self) { Element($0) }
        case .uint8: return entries(raw, UInt8.self) { Element($0) }
        case .uint16: return entries(raw, UInt16.self) { Element($0) }
        case .uint32: return entries(raw, UInt32.self) { Element($0) }
        case .uint64: return entries(raw, UInt64.self) { Element($0) }
        case .float16:
          return entries(raw, UInt16.self) { Element(Safetensors.float(halfPrecision: $0)) }
        case .float32: return entries(raw, UInt32.self) { Element(Float(bitPattern: $0)) }
        case .float64: return entries(raw, UInt64.self) { Element(Double(bitPattern: $0)) }
        }
      }
    }
  }

  /// The entries of an array of texts.
  func texts() throws -> [String] {
    guard case .text(let length, let isUnicode) = header.entry else {
      throw PerceptronError(.file, "its entries are not texts", file: name)
    }
    return try source.unchanged(name) {
      source.withBytes { bytes in
        let raw = UnsafeRawBufferPointer(
          rebasing: UnsafeRawBufferPointer(bytes)[(offset + header.start)...])
        return (0..<header.count).map { index in
          var text = ""
          for place in index * length..<(index + 1) * length {
            let code =
              isUnicode ? word(raw, place, UInt32.self) : UInt32(word(raw, place, UInt8.self))
            if code == 0 { break }
            text.unicodeScalars.append(Unicode.Scalar(code) ?? "\u{FFFD}")
          }
          return text
        }
      }
    }
  }

  @inline(__always)
  private func word<Word: FixedWidthInteger>(
    _ raw: UnsafeRawBufferPointer, _ index: Int, _: Word.Type
  ) -> Word {
    let word = raw.loadUnaligned(fromByteOffset: index * MemoryLayout<Word>.size, as: Word.self)
    return header.isBigEndian ? Word(bigEndian: word) : Word(littleEndian: word)
  }

  @inline(__always)
  private func entries<Word: FixedWidthInteger, Element: Scalar>(
    _ raw: UnsafeRawBufferPointer, _: Word.Type, _ number: (Word) -> Element
  ) -> [Element] {
    guard header.isFortranOrdered, shape.count > 1 else {
      return (0..<count).map { number(word(raw, $0, Word.self)) }
    }
    // The last index goes fastest in the result; in the file the first does.
    var strides = [Int](repeating: 1, count: shape.count)
    for axis in 1..<shape.count { strides[axis] = strides[axis - 1] &* shape[axis - 1] }
    var index = [Int](repeating: 0, count: shape.count)
    var place = 0
    return (0..<count).map { _ in
      let entry = number(word(raw, place, Word.self))
      for axis in shape.indices.reversed() {
        index[axis] += 1
        place += strides[axis]
        if index[axis] < shape[axis] { break }
        place -= strides[axis] * shape[axis]
        index[axis] = 0
      }
      return entry
    }
  }

  /// The array as a matrix: `[rows × columns]` as it is, a vector as one column.
  ///
  /// - Throws: `PerceptronError` for more than two dimensions.
  @specialized(where Element == Float)
  @specialized(where Element == Double)
  public func matrix<Element: Scalar>(as: Element.Type = Element.self) throws -> Matrix<Element> {
    guard (1...2).contains(shape.count) else {
      throw PerceptronError(
        .file, "its shape \(shape) is no matrix; reshape it to rows × columns", file: name)
    }
    return Matrix(
      rows: shape[0], columns: shape.count == 2 ? shape[1] : 1, values: try values(as: Element.self)
    )
  }
}
