import Testing

@testable import Perceptron

/// The IDX files of the interoperability set, and what is said about those that are wrong.
@Suite struct IDXTests {
  private func read(_ name: String) throws -> IDX {
    try IDX(bytes: Fixtures.bytes("interop/idx/\(name)"), name: name)
  }

  @Test("the manifest's outcomes, dimensions and numbers")
  func interchange() throws {
    let lines = try Fixtures.bytes("interop/manifest.json").split(separator: UInt8(ascii: "\n"))
    var count = 0
    for line in lines {
      var line = line
      if line.last == UInt8(ascii: ",") { line.removeLast() }
      guard let entry = try? JSON.parse(Array(line)), entry["format"]?.string == "idx",
        let path = entry["file"]?.string, let outcome = entry["outcome"]?.string
      else { continue }
      count += 1
      let file = Result { try IDX(bytes: Fixtures.bytes("interop/" + path), name: path) }
      #expect((try? file.get()) != nil || outcome != "accept", "\(path): \(file)")
      #expect((try? file.get()) == nil || outcome != "reject", "\(path)")
      guard let array = entry["array"], let idx = try? file.get() else { continue }
      #expect(idx.dimensions == array["shape"]?.array?.compactMap(\.int), "\(path)")
      #expect(idx.numbers(as: Double.self) == array["data"]?.array?.compactMap(\.double), "\(path)")
    }
    #expect(count == 20)
  }

  @Test("bytes stay bytes, compressed or not")
  func bytes() throws {
    let plain = try read("good_images.idx3-ubyte")
    #expect(plain.type == .unsignedByte)
    #expect(plain.dimensions == [2, 3, 4])
    #expect(plain.bytes[plain.start...].prefix(3) == [156, 40, 152])
    let compressed = try read("gzip_images.idx3-ubyte.gz")
    #expect(compressed.bytes == plain.bytes)
    #expect(compressed.dimensions == plain.dimensions)
  }

  @Test(
    "what is wrong is said",
    arguments: [
      ("bad_empty.idx3-ubyte", "empty"),
      ("bad_magic.idx3-ubyte", "00 00"),
      ("bad_little_endian_magic.idx3-ubyte", "begins with 03 08 00 00"),
      ("bad_type_code.idx3-ubyte", "the type at byte 2 is 0x0a"),
      ("bad_zero_dimensions.idx", "dimensions at byte 3 is 0"),
      ("bad_truncated_header.idx3-ubyte", "3 dimensions has 16 bytes, the file 9"),
      (
        "bad_truncated_data.idx3-ubyte",
        "dimensions 2 × 3 × 4 need 24 bytes from byte 16 on, found 23"
      ),
      ("bad_extra_data.idx3-ubyte", "need 24 bytes from byte 16 on, found 25"),
      ("bad_size_overflows.idx3-ubyte", "at byte 4 are more than a file can hold"),
      ("bad_size_huge.idx3-ubyte", "found 16"),
    ])
  func refusals(_ name: String, _ message: String) {
    expectRefusal(.dataset, name, message) { _ = try read(name) }
  }

  /// A block of deflate that is stored as it is, in a gzip member.
  static func stored(_ bytes: [UInt8]) -> [UInt8] {
    func littleEndian(_ value: Int, _ count: Int) -> [UInt8] {
      (0..<count).map { UInt8(truncatingIfNeeded: value >> (8 * $0)) }
    }
    let checksum = bytes.withUnsafeBufferPointer { CRC32.checksum($0) }
    return [0x1F, 0x8B, 8, 0, 0, 0, 0, 0, 0, 255, 1] + littleEndian(bytes.count, 2)
      + littleEndian(bytes.count ^ 0xFFFF, 2) + bytes + littleEndian(Int(checksum), 4)
      + littleEndian(bytes.count, 4)
  }

  @Test("compressed files whose size is not what their header says")
  func compressedSizes() throws {
    let header: [UInt8] = [0, 0, 8, 1, 0, 0, 0, 3]
    func read(_ bytes: [UInt8]) throws { _ = try IDX(bytes: Self.stored(bytes), name: "l.gz") }
    try read(header + [1, 2, 3])
    expectRefusal(.dataset, "l.gz", "need 3 bytes from byte 8 on, found 2") {
      try read(header + [1, 2])
    }
    expectRefusal(.dataset, "need 3 bytes from byte 8 on, found more") {
      try read(header + [1, 2, 3, 4])
    }
    // A bomb: 4 GB stated in a few bytes are refused before memory is asked for.
    expectRefusal(.dataset, "need 4,294,967,295 bytes", "found at most") {
      try read([0, 0, 8, 1, 255, 255, 255, 255, 1])
    }
    expectRefusal(.file, "end too soon") {
      _ = try IDX(bytes: Array(Self.stored(header + [1, 2, 3]).dropLast()), name: "l.gz")
    }
  }
}
