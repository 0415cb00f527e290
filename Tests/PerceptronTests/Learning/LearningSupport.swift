import Testing

@testable import Perceptron

/// A table from its text.
func table(_ text: String, name: String = "rows.csv") throws -> Table {
  try Table(bytes: Array(text.utf8), name: name)
}

/// Checks that `operation` is refused with an error of `kind` whose description has all `parts`.
func expectRefusal(
  _ kind: PerceptronError.Kind, _ parts: String...,
  sourceLocation: SourceLocation = #_sourceLocation, _ operation: () throws -> Void
) {
  let error = #expect(
    throws: PerceptronError.self, sourceLocation: sourceLocation, performing: operation)
  guard let error else { return }
  #expect(error.kind == kind, "\(error)", sourceLocation: sourceLocation)
  for part in parts {
    #expect(
      error.description.contains(part), "\(error) does not say \(part)",
      sourceLocation: sourceLocation)
  }
  #expect(!error.description.contains("\n"), sourceLocation: sourceLocation)
}

/// A small regression on matrices, the same every time.
enum Problem {
  /// 18 rows: with batches of 4 an epoch has 5, the last of them short.
  static let rows = 18

  /// y = x₁ − x₂/2 and noise, so that a network learns first and overfits later.
  static func examples<Element: Scalar>(
    rows: Int = rows, seed: UInt64 = 1, as: Element.Type = Element.self
  ) -> Examples<Element> {
    let inputs: Matrix<Element> = Draw.normal(rows: rows, columns: 2, seed: seed)
    let noise: Matrix<Element> = Draw.normal(rows: rows, columns: 1, seed: seed + 100)
    let values = (0..<rows).map { inputs[$0, 0] - inputs[$0, 1] / 2 + noise[$0, 0] / 2 }
    return Examples(inputs: inputs, targets: Matrix(rows: rows, columns: 1, values: values))
  }

  static func model<Element: Scalar>(
    seed: UInt64 = 5, as: Element.Type = Element.self
  ) throws -> MLP<Element> {
    try MLP(inputs: 2, [(3, .tanh), (1, .identity)], seed: seed)
  }

  static func options(
    _ optimizer: Optimizer = .sgd(learningRate: 0.1), loss: Loss = .mse, epochs: Int = 4,
    batchSize: Int = 4, seed: UInt64 = 3, patience: Int? = nil,
    checkpoint: TrainingOptions.Checkpoint? = nil
  ) -> TrainingOptions {
    TrainingOptions(
      loss: loss, optimizer: optimizer, epochs: epochs, batchSize: batchSize, seed: seed,
      patience: patience, threads: .exactly(1), checkpoint: checkpoint)
  }
}

/// What a training came to, in bits.
struct Outcome: Equatable {
  let parameters: [UInt64]
  let epochs: [EpochRecord]
  let bestEpoch: Int
  let stopped: StopReason

  init<Element: Scalar>(_ model: MLP<Element>, _ history: TrainingHistory) {
    parameters = model.parameters.bits
    epochs = history.epochs
    bestEpoch = history.bestEpoch
    stopped = history.stopped
  }
}
