import Foundation
import Logging
import NIOCore
import NIOEmbedded
import NIOHTTP1
import Testing

@testable import PerceptronServer

/// One connection, part by part and second by second.
@Suite struct FrontHandlerTests {
  let models: Models
  let server: ModelServer
  let channel: EmbeddedChannel
  let handler: FrontHandler

  static let body =
    #"{"inputs":[{"name":"features","shape":[1,2],"datatype":"FP32","data":[6,28]}]}"#

  init() throws {
    models = try Models()
    var limits = Limits()
    limits.body = 1000
    limits.requests = 2
    limits.requestSeconds = 10
    limits.idleSeconds = 60
    server = ModelServer(
      registry: try ModelRegistry([try models.savePrices()]),
      admission: Admission(hosts: [], token: nil), limits: limits,
      logger: Logger(label: "test") { _ in SwiftLogNoOpLogHandler() })
    handler = FrontHandler(server)
    channel = EmbeddedChannel()
    try channel.pipeline.syncOperations.addHandler(handler)
    try channel.connect(to: SocketAddress(ipAddress: "127.0.0.1", port: 1)).wait()
  }

  func head(
    _ method: HTTPMethod = .POST, _ path: String = "/v2/models/prices/infer",
    length: Int = body.utf8.count, _ headers: [(String, String)] = []
  ) -> HTTPServerRequestPart {
    .head(
      HTTPRequestHead(
        version: .http1_1, method: method, uri: path,
        headers: HTTPHeaders(
          [("Host", "localhost"), ("Content-Length", "\(length)")] + headers)))
  }

  func send(_ parts: HTTPServerRequestPart...) throws {
    for part in parts { try channel.writeInbound(part) }
  }

  func sendInference(_ headers: [(String, String)] = []) throws {
    try send(
      head(headers), .body(ByteBuffer(string: Self.body)), .end(nil))
  }

  private func head(_ headers: [(String, String)]) -> HTTPServerRequestPart {
    head(.POST, "/v2/models/prices/infer", length: Self.body.utf8.count, headers)
  }

  /// The statuses of the answers that have been written since.
  func statuses() throws -> [Int] {
    var statuses: [Int] = []
    while let part = try channel.readOutbound(as: HTTPServerResponsePart.self) {
      if case .head(let head) = part { statuses.append(Int(head.status.code)) }
    }
    return statuses
  }

  func lastHead() throws -> HTTPResponseHead? {
    var last: HTTPResponseHead?
    while let part = try channel.readOutbound(as: HTTPServerResponsePart.self) {
      if case .head(let head) = part { last = head }
    }
    return last
  }

  /// What was handed on to Hummingbird.
  func forwarded() throws -> Int {
    var count = 0
    while try channel.readInbound(as: HTTPServerRequestPart.self) != nil { count += 1 }
    return count
  }

  func answer(_ status: HTTPResponseStatus) throws {
    try channel.writeOutbound(
      HTTPServerResponsePart.head(HTTPResponseHead(version: .http1_1, status: status)))
    try channel.writeOutbound(HTTPServerResponsePart.end(nil))
  }

  @Test func inferenceIsAnsweredAtOnce() throws {
    try sendInference()
    #expect(try statuses() == [200])
    #expect(try forwarded() == 0)
    #expect(server.load.requestsUnderWay == 0)
    // In pieces, and several in a row.
    try send(head())
    for byte in Self.body.utf8 { try send(.body(ByteBuffer(bytes: [byte]))) }
    #expect(try statuses() == [])
    try send(.end(nil))
    try sendInference()
    #expect(try statuses() == [200, 200])
  }

  /// An answer at once does not overtake one that takes its time.
  @Test func answersKeepTheOrderOfRequests() throws {
    try send(head(.GET, "/v2", length: 0), .end(nil))
    #expect(try forwarded() == 2)
    for _ in 0..<3000 { try sendInference() }
    try send(head(.GET, "/metrics", length: 0), .end(nil))
    try sendInference()
    #expect(try statuses() == [])
    try answer(.created)
    let first = try statuses()
    #expect(first.count == 3001)
    #expect(first.first == 201)
    #expect(Set(first.dropFirst()) == [200])
    #expect(try forwarded() == 2)
    try answer(.accepted)
    #expect(try statuses() == [202, 200])
    #expect(server.load.requestsUnderWay == 0)
  }

  @Test func largeBodiesAreRefused() throws {
    try send(head(.POST, "/predict/prices", length: 1001))
    let head = try lastHead()
    #expect(head?.status == .payloadTooLarge)
    #expect(head?.headers["connection"] == ["close"])
    // What still comes in is thrown away, and the connection closed.
    try send(.body(ByteBuffer(repeating: 0, count: 100)))
    #expect(try forwarded() == 0)
    #expect(server.load.requestsUnderWay == 0)
    channel.embeddedEventLoop.advanceTime(by: .seconds(3))
    #expect(!channel.isActive)
  }

  @Test func bodiesOfUnknownLengthAreRefusedOnceTooLarge() throws {
    try send(
      .head(
        HTTPRequestHead(
          version: .http1_1, method: .POST, uri: "/predict/prices",
          headers: ["Host": "localhost", "Transfer-Encoding": "chunked"])))
    try send(.body(ByteBuffer(repeating: 0, count: 600)))
    #expect(try statuses() == [])
    try send(.body(ByteBuffer(repeating: 0, count: 600)))
    #expect(try statuses() == [413])
    #expect(server.load.requestsUnderWay == 0)
  }

  @Test func moreRequestsThanTheLimitGet503() throws {
    #expect(server.load.enter())
    #expect(server.load.enter())
    try sendInference()
    let head = try lastHead()
    #expect(head?.status == .serviceUnavailable)
    #expect(head?.headers["retry-after"] == ["1"])
    server.load.leave()
    try sendInference()
    #expect(try statuses() == [200])
    #expect(server.load.requestsUnderWay == 1)
  }

  @Test func aClientThatAsksForLeaveGetsIt() throws {
    try send(head([("Expect", "100-continue")]))
    #expect(try statuses() == [100])
    try send(.body(ByteBuffer(string: Self.body)), .end(nil))
    #expect(try statuses() == [200])
    try send(head(.POST, "/v2/models/none/infer", [("Expect", "100-continue")]))
    #expect(try statuses() == [404])
  }

  private func head(
    _ method: HTTPMethod, _ path: String, _ headers: [(String, String)]
  ) -> HTTPServerRequestPart { head(method, path, length: 10, headers) }

  @Test func slowRequestsAreEnded() throws {
    try send(head())
    channel.embeddedEventLoop.advanceTime(by: .seconds(8))
    try send(.body(ByteBuffer(string: "{")))
    #expect(channel.isActive)
    channel.embeddedEventLoop.advanceTime(by: .seconds(3))
    #expect(try statuses() == [408])
    channel.embeddedEventLoop.advanceTime(by: .seconds(3))
    #expect(!channel.isActive)
    #expect(server.load.requestsUnderWay == 0)
  }

  @Test func idleConnectionsAreClosed() throws {
    channel.embeddedEventLoop.advanceTime(by: .seconds(50))
    try sendInference()
    channel.embeddedEventLoop.advanceTime(by: .seconds(50))
    #expect(channel.isActive)
    channel.embeddedEventLoop.advanceTime(by: .seconds(12))
    #expect(!channel.isActive)
    #expect(server.load.openConnections == 0)
  }

  /// What is under way when the server is to stop is answered; only then the connection is closed.
  @Test func stoppingAnswersWhatHasComeIn() throws {
    try send(head())
    channel.pipeline.fireUserInboundEventTriggered(ChannelShouldQuiesceEvent())
    channel.embeddedEventLoop.advanceTime(by: .seconds(3))
    #expect(channel.isActive)
    try send(.body(ByteBuffer(string: Self.body)), .end(nil))
    let head = try lastHead()
    #expect(head?.status == .ok)
    #expect(head?.headers["connection"] == ["close"])
    channel.embeddedEventLoop.advanceTime(by: .seconds(3))
    #expect(!channel.isActive)
  }

  @Test func stoppingWaitsForTheRouter() throws {
    try send(head(.GET, "/v2", length: 0), .end(nil))
    channel.pipeline.fireUserInboundEventTriggered(ChannelShouldQuiesceEvent())
    channel.embeddedEventLoop.advanceTime(by: .seconds(20))
    #expect(channel.isActive)
    try answer(.ok)
    #expect(try lastHead()?.headers["connection"] == ["close"])
    channel.embeddedEventLoop.advanceTime(by: .seconds(3))
    #expect(!channel.isActive)
  }

  /// A request on its way while the server stops finds an open door for a moment.
  @Test func stoppingLeavesIdleConnectionsOpenForAMoment() throws {
    try sendInference()
    _ = try statuses()
    channel.pipeline.fireUserInboundEventTriggered(ChannelShouldQuiesceEvent())
    #expect(channel.isActive)
    try sendInference()
    #expect(try statuses() == [200])
    channel.embeddedEventLoop.advanceTime(by: .seconds(3))
    #expect(!channel.isActive)
  }

  @Test func stoppingEndsInTheEnd() throws {
    try send(head(.GET, "/v2", length: 0), .end(nil))
    channel.pipeline.fireUserInboundEventTriggered(ChannelShouldQuiesceEvent())
    channel.embeddedEventLoop.advanceTime(by: .seconds(32))
    #expect(!channel.isActive)
  }

  @Test func whatIsNoRequestIsRefused() throws {
    channel.pipeline.fireErrorCaught(HTTPParserError.invalidMethod)
    #expect(try statuses() == [400])
    channel.embeddedEventLoop.advanceTime(by: .seconds(3))
    #expect(!channel.isActive)
  }

  @Test func aConnectionThatBreaksLeavesNothingBehind() throws {
    try send(head())
    #expect(server.load.requestsUnderWay == 1)
    _ = try channel.finish(acceptAlreadyClosed: true)
    #expect(server.load.requestsUnderWay == 0)
    #expect(server.load.openConnections == 0)
  }

  @Test func pathsOfInference() {
    for (path, name, version) in [
      ("/v2/models/a/infer", "a", nil), ("/v2/models/a/infer/", "a", nil),
      ("/v2/models/a.b-c/versions/12/infer?x=1", "a.b-c", "12"),
    ] as [(String, String, String?)] {
      let found = InferencePath(path)
      #expect(found?.name == name, "\(path)")
      #expect(found?.version == version, "\(path)")
    }
    for path in [
      "/", "/v2/models/a", "/v2/models/a/inferx", "/v2/models//infer", "/v2/models/infer",
      "/v2/models/a/b/infer", "/v2/models/a/versions/infer", "/v2/models/a/versions//infer",
      "/V2/models/a/infer", "v2/models/a/infer", "/v2/models/a/versions/1/2/infer", "",
    ] {
      #expect(InferencePath(path) == nil, "\(path)")
    }
  }
}
