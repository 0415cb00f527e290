import NIOCore

/// What a client may take of the server.
public struct Limits: Sendable {
  /// The most bytes of a request's body.
  public var body = 8 << 20
  /// The most requests under way at once; more are answered with 503.
  public var requests = 128
  /// The most connections; more wait until one is closed.
  public var connections = 4096
  /// Seconds in which a request must have arrived, and an answer been taken.
  public var requestSeconds = 30.0
  /// Seconds after which a connection without a request is closed.
  public var idleSeconds = 75.0
  /// Seconds that connections may stay once the server is to stop: idle ones so long that a request
  /// under way to us still gets its answer, others until that is written.
  public var drainSeconds = 30.0

  /// The limits that `serve` has unless told otherwise.
  public init() {}

  /// Requests of more bytes are not answered on the event loop, which other connections need.
  static let quickBody = 64 << 10
  /// The same for networks of more parameters.
  static let quickParameters = 250_000
  /// Seconds that an idle connection is kept open for a request that is on its way already.
  static let lingerSeconds = 1.0
}

extension TimeAmount {
  /// A time that is no whole number of seconds.
  static func fractional(seconds: Double) -> TimeAmount { .nanoseconds(Int64(seconds * 1e9)) }
}
