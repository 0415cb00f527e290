public import Perceptron

/// All that decides what a visitor of the playground sees: the same settings, the same picture.
///
/// Every one of them stands in the page's address, so that a link tells the whole story; see
/// `query` and `read(_:)`.
public struct PlaygroundSettings: Sendable, Hashable {
  /// The rows to learn from.
  public var data = PlaygroundData.circle
  /// How far generated points stray, in percent: 0 … 50.
  public var noise = 0
  /// How many points are generated: 20 … 2,000.
  public var rows = 400
  /// The share of rows to train on, in percent: 10 … 90. The others are the test.
  public var trainShare = 50
  /// Rows of an update: 1 … 200.
  public var batchSize = 10
  /// What the network is given of a generated point; at least one.
  public var inputs: [EngineeredInput] = [.x, .y]
  /// The hidden layers, first layer first: at most 8.
  public var hidden = [
    HiddenLayer(units: 4, activation: .tanh), .init(units: 2, activation: .tanh),
  ]
  /// The share of hidden units left out at random while training: 0 … 0.9.
  public var dropout = 0.0
  /// The loss; nil takes the cross-entropy of classes, and mse of numbers.
  public var loss: Loss?
  /// The rule of the updates, by its name.
  public var optimizer = "sgd"
  /// η, 0.00001 … 10.
  public var learningRate = 0.03
  /// How η changes, as `LearningRateSchedule` reads it.
  public var schedule = "constant"
  /// λ₁ of the penalty on the weights, 0 … 1.
  public var l1 = 0.0
  /// λ₂ of the penalty on the weights, 0 … 1.
  public var l2 = 0.0
  /// What weights start from; nil takes what suits their activation.
  public var initializer: Initializer?
  /// What everything drawn is a function of: points, split, weights, order, dropout.
  public var seed: UInt32 = 0
  /// Of a table: the column to predict; nil takes the last, or the first where that alone is texts.
  public var target: String?
  /// Of a table: the columns that are drawn; nil takes the first two of numbers.
  public var across: String?
  /// Of a table: the column drawn upwards.
  public var upwards: String?
  /// Updates made when the picture opens: 0 … 200,000.
  public var updates = 0
  /// Whether test points are drawn too.
  public var showsTest = false
  /// Whether the output's map shows the decision alone, not how sure it is.
  public var isDiscrete = false
  /// How much is learned between two pictures.
  public var pace = Pace.epoch

  /// The settings of an address that says nothing.
  public init() {}

  /// The same as far as the numbers go: without what only says how they are shown.
  public var learned: PlaygroundSettings {
    let usual = PlaygroundSettings()
    var settings = self
    settings.updates = usual.updates
    settings.takeView(of: usual)
    return settings
  }

  /// Shows what these settings learn as others do.
  mutating func takeView(of other: PlaygroundSettings) {
    showsTest = other.showsTest
    isDiscrete = other.isDiscrete
    pace = other.pace
  }

  /// One hidden layer.
  public struct HiddenLayer: Sendable, Hashable {
    /// 1 … 16.
    public var units: Int
    /// g
    public var activation: Activation

    /// A layer of some units and what they apply.
    public init(units: Int, activation: Activation) {
      self.units = units
      self.activation = activation
    }
  }

  /// How much is learned between two pictures.
  public enum Pace: String, Sendable, Hashable, CaseIterable {
    /// One update.
    case batch
    /// One pass over the training rows.
    case epoch
    /// As much as there is time for.
    case fast
  }

  /// The most hidden layers.
  public static let mostLayers = 8
  /// The most units of one.
  public static let mostUnits = 16
  /// The activations that a hidden layer may have: those that act entry by entry and can be trained.
  public static let activations = Activation.allCases.filter { $0.isTrainable && $0.isElementwise }
  /// The optimizers on offer: those of single updates.
  public static let optimizers = Optimizer.names.filter { $0 != "lbfgs" }

  /// What a schedule takes for the whole training where it does not say.
  public static let scheduledEpochs = 200

  /// The rule of the updates.
  ///
  /// - Throws: `PerceptronError` for an unknown name.
  public func rule() throws -> Optimizer {
    try Optimizer(named: optimizer, learningRate: learningRate)
  }
}
