import Perceptron

/// Ways in which files are damaged.
enum Mutation {
  /// Damaged file `number` of a reader: one of its good or bad files, changed in one to four places.
  ///
  /// `tokens` are texts that mean something in the format: changes that keep its structure get further
  /// than those that break it.
  static func file(_ number: Int, of corpus: [[UInt8]], tokens: [[UInt8]]) -> [UInt8] {
    var random = Generator(state: UInt64(number) &* 0x2545_F491_4F6C_DD1D)
    var bytes = corpus[random.below(corpus.count)]
    for _ in 0...random.below(4) { change(&bytes, corpus, tokens, &random) }
    return bytes
  }

  private static func change(
    _ bytes: inout [UInt8], _ corpus: [[UInt8]], _ tokens: [[UInt8]], _ random: inout Generator
  ) {
    let place = random.below(bytes.count + 1)
    let end = min(place + 1 + random.below(16), bytes.count)
    switch random.below(10) {
    case 0 where place < bytes.count: bytes[place] ^= 1 << UInt8(random.below(8))
    case 1 where place < bytes.count: bytes[place] = UInt8(random.below(256))
    case 2: bytes.removeSubrange(place...)
    case 3: bytes.removeSubrange(place..<max(place, end))
    case 4: bytes.insert(contentsOf: bytes[min(place, end)..<end], at: place)
    case 5: bytes.insert(contentsOf: tokens[random.below(tokens.count)], at: place)
    case 6:
      // In place of as many bytes: lengths and offsets stay true.
      for (offset, byte) in zip(place..<bytes.count, tokens[random.below(tokens.count)]) {
        bytes[offset] = byte
      }
    case 7:
      for offset in place..<max(place, min(place + [1, 2, 4, 8][random.below(4)], bytes.count)) {
        bytes[offset] = [0, 0xFF, 0x7F, 0x80, 1][random.below(5)]
      }
    case 8:
      // A whole number, a little more or less.
      if place < bytes.count { bytes[place] &+= UInt8(truncatingIfNeeded: random.below(5) - 2) }
    default:
      // The head of this one, the tail of another.
      let other = corpus[random.below(corpus.count)]
      bytes.removeSubrange(place...)
      bytes += other.dropFirst(min(place, other.count))
    }
  }

  /// SplitMix64 (Steele, Lea and Flood 2014).
  private struct Generator {
    var state: UInt64

    mutating func below(_ bound: Int) -> Int {
      state &+= 0x9E37_79B9_7F4A_7C15
      var mixed = state
      mixed = (mixed ^ mixed >> 30) &* 0xBF58_476D_1CE4_E5B9
      mixed = (mixed ^ mixed >> 27) &* 0x94D0_49BB_1331_11EB
      return Int((mixed ^ mixed >> 31) % UInt64(bound))
    }
  }
}
