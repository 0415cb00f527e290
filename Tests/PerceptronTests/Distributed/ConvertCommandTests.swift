import Foundation
import Testing

@testable import Perceptron
@testable import PerceptronCommand
@testable import PerceptronInterchange

@Suite("perceptron convert")
struct ConvertCommandTests {
  @Test("converted, learned from and predicted: the model of a table in memory, from raw rows")
  func model() throws {
    let folder = try TemporaryFolder()
    let table = Command.penguins
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

  @Test("labels and weighted classes are learned as they are in memory")
  func labels() throws {
    let folder = try TemporaryFolder()
    let text =
      "a,b,u,v,k\n"
      + (0..<90).map { row in
        let (a, b) = (row % 9, row * 7 % 13)
        return "\(a),\(b),\(a > b ? "yes" : "no"),\(row % 4 == 1 ? "on" : "off"),\(row % 8 == 3)\n"
      }.joined()
    try FileSystem.writeAtomically(Array(text.utf8), to: folder("t.csv"))
    let training = ["--epochs", "3", "--quiet", "--out"]
    for (targets, options) in [
      (["u", "v"], ["--positive-weight", "2,0.5", "--label-smoothing", "0.1"]),
      (["k"], ["--class-weight", "balanced", "--label-smoothing", "0.1"]),
      (["k"], ["--class-weight", "true=3", "--weight-divisor", "rows"]),
    ] {
      let named = targets.flatMap { ["--target", $0] } + ["--validation", "0"]
      let converted = try Command.run(
        ["convert", folder("t.csv"), "--out", folder("rows"), "--scale", "minmax"] + named)
      #expect(converted.code == 0, "\(converted.err)")
      let streamed = try Command.run(
        ["train", folder("rows")] + options + training + [folder("a")])
      #expect(streamed.code == 0, "\(streamed.err)")
      let whole = try Command.run(
        ["train", folder("t.csv"), "--scale", "minmax"] + named + options + training + [folder("b")]
      )
      #expect(whole.code == 0, "\(whole.err)")
      let predictions = try ["a", "b"].map { name in
        try Command.run(["predict", folder(name), folder("t.csv")]).out
      }
      #expect(predictions[0] == predictions[1] && predictions[0].contains("probability_"))
    }
    let unknown = try Command.run(["train", folder("rows"), "--class-weight", "maybe=2"])
    #expect(unknown.code == 1 && unknown.err.contains("maybe"), "\(unknown.err)")
  }

  @Test("arrays in windows: a model of raw rows; what has no effect there is refused")
  func arrays() throws {
    let folder = try TemporaryFolder()
    let rows = 200
    let x = (0..<2 * rows).map { Double($0 * 31 % 47) }
    let y = (0..<rows).map { x[2 * $0] > x[2 * $0 + 1] ? 1.0 : 0 }
    try NumPyArray.write(Matrix(rows: rows, columns: 2, values: x), to: folder("x.npy"))
    try NumPyArray.write(Matrix(rows: rows, columns: 1, values: y), to: folder("y.npy"))
    let source = ["train", "--inputs", folder("x.npy"), "--targets", folder("y.npy")]
    let training = ["--memory", "2KB", "--epochs", "3", "--out", folder("model")]
    let trained = try Command.run(source + training)
    #expect(trained.code == 0, "\(trained.err)")
    #expect(trained.err.contains("windows of"), "\(trained.err)")
    let evaluated = try Command.run([
      "evaluate", folder("model"), "--inputs", folder("x.npy"), "--targets", folder("y.npy"),
      "--json",
    ])
    #expect(evaluated.code == 0 && evaluated.out.contains("accuracy"), "\(evaluated.err)")
    for (option, value) in [
      ("--drop", "x0"), ("--categorical", "x0"), ("--validation", "more.csv"),
      ("--weight-column", "x0"),
    ] {
      let refused = try Command.run(source + training + [option, value])
      #expect(refused.code == 64 && refused.err.contains(option), "\(refused.err)")
    }
  }

  @Test("several targets are converted as they are learned in memory")
  func severalTargets() throws {
    let folder = try TemporaryFolder()
    let text =
      "a,b,p,q\n"
      + (0..<80).map {
        "\($0 % 9),\($0 * 7 % 13),\($0 % 5)\($0 % 3 == 1 ? "" : ".5"),\($0 % 11 == 3 ? "" : "\($0 % 7)")\n"
      }.joined()
    try FileSystem.writeAtomically(Array(text.utf8), to: folder("t.csv"))
    let targets = ["--target", "p", "--target", "q", "--scale", "minmax"]
    let converted = try Command.run(
      ["convert", folder("t.csv"), "--validation", "0", "--out", folder("rows")] + targets)
    #expect(converted.code == 0 && converted.out.contains("2 inputs, 2 targets"))
    #expect(converted.out.contains("7 rows without a target"), "\(converted.out)")
    let training = ["--epochs", "2", "--quiet", "--out"]
    _ = try Command.run(["train", folder("rows")] + training + [folder("a")])
    _ = try Command.run(
      ["train", folder("t.csv"), "--validation", "0"] + targets + training + [folder("b")])
    let predictions = try ["a", "b"].map { name in
      try Command.run(["predict", folder(name), folder("t.csv")]).out
    }
    #expect(predictions[0] == predictions[1] && predictions[0].hasPrefix("prediction_p,"))
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
    let table = Command.penguins
    let memory = try Command.run(["train", table, "--target", "species", "--memory", "1GB"])
    #expect(memory.code == 64 && memory.err.contains("perceptron convert"))
    let none = try Command.run(["convert", folder("no"), "--target", "y", "--out", folder("o")])
    #expect(none.code == 1 && none.err.contains("no such file"))
    let file = try Command.run(["convert", table, "--target", "species", "--out", table])
    #expect(file.code == 1 && file.err.contains("not a folder"))
    _ = try Command.run(["convert", table, "--target", "species", "--out", folder("rows")])
    let target = try Command.run(["train", folder("rows"), "--target", "species"])
    #expect(target.code == 64 && target.err.contains("perceptron convert"))
    // A folder, but not one of images.
    let drop = try Command.run(["train", folder("rows"), "--drop", "island"])
    #expect(drop.code == 64 && drop.err.contains("perceptron convert"), "\(drop.err)")
    let trained = try Command.run([
      "train", folder("rows"), "--epochs", "1", "--out", folder("model"),
    ])
    #expect(trained.code == 0 && !trained.err.contains("images"), "\(trained.err)")
  }
}
