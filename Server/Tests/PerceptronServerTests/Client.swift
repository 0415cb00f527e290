import Foundation
import HTTPTypes
import Hummingbird
import Logging
import NIOCore
import NIOEmbedded
import NIOPosix
import Testing

@testable import PerceptronServer

/// The two ways in: Hummingbird's router without a wire, and a connection to a running server, where
/// small inference requests never reach the router.
enum Transport: String, CaseIterable, CustomTestStringConvertible {
  case inProcess
  case live

  var testDescription: String { rawValue }
}

/// What came back.
struct Answer {
  let status: Int
  /// By name in lower case.
  let headers: [String: String]
  let body: [UInt8]

  var text: String { String(decoding: body, as: UTF8.self) }

  /// The body as JSON.
  var json: [String: Any] {
    (try? JSONSerialization.jsonObject(with: Data(body))) as? [String: Any] ?? [:]
  }

  /// The message of `{"error": …}`.
  var error: String? { json["error"] as? String }

  /// The data of an output.
  func data(_ output: String) -> [Any]? {
    (json["outputs"] as? [[String: Any]])?.first { $0["name"] as? String == output }?["data"]
      as? [Any]
  }

  /// The numbers of an output's data, each the nearest to its text, which Foundation's are not.
  func numbers(_ output: String) -> [Double]? {
    guard data(output) != nil,
      let tensor = text.split(separator: "{\"name\":\"\(output)\"").last,
      let data = tensor.split(separator: "\"data\":[").last
    else { return nil }
    return data.prefix { $0 != "]" }.split(separator: ",").compactMap { Double($0) }
  }

  /// All numbers of a key, the same way.
  func numbers(of key: String) -> [Double] {
    text.components(separatedBy: "\"\(key)\":").dropFirst().compactMap { rest in
      Double(rest.prefix { !",}]".contains($0) })
    }
  }
}

/// Asks a server in one of the two ways.
struct Client: Sendable {
  fileprivate enum Way: Sendable {
    case router(RouterResponder<BasicRequestContext>, Logger)
    case port(Int)
  }

  fileprivate let way: Way

  /// The port of a live server.
  var port: Int? { if case .port(let port) = way { port } else { nil } }

  func get(_ path: String, headers: [String: String] = [:]) async throws -> Answer {
    try await send("GET", path, headers: headers, body: [])
  }

  func post(_ path: String, _ body: String, headers: [String: String] = [:]) async throws -> Answer
  {
    try await send("POST", path, headers: headers, body: Array(body.utf8))
  }

  func send(
    _ method: String, _ path: String, headers: [String: String] = [:], body: [UInt8]
  ) async throws -> Answer {
    switch way {
    case .router(let responder, let logger):
      var fields = HTTPFields()
      for (name, value) in headers where name.lowercased() != "host" {
        fields[HTTPField.Name(name)!] = value
      }
      let request = Request(
        head: HTTPRequest(
          method: .init(method)!, scheme: "http", authority: headers["Host"] ?? "localhost",
          path: path, headerFields: fields),
        body: RequestBody(buffer: ByteBuffer(bytes: body)))
      let context = BasicRequestContext(
        source: ApplicationRequestContextSource(
          channel: NIOAsyncTestingChannel(), logger: logger))
      let response = try await responder.respond(to: request, context: context)
      let collector = BodyCollector()
      try await response.body.write(collector)
      return Answer(
        status: response.status.code,
        headers: Dictionary(
          response.headers.map { ($0.name.canonicalName, $0.value) }, uniquingKeysWith: { $1 }),
        body: Array(collector.bytes.withLock { $0 }))
    case .port(let port):
      var text = "\(method) \(path) HTTP/1.1\r\nConnection: close\r\n"
      if headers["Host"] == nil { text += "Host: localhost:\(port)\r\n" }
      for (name, value) in headers { text += "\(name): \(value)\r\n" }
      if method == "POST" { text += "Content-Length: \(body.count)\r\n" }
      return try await Connection.exchange(port, Array((text + "\r\n").utf8) + body)[0]
    }
  }
}

/// Takes what Hummingbird would write to the wire.
private final class BodyCollector: ResponseBodyWriter, Sendable {
  let bytes = NIOLockedBytes()

  func write(_ buffer: ByteBuffer) async throws {
    bytes.withLock { $0 += Array(buffer.readableBytesView) }
  }

  func finish(_ trailingHeaders: HTTPFields?) async throws {}
}

extension Models {
  /// Runs a server of `models` and lets `body` ask it.
  func serve(
    _ models: [String], _ transport: Transport,
    change: (inout ServerSettings) -> Void = { _ in },
    _ body: @escaping @Sendable (Client) async throws -> Void
  ) async throws {
    var settings = ServerSettings(models: models)
    settings.port = 0
    settings.threads = 1
    settings.logger = Logger(label: "test") { _ in SwiftLogNoOpLogHandler() }
    change(&settings)
    let serving = try Serving(settings)
    switch transport {
    case .inProcess:
      let router = Routes.router(serving.server)
      try await body(Client(way: .router(router.buildResponder(), settings.logger)))
    case .live:
      let (ports, found) = AsyncStream.makeStream(of: Int.self)
      try await withThrowingTaskGroup(of: Void.self) { group in
        group.addTask {
          try? await serving.run(signals: false) { found.yield($0) }
          found.finish()
        }
        var iterator = ports.makeAsyncIterator()
        let port = try #require(await iterator.next())
        try await body(Client(way: .port(port)))
        group.cancelAll()
      }
    }
  }
}

/// A buffer to be read as text.
struct ByteBufferText {
  var buffer = ByteBuffer()
  var text: String { String(buffer: buffer) }
}
