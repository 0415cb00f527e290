import Foundation
import Perceptron

/// Steps of w-w-w with a batch of 64 for widths from 1 to 4096: no width may be a cliff.
enum Sweep {
  struct Point {
    let width: Int
    /// Floating-point operations of a step.
    let operations: Double
    let oneThread: Double
    let best: Double
    let threads: Int

    var gflops: Double { operations / best / 1000 }
  }

  static let batch = 64
  /// 1, 2, 3, 4, 6, 8, 12, … 4096
  static let widths = [1, 2] + (1...11).flatMap { [3 << ($0 - 1), 2 << $0] }

  static func records(_ settings: Settings, report: (Record) throws -> Void) throws {
    var points: [Point] = []
    for width in widths {
      let workload = Workload(
        name: "sweep-\(width)", inputs: width, layers: [(width, .relu), (width, .relu)],
        batch: batch, loss: .mse, optimizer: .sgd())
      let seconds = settings.seconds / 4
      let (one, _) = try workload.timeStep(threads: .exactly(1), seconds: seconds)
      let (best, threads) = try workload.timeStep(
        threads: settings.threads ?? .automatic, seconds: seconds)
      let point = Point(
        width: width, operations: try workload.operations(), oneThread: one, best: best,
        threads: threads)
      points.append(point)
      try report(
        Record(
          name: workload.name,
          line: "\(workload.name): \(shown(one)) µs on 1 thread, \(shown(best)) µs on \(threads) "
            + "(\(shown(point.gflops)) GFLOP/s)",
          fields: [
            ("microseconds_per_step", .number(best)), ("gflops", .number(point.gflops)),
            ("threads", .integer(threads)), ("microseconds_on_one_thread", .number(one)),
          ]))
    }
    let chart = SweepChart(
      points: points, peak: settings.floor.peak.allCores, machine: settings.machine.processor)
    try Data(chart.svg.utf8).write(to: URL(fileURLWithPath: settings.svg))
  }
}
