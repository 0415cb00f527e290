import Hummingbird
import HummingbirdCore
import Logging
import NIOCore
import NIOPosix
import Perceptron
import ServiceLifecycle
import UnixSignals

/// A server of models, from its settings to its end.
///
/// ```swift
/// try await Serving(ServerSettings(models: ["penguins.safetensors"])).run()
/// ```
public struct Serving: Sendable {
  let server: ModelServer
  private let settings: ServerSettings

  /// Reads the models.
  ///
  /// - Throws: `PerceptronError` for settings that are not safe and files that are no models.
  public init(_ settings: ServerSettings) throws {
    try settings.validate()
    self.settings = settings
    server = ModelServer(
      registry: try ModelRegistry(settings.models),
      admission: Admission(hosts: settings.allowedHosts + [settings.host], token: settings.token),
      limits: settings.limits, allowedOrigin: settings.allowedOrigin, logger: settings.logger)
  }

  /// Serves until SIGTERM or SIGINT, or until the task is told to stop gracefully; then answers what
  /// has come in, and returns.
  ///
  /// - Parameters:
  ///   - signals: whether signals stop it.
  ///   - onRunning: called with the port once connections are taken.
  /// - Throws: `PerceptronError` when the address cannot be listened on.
  public func run(
    signals: Bool = true, onRunning: @escaping @Sendable (Int) async -> Void = { _ in }
  ) async throws {
    let group = MultiThreadedEventLoopGroup(
      numberOfThreads: settings.threads ?? System.coreCount)
    var services: [any Service] = [
      application(group: group, onRunning: onRunning), StopNotice(load: server.load),
    ]
    if let seconds = settings.reloadSeconds {
      services.append(
        ModelWatcher(models: server.registry.models, seconds: seconds, logger: settings.logger))
    }
    let lifecycle = ServiceGroup(
      configuration: .init(
        services: services.map { .init(service: $0) },
        gracefulShutdownSignals: signals ? [.sigterm, .sigint] : [], logger: settings.logger))
    var failure: (any Error)?
    do {
      try await lifecycle.run()
    } catch {
      failure = error
    }
    try? await group.shutdownGracefully()
    if let failure {
      if server.load.hasStarted { throw failure }
      throw PerceptronError(
        .option, "cannot listen on \(settings.host):\(settings.port): \(failure)")
    }
    settings.logger.info("stopped")
  }

  private func application(
    group: any EventLoopGroup, onRunning: @escaping @Sendable (Int) async -> Void
  ) -> some ApplicationProtocol {
    let (server, settings) = (server, settings)
    return Application(
      router: Routes.router(server),
      server: HTTPServerBuilder { FrontChannel(server: server, responder: $0) },
      configuration: ApplicationConfiguration(
        address: .hostname(settings.host, port: settings.port), backlog: 1024,
        availableConnectionsDelegate: MaximumAvailableConnections(mostConnections)),
      onServerRunning: { channel in
        server.load.start()
        let port = channel.localAddress?.port ?? settings.port
        settings.logger.info(
          "serving",
          metadata: [
            "address": "\(settings.host):\(port)",
            "models": "\(server.registry.entries.map(\.name).joined(separator: ","))",
          ])
        await onRunning(port)
      },
      eventLoopGroupProvider: .shared(group), logger: settings.logger)
  }

  /// As many as wanted, or as the system has open files for.
  private var mostConnections: Int {
    let possible = max(OpenFiles.raiseLimit() - 64, 16)
    if possible < settings.limits.connections {
      settings.logger.notice(
        "fewer connections than wanted: the system allows no more open files",
        metadata: ["connections": "\(possible)"])
    }
    return min(settings.limits.connections, possible)
  }
}

/// Says that the server is on its way out as soon as it is.
private struct StopNotice: Service {
  let load: ServerLoad

  func run() async throws {
    try? await gracefulShutdown()
    load.stop()
  }
}
