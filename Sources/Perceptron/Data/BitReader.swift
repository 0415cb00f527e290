/// Reads bits from bytes, the lowest bit of a byte first, as RFC 1951 packs them.
package struct BitReader {
  private let bytes: UnsafeBufferPointer<UInt8>
  /// The first byte that is not among `bits`.
  private var next: Int
  /// The bits to come, the next one lowest; what stands above `count` of them is not to be relied on.
  private(set) var bits: UInt64 = 0
  /// How many of `bits` have been read from the bytes.
  private(set) var count = 0

  package init(_ bytes: UnsafeBufferPointer<UInt8>, from offset: Int) {
    self.bytes = bytes
    next = offset
  }

  /// The byte that holds the next bit.
  package var offset: Int { next - count / 8 }

  /// Makes at least 56 bits ready, or all there are.
  @inline(__always)
  mutating func refill() {
    if next + 8 <= bytes.count {
      let word = UnsafeRawPointer(bytes.baseAddress! + next).loadUnaligned(as: UInt64.self)
      // What does not fit is read again the next time: the same bits in the same places.
      bits |= UInt64(littleEndian: word) << UInt64(count)
      next += (63 - count) >> 3
      count |= 56
    } else {
      while count <= 56, next < bytes.count {
        bits |= UInt64(bytes[next]) << UInt64(count)
        next += 1
        count += 8
      }
    }
  }

  /// Goes over `length` bits that are ready.
  @inline(__always)
  mutating func skip(_ length: Int) throws(Inflate.Failure) {
    guard length <= count else { throw .truncated }
    bits >>= UInt64(length)
    count -= length
  }

  /// The next `length` bits, at most 16, as a number; they must have been made ready.
  @inline(__always)
  mutating func take(_ length: Int) throws(Inflate.Failure) -> Int {
    let value = Int(truncatingIfNeeded: bits & (1 << UInt64(length) - 1))
    try skip(length)
    return value
  }

  /// Goes on to the next whole byte.
  mutating func alignToByte() {
    next = offset
    bits = 0
    count = 0
  }

  /// The next `length` bytes as they are; the reader must stand on a whole byte.
  mutating func takeBytes(_ length: Int) throws(Inflate.Failure) -> UnsafeBufferPointer<UInt8> {
    guard length <= bytes.count - next else { throw .truncated }
    defer { next += length }
    return bytes.part(next..<next + length)
  }
}
