import Foundation
import Logging
import NIOCore
import Perceptron
import Testing

@testable import PerceptronServer

/// Requests that were good until something happened to them: answered or refused, whatever it was.
@Suite struct DamagedRequestTests {
  /// `PERCEPTRON_MUTATIONS` sets the number of trials.
  static let trials =
    ProcessInfo.processInfo.environment["PERCEPTRON_MUTATIONS"].flatMap { Int($0) } ?? 2000

  static let rows = #"[{"size":1.5,"colour":"r\u00e9d","weight":10.25,"x":[1,{"a":null}]}]"#

  static func binary() -> (bytes: [UInt8], jsonLength: Int) {
    let header = Array(
      """
      {"parameters":{"binary_data_output":true},"inputs":[
      {"name":"size","shape":[2,1],"datatype":"FP64","parameters":{"binary_data_size":16}},
      {"name":"colour","shape":[2],"datatype":"BYTES","parameters":{"binary_data_size":16}},
      {"name":"weight","shape":[2,1],"datatype":"FP16","parameters":{"binary_data_size":4}}]}
      """.utf8)
    let data =
      [UInt8](repeating: 1, count: 16) + [3, 0, 0, 0, 97, 98, 99, 5, 0, 0, 0] + Array("green".utf8)
    return (header + data + [0, 0x49, 0, 0x4F], header.count)
  }

  @Test func damage() throws {
    let models = try Models()
    let server = ModelServer(
      registry: try ModelRegistry([try models.saveKinds(as: Float.self)]),
      admission: Admission(hosts: [], token: nil), limits: Limits(),
      logger: Logger(label: "test") { _ in SwiftLogNoOpLogHandler() })
    let model = try server.registry.model("kinds", version: nil)
    var stream = RandomStream(seed: 9, purpose: .data)
    func draw(_ count: Int) -> Int { min(Int(stream.uniform() * Double(count)), count - 1) }
    let (binary, jsonLength) = Self.binary()
    let whole = [Array(ProtocolTests.kinds.utf8), binary, Array(Self.rows.utf8)]
    var statuses: Set<Int> = []
    for trial in 0..<3 + Self.trials {
      let kind = trial % 3
      var bytes = whole[kind]
      // The first three are whole.
      for _ in 0..<(trial < 3 ? 0 : 1 + draw(3)) {
        let place = draw(bytes.count)
        switch draw(4) {
        case 0: bytes[place] = UInt8(draw(256))
        case 1: bytes.remove(at: place)
        case 2:
          bytes.insert(contentsOf: Array("[{\"0-".utf8.dropFirst(draw(5)).prefix(1)), at: place)
        default: bytes.removeSubrange(place...)
        }
        if bytes.isEmpty { bytes = [0x7B] }
      }
      var out = ByteBuffer()
      let status =
        kind == 2
        ? server.predict(model, ByteBuffer(bytes: bytes), contentType: nil, into: &out).status
        : server.infer(
          model, ByteBuffer(bytes: bytes), jsonLength: kind == 1 ? jsonLength : nil, into: &out
        ).status
      if trial < 3 { #expect(status == 200, "\(String(buffer: out))") }
      #expect(status == 200 || status == 400, "\(status) for \(bytes)")
      statuses.insert(status)
    }
    #expect(statuses == [200, 400])
  }
}
