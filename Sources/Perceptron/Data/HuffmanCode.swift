/// A prefix code of RFC 1951, section 3.2.2: given by the length of each symbol's code alone.
///
/// Codes of up to `tableBits` bits are looked up at once; the few longer ones are found length by
/// length. The memory is allocated once and filled anew for each block.
struct HuffmanCode: ~Copyable {
  private static let tableBits = 10
  private static let longest = 15

  /// For the next `tableBits` bits: symbol · 16 + length, or 0 where the code is longer or none.
  private let table: UnsafeMutablePointer<UInt16>
  /// The symbols by rising code.
  private let symbols: UnsafeMutablePointer<UInt16>
  /// How many codes have each length.
  private let counts: UnsafeMutablePointer<Int>
  private let capacity: Int

  /// A code for at most `capacity` symbols.
  init(capacity: Int) {
    self.capacity = capacity
    table = .allocate(capacity: 1 << Self.tableBits)
    symbols = .allocate(capacity: capacity)
    counts = .allocate(capacity: Self.longest + 1)
  }

  deinit {
    table.deallocate()
    symbols.deallocate()
    counts.deallocate()
  }

  /// Takes the code whose symbol s has `lengths[s]` bits, 0 for none.
  ///
  /// - Returns: false if there is no such code: more codes than bits can tell apart, or fewer. One
  ///   code of one bit, or none at all, is allowed.
  func build(_ lengths: UnsafeBufferPointer<UInt8>) -> Bool {
    counts.initialize(repeating: 0, count: Self.longest + 1)
    table.initialize(repeating: 0, count: 1 << Self.tableBits)
    symbols.initialize(repeating: 0, count: capacity)
    for length in lengths { counts[Int(length)] += 1 }
    let used = lengths.count - counts[0]
    counts[0] = 0

    var free = 1
    for length in 1...Self.longest {
      free = free << 1 - counts[length]
      if free < 0 { return false }
    }
    if free > 0, used > 1 || used != counts[1] { return false }

    // The place and the code of the first symbol of each length.
    var places = [Int](repeating: 0, count: Self.longest + 2)
    var codes = places
    for length in 1...Self.longest {
      places[length + 1] = places[length] + counts[length]
      codes[length + 1] = (codes[length] + counts[length]) << 1
    }
    for (symbol, length) in lengths.enumerated() where length > 0 {
      let length = Int(length)
      symbols[places[length]] = UInt16(symbol)
      places[length] += 1
      let code = codes[length]
      codes[length] += 1
      guard length <= Self.tableBits else { continue }
      let reversed = Int(UInt16(code).reversedBits >> UInt16(16 - length))
      for entry in stride(from: reversed, to: 1 << Self.tableBits, by: 1 << length) {
        table[entry] = UInt16(symbol << 4 | length)
      }
    }
    return true
  }

  /// Reads a symbol from bits that have been made ready.
  @inline(__always)
  func symbol(_ reader: inout BitReader) throws(Inflate.Failure) -> Int {
    let entry = table[Int(truncatingIfNeeded: reader.bits & (1 << UInt64(Self.tableBits) - 1))]
    if entry != 0 {
      try reader.skip(Int(entry & 15))
      return Int(entry >> 4)
    }
    return try longSymbol(&reader)
  }

  private func longSymbol(_ reader: inout BitReader) throws(Inflate.Failure) -> Int {
    var (code, first, place) = (0, 0, 0)
    for length in 1...Self.longest {
      code |= Int(truncatingIfNeeded: reader.bits >> UInt64(length - 1)) & 1
      let count = counts[length]
      if code - first < count {
        try reader.skip(length)
        return Int(symbols[place + code - first])
      }
      place += count
      first = (first + count) << 1
      code <<= 1
    }
    throw reader.count < Self.longest ? .truncated : .damaged("a code that stands for nothing")
  }
}

extension UInt16 {
  /// The bits in the opposite order.
  fileprivate var reversedBits: UInt16 {
    var value = self
    value = (value & 0x5555) << 1 | (value >> 1 & 0x5555)
    value = (value & 0x3333) << 2 | (value >> 2 & 0x3333)
    value = (value & 0x0F0F) << 4 | (value >> 4 & 0x0F0F)
    return value.byteSwapped
  }
}
