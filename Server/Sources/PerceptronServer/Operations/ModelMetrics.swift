import NIOCore
import Synchronization

/// What is counted of one version of a model.
final class ModelMetrics: Sendable {
  private struct Counts {
    /// By HTTP status.
    var requests: [(status: Int, count: Int)] = [(200, 0)]
    var rows = 0
    var durations = Histogram(Histogram.seconds)
    var batches = Histogram(Histogram.rows)
    var goodReloads = 0
    var badReloads = 0
  }

  /// `model="m",version="1"`: names and versions need no escape.
  private let labels: String
  private let counts = Mutex(Counts())

  init(model: String, version: String) {
    labels = "model=\"\(model)\",version=\"\(version)\""
  }

  /// Counts an answered request; `rows` is 0 for one that was refused.
  func count(status: Int, rows: Int, seconds: Double) {
    counts.withLock { counts in
      if let place = counts.requests.firstIndex(where: { $0.status == status }) {
        counts.requests[place].count += 1
      } else {
        counts.requests.append((status, 1))
      }
      counts.durations.add(seconds)
      if rows > 0 {
        counts.rows += rows
        counts.batches.add(Double(rows))
      }
    }
  }

  func countReload(isGood: Bool) {
    counts.withLock { isGood ? ($0.goodReloads += 1) : ($0.badReloads += 1) }
  }

  /// Writes the metrics of all models, metric by metric, as the format wants them.
  static func write(_ all: [ModelMetrics], to out: inout ByteBuffer) {
    let counted = all.map { metrics in (metrics.labels, metrics.counts.withLock { $0 }) }
    func metric(
      _ name: String, _ kind: String, _ help: String,
      _ write: (String, Counts, inout ByteBuffer) -> Void
    ) {
      out.writeString("# HELP \(name) \(help)\n# TYPE \(name) \(kind)\n")
      for (labels, counts) in counted { write(labels, counts, &out) }
    }
    metric(
      "perceptron_inference_requests_total", "counter", "Requests to a model, by HTTP status."
    ) { labels, counts, out in
      for (status, count) in counts.requests.sorted(by: { $0.status < $1.status }) {
        out.writeString(
          "perceptron_inference_requests_total{\(labels),status=\"\(status)\"} \(count)\n")
      }
    }
    metric("perceptron_inference_rows_total", "counter", "Rows that were answered.") {
      $2.writeString("perceptron_inference_rows_total{\($0)} \($1.rows)\n")
    }
    metric(
      "perceptron_inference_duration_seconds", "histogram",
      "From the end of a request to its answer being written."
    ) { $1.durations.write("perceptron_inference_duration_seconds", labels: $0, to: &$2) }
    metric("perceptron_inference_batch_rows", "histogram", "Rows of a request.") {
      $1.batches.write("perceptron_inference_batch_rows", labels: $0, to: &$2)
    }
    metric(
      "perceptron_model_reloads_total", "counter", "Changed model files, taken or refused."
    ) { labels, counts, out in
      out.writeString(
        "perceptron_model_reloads_total{\(labels),result=\"taken\"} \(counts.goodReloads)\n")
      out.writeString(
        "perceptron_model_reloads_total{\(labels),result=\"refused\"} \(counts.badReloads)\n")
    }
  }
}
