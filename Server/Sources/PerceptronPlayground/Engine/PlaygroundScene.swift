import Foundation
import Perceptron

/// All that stays as it is while a network learns: what the page needs to draw it and to offer its
/// settings.
struct PlaygroundScene: Sendable, Encodable {
  /// A setting by its name and as it stands in an address.
  struct Value: Sendable, Encodable {
    let name: String
    let value: String
  }

  /// A layer that has numbers.
  struct DenseLayer: Sendable, Encodable {
    /// Its place in the stack, counted from 1: the index in formulas.
    let number: Int
    let inputs: Int
    let units: Int
    let activation: String
    /// Where weights and bias begin in the parameter buffer.
    let weights: Int
    let bias: Int?
    /// What stands behind it, such as `dropout:0.2`.
    let followedBy: String?
    let start: String
  }

  /// Counts a session's scenes, so that pictures are told apart from those of the one before.
  let generation: Int
  /// One side's points, three Floats each: x, y, value.
  let trainPoints: Data
  let testPoints: Data
  let across: String
  let upwards: String
  let xRange: [Double]
  let yRange: [Double]
  /// Which inputs the plane's columns are; nil for generated points.
  let plane: [Int]?
  let target: String
  /// Nil for a number.
  let classes: [String]?
  /// What colours reach from and to, of a number.
  let range: [Double]?
  let inputNames: [String]
  /// Bytes, 24 × 24 for each input.
  let inputMaps: Data
  let layers: [DenseLayer]
  let network: String
  let parameters: Int
  let loss: String
  let lossIsAutomatic: Bool
  let hiddenSide: Int
  let outputSide: Int
  let updatesPerEpoch: Int
  let trainRows: Int
  let testRows: Int
  /// Whether outputs are scores, whose sign is the class.
  let hasScores: Bool
  /// All settings, those too that the address leaves out.
  let settings: [Value]
  /// The address that leads here.
  let query: String
  /// What could not be taken from an address.
  let problems: [String]
  /// The table's file, columns, and those that can be drawn; empty without one.
  let tableName: String?
  let columns: [String]
  let drawable: [String]

  init(
    _ training: borrowing PlaygroundTraining, _ maps: DecisionMaps, generation: Int,
    tableName: String?, problems: [String]
  ) {
    self.generation = generation
    let problem = training.problem
    func packed(_ points: [PlaygroundProblem.DrawnPoint]) -> Data {
      PackedNumbers.data(points.flatMap { [Float($0.x), Float($0.y), Float($0.value)] })
    }
    trainPoints = packed(problem.trainPoints)
    testPoints = packed(problem.testPoints)
    across = problem.plane.across
    upwards = problem.plane.upwards
    xRange = [problem.plane.xRange.lowerBound, problem.plane.xRange.upperBound]
    yRange = [problem.plane.yRange.lowerBound, problem.plane.yRange.upperBound]
    plane = problem.plane.xInput.flatMap { x in problem.plane.yInput.map { [x, $0] } }
    target = problem.targetName
    switch problem.target {
    case .classes(let names): (classes, range) = (names, nil)
    case .number(let range): (classes, self.range) = (nil, [range.lowerBound, range.upperBound])
    }
    inputNames = problem.inputNames
    inputMaps = maps.inputs()
    let architecture = training.model.architecture
    layers = architecture.layers.indices.compactMap { place in
      guard case .dense(let dense) = architecture.layers[place],
        let weights = architecture.parameters.first(where: {
          $0.layer == place && $0.role == .weights
        })
      else { return nil }
      let next = place + 1 < architecture.layers.count ? architecture.layers[place + 1] : nil
      return DenseLayer(
        number: place + 1, inputs: weights.rows, units: weights.columns,
        activation: dense.activation.name, weights: weights.offset,
        bias: architecture.parameters.first { $0.layer == place && $0.role == .bias }?.offset,
        followedBy: next.flatMap { $0.isDense ? nil : LayerStack.text([$0]) },
        start: architecture.distribution(of: place)?.description ?? "")
    }
    network = architecture.summary
    parameters = architecture.parameterCount
    loss = training.loss.label
    lossIsAutomatic = training.settings.loss == nil
    hiddenSide = DecisionMaps.hiddenSide
    outputSide = DecisionMaps.outputSide
    updatesPerEpoch = training.updatesPerEpoch
    trainRows = training.train.inputs.rows
    testRows = training.test.inputs.rows
    hasScores = training.loss.kind.targets == .signs
    settings = training.settings.values.map { Value(name: $0.name, value: $0.value) }
    query = training.settings.query
    self.problems = problems
    self.tableName = tableName
    columns = problem.columns
    drawable = problem.drawable
  }
}
