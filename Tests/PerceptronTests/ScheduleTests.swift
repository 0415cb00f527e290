import Testing

@testable import Perceptron

/// The rates of other people's software, update by update; an epoch is one update here.
@Suite("Schedules of the reference")
struct ScheduleGoldenTests {
  private static func shape(_ gold: Gold) throws -> LearningRateSchedule {
    let p = try gold["parameters"]
    switch try gold["name"].text {
    case "step":
      return .init(.step(epochs: try p["step_size"].integer, gamma: try p["gamma"].number))
    case "multistep":
      return .init(
        .multiStep(
          milestones: try p["milestones"].numbers.map { Int($0) }, gamma: try p["gamma"].number))
    case "exponential": return .init(.exponential(gamma: try p["gamma"].number))
    case "cosine", "cosine-past-the-end":
      return .init(.cosine(epochs: try p["T_max"].number, minimum: try p["eta_min"].number))
    case "cosine-warm-restarts", "cosine-warm-restarts-doubling":
      return .init(
        .cosineWarmRestarts(
          epochs: try p["T_0"].number, growth: try p["T_mult"].integer,
          minimum: try p["eta_min"].number))
    case "linear-warmup":
      return .init(
        .constant,
        warmUp: LinearWarmUp(
          updates: try p["total_iters"].integer, start: try p["start_factor"].number))
    case "one-cycle-cos", "one-cycle-linear":
      return .init(
        .oneCycle(
          OneCycle(
            maximum: try p["max_lr"].number, rise: try p["pct_start"].number,
            isCosine: try p["anneal_strategy"].text == "cos", division: try p["div_factor"].number,
            finalDivision: try p["final_div_factor"].number,
            momentum: try p["base_momentum"].number...(try p["max_momentum"].number))))
    case "reduce-on-plateau-min", "reduce-on-plateau-max":
      return .init(
        .plateau(
          Plateau(
            factor: try p["factor"].number, patience: try p["patience"].integer,
            threshold: try p["threshold"].number,
            isRelative: try p["threshold_mode"].text == "rel",
            cooldown: try p["cooldown"].integer, minimum: try p["min_lr"].number,
            rises: try p["mode"].text == "max")))
    case "polynomial":
      return .init(
        .polynomial(epochs: try p["total_iters"].number, power: try p["power"].number))
    case "constant-factor":
      return .init(
        .constantFactor(try p["factor"].number, epochs: try p["total_iters"].integer))
    case let name: throw Gold.Failure(description: "teach the golden tests the schedule \(name)")
    }
  }

  @Test("50 rates of 14 schedules")
  func rates() throws {
    let file = try Gold(file: "optimizers.json")
    let cases = try file["schedules"].elements
    #expect(cases.count == 14)
    for gold in cases {
      let name = try gold["name"].text
      let schedule = try Self.shape(gold)
      let base = try gold["base_lr"].number
      let expected = try gold["lr"].numbers
      let momenta = try gold.optional("momentum")?.numbers
      let metric = try gold.optional("metric")?.numbers
      #expect(expected.count == 50)
      var seen: Plateau.State?
      for t in 0..<50 {
        let (rate, momentum) = schedule.rates(
          base, updates: t, length: .init(updatesPerEpoch: 1, epochs: 50), plateau: seen)
        #expect(abs(rate - expected[t]) <= 1e-13, "\(name), update \(t + 1)")
        if let momenta {
          #expect(abs((momentum ?? .nan) - momenta[t]) <= 1e-13, "\(name), momentum \(t + 1)")
        }
        if case .plateau(let plateau) = schedule.shape, let metric {
          var state = seen ?? Plateau.State()
          plateau.observe(metric[t], &state, rate: base)
          seen = state
        }
      }
    }
  }
}

@Suite struct ScheduleTests {
  private func rates(_ text: String, epochs: Int = 4, perEpoch: Int = 2) throws -> [Double] {
    let schedule = try LearningRateSchedule(text)
    return (0..<epochs * perEpoch).map {
      schedule.rates(
        1, updates: $0, length: .init(updatesPerEpoch: perEpoch, epochs: epochs), plateau: nil
      ).learningRate
    }
  }

  @Test("cos πx is exact where it is simple, and close everywhere")
  func cosine() {
    #expect([0, 0.5, 1, 1.5, 2].map { Cosine.ofHalfTurns($0) } == [1, 0, -1, 0, 1])
    // cos(π/3), cos(π/4), cos(π/5) = φ/2
    for (x, value) in [
      (1 / 3.0, 0.5), (0.25, 0.5.squareRoot()), (0.2, (1 + 5.0.squareRoot()) / 4),
    ] {
      #expect(abs(Cosine.ofHalfTurns(x) - value) < 4e-16)
      #expect(abs(Cosine.ofHalfTurns(1 - x) + value) < 4e-16)
      #expect(abs(Cosine.ofHalfTurns(2 + x) - value) < 1e-15)
    }
  }

  @Test("epochs and updates")
  func units() throws {
    #expect(try rates("step:2:0.5") == [1, 1, 1, 1, 0.5, 0.5, 0.5, 0.5])
    #expect(try rates("multi-step:1,3:0.5") == [1, 1, 0.5, 0.5, 0.5, 0.5, 0.25, 0.25])
    #expect(try rates("exponential:0.5") == [1, 1, 0.5, 0.5, 0.25, 0.25, 0.125, 0.125])
    // Half an epoch is an update; the whole training where no length is given.
    #expect(try rates("polynomial") == (0..<8).map { 1 - Double($0) / 8 })
    #expect(try rates("polynomial:2") == [1, 0.75, 0.5, 0.25, 0, 0, 0, 0])
    let cosine = try rates("cosine")
    #expect(cosine[0] == 1 && cosine[4] == 0.5 && zip(cosine, cosine.dropFirst()).allSatisfy(>))
    // What moves with every update begins behind the warm-up; epochs are those of the training.
    #expect(try rates("warmup:4:0.5,polynomial") == [0.5, 0.625, 0.75, 0.875, 1, 0.75, 0.5, 0.25])
    #expect(try rates("warmup:2:0,step:2:0.5") == [0, 0.5, 1, 1, 0.5, 0.5, 0.5, 0.5])
    #expect(try rates("warmup:3:0") == [0, 1 / 3.0, 2 / 3.0, 1, 1, 1, 1, 1])
    for epochs in 1...3 {
      let rates = try rates("one-cycle", epochs: epochs, perEpoch: 1)
      #expect(rates.allSatisfy { $0.isFinite && $0 > 0 && $0 <= 1 })
    }
  }

  @Test("texts that are read, and what they say of themselves")
  func texts() throws {
    for text in [
      "constant", "constant-factor:0.5:3", "step:30:0.1", "multi-step:30,60:0.1",
      "exponential:0.9", "polynomial:all:1.0", "cosine:100.0:0.0",
      "cosine-warm-restarts:10.0:2:0.0", "warmup:500:0.01,cosine:all:0.0",
    ] {
      #expect(try LearningRateSchedule(text).text == text)
    }
    #expect(try LearningRateSchedule("step:30").text == "step:30:0.1")
    #expect(try LearningRateSchedule("Cosine").text == "cosine:all:0.0")
    #expect(
      try LearningRateSchedule("plateau:0.5:5")
        == .init(.plateau(Plateau(factor: 0.5, patience: 5))))
    #expect(
      try LearningRateSchedule("one-cycle:0.1") == .init(.oneCycle(OneCycle(maximum: 0.1))))
  }

  @Test(
    "texts that are refused",
    arguments: [
      ("cosin", "did you mean cosine?"), ("", "unknown schedule"), ("step", "EPOCHS is missing"),
      ("step:x", "\"x\" is no EPOCHS"), ("step:3:0.1:9", "\"9\" is too much"),
      ("warmup:0,cosine", "is no warm-up"), ("warmup:", "is no warm-up"),
      ("multi-step:3,,4", "is no EPOCHS"), ("exponential:nan", "is no FACTOR"),
      ("step:0", "epochs must be above 0"), ("exponential:0", "factor must be above 0"),
      ("plateau:1", "factor must be between 0 and 1"), ("one-cycle:-1", "peak must be above 0"),
      ("cosine:10:-1", "minimum must be at least 0"),
    ])
  func refusals(_ text: String, _ message: String) {
    expectRefusal(.option, message) {
      try LearningRateSchedule(text).validate(.adam())
    }
  }

  @Test("The rate is in the records, and one update does what its rate says")
  func records() throws {
    var model: MLP<Double> = try Problem.model()
    var options = Problem.options(.sgd(learningRate: 0.1), epochs: 3)
    options.schedule = try LearningRateSchedule("step:1:0.5")
    let history = try model.train(
      on: Problem.examples(), validation: nil, options: options, onEpoch: { _ in .proceed })
    #expect(history.epochs.map(\.learningRate) == [0.1, 0.05, 0.025])
    // By hand: three trainings of one epoch would shuffle anew, so one epoch, and the rate of it.
    var (fast, slow): (MLP<Double>, MLP<Double>) = (try Problem.model(), try Problem.model())
    var first = Problem.options(.sgd(learningRate: 0.1), epochs: 1)
    first.schedule = try LearningRateSchedule("constant-factor:0.5:1")
    _ = try fast.train(
      on: Problem.examples(), validation: nil, options: first, onEpoch: { _ in .proceed })
    _ = try slow.train(
      on: Problem.examples(), validation: nil,
      options: Problem.options(.sgd(learningRate: 0.05), epochs: 1), onEpoch: { _ in .proceed })
    #expect(fast.parameters == slow.parameters)
  }

  @Test("a plateau of the validation loss lowers the rate")
  func plateau() throws {
    var model: MLP<Double> = try Problem.model()
    var options = Problem.options(.sgd(learningRate: 0.5), epochs: 30)
    options.schedule = try LearningRateSchedule("plateau:0.5:2")
    let history = try model.train(
      on: Problem.examples(), validation: Problem.examples(rows: 5, seed: 2), options: options,
      onEpoch: { _ in .proceed })
    let rates = history.epochs.compactMap(\.learningRate)
    #expect(rates.count == 30 && rates[0] == 0.5)
    var (best, bad, expected) = (Double.infinity, 0, 0.5)
    for record in history.epochs {
      #expect(record.learningRate == expected, "epoch \(record.epoch)")
      let loss = try #require(record.validationLoss)
      if loss < best * (1 - 1e-4) { (best, bad) = (loss, 0) } else { bad += 1 }
      if bad > 2 { (expected, bad) = (expected * 0.5, 0) }
    }
    #expect(expected < 0.5)
  }
}
