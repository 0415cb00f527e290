import Foundation
import Perceptron

/// One picture of a training: all that changes from update to update.
struct PlaygroundFrame: Sendable, Encodable {
  /// Whose picture it is: of the scene with this number.
  let generation: Int
  /// Updates made and epochs completed.
  let updates: Int
  let epoch: Int
  /// Whether more is to come by itself.
  let isPlaying: Bool
  /// Updates still to make for the address that was opened; 0 when it has been reached.
  let remaining: Int
  let learningRate: Double
  let train: Measure
  let test: Measure
  /// The parameter buffer, Doubles.
  let parameters: Data
  /// Its gradient on the rows of the next update, Doubles.
  let gradient: Data
  /// Bytes; see `DecisionMaps`.
  let hidden: Data
  let scales: [Float]
  let outputs: Data
  /// Five Floats a point; see `LearningCurve`.
  let curve: Data
  let histogram: WeightHistogram
  let divergence: Divergence?
}

/// How many weights there are of which size, biases left out.
struct WeightHistogram: Sendable, Hashable, Encodable {
  static let bins = 31
  /// The bins reach from −limit to limit.
  let limit: Double
  let counts: [Int]

  init(_ model: MLP<Double>) {
    let weights = model.architecture.parameters.filter { $0.role == .weights }.flatMap {
      model.parameters[$0.range]
    }
    let largest = weights.reduce(0) { max($0, abs($1)) }
    // Steps of two, so that the axis stands still while weights move a little.
    var limit = 1.0
    while limit < largest, limit < 1e300 { limit *= 2 }
    while limit / 2 > largest, limit > 1e-3 { limit /= 2 }
    var counts = [Int](repeating: 0, count: Self.bins)
    for weight in weights where weight.isFinite {
      let place = (weight / limit + 1) / 2 * Double(Self.bins)
      counts[min(max(Int(place), 0), Self.bins - 1)] += 1
    }
    self.limit = limit
    self.counts = counts
  }
}

extension PlaygroundTraining {
  /// The picture of this moment.
  mutating func frame(
    _ maps: DecisionMaps, generation: Int = 0, isPlaying: Bool, remaining: Int
  ) throws -> PlaygroundFrame {
    try refreshModel()
    let (x, t) = nextBatch
    let gradient = try model.backwardPass(inputs: x, targets: t, loss: loss).parameterGradient
    let (hidden, scales) = try maps.hidden(model, loss: loss)
    return PlaygroundFrame(
      generation: generation, updates: updates, epoch: epoch,
      isPlaying: isPlaying && divergence == nil,
      remaining: remaining, learningRate: learningRate, train: try train.measure(model),
      test: try test.measure(model), parameters: PackedNumbers.data(model.parameters),
      gradient: PackedNumbers.data(gradient), hidden: hidden, scales: scales,
      outputs: try maps.outputs(model, loss: loss), curve: PackedNumbers.data(curve.numbers),
      histogram: WeightHistogram(model), divergence: divergence)
  }
}
