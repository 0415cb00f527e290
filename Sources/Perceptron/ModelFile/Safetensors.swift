/// The content of a safetensors file: named tensors and a map of texts, checked in full.
///
/// A file is the length of the header (8 bytes, little-endian), the header (a JSON object) and the
/// data. For each tensor the header has the type of its numbers, its shape and the range of its
/// bytes, counted from the beginning of the data; `__metadata__` is the map. Format:
/// <https://github.com/huggingface/safetensors>.
package struct Safetensors: Sendable {
  /// The longest header the format allows.
  package static let maximumHeaderLength = 100_000_000

  /// The member of the header that is no tensor.
  static let metadataKey = "__metadata__"

  /// One tensor of the file; its numbers are `bytes[data]`, in row-major order.
  package struct Tensor: Sendable, Hashable {
    package let name: String
    package let dtype: DType
    package let shape: [Int]
    package let data: Range<Int>
  }

  /// The file's name, for messages.
  package let file: String
  /// The whole file.
  package let bytes: [UInt8]
  /// The tensors in the order of the header. No two share a name or a byte.
  package let tensors: [Tensor]
  /// The entries of `__metadata__` in the order of the header, each key once.
  package let metadata: [(key: String, value: String)]

  private let indices: [ExactText: Int]

  /// Checks everything the format's reference implementation checks, and in addition that no name
  /// appears twice when it is written in two ways and that the header begins with `{`. Takes
  /// memory in proportion to the file, whatever numbers it holds.
  ///
  /// - Parameters:
  ///   - bytes: The whole file.
  ///   - file: The file's name, for messages.
  /// - Throws: `PerceptronError` of kind `.modelFile` that says what is wrong, and in which tensor.
  package init(bytes: [UInt8], file: String) throws {
    do {
      let header = try Header(bytes)
      self.tensors = header.tensors
      self.metadata = header.metadata
    } catch let error as Malformed {
      throw PerceptronError(.modelFile, error.message, file: file)
    }
    self.bytes = bytes
    self.file = file
    indices = Dictionary(
      uniqueKeysWithValues: tensors.enumerated().map { (ExactText($1.name), $0) })
  }

  /// The tensor of this name; nil if there is none.
  package func tensor(named name: String) -> Tensor? {
    indices[ExactText(name)].map { tensors[$0] }
  }

  /// The metadata of this key; nil if there is none.
  package func metadata(_ key: String) -> String? {
    let key = ExactText(key)
    return metadata.first { ExactText($0.key) == key }?.value
  }
}

extension Safetensors.Tensor {
  /// How many numbers it holds: 1 if the shape is empty, 0 if a dimension is.
  package var count: Int { data.count * 8 / dtype.bits }
}

extension Safetensors {
  /// The types of numbers the format knows, under the names it gives them.
  package enum DType: String, Sendable, CaseIterable {
    case BOOL, F4, F6_E2M3, F6_E3M2, U8, I8, F8_E5M2, F8_E4M3, F8_E8M0, I16, U16, F16, BF16
    case I32, U32, F32, C64, F64, I64, U64

    /// The size of one number.
    package var bits: Int {
      switch self {
      case .F4: 4
      case .F6_E2M3, .F6_E3M2: 6
      case .BOOL, .U8, .I8, .F8_E5M2, .F8_E4M3, .F8_E8M0: 8
      case .I16, .U16, .F16, .BF16: 16
      case .I32, .U32, .F32: 32
      case .C64, .F64, .I64, .U64: 64
      }
    }
  }
}
