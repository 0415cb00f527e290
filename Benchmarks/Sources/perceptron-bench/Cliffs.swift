import Perceptron

/// Steps of w-w-w at neighbouring widths, 1 to 131 and around powers of two: one unit more must not
/// cost much more, but where the units fill a register and the next one begins another.
enum Cliffs {
  static let batch = 64
  /// Units after which another register begins.
  static let lanes = 16
  static let widths = Array(1...131) + [255, 256, 257, 511, 512, 513, 1023, 1024, 1025]

  static func records(_ settings: Settings, report: (Record) throws -> Void) throws {
    let threads = settings.threads ?? .automatic
    var times: [Int: Double] = [:]
    // Three rounds, and the lowest of each width: other work is not what is looked for.
    for _ in 0..<3 {
      for width in widths {
        let workload = Workload(
          name: "cliffs-\(width)", inputs: width, layers: [(width, .relu), (width, .relu)],
          batch: batch, loss: .mse, optimizer: .sgd())
        let (time, _) = try workload.timeStep(threads: threads, seconds: settings.seconds / 20)
        times[width] = min(times[width] ?? .infinity, time)
      }
    }
    for (isBoundary, name) in [(true, "cliffs-at-registers"), (false, "cliffs-elsewhere")] {
      let worst = widths.compactMap { width -> (width: Int, ratio: Double)? in
        guard (width % lanes == 0) == isBoundary, let time = times[width],
          let next = times[width + 1]
        else { return nil }
        return (width, next / time)
      }.max { $0.ratio < $1.ratio }
      guard let worst else { continue }
      try report(
        Record(
          name: name,
          line: "\(name): at worst \(shown(worst.ratio)) times, from \(worst.width) units to "
            + "\(worst.width + 1)",
          fields: [("ratio", .number(worst.ratio)), ("width", .integer(worst.width))]))
    }
  }
}
