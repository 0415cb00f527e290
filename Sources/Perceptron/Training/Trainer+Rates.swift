extension Trainer {
  /// Gives the step the learning rate of the next update, and the momentum where the schedule cycles
  /// it.
  mutating func setRates() {
    guard let schedule = options.schedule else { return }
    let rates = schedule.rates(
      options.optimizer.learningRate, updates: Int(step.clock.step),
      length: .init(updatesPerEpoch: batches, epochs: options.epochs), plateau: state.plateau)
    step.optimizer = options.optimizer.with(
      learningRate: rates.learningRate, momentum: rates.momentum)
  }

  /// Lets a schedule that watches the loss take note of an epoch.
  mutating func observe(_ record: EpochRecord) {
    guard case .plateau(let plateau)? = options.schedule?.shape else { return }
    var seen = state.plateau ?? Plateau.State()
    plateau.observe(
      record.validationLoss ?? record.loss, &seen, rate: options.optimizer.learningRate)
    state.plateau = seen
  }
}
