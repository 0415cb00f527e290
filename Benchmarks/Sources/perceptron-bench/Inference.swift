import Perceptron

/// A network's outputs for a batch, relu inside and the last layer without an activation, by a
/// `Predictor` that is made once: a call writes into memory that the caller keeps, as a server's does.
struct Inference {
  let sizes: [Int]
  let batch: Int

  static let all = [
    Inference(sizes: [2, 2, 2, 1], batch: 1),
    Inference(sizes: [32, 64, 64, 1], batch: 1),
    Inference(sizes: [784, 128, 10], batch: 1),
    Inference(sizes: [784, 512, 512, 10], batch: 1),
    Inference(sizes: [784, 512, 512, 10], batch: 256),
    Inference(sizes: [32, 64, 64, 1], batch: 4096),
  ]

  /// `infer-784-512-512-10`, `infer-784-512-512-10-b256`
  var name: String {
    "infer-" + sizes.map(String.init).joined(separator: "-") + (batch == 1 ? "" : "-b\(batch)")
  }

  private var weights: Int { zip(sizes, sizes.dropFirst()).reduce(0) { $0 + $1.0 * $1.1 } }

  func time(threads: Threads, seconds: Double) throws -> Double {
    let layers: [(Int, Activation)] = sizes.indices.dropFirst().map {
      (sizes[$0], $0 == sizes.count - 1 ? .identity : .relu)
    }
    var stream = RandomStream(seed: 1, purpose: .data)
    let x = Matrix<Float>(
      rows: batch, columns: sizes[0],
      values: (0..<batch * sizes[0]).map { _ in Float(stream.normal()) })
    let predictor = try Predictor(
      MLP<Float>(inputs: sizes[0], layers), largestBatch: batch, threads: threads)
    var y = predictor.outputs(x)
    var sum: Float = 0
    let time = medianMicroseconds(seconds: seconds) { calls in
      for _ in 0..<calls {
        predictor.outputs(x, into: &y)
        sum += y.values[0]
      }
    }
    guard sum.isFinite else { throw PerceptronError(.network, "\(name) gave \(sum)") }
    return time
  }

  /// A single row reads every weight for two operations: what limits it is how fast a cache delivers
  /// them. A batch uses each weight often: what limits it are the multiply-adds.
  func record(_ settings: Settings) throws -> Record {
    let time = try time(threads: settings.threads ?? .automatic, seconds: settings.seconds)
    let rate = Double(2 * weights * batch) / time / 1000
    var line = "\(name): \(shown(time)) µs a call"
    var fields: [(key: String, value: Record.Value)] = [
      ("microseconds_per_call", .number(time)), ("rows", .integer(batch)),
      ("gflops", .number(rate)),
    ]
    if batch == 1 {
      let bytes = 4 * weights
      let reading = Double(bytes) / time / 1000
      let share = reading / settings.floor.readRate(bytes: bytes)
      line += " (reads \(shown(reading)) GB/s of weights, \(percent(share)) of one core's rate)"
      fields += [
        ("gigabytes_per_second", .number(reading)), ("share_of_read_rate", .number(share)),
      ]
    } else {
      let share = rate / settings.floor.peak.allCores
      line += " (\(shown(rate)) GFLOP/s, \(percent(share)) of the peak)"
      fields += [("share_of_peak", .number(share))]
    }
    return Record(name: name, line: line, fields: fields)
  }
}
