import Testing

@testable import Perceptron

/// Files that gzip and zlib made, and what is left of them after damage.
@Suite struct GzipTests {
  /// What the fixtures hold.
  enum Content: String, CaseIterable {
    case text, noise, skewed, short, empty

    var bytes: [UInt8] {
      switch self {
      case .text:
        return (0..<600).flatMap { k in
          Array(
            "row \(k): \(k * k * 7919 % 1009),\(k % 13),\(["iris", "rose", "lily"][k % 3])\n".utf8)
        }
      case .noise:
        var generator = SeededGenerator(seed: 1)
        return (0..<300).map { _ in UInt8(truncatingIfNeeded: generator.next()) }
      case .skewed:
        // Symbols as frequent as Fibonacci's numbers have the longest codes there are.
        var frequencies = [1, 1]
        while frequencies.count < 17 { frequencies.append(frequencies.suffix(2).reduce(0, +)) }
        var bytes = frequencies.enumerated().flatMap { symbol, frequency in
          [UInt8](repeating: UInt8(symbol + 65), count: frequency)
        }
        var generator = SeededGenerator(seed: 2)
        for last in bytes.indices.dropFirst().reversed() {
          bytes.swapAt(last, Int(generator.next() % UInt64(last + 1)))
        }
        return bytes
      case .short: return Array("aaaaaaaaaabc".utf8)
      case .empty: return []
      }
    }
  }

  /// Decompresses into memory for `capacity` bytes, with guards behind it that must stay.
  private func decompress(
    _ compressed: [UInt8], capacity: Int
  ) throws -> (content: [UInt8], isCutShort: Bool) {
    var memory = [UInt8](repeating: 0xA5, count: capacity + 16)
    let result = try memory.withUnsafeMutableBufferPointer { memory in
      try compressed.withUnsafeBufferPointer {
        try Gzip.decompress(
          $0, into: UnsafeMutableBufferPointer(rebasing: memory[..<capacity]), name: "f.gz")
      }
    }
    #expect(memory[capacity...].allSatisfy { $0 == 0xA5 }, "written past the end")
    #expect(memory[result.count..<capacity].allSatisfy { $0 == 0xA5 }, "written past the count")
    return (Array(memory[..<result.count]), result.isCutShort)
  }

  @Test(
    "what compressors wrote",
    arguments: [
      ("text-1", [Content.text]), ("text-6", [.text]), ("text-9", [.text]),
      ("text-fixed-all-fields", [.text]), ("noise-6", [.noise]), ("skewed-huffman", [.skewed]),
      ("short-9", [.short]), ("empty-6", [.empty]), ("members", [.short, .empty, .noise]),
    ])
  func reads(_ name: String, _ contents: [Content]) throws {
    let expected = contents.flatMap(\.bytes)
    let compressed = try Fixtures.bytes("gzip/\(name).gz")
    let exact = try decompress(compressed, capacity: expected.count)
    #expect(exact.content == expected)
    #expect(!exact.isCutShort)
    let roomy = try decompress(compressed, capacity: expected.count + 100)
    #expect(roomy.content == expected)
  }

  @Test("no more is written than there is room for, at every size")
  func cutShort() throws {
    for (name, content) in [("text-fixed-all-fields", Content.text), ("noise-6", .noise)] {
      let compressed = try Fixtures.bytes("gzip/\(name).gz")
      let expected = content.bytes
      for capacity in stride(from: 0, to: min(expected.count, 400), by: 7) {
        let part = try decompress(compressed, capacity: capacity)
        #expect(part.isCutShort)
        #expect(part.content == Array(expected[..<capacity]))
      }
    }
  }

  /// Every byte flipped in three ways: what is not refused is the same content, so that the damage
  /// was in a field that says nothing about it.
  @Test("damage is refused", arguments: ["short-9", "members"])
  func damage(_ name: String) throws {
    let whole = try Fixtures.bytes("gzip/\(name).gz")
    let expected = try decompress(whole, capacity: 400).content
    var refused = 0
    for place in whole.indices {
      for mask: UInt8 in [0x01, 0x10, 0xFF] {
        var damaged = whole
        damaged[place] ^= mask
        do {
          let result = try decompress(damaged, capacity: 400)
          #expect(result.content == expected || result.isCutShort, "byte \(place)")
        } catch let error as PerceptronError {
          #expect(error.kind == .file)
          #expect(error.file == "f.gz")
          refused += 1
        }
      }
    }
    #expect(refused > whole.count * 2)
  }

  @Test("a file that ends early is refused, wherever it ends")
  func truncated() throws {
    let whole = try Fixtures.bytes("gzip/text-6.gz")
    for count in (2..<60).map(\.self) + (whole.count - 20..<whole.count) {
      let error = #expect(throws: PerceptronError.self) {
        try decompress(Array(whole[..<count]), capacity: 12_000)
      }
      #expect(error?.message.contains("end too soon") == true, "\(count): \(error?.message ?? "")")
    }
  }

  @Test("the message says where and what")
  func messages() throws {
    var whole = try Fixtures.bytes("gzip/noise-6.gz")
    whole[whole.count - 8] ^= 1
    expectRefusal(.file, "f.gz", "damaged at byte 319", "checksum") {
      _ = try decompress(whole, capacity: 400)
    }
    expectRefusal(.file, "damaged at byte 25", "something else follows") {
      _ = try decompress(Fixtures.bytes("gzip/short-9.gz") + [7], capacity: 400)
    }
  }

  /// The check value of the catalogues, and lengths around the eight bytes taken at once.
  @Test("CRC-32")
  func checksum() {
    func checksum(_ bytes: [UInt8]) -> UInt32 {
      bytes.withUnsafeBufferPointer { CRC32.checksum($0) }
    }
    #expect(checksum(Array("123456789".utf8)) == 0xCBF4_3926)
    #expect(checksum([]) == 0)
    #expect(checksum(Array(repeating: 0, count: 32)) == 0x190A_55AD)
    #expect(checksum(Array(repeating: 0xFF, count: 32)) == 0xFF6C_AB0B)
  }
}
