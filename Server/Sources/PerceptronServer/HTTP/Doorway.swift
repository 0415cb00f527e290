import HTTPTypes
import Hummingbird
import Logging
import NIOCore

/// What every request through Hummingbird passes: who may ask, what browsers may, and errors in the
/// protocol's form.
struct Doorway: RouterMiddleware {
  typealias Context = BasicRequestContext

  let server: ModelServer

  func handle(
    _ request: Request, context: Context,
    next: (Request, Context) async throws -> Response
  ) async throws -> Response {
    var response: Response
    do {
      let path = request.uri.path
      try server.admission.check(
        host: request.head.authority, authorization: request.headers[.authorization],
        isOpen: path.hasPrefix("/v2/health/") || request.method == .options)
      try Refusal.checkEncoding(request.headers[.contentEncoding])
      response =
        if request.method == .options, server.allowedOrigin != nil {
          Response(status: .noContent)
        } else {
          try await next(request, context)
        }
    } catch let refusal as Refusal {
      response = Self.response(refusal)
    } catch let error as any HTTPResponseError {
      response = Self.response(refusal(of: error, request))
    } catch is CancellationError {
      response = Self.response(Refusal(503, "the server is about to stop"))
    } catch {
      server.logger.error("a request failed", metadata: ["error": "\(error)"])
      response = Self.response(Refusal(500, "something went wrong in the server"))
    }
    if response.status == .methodNotAllowed, let methods = Routes.methods(of: request.uri.path) {
      response.headers[.allow] = methods
    }
    allowOrigin(request, &response)
    return response
  }

  /// In the words of this server.
  private func refusal(of error: any HTTPResponseError, _ request: Request) -> Refusal {
    switch error.status {
    case .notFound:
      if let methods = Routes.methods(of: request.uri.path) {
        return Refusal(405, "\(request.uri.path) takes \(methods), not \(request.method.rawValue)")
      }
      return Refusal(404, "there is nothing at \(shown(request.uri.path))")
    case .contentTooLarge:
      return Refusal(
        413, "the body is larger than the \(server.limits.body) bytes that are taken")
    default: return Refusal(error.status.code, "\(error)")
    }
  }

  private func allowOrigin(_ request: Request, _ response: inout Response) {
    guard let origin = server.allowedOrigin, request.headers[.origin] == origin else { return }
    response.headers[.accessControlAllowOrigin] = origin
    response.headers[.vary] = "origin"
    if request.method == .options {
      response.headers[.accessControlAllowMethods] = "GET, POST"
      response.headers[.accessControlAllowHeaders] =
        "authorization, content-type, inference-header-content-length"
    }
  }

  /// A refusal as an answer.
  static func response(_ refusal: Refusal) -> Response {
    var body = ByteBuffer()
    body.writeError(refusal.message)
    var response = Response(
      status: HTTPResponse.Status(code: refusal.status),
      headers: [.contentType: "application/json"], body: .init(byteBuffer: body))
    if refusal.status == 503 { response.headers[.retryAfter] = "1" }
    if refusal.status == 401 { response.headers[.wwwAuthenticate] = "Bearer" }
    return response
  }
}
