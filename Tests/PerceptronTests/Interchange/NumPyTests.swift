import Perceptron
import Testing

@testable import PerceptronInterchange

/// The NumPy files of the interoperability set, and what is written and read back.
@Suite struct NumPyTests {
  /// One row of the manifest.
  struct Row: Sendable, CustomTestStringConvertible {
    let file: String
    let outcome: String
    let array: JSON?
    var testDescription: String { file }

    /// Every file of the manifest with one of these endings.
    static func all(_ ending: String) -> [Row] {
      guard let manifest = try? Fixtures.json("interop/manifest.json") else { return [] }
      return (manifest["files"]?.array ?? []).compactMap { row in
        guard let file = row["file"]?.string, file.hasSuffix(ending),
          let outcome = row["outcome"]?.string
        else { return nil }
        return Row(file: file, outcome: outcome, array: row["array"])
      }
    }
  }

  /// What is said about a file that is refused.
  static let says = [
    "bad_empty_file": "empty", "bad_magic": "NUMPY", "bad_truncated_header": "header",
    "bad_truncated_data": "needs 96 bytes of data, 93 are there",
    "bad_header_length_past_end": "65,535", "bad_version": "9.9", "bad_object_dtype": "pickle",
    "bad_header_not_a_dict": "dictionary", "bad_header_calls_a_function": "tuple of integers",
    "bad_header_missing_shape": "no \"shape\"", "bad_shape_negative": "negative dimension",
    "bad_shape_product_overflows": "more entries than any file", "bad_shape_huge": "bytes of data",
    "bad_shape_not_a_tuple": "tuple", "unsupported_complex": "complex",
    "unsupported_structured": "structured", "unsupported_string": "text",
    "truncated": "cut short", "not_a_zip": "no .npz", "bad_crc": "CRC-32",
  ]

  @Test("No file of the manifest is left out")
  func manifest() {
    #expect(Row.all(".npy").count == 40)
    #expect(Row.all(".npz").count == 8)
  }

  @Test("Each array has the outcome of the manifest", arguments: Row.all(".npy"))
  func arrays(_ row: Row) throws {
    let bytes = try Fixtures.bytes("interop/" + row.file)
    guard row.outcome != "reject" else { return try refuse(row) { _ = try read(row, bytes) } }
    let array = try read(row, bytes)
    guard let expected = row.array else { return }
    #expect(array.shape == expected["shape"]?.array?.compactMap(\.int))
    let numbers = try #require(expected["data"]?.array).map { value in
      value.double ?? Double(value.string ?? "") ?? 1e300
    }
    let values = try array.values(as: Double.self)
    #expect(values.count == numbers.count)
    for (got, wanted) in zip(values, numbers) {
      #expect(got.bitPattern == wanted.bitPattern || got.isNaN && wanted.isNaN)
    }
    #expect(try array.values(as: Float.self).bits == numbers.map { Float($0) }.bits)
  }

  private func read(_ row: Row, _ bytes: [UInt8]) throws -> NumPyArray {
    let array = try NumPyArray(bytes: bytes, name: row.file)
    _ = try array.values(as: Double.self)
    // From a path it is the same.
    _ = try NumPyArray(contentsOf: Fixtures.path("interop/" + row.file)).values(as: Float.self)
    return array
  }

  private func refuse(_ row: Row, _ body: () throws -> Void) throws {
    let error = #expect(throws: PerceptronError.self, performing: body)
    let text = try #require(error?.description)
    let name = try #require(row.file.split(separator: "/").last?.split(separator: ".").first)
    let part = try #require(Self.says[String(name)])
    #expect(text.contains(part) && text.contains(row.file) && !text.contains("\n"), "\(text)")
  }

  @Test("Each archive has the outcome of the manifest", arguments: Row.all(".npz"))
  func archives(_ row: Row) throws {
    let bytes = try Fixtures.bytes("interop/" + row.file)
    func read() throws {
      let archive = try NumPyArchive(bytes: bytes, name: row.file)
      #expect(!archive.names.isEmpty)
      for name in archive.names { _ = try archive.array(name).values(as: Double.self) }
    }
    if row.outcome == "reject" { try refuse(row, read) } else { try read() }
  }

  @Test("Arrays and archives that are written are read back, and laid out as NumPy does it")
  func written() throws {
    let matrix = Matrix<Double>(
      rows: 2, columns: 2, values: [1.5, -0.0, .nan, .leastNonzeroMagnitude])
    let array = NumPyArray.encode(matrix.values, shape: [2, 2])
    let vector = NumPyArray.encode([Float(0.1)], shape: [1])
    #expect(array.count == 128 + 32 && vector.count == 128 + 4)
    #expect(
      String(decoding: array[10..<127], as: UTF8.self).hasPrefix(
        "{'descr': '<f8', 'fortran_order': False, 'shape': (2, 2), }  "))
    let read = try NumPyArray(bytes: array, name: "a.npy").matrix(as: Double.self)
    #expect(read.bits == matrix.bits)
    let bytes = try NumPyArchive.encode([("a", array), ("b", vector)])
    let archive = try NumPyArchive(bytes: bytes, name: "a.npz")
    #expect(archive.names == ["a", "b"])
    #expect(try archive.array("b").values(as: Float.self) == [0.1])
    #expect(throws: PerceptronError.self) { try archive.array("c") }
    let empty = NumPyArray.encode([Double](), shape: [0, 4])
    #expect(try NumPyArray(bytes: empty, name: "e.npy").shape == [0, 4])
  }

  @Test("Sizes and places that need 8 bytes are where archives of 4 GB have them")
  func largeArchives() throws {
    func bytes(_ value: Int, _ size: Int) -> [UInt8] {
      (0..<size).map { UInt8(truncatingIfNeeded: value >> (8 * $0)) }
    }
    let plain = try NumPyArchive.encode([
      ("a", NumPyArray.encode([1.5, 2], shape: [2])), ("b", NumPyArray.encode([3.5], shape: [1])),
    ])
    func number(_ place: Int, _ size: Int) -> Int {
      (0..<size).reversed().reduce(0) { $0 << 8 | Int(plain[place + $1]) }
    }
    let end = plain.count - 22
    let (size, start) = (number(end + 12, 4), number(end + 16, 4))
    /// The same archive, its numbers in the records of large ones.
    func large(_ entrySize: Int = 24, damage: [Int: Int] = [:]) -> [UInt8] {
      var directory: [UInt8] = []
      var place = start
      while place < start + size {
        let name = number(place + 28, 2)
        var entry = Array(plain[place..<place + 46 + name])
        let (packed, whole, header) = (
          number(place + 20, 4), number(place + 24, 4), number(place + 42, 4)
        )
        for field in [20, 24, 42] {
          entry.replaceSubrange(field..<field + 4, with: [255, 255, 255, 255])
        }
        entry.replaceSubrange(30..<32, with: bytes(8 + entrySize, 2))
        // Another field comes first.
        entry += bytes(0x7075, 2) + bytes(0, 2) + bytes(1, 2) + bytes(entrySize, 2)
        entry += Array((bytes(whole, 8) + bytes(packed, 8) + bytes(header, 8))[..<entrySize])
        directory += entry
        place += 46 + name + number(place + 30, 2)
      }
      var record =
        bytes(0x0606_4B50, 4) + bytes(44, 8) + bytes(45, 2) + bytes(45, 2) + bytes(0, 8)
        + bytes(2, 8) + bytes(2, 8) + bytes(directory.count, 8) + bytes(start, 8)
      for (field, value) in damage {
        record.replaceSubrange(field..<field + 8, with: bytes(value, 8))
      }
      let locator =
        bytes(0x0706_4B50, 4) + bytes(0, 4) + bytes(start + directory.count, 8) + bytes(1, 4)
      let usual =
        bytes(0x0605_4B50, 4) + bytes(0, 4) + bytes(2, 2) + bytes(2, 2)
        + [UInt8](repeating: 255, count: 8) + bytes(0, 2)
      return Array(plain[..<start]) + directory + record + locator + usual
    }
    let archive = try NumPyArchive(bytes: large(), name: "a.npz")
    #expect(archive.names == ["a", "b"])
    #expect(try archive.array("a").values(as: Double.self) == [1.5, 2])
    #expect(try archive.array("b").values(as: Double.self) == [3.5])
    let folder = try TemporaryFolder()
    try FileSystem.writeAtomically(large(), to: folder("a.npz"))
    let place = try ZipDirectory.storedArray("b", in: folder("a.npz"))
    #expect(place.size == 128 + 8)
    #expect(
      Array(large()[place.offset..<place.offset + place.size])
        == NumPyArray.encode([3.5], shape: [1]))
    for damaged in [
      large(16), large(damage: [48: .max]), large(damage: [40: -1]), large(damage: [0: 0]),
      large(damage: [32: .max]),
    ] {
      #expect(throws: PerceptronError.self) {
        _ = try NumPyArchive(bytes: damaged, name: "a.npz").array("a")
      }
      try FileSystem.writeAtomically(damaged, to: folder("a.npz"))
      #expect(throws: PerceptronError.self) {
        _ = try ZipDirectory.storedArray("a", in: folder("a.npz"))
      }
    }
  }

  @Test("Where an array lies in an archive is found without reading it")
  func storedArrays() throws {
    let folder = try TemporaryFolder()
    func place(_ bytes: [UInt8], _ key: String = "b") throws -> (offset: Int, size: Int) {
      try FileSystem.writeAtomically(bytes, to: folder("a.npz"))
      let (name, offset, size) = try ZipDirectory.storedArray(key, in: folder("a.npz"))
      #expect(name.hasSuffix("a.npz, member \(key).npy"))
      return (offset, size)
    }
    let arrays = [
      ("a", NumPyArray.encode([Double](repeating: 7, count: 200_000), shape: [200_000])),
      ("b", NumPyArray.encode([3.5], shape: [1])),
    ]
    let bytes = try NumPyArchive.encode(arrays)
    for (key, array) in arrays {
      let found = try place(bytes, key)
      #expect(Array(bytes[found.offset..<found.offset + found.size]) == array)
    }
    expectRefusal(.file, "no array \"c\"; it has \"a\", \"b\"") { _ = try place(bytes, "c") }
    expectRefusal(.file, "cut short") { _ = try place(Array(bytes.dropLast(30))) }
    var other = bytes
    other[26] ^= 1  // the length of the first name
    expectRefusal(.file, "no such member") { _ = try place(other, "a") }
    #expect(try place(other).offset > 1_600_000)
    expectRefusal(.file, "no .npz") { _ = try place(Array(bytes.dropFirst())) }
    expectRefusal(.file, "no .npz") { _ = try place([]) }
    let long = try NumPyArchive.encode(
      (0..<20).map { ("\($0)" + String(repeating: "x", count: 60_000), arrays[1].1) })
    expectRefusal(.file, "too long") { _ = try place(long) }
    let compressed = try Fixtures.bytes("interop/sklearn/mlp_multiclass_relu_compressed.npz")
    let key = try #require(
      NumPyArchive(bytes: compressed, name: "c").names.first)
    expectRefusal(.file, "compressed") { _ = try place(compressed, key) }
  }

  @Test("A large file is mapped and holds the same numbers")
  func mapped() throws {
    let folder = try TemporaryFolder()
    let count = TextSource.smallestMapping / 8
    let values = (0..<count).map { Double($0) }
    try FileSystem.writeAtomically(
      NumPyArray.encode(values, shape: [count]), to: folder("large.npy"))
    let array = try NumPyArray(contentsOf: folder("large.npy"))
    #expect(try array.values(as: Double.self) == values)
  }

  @Test("A member that says it is much larger than the archive is refused before memory is taken")
  func bomb() throws {
    var bytes = try Fixtures.bytes("interop/sklearn/mlp_multiclass_relu_compressed.npz")
    // The unpacked size of the first entry of the directory.
    let entry = try #require(
      bytes.indices.first { bytes[$0...].starts(with: [0x50, 0x4B, 0x01, 0x02]) })
    bytes.replaceSubrange(entry + 24..<entry + 28, with: [0, 0, 0, 0x70])
    let archive = try NumPyArchive(bytes: bytes, name: "bomb.npz")
    let error = #expect(throws: PerceptronError.self) { try archive.array(archive.names[0]) }
    #expect(error?.description.contains("8 times") == true)
  }
}
