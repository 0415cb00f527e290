extension Safetensors {
  /// The numbers of a tensor to be written, and with them its type in the file.
  package enum TensorValues: Sendable, Hashable {
    /// F32
    case float([Float])
    /// F64
    case double([Double])
    /// U64
    case integers([UInt64])
    /// F16, as bits
    case binary16([UInt16])
    /// BF16, as bits
    case bfloat16([UInt16])
  }

  /// A safetensors file: the same bytes for the same arguments, laid out as the format's reference
  /// writer does it. The largest numbers come first, and among tensors of one type the names
  /// decide, in the order of their bytes; spaces after the header align the data to 8 bytes.
  ///
  /// - Parameters:
  ///   - tensors: In any order. Two tensors of one name, or a number of values that is not the
  ///     product of the shape, are mistakes in the program.
  ///   - metadata: Written in this order, each key once. None at all leaves out `__metadata__`.
  /// - Throws: `PerceptronError` of kind `.modelFile` if names and metadata need more than the
  ///   100 MB the format has for them.
  package static func encode(
    tensors: [(name: String, shape: [Int], values: TensorValues)],
    metadata: [(key: String, value: String)] = []
  ) throws -> [UInt8] {
    checkNames(tensors.map(\.name) + [metadataKey])
    checkNames(metadata.map(\.key))
    let ordered = tensors.sorted { left, right in
      left.values.rank == right.values.rank
        ? left.name.utf8.lexicographicallyPrecedes(right.name.utf8)
        : left.values.rank < right.values.rank
    }

    var header: [JSON.Member] = []
    if !metadata.isEmpty {
      let members = metadata.map { JSON.Member($0.key, .string($0.value)) }
      header.append(JSON.Member(metadataKey, .object(members)))
    }
    var end = 0
    for tensor in ordered {
      guard tensor.shape.allSatisfy({ $0 >= 0 }),
        tensor.shape.reduce(1, *) == tensor.values.count
      else {
        misuse("\(tensor.values.count) values for \(tensor.name) of shape \(tensor.shape)")
      }
      let begin = end
      end += tensor.values.count * tensor.values.dtype.bits / 8
      header.append(
        JSON.Member(
          tensor.name,
          [
            "dtype": .string(tensor.values.dtype.rawValue),
            "shape": .array(tensor.shape.map { JSON($0) }),
            "data_offsets": .array([JSON(begin), JSON(end)]),
          ]))
    }

    let text = try headerText(header)
    var file: [UInt8] = []
    file.reserveCapacity(8 + text.count + end)
    append([UInt64(text.count)], to: &file)
    file += text
    for tensor in ordered {
      switch tensor.values {
      case .float(let values): append(values, to: &file)
      case .double(let values): append(values, to: &file)
      case .integers(let values): append(values, to: &file)
      case .binary16(let values), .bfloat16(let values): append(values, to: &file)
      }
    }
    return file
  }

  /// A header as it stands in the file, with the spaces that align the data.
  static func headerText(
    _ members: [JSON.Member], limit: Int = maximumHeaderLength
  ) throws -> [UInt8] {
    var text = Array(JSON.object(members).text().utf8)
    text.append(contentsOf: repeatElement(UInt8(ascii: " "), count: -text.count & 7))
    guard text.count <= limit else {
      throw PerceptronError(
        .modelFile,
        "the names and the metadata take \(text.count) bytes; the format allows \(limit)")
    }
    return text
  }

  private static func checkNames(_ names: [String]) {
    var seen: Set<ExactText> = []
    for name in names where !seen.insert(ExactText(name)).inserted {
      misuse("the name \(quoted(name)) appears twice or is reserved")
    }
  }

  /// Numbers are little-endian in the file, as they are wherever this runs.
  private static func append<Number>(_ numbers: [Number], to file: inout [UInt8]) {
    numbers.withUnsafeBytes { file.append(contentsOf: $0) }
  }
}

extension Safetensors.TensorValues {
  package var count: Int {
    switch self {
    case .float(let values): values.count
    case .double(let values): values.count
    case .integers(let values): values.count
    case .binary16(let values), .bfloat16(let values): values.count
    }
  }

  package var dtype: Safetensors.DType {
    switch self {
    case .float: .F32
    case .double: .F64
    case .integers: .U64
    case .binary16: .F16
    case .bfloat16: .BF16
    }
  }

  /// The place of the type among the data: the reference writer sorts by falling alignment, and
  /// among types of one size has an order of its own.
  fileprivate var rank: Int {
    switch self {
    case .integers: 0
    case .double: 1
    case .float: 2
    case .bfloat16: 3
    case .binary16: 4
    }
  }
}
