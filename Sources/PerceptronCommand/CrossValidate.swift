import ArgumentParser
import Perceptron

/// `perceptron cross-validate`: the options; what is done with them is in `CrossValidationRun`.
struct CrossValidate: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "cross-validate",
    abstract: "Judge how well a network learns a table: every row by a model that has not seen it.",
    discussion: """
      The rows are divided into folds; each fold is judged by a network trained on all others, its \
      preprocessing fitted on those alone. A share of them (--validation) chooses the best epoch; \
      the fold itself only judges. With --group-column rows that share a value of that column, which \
      is then no input, are never in different folds.

      A fold that diverges is reported and left out of the mean. With --checkpoint finished folds \
      are kept, and --resume goes on behind them.

      Examples:
        perceptron cross-validate Examples/penguins.csv --target species --folds 5
        perceptron cross-validate visits.csv --target ill --group-column patient --predictions p.csv
      """)

  @OptionGroup var data: DataOptions
  @OptionGroup var recipe: RecipeOptions
  @OptionGroup var threads: ThreadOptions

  @Option(help: "How many folds.")
  var folds = 5

  @Option(help: "How often the rows are divided anew.")
  var repeats = 1

  @Option(help: "A column whose values keep their rows together; no input.")
  var groupColumn: String?

  @Flag(inversion: .prefixedNo, help: "Classes in equal shares in every fold.")
  var stratified = true

  @Option(help: "The share of a fold's training rows that chooses its best epoch; 0 for none.")
  var validation = 0.1

  @Option(help: "Write each row's prediction, by the model that had not seen it, to this CSV file.")
  var predictions: String?

  @Option(help: "Keep finished folds in this file.")
  var checkpoint: String?

  @Flag(help: "Go on behind the folds in the checkpoint, if there is one.")
  var resume = false

  @Option(help: "In the end train on all rows and write the model to this file.")
  var out: String?

  @Flag(help: "Print the result as one JSON object.")
  var json = false

  @Flag(help: "No progress.")
  var quiet = false

  func validate() throws {
    try data.requireTarget()
    try recipe.learning.validate(validation: "\(validation)")
    if checkpoint == nil, resume {
      throw ValidationError("--resume has no effect without --checkpoint FILE.")
    }
    if data.isImages, groupColumn != nil {
      throw ValidationError("--group-column has no effect with images; it is for tables.")
    }
  }

  func run() async throws {
    Interruption.ignoreWriteSignals()
    let precision = try recipe.learning.chosenPrecision()
    try await threads.limit {
      switch precision {
      case .float: try await CrossValidationRun<Float>(self).run()
      case .double: try await CrossValidationRun<Double>(self).run()
      }
    }
  }

  /// How the folds are made.
  var method: CrossValidation {
    CrossValidation(
      folds: folds, repeats: repeats, isStratified: stratified, groupColumn: groupColumn,
      validation: validation, seed: recipe.learning.seed)
  }
}
