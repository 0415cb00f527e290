import Foundation
import Perceptron

/// One visitor's network. Nothing of it is shared with any other.
///
/// It learns only while somebody looks: whoever streams it calls `next()` for each picture, and what is
/// learned in between is learned there.
actor PlaygroundSession {
  private var training: PlaygroundTraining
  private var maps: DecisionMaps
  private var table: Table?
  private var problems: [String]
  private var isPlaying = false
  /// Updates to reach before anything else.
  private var goal: Int
  /// Counts what was changed, so that a picture is sent once.
  private var revision = 1
  private var sent = 0
  /// Counts the scenes.
  private var generation = 1
  /// Which stream shows it; an older one ends.
  private var stream = 0
  private(set) var hasEnded = false

  /// What a picture may take, in seconds of learning.
  static let slice = Duration.milliseconds(15)

  /// - Parameters:
  ///   - query: an address; what is impossible in it is left as usual and said.
  ///   - table: the table there is from the start.
  init(query: String, table: Table?) throws {
    var (settings, problems) = PlaygroundSettings.read(query)
    do {
      training = try PlaygroundTraining(settings, table: table)
    } catch let error as PerceptronError {
      problems.append(
        "these settings do not go together, so the usual ones are taken: \(error)")
      settings = PlaygroundSettings()
      training = try PlaygroundTraining(settings)
    }
    maps = DecisionMaps(training.problem, outputs: training.model.outputs)
    self.table = table
    self.problems = problems
    goal = settings.updates
  }

  /// What stays as it is.
  var scene: PlaygroundScene {
    PlaygroundScene(
      training, maps, generation: generation, tableName: table?.name, problems: problems)
  }

  /// Takes other settings, or another table with them, and starts again; where they differ in how
  /// things are shown alone, it goes on.
  ///
  /// - Throws: `PerceptronError` when they are impossible; the session is then as it was.
  func change(query: String, table other: Table? = nil) throws -> PlaygroundScene {
    let (settings, problems) = PlaygroundSettings.read(query)
    if let first = problems.first { throw PerceptronError(.option, first) }
    if other == nil, settings.learned == training.settings.learned {
      training.show(as: settings)
      return scene
    }
    let table = other ?? table
    let training = try PlaygroundTraining(settings, table: table)
    self.training = training
    self.table = table
    self.problems = []
    maps = DecisionMaps(self.training.problem, outputs: self.training.model.outputs)
    goal = settings.updates
    isPlaying = false
    revision += 1
    generation += 1
    return scene
  }

  /// Learns until told otherwise.
  func play() { (isPlaying, revision) = (true, revision + 1) }

  /// Stands still.
  func pause() { (isPlaying, goal, revision) = (false, 0, revision + 1) }

  /// Makes some updates.
  func step(updates: Int) throws {
    isPlaying = false
    for _ in 0..<updates { try training.advance() }
    revision += 1
  }

  /// Learns to the end of the epoch.
  func stepEpoch() throws {
    let length = training.updatesPerEpoch
    try step(updates: length - training.updates % length)
  }

  /// Goes back to the start, or to as many updates as given.
  func restart(updates: Int = 0) throws {
    isPlaying = false
    training = try PlaygroundTraining(training.settings, table: table)
    goal = max(0, updates)
    revision += 1
  }

  /// One update back: the same numbers come again, because everything is a function of the seed.
  func back() throws { try restart(updates: training.updates - 1) }

  /// Updates made.
  var updates: Int { training.updates }

  /// A new stream; the one before ends.
  func attach() -> Int {
    stream += 1
    sent = 0
    return stream
  }

  /// No more pictures, for good.
  func end() { hasEnded = true }

  /// What a stream shows next.
  enum Next: Sendable {
    case frame(Data)
    /// Nothing has changed.
    case nothing
    /// The session, or this stream of it, is over.
    case ended
  }

  /// Learns a little and draws what came of it.
  func next(for stream: Int) throws -> Next {
    guard stream == self.stream, !hasEnded else { return .ended }
    if training.updates < goal {
      try learn(atMost: goal - training.updates, until: .now + Self.slice)
      revision += 1
    } else if isPlaying {
      switch training.settings.pace {
      case .batch: try learn(atMost: 1, until: nil)
      case .epoch:
        try learn(
          atMost: training.updatesPerEpoch - training.updates % training.updatesPerEpoch,
          until: nil)
      case .fast: try learn(atMost: .max, until: .now + Self.slice)
      }
      revision += 1
    }
    if training.divergence != nil { (isPlaying, goal) = (false, 0) }
    guard sent != revision else { return .nothing }
    sent = revision
    let frame = try training.frame(
      maps, generation: generation, isPlaying: isPlaying, remaining: max(goal - training.updates, 0)
    )
    return .frame(try PlaygroundJSON.data(frame))
  }

  private func learn(atMost most: Int, until deadline: ContinuousClock.Instant?) throws {
    var count = 0
    while count < most, training.divergence == nil {
      try training.advance()
      count += 1
      if let deadline, count % 8 == 0, .now >= deadline { break }
    }
  }

  /// The backward pass on the rows of the next update.
  func backwardView() throws -> BackwardView { try training.backwardView() }

  /// What the derivation is made of.
  func derivationRequest() throws -> DerivationRequest { try training.derivationRequest() }

  /// The network or its rows as a file.
  func export(_ kind: PlaygroundExport) throws -> [UInt8] {
    try training.refreshModel()
    guard let table = training.problem.dataset.table else { return [] }
    return try kind.bytes(training.model, table: table)
  }
}

/// JSON as the page reads it: members sorted, bytes as base 64, what is no number as a string.
enum PlaygroundJSON {
  static func data(_ value: some Encodable) throws -> Data {
    let encoder = JSONEncoder()
    encoder.outputFormatting = [.sortedKeys, .withoutEscapingSlashes]
    encoder.nonConformingFloatEncodingStrategy = .convertToString(
      positiveInfinity: "inf", negativeInfinity: "-inf", nan: "nan")
    return try encoder.encode(value)
  }
}
