import HTTPTypes
public import Hummingbird
import NIOCore
public import Perceptron

/// The playground over HTTP: the page, its files, and a session for each visitor.
///
/// | | |
/// |---|---|
/// | `GET /`, `GET /assets/NAME` | the page |
/// | `POST /session` | a new session; the body is an address's query |
/// | `POST /session/ID/events` | its pictures, as server-sent events |
/// | `POST /session/ID/settings` | other settings; the body is a query |
/// | `POST /session/ID/table?name=N&q=Q` | a CSV file as the body, and the settings to go with it |
/// | `POST /session/ID/ACTION` | `play`, `pause`, `step`, `epoch`, `back`, `reset` |
/// | `GET /session/ID/backward` | both passes on the next rows, with every number |
/// | `GET /session/ID/explain` | their derivation, as a page |
/// | `GET /session/ID/export/KIND` | `safetensors`, `onnx`, `swift`, `csv` |
public struct PlaygroundService: Sendable {
  /// The most bytes of a table.
  public static let mostUpload = 5 << 20
  /// The most bytes of any other request.
  static let mostQuery = 16 << 10
  /// What a picture and the time to the next take together.
  static let beat = Duration.milliseconds(33)

  let store: SessionStore
  let names: Set<String>
  /// Derivations that may be made at a time: they take a core each.
  let derivations = Gate(limit: 2)

  /// - Parameters:
  ///   - table: a table that every session can learn from; nil for none.
  ///   - capacity: the most visitors at a time.
  ///   - patience: how long the session of a visitor stays whose connection is lost.
  ///   - names: names of this machine that a browser may use, beside `localhost` and addresses.
  public init(
    table: Table? = nil, capacity: Int = 32, patience: Duration = .seconds(15),
    names: [String] = []
  ) {
    store = SessionStore(capacity: capacity, patience: patience, table: table)
    self.names = Set(names.map { $0.lowercased() })
  }

  /// The application, bound to an address.
  ///
  /// - Parameters:
  ///   - host: the address to listen at.
  ///   - port: the port; 0 takes a free one.
  ///   - onStart: is told the port once the server listens.
  public func application(
    host: String = "127.0.0.1", port: Int = 8080,
    onStart: @escaping @Sendable (Int) async -> Void = { _ in }
  ) -> some ApplicationProtocol {
    Application(
      router: router(),
      configuration: ApplicationConfiguration(address: .hostname(host, port: port)),
      onServerRunning: { await onStart($0.localAddress?.port ?? port) })
  }

  /// Runs it until the process is told to end.
  ///
  /// - Throws: `PerceptronError` when the address or port cannot be had.
  public func run(
    host: String, port: Int, onStart: @escaping @Sendable (Int) async -> Void
  ) async throws {
    // A stream has no end of its own to wait for: signals end the process as they do any other.
    do {
      try await application(host: host, port: port, onStart: onStart)
        .runService(gracefulShutdownSignals: [])
    } catch let error as IOError {
      throw PerceptronError(
        .option, "nothing can be served at \(host), port \(port): \(error); is it in use?")
    }
  }

  func router() -> Router<BasicRequestContext> {
    let router = Router(context: BasicRequestContext.self, options: .autoGenerateHeadEndpoints)
    router.middlewares.add(RequestGuard(names: names))
    router.get("/") { _, _ in try Self.asset("index.html") }
    router.get("/favicon.ico") { _, _ in try Self.asset("icon.svg") }
    router.get("/assets/:name") { _, context in
      try Self.asset(context.parameters.require("name"))
    }
    router.post("/session") { request, _ in
      let query = try await Self.text(request)
      let (name, session) = try await store.open(query: query)
      return try jsonResponse(Opened(session: name, scene: await session.scene), status: .created)
    }
    addSession(to: router.group("/session/:id"))
    return router
  }

  /// What a new visitor is told.
  struct Opened: Encodable {
    let session: String
    let scene: PlaygroundScene
  }

  private static func asset(_ name: String) throws -> Response {
    guard let (type, bytes) = PageAssets.file(name) else { throw HTTPError(.notFound) }
    return Response(
      status: .ok, headers: [.contentType: type],
      body: .init(byteBuffer: ByteBuffer(bytes: bytes)))
  }

  /// The body as text, within limits.
  static func text(_ request: Request) async throws -> String {
    let buffer = try await request.body.collect(upTo: mostQuery)
    guard let text = String(validating: buffer.readableBytesView, as: UTF8.self) else {
      throw HTTPError(.badRequest, message: "the request is no UTF-8")
    }
    return text
  }
}

/// Lets so many in at a time, and refuses the others.
actor Gate {
  private let limit: Int
  private var inside = 0

  init(limit: Int) { self.limit = limit }

  /// Whether there was room.
  func enter() -> Bool {
    guard inside < limit else { return false }
    inside += 1
    return true
  }

  /// Makes room again.
  func leave() { inside -= 1 }
}
