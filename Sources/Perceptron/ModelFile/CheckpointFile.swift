/// The names a checkpoint adds to a model file.
enum CheckpointKeys {
  static let metadata = "perceptron_checkpoint"
  /// A fingerprint of counters and tensors: a flipped bit must not resume as another training.
  static let fingerprint = "perceptron_fingerprint"
  static let firstState = "optimizer.first"
  static let secondState = "optimizer.second"
  static let best = "best.parameters"
  static let thirdState = "optimizer.third"
  static let steps = "lbfgs.steps"
  static let changes = "lbfgs.changes"
  static let all: Set<String> = [firstState, secondState, thirdState, best, steps, changes]

  static func isTensor(_ name: String) -> Bool { all.contains(name) }
}

/// A training's state as a file: a model file (which can be used as a model) with the optimizer's
/// state, the best parameters and counters added.
struct CheckpointFile<Element: Scalar> {
  private let state: TrainingState<Element>
  private let architecture: Architecture
  private let preprocessing: Preprocessing?
  private let identity: [ProvenanceEntry]

  init(
    _ state: TrainingState<Element>, architecture: Architecture,
    preprocessing: Preprocessing? = nil, identity: [ProvenanceEntry]
  ) {
    self.state = state
    self.architecture = architecture
    self.preprocessing = preprocessing
    self.identity = identity
  }

  /// Writes the file: to a temporary name first, then renamed; a kill at any moment leaves the
  /// previous one or this one.
  func write(_ path: String) throws {
    var tensors = ModelFile.tensors(architecture, state.parameters)
    func add(_ name: String, _ values: [Element]) {
      guard !values.isEmpty else { return }
      tensors.append((name, [values.count], Safetensors.TensorValues(values)))
    }
    add(CheckpointKeys.firstState, state.firstState)
    add(CheckpointKeys.secondState, state.secondState)
    add(CheckpointKeys.thirdState, state.thirdState)
    add(CheckpointKeys.best, state.best.parameters)
    let pairs = state.lbfgs.pairs
    if !pairs.isEmpty {
      let shape = [pairs.count, state.parameters.count]
      tensors.append(
        (CheckpointKeys.steps, shape, Safetensors.TensorValues(pairs.flatMap(\.step))))
      tensors.append(
        (CheckpointKeys.changes, shape, Safetensors.TensorValues(pairs.flatMap(\.change))))
    }
    var model = try MLP(architecture, parameters: state.parameters)
    model.preprocessing = preprocessing
    let counters = counters.text()
    try FileSystem.writeAtomically(
      Safetensors.encode(
        tensors: tensors,
        metadata: [
          ("format", "pt"), (ModelFile.metadataKey, model.description.text()),
          (CheckpointKeys.metadata, counters),
          (CheckpointKeys.fingerprint, Self.fingerprint(state, counters)),
        ]), to: path)
  }

  /// Of the counters' text and every number's bits.
  private static func fingerprint(_ state: TrainingState<Element>, _ counters: String) -> String {
    var parts = [contentFingerprint(of: Array(counters.utf8))]
    for values in [
      state.parameters, state.firstState, state.secondState, state.best.parameters,
    ] {
      parts.append(contentFingerprint(of: values))
    }
    if !state.thirdState.isEmpty { parts.append(contentFingerprint(of: state.thirdState)) }
    for pair in state.lbfgs.pairs {
      parts.append(contentFingerprint(of: pair.step))
      parts.append(contentFingerprint(of: pair.change))
    }
    return String(contentFingerprint(of: parts), radix: 16)
  }

  private var counters: JSON {
    guard case .object(var members) = commonCounters else { return .null }
    if let plateau = state.plateau { members.append(JSON.Member("plateau", plateau.json)) }
    if state.hasConverged { members.append(JSON.Member("converged", .bool(true))) }
    return .object(members)
  }

  /// What every checkpoint has.
  private var commonCounters: JSON {
    [
      "identity": .object(identity.map { JSON.Member($0.key, .string($0.value)) }),
      "step": .number(state.clock.step.description),
      "beta1_power": JSON(state.clock.beta1Power),
      "beta2_power": JSON(state.clock.beta2Power),
      "epoch": JSON(state.epoch),
      "batch": JSON(state.batch),
      "loss_sum": JSON(state.lossSum),
      "best_epoch": JSON(state.best.epoch),
      "best_value": state.best.value.map { JSON($0) } ?? .null,
      "reference": state.reference.map { JSON($0) } ?? .null,
      "epochs_without_best": JSON(state.epochsWithoutBest),
      "stopped": state.stopped.map { .string($0.rawValue) } ?? .null,
      "message": state.message.map { .string($0) } ?? .null,
      "history": .array(state.history.map(\.json)),
    ]
  }

  /// Reads a checkpoint and checks that it is whole and was made by the training that `identity`
  /// describes.
  ///
  /// - Throws: `PerceptronError` when the file is no checkpoint, or naming the first difference.
  static func read(
    _ path: String, architecture: Architecture, identity: [ProvenanceEntry], optimizer: Optimizer
  ) throws -> TrainingState<Element> {
    try read(
      FileSystem.read(path), name: path, architecture: architecture, identity: identity,
      optimizer: optimizer)
  }

  /// The same for the content of a file called `path`.
  static func read(
    _ bytes: [UInt8], name path: String, architecture: Architecture,
    identity: [ProvenanceEntry], optimizer: Optimizer
  ) throws -> TrainingState<Element> {
    let file = try ModelFile(bytes, name: path)
    func fail(_ message: String) -> PerceptronError {
      PerceptronError(.modelFile, message, file: path)
    }
    guard let text = file.file.metadata(CheckpointKeys.metadata) else {
      throw fail("it is not a checkpoint")
    }
    guard let json = try? JSON.parse(Array(text.utf8)), let saved = json["identity"]?.object else {
      throw fail("its training state is malformed")
    }
    func shown(_ value: String?) -> String {
      value.map { $0.isEmpty ? "nothing" : printable($0, limit: 60) } ?? "not set"
    }
    for entry in identity {
      let before = saved.first { $0.key == entry.key }?.value.string
      guard before == entry.value else {
        throw fail(
          "it belongs to another training: \(entry.key) was \(shown(before)), now it is "
            + "\(shown(entry.value)); remove it or train as before")
      }
    }
    guard saved.count == identity.count else {
      throw fail("it belongs to another training, with other options")
    }
    guard let state = try decode(json, file, architecture, optimizer) else {
      throw fail("its training state is malformed")
    }
    guard file.file.metadata(CheckpointKeys.fingerprint) == fingerprint(state, text) else {
      throw fail("it is damaged: its fingerprint does not match its content")
    }
    return state
  }

  private static func decode(
    _ json: JSON, _ file: ModelFile, _ architecture: Architecture, _ optimizer: Optimizer
  ) throws -> TrainingState<Element>? {
    var state = TrainingState<Element>(
      parameters: try file.parameters(
        architecture, ignoring: CheckpointKeys.isTensor, as: Element.self))
    /// A tensor of the parameters' size, empty where it is not `needed`.
    func values(_ name: String, needed: Bool) throws -> [Element] {
      guard needed else { return [] }
      func fail(_ message: String) -> PerceptronError {
        PerceptronError(.modelFile, "\(quoted(name)) \(message)", file: file.file.file)
      }
      guard file.file.tensor(named: name) != nil else { throw fail("is missing") }
      let values: [Element] = try file.file.values(of: name)
      guard values.count == architecture.parameterCount else {
        throw fail("has \(values.count) numbers for \(architecture.parameterCount) parameters")
      }
      if let wrong = values.first(where: { !$0.isFinite }) {
        throw fail("holds \(wrong), not a finite number")
      }
      return values
    }
    let first = try values(CheckpointKeys.firstState, needed: optimizer.stateCount > 0)
    let second = try values(CheckpointKeys.secondState, needed: optimizer.stateCount > 1)
    let third = try values(CheckpointKeys.thirdState, needed: optimizer.stateCount > 2)
    let best = try values(CheckpointKeys.best, needed: true)
    if optimizer.isFullBatch {
      guard let pairs = try pairs(file, count: architecture.parameterCount) else { return nil }
      state.lbfgs.pairs = pairs
    }
    guard
      case .number(let step)? = json["step"], let steps = UInt64(step),
      let beta1 = json["beta1_power"]?.double, let beta2 = json["beta2_power"]?.double,
      let epoch = json["epoch"]?.int, epoch >= 0, let batch = json["batch"]?.int, batch >= 0,
      (0...1).contains(beta1), (0...1).contains(beta2),
      let lossSum = json["loss_sum"]?.finite,
      let bestEpoch = json["best_epoch"]?.int, (0...epoch).contains(bestEpoch),
      let without = json["epochs_without_best"]?.int, (0...epoch).contains(without),
      let rows = json["history"]?.array, rows.count == epoch
    else { return nil }
    state.firstState = first
    state.secondState = second
    state.thirdState = third
    state.hasConverged = json["converged"]?.bool ?? false
    if let plateau = json["plateau"] {
      guard let seen = Plateau.State(plateau) else { return nil }
      state.plateau = seen
    }
    state.clock.step = steps
    state.clock.beta1Power = beta1
    state.clock.beta2Power = beta2
    state.epoch = epoch
    state.batch = batch
    state.lossSum = lossSum
    state.best.parameters = best
    state.best.epoch = bestEpoch
    state.best.value = json["best_value"]?.double
    state.reference = json["reference"]?.double
    state.epochsWithoutBest = without
    if let reason = json["stopped"]?.string {
      guard let stopped = StopReason(rawValue: reason) else { return nil }
      state.stopped = stopped
    }
    state.message = json["message"]?.string
    for row in rows {
      guard let record = EpochRecord(row) else { return nil }
      state.history.append(record)
    }
    return state
  }
}

extension CheckpointFile {
  /// The steps that L-BFGS remembers; nil where they are malformed.
  private static func pairs(_ file: ModelFile, count: Int) throws -> [LBFGS.Pair]? {
    guard file.file.tensor(named: CheckpointKeys.steps) != nil,
      file.file.tensor(named: CheckpointKeys.changes) != nil
    else { return [] }
    let steps: [Double] = try file.file.values(of: CheckpointKeys.steps)
    let changes: [Double] = try file.file.values(of: CheckpointKeys.changes)
    guard steps.count == changes.count, steps.count.isMultiple(of: count),
      steps.allSatisfy(\.isFinite), changes.allSatisfy(\.isFinite)
    else { return nil }
    return stride(from: 0, to: steps.count, by: count).map {
      LBFGS.Pair(step: Array(steps[$0..<$0 + count]), change: Array(changes[$0..<$0 + count]))
    }
  }
}

extension Plateau.State {
  /// Its place in a checkpoint.
  fileprivate var json: JSON {
    [
      best.map { JSON($0) } ?? .null, JSON(epochsWithoutBetter), JSON(cooldownLeft), JSON(factor),
    ]
  }

  fileprivate init?(_ json: JSON) {
    guard let fields = json.array, fields.count == 4, let without = fields[1].int, without >= 0,
      let cooldown = fields[2].int, cooldown >= 0, let factor = fields[3].finite, factor >= 0
    else { return nil }
    self.init(
      best: fields[0].finite, epochsWithoutBetter: without, cooldownLeft: cooldown, factor: factor)
  }
}
