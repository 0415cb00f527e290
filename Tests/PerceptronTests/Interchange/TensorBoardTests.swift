import Perceptron
import Testing

@testable import PerceptronInterchange

@Suite struct TensorBoardTests {
  @Test("the checksum is Castagnoli's")
  func checksum() {
    #expect(CRC32C.checksum("123456789".utf8) == 0xE306_9283)
    #expect(CRC32C.masked("123456789".utf8) == 0xC78A_B0E5)
  }

  /// The first record of every file that holds a version and no time, byte by byte.
  @Test("a record is framed as TensorBoard's own")
  func framing() {
    var event = EventMessage()
    event.fileVersion = "brain.Event:2"
    let hex = EventRecord.encode(event).map { byte in
      (byte < 16 ? "0" : "") + String(byte, radix: 16)
    }.joined()
    #expect(hex == "0f000000000000006d532b091a0d627261696e2e4576656e743a32fc985129")
  }

  @Test("what is written is read, also where the end is missing")
  func roundTrip() throws {
    let folder = try TemporaryFolder()
    let writer = try EventWriter(folder: folder("a/b"))
    let other = try EventWriter(folder: folder("a/b"))
    #expect(writer.path != other.path)
    try writer.write([("loss", 0.5), ("accuracy", .nan)], step: 1)
    try writer.write([("loss", 0.25)], step: 2)
    let file = try EventFile(writer.path)
    #expect(file.scalars.map(\.tag) == ["loss", "accuracy", "loss"])
    #expect(file.scalars.map(\.step) == [1, 1, 2])
    #expect(file.scalars[0].value == 0.5 && file.scalars[1].value.isNaN)
    #expect(file.scalars[0].wallTime > 1.7e9)
    #expect(file.tail == 0)
    #expect(try EventFile.files(at: folder("a")).map(\.run) == ["b", "b"])
    let bytes = try FileSystem.read(writer.path)
    let cut = try EventFile(bytes: Array(bytes.dropLast(3)), path: "cut")
    #expect(cut.scalars.map(\.tag) == ["loss", "accuracy"])
    #expect(cut.tail > 3)
    // A changed byte ends it there, too.
    var changed = bytes
    changed[bytes.count - 6] ^= 1
    #expect(try EventFile(bytes: changed, path: "changed").scalars.count == 2)
    #expect(throws: PerceptronError.self) {
      try EventFile(bytes: Array("epoch,loss\n1,2\n".utf8), path: "other")
    }
    #expect(try EventFile(bytes: [], path: "empty").scalars.isEmpty)
  }

  @Test("numbers that newer writers store as tensors are read")
  func tensors() throws {
    var event = EventMessage()
    event.fileVersion = "brain.Event:2"
    var bytes = EventRecord.encode(event)
    for place in 0..<3 {
      var value = SummaryValue()
      value.tag = "t"
      var tensor = ScalarTensor()
      tensor.dtype = place == 2 ? 2 : 1
      switch place {
      case 0: tensor.floats = [1.5]
      case 1: tensor.content = [0, 0, 0x20, 0x40]
      default: tensor.doubles = [0.1]
      }
      var event = EventMessage()
      value.tensor = tensor
      event.values = [value]
      bytes += EventRecord.encode(event)
    }
    #expect(try EventFile(bytes: bytes, path: "t").scalars.map(\.value) == [1.5, 2.5, 0.1])
  }
}
