import ArgumentParser
import Perceptron

/// One run of `perceptron train` on rows in memory: of a table, of arrays, or images.
struct TrainRun<Element: Scalar>: TrainSession {
  let options: Train
  let data: Dataset<Element>
  /// What the network learns from and is judged by.
  let train: Dataset<Element>
  let validation: Dataset<Element>?
  /// What it is judged by in the end, never before: the second pair of a folder of images.
  let test: Dataset<Element>?
  let recipe: TrainingRecipe
  /// The model to train on; nil for a fresh one.
  let start: MLP<Element>?
  /// The processes that share the work; nil for one by itself.
  let processes: (any Communicator)?

  init(
    _ options: Train, from file: ModelFile?, with processes: (any Communicator)? = nil
  ) throws {
    self.options = options
    self.processes = processes
    _ = try InstructionSet.selected()
    if processes?.rank ?? 0 == 0 { try options.checkFiles() }
    let start = try file.map { try MLP<Element>($0) }
    self.start = start
    if let start {
      (data, test) = try Self.read(options, for: start)
    } else {
      (data, test) = try options.data.read(
        weightColumn: options.recipe.stack.weights.weightColumn)
    }
    (train, validation) = try options.held.split(
      data, options.recipe.learning, separator: options.data.separator)
    let learned = train
    var recipe =
      try start.map { try options.recipe.recipe(for: $0, classWeights: learned.classWeights) }
      ?? options.recipe.recipe(for: train)
    recipe.options.measuresTraining = options.trainingMetrics
    recipe.options.isDeterministic = options.deterministic
    self.recipe = recipe
  }

  /// The rows to train a model on, with its columns and classes.
  private static func read(
    _ options: Train, for model: MLP<Element>
  ) throws -> (Dataset<Element>, Dataset<Element>?) {
    let preprocessing = try encoding(of: model, at: options.from).preprocessing
    if options.data.isImages {
      let (data, test) = try options.data.read() as (Dataset<Element>, Dataset<Element>?)
      _ = try data.examples(outputs: model.outputs, encodedBy: preprocessing)
      return (data, test)
    }
    let known = preprocessing.targets.map(\.name)
    if !options.data.target.isEmpty, options.data.target != known {
      func list(_ names: [String]) -> String { names.map { quoted($0) }.joined(separator: ", ") }
      throw PerceptronError(
        .dataset, "the model predicts \(list(known)), not \(list(options.data.target))",
        file: options.from)
    }
    return (try Dataset(options.data.table(like: preprocessing), encodedBy: preprocessing), nil)
  }

  var inputs: Int { train.inputs }
  var dataName: String { data.name }
  var dataFingerprint: UInt64 { data.fingerprint }

  var context: [ProvenanceEntry] {
    options.data.context(data) + options.recipe.context + [options.held.context]
  }

  var rowCounts: [ProvenanceEntry] {
    [
      ProvenanceEntry("training rows", "\(train.rows.count)"),
      ProvenanceEntry("validation rows", "\(validation?.rows.count ?? 0)"),
    ]
  }

  /// At equal distances.
  var sample: Examples<Element> {
    get throws {
      let count = min(train.rows.count, 256)
      let encoder = try (start?.preprocessing ?? data.preprocessing(fittedOn: train))
        .adapted(to: recipe.options.loss, file: data.name)
      return try train.selecting(rows: (0..<count).map { $0 * train.rows.count / count })
        .examples(
          outputs: start?.outputs ?? Architecture(inputs: inputs, layers: recipe.layers).outputs,
          encodedBy: encoder)
    }
  }

  func train(
    _ model: inout MLP<Element>, options: TrainingOptions, callbacks: [any TrainingCallback],
    notice: (String) -> Void, onStart: () -> Void, onEpoch: (EpochRecord) -> TrainingControl
  ) throws -> TrainingHistory {
    try model.train(
      on: train, validation: validation.map { .dataset($0) } ?? .none, options: options,
      encodedBy: start?.preprocessing, with: processes, callbacks: callbacks, notice: notice,
      onStart: onStart, onEpoch: onEpoch)
  }

  func printStart(_ architecture: Architecture) { TrainReport(self).printStart(architecture) }

  func printResult(
    _ model: MLP<Element>, _ history: TrainingHistory, seconds: Double
  ) throws -> JSON {
    try TrainReport(self).printResult(model, history, seconds: seconds)
  }
}
