import NIOCore
import Synchronization

/// How much is going on: what is limited, and what is counted of the server as a whole.
final class ServerLoad: Sendable {
  /// The most requests that may be under way at once.
  let limit: Int
  private let requests = Atomic<Int>(0)
  private let connections = Atomic<Int>(0)
  private let refused = Atomic<Int>(0)
  /// Answers by the first digit of their status, 1 to 5.
  private let answers = Mutex([Int](repeating: 0, count: 6))
  private let isStarted = Atomic<Bool>(false)
  private let isStopping = Atomic<Bool>(false)

  init(limit: Int) { self.limit = limit }

  /// Lets a request in, unless too many are under way. Who is let in must `leave()`.
  func enter() -> Bool {
    if requests.add(1, ordering: .relaxed).newValue <= limit { return true }
    requests.subtract(1, ordering: .relaxed)
    refused.add(1, ordering: .relaxed)
    return false
  }

  func leave() { requests.subtract(1, ordering: .relaxed) }

  func connectionOpened() { connections.add(1, ordering: .relaxed) }
  func connectionClosed() { connections.subtract(1, ordering: .relaxed) }

  func countAnswer(status: Int) {
    answers.withLock { $0[min(max(status / 100, 0), 5)] += 1 }
  }

  /// Connections are taken.
  func start() { isStarted.store(true, ordering: .releasing) }

  /// Whether connections have ever been taken.
  var hasStarted: Bool { isStarted.load(ordering: .acquiring) }

  /// From now on the server is not ready: it is on its way out.
  func stop() { isStopping.store(true, ordering: .releasing) }

  /// Whether new requests are welcome.
  var isReady: Bool { !isStopping.load(ordering: .acquiring) }

  var requestsUnderWay: Int { requests.load(ordering: .relaxed) }
  var openConnections: Int { connections.load(ordering: .relaxed) }

  func write(to out: inout ByteBuffer) {
    func metric(_ name: String, _ kind: String, _ help: String, _ value: Int) {
      out.writeString("# HELP \(name) \(help)\n# TYPE \(name) \(kind)\n\(name) \(value)\n")
    }
    metric(
      "perceptron_connections", "gauge", "Open connections.", connections.load(ordering: .relaxed))
    metric(
      "perceptron_requests_in_progress", "gauge", "Requests that wait for their answer.",
      requests.load(ordering: .relaxed))
    metric(
      "perceptron_requests_limit", "gauge", "Requests that may be in progress at once.", limit)
    metric(
      "perceptron_requests_refused_total", "counter",
      "Requests answered with 503 because too many were in progress.",
      refused.load(ordering: .relaxed))
    let name = "perceptron_http_responses_total"
    out.writeString("# HELP \(name) Answers, by class of status.\n# TYPE \(name) counter\n")
    for (digit, count) in answers.withLock({ $0 }).enumerated().dropFirst() {
      out.writeString("\(name){status=\"\(digit)xx\"} \(count)\n")
    }
  }
}
