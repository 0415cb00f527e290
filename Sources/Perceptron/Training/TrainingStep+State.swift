extension TrainingState {
  /// Gives back the memory of what a step holds as well, until the next snapshot.
  mutating func forgetStep() {
    parameters = []
    firstState = []
    secondState = []
    thirdState = []
  }

  /// Makes it a state that can be saved and read: the last good parameters, and an optimizer without
  /// numbers that are not finite.
  mutating func forgetDivergence() {
    parameters = best.parameters
    if !lossSum.isFinite { lossSum = 0 }
    for k in firstState.indices where !firstState[k].isFinite { firstState[k] = 0 }
    for k in secondState.indices where !secondState[k].isFinite { secondState[k] = 0 }
    for k in thirdState.indices where !thirdState[k].isFinite { thirdState[k] = 0 }
  }
}

extension TrainingStep {
  /// The parameters at this moment, where they are.
  var parameters: UnsafeBufferPointer<Element> {
    UnsafeBufferPointer(
      start: memory.workspace.memory.base(.parameters), count: memory.workspace.parameterCount)
  }

  /// Copies parameters, optimizer state and clock into `state`.
  func snapshot(into state: inout TrainingState<Element>) {
    memory.workspace.read(.parameters, into: &state.parameters)
    if optimizer.stateCount > 0 { memory.workspace.read(.firstState, into: &state.firstState) }
    if optimizer.stateCount > 1 { memory.workspace.read(.secondState, into: &state.secondState) }
    if optimizer.stateCount > 2 { memory.workspace.read(.thirdState, into: &state.thirdState) }
    state.clock = clock
  }

  /// Takes up `state`.
  mutating func restore(_ state: TrainingState<Element>) {
    memory.workspace.write(state.parameters, to: .parameters)
    if !state.firstState.isEmpty { memory.workspace.write(state.firstState, to: .firstState) }
    if !state.secondState.isEmpty { memory.workspace.write(state.secondState, to: .secondState) }
    if !state.thirdState.isEmpty { memory.workspace.write(state.thirdState, to: .thirdState) }
    clock = state.clock
  }
}

extension TrainingOptions {
  /// Schedule and regularization, where there are any.
  package var rules: [ProvenanceEntry] {
    let summary = regularization.summary(optimizer)
    return (schedule.map { [ProvenanceEntry("schedule", $0.text)] } ?? [])
      + (summary.isEmpty ? [] : [ProvenanceEntry("regularization", summary)])
  }
}
