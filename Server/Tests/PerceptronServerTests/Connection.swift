import Foundation
import NIOCore
import NIOPosix
import Synchronization

/// A lock around bytes.
final class NIOLockedBytes: Sendable {
  private let bytes = Mutex<[UInt8]>([])

  func withLock<Result: Sendable>(_ body: (inout [UInt8]) -> Result) -> Result {
    bytes.withLock { body(&$0) }
  }
}

/// A connection that sends what it is told, byte for byte.
enum Connection {
  /// Sends bytes and reads until the server closes.
  ///
  /// - Returns: the answers, one after the other.
  static func exchange(_ port: Int, _ bytes: [UInt8]) async throws -> [Answer] {
    let channel = try await ClientBootstrap(group: MultiThreadedEventLoopGroup.singleton)
      .channelOption(.allowRemoteHalfClosure, value: true)
      .connect(host: "127.0.0.1", port: port) { channel in
        channel.eventLoop.makeCompletedFuture {
          try NIOAsyncChannel<ByteBuffer, ByteBuffer>(wrappingChannelSynchronously: channel)
        }
      }
    let received = try await channel.executeThenClose { inbound, outbound in
      try await outbound.write(ByteBuffer(bytes: bytes))
      var received: [UInt8] = []
      for try await buffer in inbound { received += Array(buffer.readableBytesView) }
      return received
    }
    return answers(received)
  }

  /// Takes apart what a server has sent.
  static func answers(_ bytes: [UInt8]) -> [Answer] {
    var rest = bytes[...]
    var answers: [Answer] = []
    while let end = rest.firstRange(of: Array("\r\n\r\n".utf8)) {
      let lines = String(decoding: rest[..<end.lowerBound], as: UTF8.self).split(
        separator: "\r\n", omittingEmptySubsequences: false)
      var headers: [String: String] = [:]
      for line in lines.dropFirst() {
        let parts = line.split(separator: ":", maxSplits: 1)
        guard parts.count == 2 else { continue }
        headers[parts[0].lowercased()] = parts[1].trimmingCharacters(in: .whitespaces)
      }
      let status = Int(lines[0].split(separator: " ").dropFirst().first ?? "") ?? 0
      let length = min(Int(headers["content-length"] ?? "") ?? 0, rest.endIndex - end.upperBound)
      answers.append(
        Answer(
          status: status, headers: headers,
          body: Array(rest[end.upperBound..<end.upperBound + length])))
      rest = rest[(end.upperBound + length)...]
    }
    return answers.isEmpty ? [Answer(status: 0, headers: [:], body: bytes)] : answers
  }
}
