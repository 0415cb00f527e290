import Testing

@testable import Perceptron

@Suite struct SafetensorsWriterTests {
  @Test("The reference writer's files, byte for byte")
  func bytesOfTheReference() throws {
    #expect(
      try Safetensors.encode(tensors: []) == [8, 0, 0, 0, 0, 0, 0, 0] + Array("{}      ".utf8))
    #expect(
      try Safetensors.encode(tensors: [], metadata: [("framework", "pt")])
        == [40, 0, 0, 0, 0, 0, 0, 0] + Array(#"{"__metadata__":{"framework":"pt"}}     "#.utf8))
    #expect(
      try Safetensors.encode(tensors: [("attn.0", [1, 2, 3], .float([0, 1, 2, 3, 4, 5]))])
        == [64, 0, 0, 0, 0, 0, 0, 0]
        + Array(#"{"attn.0":{"dtype":"F32","shape":[1,2,3],"data_offsets":[0,24]}}"#.utf8)
        + [0, 0, 0, 0, 0, 0, 128, 63, 0, 0, 0, 64, 0, 0, 64, 64, 0, 0, 128, 64, 0, 0, 160, 64])
  }

  @Test("The largest numbers come first, then names by their bytes; metadata stays in order")
  func layout() throws {
    let bytes = try Safetensors.encode(
      tensors: [
        ("b", [1], .float([1])), ("10.w", [], .float([2])), ("2.w", [1, 1], .float([3])),
        ("é", [0], .float([])), ("z", [1], .double([4])), ("B", [], .float([5])),
        ("steps", [2], .integers([6, .max])),
      ],
      metadata: [("z", "1"), ("a", "\"\n")])
    let header =
      #"{"__metadata__":{"z":"1","a":"\"\n"},"#
      + #""steps":{"dtype":"U64","shape":[2],"data_offsets":[0,16]},"#
      + #""z":{"dtype":"F64","shape":[1],"data_offsets":[16,24]},"#
      + #""10.w":{"dtype":"F32","shape":[],"data_offsets":[24,28]},"#
      + #""2.w":{"dtype":"F32","shape":[1,1],"data_offsets":[28,32]},"#
      + #""B":{"dtype":"F32","shape":[],"data_offsets":[32,36]},"#
      + #""b":{"dtype":"F32","shape":[1],"data_offsets":[36,40]},"#
      + #""é":{"dtype":"F32","shape":[0],"data_offsets":[40,40]}}"#
    #expect(String(decoding: bytes[8..<8 + header.utf8.count], as: UTF8.self) == header)
    #expect((bytes.count - 40).isMultiple(of: 8))
    let file = try Safetensors(bytes: bytes, file: "file")
    #expect(try file.integers(of: "steps") == [6, .max])
    #expect(file.metadata("a") == "\"\n")
    #expect(throws: PerceptronError.self) { try file.integers(of: "z") }
    #expect(throws: PerceptronError.self) { try file.values(of: "steps", as: Double.self) }
  }

  @Test("Any tensors come back as they were", arguments: 0..<40)
  func roundTrip(case number: Int) throws {
    var generator = SeededGenerator(seed: UInt64(number))
    let tensors = (0..<Int.random(in: 0...8, using: &generator)).map { index in
      let rank = Int.random(in: 0...4, using: &generator)
      let shape = (0..<rank).map { _ in Int.random(in: 0...5, using: &generator) }
      let bits = (0..<shape.reduce(1, *)).map { _ in generator.next() as UInt64 }
      let values: Safetensors.TensorValues =
        switch index % 3 {
        case 0: .float(bits.map { Float(bitPattern: UInt32(truncatingIfNeeded: $0)) })
        case 1: .double(bits.map(Double.init(bitPattern:)))
        default: .integers(bits)
        }
      let name = String("ab\"\\é\n/".shuffled(using: &generator)) + "\(index)"
      return (name: name, shape: shape, values: values)
    }
    let metadata = (0..<number % 4).map { (key: "key \($0)", value: "\u{1}\"é\($0)") }
    let bytes = try Safetensors.encode(tensors: tensors, metadata: metadata)
    #expect(bytes == (try Safetensors.encode(tensors: tensors.reversed(), metadata: metadata)))

    let file = try Safetensors(bytes: bytes, file: "file")
    #expect(file.tensors.count == tensors.count)
    #expect(file.metadata.map(\.key) == metadata.map(\.key))
    #expect(file.metadata.map(\.value) == metadata.map(\.value))
    for expected in tensors {
      let tensor = try #require(file.tensor(named: expected.name))
      #expect(tensor.shape == expected.shape)
      #expect(tensor.dtype == expected.values.dtype)
      #expect(tensor.data.lowerBound.isMultiple(of: tensor.dtype.bits / 8), "aligned")
      switch expected.values {
      case .float(let values):
        let read: [Float] = try file.values(of: expected.name)
        #expect(read.map(\.bitPattern) == values.map(\.bitPattern))
      case .double(let values):
        let read: [Double] = try file.values(of: expected.name)
        #expect(read.map(\.bitPattern) == values.map(\.bitPattern))
      case .integers(let values):
        #expect(try file.integers(of: expected.name) == values)
      case .binary16, .bfloat16: Issue.record("16 bits have tests of their own")
      }
    }
  }

  @Test("A header that no reader would take is not written")
  func headerTooLong() throws {
    let members = [JSON.Member("__metadata__", ["framework": "pt"])]
    #expect(try Safetensors.headerText(members, limit: 40).count == 40)
    let error = #expect(throws: PerceptronError.self) {
      try Safetensors.headerText(members, limit: 39)
    }
    #expect(error?.kind == .modelFile)
    #expect(error?.message == "the names and the metadata take 40 bytes; the format allows 39")
  }

  @Test("Mistakes in the program stop it")
  func mistakes() async {
    await #expect(processExitsWith: .failure) {
      _ = try Safetensors.encode(tensors: [("w", [2], .float([1]))])
    }
    await #expect(processExitsWith: .failure) {
      _ = try Safetensors.encode(tensors: [("w", [], .float([1])), ("w", [], .float([1]))])
    }
    await #expect(processExitsWith: .failure) {
      _ = try Safetensors.encode(tensors: [("__metadata__", [], .float([1]))])
    }
  }
}
