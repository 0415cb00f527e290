extension Tuner {
  /// Runs the trials.
  ///
  /// A trial that diverges is a result as well, the last of the table. A trial whose judgement says
  /// it was interrupted does not count, and ends the search.
  ///
  /// - Parameters:
  ///   - judge: trains with some settings for so many epochs.
  ///   - onTrial: is handed each result as it comes.
  /// - Returns: every trial with its last result, the best first: those with the most epochs before
  ///   others, then by score, then by number.
  /// - Throws: `PerceptronError` for a budget out of range, and what `judge` throws.
  public func run(
    onTrial: (Trial) -> Void = { _ in },
    _ judge: ([SearchSpace.Setting], Int) throws -> Judgement
  ) throws -> [Trial] {
    var file: ResultFile?
    return try run(file: &file, onTrial: onTrial) { settings, epochs, _ in
      try judge(settings, epochs)
    }
  }

  /// The same with a file that has the trials finished before and takes the others; `judge` is told
  /// until when it may run.
  package func run(
    file: inout ResultFile?, onTrial: (Trial) -> Void,
    _ judge: ([SearchSpace.Setting], Int, ContinuousClock.Instant?) throws -> Judgement
  ) throws -> [Trial] {
    try validate()
    let deadline = seconds.map { ContinuousClock.now + .seconds($0) }
    var known: [Trial] = []
    for (index, line) in (file?.results ?? []).enumerated() {
      guard let trial = Trial(line) else {
        throw file?.malformed(index) ?? PerceptronError(.modelFile, "malformed")
      }
      known.append(trial)
    }
    let count = trials ?? Int(UInt32.max)
    var candidates: [Int]?
    var results: [Trial] = []
    search: for (rung, budget) in rungs(trials: count).enumerated() {
      var reached: [Trial] = []
      // All of them at first; not an array, which without a number of trials would be long.
      var place = 0
      while place < candidates?.count ?? count {
        guard let trial = try next(candidates?[place] ?? place, rung, budget.epochs) else {
          break search
        }
        reached.append(trial)
        place += 1
      }
      let following = rungs(trials: count).dropFirst(rung + 1).first
      candidates = sorted(reached).filter { $0.judgement.score != nil }
        .prefix(following?.trials ?? 0).map(\.number).sorted()
      if candidates?.isEmpty == true { break }
    }
    return sorted(results)

    func next(_ number: Int, _ rung: Int, _ epochs: Int) throws -> Trial? {
      var trial = known.first { $0.number == number && $0.rung == rung }
      if trial == nil {
        if Task.isCancelled { return nil }
        if let deadline, .now >= deadline { return nil }
        let settings = space.settings(ofTrial: number, seed: seed)
        let judgement = try judge(settings, epochs, deadline)
        guard judgement.stopped != .interrupted else { return nil }
        let new = Trial(
          number: number, rung: rung, epochs: epochs, settings: settings, judgement: judgement)
        try file?.append(new.json)
        onTrial(new)
        trial = new
      }
      if let trial {
        results.removeAll { $0.number == number }
        results.append(trial)
      }
      return trial
    }
  }

  private func sorted(_ trials: [Trial]) -> [Trial] {
    trials.sorted { a, b in
      switch (a.judgement.score, b.judgement.score) {
      case (nil, nil): return a.number < b.number
      case (nil, _): return false
      case (_, nil): return true
      case (let first?, let second?):
        if a.rung != b.rung { return a.rung > b.rung }
        if first != second { return monitor.isBetter(first, than: second) }
        return a.number < b.number
      }
    }
  }

  private func validate() throws {
    guard trials != nil || seconds != nil else {
      throw PerceptronError(.option, "a search needs a number of trials or of seconds")
    }
    if let trials, !(1...1_000_000).contains(trials) {
      throw PerceptronError(
        .option, "the number of trials must be from 1 to 1,000,000, not \(trials)")
    }
    if let seconds, !(seconds > 0 && seconds < 1e9) {
      throw PerceptronError(.option, "the seconds of a search must be above 0, not \(seconds)")
    }
    guard epochs > 0 else {
      throw PerceptronError(.option, "the number of epochs must be above 0, not \(epochs)")
    }
    if case .successiveHalving(let factor) = strategy {
      guard factor >= 2 else {
        throw PerceptronError(.option, "successive halving keeps 1 of at least 2, not of \(factor)")
      }
      guard trials != nil else {
        throw PerceptronError(.option, "successive halving needs a number of trials")
      }
    }
    guard !space.dimensions.isEmpty else {
      throw PerceptronError(.option, "there is nothing to search: the space is empty")
    }
  }
}

extension Tuner.Trial {
  /// A line of the table of trials.
  package var json: JSON {
    var members = [
      JSON.Member("trial", JSON(number)), JSON.Member("rung", JSON(rung)),
      JSON.Member("epochs", JSON(epochs)),
      JSON.Member(
        "settings", .object(settings.map { JSON.Member($0.name, .string($0.value)) })),
      JSON.Member("score", judgement.score.map { JSON($0) } ?? .null),
      JSON.Member("metrics", judgement.metrics?.json ?? .null),
      JSON.Member("trained_epochs", JSON(judgement.epochs)),
      JSON.Member("best_epoch", JSON(judgement.bestEpoch)),
      JSON.Member("stopped", .string(judgement.stopped.rawValue)),
    ]
    if let message = judgement.message { members.append(JSON.Member("message", .string(message))) }
    return .object(members)
  }

  /// Reads what `json` has written; nil for anything else.
  package init?(_ json: JSON) {
    guard let number = json["trial"]?.int, let rung = json["rung"]?.int,
      let epochs = json["epochs"]?.int, let settings = json["settings"]?.object,
      let trained = json["trained_epochs"]?.int, let best = json["best_epoch"]?.int,
      let stopped = json["stopped"]?.string.flatMap(StopReason.init(rawValue:)),
      settings.allSatisfy({ $0.value.string != nil })
    else { return nil }
    var judgement = Tuner.Judgement(stopped: stopped, epochs: trained, bestEpoch: best)
    judgement.score = json["score"]?.double
    judgement.metrics = EpochMetrics { json["metrics"]?[$0]?.double }
    judgement.message = json["message"]?.string
    self.init(
      number: number, rung: rung, epochs: epochs,
      settings: settings.map { SearchSpace.Setting($0.key, $0.value.string ?? "") },
      judgement: judgement)
  }
}

extension Tuner.Judgement {
  fileprivate init(stopped: StopReason, epochs: Int, bestEpoch: Int) {
    self.stopped = stopped
    self.epochs = epochs
    self.bestEpoch = bestEpoch
  }
}
