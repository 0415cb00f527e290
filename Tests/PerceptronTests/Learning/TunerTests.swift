import Testing

@testable import Perceptron

@Suite("Search for settings")
struct TunerTests {
  private let space = SearchSpace([
    .init("rate", .range(1e-4...1e-1, isLogarithmic: true, isWhole: false)),
    .init("units", .range(8...128, isLogarithmic: true, isWhole: true)),
    .init("depth", .range(1...3, isLogarithmic: false, isWhole: true)),
    .init("share", .range(0...0.5, isLogarithmic: false, isWhole: false)),
    .init("activation", .choices(["relu", "tanh"])),
  ])

  private func judgement(_ score: Double?) -> Tuner.Judgement {
    var history = Tuner.Judgement(
      CrossValidationReport(folds: [], isComplete: true), monitor: .loss)
    history.score = score
    history.stopped = score == nil ? .diverged : .epochs
    return history
  }

  // MARK: The space

  @Test(
    "a space is read and written",
    arguments: [
      "rate=log:0.0001..0.1", "units=log:8..128", "depth=1..3", "share=0.0..0.5", "low=-1.5..-0.5",
      "activation=relu|tanh", "hidden=32:relu|64:relu,64:relu", "one=7..7",
    ])
  func texts(_ text: String) throws {
    #expect(try SearchSpace(parsing: [text]).texts == [text])
  }

  @Test("what a text says")
  func parsing() throws {
    let space = try SearchSpace(parsing: [
      "rate=log:1e-4..1e-1", "units=log:8..128", "depth=1..3", "share=0..0.5",
      "activation=relu|tanh",
    ])
    #expect(space == self.space)
    let json = try JSON.parse(
      Array(
        #"{"rate":"log:1e-4..1e-1","units":"log:8..128","depth":"1..3","share":"0..0.5","activation":["relu","tanh"]}"#
          .utf8))
    #expect(try SearchSpace(json) == self.space)
    #expect(
      try SearchSpace(["b": [16, 32]]).dimensions == [.init("b", .choices(["16", "32"]))])
  }

  @Test(
    "what is no space is refused",
    arguments: [
      "rate", "=1..2", "rate=", "rate=a||b", "rate=log:0..1", "rate=log:-1..1", "rate=2..1",
      "rate=log:5", "rate=a..b", "rate=1..", "rate=nan..1", "rate=0.1..inf",
      "rate=0..99999999999999999",
    ])
  func noSpace(_ text: String) {
    expectRefusal(.option, "\"") { _ = try SearchSpace(parsing: [text]) }
    expectRefusal(.option, "\"rate\" is given twice") {
      _ = try SearchSpace(parsing: ["rate=1..2", "rate=3..4"])
    }
    for json: JSON in [[1, 2], ["a": 3], ["a": []], ["a": [true]]] {
      #expect(throws: PerceptronError.self) { _ = try SearchSpace(json) }
    }
  }

  @Test("trials are functions of the seed and their number, inside of the space")
  func draws() throws {
    let all = (0..<300).map { space.settings(ofTrial: $0, seed: 1) }
    #expect(all[7] == space.settings(ofTrial: 7, seed: 1))
    #expect(all[7] != space.settings(ofTrial: 7, seed: 2))
    #expect(Set(all).count > 290)
    var low = 0
    for settings in all {
      #expect(settings.map(\.name) == ["rate", "units", "depth", "share", "activation"])
      let rate = try #require(Double(settings[0].value))
      #expect((1e-4...1e-1).contains(rate))
      if rate < 0.003162 { low += 1 }
      #expect((8...128).contains(try #require(Int(settings[1].value))))
      #expect((1...3).contains(try #require(Int(settings[2].value))))
      #expect((0...0.5).contains(try #require(Double(settings[3].value))))
      #expect(["relu", "tanh"].contains(settings[4].value))
    }
    // Half of a logarithmic range lies below its geometric mean.
    #expect((120...180).contains(low), "\(low) of 300")
    #expect(Set(all.map { $0[2].value }).count == 3 && Set(all.map { $0[4].value }).count == 2)
  }

  // MARK: Random search

  @Test("the best is first, in the monitor's direction; what diverged is last")
  func sorted() throws {
    for (monitor, order) in [(Monitor.loss, [2, 0, 3, 1]), (.f1, [3, 0, 2, 1])] {
      let tuner = Tuner(space: space, trials: 4, monitor: monitor)
      var next = 0
      let trials = try tuner.run { _, epochs in
        #expect(epochs == 100)
        defer { next += 1 }
        return judgement([0.5, nil, 0.25, 0.75][next])
      }
      #expect(trials.map(\.number) == order)
    }
  }

  @Test("budgets out of range are refused")
  func refused() {
    func refuse(_ tuner: Tuner, _ part: String) {
      expectRefusal(.option, part) { _ = try tuner.run { _, _ in judgement(1) } }
    }
    refuse(Tuner(space: space), "number of trials or of seconds")
    refuse(Tuner(space: space, trials: 0), "trials")
    refuse(Tuner(space: space, seconds: 0), "seconds")
    refuse(Tuner(space: space, trials: 1, epochs: 0), "epochs")
    refuse(Tuner(space: SearchSpace([]), trials: 1), "empty")
    refuse(Tuner(space: space, seconds: 1, strategy: .successiveHalving()), "number of trials")
    refuse(Tuner(space: space, trials: 3, strategy: .successiveHalving(factor: 1)), "at least 2")
  }

  @Test("no trial begins when the seconds are over, and one interrupted does not count")
  func seconds() throws {
    var count = 0
    let trials = try Tuner(space: space, seconds: 0.05).run { _, _ in
      count += 1
      let end = ContinuousClock.now + .milliseconds(20)
      while .now < end {}
      return judgement(Double(count))
    }
    #expect((1...3).contains(trials.count) && trials.count == count)
    var interrupted = judgement(1)
    interrupted.stopped = .interrupted
    var next = 0
    let some = try Tuner(space: space, trials: 5).run { _, _ in
      next += 1
      return next == 3 ? interrupted : judgement(1)
    }
    #expect(some.map(\.number) == [0, 1])
  }

  // MARK: Successive halving

  @Test("rungs: fewer trials, more epochs")
  func rungs() {
    func rungs(_ trials: Int, _ epochs: Int, _ factor: Int) -> [[Int]] {
      Tuner(
        space: space, trials: trials, strategy: .successiveHalving(factor: factor), epochs: epochs
      ).rungs(trials: trials).map { [$0.trials, $0.epochs] }
    }
    #expect(rungs(27, 81, 3) == [[27, 3], [9, 9], [3, 27], [1, 81]])
    #expect(rungs(8, 16, 2) == [[8, 2], [4, 4], [2, 8], [1, 16]])
    #expect(rungs(10, 100, 3) == [[10, 11], [3, 33], [1, 100]])
    #expect(rungs(100, 5, 3) == [[100, 1], [33, 5]])
    #expect(rungs(2, 100, 3) == [[2, 100]])
    #expect(rungs(50, 1, 3) == [[50, 1]])
  }

  @Test("the best third goes on, with the settings it had")
  func halving() throws {
    let tuner = Tuner(space: space, trials: 9, strategy: .successiveHalving(), epochs: 9)
    var calls: [[Int]] = []
    let trials = try tuner.run { settings, epochs in
      let number = try #require(
        (0..<9).first { space.settings(ofTrial: $0, seed: 0) == settings })
      calls.append([number, epochs])
      // 4, 7 and 2 are the best early, 7 is later; 5 diverges.
      let scores: [Double?] = [0.9, 0.8, 0.3, 0.7, 0.1, nil, 0.6, 0.2, 0.5]
      return judgement(epochs == 1 ? scores[number] : number == 7 ? 0.01 : 0.05)
    }
    #expect(calls == (0..<9).map { [$0, 1] } + [[2, 3], [4, 3], [7, 3], [7, 9]])
    #expect(trials.count == 9)
    #expect(trials.prefix(3).map(\.number) == [7, 2, 4])
    #expect(trials[0].epochs == 9 && trials[0].rung == 2)
    #expect(trials.last?.number == 5)
  }

  // MARK: Taken up again

  @Test("killed after any trial it ends in the same table", arguments: 0...12)
  func resumes(_ finished: Int) throws {
    struct Kill: Error {}
    let folder = try TemporaryFolder()
    let tuner = Tuner(space: space, trials: 9, strategy: .successiveHalving(), epochs: 9)
    func judge(_ settings: [SearchSpace.Setting], _ epochs: Int) throws -> Tuner.Judgement {
      let value = settings.reduce(UInt64(epochs)) {
        ($0 &* 31) ^ contentFingerprint(of: Array($1.value.utf8))
      }
      return judgement(value % 7 == 0 ? nil : Double(value % 1000) / 1000)
    }
    func file(resumes: Bool) throws -> ResultFile {
      try ResultFile(
        folder("trials"), kind: "trials", identity: [ProvenanceEntry("seed", "0")],
        resumes: resumes)
    }
    let whole = try tuner.run(judge)
    var first: ResultFile? = try file(resumes: false)
    var count = 0
    _ = try? tuner.run(file: &first, onTrial: { _ in count += 1 }) { settings, epochs, _ in
      if count == finished { throw Kill() }
      return try judge(settings, epochs)
    }
    var second: ResultFile? = try file(resumes: true)
    #expect(second?.results.count == count && count <= finished)
    #expect(
      try tuner.run(file: &second, onTrial: { _ in }) { settings, epochs, _ in
        try judge(settings, epochs)
      } == whole)
  }

  @Test("trained for real: judgements of a validation and of a cross-validation")
  func real() throws {
    let data = try Dataset<Float>(table(Tables.flowers), target: "kind")
    let parts = try #require(data.splitForValidation(fraction: 0.2, seed: 0))
    let space = try SearchSpace(parsing: ["learning-rate=log:1e-3..1e30"])
    func recipe(_ settings: [SearchSpace.Setting], _ epochs: Int) throws -> TrainingRecipe {
      TrainingRecipe(
        layers: [.dense(4, .tanh), .dense(3, .softmax)],
        options: TrainingOptions(
          loss: .crossEntropy, optimizer: .adam(learningRate: Double(settings[0].value) ?? 0),
          epochs: epochs, monitor: .accuracy, threads: .exactly(1)))
    }
    let tuner = Tuner(space: space, trials: 6, epochs: 3, monitor: .accuracy)
    let trials = try tuner.run { settings, epochs in
      Tuner.Judgement(
        try recipe(settings, epochs).trained(on: parts.train, validation: parts.validation).history)
    }
    let scores = trials.compactMap(\.judgement.score)
    #expect(scores == scores.sorted(by: >))
    for trial in trials where trial.judgement.score != nil {
      #expect(trial.judgement.score == trial.judgement.metrics?.accuracy)
    }
    for trial in trials {
      let text = trial.json.text()
      #expect(Tuner.Trial(try JSON.parse(Array(text.utf8))) == trial)
    }
    let report = try CrossValidation(folds: 2).run(
      data, recipe: recipe([.init("learning-rate", "0.01")], 2))
    let folded = Tuner.Judgement(report, monitor: .accuracy)
    #expect(folded.score == report.summary(of: .accuracy)?.mean)
  }
}
