import ArgumentParser
import Perceptron

/// `perceptron tune`: the options; what is done with them is in `TuneRun`.
struct Tune: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    abstract: "Search for the network and the settings that learn a table best.",
    discussion: """
      Draws settings at random, trains with each, compares by the monitored value of the validation \
      rows (or, with --folds, its mean over a cross-validation), prints the trials, the best first, \
      and trains the best once more into --out. Trial i is a function of the seed and i.

      What is searched, unless --search or --space says it: 1 to 3 hidden layers of 8 to 128 units, \
      relu or tanh, dropout, the learning rate, the batch size, adam or nesterov. A setting is \
      NAME=VALUES: choices between bars, or a range LOW..HIGH, log:LOW..HIGH where ratios count; of \
      whole numbers where both ends are. Names are \(RecipeOptions.searchable.joined(separator: ", ")); \
      depth, units, activation and dropout make up the hidden layers.

      --strategy halving trains all trials for few epochs and the best third of them anew with three \
      times as many, up to --epochs.

      Examples:
        perceptron tune Examples/penguins.csv --target species --trials 20
        perceptron tune data.csv --target y --trials 27 --strategy halving --table trials.jsonl
        perceptron tune data.csv --target y --seconds 60 --search "learning-rate=log:1e-4..1e-1" \
      --search "hidden=32:relu|64:relu,64:relu"
      """)

  @OptionGroup var data: DataOptions
  @OptionGroup var recipe: RecipeOptions
  @OptionGroup var held: ValidationOptions
  @OptionGroup var threads: ThreadOptions

  @Option(help: "How many trials. (default: 20 without --seconds)")
  var trials: Int?

  @Option(help: "Begin no trial after so many seconds, and leave out the one under way.")
  var seconds: Double?

  @Option(help: "random or halving.")
  var strategy = "random"

  @Option(help: "A setting to search, such as learning-rate=log:1e-4..1e-1; several times.")
  var search: [String] = []

  @Option(help: "What is searched as a JSON file: {\"batch-size\": [16, 32], …}.")
  var space: String?

  @Option(help: "Judge by a cross-validation with so many folds, not by --validation.")
  var folds: Int?

  @Option(help: "Keep the table of trials in this file, as JSON lines.")
  var table: String?

  @Flag(help: "Go on behind the trials in the table, if there is one.")
  var resume = false

  @Option(help: "Where the best model goes.")
  var out = "model.safetensors"

  @Flag(help: "Print the result as one JSON object.")
  var json = false

  @Flag(help: "No progress.")
  var quiet = false

  func validate() throws {
    try data.requireTarget()
    try held.validate(isImages: data.isImages)
    if Double(held.validation) == 0, folds == nil {
      throw ValidationError("A search needs validation rows, or --folds.")
    }
    if folds != nil, Double(held.validation) == nil {
      throw ValidationError("--validation FILE has no effect with --folds.")
    }
    if table == nil, resume {
      throw ValidationError("--resume has no effect without --table FILE.")
    }
    if !search.isEmpty, space != nil {
      throw ValidationError("Give either --search or --space, not both.")
    }
    guard ["random", "halving"].contains(strategy) else {
      throw ValidationError("--strategy is random or halving, not \(strategy).")
    }
    if strategy == "halving", seconds != nil, trials == nil {
      throw ValidationError("--strategy halving needs --trials.")
    }
  }

  func run() async throws {
    Interruption.ignoreWriteSignals()
    let precision = try recipe.learning.chosenPrecision()
    try await threads.limit {
      switch precision {
      case .float: try await TuneRun<Float>(self).run()
      case .double: try await TuneRun<Double>(self).run()
      }
    }
  }

  /// What is searched.
  func searchSpace() throws -> SearchSpace {
    if let space {
      let json: JSON
      do {
        json = try JSON.parse(FileSystem.read(space))
      } catch let error as JSON.SyntaxError {
        throw PerceptronError(.option, "it is not JSON: \(error)", file: space)
      }
      return try SearchSpace(json)
    }
    return try SearchSpace(parsing: search.isEmpty ? usualSpace : search)
  }

  /// The usual space, without what the options have settled.
  private var usualSpace: [String] {
    var texts: [String] = []
    if recipe.stack.hidden == nil, recipe.stack.layers == nil {
      texts += ["depth=1..3", "units=log:8..128", "activation=relu|tanh"]
      if (try? LayerStack.parse("2:relu,dropout:0.5")) != nil { texts.append("dropout=0|0.1|0.3") }
    }
    if recipe.learning.optimizing.learningRate == nil {
      texts.append("learning-rate=log:1e-4..1e-1")
    }
    return texts + ["batch-size=16|32|64|128", "optimizer=adam|nesterov", "l2=0|1e-4|1e-3"]
  }
}
