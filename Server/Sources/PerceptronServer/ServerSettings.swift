public import Logging
import Perceptron

/// What `perceptron-server serve` is told.
public struct ServerSettings: Sendable {
  /// The models: `PATH`, `NAME=PATH` or `NAME:VERSION=PATH` each.
  public var models: [String]
  /// The address that is listened on.
  public var host = "127.0.0.1"
  /// Its port; 0 takes a free one.
  public var port = 8080
  /// Threads that answer; nil takes one for each core.
  public var threads: Int?
  /// Names that the Host header may have beside `localhost` and addresses.
  public var allowedHosts: [String] = []
  /// What clients must show; nil asks for nothing.
  public var token: String?
  /// Listens beyond this machine without a token.
  public var isInsecure = false
  /// The one origin whose pages may ask; nil for none.
  public var allowedOrigin: String?
  /// What a client may take.
  public var limits = Limits()
  /// Seconds between two looks at the models' files; nil for none.
  public var reloadSeconds: Double? = 1
  /// Where and how much is logged.
  public var logger = Logger(label: "perceptron-server")

  /// Settings for models, and otherwise as `serve` has them unless told otherwise.
  public init(models: [String]) { self.models = models }

  /// - Throws: `PerceptronError` for settings that contradict each other or are not safe.
  public func validate() throws {
    func refuse(_ message: String) -> PerceptronError { PerceptronError(.option, message) }
    if !isLoopback, token == nil, !isInsecure {
      throw refuse(
        "\(host) can be reached from other machines: set a token (--token-file, or "
          + "PERCEPTRON_TOKEN), or say --insecure")
    }
    if let token {
      guard token.utf8.count >= 16, token.utf8.allSatisfy({ $0 > 0x20 && $0 < 0x7F }) else {
        throw refuse("a token has at least 16 characters of ASCII and no spaces")
      }
    }
    if let allowedOrigin {
      guard allowedOrigin.hasPrefix("http://") || allowedOrigin.hasPrefix("https://"),
        allowedOrigin.utf8.allSatisfy({ $0 > 0x20 && $0 < 0x7F })
      else { throw refuse("an origin is written as https://example.org, not \(allowedOrigin)") }
    }
    guard (0...65535).contains(port) else { throw refuse("there is no port \(port)") }
    guard threads ?? 1 >= 1 else { throw refuse("at least 1 thread must answer") }
    guard limits.body >= 1, limits.requests >= 1, limits.connections >= 1 else {
      throw refuse("a limit must be at least 1")
    }
    for seconds in [limits.requestSeconds, limits.idleSeconds, limits.drainSeconds] {
      guard seconds > 0, seconds <= 86_400 else {
        throw refuse("a time limit must be above 0 s and at most a day")
      }
    }
  }

  /// Whether only this machine can reach the server.
  var isLoopback: Bool {
    host == "localhost" || host == "::1" || host.hasPrefix("127.")
  }
}
