import ArgumentParser
import Perceptron

@main
struct PerceptronCommand: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "perceptron",
    abstract: "Train, understand and use multilayer perceptrons.",
    discussion: """
      A first run, on the table that comes with the project:

        perceptron train Examples/penguins.csv --target species
        perceptron evaluate model.safetensors Examples/penguins.csv
        perceptron predict model.safetensors Examples/penguins.csv
        perceptron importance model.safetensors Examples/penguins.csv
        perceptron inspect model.safetensors
        perceptron explain model.safetensors --data Examples/penguins.csv
        perceptron gradcheck model.safetensors --data Examples/penguins.csv

      Results go to standard output, progress and messages to standard error. The command ends with \
      0, with 64 when it was called in a wrong way, with 1 when something went wrong, and with 130 \
      after Ctrl-C.
      """,
    version: version,
    subcommands: [
      Train.self, Convert.self, CrossValidate.self, Tune.self, FindLearningRate.self, Evaluate.self,
      Predict.self,
      Importance.self, Inspect.self, Explain.self, GradCheck.self, Export.self, Import.self,
      Log.self, Runs.self,
    ])

  static let version = "0.1.0"

  /// What the parser's own does, but never in several processes what one is to do.
  static func main() async {
    do {
      var command = try parseAsRoot()
      try Launch.check(trains: command is Train)
      if var command = command as? any AsyncParsableCommand {
        try await command.run()
      } else {
        try command.run()
      }
    } catch {
      Launch.end(with: error)
    }
  }
}
