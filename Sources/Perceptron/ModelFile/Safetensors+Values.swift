extension Safetensors {
  /// The numbers of a tensor in row-major order.
  ///
  /// F32 becomes `Float`, F64 becomes `Double`, and F32, F16 and BF16 become a wider type, exactly.
  /// F64 becomes `Float` by rounding to the nearest. Numbers that are not finite arrive as they are.
  ///
  /// - Throws: `PerceptronError` of kind `.modelFile` if there is no tensor of this name or it
  ///   holds numbers of another type.
  @specialized(where Element == Float)
  @specialized(where Element == Double)
  package func values<Element: Scalar>(
    of name: String, as type: Element.Type = Element.self
  ) throws -> [Element] {
    let tensor = try existingTensor(named: name)
    switch tensor.dtype {
    case .F32:
      return words(of: tensor, as: UInt32.self).map { Element(Float(bitPattern: $0)) }
    case .F64:
      return words(of: tensor, as: UInt64.self).map { Element(Double(bitPattern: $0)) }
    case .F16:
      return words(of: tensor, as: UInt16.self).map { Element(Self.float(halfPrecision: $0)) }
    case .BF16:
      return words(of: tensor, as: UInt16.self).map { Element(Float(bitPattern: UInt32($0) << 16)) }
    default:
      throw mismatch(tensor, needed: "F32, F64, F16 or BF16")
    }
  }

  /// The numbers of a tensor of type U64, such as counters.
  ///
  /// - Throws: `PerceptronError` of kind `.modelFile` if there is no tensor of this name or it
  ///   holds numbers of another type.
  package func integers(of name: String) throws -> [UInt64] {
    let tensor = try existingTensor(named: name)
    guard tensor.dtype == .U64 else { throw mismatch(tensor, needed: "U64") }
    return words(of: tensor, as: UInt64.self)
  }

  private func existingTensor(named name: String) throws -> Tensor {
    guard let tensor = tensor(named: name) else {
      throw PerceptronError(.modelFile, "there is no tensor \(quoted(name))", file: file)
    }
    return tensor
  }

  private func mismatch(_ tensor: Tensor, needed: String) -> PerceptronError {
    PerceptronError(
      .modelFile, "tensor \(quoted(tensor.name)) holds \(tensor.dtype); \(needed) is needed",
      file: file)
  }

  /// The bytes of a tensor as little-endian integers of the size of its numbers.
  private func words<Word: FixedWidthInteger>(of tensor: Tensor, as type: Word.Type) -> [Word] {
    let count = tensor.data.count / MemoryLayout<Word>.size
    return bytes.withUnsafeBytes { bytes in
      Array(unsafeUninitializedCapacity: count) { words, initialized in
        UnsafeMutableRawBufferPointer(words).copyBytes(from: bytes[tensor.data])
        for index in 0..<count { words[index] = Word(littleEndian: words[index]) }
        initialized = count
      }
    }
  }

  /// The number that the 16 bits of an IEEE 754 binary16 stand for. (`Float16` is not available
  /// everywhere.)
  package static func float(halfPrecision bits: UInt16) -> Float {
    let sign = UInt32(bits & 0x8000) << 16
    let exponent = UInt32(bits >> 10 & 0x1F)
    let fraction = UInt32(bits & 0x3FF)
    let magnitude =
      switch exponent {
      case 0: (Float(fraction) * 0x1p-24).bitPattern
      case 31: Float.infinity.bitPattern | fraction << 13
      default: (exponent + 127 - 15) << 23 | fraction << 13
      }
    return Float(bitPattern: sign | magnitude)
  }
}
