import NIOCore

/// How many of the values seen lie below each bound, as Prometheus has it.
struct Histogram: Sendable {
  private let bounds: [Double]
  private var counts: [Int]
  private var sum = 0.0

  /// From 50 µs to 5 s.
  static let seconds: [Double] = [
    0.00005, 0.0001, 0.00025, 0.0005, 0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1,
    2.5, 5,
  ]
  /// From single rows to many.
  static let rows: [Double] = [1, 2, 4, 8, 16, 32, 64, 128, 256, 1024, 4096, 16384, 65536]

  init(_ bounds: [Double]) {
    self.bounds = bounds
    counts = Array(repeating: 0, count: bounds.count + 1)
  }

  mutating func add(_ value: Double) {
    var place = 0
    while place < bounds.count, value > bounds[place] { place += 1 }
    counts[place] += 1
    sum += value
  }

  /// - Parameter labels: `model="m",version="1"`
  func write(_ name: String, labels: String, to out: inout ByteBuffer) {
    var total = 0
    for (place, count) in counts.enumerated() {
      total += count
      let bound = place < bounds.count ? "\(bounds[place])" : "+Inf"
      out.writeString("\(name)_bucket{\(labels),le=\"\(bound)\"} \(total)\n")
    }
    out.writeString("\(name)_sum{\(labels)} \(sum)\n")
    out.writeString("\(name)_count{\(labels)} \(total)\n")
  }
}
