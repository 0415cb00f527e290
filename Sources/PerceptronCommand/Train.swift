import ArgumentParser
import Perceptron

/// `perceptron train`: the options; what is done with them is in `TrainRun`.
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
        perceptron train housing.csv --target median_house_value --hidden 64:relu,64:relu
        perceptron train xor.csv --target y --layers 2:tanh,1:sigmoid --scale none --validation 0
        perceptron train mnist --hidden 128:relu --epochs 5 --batch-size 64

      A layer is UNITS:ACTIVATION; activations are identity, relu, leaky-relu, elu, selu, gelu,
      gelu-tanh, silu (swish), mish, softplus, softsign, sigmoid, tanh, hard-sigmoid, hard-tanh,
      hard-swish, relu6, exponential (exp), softmax. Leaky-relu and elu take a number behind a
      colon: 32:leaky-relu:0.2, 32:elu:0.5.
      """)

  @Argument(help: "The table to learn from, or a folder with images.")
  var data: String?

  @Option(
    help: """
      The column to predict; of a table. Several times for several: all numbers, or all of two \
      values, each a label.
      """)
  var target: [String] = []

  @Option(help: "Images to learn from: an IDX file, plain or .gz.")
  var images: String?

  @Option(help: "The labels of the images.")
  var labels: String?

  @Option(help: "auto, classification or regression; auto looks at the target.")
  var task = "auto"

  @Option(
    help: "The hidden layers; the output layer follows from the task. (default: 32:relu,32:relu)")
  var hidden: String?

  @Option(help: "The whole network, output layer included.")
  var layers: String?

  @Option(help: "How numbers are scaled: standard, minmax or none.")
  var scale = "standard"

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

  @OptionGroup var optimizing: OptimizerOptions

  @Option(help: "Passes over the training rows.")
  var epochs = 100

  @Option(help: "Rows in a step; the last step of an epoch may have fewer.")
  var batchSize = 32

  @Option(help: "Validation rows: a share of the table held out, 0 for none, or a file.")
  var validation = "0.1"

  @Option(help: "Stop after this many epochs without a lower validation loss.")
  var earlyStopping: Int?

  @Option(help: "The same seed gives the same model, to the bit.")
  var seed: UInt64 = 0

  @OptionGroup var threads: ThreadOptions

  @Option(help: "float or double.")
  var precision = "float"

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

  @Option(help: "A column to leave out; may be given several times.")
  var drop: [String] = []

  @Option(help: "A column whose numbers are names; may be given several times.")
  var categorical: [String] = []

  @Option(help: "auto, comma, semicolon, tab or pipe.")
  var separator = "auto"

  @Option(help: "Where the model goes.")
  var out = "model.safetensors"

  @Option(help: "Write the course of the training to this CSV file.")
  var history: String?

  @Option(help: "Save the state of the training to this file.")
  var checkpoint: String?

  @Option(
    help:
      "How often: 5 (epochs), 500steps, 30s or 5m; always at the end and on Ctrl-C. (default: 10s)")
  var checkpointEvery: String?

  @Flag(help: "Go on from the checkpoint, if there is one.")
  var resume = false

  @Flag(help: "Print the result as one JSON object.")
  var json = false

  @Flag(help: "No progress and no summary of what is about to be trained.")
  var quiet = false

  func validate() throws {
    try ImageOptions.validate(data: data, images: images, labels: labels)
    if isImages {
      let useless = [
        ("--target", !target.isEmpty), ("--task", task != "auto"), ("--scale", scale != "standard"),
        ("--drop", !drop.isEmpty), ("--categorical", !categorical.isEmpty),
        ("--separator", separator != "auto"), ("--weight-column", weights.weightColumn != nil),
      ]
      if let (option, _) = useless.first(where: \.1) {
        throw ValidationError("\(option) has no effect with images; it is for tables.")
      }
      guard let share = Double(validation), (0..<1).contains(share) else {
        throw ValidationError(
          "--validation of images is a share of them below 1, not \(validation).")
      }
    } else if target.isEmpty {
      throw ValidationError("Missing expected argument '--target <target>'")
    }
    if hidden != nil, layers != nil {
      throw ValidationError("Give either --hidden or --layers, not both.")
    }
    if checkpoint == nil, resume || checkpointEvery != nil {
      throw ValidationError(
        "\(resume ? "--resume" : "--checkpoint-every") has no effect without --checkpoint FILE.")
    }
    if earlyStopping != nil, Double(validation) == 0 {
      throw ValidationError(
        "--early-stopping has no effect with --validation 0: it watches the validation loss.")
    }
  }

  /// Whether it is images that are learned from.
  var isImages: Bool {
    images != nil || (target.isEmpty && data.map { ImageFolder($0) != nil } ?? false)
  }

  func run() async throws {
    Interruption.ignoreWriteSignals()
    let precision = try named(precision, Precision.self, "precision")
    try await threads.limit {
      switch precision {
      case .float: try await TrainRun<Float>(self).run()
      case .double: try await TrainRun<Double>(self).run()
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
