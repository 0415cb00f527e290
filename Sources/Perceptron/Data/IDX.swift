/// An array from a file of the IDX format, the one MNIST is published in, plain or compressed by gzip.
///
/// The file is a magic number, the dimensions and the entries, all big-endian:
///
///     0x00 0x00 TYPE D   D × UInt32   Π dimensions × the entry
///
/// TYPE is 0x08 for unsigned bytes, 0x09 signed bytes, 0x0B 16-bit, 0x0C 32-bit integers, 0x0D
/// `Float`, 0x0E `Double`; D is the number of dimensions. Entries stay as the file has them, bytes as
/// bytes. Source: the description beside the MNIST database (LeCun, Cortes, Burges).
///
/// A compressed file is decompressed into exactly as much memory as its header asks for, and refused
/// where so few compressed bytes cannot hold that much.
public struct IDX: Sendable, Hashable {
  /// What the entries are; the raw value is the third byte of the file.
  public enum EntryType: UInt8, Sendable, Hashable, CaseIterable {
    /// 0 … 255, as in the images and labels of MNIST.
    case unsignedByte = 0x08
    /// −128 … 127.
    case signedByte = 0x09
    /// A signed integer of 2 bytes.
    case int16 = 0x0B
    /// A signed integer of 4 bytes.
    case int32 = 0x0C
    /// An IEEE 754 number of 4 bytes.
    case float = 0x0D
    /// An IEEE 754 number of 8 bytes.
    case double = 0x0E

    /// Bytes of an entry.
    public var size: Int {
      switch self {
      case .unsignedByte, .signedByte: 1
      case .int16: 2
      case .int32, .float: 4
      case .double: 8
      }
    }
  }

  /// The file, as the user named it.
  public var name: String { header.name }
  /// What an entry is, by the third byte of the file.
  public var type: EntryType { header.type }
  /// The sizes, the slowest first: images × rows × columns; at least one.
  public var dimensions: [Int] { header.dimensions }
  /// What stands before the entries.
  let header: Header
  /// The whole file, decompressed.
  let bytes: [UInt8]
  /// Where the entries begin.
  var start: Int { header.count }

  /// Reads the file at `path`.
  ///
  /// - Throws: ``PerceptronError`` with what was expected, what was found and at which byte.
  public init(contentsOf path: String) throws {
    try self.init(bytes: FileSystem.read(path), name: path)
  }

  /// Reads `bytes`, the content of a file called `name`.
  ///
  /// - Throws: as for a file.
  public init(bytes: [UInt8], name: String) throws {
    if Gzip.isCompressed(bytes) {
      (header, self.bytes) = try Self.decompress(bytes, name: name)
    } else {
      header = try Header(bytes, name: name)
      guard bytes.count == header.total else {
        throw header.wrongSize(found: grouped(bytes.count - header.count))
      }
      self.bytes = bytes
    }
  }

  private static func decompress(_ bytes: [UInt8], name: String) throws -> (Header, [UInt8]) {
    try bytes.withUnsafeBufferPointer { compressed in
      var isCutShort = false
      func inflated(_ capacity: Int) throws -> [UInt8] {
        try [UInt8](unsafeUninitializedCapacity: capacity) { buffer, count in
          (count, isCutShort) = try Gzip.decompress(
            compressed, into: UnsafeMutableBufferPointer(rebasing: buffer[..<capacity]), name: name)
        }
      }
      let header = try Header(inflated(Header.longest), name: name)
      let most = Gzip.largestRatio * compressed.count
      guard header.total <= most else {
        throw header.wrongSize(
          found: "at most \(grouped(most)) in \(grouped(compressed.count)) compressed bytes")
      }
      let content = try inflated(header.total)
      guard content.count == header.total, !isCutShort else {
        throw header.wrongSize(
          found: isCutShort ? "more" : grouped(content.count - header.count))
      }
      return (header, content)
    }
  }

  /// The number of entries.
  public var count: Int { (bytes.count - start) / type.size }

  /// The entries as numbers, rounded to `Element` where it cannot hold them.
  @specialized(where Element == Float)
  @specialized(where Element == Double)
  public func numbers<Element: Scalar>(as: Element.Type = Element.self) -> [Element] {
    bytes.withUnsafeBytes { bytes in
      func entry<Value: FixedWidthInteger>(_ index: Int, _: Value.Type) -> Value {
        let offset = start + index * MemoryLayout<Value>.size
        return Value(bigEndian: bytes.loadUnaligned(fromByteOffset: offset, as: Value.self))
      }
      return (0..<count).map { index in
        switch type {
        case .unsignedByte: Element(entry(index, UInt8.self))
        case .signedByte: Element(entry(index, Int8.self))
        case .int16: Element(entry(index, Int16.self))
        case .int32: Element(entry(index, Int32.self))
        case .float: Element(Float(bitPattern: entry(index, UInt32.self)))
        case .double: Element(Double(bitPattern: entry(index, UInt64.self)))
        }
      }
    }
  }
}

extension IDX {
  /// What stands before the entries.
  struct Header: Sendable, Hashable {
    /// With 255 dimensions.
    static let longest = 4 + 4 * 255

    let name: String
    let type: EntryType
    let dimensions: [Int]
    /// Bytes of the header, and of the whole file.
    let count: Int
    let total: Int

    init(_ bytes: [UInt8], name: String) throws {
      func refuse(_ message: String) -> PerceptronError {
        PerceptronError(.dataset, message, file: name)
      }
      func hexadecimal(_ bytes: some Sequence<UInt8>) -> String {
        bytes.map { ($0 < 16 ? "0" : "") + String($0, radix: 16) }.joined(separator: " ")
      }
      guard bytes.count >= 4 else {
        throw refuse(
          bytes.isEmpty
            ? "the file is empty; an IDX file begins with a magic number of 4 bytes"
            : "ends after \(bytes.count) bytes, within the magic number of an IDX file")
      }
      guard bytes[0] == 0, bytes[1] == 0 else {
        throw refuse(
          "begins with \(hexadecimal(bytes[..<4])); an IDX file begins with 00 00, the type and the "
            + "number of dimensions")
      }
      guard let type = EntryType(rawValue: bytes[2]) else {
        throw refuse(
          "the type at byte 2 is 0x\(hexadecimal(bytes[2...2])); IDX has "
            + EntryType.allCases.map { "0x" + hexadecimal([$0.rawValue]) }.joined(separator: ", "))
      }
      let rank = Int(bytes[3])
      guard rank > 0 else { throw refuse("the number of dimensions at byte 3 is 0") }
      count = 4 + 4 * rank
      guard bytes.count >= count else {
        throw refuse(
          "the header of \(rank) \(rank == 1 ? "dimension" : "dimensions") has \(count) bytes, the "
            + "file \(bytes.count)")
      }
      dimensions = (1...rank).map { place in
        bytes[4 * place..<4 * place + 4].reduce(0) { $0 << 8 | Int($1) }
      }
      var size = type.size
      for dimension in dimensions {
        let (product, overflows) = size.multipliedReportingOverflow(by: dimension)
        guard !overflows, product <= Int.max / 2 else {
          throw refuse(
            "dimensions \(Self.text(dimensions)) at byte 4 are more than a file can hold")
        }
        size = product
      }
      total = count + size
      self.name = name
      self.type = type
    }

    func wrongSize(found: String) -> PerceptronError {
      PerceptronError(
        .dataset,
        "dimensions \(Self.text(dimensions)) need \(grouped(total - count)) bytes from byte "
          + "\(count) on, found \(found)", file: name)
    }

    private static func text(_ dimensions: [Int]) -> String {
      dimensions.prefix(8).map { "\($0)" }.joined(separator: " × ")
        + (dimensions.count > 8 ? " × …" : "")
    }
  }
}
