import Foundation
import Testing

@testable import Perceptron
@testable import PerceptronCommand

@Suite("perceptron convert")
struct ConvertCommandTests {
  private static let penguins = URL(fileURLWithPath: #filePath)
    .deletingLastPathComponent().deletingLastPathComponent().deletingLastPathComponent()
    .deletingLastPathComponent().appending(path: "Examples/penguins.csv").path

  @Test("converted, learned from and predicted: the model of a table in memory, from raw rows")
  func model() throws {
    let folder = try TemporaryFolder()
    let table = Self.penguins
    let training = ["--epochs", "3", "--seed", "2", "--quiet"]
    #expect(
      try Command.run([
        "convert", table, "--target", "species", "--scale", "minmax", "--validation", "0", "--out",
        folder("rows"),
      ]).code == 0)
    let streamed = try Command.run(
      ["train", folder("rows"), "--memory", "1MB", "--out", folder("a")] + training)
    #expect(streamed.code == 0, "\(streamed.err)")
    let whole = try Command.run(
      [
        "train", table, "--target", "species", "--scale", "minmax", "--validation", "0", "--out",
        folder("b"),
      ] + training)
    #expect(whole.code == 0, "\(whole.err)")
    let predictions = try ["a", "b"].map { name in
      try Command.run(["predict", folder(name), table]).out
    }
    #expect(predictions[0] == predictions[1] && predictions[0].hasPrefix("prediction,"))
  }

  @Test("sizes are written with a unit")
  func sizes() {
    #expect(MemoryOption(argument: "2GB")?.bytes == 2_000_000_000)
    #expect(MemoryOption(argument: "1.5MiB")?.bytes == 1_572_864)
    for text in ["", "GB", "2", "-1MB", "0KB", "nanMB", "1e30TB", "2 G"] {
      #expect(MemoryOption(argument: text) == nil, "\(text)")
    }
  }

  @Test("options without effect are refused")
  func usage() throws {
    let folder = try TemporaryFolder()
    let table = Self.penguins
    let memory = try Command.run(["train", table, "--target", "species", "--memory", "1GB"])
    #expect(memory.code == 64 && memory.err.contains("perceptron convert"))
    let none = try Command.run(["convert", folder("no"), "--target", "y", "--out", folder("o")])
    #expect(none.code == 1 && none.err.contains("no such file"))
    let file = try Command.run(["convert", table, "--target", "species", "--out", table])
    #expect(file.code == 1 && file.err.contains("not a folder"))
    _ = try Command.run(["convert", table, "--target", "species", "--out", folder("rows")])
    let target = try Command.run(["train", folder("rows"), "--target", "species"])
    #expect(target.code == 64 && target.err.contains("perceptron convert"))
  }
}
