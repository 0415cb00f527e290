/// The number types a model can be written in.
package enum StoredPrecision: String, Sendable, CaseIterable {
  /// IEEE 754 binary32.
  case f32
  /// IEEE 754 binary64.
  case f64
  /// IEEE 754 binary16: 11 bits, up to 65504.
  case f16
  /// The upper half of binary32: 8 bits, up to 3.4e38.
  case bf16

  /// The 16 bits nearest to `number`, ties to even; infinite beyond what the type holds. Nil for the
  /// other types.
  ///
  /// The spacing of the type's numbers around |x| is 2^(max(exponent, lowest) − bits); n is |x| in that
  /// unit, rounded. With the exponent counted from the lowest, adding n carries where n is a power of
  /// two, and subnormal numbers are those without a leading bit.
  package func bits(of number: Double) -> UInt16? {
    let (fractionBits, lowest, infinity): (Int, Int, Int)
    switch self {
    case .f32, .f64: return nil
    case .f16: (fractionBits, lowest, infinity) = (10, -14, 0x7C00)
    case .bf16: (fractionBits, lowest, infinity) = (7, -126, 0x7F80)
    }
    let sign = number.sign == .minus ? 0x8000 : 0
    let size = number.magnitude
    guard !size.isNaN else { return UInt16(sign | infinity | 1 << (fractionBits - 1)) }
    guard size < 0x1p+128 else { return UInt16(sign | infinity) }
    let exponent = size == 0 ? lowest : max(Int(size.exponent), lowest)
    let unit = Double(sign: .plus, exponent: exponent - fractionBits, significand: 1)
    // From 2⁵² on all numbers are whole: the sum is rounded to one, ties to even.
    let n = Int(size / unit + 0x1p+52 - 0x1p+52)
    return UInt16(sign | min(infinity, (exponent - lowest) << fractionBits + n))
  }
}

extension MLP {
  /// The bytes of the model's file with its numbers in another type, rounded once.
  ///
  /// - Parameter precision: nil keeps the model's own.
  /// - Throws: `PerceptronError` naming a number that the type cannot hold.
  package func encoded(as precision: StoredPrecision?) throws -> [UInt8] {
    switch precision {
    case nil: return try encoded()
    case .f32: return try converted(to: Float.self, name: "f32").encoded()
    case .f64: return try converted(to: Double.self, name: "f64").encoded()
    case .f16?, .bf16?:
      let isBrain = precision == .bf16
      let tensors = try ModelFile.tensors(architecture, parameters).map { name, shape, values in
        let bits = try values.doubles.map { number in
          guard let bits = precision?.bits(of: number),
            bits & 0x7FFF < (isBrain ? 0x7F80 : 0x7C00)
          else { throw Self.tooLarge(number, in: precision?.rawValue ?? "", tensor: name) }
          return bits
        }
        return (
          name: name, shape: shape,
          values: isBrain ? Safetensors.TensorValues.bfloat16(bits) : .binary16(bits)
        )
      }
      let description = try converted(to: Float.self, name: "f32").description
      return try Safetensors.encode(
        tensors: tensors,
        metadata: [("format", "pt"), (ModelFile.metadataKey, description.text())])
    }
  }

  private func converted<Other: Scalar>(
    to: Other.Type, name: String
  ) throws -> MLP<Other> {
    var result = try MLP<Other>(architecture, parameters: parameters.map { Other($0) })
    if let index = result.parameters.firstIndex(where: { !$0.isFinite }) {
      throw Self.tooLarge(Double(parameters[index]), in: name, tensor: nil)
    }
    result.preprocessing = preprocessing
    result.provenance = provenance
    return result
  }

  private static func tooLarge(
    _ number: Double, in type: String, tensor: String?
  ) -> PerceptronError {
    PerceptronError(
      .modelFile,
      (tensor.map { "tensor \(quoted($0)) holds \(number)" } ?? "the parameter \(number)")
        + ": too large for \(type)")
  }
}

extension Safetensors.TensorValues {
  /// The numbers as `Double`s, exactly; of integers none.
  fileprivate var doubles: [Double] {
    switch self {
    case .float(let values): values.map { Double($0) }
    case .double(let values): values
    case .integers, .binary16, .bfloat16: []
    }
  }
}
