extension Safetensors {
  /// What is wrong with a file; `init(bytes:file:)` adds the file's name.
  struct Malformed: Error {
    let message: String

    init(_ message: String) {
      self.message = message
    }
  }

  /// The checked header of a file.
  struct Header {
    private(set) var tensors: [Tensor] = []
    private(set) var metadata: [(key: String, value: String)] = []
    private let data: Range<Int>

    init(_ bytes: [UInt8]) throws {
      let length = try Self.length(bytes)
      data = 8 + length..<bytes.count
      for member in try Self.object(bytes[8..<8 + length]) {
        if member.key == Safetensors.metadataKey {
          metadata = try Self.metadata(member.value)
        } else {
          tensors.append(try tensor(member.key, member.value))
        }
      }
      try checkCoverage()
    }

    /// The length of the header, known to fit into the file.
    private static func length(_ bytes: [UInt8]) throws -> Int {
      guard bytes.count >= 8 else {
        throw Malformed(
          "the file is \(bytes.count) bytes long; 8 are needed for the length of the header")
      }
      let length = bytes[..<8].reversed().reduce(UInt64(0)) { $0 << 8 | UInt64($1) }
      guard length <= Safetensors.maximumHeaderLength else {
        throw Malformed(
          "the header is said to be \(length) bytes long; the format allows "
            + "\(Safetensors.maximumHeaderLength) and the file has \(bytes.count)")
      }
      guard length <= bytes.count - 8 else {
        throw Malformed(
          "the header is said to be \(length) bytes long; \(bytes.count - 8) are there")
      }
      return Int(length)
    }

    private static func object(_ text: ArraySlice<UInt8>) throws -> [JSON.Member] {
      guard let first = text.first else {
        throw Malformed("the header is empty; it must be a JSON object")
      }
      guard first == UInt8(ascii: "{") else {
        throw Malformed("the header is not a JSON object: it does not begin with '{'")
      }
      do {
        return try JSON.parse(text).object ?? []
      } catch {
        throw Malformed("the header is not valid JSON: \(error)")
      }
    }

    private static func metadata(_ value: JSON) throws -> [(key: String, value: String)] {
      guard let members = value.object else {
        throw Malformed("\(Safetensors.metadataKey) is not a JSON object")
      }
      return try members.map { member in
        guard let value = member.value.string else {
          throw Malformed(
            "\(Safetensors.metadataKey): the value of \(quoted(member.key)) is not a string")
        }
        return (member.key, value)
      }
    }
  }
}

// MARK: - One tensor

extension Safetensors.Header {
  private typealias Malformed = Safetensors.Malformed

  private func tensor(_ name: String, _ description: JSON) throws -> Safetensors.Tensor {
    let tensor = "tensor \(quoted(name))"
    guard description.object != nil else {
      throw Malformed("\(tensor) is not described by a JSON object")
    }
    func field(_ key: String) throws -> JSON {
      guard let value = description[key] else { throw Malformed("\(tensor) has no \(key)") }
      return value
    }
    func integers(_ key: String) throws -> [UInt64] {
      guard let elements = try field(key).array else {
        throw Malformed("\(key) of \(tensor) is not an array")
      }
      return try elements.map { try Self.integer($0, in: "\(key) of \(tensor)") }
    }

    let dtype = try Self.dtype(field("dtype"), of: tensor)
    let shape = try integers("shape")
    let offsets = try integers("data_offsets")
    guard offsets.count == 2 else {
      throw Malformed("data_offsets of \(tensor) has \(offsets.count) numbers instead of 2")
    }
    let (begin, end) = (offsets[0], offsets[1])
    guard begin <= end else {
      throw Malformed("data_offsets [\(begin), \(end)] of \(tensor): the end is before the begin")
    }
    guard end <= data.count else {
      throw Malformed("\(tensor) ends at byte \(end) of the data; only \(data.count) are there")
    }
    let needed = try Self.byteCount(shape, dtype, of: tensor)
    guard end - begin == needed else {
      throw Malformed(
        "\(tensor): shape \(Self.brief(shape)) of \(dtype) needs \(needed) bytes; its data_offsets "
          + "[\(begin), \(end)] span \(end - begin)")
    }
    return Safetensors.Tensor(
      name: name, dtype: dtype,
      shape: try shape.map { dimension in
        guard let dimension = Int(exactly: dimension) else {
          throw Malformed("shape of \(tensor): \(dimension) is too large")
        }
        return dimension
      },
      data: data.lowerBound + Int(begin)..<data.lowerBound + Int(end))
  }

  private static func dtype(_ value: JSON, of tensor: String) throws -> Safetensors.DType {
    guard let name = value.string else { throw Malformed("dtype of \(tensor) is not a string") }
    if let dtype = Safetensors.DType(rawValue: name) { return dtype }
    let isLowerCase = Safetensors.DType(rawValue: name.uppercased()) != nil
    throw Malformed(
      "unknown dtype \(quoted(name)) of \(tensor)" + (isLowerCase ? "; dtypes are upper case" : ""))
  }

  /// A number that is an unsigned integer of 64 bits, written as one.
  private static func integer(_ value: JSON, in place: String) throws -> UInt64 {
    guard case .number(let literal) = value else {
      throw Malformed("\(place): not a number")
    }
    if let integer = UInt64(literal), literal != "-0" { return integer }
    let shown = quoted(literal)
    if literal.utf8.first == UInt8(ascii: "-") { throw Malformed("\(place): \(shown) is negative") }
    guard literal.utf8.allSatisfy((UInt8(ascii: "0")...UInt8(ascii: "9")).contains) else {
      throw Malformed("\(place): \(shown) is not an integer")
    }
    throw Malformed("\(place): \(shown) does not fit in 64 bits")
  }

  private static func byteCount(
    _ shape: [UInt64], _ dtype: Safetensors.DType, of tensor: String
  ) throws -> UInt64 {
    var bits: UInt64 = 1
    for factor in shape + [UInt64(dtype.bits)] {
      let (product, overflow) = bits.multipliedReportingOverflow(by: factor)
      guard !overflow else {
        throw Malformed("\(tensor): the size of shape \(brief(shape)) overflows 64 bits")
      }
      bits = product
    }
    guard bits.isMultiple(of: 8) else {
      throw Malformed("\(tensor): shape \(brief(shape)) of \(dtype) is not a whole number of bytes")
    }
    return bits / 8
  }

  /// A shape for a message, which is no place for a million dimensions.
  private static func brief(_ shape: [UInt64]) -> String {
    shape.count <= 8 ? "\(shape)" : "[\(shape[0]), \(shape[1]), …] (\(shape.count) dimensions)"
  }
}

// MARK: - All tensors

extension Safetensors.Header {
  /// Every byte of the data belongs to exactly one tensor.
  private func checkCoverage() throws {
    let ordered = tensors.sorted {
      ($0.data.lowerBound, $0.data.upperBound) < ($1.data.lowerBound, $1.data.upperBound)
    }
    var end = data.lowerBound
    var previous: Safetensors.Tensor?
    for tensor in ordered {
      if tensor.data.lowerBound < end, let previous {
        throw Malformed("tensors \(place(of: previous)) and \(place(of: tensor)) overlap")
      }
      if tensor.data.lowerBound > end {
        throw Malformed(
          "bytes [\(end - data.lowerBound), \(tensor.data.lowerBound - data.lowerBound)) of the "
            + "data, before tensor \(quoted(tensor.name)), belong to no tensor")
      }
      end = tensor.data.upperBound
      previous = tensor
    }
    if end < data.upperBound {
      throw Malformed("\(data.upperBound - end) bytes after the last tensor belong to none")
    }
  }

  /// `"w" [0, 24)`
  private func place(of tensor: Safetensors.Tensor) -> String {
    let begin = tensor.data.lowerBound - data.lowerBound
    return "\(quoted(tensor.name)) [\(begin), \(begin + tensor.data.count))"
  }
}
