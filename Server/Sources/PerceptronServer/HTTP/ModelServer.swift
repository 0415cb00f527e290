import Logging
import NIOCore

/// What the server knows, whatever way a request comes in.
final class ModelServer: Sendable {
  let registry: ModelRegistry
  let admission: Admission
  let limits: Limits
  let load: ServerLoad
  /// The one origin that browsers may ask from; nil for none.
  let allowedOrigin: String?
  let logger: Logger

  init(
    registry: ModelRegistry, admission: Admission, limits: Limits, allowedOrigin: String? = nil,
    logger: Logger
  ) {
    self.registry = registry
    self.admission = admission
    self.limits = limits
    self.allowedOrigin = allowedOrigin
    self.logger = logger
    load = ServerLoad(limit: limits.requests)
  }

  /// Answers a request of the Open Inference Protocol.
  ///
  /// - Returns: the status; `out` has what is sent, an error too.
  func infer(
    _ model: ServedModel, _ body: ByteBuffer, jsonLength: Int?, into out: inout ByteBuffer
  ) -> (status: Int, jsonLength: Int?) {
    counted(model, into: &out) { snapshot, out throws(Refusal) in
      try body.withRequestBytes { bytes throws(Refusal) in
        let request = try InferenceRequest(bytes, jsonLength: jsonLength)
        return try snapshot.withWorker { worker throws(Refusal) in
          try worker.infer(request, for: snapshot.identity, into: &out)
        }
      }
    }
  }

  /// Answers rows by column name.
  func predict(
    _ model: ServedModel, _ body: ByteBuffer, contentType: String?, into out: inout ByteBuffer
  ) -> (status: Int, jsonLength: Int?) {
    counted(model, into: &out) { snapshot, out throws(Refusal) in
      try body.withRequestBytes { bytes throws(Refusal) in
        let rows = try NamedRows(bytes, contentType: contentType)
        return try snapshot.withWorker { worker throws(Refusal) in
          try worker.predict(rows, for: snapshot.identity, into: &out)
        }
      }
    }
  }

  /// Answers by `body` and counts it.
  private func counted(
    _ model: ServedModel, into out: inout ByteBuffer,
    _ body: (Snapshot, inout ByteBuffer) throws(Refusal) -> InferenceSummary
  ) -> (status: Int, jsonLength: Int?) {
    let start = NIODeadline.now()
    var answer: (status: Int, jsonLength: Int?) = (200, nil)
    var rows = 0
    do {
      let summary = try body(model.snapshot, &out)
      rows = summary.rows
      answer.jsonLength = summary.jsonLength
    } catch {
      out.clear()
      out.writeError(error.message)
      answer.status = error.status
    }
    let nanoseconds = (NIODeadline.now() - start).nanoseconds
    model.metrics.count(status: answer.status, rows: rows, seconds: Double(nanoseconds) * 1e-9)
    return answer
  }

  /// What `/metrics` says.
  func metricsText() -> ByteBuffer {
    var out = ByteBuffer()
    load.write(to: &out)
    ModelMetrics.write(registry.models.map(\.metrics), to: &out)
    return out
  }
}

extension ByteBuffer {
  /// The readable bytes, as long as `body` runs.
  func withRequestBytes<Result>(
    _ body: (UnsafeBufferPointer<UInt8>) throws(Refusal) -> Result
  ) throws(Refusal) -> Result {
    let result = withUnsafeReadableBytes { bytes -> Swift.Result<Result, Refusal> in
      do throws(Refusal) {
        return .success(try body(bytes.assumingMemoryBound(to: UInt8.self)))
      } catch {
        return .failure(error)
      }
    }
    return try result.get()
  }
}
