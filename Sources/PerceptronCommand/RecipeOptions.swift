import ArgumentParser
import Perceptron

/// A network and how it is trained: the one way from options to a recipe that `train`,
/// `cross-validate` and `tune` share.
struct RecipeOptions: ParsableArguments {
  @OptionGroup var stack: StackOptions
  @OptionGroup var learning: LearningOptions

  /// The recipe for some rows.
  ///
  /// - Throws: `PerceptronError` for an option that is out of range or does not fit the rows.
  func recipe<Element: Scalar>(for data: Dataset<Element>) throws -> TrainingRecipe {
    // A wrong name of an optimizer is said before anything of the rows.
    _ = try learning.optimizing.rule()
    let (layers, loss) = try stack.network(for: data)
    return TrainingRecipe(layers: layers, options: try learning.trainingOptions(loss))
  }

  /// The same for rows on a disk.
  func recipe(for rows: any RowSource) throws -> TrainingRecipe {
    let (layers, loss) = try stack.network(for: rows)
    return TrainingRecipe(layers: layers, options: try learning.trainingOptions(loss))
  }

  /// The network of a model that is trained on, and its loss unless another is asked for.
  func recipe<Element: Scalar>(
    for model: MLP<Element>, classWeights: (String) throws -> [Double]
  ) throws -> TrainingRecipe {
    let loss = try stack.weights.applied(
      to: try stack.loss(of: model), classWeights: classWeights)
    return TrainingRecipe(
      layers: model.architecture.layers, options: try learning.trainingOptions(loss))
  }

  /// What two runs must share beside the rows.
  var context: [ProvenanceEntry] {
    [ProvenanceEntry("initialiser", stack.initializer ?? "standard")]
  }

  /// What a model file says of how it was made.
  ///
  /// - Parameter history: nil where training did not come to its end.
  static func provenance(
    _ recipe: TrainingRecipe, _ history: TrainingHistory?
  ) -> [ProvenanceEntry] {
    let options = recipe.options
    var entries = [
      ProvenanceEntry("loss", options.loss.label),
      ProvenanceEntry("reduction", options.loss.reduction.rawValue),
    ]
    entries += WeightOptions.provenance(options.loss)
    entries.append(ProvenanceEntry("optimizer", options.optimizer.fullDescription))
    entries += options.rules
    if let history {
      entries += [
        ProvenanceEntry("epochs", "\(history.epochs.count)"),
        ProvenanceEntry("best epoch", "\(history.bestEpoch)"),
        ProvenanceEntry("stopped", history.stopped.rawValue),
      ]
    }
    entries.append(ProvenanceEntry("batch size", "\(options.batchSize)"))
    if options.accumulation > 1 {
      entries.append(ProvenanceEntry("accumulated batches", "\(options.accumulation)"))
    }
    if options.monitor != .loss {
      entries.append(ProvenanceEntry("monitor", options.monitor.rawValue))
    }
    return entries + [
      ProvenanceEntry("seed", "\(options.seed)"),
      ProvenanceEntry("program", "perceptron \(PerceptronCommand.version)"),
    ]
  }
}

extension RecipeOptions {
  /// The settings a search may try: options, and `depth`, `units`, `activation` and `dropout`, which
  /// make up the hidden layers.
  static let searchable = [
    "hidden", "depth", "units", "activation", "dropout", "learning-rate", "batch-size", "optimizer",
    "momentum", "weight-decay", "l1", "l2", "schedule", "accumulate", "init", "loss",
  ]

  /// The same with some settings in place of its own.
  ///
  /// - Throws: `PerceptronError` for an unknown setting or a value that cannot be read.
  func setting(_ settings: [SearchSpace.Setting]) throws -> RecipeOptions {
    var result = self
    var hidden: [String: String] = [:]
    func number<Number: LosslessStringConvertible>(
      _ setting: SearchSpace.Setting, _: Number.Type
    ) throws -> Number {
      guard let number = Number(setting.value) else {
        throw PerceptronError(
          .option, "\(quoted(setting.value)) is no value of \(setting.name)")
      }
      return number
    }
    for setting in settings {
      switch setting.name {
      case "depth", "units", "activation", "dropout": hidden[setting.name] = setting.value
      case "hidden": result.stack.hidden = setting.value
      case "init": result.stack.initializer = setting.value
      case "loss": result.stack.loss = setting.value
      case "optimizer": result.learning.optimizing.optimizer = setting.value
      case "schedule": result.learning.optimizing.schedule = setting.value
      case "learning-rate":
        result.learning.optimizing.learningRate = try number(setting, Double.self)
      case "momentum": result.learning.optimizing.momentum = try number(setting, Double.self)
      case "weight-decay":
        result.learning.optimizing.weightDecay = try number(setting, Double.self)
      case "l1": result.learning.optimizing.l1 = try number(setting, Double.self)
      case "l2": result.learning.optimizing.l2 = try number(setting, Double.self)
      case "batch-size": result.learning.batchSize = try number(setting, Int.self)
      case "accumulate": result.learning.accumulate = try number(setting, Int.self)
      default:
        let hint = suggestion(for: setting.name, among: Self.searchable)
          .map { "did you mean \($0)?" }
        throw PerceptronError(
          .option,
          "unknown setting \(quoted(setting.name)); "
            + (hint ?? "there are: " + Self.searchable.joined(separator: ", ")))
      }
    }
    if !hidden.isEmpty {
      guard result.stack.layers == nil, !settings.contains(where: { $0.name == "hidden" }) else {
        throw PerceptronError(
          .option,
          "depth, units, activation and dropout make up the hidden layers; they have no effect "
            + "beside hidden or --layers")
      }
      result.stack.hidden = Self.hidden(
        depth: try number(.init("depth", hidden["depth"] ?? "2"), Int.self),
        units: hidden["units"] ?? "32", activation: hidden["activation"] ?? "relu",
        dropout: try number(.init("dropout", hidden["dropout"] ?? "0"), Double.self))
    }
    return result
  }

  /// `16:relu,16:relu`, each followed by its dropout, if any.
  private static func hidden(
    depth: Int, units: String, activation: String, dropout: Double
  ) -> String {
    let layer = "\(units):\(activation)" + (dropout > 0 ? ",dropout:\(dropout)" : "")
    return Array(repeating: layer, count: max(depth, 0)).joined(separator: ",")
  }
}
