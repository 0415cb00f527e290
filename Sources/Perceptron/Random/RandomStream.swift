/// A stream of random numbers that is a pure function of (seed, purpose, index, position).
///
/// Every draw takes the next block of ``Philox``, with the seed as key and the counter words
///
///     (position, low half)  (position, high half)  (index)  (purpose)
///
/// so streams never overlap, any place of a stream is reached by setting ``position``, and nothing
/// else has to be saved to resume. Integers, multiplication, real division, square root and the
/// project's own logarithm are all it computes with: the same numbers on every machine.
///
/// The standard library's `shuffled(using:)` and `random(in:using:)` accept a stream too, but do
/// not promise to draw the same way in their next version: what is saved or compared uses the
/// functions here.
public struct RandomStream: Sendable, Hashable, RandomNumberGenerator {
  /// What the numbers are for. The raw values are part of what "the same seed" means in files and
  /// must never change.
  public enum Purpose: UInt32, Sendable, Hashable, CaseIterable {
    /// Initial weights and biases; the index is the layer.
    case initialisation = 1
    /// The order of the training rows; the index is the epoch.
    case shuffle = 2
    /// Which rows are held out.
    case split = 3
    /// Generated data sets.
    case data = 4
    /// Inputs and parameters of a gradient check.
    case check = 5
    /// Dropped units; the index is the layer.
    case dropout = 6
    /// Which rows belong to which fold of a cross-validation; the index is the repetition.
    case folds = 10
    /// The settings of a trial of a search; the index is the trial.
    case trial = 11
    /// The permutations of a permutation importance; the index is the column.
    case importance = 20
  }

  private let philox: Philox
  /// What its numbers are for.
  public let purpose: Purpose
  /// Tells apart the streams of one purpose: layer, epoch, …
  public let index: UInt32
  /// The number of blocks taken so far, and the counter of the next one.
  public var position: UInt64 = 0

  /// The stream from its beginning.
  public init(seed: UInt64, purpose: Purpose, index: UInt32 = 0) {
    self.philox = Philox(key: seed)
    self.purpose = purpose
    self.index = index
  }

  /// What tells the streams of two runs apart.
  public var seed: UInt64 { philox.key }

  /// The next block as two words of 64 bits, the first made of the block's first two words.
  private mutating func nextPair() -> (UInt64, UInt64) {
    let low = UInt32(truncatingIfNeeded: position)
    let high = UInt32(truncatingIfNeeded: position >> 32)
    position &+= 1
    let block = philox.block((low, high, index, purpose.rawValue))
    return (
      UInt64(block.1) << 32 | UInt64(block.0),
      UInt64(block.3) << 32 | UInt64(block.2)
    )
  }

  /// 64 random bits: the first half of one block, the second half being discarded.
  public mutating func next() -> UInt64 {
    nextPair().0
  }

  // MARK: Distributions

  /// Uniform in [0, 1): one of the 2⁵³ multiples of 2⁻⁵³. Takes one block.
  public mutating func uniform() -> Double {
    unitInterval(next())
  }

  /// Uniform in `range`: lower + (upper − lower) u with u from ``uniform()``. Takes one block. The
  /// upper end is reached only by rounding.
  public mutating func uniform(in range: ClosedRange<Double>) -> Double {
    range.lowerBound + (range.upperBound - range.lowerBound) * uniform()
  }

  /// Uniform among 0, …, `count` − 1, without bias. Takes one block, rarely more.
  ///
  /// ⌊w n / 2⁶⁴⌋ for a random word w, rejected when the low half of w n is below 2⁶⁴ mod n, so that
  /// each result keeps the same number of words.
  ///
  /// Source: Lemire, "Fast Random Integer Generation in an Interval", ACM TOMACS 29(1), 2019.
  public mutating func index(below count: Int) -> Int {
    if count < 1 { misuse("RandomStream.index(below: \(count)): there is no such index") }
    let bound = UInt64(count)
    var product = bound.multipliedFullWidth(by: next())
    if product.low < bound {
      let rejected = (0 &- bound) % bound
      while product.low < rejected {
        product = bound.multipliedFullWidth(by: next())
      }
    }
    return Int(product.high)
  }

  /// A draw from N(0, 1). Takes one block per attempt, 4/π attempts on average.
  ///
  /// A point (x, y), uniform in the square [−1, 1)², is drawn until 0 < s = x² + y² < 1; then
  /// x √(−2 ln s / s) is normal. The method's second normal, y √(−2 ln s / s), is discarded, so
  /// that ``position`` stays the only state.
  ///
  /// Source: Marsaglia, Bray, "A Convenient Method for Generating Normal Variables", SIAM Review
  /// 6(3), 1964.
  public mutating func normal() -> Double {
    while true {
      let pair = nextPair()
      let x = 2 * unitInterval(pair.0) - 1
      let y = 2 * unitInterval(pair.1) - 1
      let square = x * x + y * y
      if square > 0, square < 1 {
        return x * (-2 * Double.log(square) / square).squareRoot()
      }
    }
  }

  // MARK: Orders

  /// 0, …, `count` − 1 in random order.
  public mutating func permutation(of count: Int) -> [Int32] {
    if count < 0 || count > Int(Int32.max) {
      misuse("RandomStream.permutation(of: \(count)): an order has 0 to \(Int32.max) entries")
    }
    var order = [Int32](repeating: 0, count: count)
    permute(&order)
    return order
  }

  /// The order in which `epoch` (counted from 0) visits `count` training rows, a function of
  /// (`count`, `seed`, `epoch`) alone.
  public static func shuffledOrder(count: Int, seed: UInt64, epoch: Int) -> [Int32] {
    var stream = shuffleStream(seed: seed, epoch: epoch)
    return stream.permutation(of: count)
  }

  /// Writes ``shuffledOrder(count:seed:epoch:)`` of as many rows as `order` has into `order`,
  /// whatever was there before, without allocating.
  public static func shuffle(_ order: inout [Int32], seed: UInt64, epoch: Int) {
    var stream = shuffleStream(seed: seed, epoch: epoch)
    stream.permute(&order)
  }

  /// Fills `order` with 0, …, n − 1 and shuffles it (Fisher–Yates, from the last entry down).
  private mutating func permute(_ order: inout [Int32]) {
    for place in order.indices { order[place] = Int32(place) }
    for last in order.indices.dropFirst().reversed() {
      order.swapAt(last, index(below: last + 1))
    }
  }

  private static func shuffleStream(seed: UInt64, epoch: Int) -> RandomStream {
    guard let index = UInt32(exactly: epoch) else {
      misuse("RandomStream: epoch \(epoch) is not between 0 and \(UInt32.max)")
    }
    return RandomStream(seed: seed, purpose: .shuffle, index: index)
  }
}

/// The upper 53 bits of `word` as a number in [0, 1).
private func unitInterval(_ word: UInt64) -> Double {
  Double(word >> 11) * 0x1p-53
}
