import ArgumentParser
import Foundation
import Perceptron
import PerceptronPlayground

/// `perceptron-server playground`
struct Playground: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "playground",
    abstract: "Watch a network learn in the browser, with the derivation beside it.",
    discussion: """
      A page where networks are built, trained and taken apart: data sets that draw well or a table of \
      your own, a picture for every unit, the backward pass layer by layer with each gradient checked, \
      and the derivation of exactly this network. The address holds every setting, so that a link \
      shows the same picture. Nothing is loaded from elsewhere, and nothing leaves this machine.

      Examples:
        perceptron-server playground
        perceptron-server playground --data Examples/penguins.csv --port 9000
      """)

  @Option(help: "A CSV or TSV table that every visitor can learn from, beside one of their own.")
  var data: String?

  @Option(help: "The address to listen at; 0.0.0.0 lets other machines in.")
  var host = "127.0.0.1"

  @Option(help: "The port; 0 takes a free one.")
  var port = 8080

  @Option(help: "The most visitors at a time; one more ends the session left alone for longest.")
  var visitors = 32

  @Option(
    parsing: .upToNextOption,
    help: "Names of this machine that browsers may use, beside localhost and addresses.")
  var name: [String] = []

  func validate() throws {
    guard (0...65535).contains(port) else {
      throw ValidationError("--port must be from 0 to 65535, not \(port).")
    }
    guard visitors >= 1, visitors <= 10_000 else {
      throw ValidationError("--visitors must be from 1 to 10000, not \(visitors).")
    }
  }

  func run() async throws {
    let table = try data.map { try Table(contentsOf: $0) }
    let service = PlaygroundService(table: table, capacity: visitors, names: name + [host])
    let (host, hasTable) = (host, table != nil)
    try await service.run(host: host, port: port) { port in
      let address = host.contains(":") ? "[\(host)]" : host == "0.0.0.0" ? "127.0.0.1" : host
      let page = "http://\(address):\(port)/\(hasTable ? "?data=table" : "")\n"
      FileHandle.standardOutput.write(Data(page.utf8))
    }
  }
}
