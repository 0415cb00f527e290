/// A 64-bit fingerprint of a file's content: the same bytes give the same number on every machine
/// and in every version. It tells data sets apart; it does not keep a forger out.
///
/// The bytes are taken as little-endian 64-bit words, the last one filled up with zeros. With the
/// offset basis and the prime of FNV-1a, each word w takes the state h to
///
///     h = (h ⊕ w) · prime;  h = h ⊕ (h >> 32)
///
/// and the length in bytes is the last word.
///
/// - Parameter visited: is told of every stretch of bytes that is done with.
func contentFingerprint(
  of bytes: UnsafeRawBufferPointer, visited: (Range<Int>) -> Void = { _ in }
) -> UInt64 {
  let stretch = 4 << 20
  var state: UInt64 = 0xCBF2_9CE4_8422_2325
  func mix(_ word: UInt64) {
    state = (state ^ word) &* 0x0000_0100_0000_01B3
    state ^= state >> 32
  }

  let wholeWords = bytes.count / 8 * 8
  for first in stride(from: 0, to: wholeWords, by: stretch) {
    let last = min(first + stretch, wholeWords)
    for offset in stride(from: first, to: last, by: 8) {
      mix(UInt64(littleEndian: bytes.loadUnaligned(fromByteOffset: offset, as: UInt64.self)))
    }
    visited(first..<last)
  }
  if wholeWords < bytes.count {
    var word: UInt64 = 0
    for byte in bytes[wholeWords...].reversed() { word = word << 8 | UInt64(byte) }
    mix(word)
  }
  mix(UInt64(bytes.count))
  return state
}

/// The fingerprint of a file's bytes.
func contentFingerprint(
  of bytes: UnsafeBufferPointer<UInt8>, visited: (Range<Int>) -> Void = { _ in }
) -> UInt64 {
  contentFingerprint(of: UnsafeRawBufferPointer(bytes), visited: visited)
}

/// The fingerprint of the bits of numbers, which are little-endian wherever this runs.
package func contentFingerprint<Number>(of numbers: [Number]) -> UInt64 {
  numbers.withUnsafeBytes { contentFingerprint(of: $0) }
}
