import Foundation
import Testing

@testable import Perceptron

/// Damaged checkpoints: refused, or without effect; never a crash, never another training.
@Suite("Damaged checkpoints")
struct CheckpointCorruptionTests {
  private let folder: TemporaryFolder
  private let path: String
  private let bytes: [UInt8]
  private let architecture: Architecture
  private let identity: [ProvenanceEntry]

  init() throws {
    folder = try TemporaryFolder()
    path = folder("state")
    var model = try MLP<Float>(inputs: 1, [(1, .tanh)], seed: 5)
    let train = Examples<Float>(
      inputs: Draw.normal(rows: 5, columns: 1, seed: 1),
      targets: Draw.normal(rows: 5, columns: 1, seed: 2))
    let options = Problem.options(
      .momentum(), epochs: 9, batchSize: 2,
      checkpoint: TrainingOptions.Checkpoint(path: path, every: .steps(4)))
    var saved: [UInt8] = []
    let source = path
    _ = try model.train(on: train, validation: train, options: options) { record in
      guard record.epoch == 2 else { return .proceed }
      saved = (try? FileSystem.read(source)) ?? []
      return .stop
    }
    bytes = saved
    architecture = model.architecture
    identity = options.identity(architecture, train: train, validation: train)
  }

  /// What `damaged` is read as; nil when it is refused.
  private func read(_ damaged: [UInt8]) throws -> TrainingState<Float>? {
    try Data(damaged).write(to: URL(filePath: path))
    do {
      return try CheckpointFile<Float>.read(
        path, architecture: architecture, identity: identity, optimizer: .momentum())
    } catch let error as PerceptronError {
      #expect(error.kind == .modelFile && error.file == path)
      return nil
    }
  }

  private var headerCount: Int { 8 + bytes[..<8].reversed().reduce(0) { $0 << 8 | Int($1) } }

  @Test("what is tested is a state in the middle of an epoch")
  func whole() throws {
    let state = try #require(try read(bytes))
    #expect(state.epoch == 1 && state.batch == 1 && state.clock.step == 4)
    #expect(state.history.count == 1 && state.best.epoch == 1 && state.best.value != nil)
    #expect(state.firstState.count == 2 && state.secondState.isEmpty)
    #expect(state.lossSum > 0 && state.stopped == nil)
  }

  @Test("cut short or made longer, it is refused")
  func truncated() throws {
    var generator = SeededGenerator(seed: 1)
    let lengths =
      [0, 1, 7, 8, 9, headerCount - 1, headerCount, bytes.count - 1]
      + (0..<40).map { _ in Int.random(in: 0..<bytes.count, using: &generator) }
    for length in lengths {
      #expect(try read(Array(bytes.prefix(length))) == nil, "\(length) of \(bytes.count) bytes")
    }
    #expect(try read(bytes + [0]) == nil)
  }

  @Test("with a bit flipped anywhere it is refused, or the same")
  func flipped() throws {
    let whole = try #require(try read(bytes))
    var generator = SeededGenerator(seed: 2)
    var accepted: [String] = []
    // Every byte of the header and of this small file's data.
    for position in bytes.indices {
      var damaged = bytes
      damaged[position] ^= 1 << UInt8.random(in: 0..<8, using: &generator)
      if let state = try read(damaged), state != whole {
        let near = bytes[max(0, position - 12)...min(bytes.count - 1, position + 4)]
        accepted.append("\(position): …\(quoted(String(decoding: near, as: UTF8.self)))")
      }
    }
    #expect(
      accepted.isEmpty,
      "\(accepted.count) of \(bytes.count) flips change the training, such as \(accepted.prefix(3))"
    )
  }

  @Test("counters that no training reaches are refused, or trained on without a crash")
  func counters() async {
    await #expect(processExitsWith: .success) {
      let folder = try TemporaryFolder()
      let train = Problem.examples(as: Float.self)
      let changes: [(inout TrainingState<Float>) -> Void] = [
        { $0.clock.step = .max }, { ($0.epochsWithoutBest, $0.best.value) = (.max, -1) },
        { $0.batch = .max },
        { $0.clock.beta1Power = .nan }, { $0.lossSum = -.infinity }, { $0.best.epoch = -1 },
        { $0.best.parameters = [] }, { $0.firstState = [1] }, { $0.parameters[0] = .nan },
      ]
      for change in changes {
        var model = try Problem.model(as: Float.self)
        let options = Problem.options(
          .adam(), checkpoint: TrainingOptions.Checkpoint(path: folder("state"), resumes: true))
        var state = TrainingState(parameters: model.parameters)
        state.firstState = model.parameters
        state.secondState = model.parameters.map { $0 * $0 }
        change(&state)
        try CheckpointFile(
          state, architecture: model.architecture,
          identity: options.identity(model.architecture, train: train, validation: train)
        ).write(folder("state"))
        do {
          _ = try model.train(on: train, validation: train, options: options) { _ in .proceed }
        } catch is PerceptronError {
          continue
        }
      }
    }
  }

  @Test("an optimizer's memory that is missing is refused")
  func missingState() throws {
    var state = try #require(try read(bytes))
    state.firstState = []
    try CheckpointFile(state, architecture: architecture, identity: identity).write(path)
    expectRefusal(.modelFile, "optimizer.first") {
      _ = try CheckpointFile<Float>.read(
        path, architecture: architecture, identity: identity, optimizer: .momentum())
    }
  }

  @Test("an optimizer's memory that is not finite is refused")
  func nonFiniteState() throws {
    for change: (inout TrainingState<Float>) -> Void in [
      { $0.firstState[1] = .nan }, { $0.best.parameters[0] = .infinity },
    ] {
      var state = try #require(try read(bytes))
      change(&state)
      try CheckpointFile(state, architecture: architecture, identity: identity).write(path)
      expectRefusal(.modelFile, "not a finite number") {
        _ = try CheckpointFile<Float>.read(
          path, architecture: architecture, identity: identity, optimizer: .momentum())
      }
      try Data(bytes).write(to: URL(filePath: path))
    }
  }
}
