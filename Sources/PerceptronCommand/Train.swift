import ArgumentParser
import Perceptron

/// `perceptron train`: the options; what is done with them is in `TrainSession`.
struct Train: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    abstract: "Train a network on a table, or on images.",
    discussion: """
      The table is CSV or TSV with a header. Missing values are filled in, texts become categories, \
      numbers are standardised; all of it is kept in the model. Images and labels are IDX files, \
      also compressed (.gz): a pair of them, or a folder with the four files of MNIST, whose t10k \
      pair is then the test set.

      Examples:
        perceptron train Examples/penguins.csv --target species
        perceptron train housing.csv --target median_house_value --hidden 64:relu,dropout:0.1,64:relu
        perceptron train xor.csv --target y --layers 2:tanh,1:sigmoid --scale none --validation 0
        perceptron train mnist --hidden 128:relu --epochs 5 --batch-size 64
        perceptron train more.csv --from model.safetensors --learning-rate 1e-4 --out newer.safetensors
        perceptron train data.csv --target y --monitor f1 --early-stopping 10 --plot curve.svg
        perceptron train big.rows --memory 2GB --batch-size 1024
        perceptron train --inputs x.npy --targets y.npy --memory 2GB
        mpirun -np 4 perceptron train big.csv --target y --batch-size 1024
        mpirun -np 4 perceptron train big.rows --memory 2GB --batch-size 4096

      A layer is UNITS:ACTIVATION, dropout:P, batch-norm, layer-norm, prelu or an activation by \
      itself; activations are identity, relu, leaky-relu, elu, selu, gelu, gelu-tanh, silu (swish), \
      mish, softplus, softsign, sigmoid, tanh, hard-sigmoid, hard-tanh, hard-swish, relu6, \
      exponential (exp), softmax. Leaky-relu and elu take a number behind a colon: \
      32:leaky-relu:0.2, 32:elu:0.5.

      --accumulate K gathers the gradients of K batches, each of its summed loss, and divides once: \
      the update of one batch of K times the rows, up to rounding. --from MODEL trains a model on: \
      its columns and classes must be in the table, and converted rows must be those it was trained on, \
      or come from convert --from MODEL.

      Started by mpirun or srun, a program built with --traits MPI divides each batch among the \
      processes; the first prints and writes. All must read the same files.
      """)

  @OptionGroup var data: DataOptions
  @OptionGroup var recipe: RecipeOptions
  @OptionGroup var held: ValidationOptions
  @OptionGroup var threads: ThreadOptions

  @Option(help: "Train this model on: its network, its encoding of the rows, its classes.")
  var from: String?

  @Option(
    help: ArgumentHelp(
      """
      Memory for rows in each process, such as 400MB: for those that perceptron convert has written \
      (1GB if nothing is said), and for .npy, .npz and IDX files, which are then read piece by piece \
      in every epoch.
      """,
      valueName: "size"))
  var memory: MemoryOption?

  @Option(help: "Where the model goes.")
  var out = "model.safetensors"

  @Option(
    help: """
      Write the course of the training to this file, epoch by epoch: CSV, or JSON lines if it is \
      called .jsonl.
      """)
  var history: String?

  @Flag(help: "Measure the training rows after each epoch, too; takes about a third longer.")
  var trainingMetrics = false

  @Option(help: "Draw the learning curve into this SVG file, at the end and on Ctrl-C.")
  var plot: String?

  @Option(
    help: """
      Look at every layer after each epoch, on a sample of the training rows, say what is wrong with \
      a remedy, and write the numbers to this CSV file, with a picture (.svg) beside it.
      """)
  var diagnose: String?

  @Option(
    help: """
      Write the metrics of every epoch for TensorBoard, in a new folder of this one: \
      LOG-DIR/TIME/train and /validation.
      """)
  var logDir: String?

  @Option(help: "Add a line about this training to this file, for perceptron runs.")
  var runs: String?

  @Flag(help: "Draw the learning curve in the terminal while it grows.")
  var live = false

  @Option(help: "Save the state of the training to this file.")
  var checkpoint: String?

  @Option(
    help:
      "How often: 5 (epochs), 500steps, 30s or 5m; always at the end and on Ctrl-C. (default: 10s)")
  var checkpointEvery: String?

  @Flag(help: "Go on from the checkpoint, if there is one.")
  var resume = false

  @Flag(
    help: """
      Add up every batch in 16 stretches by a fixed tree: 1, 2, 4, 8 and 16 processes then train \
      the same model, to the bit (another one than without this option).
      """)
  var deterministic = false

  @Flag(help: "Print the result as one JSON object.")
  var json = false

  @Flag(help: "No progress and no summary of what is about to be trained.")
  var quiet = false

  func validate() throws {
    try held.validate(isImages: data.isImages)
    if checkpoint == nil, resume || checkpointEvery != nil {
      throw ValidationError(
        "\(resume ? "--resume" : "--checkpoint-every") has no effect without --checkpoint FILE.")
    }
    try recipe.learning.validate(validation: held.validation)
    if memory != nil, !data.isStored, !data.isImages, !data.arrays.isGiven(data.data) {
      throw ValidationError(
        "--memory has no effect on a table, which is read at once; perceptron convert makes rows of "
          + "it.")
    }
    if readsPieces { try validatePieces() }
    if quiet, live { throw ValidationError("--live has no effect with --quiet.") }
    guard from != nil else { return try data.requireTarget() }
    let useless = [
      ("--hidden", recipe.stack.hidden != nil), ("--layers", recipe.stack.layers != nil),
      ("--init", recipe.stack.initializer != nil), ("--no-bias", recipe.stack.noBias),
      ("--task", data.task != "auto"), ("--scale", data.scale != "standard"),
      ("--weight-column", recipe.stack.weights.weightColumn != nil),
      ("--drop", !data.drop.isEmpty), ("--categorical", !data.categorical.isEmpty),
    ]
    if let (option, _) = useless.first(where: \.1) {
      throw ValidationError("\(option) has no effect with --from, whose model says it itself.")
    }
  }

  /// Whether rows are read window by window.
  private var readsPieces: Bool { data.isStored || memory != nil }

  func run() async throws {
    Interruption.ignoreWriteSignals()
    // Asked of the model, a wrong name for a precision is still a wrong name.
    let asked = try recipe.learning.precision.map { _ in try recipe.learning.chosenPrecision() }
    let start = try from.map { try readModel($0) }
    let precision = try asked ?? start?.precision() ?? .float
    try await Launch.together { processes in
      try await threads.limit {
        switch precision {
        case .float where readsPieces:
          try await StoredTrainRun<Float>(self, from: start, with: processes).run()
        case .double where readsPieces:
          try await StoredTrainRun<Double>(self, from: start, with: processes).run()
        case .float: try await TrainRun<Float>(self, from: start, with: processes).run()
        case .double: try await TrainRun<Double>(self, from: start, with: processes).run()
        }
      }
    }
  }
}

/// The case of an enum of names called `text`.
///
/// - Throws: `PerceptronError` with the nearest name.
func named<Name: RawRepresentable & CaseIterable>(
  _ text: String, _: Name.Type, _ what: String
) throws -> Name where Name.RawValue == String {
  if let match = Name(rawValue: text.lowercased()) { return match }
  let names = Name.allCases.map(\.rawValue)
  let hint = suggestion(for: text, among: names).map { "did you mean \($0)?" }
  throw PerceptronError(
    .option,
    "unknown \(what) \(quoted(text)); \(hint ?? "there are: " + names.joined(separator: ", "))")
}
