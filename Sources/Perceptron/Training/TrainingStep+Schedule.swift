extension TrainingStep {
  /// η of the next update.
  public var learningRate: Double { optimizer.learningRate }

  /// Gives the next update the learning rate, and the momentum where it is cycled, that a schedule has
  /// for it: what `fit` does before every step.
  ///
  /// ```swift
  /// try step.follow(schedule, of: .sgd(learningRate: 0.1), updatesPerEpoch: 10, epochs: 100)
  /// step.run(x, y)
  /// ```
  ///
  /// - Parameters:
  ///   - schedule: how the rate changes.
  ///   - optimizer: the rule the step was made with, whose η the schedule starts from.
  ///   - updatesPerEpoch: what an epoch is to the schedule, at least 1.
  ///   - epochs: the whole training, for lengths that the schedule leaves out.
  /// - Throws: `PerceptronError` for a number out of range, and for `plateau`, which follows the loss
  ///   of whole epochs: that is known to `fit` alone.
  public mutating func follow(
    _ schedule: LearningRateSchedule, of optimizer: Optimizer, updatesPerEpoch: Int, epochs: Int
  ) throws {
    try schedule.validate(optimizer)
    if case .plateau = schedule.shape {
      throw PerceptronError(
        .option, "the schedule plateau follows the loss of whole epochs: it goes with fit alone")
    }
    let rates = schedule.rates(
      optimizer.learningRate, updates: Int(clock.step),
      length: .init(updatesPerEpoch: max(updatesPerEpoch, 1), epochs: epochs), plateau: nil)
    self.optimizer = optimizer.with(learningRate: rates.learningRate, momentum: rates.momentum)
  }
}
