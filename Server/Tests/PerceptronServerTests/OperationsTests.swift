import Foundation
import Logging
import Perceptron
import Testing

@testable import PerceptronServer

@Suite struct OperationsTests {
  static let body = FrontHandlerTests.body
  static let quiet = Logger(label: "test") { _ in SwiftLogNoOpLogHandler() }

  @Test(arguments: Transport.allCases) func metrics(_ transport: Transport) async throws {
    let models = try Models()
    try await models.serve([try models.savePrices()], transport) { client in
      _ = try await client.post("/v2/models/prices/infer", Self.body)
      _ = try await client.post("/v2/models/prices/infer", "{}")
      _ = try await client.post("/predict/prices", "size,weight\n1,2\n3,4\n5,6\n")
      let text = try await client.get("/metrics").text
      for line in [
        #"perceptron_inference_requests_total{model="prices",version="1",status="200"} 2"#,
        #"perceptron_inference_requests_total{model="prices",version="1",status="400"} 1"#,
        #"perceptron_inference_rows_total{model="prices",version="1"} 4"#,
        #"perceptron_inference_batch_rows_bucket{model="prices",version="1",le="1.0"} 1"#,
        #"perceptron_inference_batch_rows_bucket{model="prices",version="1",le="+Inf"} 2"#,
        #"perceptron_inference_duration_seconds_count{model="prices",version="1"} 3"#,
        "# TYPE perceptron_inference_duration_seconds histogram",
        "perceptron_requests_limit 128",
      ] {
        #expect(text.contains(line + "\n"), "\(line) is not in \(text)")
      }
    }
  }

  @Test(arguments: Transport.allCases) func tokenAndHost(_ transport: Transport) async throws {
    let models = try Models()
    let token = "0123456789abcdef"
    try await models.serve(
      [try models.savePrices()], transport,
      change: {
        $0.token = token
        $0.allowedHosts = ["Models.example"]
        $0.allowedOrigin = "https://app.example"
      }
    ) { client in
      for path in ["/v2/models/prices/infer", "/predict/prices"] {
        for (headers, status) in [
          ([:], 401), (["Authorization": "Bearer \(token)"], path.hasPrefix("/v2") ? 200 : 400),
          (["Authorization": "bearer \(token)"], path.hasPrefix("/v2") ? 200 : 400),
          (["Authorization": "Bearer \(token)0"], 401),
          (["Authorization": "Bearer 0123456789abcdeg"], 401),
          (["Authorization": token], 401), (["Authorization": "Bearer"], 401),
          (["Authorization": "Bearer "], 401),
          (["Authorization": "Bearer \(token)", "Host": "evil.example"], 421),
          (["Authorization": "Bearer \(token)", "Host": "127.0.0.1.evil.example"], 421),
          (
            ["Authorization": "Bearer \(token)", "Host": "models.example:443"],
            path.hasPrefix("/v2") ? 200 : 400
          ),
        ] as [([String: String], Int)] {
          let answer = try await client.post(path, Self.body, headers: headers)
          #expect(answer.status == status, "\(path) \(headers): \(answer.text)")
          if status == 401 { #expect(answer.headers["www-authenticate"] == "Bearer") }
        }
      }
      #expect(try await client.get("/v2/health/ready").status == 200)
      #expect(try await client.get("/metrics").status == 401)
      let allowed = try await client.post(
        "/v2/models/prices/infer", Self.body,
        headers: ["Authorization": "Bearer \(token)", "Origin": "https://app.example"])
      #expect(allowed.headers["access-control-allow-origin"] == "https://app.example")
      let foreign = try await client.post(
        "/v2/models/prices/infer", Self.body,
        headers: ["Authorization": "Bearer \(token)", "Origin": "https://evil.example"])
      #expect(foreign.headers["access-control-allow-origin"] == nil)
      let preflight = try await client.send(
        "OPTIONS", "/v2/models/prices/infer", headers: ["Origin": "https://app.example"], body: [])
      #expect(preflight.status == 204)
      #expect(preflight.headers["access-control-allow-methods"] == "GET, POST")
    }
  }

  @Test func hosts() throws {
    let admission = Admission(hosts: ["box"], token: nil)
    for host in [
      "localhost", "localhost:80", "LOCALHOST", "box:1", "10.0.0.1:80", "[::1]", "[::1]:80",
    ] {
      #expect(throws: Never.self, "\(host)") {
        try admission.check(host: host, authorization: nil, isOpen: false)
      }
    }
    for host in [
      nil, "", "box.example", "localhost.example", "1.2.3", "1.2.3.x", "[::1].example", "[x]",
    ] {
      #expect(throws: Refusal.self, "\(host ?? "none")") {
        try admission.check(host: host, authorization: nil, isOpen: true)
      }
    }
  }

  /// A changed file is taken, a broken one is not, and a request under way keeps what it began with.
  @Test func reloading() throws {
    let models = try Models()
    let path = try models.savePrices(seed: 1)
    let served = try ServedModel(name: "prices", version: "1", path: path)
    let first = served.snapshot
    served.reloadIfChanged(Self.quiet)
    #expect(served.snapshot === first)
    try Data("no model".utf8).write(to: URL(fileURLWithPath: path))
    served.reloadIfChanged(Self.quiet)
    #expect(served.snapshot === first)
    try FileManager.default.removeItem(atPath: path)
    served.reloadIfChanged(Self.quiet)
    #expect(served.snapshot === first)
    _ = try models.savePrices(seed: 2)
    served.reloadIfChanged(Self.quiet)
    let second = served.snapshot
    #expect(second !== first)
    #expect(second.model != first.model)
    var out = ByteBufferText()
    ModelMetrics.write([served.metrics], to: &out.buffer)
    #expect(out.text.contains(#"result="taken"} 1"#))
    #expect(out.text.contains(#"result="refused"} 1"#))
  }

  @Test func arguments() throws {
    let models = try Models()
    let path = try models.savePrices()
    #expect(try ModelArgument(path).name == "prices")
    #expect(try ModelArgument("a=\(path)").name == "a")
    #expect(try ModelArgument("a:7=\(path)").version == "7")
    for text in [
      "/x/.safetensors", "a b=\(path)", "../a=\(path)", "..=\(path)", "=\(path)", "a:0=\(path)",
      "a:x=\(path)", "a:01=\(path)", "a/b=\(path)", "é=\(path)", "a%2f=\(path)",
    ] {
      #expect(throws: PerceptronError.self, "\(text)") { try ModelArgument(text) }
    }
    #expect(throws: PerceptronError.self) { try ModelRegistry([path, path]) }
    #expect(throws: PerceptronError.self) { try ModelRegistry(["\(path).not"]) }
    #expect(try ModelRegistry([path, "prices:2=\(path)"]).models.count == 2)
  }

  @Test func settings() throws {
    func check(_ change: (inout ServerSettings) -> Void) throws {
      var settings = ServerSettings(models: [])
      change(&settings)
      try settings.validate()
    }
    try check { _ in }
    try check { ($0.host, $0.token) = ("0.0.0.0", "0123456789abcdef") }
    try check { ($0.host, $0.isInsecure) = ("0.0.0.0", true) }
    for change: (inout ServerSettings) -> Void in [
      { $0.host = "0.0.0.0" }, { $0.token = "short" }, { $0.token = "0123456789 abcdef" },
      { $0.allowedOrigin = "*" }, { $0.port = 70000 }, { $0.threads = 0 }, { $0.limits.body = 0 },
      { $0.limits.idleSeconds = .nan },
    ] {
      #expect(throws: PerceptronError.self) { try check(change) }
    }
  }

  /// A second server on the same port says so.
  @Test func thePortIsTaken() async throws {
    let models = try Models()
    let path = try models.savePrices()
    try await models.serve([path], .live) { client in
      var settings = ServerSettings(models: [path])
      settings.port = client.port!
      settings.logger = Self.quiet
      await #expect(throws: PerceptronError.self) {
        try await Serving(settings).run(signals: false)
      }
    }
  }

  /// Answers come in the order of requests sent ahead, small inference requests and others mixed.
  @Test func pipelining() async throws {
    let models = try Models()
    try await models.serve([try models.savePrices()], .live) { client in
      func post(_ path: String, _ body: String) -> String {
        "POST \(path) HTTP/1.1\r\nHost: localhost\r\nContent-Length: \(body.utf8.count)\r\n\r\n\(body)"
      }
      let infer = post("/v2/models/prices/infer", Self.body)
      let text =
        infer + "GET /v2 HTTP/1.1\r\nHost: localhost\r\n\r\n" + infer
        + post("/predict/prices", "size,weight\n1,2\n") + infer + infer
        + "GET /none HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n"
      let answers = try await Connection.exchange(client.port!, Array(text.utf8))
      #expect(answers.map(\.status) == [200, 200, 200, 200, 200, 200, 404])
      let kinds = answers.map { answer in
        ["model_name", "extensions", "predictions", "error"].first { answer.text.contains($0) }
      }
      #expect(
        kinds == [
          "model_name", "extensions", "model_name", "predictions", "model_name", "model_name",
          "error",
        ])
    }
  }

  @Test func theDescriptionIsJSON() async throws {
    let models = try Models()
    try await models.serve([try models.savePrices()], .inProcess) { client in
      let answer = try await client.get("/openapi.json")
      let paths = try #require(answer.json["paths"] as? [String: Any])
      #expect(paths.count == 12)
      #expect(answer.text.contains(#""enum":["prices"]"#))
    }
  }
}
