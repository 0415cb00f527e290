import NIOCore
import Perceptron
import Synchronization

/// What answers say about the model they come from.
struct ModelIdentity: Sendable {
  let name: String
  let version: String
  /// `{"model_name":…,"model_version":…`
  let prefix: [UInt8]

  init(name: String, version: String) {
    self.name = name
    self.version = version
    var buffer = ByteBuffer()
    buffer.writeString("{\"model_name\":")
    buffer.writeJSON(name)
    buffer.writeString(",\"model_version\":")
    buffer.writeJSON(version)
    prefix = Array(buffer.readableBytesView)
  }
}

/// A model as it was when its file was read. Never changed: a file that has changed becomes another
/// snapshot, and requests under way keep theirs.
final class Snapshot: Sendable {
  let identity: ModelIdentity
  let model: SavedModel
  let signature: Signature
  /// The network in one line.
  let summary: String
  let parameterCount: Int

  private let makeWorker: @Sendable () throws -> any Worker
  private let idle: Mutex<[Lent]>

  /// A worker that is handed from thread to thread and used by one at a time.
  private struct Lent: @unchecked Sendable {
    let worker: any Worker
  }

  /// - Throws: `PerceptronError` for a file that is no model, or one that cannot be served.
  init(path: String, identity: ModelIdentity) throws {
    self.identity = identity
    model = try SavedModel(contentsOf: path)
    switch model {
    case .float(let model):
      (signature, makeWorker) = try Self.prepare(model, file: path)
      (summary, parameterCount) = (model.architecture.summary, model.architecture.parameterCount)
    case .double(let model):
      (signature, makeWorker) = try Self.prepare(model, file: path)
      (summary, parameterCount) = (model.architecture.summary, model.architecture.parameterCount)
    }
    // What goes wrong goes wrong here, not at the first request.
    idle = Mutex([Lent(worker: try makeWorker())])
  }

  private static func prepare<Element: Scalar>(
    _ model: MLP<Element>, file: String
  ) throws -> (Signature, @Sendable () throws -> any Worker) {
    if let k = model.parameters.firstIndex(where: { !$0.isFinite }) {
      throw PerceptronError(
        .network, "parameter \(k) is \(model.parameters[k]): not a finite number", file: file)
    }
    let signature = Signature(model)
    let encoder = ColumnEncoder(model)
    let answers = AnswerWriter(model, signature: signature)
    return (
      signature, { try NetworkWorker(model, encoder: encoder, answers: answers) as any Worker }
    )
  }

  /// Lends a worker to `body`. There are as many as threads that ask at once.
  func withWorker<Result>(
    _ body: (any Worker) throws(Refusal) -> Result
  ) throws(Refusal) -> Result {
    var worker = idle.withLock { $0.popLast() }?.worker
    if worker == nil { worker = try? makeWorker() }
    guard let worker else { throw Refusal(503, "the model cannot be run") }
    defer {
      let lent = Lent(worker: worker)
      idle.withLock { $0.append(lent) }
    }
    return try body(worker)
  }
}
