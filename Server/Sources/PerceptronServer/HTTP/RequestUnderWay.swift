import NIOCore
import NIOHTTP1

/// A request from its first line to the end of its answer.
struct RequestUnderWay {
  /// Who answers it.
  enum Destination {
    /// This handler: an inference request, whose body is gathered.
    case inference(ServedModel, jsonLength: Int?)
    /// Hummingbird.
    case router
    /// This handler, once the body has gone by.
    case refused(Refusal)
  }

  var destination: Destination
  /// Its method and path; nil for what was no request.
  let line: (method: HTTPMethod, path: String)?
  let began: NIODeadline
  /// Whether it counts among the requests under way.
  let isLetIn: Bool
  /// Whether the client will send another after it.
  let keepsAlive: Bool
  let allowedOrigin: String?
  var body: ByteBuffer?
  var bodyBytes = 0
  /// All of it has come in.
  var hasEnded = false
  /// The answer has begun.
  var hasAnswered = false
  /// The answer is written.
  var isAnswered = false
  var status = 0

  var isForwarded: Bool { if case .router = destination { true } else { false } }
}
