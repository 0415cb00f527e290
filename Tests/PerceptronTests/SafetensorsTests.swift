import Testing

@testable import Perceptron

@Suite struct SafetensorsTests {
  // MARK: The interoperability files

  /// One row of the manifest.
  struct Row: Sendable, CustomTestStringConvertible {
    let file: String
    let outcome: String
    let tensors: JSON?
    var testDescription: String { file }

    /// Every safetensors file of the manifest.
    static let all: [Row] = {
      guard let manifest = try? Fixtures.json("interop/manifest.json") else { return [] }
      return (manifest["files"]?.array ?? []).compactMap { row in
        guard let file = row["file"]?.string, file.hasSuffix(".safetensors"),
          let outcome = row["outcome"]?.string
        else { return nil }
        return Row(file: file, outcome: outcome, tensors: row["tensors"])
      }
    }()
  }

  @Test("No file of the manifest is left out")
  func manifest() throws {
    let manifest = try #require(try Fixtures.json("interop/manifest.json")["files"]?.array)
    let files = manifest.compactMap { $0["file"]?.string }.filter { $0.hasSuffix(".safetensors") }
    #expect(Row.all.map(\.file) == files)
    #expect(files.count == 42)
    #expect(Set(Row.all.map(\.outcome)) == ["accept", "reject", "either"])
  }

  @Test("Each file has the outcome of the manifest", arguments: Row.all)
  func interoperability(row: Row) throws {
    let bytes = try Fixtures.bytes("interop/" + row.file)
    func read() throws -> Safetensors { try Safetensors(bytes: bytes, file: row.file) }
    switch row.outcome {
    case "accept":
      try expect(read(), toHold: row.tensors)
    case "reject":
      let error = #expect(throws: PerceptronError.self) { try read() }
      #expect(error?.kind == .modelFile)
      #expect(error?.file == row.file)
      #expect(error.map(Self.isPrintable) == true)
    default:
      do {
        try expect(read(), toHold: row.tensors)
      } catch let error as PerceptronError {
        #expect(error.kind == .modelFile && Self.isPrintable(error))
      }
    }
  }

  /// Compares all values bit for bit (with the zeros' signs; any NaN is like any other).
  private func expect(_ file: Safetensors, toHold tensors: JSON?) throws {
    guard let expected = tensors?.object else {
      #expect(!file.tensors.isEmpty)
      return
    }
    #expect(Set(file.tensors.map(\.name)) == Set(expected.map(\.key)))
    for member in expected {
      let tensor = try #require(file.tensor(named: member.key))
      #expect(tensor.shape == member.value["shape"]?.array?.compactMap(\.int))
      let data = try #require(member.value["data"]?.array)
      let numbers = data.compactMap(\.double)
      #expect(numbers.count == data.count)
      #expect(tensor.count == numbers.count)
      guard [.F64, .F32, .F16, .BF16].contains(tensor.dtype) else {
        let error = #expect(throws: PerceptronError.self) {
          try file.values(of: member.key, as: Double.self)
        }
        #expect(error?.message.contains(quoted(member.key)) == true)
        #expect(error?.message.contains(tensor.dtype.rawValue) == true)
        continue
      }
      func canonical(_ bits: [Double]) -> [UInt64] {
        bits.map { $0.isNaN ? Double.nan.bitPattern : $0.bitPattern }
      }
      let doubles = try file.values(of: member.key, as: Double.self)
      #expect(canonical(doubles) == canonical(numbers), "\(member.key)")
      let floats = try file.values(of: member.key, as: Float.self)
      #expect(canonical(floats.map(Double.init)) == canonical(numbers.map { Double(Float($0)) }))
    }
  }

  private static func isPrintable(_ error: PerceptronError) -> Bool {
    error.description.unicodeScalars.allSatisfy {
      $0.properties.generalCategory != .control && $0.properties.generalCategory != .format
    } && error.description.count < 400
  }

  @Test(
    "The message says what is wrong",
    arguments: [
      ("empty_file", "the file is 0 bytes long; 8 are needed for the length of the header"),
      ("seven_bytes", "the file is 7 bytes long; 8 are needed for the length of the header"),
      ("truncated_header", "the header is said to be 112 bytes long; 32 are there"),
      ("truncated_data", #"tensor "b" ends at byte 36 of the data; only 31 are there"#),
      (
        "header_length_2_pow_60",
        "the header is said to be 1152921504606846976 bytes long; the format allows 100000000 "
          + "and the file has 156"
      ),
      (
        "header_length_2_pow_64_minus_1",
        "the header is said to be 18446744073709551615 bytes long; the format allows 100000000 "
          + "and the file has 156"
      ),
      ("header_length_zero", "the header is empty; it must be a JSON object"),
      ("offsets_overlap", #"tensors "w" [0, 24) and "b" [12, 24) overlap"#),
      ("offsets_past_end", #"tensor "b" ends at byte 36 of the data; only 32 are there"#),
      (
        "offsets_huge",
        #"tensor "w" ends at byte 4611686018427387904 of the data; only 24 are there"#
      ),
      (
        "offsets_reversed",
        #"data_offsets [24, 0] of tensor "w": the end is before the begin"#
      ),
      ("offsets_negative", #"data_offsets of tensor "w": "-24" is negative"#),
      ("offsets_fractional", #"data_offsets of tensor "w": "0.5" is not an integer"#),
      (
        "offsets_beyond_u64",
        #"data_offsets of tensor "w": "99999999999999999999999" does not fit in 64 bits"#
      ),
      (
        "hole_between_tensors",
        #"bytes [24, 28) of the data, before tensor "b", belong to no tensor"#
      ),
      ("trailing_bytes", "5 bytes after the last tensor belong to none"),
      (
        "shape_does_not_match_offsets",
        #"tensor "w": shape [2, 4] of F32 needs 32 bytes; its data_offsets [0, 24] span 24"#
      ),
      (
        "shape_product_overflows",
        #"tensor "w": the size of shape [4294967296, 4294967296] overflows 64 bits"#
      ),
      ("shape_negative", #"shape of tensor "w": "-2" is negative"#),
      (
        "duplicate_keys",
        #"the header is not valid JSON: byte 55: the key "w" appears twice"#
      ),
      (
        "duplicate_keys_escaped",
        #"the header is not valid JSON: byte 55: the key "w" appears twice"#
      ),
      ("dtype", #"unknown dtype "F128" of tensor "w""#),
      ("dtype_lower_case", #"unknown dtype "f32" of tensor "w"; dtypes are upper case"#),
      ("header_not_utf8", "the header is not valid JSON: byte 2: not valid UTF-8"),
      (
        "header_not_json",
        "the header is not valid JSON: byte 1: expected a key in double quotes, found 'n'"
      ),
      ("header_is_an_array", "the header is not a JSON object: it does not begin with '{'"),
      (
        "header_nested_100000_deep",
        "the header is not valid JSON: byte 68: nested deeper than 64 levels"
      ),
      ("missing_fields", #"tensor "w" has no data_offsets"#),
      ("metadata_not_strings", #"__metadata__: the value of "epoch" is not a string"#),
    ])
  func message(name: String, message: String) throws {
    let bytes = try Fixtures.bytes("interop/safetensors/bad_\(name).safetensors")
    let error = #expect(throws: PerceptronError.self) {
      try Safetensors(bytes: bytes, file: "bad")
    }
    #expect(error?.message == message)
  }

  // MARK: More ways to be wrong

  /// A file with the header as given, and so many bytes of data.
  private static func file(_ header: String, data: Int = 0) -> [UInt8] {
    let length = UInt64(header.utf8.count).littleEndian
    return withUnsafeBytes(of: length, Array.init) + Array(header.utf8)
      + (0..<data).map { UInt8(truncatingIfNeeded: $0) }
  }

  @Test(
    "Headers that are refused",
    arguments: [
      (#"{"w":{"dtype":"F32","shape":[1],"data_offsets":[0,4]}}x"#, 4, "expected the end"),
      (#"{"w":1}"#, 0, "not described by a JSON object"),
      (#"{"w":{"shape":[1],"data_offsets":[0,4]}}"#, 4, "has no dtype"),
      (#"{"w":{"dtype":"F32","data_offsets":[0,4]}}"#, 4, "has no shape"),
      (#"{"w":{"dtype":3,"shape":[1],"data_offsets":[0,4]}}"#, 4, "not a string"),
      (#"{"w":{"dtype":"F32","shape":1,"data_offsets":[0,4]}}"#, 4, "not an array"),
      (#"{"w":{"dtype":"F32","shape":["1"],"data_offsets":[0,4]}}"#, 4, "not a number"),
      (#"{"w":{"dtype":"F32","shape":[1.0],"data_offsets":[0,4]}}"#, 4, "not an integer"),
      (#"{"w":{"dtype":"F32","shape":[1e0],"data_offsets":[0,4]}}"#, 4, "not an integer"),
      (#"{"w":{"dtype":"F32","shape":[-0],"data_offsets":[0,0]}}"#, 0, "negative"),
      (#"{"w":{"dtype":"F32","shape":[1],"data_offsets":[0]}}"#, 4, "1 numbers instead of 2"),
      (#"{"w":{"dtype":"F32","shape":[1],"data_offsets":[0,4,4]}}"#, 4, "3 numbers instead of 2"),
      (#"{"w":{"dtype":"F32","shape":[1],"data_offsets":[0,4]}}"#, 3, "only 3 are there"),
      (#"{"w":{"dtype":"F32","shape":[1],"data_offsets":[0,4]}}"#, 5, "1 bytes after"),
      (#"{"w":{"dtype":"F32","shape":[1],"data_offsets":[4,8]}}"#, 8, "belong to no tensor"),
      (#"{}"#, 1, "1 bytes after"),
      // 2⁶² elements of four bytes: the product of the shape alone does not overflow.
      (
        #"{"w":{"dtype":"F32","shape":[4611686018427387904],"data_offsets":[0,0]}}"#, 0,
        "overflows"
      ),
      (
        #"{"w":{"dtype":"F32","shape":[9223372036854775808,2,0],"data_offsets":[0,0]}}"#, 0,
        "overflows"
      ),
      (
        #"{"w":{"dtype":"F32","shape":[0,9223372036854775808],"data_offsets":[0,0]}}"#, 0,
        "too large"
      ),
      (#"{"w":{"dtype":"F4","shape":[3],"data_offsets":[0,1]}}"#, 1, "whole number of bytes"),
      (#"{"w":{"dtype":"F32","shape":[1],"shape":[1],"data_offsets":[0,4]}}"#, 4, "twice"),
      (#"{"__metadata__":[]}"#, 0, "not a JSON object"),
      (#"{"__metadata__":{"a":null}}"#, 0, "not a string"),
      (#"{"__metadata__":{"a":"1","a":"2"}}"#, 0, "twice"),
      (#"{"__metadata__":{},"__metadata__":{}}"#, 0, "twice"),
      (
        #"{"a":{"dtype":"F32","shape":[1],"data_offsets":[0,4]},"#
          + #""b":{"dtype":"F32","shape":[1],"data_offsets":[0,4]}}"#, 4, "overlap"
      ),
      (
        #"{"a":{"dtype":"F32","shape":[1],"data_offsets":[0,4]},"#
          + #""b":{"dtype":"F32","shape":[0],"data_offsets":[2,2]}}"#, 4, "overlap"
      ),
    ])
  func refuses(header: String, data: Int, message: String) {
    let error = #expect(throws: PerceptronError.self) {
      try Safetensors(bytes: Self.file(header, data: data), file: "bad")
    }
    #expect(error?.kind == .modelFile)
    #expect(error?.message.contains(message) == true, "\(String(describing: error))")
  }

  @Test("A hostile name or shape makes no long message and no control characters")
  func hostileNames() throws {
    let name = String(repeating: #"\u001b[2J\u202e"#, count: 10_000)
    let shape = (0..<100_000).map { _ in "1" }.joined(separator: ",")
    let header = #"{"\#(name)":{"dtype":"F32","shape":[\#(shape)],"data_offsets":[0,8]}}"#
    let error = try #require(
      #expect(throws: PerceptronError.self) {
        try Safetensors(bytes: Self.file(header, data: 8), file: "bad")
      })
    #expect(Self.isPrintable(error))
  }

  @Test("Cut anywhere, a file is refused")
  func truncation() throws {
    let bytes = try Fixtures.bytes("interop/safetensors/good_metadata.safetensors")
    for length in bytes.indices {
      #expect(throws: PerceptronError.self) {
        try Safetensors(bytes: Array(bytes[..<length]), file: "cut")
      }
    }
  }

  @Test("Any byte changed, a file is read or refused, never worse")
  func mutation() throws {
    let bytes = try Fixtures.bytes("interop/safetensors/good_scalar_and_empty.safetensors")
    var refused = 0
    for index in bytes.indices {
      for replacement in [0x00, 0x20, 0x22, 0x2D, 0x30, 0x39, 0x5B, 0x5C, 0x7D, 0xFF] as [UInt8] {
        var changed = bytes
        changed[index] = replacement
        do {
          let file = try Safetensors(bytes: changed, file: "changed")
          for tensor in file.tensors {
            _ = try? file.values(of: tensor.name, as: Double.self)
          }
        } catch is PerceptronError {
          refused += 1
        }
      }
    }
    #expect(refused > bytes.count)
  }

  // MARK: Reading

  @Test("Unknown fields, empty tensors between others and unused types are no fault")
  func tolerates() throws {
    let header =
      #"{"a":{"dtype":"F32","shape":[1],"data_offsets":[0,4],"extra":[{}]},"#
      + #""e":{"dtype":"F64","shape":[3,0],"data_offsets":[4,4]},"#
      + #""c":{"dtype":"C64","shape":[1],"data_offsets":[6,14]},"#
      + #""q":{"dtype":"F4","shape":[2,2],"data_offsets":[4,6]}}     "#
    let file = try Safetensors(bytes: Self.file(header, data: 14), file: "file")
    #expect(file.tensors.map(\.name) == ["a", "e", "c", "q"], "the order of the header")
    #expect(file.tensors.map(\.count) == [1, 0, 1, 4])
    #expect(file.metadata.isEmpty)
    #expect(try file.values(of: "e", as: Float.self) == [])
    #expect(try file.values(of: "a", as: Float.self) == [Float(bitPattern: 0x0302_0100)])
    let error = #expect(throws: PerceptronError.self) { try file.values(of: "c", as: Float.self) }
    #expect(error?.message == #"tensor "c" holds C64; F32, F64, F16 or BF16 is needed"#)
  }

  @Test("A tensor that is not there is named")
  func missingTensor() throws {
    let bytes = try Fixtures.bytes("interop/safetensors/model_missing_bias.safetensors")
    let file = try Safetensors(bytes: bytes, file: "model.safetensors")
    #expect(file.tensor(named: "2.bias") == nil)
    let error = #expect(throws: PerceptronError.self) {
      try file.values(of: "2.bias", as: Float.self)
    }
    #expect(error?.description == #"model.safetensors: there is no tensor "2.bias""#)
  }

  @Test("The metadata is in order and unescaped")
  func metadata() throws {
    let bytes = try Fixtures.bytes("interop/safetensors/good_metadata.safetensors")
    let file = try Safetensors(bytes: bytes, file: "file")
    #expect(file.metadata.map(\.key) == ["author", "note"])
    #expect(file.metadata("author") == "nobody")
    #expect(file.metadata("note") == "café 😀")
    #expect(file.metadata("Author") == nil)
  }

  @Test("Names that only look alike are two tensors")
  func alikeNames() throws {
    let bytes = try Safetensors.encode(tensors: [
      ("K", [], .float([1])), ("\u{212A}", [], .float([2])),
    ])
    let file = try Safetensors(bytes: bytes, file: "file")
    #expect(try file.values(of: "K") == [1] as [Float])
    #expect(try file.values(of: "\u{212A}") == [2] as [Float])
  }

  @Test("A double becomes the nearest float")
  func rounding() throws {
    let doubles = [0.1, 1 + 0x1p-24, 1 + 0x1.8p-24, 1e300, -1e-300, 0x1p-149, .infinity]
    let bytes = try Safetensors.encode(tensors: [("w", [7], .double(doubles))])
    let floats = try Safetensors(bytes: bytes, file: "file").values(of: "w", as: Float.self)
    #expect(
      floats == [0.1, 1, 1 + 0x1p-23, .infinity, -0.0, Float.leastNonzeroMagnitude, .infinity])
    #expect(floats[4].sign == .minus)
  }

  #if !(os(macOS) && arch(x86_64))
    @Test("Half precision widens exactly, all of it")
    func halfPrecision() {
      for bits in UInt16.min...UInt16.max {
        let half = Float16(bitPattern: bits)
        let float = Safetensors.float(halfPrecision: bits)
        guard half.isNaN ? float.isNaN : float.bitPattern == Float(half).bitPattern else {
          Issue.record("\(bits): \(float) instead of \(half)")
          return
        }
      }
    }
  #endif
}
