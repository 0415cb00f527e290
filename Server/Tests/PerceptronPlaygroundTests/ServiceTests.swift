import Foundation
import HTTPTypes
import Hummingbird
import HummingbirdTesting
import NIOCore
import Testing

@testable import PerceptronPlayground

@Suite struct ServiceTests {
  private let own: HTTPFields = [.origin: "http://localhost"]

  private func withService(
    _ service: PlaygroundService = PlaygroundService(),
    _ body: @Sendable @escaping (any TestClientProtocol) async throws -> Void
  ) async throws {
    try await service.application().test(.router, body)
  }

  private static func open(
    _ client: any TestClientProtocol, _ query: String = "data=xor&rows=40"
  ) async throws -> (name: String, scene: [String: Any]) {
    try await client.execute(
      uri: "/session", method: .post, headers: [.origin: "http://localhost"],
      body: ByteBuffer(string: query)
    ) { response in
      #expect(response.status == .created)
      let answer = try JSONSerialization.jsonObject(with: Data(response.body.readableBytesView))
      let object = try #require(answer as? [String: Any])
      return (
        try #require(object["session"] as? String), try #require(object["scene"] as? [String: Any])
      )
    }
  }

  @Test func thePageIsServedWithItsPolicy() async throws {
    try await withService { client in
      for path in ["/", "/assets/main.mjs", "/assets/page.css", "/favicon.ico"] {
        try await client.execute(uri: path, method: .get) { response in
          #expect(response.status == .ok)
          #expect(response.headers[.contentSecurityPolicy]?.hasPrefix("default-src 'self'") == true)
          #expect(response.headers[.xContentTypeOptions] == "nosniff")
          let text = String(buffer: response.body)
          #expect(!text.contains("innerHTML") && !text.contains("https://"))
        }
      }
      for path in ["/assets/../Package.swift", "/assets/nothing", "/assets/%2e%2e%2fmain.mjs"] {
        try await client.execute(uri: path, method: .get) { #expect($0.status == .notFound) }
      }
    }
  }

  @Test func requestsFromElsewhereAreRefused() async throws {
    try await withService { [own] client in
      let (name, _) = try await Self.open(client)
      let wrong: [HTTPFields] = [[:], [.origin: "http://evil.example"], [.origin: "null"]]
      for headers in wrong {
        for path in ["/session", "/session/\(name)/play", "/session/\(name)/events"] {
          try await client.execute(uri: path, method: .post, headers: headers) {
            #expect($0.status == .forbidden)
          }
        }
      }
      try await client.execute(uri: "/session/\(name)/play", method: .post, headers: own) {
        #expect($0.status == .noContent)
      }
    }
  }

  @Test(arguments: [
    ("localhost:8080", true), ("127.0.0.1", true), ("192.168.1.4:9000", true), ("[::1]:80", true),
    ("play.example", true), ("evil.example", false), ("localhost.evil.example", false),
    ("1.2.3.4.evil.example", false), ("[evil]", false), ("", false), ("300.1.1.1", false),
  ])
  func hostsAreOwnNamesOrAddresses(_ host: String, _ isOwn: Bool) {
    let names: Set<String> = ["play.example"]
    #expect(RequestGuard<BasicRequestContext>(names: names).isOwn(host) == isOwn)
  }

  @Test func aSessionLearnsStepByStep() async throws {
    try await withService { [own] client in
      let (name, scene) = try await Self.open(client)
      #expect(name.count == 32)
      #expect(scene["query"] as? String == "data=xor&rows=40")
      for action in ["step", "epoch", "back", "reset", "play", "pause"] {
        try await client.execute(uri: "/session/\(name)/\(action)", method: .post, headers: own) {
          #expect($0.status == .noContent)
        }
      }
      try await client.execute(uri: "/session/\(name)/backward", method: .get) { response in
        #expect(response.status == .ok)
        #expect(String(buffer: response.body).contains("\"passed\":true"))
      }
      try await client.execute(uri: "/session/\(name)/explain", method: .get) { response in
        #expect(response.status == .ok)
        #expect(response.headers[.contentSecurityPolicy]?.contains("sandbox") == true)
        #expect(String(buffer: response.body).contains("<math"))
      }
      for kind in ["safetensors", "onnx", "swift", "csv"] {
        try await client.execute(uri: "/session/\(name)/export/\(kind)", method: .get) {
          #expect($0.status == .ok && $0.body.readableBytes > 100)
          #expect($0.headers[.contentDisposition]?.hasPrefix("attachment") == true)
        }
      }
    }
  }

  @Test func mistakesAreSaidInWords() async throws {
    try await withService { [own] client in
      let (name, scene) = try await Self.open(client, "noise=2000&data=xor")
      #expect((scene["problems"] as? [String])?.first?.contains("0 to 50") == true)
      func refused(
        _ path: String, _ body: String, _ status: HTTPResponse.Status, _ part: String
      ) async throws {
        try await client.execute(
          uri: path, method: .post, headers: own, body: ByteBuffer(string: body)
        ) { response in
          #expect(response.status == status)
          #expect(String(buffer: response.body).contains(part))
        }
      }
      try await refused("/session/\(name)/settings", "rate=99", .unprocessableContent, "rate")
      try await refused("/session/\(name)/table", "a,b\n1\n", .unprocessableContent, "line 2")
      try await refused("/session/\(name)/table", "\u{0}", .unprocessableContent, "error")
      try await refused("/session/0/play", "", .notFound, "ended")
      try await refused(
        "/session/\(name)/table", String(repeating: "1,2\n", count: 2_000_000),
        .contentTooLarge, "413")
      try await refused("/session", String(repeating: "a", count: 20_000), .contentTooLarge, "413")
    }
  }

  @Test func aTableIsTakenUnderItsLastName() async throws {
    try await withService { [own] client in
      let (name, _) = try await Self.open(client)
      let text =
        "a,b,c\n"
        + (0..<30).map { "\($0),\($0 % 5),\(["x", "<i>y"][$0 % 2])" }
        .joined(separator: "\n")
      try await client.execute(
        uri: "/session/\(name)/table?name=..%2F..%2F%3Cb%3Emy.csv&q=data%3Dtable", method: .post,
        headers: own, body: ByteBuffer(string: text)
      ) { response in
        #expect(response.status == .ok)
        let body = String(buffer: response.body)
        #expect(body.contains("\"tableName\":\"<b>my.csv\""))
        #expect(response.headers[.contentType] == "application/json")
      }
    }
  }
}
