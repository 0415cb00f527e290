import Perceptron
import Testing

/// The published known answers of Random123 (`kat_vectors`, philox4x32-10).
@Suite struct PhiloxTests {
  struct KnownAnswer: Sendable, CustomTestStringConvertible {
    let testDescription: String
    let key: UInt64
    let counter: [UInt32]
    let answer: [UInt32]
  }

  @Test(arguments: [
    KnownAnswer(
      testDescription: "zeros", key: 0, counter: [0, 0, 0, 0],
      answer: [0x6627_e8d5, 0xe169_c58d, 0xbc57_ac4c, 0x9b00_dbd8]),
    KnownAnswer(
      testDescription: "ones", key: .max, counter: [.max, .max, .max, .max],
      answer: [0x408f_276d, 0x41c8_3b0e, 0xa20b_c7c6, 0x6d54_51fd]),
    KnownAnswer(
      testDescription: "digits of pi", key: 0x299f_31d0_a409_3822,
      counter: [0x243f_6a88, 0x85a3_08d3, 0x1319_8a2e, 0x0370_7344],
      answer: [0xd16c_fe09, 0x94fd_cceb, 0x5001_e420, 0x2412_6ea1]),
  ])
  func knownAnswers(_ known: KnownAnswer) {
    let counter = known.counter
    let block = Philox(key: known.key).block((counter[0], counter[1], counter[2], counter[3]))
    #expect([block.0, block.1, block.2, block.3] == known.answer)
  }
}

/// Values pinned here were computed by a second implementation, in Python: they may never change,
/// because files rely on them.
@Suite struct RandomStreamTests {
  @Test func purposesKeepTheirNumbers() {
    let numbers = RandomStream.Purpose.allCases.map { "\($0) \($0.rawValue)" }
    #expect(
      numbers == [
        "initialisation 1", "shuffle 2", "split 3", "data 4", "check 5", "dropout 6", "folds 10",
        "trial 11", "importance 20",
      ])
  }

  @Test func wordsArePinned() {
    var stream = RandomStream(seed: 42, purpose: .initialisation)
    let words = (0..<3).map { _ in stream.next() }
    #expect(words == [0x9807_e022_2043_9b04, 0x5a93_6ff5_1f85_8d22, 0x97af_2590_207e_b3d4])

    var far = RandomStream(seed: .max, purpose: .dropout, index: .max)
    far.position = 1 << 32 + 5
    #expect(far.next() == 0xeee9_f484_3662_19ba)
  }

  @Test func distributionsArePinned() {
    var data = RandomStream(seed: 42, purpose: .data, index: 7)
    let uniforms = (0..<3).map { _ in data.uniform() }
    #expect(uniforms == [0.22313770208681494, 0.36402838484359934, 0.8320171245717242])

    var split = RandomStream(seed: 7, purpose: .split)
    let indices = (0..<6).map { _ in split.index(below: 1000) }
    #expect(indices == [453, 563, 538, 756, 73, 379])

    var layer = RandomStream(seed: 42, purpose: .initialisation, index: 3)
    let normals = (0..<4).map { _ in layer.normal() }
    let expected = [
      0.5933880214599638, -0.8317683468981875, -0.8291349157626329, 0.5696626301665934,
    ]
    // Two logarithms may differ in the last bit.
    for (normal, value) in zip(normals, expected) { #expect(abs(normal - value) < 1e-15) }
    #expect(layer.position == 4)
  }

  @Test func ordersArePinned() {
    #expect(
      RandomStream.shuffledOrder(count: 10, seed: 1, epoch: 0) == [7, 6, 8, 0, 3, 9, 5, 1, 2, 4])
    #expect(
      RandomStream.shuffledOrder(count: 10, seed: 1, epoch: 1) == [3, 9, 4, 1, 2, 5, 0, 6, 8, 7])
  }

  @Test func streamsDiffer() {
    var words: Set<UInt64> = []
    var streams = 0
    for seed in [0, 1, 1 << 32] as [UInt64] {
      for purpose in RandomStream.Purpose.allCases {
        for index in [0, 1, 2] as [UInt32] {
          for position in [0, 1, 1 << 32] as [UInt64] {
            var stream = RandomStream(seed: seed, purpose: purpose, index: index)
            stream.position = position
            words.insert(stream.next())
            streams += 1
          }
        }
      }
    }
    #expect(words.count == streams)
  }

  @Test func jumpingEqualsDrawing() {
    var sequential = RandomStream(seed: 3, purpose: .check, index: 9)
    for count in 0..<100 as Range<UInt64> {
      var jumped = RandomStream(seed: 3, purpose: .check, index: 9)
      jumped.position = count
      #expect(jumped == sequential)
      #expect(jumped.next() == sequential.next())
    }

    for _ in 0..<50 { _ = sequential.normal() }
    var resumed = RandomStream(seed: 3, purpose: .check, index: 9)
    resumed.position = sequential.position
    #expect(resumed.normal() == sequential.normal())
    #expect(resumed == sequential)
  }

  @Test func positionWrapsAround() {
    var stream = RandomStream(seed: 3, purpose: .check)
    stream.position = .max
    _ = stream.next()
    #expect(stream == RandomStream(seed: 3, purpose: .check))
  }
}

/// Sample moments at fixed seeds, so nothing here is left to chance. The tolerance is four
/// standard errors: one correct stream in 16,000 would fall outside.
@Suite struct RandomDistributionTests {
  let count = 100_000

  private func moments(_ sample: [Double]) -> (mean: Double, variance: Double) {
    let mean = sample.reduce(0, +) / Double(sample.count)
    let squares = sample.reduce(0) { $0 + ($1 - mean) * ($1 - mean) }
    return (mean, squares / Double(sample.count - 1))
  }

  /// `fourth` is the fourth central moment: the variance's own variance is (μ₄ − σ⁴) / n.
  private func expectMoments(
    of sample: [Double], mean: Double, variance: Double, fourth: Double,
    sourceLocation: SourceLocation = #_sourceLocation
  ) {
    let found = moments(sample)
    let size = Double(sample.count)
    let meanError = (variance / size).squareRoot()
    let varianceError = ((fourth - variance * variance) / size).squareRoot()
    #expect(abs(found.mean - mean) < 4 * meanError, sourceLocation: sourceLocation)
    #expect(abs(found.variance - variance) < 4 * varianceError, sourceLocation: sourceLocation)
  }

  @Test func uniform() {
    var stream = RandomStream(seed: 1, purpose: .data)
    let sample = (0..<count).map { _ in stream.uniform() }
    #expect(sample.allSatisfy { $0 >= 0 && $0 < 1 && $0 * 0x1p53 == ($0 * 0x1p53).rounded() })
    #expect(stream.position == UInt64(count))
    expectMoments(of: sample, mean: 0.5, variance: 1 / 12, fourth: 1 / 80)
  }

  @Test func uniformInARange() {
    var stream = RandomStream(seed: 2, purpose: .data)
    let sample = (0..<count).map { _ in stream.uniform(in: -3...1) }
    #expect(sample.allSatisfy { $0 >= -3 && $0 <= 1 })
    expectMoments(of: sample, mean: -1, variance: 16.0 / 12, fourth: 256.0 / 80)
    #expect(stream.uniform(in: 2...2) == 2)
  }

  @Test func normal() {
    var stream = RandomStream(seed: 3, purpose: .data)
    let sample = (0..<count).map { _ in stream.normal() }
    expectMoments(of: sample, mean: 0, variance: 1, fourth: 3)
    let size = Double(count)
    let skewness = sample.reduce(0) { $0 + $1 * $1 * $1 } / size
    #expect(abs(skewness) < 4 * (15 / size).squareRoot())
    let shares = [(1.0, 0.682689492137086), (2, 0.954499736103642), (3, 0.997300203936740)]
    for (bound, share) in shares {
      let inside = Double(sample.count { $0.magnitude < bound }) / size
      #expect(abs(inside - share) < 4 * (share * (1 - share) / size).squareRoot())
    }
    // An attempt succeeds with probability π/4, so each normal takes 4/π blocks on average.
    let rejections = 4 / Double.pi
    let error = (rejections * (rejections - 1) / size).squareRoot()
    #expect(abs(Double(stream.position) / size - rejections) < 4 * error)
  }

  @Test(arguments: [1, 2, 7, 10, 64])
  func indices(below bound: Int) {
    var stream = RandomStream(seed: 4, purpose: .data, index: UInt32(bound))
    var counts = [Int](repeating: 0, count: bound)
    for _ in 0..<count { counts[stream.index(below: bound)] += 1 }
    let share = 1 / Double(bound)
    let error = (Double(count) * share * (1 - share)).squareRoot()
    for found in counts { #expect(abs(Double(found) - Double(count) * share) <= 4 * error) }
  }

  /// 3 · 2⁶¹ indices for 8 · 2⁶¹ words: without rejection the residues modulo 3 would have the
  /// shares 3/8, 3/8 and 2/8, and no draw would take a second block.
  @Test func indicesAreUnbiased() {
    var stream = RandomStream(seed: 5, purpose: .data)
    var counts = [0, 0, 0]
    for _ in 0..<count { counts[stream.index(below: 3 << 61) % 3] += 1 }
    let error = (Double(count) * 2 / 9).squareRoot()
    for found in counts { #expect(abs(Double(found) - Double(count) / 3) < 4 * error) }
    // Accepted with probability 3/4.
    let blocks = Double(stream.position) / Double(count)
    #expect(abs(blocks - 4.0 / 3) < 4 * (4.0 / 9 / Double(count)).squareRoot())
  }

  @Test func anyIndexBelowNothingStops() async {
    await #expect(processExitsWith: .failure) {
      var stream = RandomStream(seed: 0, purpose: .data)
      _ = stream.index(below: 0)
    }
  }
}

@Suite struct RandomOrderTests {
  @Test(arguments: [0, 1, 2, 3, 1000])
  func ordersArePermutations(count: Int) {
    for epoch in 0..<5 {
      let order = RandomStream.shuffledOrder(count: count, seed: 11, epoch: epoch)
      #expect(order.sorted() == Array(0..<Int32(count)))
    }
  }

  @Test func ordersDependOnSeedAndEpoch() {
    let first = RandomStream.shuffledOrder(count: 100, seed: 1, epoch: 0)
    #expect(first == RandomStream.shuffledOrder(count: 100, seed: 1, epoch: 0))
    #expect(first != RandomStream.shuffledOrder(count: 100, seed: 1, epoch: 1))
    #expect(first != RandomStream.shuffledOrder(count: 100, seed: 2, epoch: 0))
    #expect(first != Array(0..<100))
  }

  @Test func shufflingInPlaceForgetsWhatWasThere() {
    var order = RandomStream.shuffledOrder(count: 500, seed: 1, epoch: 0)
    let before = order.withUnsafeBufferPointer { $0.baseAddress }
    for epoch in [3, 1, 3] {
      RandomStream.shuffle(&order, seed: 1, epoch: epoch)
      #expect(order == RandomStream.shuffledOrder(count: 500, seed: 1, epoch: epoch))
    }
    let after = order.withUnsafeBufferPointer { $0.baseAddress }
    #expect(before == after)
  }

  /// Each of the 24 orders of four entries, within four standard errors of its share.
  @Test func ordersAreEquallyLikely() {
    let draws = 24_000
    var counts: [[Int32]: Int] = [:]
    var stream = RandomStream(seed: 6, purpose: .check)
    for _ in 0..<draws { counts[stream.permutation(of: 4), default: 0] += 1 }
    #expect(counts.count == 24)
    let error = (Double(draws) * 1 / 24 * 23 / 24).squareRoot()
    for (order, found) in counts {
      #expect(abs(Double(found) - Double(draws) / 24) < 4 * error, "\(order)")
    }
  }
}
