import Foundation
import Perceptron

/// A step while another process wants a core for itself: threads that wait for each other by
/// spinning would lose far more than that core.
struct TakenCore {
  let workload: Workload

  static let all = Workload.all
    .filter { ["tabular", "mnist-small", "mnist-wide"].contains($0.name) }
    .map { TakenCore(workload: $0) }

  var name: String { "taken-core-\(workload.name)" }

  /// One thread and as many as usually pay take turns, in blocks of about 50 ms. A block's time is
  /// its mean, so that steps that had to wait count in full.
  func record(_ settings: Settings) throws -> Record {
    let (x, t) = workload.rows()
    func step(_ threads: Threads) throws -> TrainingStep<Float> {
      try TrainingStep(
        workload.model(), loss: workload.loss, optimizer: workload.optimizer,
        largestBatch: workload.batch, threads: threads)
    }
    var one = try step(.exactly(1))
    var many = try step(settings.threads ?? .automatic)
    one.run(x, t)
    many.run(x, t)
    let calls = max(1, Int(50_000 / microseconds { one.run(x, t) }))
    let other = try Self.takeCore()
    defer { other.terminate() }
    // Until the other process is under way.
    usleep(200_000)
    var times: [[Double]] = [[], []]
    for _ in 0..<max(5, Int(settings.seconds * 20)) {
      times[0].append(microseconds { for _ in 0..<calls { one.run(x, t) } } / Double(calls))
      times[1].append(microseconds { for _ in 0..<calls { many.run(x, t) } } / Double(calls))
    }
    let (alone, together) = (median(times[0]), median(times[1]))
    let worst = times[1].max() ?? .nan
    return Record(
      name: name,
      line: "\(name): \(shown(together)) µs on \(many.threads), \(shown(alone)) µs on 1 thread: "
        + "\(shown(together / alone)) times (worst \(shown(worst / alone)))",
      fields: [
        ("microseconds_per_step", .number(together)), ("threads", .integer(many.threads)),
        ("microseconds_on_one_thread", .number(alone)), ("ratio", .number(together / alone)),
        ("worst_ratio", .number(worst / alone)),
      ])
  }

  /// A process that computes without end, or until this one is gone.
  private static func takeCore() throws -> Process {
    let process = Process()
    process.executableURL = URL(fileURLWithPath: "/bin/sh")
    process.arguments = [
      "-c",
      "while kill -0 \(getpid()) 2>/dev/null; do i=0; while [ $i -lt 100000 ]; do i=$((i+1)); "
        + "done; done",
    ]
    try process.run()
    return process
  }
}
