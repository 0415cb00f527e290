import ArgumentParser
import Perceptron

/// Which network a command is about, and where its rows come from: the options that `gradcheck` and
/// `explain` share. What they amount to is a `NetworkProblem`.
struct NetworkOptions: ParsableArguments {
  @Argument(help: "A model; without one, --layers describes the network.")
  var model: String?

  @Option(help: "The number of inputs, where neither a model nor a table says it.")
  var inputs: Int?

  @Option(help: "The whole network, output layer included.")
  var layers: String?

  @Option(help: "The loss. (default: the model's, or what the last activation calls for)")
  var loss: String?

  @Option(
    help: "What the loss is divided by: rows, elements or sum (nothing). (default: the loss's own)")
  var reduction: String?

  @Option(help: "A table to take rows from, in place of random inputs; - reads standard input.")
  var data: String?

  @Option(help: "The column to predict, for --layers with --data.")
  var target: String?

  @Option(help: "The table's separator: auto, comma, semicolon, tab or pipe. (default: auto)")
  var separator: String?

  @Option(help: "What is drawn: the network, the inputs, the rows of a table, samples.")
  var seed: UInt64 = 0

  @Option(
    name: .customLong("init"),
    help: "Weights start as in train, biases at 0; the names are train's. (default: all N(0, 1))")
  var initializer: String?

  @Flag(help: "Layers without a bias.")
  var noBias = false

  func validate() throws {
    if model != nil {
      let useless: [(String, Bool)] = [
        ("--layers", layers != nil), ("--inputs", inputs != nil), ("--target", target != nil),
        ("--init", initializer != nil), ("--no-bias", noBias),
      ]
      for (name, isGiven) in useless where isGiven {
        throw ValidationError("\(name) has no effect with a model, which says it itself.")
      }
    } else if layers == nil {
      throw ValidationError("Give a model, or --layers with --inputs or --data.")
    } else if data == nil, inputs == nil {
      throw ValidationError("Give --inputs, or --data with --target.")
    } else if data != nil, inputs != nil {
      throw ValidationError("--inputs has no effect with --data, whose columns are the inputs.")
    } else if data != nil, target == nil {
      throw ValidationError("--data needs --target: the column to predict.")
    }
    if data == nil, target != nil || separator != nil {
      throw ValidationError(
        "\(target != nil ? "--target" : "--separator") has no effect without --data.")
    }
  }
}
