extension Duration {
  var microseconds: Double { Double(self / .nanoseconds(1)) / 1000 }
  var seconds: Double { microseconds / 1_000_000 }
}

/// Microseconds that `body` takes.
func microseconds(_ body: () throws -> Void) rethrows -> Double {
  let start = ContinuousClock.now
  try body()
  return (ContinuousClock.now - start).microseconds
}

func median(_ values: [Double]) -> Double {
  let sorted = values.sorted()
  guard let upper = sorted.dropFirst(sorted.count / 2).first else { return .nan }
  return sorted.count % 2 == 0 ? (sorted[sorted.count / 2 - 1] + upper) / 2 : upper
}

/// Median microseconds of a call, from blocks of about 2 ms: at least five, and about `seconds` of
/// them. `run` makes as many calls as it is told.
func medianMicroseconds(seconds: Double, _ run: (Int) throws -> Void) rethrows -> Double {
  let first = try microseconds { try run(1) }
  let calls = max(1, Int(2000 / max(first, 0.05)))
  // The first call was cold: what a block takes is measured again.
  let block = try microseconds { try run(calls) }
  let count = max(5, min(1000, Int(seconds * 1_000_000 / max(block, 1))))
  let samples = try (0..<count).map { _ in
    try microseconds { try run(calls) } / Double(calls)
  }
  return median(samples)
}
