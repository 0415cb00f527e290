/// Philox 4×32-10: a random function instead of a random generator.
///
/// It maps a 128-bit counter to 128 random bits under a 64-bit key and keeps no state, so that any
/// place of any stream can be computed on its own. Ten rounds of
///
///     (hi₀, lo₀) = 0xD2511F53 · c₀        (hi₁, lo₁) = 0xCD9E8D57 · c₂
///     (c₀, c₁, c₂, c₃) ← (hi₁ ⊕ c₁ ⊕ k₀, lo₁, hi₀ ⊕ c₃ ⊕ k₁, lo₀)
///     k₀ ← k₀ + 0x9E3779B9                k₁ ← k₁ + 0xBB67AE85
///
/// in arithmetic modulo 2³², k₀ being the low half of the key and k₁ the high half. Integers only:
/// the same bits on every machine.
///
/// Source: Salmon, Moraes, Dror, Shaw, "Parallel Random Numbers: As Easy as 1, 2, 3", SC 2011.
public struct Philox: Sendable, Hashable {
  /// 128 bits as four words, the first being the least significant.
  public typealias Block = (UInt32, UInt32, UInt32, UInt32)

  /// Tells functions apart: the seed, for a ``RandomStream``.
  public let key: UInt64

  /// The function of this key.
  public init(key: UInt64) {
    self.key = key
  }

  /// The 128 random bits that belong to `counter`.
  public func block(_ counter: Block) -> Block {
    var word = counter
    var lowKey = UInt32(truncatingIfNeeded: key)
    var highKey = UInt32(truncatingIfNeeded: key >> 32)
    for _ in 0..<10 {
      let first = word.0.multipliedFullWidth(by: 0xD251_1F53)
      let second = word.2.multipliedFullWidth(by: 0xCD9E_8D57)
      word = (second.high ^ word.1 ^ lowKey, second.low, first.high ^ word.3 ^ highKey, first.low)
      lowKey &+= 0x9E37_79B9
      highKey &+= 0xBB67_AE85
    }
    return word
  }
}
