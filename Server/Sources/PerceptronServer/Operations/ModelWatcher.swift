import Logging
import ServiceLifecycle

/// Looks at the models' files now and then, and has those read again that have changed.
struct ModelWatcher: Service {
  let models: [ServedModel]
  let seconds: Double
  let logger: Logger

  func run() async throws {
    await cancelWhenGracefulShutdown {
      while !Task.isCancelled {
        try? await Task.sleep(for: .seconds(seconds))
        if Task.isCancelled { break }
        for model in models { model.reloadIfChanged(logger) }
      }
    }
  }
}
