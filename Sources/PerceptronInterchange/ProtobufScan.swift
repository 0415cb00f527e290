import Perceptron

/// What a protocol buffer consists of, found out before anything is made of it: whether it is well
/// formed, and how much memory its messages would take.
///
/// A message of no fields takes two bytes in a file and a hundred in memory, so that a small file
/// could ask for much. Messages that a schema does not know are skipped, not entered.
struct ProtobufScan {
  /// What the fields of a message are, by their numbers.
  struct Schema {
    var messages: [UInt64: Schema] = [:]
    /// Whole numbers of any length, several in one field.
    var packedIntegers: Set<UInt64> = []
  }

  /// Why bytes are no protocol buffer.
  struct Failure: Error {
    let offset: Int
    let message: String
  }

  private let bytes: UnsafeBufferPointer<UInt8>
  /// Bytes of memory, estimated from above.
  private(set) var memory = 0

  /// - Throws: `Failure` with the place and the reason.
  init(_ bytes: UnsafeBufferPointer<UInt8>, _ schema: Schema) throws {
    self.bytes = bytes
    try message(0..<bytes.count, schema)
  }

  /// Reads a file as a message of `schema`, refusing what would take more than eight times its size
  /// and 16 MB.
  ///
  /// - Throws: `PerceptronError` naming the file.
  static func check(
    _ bytes: UnsafeBufferPointer<UInt8>, _ schema: Schema, what: String, file: String
  ) throws {
    do {
      let scan = try ProtobufScan(bytes, schema)
      // The file itself and the numbers made of it take their share.
      guard scan.memory <= bytes.count * 4 + (12 << 20) else {
        throw PerceptronError(
          .modelFile, "it is made of too many small parts for \(what)", file: file)
      }
    } catch let failure as Failure {
      throw PerceptronError(
        .modelFile, "it is not \(what): byte \(failure.offset): \(failure.message)", file: file)
    }
  }

  private mutating func message(_ range: Range<Int>, _ schema: Schema) throws {
    var place = range.lowerBound
    while place < range.upperBound {
      let start = place
      let key = try varint(&place, range.upperBound)
      let field = key >> 3
      guard field > 0 else { throw Failure(offset: start, message: "a field of number 0") }
      switch key & 7 {
      case 0:
        _ = try varint(&place, range.upperBound)
        memory += 16
      case 1: try skip(8, &place, range.upperBound)
      case 5: try skip(4, &place, range.upperBound)
      case 2:
        let length = try varint(&place, range.upperBound)
        guard length <= UInt64(range.upperBound - place) else {
          throw Failure(
            offset: start,
            message: "a field of \(length) bytes, where \(range.upperBound - place) are left")
        }
        let content = place..<place + Int(length)
        place = content.upperBound
        if let inner = schema.messages[field] {
          memory += 512
          // Schemas are finite trees: so is this recursion.
          try message(content, inner)
        } else if schema.packedIntegers.contains(field) {
          memory += 64 + 16 * content.count
        } else {
          memory += 96 + 2 * content.count
        }
      default: throw Failure(offset: start, message: "a field of the unknown kind \(key & 7)")
      }
    }
  }

  private mutating func skip(_ count: Int, _ place: inout Int, _ end: Int) throws {
    guard count <= end - place else { throw Failure(offset: place, message: "it ends too early") }
    place += count
    memory += 16
  }

  private func varint(_ place: inout Int, _ end: Int) throws -> UInt64 {
    let start = place
    var value: UInt64 = 0
    for shift in stride(from: UInt64(0), to: 70, by: 7) {
      guard place < end else { throw Failure(offset: start, message: "it ends too early") }
      let byte = bytes[place]
      place += 1
      value |= UInt64(byte & 0x7F) &<< shift
      if byte < 0x80 { return value }
    }
    throw Failure(offset: start, message: "a number longer than 10 bytes")
  }
}
