import ArgumentParser
import Foundation
import Logging
import Perceptron
import PerceptronServer

/// `perceptron-server serve`
struct Serve: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    abstract: "Answer requests with trained models over HTTP.",
    discussion: """
      Models are served by the Open Inference Protocol (V2) at /v2, and for people at /predict/NAME \
      and /explain/NAME; /openapi.json describes every path, /metrics is for Prometheus. A model's \
      name is its file's, or NAME=PATH; NAME:2=PATH is another version of it. A file that changes \
      is read again, and no request is lost over it.

      The server listens on this machine only, unless --host says otherwise; then it wants a token: \
      in the file --token-file, or in the environment as PERCEPTRON_TOKEN.

      Examples:
        perceptron-server serve model.safetensors
        perceptron-server serve digits=mnist.safetensors --port 9000
        curl localhost:8080/predict/model -H 'content-type: text/csv' --data-binary @rows.csv
      """)

  @Argument(help: "The models: PATH, NAME=PATH or NAME:VERSION=PATH.")
  var models: [String]

  @Option(help: "The address to listen on.")
  var host = "127.0.0.1"

  @Option(help: "The port; 0 takes a free one, which is then logged.")
  var port = 8080

  @Option(help: "Threads that answer. (default: one for each core)")
  var threads: Int?

  @Option(help: "A file with the token that requests must have.")
  var tokenFile: String?

  @Flag(help: "Listen beyond this machine without a token.")
  var insecure = false

  @Option(help: "A name that requests may call this server by; can be given several times.")
  var allowHost: [String] = []

  @Option(help: "An origin whose pages may ask, such as https://example.org. (default: none)")
  var cors: String?

  @Option(help: "The most bytes of a request.")
  var maxBody = Limits().body

  @Option(help: "The most requests under way at once; more get 503.")
  var maxRequests = Limits().requests

  @Option(help: "The most connections; more wait.")
  var maxConnections = Limits().connections

  @Option(help: "Seconds in which a request must have arrived.")
  var requestTimeout = Limits().requestSeconds

  @Option(help: "Seconds after which an idle connection is closed.")
  var idleTimeout = Limits().idleSeconds

  @Option(help: "Seconds that requests under way have once the server is to stop.")
  var drainTimeout = Limits().drainSeconds

  @Option(help: "What is logged: trace, debug, info, notice, warning, error or critical.")
  var logLevel = "info"

  func run() async throws {
    guard let level = Logger.Level(rawValue: logLevel) else {
      throw ValidationError(
        "Unknown log level \(logLevel); there are: "
          + Logger.Level.allCases.map(\.rawValue).joined(separator: ", ") + ".")
    }
    LoggingSystem.bootstrap { StreamLogHandler.standardError(label: $0) }
    var settings = ServerSettings(models: models)
    settings.host = host
    settings.port = port
    settings.threads = threads
    settings.allowedHosts = allowHost
    settings.token = try token()
    settings.isInsecure = insecure
    settings.allowedOrigin = cors
    settings.limits.body = maxBody
    settings.limits.requests = maxRequests
    settings.limits.connections = maxConnections
    settings.limits.requestSeconds = requestTimeout
    settings.limits.idleSeconds = idleTimeout
    settings.limits.drainSeconds = drainTimeout
    settings.logger = Logger(label: "perceptron-server")
    settings.logger.logLevel = level
    try await Serving(settings).run()
  }

  private func token() throws -> String? {
    guard let tokenFile else { return ProcessInfo.processInfo.environment["PERCEPTRON_TOKEN"] }
    guard let text = try? String(contentsOfFile: tokenFile, encoding: .utf8) else {
      throw ValidationError("The token file \(tokenFile) cannot be read.")
    }
    return text.trimmingCharacters(in: .whitespacesAndNewlines)
  }
}
