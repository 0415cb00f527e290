import ArgumentParser

/// `perceptron-server`: models behind HTTP, and the playground.
@main
struct PerceptronServerCommand: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "perceptron-server",
    abstract: "Serve trained networks over HTTP, and watch networks learn in a browser.",
    subcommands: [Serve.self, Playground.self])
}
