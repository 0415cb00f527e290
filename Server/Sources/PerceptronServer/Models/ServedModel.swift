import Logging
import Perceptron
import Synchronization

/// A version of a model that is served from a file, and read again when the file changes.
final class ServedModel: Sendable {
  let name: String
  let version: String
  let path: String
  let metrics: ModelMetrics

  private struct State {
    var snapshot: Snapshot
    /// The file that was read last, whether it was a model or not.
    var file: FileVersion?
  }
  private let state: Mutex<State>

  /// - Throws: `PerceptronError` for a file that is no model, or one that cannot be served.
  init(name: String, version: String, path: String) throws {
    self.name = name
    self.version = version
    self.path = path
    metrics = ModelMetrics(model: name, version: version)
    let file = FileVersion(path)
    let snapshot = try Snapshot(
      path: path, identity: ModelIdentity(name: name, version: version))
    state = Mutex(State(snapshot: snapshot, file: file))
  }

  /// What answers requests now.
  var snapshot: Snapshot { state.withLock { $0.snapshot } }

  /// Reads the file if it is not the one read last. A file that is no model leaves everything as it
  /// is, and is said once; a file that is gone is not even said: it may be on its way.
  func reloadIfChanged(_ logger: Logger) {
    let file = FileVersion(path)
    guard let file, file != state.withLock({ $0.file }) else { return }
    var logger = logger
    logger[metadataKey: "model"] = "\(name)"
    logger[metadataKey: "version"] = "\(version)"
    do {
      let new = try Snapshot(path: path, identity: ModelIdentity(name: name, version: version))
      let old = snapshot
      state.withLock {
        $0.snapshot = new
        $0.file = file
      }
      metrics.countReload(isGood: true)
      logger.info("model reloaded", metadata: ["network": "\(new.summary)"])
      if new.signature != old.signature {
        logger.warning("the reloaded model has other inputs or outputs")
      }
    } catch {
      state.withLock { $0.file = file }
      metrics.countReload(isGood: false)
      logger.error(
        "the changed file is not taken, the model stays as it was", metadata: ["error": "\(error)"])
    }
  }
}
