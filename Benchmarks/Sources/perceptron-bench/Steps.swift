import Perceptron

extension Workload {
  /// Median microseconds of a training step: forward, loss, backward, update; data resident.
  func timeStep(threads: Threads, seconds: Double) throws -> (microseconds: Double, threads: Int) {
    let (x, t) = rows()
    var step = try TrainingStep(
      model(), loss: loss, optimizer: optimizer, largestBatch: batch, threads: threads)
    let time = medianMicroseconds(seconds: seconds) { calls in
      for _ in 0..<calls { step.run(x, t) }
    }
    return (time, step.threads)
  }

  /// The planned step on the threads asked for; without a wish on one thread and on as many as pay,
  /// and the tape's beside them.
  func stepRecord(_ settings: Settings) throws -> Record {
    let operations = try operations()
    func rate(_ time: Double) -> Double { operations / time / 1000 }
    func share(_ time: Double, _ threads: Int) -> Double {
      rate(time) / settings.floor.peak.of(threads: threads)
    }
    func fields(_ time: Double, _ threads: Int) -> [(key: String, value: Record.Value)] {
      [
        ("microseconds_per_step", .number(time)), ("gflops", .number(rate(time))),
        ("threads", .integer(threads)), ("share_of_peak", .number(share(time, threads))),
      ]
    }
    if let wish = settings.threads {
      let (time, threads) = try timeStep(threads: wish, seconds: settings.seconds)
      return Record(
        name: name,
        line: "\(name): \(shown(time)) µs on \(counted(threads)) (\(shown(rate(time))) GFLOP/s, "
          + "\(percent(share(time, threads))) of the peak)",
        fields: fields(time, threads))
    }
    let (one, _) = try timeStep(threads: .exactly(1), seconds: settings.seconds)
    let (best, threads) = try timeStep(threads: .automatic, seconds: settings.seconds)
    let tape = try timeTape(seconds: settings.seconds)
    return Record(
      name: name,
      line: "\(name): \(shown(one)) µs on 1 thread (\(shown(rate(one))) GFLOP/s, "
        + "\(percent(share(one, 1))) of the peak), \(shown(best)) µs on \(threads); "
        + "tape \(shown(tape)) µs",
      fields: fields(best, threads) + [
        ("microseconds_on_one_thread", .number(one)), ("microseconds_on_tape", .number(tape)),
      ])
  }
}

/// `1 thread`, `2 threads`
func counted(_ threads: Int) -> String { "\(threads) \(threads == 1 ? "thread" : "threads")" }
