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
