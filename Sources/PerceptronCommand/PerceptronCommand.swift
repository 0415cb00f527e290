import ArgumentParser

@main
struct PerceptronCommand: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "perceptron",
    abstract: "Train, understand and use multilayer perceptrons.")
}
