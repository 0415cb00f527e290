/// Everything between rows and a trained model but the rows: the one way from options to a model
/// that training, cross-validation and tuning share.
public struct TrainingRecipe: Sendable, Hashable {
  /// The network, output layer included.
  public var layers: [Layer]
  /// How it is trained; the seed draws the weights too.
  public var options: TrainingOptions

  /// A network and how it is trained.
  public init(layers: [Layer], options: TrainingOptions) {
    self.layers = layers
    self.options = options
  }

  /// A fresh model for `data`.
  ///
  /// - Throws: `PerceptronError` when the network is impossible or cannot be trained.
  public func model<Element: Scalar>(for data: Dataset<Element>) throws -> MLP<Element> {
    let model = try MLP<Element>(inputs: data.inputs, layers: layers, seed: options.seed)
    try model.architecture.validate(training: options.loss)
    return model
  }

  /// A fresh model trained on `train` and judged after each epoch by `validation`; every end is a
  /// result.
  ///
  /// - Throws: `PerceptronError` when something is refused, and what a callback throws.
  public func trained<Element: Scalar>(
    on train: Dataset<Element>, validation: Dataset<Element>?,
    callbacks: [any TrainingCallback] = []
  ) throws -> (model: MLP<Element>, history: TrainingHistory) {
    var model = try model(for: train)
    let history = try model.train(
      on: train, validation: validation.map { .dataset($0) } ?? .none, options: options,
      callbacks: callbacks
    ) { _ in .proceed }
    return (model, history)
  }
}
