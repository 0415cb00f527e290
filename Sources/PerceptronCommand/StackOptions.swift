import ArgumentParser
import Perceptron

/// The network and its loss: the options that `train`, `cross-validate` and `tune` share.
struct StackOptions: ParsableArguments {
  @Option(
    help: "The hidden layers; the output layer follows from the task. (default: 32:relu,32:relu)")
  var hidden: String?

  @Option(help: "The whole network, output layer included.")
  var layers: String?

  @Option(
    help: """
      The loss: half-squared-error, squared-error, mse, mae, huber, log-cosh, quantile, poisson; \
      for classes also binary-cross-entropy, cross-entropy, kl-divergence, binary-focal, focal, \
      hinge, squared-hinge. A parameter after a colon: huber:1.5, quantile:0.9, focal:2. \
      (default: cross-entropy for classes, mse for numbers)
      """)
  var loss: String?

  @Option(
    help: "What the loss is divided by: rows, elements or sum (nothing). (default: the loss's own)")
  var reduction: String?

  @OptionGroup var weights: WeightOptions

  @Option(
    name: .customLong("init"),
    help: """
      How weights start: zeros, standard-normal, xavier-uniform, xavier-normal, he-uniform, \
      he-normal, lecun-uniform, lecun-normal. (default: lecun-uniform before identity, else \
      xavier-uniform)
      """)
  var initializer: String?

  @Flag(help: "Layers without a bias.")
  var noBias = false

  func validate() throws {
    if hidden != nil, layers != nil {
      throw ValidationError("Give either --hidden or --layers, not both.")
    }
  }

  /// The loss of a model that is trained on, unless another is asked for.
  func loss<Element: Scalar>(of model: MLP<Element>) throws -> Loss {
    try wantedLoss() ?? model.standardLoss.reduced(by: wantedReduction())
  }

  /// The loss that was asked for, if any.
  private func wantedLoss() throws -> Loss? {
    let reduction = try wantedReduction()
    return try loss.map { try Loss(named: $0, reduction: reduction) }
  }

  private func wantedReduction() throws -> Loss.Reduction? {
    try reduction.map { try named($0, Loss.Reduction.self, "reduction") }
  }

  /// The layers and the loss for some rows: what is not said follows from the task.
  func network<Element: Scalar>(
    for data: Dataset<Element>
  ) throws -> (layers: [Layer], loss: Loss) {
    try network(
      classes: data.isClassification ? data.classNames ?? data.targets : nil,
      targets: data.targets.count, data.preprocessing, name: data.name
    ) { try weights.applied(to: $0, classWeights: data.classWeights) }
  }

  /// The same for rows on a disk.
  func network(for rows: any RowSource) throws -> (layers: [Layer], loss: Loss) {
    let encoder = rows.preprocessing
    return try network(
      classes: encoder.isMultiLabel ? encoder.targets.map(\.name) : encoder.classes,
      targets: encoder.targets.count, encoder, outputs: rows.outputs, name: rows.name
    ) { try weights.applied(to: $0, classWeights: rows.classWeights) }
  }

  private func network(
    classes: [String]?, targets: Int, _ preprocessing: Preprocessing, outputs: Int = 1,
    name: String,
    weighted weigh: (Loss) throws -> Loss
  ) throws -> (layers: [Layer], loss: Loss) {
    let initializer = try initializer.map { try Initializer(named: $0) }
    let reduction = try wantedReduction()
    let wanted = try wantedLoss()
    func stack(_ text: String) throws -> [Layer] {
      try LayerStack.parse(text, bias: !noBias, initializer: initializer)
    }
    func weighted(_ layers: [Layer]) throws -> Loss {
      try weigh(wanted ?? Self.standardLoss(layers, classes).reduced(by: reduction))
    }
    if let text = layers {
      let layers = try stack(text)
      return (layers, try weighted(layers))
    }
    if let wanted, !wanted.kind.isOfLogits {
      _ = try preprocessing.adapted(to: wanted, file: name)
    }
    let hidden = hidden ?? "32:relu,32:relu"
    var layers = hidden.isEmpty ? [] : try stack(hidden)
    let units: Int
    let activation: Activation
    if targets > 1 {
      units = targets
      activation = wanted?.kind.requiredActivation ?? (classes == nil ? .identity : .sigmoid)
    } else if let classes {
      let needs = wanted?.kind.requiredActivation
      activation = needs ?? (classes.count == 2 && outputs == 1 ? .sigmoid : .softmax)
      units = classes.count == 2 && activation != .softmax ? 1 : classes.count
    } else {
      (units, activation) = (1, .identity)
    }
    layers.append(.dense(units, activation, bias: !noBias, initializer: initializer))
    return (layers, try weighted(layers))
  }

  private static func standardLoss(_ layers: [Layer], _ classes: [String]?) -> Loss {
    guard let output = layers.last, classes != nil else { return .mse }
    switch output.activation {
    case .softmax: return .crossEntropy
    case .sigmoid: return .binaryCrossEntropy
    default: return .mse
    }
  }
}

extension Loss {
  /// The same loss with another reduction, if one is given.
  fileprivate func reduced(by reduction: Reduction?) -> Loss {
    reduction.map { reduced(by: $0) } ?? self
  }
}
