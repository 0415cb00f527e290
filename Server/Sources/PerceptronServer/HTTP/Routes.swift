import HTTPTypes
import Hummingbird
import NIOCore

/// Everything the server answers, path by path.
struct Routes: Sendable {
  typealias Context = BasicRequestContext

  let server: ModelServer

  /// The router with all routes.
  static func router(_ server: ModelServer) -> Router<Context> {
    let routes = Routes(server: server)
    let router = Router(context: Context.self, options: [.autoGenerateHeadEndpoints])
    router.add(middleware: Doorway(server: server))
    router.get("/") { _, _ in routes.welcome() }
    router.get("/v2") { _, _ in routes.serverMetadata() }
    router.get("/v2/health/live") { _, _ in routes.health(true) }
    router.get("/v2/health/ready") { _, _ in routes.health(server.load.isReady) }
    router.get("/metrics") { _, _ in
      Self.reply(server.metricsText(), "text/plain; version=0.0.4; charset=utf-8")
    }
    router.get("/openapi.json") { _, _ in Self.reply(OpenAPI.description(of: server.registry)) }
    for path in ["/v2/models/:name", "/v2/models/:name/versions/:version"] {
      router.get(RouterPath(path)) { try routes.modelMetadata($1) }
      router.get(RouterPath(path + "/ready")) { try routes.modelReady($1) }
      router.post(RouterPath(path + "/infer")) { try await routes.infer($0, $1) }
    }
    router.post("/predict/:name") { try await routes.predict($0, $1) }
    router.post("/explain/:name") { try await routes.explain($0, $1) }
    return router
  }

  /// The methods that a path takes; nil for one that is none of ours.
  static func methods(of path: String) -> String? {
    let parts = path.split(separator: "/").map(String.init)
    switch parts.count {
    case 0: return "GET, HEAD"
    case 1 where ["v2", "metrics", "openapi.json"].contains(parts[0]): return "GET, HEAD"
    case 2 where ["predict", "explain"].contains(parts[0]): return "POST"
    case 3 where parts[0] == "v2" && parts[1] == "health":
      return ["live", "ready"].contains(parts[2]) ? "GET, HEAD" : nil
    case 3... where parts[0] == "v2" && parts[1] == "models":
      var rest = parts[3...]
      if rest.count > 1, rest.first == "versions" { rest = rest.dropFirst(2) }
      if rest.isEmpty || Array(rest) == ["ready"] { return "GET, HEAD" }
      return Array(rest) == ["infer"] ? "POST" : nil
    default: return nil
    }
  }

  /// An answer of status 200.
  static func reply(
    _ body: ByteBuffer, _ contentType: String = "application/json",
    status: HTTPResponse.Status = .ok
  ) -> Response {
    Response(status: status, headers: [.contentType: contentType], body: .init(byteBuffer: body))
  }

  // MARK: Models

  private func model(_ context: Context) throws(Refusal) -> ServedModel {
    try server.registry.model(
      context.parameters.get("name") ?? "", version: context.parameters.get("version"))
  }

  private func infer(_ request: Request, _ context: Context) async throws -> Response {
    let model = try model(context)
    let jsonLength = try Refusal.readJSONLength(request.headers[.inferenceHeaderContentLength])
    let body = try await request.body.collect(upTo: server.limits.body)
    var out = ByteBuffer()
    let answer = server.infer(model, body, jsonLength: jsonLength, into: &out)
    if answer.status != 200 { return failed(out, answer.status) }
    var response = Self.reply(
      out, answer.jsonLength == nil ? "application/json" : "application/octet-stream")
    if let jsonLength = answer.jsonLength {
      response.headers[.inferenceHeaderContentLength] = "\(jsonLength)"
    }
    return response
  }

  private func predict(_ request: Request, _ context: Context) async throws -> Response {
    let model = try model(context)
    let body = try await request.body.collect(upTo: server.limits.body)
    var out = ByteBuffer()
    let answer = server.predict(
      model, body, contentType: request.headers[.contentType], into: &out)
    return answer.status == 200 ? Self.reply(out) : failed(out, answer.status)
  }

  private func failed(_ body: ByteBuffer, _ status: Int) -> Response {
    var response = Self.reply(body, status: HTTPResponse.Status(code: status))
    if status == 503 { response.headers[.retryAfter] = "1" }
    return response
  }

  private func explain(_ request: Request, _ context: Context) async throws -> Response {
    let model = try model(context)
    let body = try await request.body.collect(upTo: server.limits.body)
    let parameters = request.uri.queryParameters
    let wanted = try RowExplanation(
      form: parameters.get("form"), format: parameters.get("format"),
      className: parameters.get("class"))
    let snapshot = model.snapshot
    let answer = try body.withRequestBytes { bytes throws(Refusal) in
      try wanted.answer(snapshot, bytes, contentType: request.headers[.contentType])
    }
    return Self.reply(answer.body, answer.contentType)
  }
}

extension HTTPField.Name {
  /// Where binary data begins behind the JSON.
  static let inferenceHeaderContentLength = HTTPField.Name("Inference-Header-Content-Length")!
}
