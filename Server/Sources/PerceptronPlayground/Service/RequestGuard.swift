import HTTPTypes
import Hummingbird

/// What every request must be before anything looks at it, and what every answer carries.
///
/// - The Host header names this machine: an address in digits, `localhost`, or the name it is bound to.
///   Another name would be a page elsewhere whose name was made to point here.
/// - What changes something, or streams, comes from this server's own page: its Origin is this host.
/// - Answers let a page load from here alone and say that they are what they say.
struct RequestGuard<Context: RequestContext>: RouterMiddleware {
  /// Names beside addresses and `localhost`.
  let names: Set<String>

  func handle(
    _ request: Request, context: Context,
    next: (Request, Context) async throws -> Response
  ) async throws -> Response {
    var response: Response
    do {
      try check(request)
      response = try await next(request, context)
    } catch let error as any HTTPResponseError {
      let message = (error as? HTTPError)?.body ?? "\(error.status)"
      response = try ErrorAnswer(message: message).response(status: error.status)
    }
    func set(_ name: HTTPField.Name, _ value: String) {
      if response.headers[name] == nil { response.headers[name] = value }
    }
    set(
      .contentSecurityPolicy,
      "default-src 'self'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'")
    set(.xContentTypeOptions, "nosniff")
    set(Self.referrerPolicy, "no-referrer")
    set(.cacheControl, "no-store")
    return response
  }

  private static var referrerPolicy: HTTPField.Name { HTTPField.Name("Referrer-Policy")! }

  private func check(_ request: Request) throws {
    guard let host = request.head.authority, isOwn(host) else {
      throw HTTPError(
        .misdirectedRequest,
        message: "this server does not go by that name; open it by its address")
    }
    guard request.method != .get, request.method != .head else { return }
    let origin = request.headers[.origin]
    guard origin == "http://\(host)" || origin == "https://\(host)" else {
      throw HTTPError(.forbidden, message: "the request does not come from this server's own page")
    }
  }

  /// Whether a host, with or without its port, is this machine.
  func isOwn(_ host: String) -> Bool {
    let name: Substring
    if host.hasPrefix("[") {
      guard let end = host.firstIndex(of: "]") else { return false }
      let inside = host[host.index(after: host.startIndex)..<end]
      return !inside.isEmpty && inside.allSatisfy { $0.isHexDigit || $0 == ":" || $0 == "." }
    }
    name = host.prefix { $0 != ":" }
    let parts = name.split(separator: ".", omittingEmptySubsequences: false)
    let isAddress = parts.count == 4 && parts.allSatisfy { UInt8($0) != nil }
    return isAddress || name == "localhost" || names.contains(name.lowercased())
  }
}

/// Why something was refused.
struct ErrorAnswer: Encodable {
  let error: String

  init(message: String) { error = message }

  func response(status: HTTPResponse.Status) throws -> Response {
    try jsonResponse(self, status: status)
  }
}

/// An answer in JSON.
func jsonResponse(
  _ value: some Encodable, status: HTTPResponse.Status = .ok
) throws -> Response {
  let data = try PlaygroundJSON.data(value)
  return Response(
    status: status, headers: [.contentType: "application/json"],
    body: .init(byteBuffer: ByteBuffer(bytes: data)))
}
