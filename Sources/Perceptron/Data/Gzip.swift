/// Files compressed by gzip (RFC 1952).
enum Gzip {
  /// The most that one byte of compressed data can stand for: a match of 258 bytes in two bits.
  static let largestRatio = 1032

  /// Whether `bytes` begin as gzip files do.
  static func isCompressed(_ bytes: some Collection<UInt8>) -> Bool {
    bytes.starts(with: [0x1F, 0x8B])
  }

  /// Decompresses a file, all of its members one after the other, into `output`.
  ///
  /// Headers and both checksums of a member are checked, where its end is reached.
  ///
  /// - Returns: the number of bytes written, and whether the file has more than `output` holds.
  /// - Throws: ``PerceptronError`` with the offset at which `bytes`, the content of the file called
  ///   `name`, end too soon or are damaged.
  static func decompress(
    _ bytes: UnsafeBufferPointer<UInt8>, into output: UnsafeMutableBufferPointer<UInt8>,
    name: String
  ) throws -> (count: Int, isCutShort: Bool) {
    var inflate = Inflate(into: output)
    var reader = BitReader(bytes, from: 0)
    do throws(Inflate.Failure) {
      repeat {
        let start = inflate.count
        try header(&reader, in: bytes)
        try inflate.blocks(&reader)
        reader.alignToByte()
        let content = UnsafeBufferPointer(output).part(start..<inflate.count)
        guard try number(&reader) == CRC32.checksum(content) else {
          throw .damaged("the content does not have the checksum that stands here")
        }
        guard try number(&reader) == UInt32(truncatingIfNeeded: content.count) else {
          throw .damaged("the content does not have the length that stands here")
        }
        reader.alignToByte()
      } while try hasMember(after: reader.offset, in: bytes)
    } catch {
      if error == .full { return (inflate.count, true) }
      throw failure(error, at: reader.offset, of: bytes.count, name)
    }
    return (inflate.count, false)
  }

  /// Decompresses a file piece by piece, in constant memory, and hands out every piece.
  ///
  /// - Throws: as the other form does, and what `body` throws.
  static func decompress(
    _ bytes: UnsafeBufferPointer<UInt8>, name: String,
    _ body: (UnsafeBufferPointer<UInt8>) throws -> Void
  ) throws {
    let window = UnsafeMutableBufferPointer<UInt8>.allocate(capacity: Inflate.reach + 1 << 20)
    defer { window.deallocate() }
    var reader = BitReader(bytes, from: 0)
    // What has been handed out of the window, of the member at hand: its checksum and length.
    var done = 0
    var checksum: UInt32 = 0
    var length = 0
    var refusal: (any Error)?
    try withoutActuallyEscaping(body) { body in
      func handOut(_ count: Int) throws(Inflate.Failure) {
        let piece = UnsafeBufferPointer(window).part(done..<count)
        checksum = CRC32.checksum(piece, after: checksum)
        length += piece.count
        done = count
        do {
          try body(piece)
        } catch {
          refusal = error
          throw .full
        }
      }
      func drain(_ count: Int) throws(Inflate.Failure) -> Int {
        try handOut(count)
        let kept = min(count, Inflate.reach)
        window.baseAddress!.update(from: window.baseAddress! + (count - kept), count: kept)
        done = kept
        return kept
      }
      try withoutActuallyEscaping(drain) { drain in
        var inflate = Inflate(through: window, drain: drain)
        do throws(Inflate.Failure) {
          repeat {
            (checksum, length) = (0, 0)
            try header(&reader, in: bytes)
            try inflate.blocks(&reader)
            try handOut(inflate.count)
            reader.alignToByte()
            guard try number(&reader) == checksum else {
              throw .damaged("the content does not have the checksum that stands here")
            }
            guard try number(&reader) == UInt32(truncatingIfNeeded: length) else {
              throw .damaged("the content does not have the length that stands here")
            }
            reader.alignToByte()
          } while try hasMember(after: reader.offset, in: bytes)
        } catch {
          throw refusal ?? failure(error, at: reader.offset, of: bytes.count, name)
        }
      }
    }
  }

  private static func failure(
    _ failure: Inflate.Failure, at offset: Int, of count: Int, _ name: String
  ) -> PerceptronError {
    switch failure {
    case .truncated:
      PerceptronError(
        .file, "the compressed data end too soon, after \(grouped(count)) bytes", file: name)
    case .damaged(let what):
      PerceptronError(
        .file, "the compressed data are damaged at byte \(grouped(offset)): \(what)", file: name)
    case .full: PerceptronError(.file, "the compressed data are more than fits", file: name)
    }
  }

  /// Goes over the header of a member.
  private static func header(
    _ reader: inout BitReader, in bytes: UnsafeBufferPointer<UInt8>
  ) throws(Inflate.Failure) {
    let start = reader.offset
    let fixed = try reader.takeBytes(10)
    guard isCompressed(fixed), fixed[2] == 8 else { throw .damaged("this is no gzip header") }
    let flags = fixed[3]
    guard flags & 0xE0 == 0 else { throw .damaged("a header with unknown flags") }
    if flags & 4 != 0 {
      let length = try reader.takeBytes(2)
      _ = try reader.takeBytes(Int(length[0]) | Int(length[1]) << 8)
    }
    // The name and the comment, each up to a NUL.
    for flag: UInt8 in [8, 16] where flags & flag != 0 {
      while try reader.takeBytes(1)[0] != 0 {}
    }
    if flags & 2 != 0 {
      let expected = CRC32.checksum(bytes.part(start..<reader.offset)) & 0xFFFF
      let stored = try reader.takeBytes(2)
      guard UInt32(stored[0]) | UInt32(stored[1]) << 8 == expected else {
        throw .damaged("a header that does not have its checksum")
      }
    }
  }

  private static func number(_ reader: inout BitReader) throws(Inflate.Failure) -> UInt32 {
    let bytes = try reader.takeBytes(4)
    return UnsafeRawPointer(bytes.baseAddress!).loadUnaligned(as: UInt32.self).littleEndian
  }

  /// Whether another member follows; zeros to the end are padding.
  private static func hasMember(
    after offset: Int, in bytes: UnsafeBufferPointer<UInt8>
  ) throws(Inflate.Failure) -> Bool {
    let rest = bytes[offset...]
    if rest.allSatisfy({ $0 == 0 }) { return false }
    guard isCompressed(rest) else { throw .damaged("something else follows the compressed data") }
    return true
  }
}
