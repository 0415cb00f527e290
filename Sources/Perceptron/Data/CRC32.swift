/// The checksum of gzip: the remainder modulo the polynomial 0xEDB88320 (RFC 1952, section 8).
package enum CRC32 {
  /// Eight tables of 256: entry b of table k is what byte b does when k more bytes follow.
  private static let tables: [UInt32] = {
    var tables = [UInt32](repeating: 0, count: 8 * 256)
    for byte in 0..<256 {
      var remainder = UInt32(byte)
      for _ in 0..<8 {
        remainder = remainder >> 1 ^ (remainder & 1 == 1 ? 0xEDB8_8320 : 0)
      }
      tables[byte] = remainder
    }
    for place in 256..<tables.count {
      let before = tables[place - 256]
      tables[place] = before >> 8 ^ tables[Int(before & 0xFF)]
    }
    return tables
  }()

  package static func checksum(_ bytes: UnsafeBufferPointer<UInt8>) -> UInt32 {
    checksum(bytes, after: 0)
  }

  /// The checksum of bytes that stand behind others, whose checksum is `first`.
  static func checksum(_ bytes: UnsafeBufferPointer<UInt8>, after first: UInt32) -> UInt32 {
    tables.withUnsafeBufferPointer { tables in
      var state = ~first
      var place = 0
      while place + 8 <= bytes.count {
        let word = UnsafeRawPointer(bytes.baseAddress! + place).loadUnaligned(as: UInt64.self)
        let mixed = UInt64(littleEndian: word) ^ UInt64(state)
        state = 0
        for byte in 0..<8 {
          let index = Int(truncatingIfNeeded: mixed >> UInt64(8 * byte) & 0xFF)
          state ^= tables[(7 - byte) << 8 | index]
        }
        place += 8
      }
      for byte in bytes[place...] {
        state = state >> 8 ^ tables[Int(truncatingIfNeeded: (state ^ UInt32(byte)) & 0xFF)]
      }
      return ~state
    }
  }
}
