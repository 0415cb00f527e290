/// The Castagnoli checksum of bytes, reflected polynomial 0x82F63B78, as TensorBoard's records have
/// it: CRC-32C of "123456789" is E3069283.
///
/// Source: Castagnoli, Bräuer and Herrmann, "Optimization of Cyclic Redundancy-Check Codes with 24
/// and 32 Parity Bits", IEEE Transactions on Communications, 1993.
enum CRC32C {
  private static let table: [UInt32] = (0..<256).map { byte in
    (0..<8).reduce(UInt32(byte)) { value, _ in
      value & 1 == 1 ? value >> 1 ^ 0x82F6_3B78 : value >> 1
    }
  }

  /// The checksum.
  static func checksum(_ bytes: some Sequence<UInt8>) -> UInt32 {
    var state: UInt32 = 0xFFFF_FFFF
    for byte in bytes { state = table[Int((state ^ UInt32(byte)) & 0xFF)] ^ state >> 8 }
    return ~state
  }

  /// The checksum turned and shifted, so that a checksum of checksums is no fixed point.
  static func masked(_ bytes: some Sequence<UInt8>) -> UInt32 {
    let value = checksum(bytes)
    return (value >> 15 | value << 17) &+ 0xA282_EAD8
  }
}
