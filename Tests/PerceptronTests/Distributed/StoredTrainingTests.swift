import Foundation
import Testing

@testable import Perceptron
@testable import PerceptronInterchange

/// What `perceptron train` does with rows on a disk as with rows in memory.
@Suite("Training on rows on a disk")
struct StoredTrainingTests {
  /// Runs a command that must succeed.
  private func run(_ arguments: [String]) throws -> Command.Outcome {
    let result = try Command.run(arguments)
    try #require(result.code == 0, "\(arguments): \(result.err)")
    return result
  }

  /// Runs a command that must fail with a code and a text.
  private func refuse(_ arguments: [String], _ code: Int32, _ text: String) throws {
    let result = try Command.run(arguments)
    #expect(result.code == code && result.err.contains(text), "\(arguments): \(result.err)")
  }

  /// The last `count` rows of the table.
  private func tail(_ count: Int) throws -> String {
    let lines = try String(contentsOfFile: Command.penguins, encoding: .utf8).split(separator: "\n")
    return ([lines[0]] + lines.suffix(count)).joined(separator: "\n") + "\n"
  }

  @Test("a model is trained on, by rows converted as it encodes them, as by their table")
  func trainedOn() throws {
    let folder = try TemporaryFolder()
    try FileSystem.writeAtomically(Array(tail(150).utf8), to: folder("more.csv"))
    let quiet = ["--epochs", "3", "--quiet", "--out"]
    _ = try run(["train", Command.penguins, "--target", "species"] + quiet + [folder("model")])
    _ = try run([
      "convert", folder("more.csv"), "--from", folder("model"), "--validation", "0", "--out",
      folder("rows"),
    ])
    let from = ["--from", folder("model"), "--learning-rate", "0.01"]
    for options in [[], ["--class-weight", "Gentoo=5"], ["--label-smoothing", "0.2"]] {
      _ = try run(["train", folder("rows")] + from + options + quiet + [folder("a")])
      _ = try run(
        ["train", folder("more.csv"), "--validation", "0"] + from + options + quiet
          + [folder("b")])
      let predictions = try ["a", "b"].map { name in
        try run(["predict", folder(name), Command.penguins]).out
      }
      #expect(predictions[0] == predictions[1], "\(options)")
      if !options.isEmpty {
        _ = try run(["train", folder("rows")] + from + quiet + [folder("plain")])
        #expect(try run(["predict", folder("plain"), Command.penguins]).out != predictions[0])
      }
    }
  }

  @Test("rows that are encoded otherwise than the model encodes them are refused")
  func otherwise() throws {
    let folder = try TemporaryFolder()
    try FileSystem.writeAtomically(Array(tail(250).utf8), to: folder("more.csv"))
    let species = ["--target", "species"]
    _ = try run(
      ["train", Command.penguins, "--epochs", "1", "--quiet", "--out", folder("model")] + species)
    _ = try run(["convert", folder("more.csv"), "--out", folder("rows")] + species)
    try refuse(
      ["train", folder("rows"), "--from", folder("model")], 1, "perceptron convert --from")
    try refuse(
      ["train", folder("rows"), "--from", folder("model"), "--hidden", "3"], 64, "--hidden")
    let convert = ["convert", folder("more.csv"), "--out", folder("again")]
    try refuse(convert, 64, "--target")
    try refuse(convert + ["--from", folder("model")] + species, 64, "--target")
    try refuse(convert + ["--from", folder("none")], 1, "no such file")
    try FileSystem.writeAtomically(Array("sex,species\nmale,Gentoo\n".utf8), to: folder("few.csv"))
    try refuse(
      ["convert", folder("few.csv"), "--from", folder("model"), "--out", folder("again")], 1,
      "island")
    let matrix = Matrix<Double>(rows: 10, columns: 7)
    try NumPyArray.write(matrix, to: folder("x.npy"))
    try NumPyArray.write(Matrix<Double>(rows: 10, columns: 1), to: folder("y.npy"))
    try refuse(
      [
        "train", "--inputs", folder("x.npy"), "--targets", folder("y.npy"), "--memory", "1MB",
        "--from", folder("model"),
      ], 1, "categories")
  }

  @Test("a model is trained on by arrays as it encodes them")
  func arrays() throws {
    let folder = try TemporaryFolder()
    let source = ["train", "--inputs", folder("x.npy"), "--targets", folder("y.npy")]
    func write(_ rows: Int, factor: Double) throws {
      let x = (0..<2 * rows).map { Double($0 * 31 % 47) * factor }
      let y = (0..<rows).map { x[2 * $0] > x[2 * $0 + 1] ? 1.0 : 0 }
      try NumPyArray.write(Matrix(rows: rows, columns: 2, values: x), to: folder("x.npy"))
      try NumPyArray.write(Matrix(rows: rows, columns: 1, values: y), to: folder("y.npy"))
    }
    let end = ["--validation", "0", "--epochs", "2", "--quiet", "--out"]
    try write(120, factor: 1)
    _ = try run(source + end + [folder("model")])
    // Their own mean and deviation are others.
    try write(90, factor: 3)
    let from = ["--from", folder("model")]
    _ = try run(source + ["--memory", "1MB"] + from + end + [folder("a")])
    _ = try run(source + from + end + [folder("b")])
    let predictions = try ["a", "b"].map { name in
      try run(["predict", folder(name), folder("x.npy")]).out
    }
    #expect(predictions[0] == predictions[1] && !predictions[0].isEmpty)
    try NumPyArray.write(Matrix<Double>(rows: 90, columns: 3), to: folder("x.npy"))
    try refuse(source + ["--memory", "1MB"] + from, 1, "it has 3 columns")
  }

  @Test("rows that cannot be read any more end the training, and what was learned is kept")
  func unreadable() throws {
    let folder = try TemporaryFolder()
    let rows = 400
    var x = (0..<2 * rows).map { Double($0 * 31 % 47) / 47 }
    let y = (0..<rows).map { x[2 * $0] > x[2 * $0 + 1] ? 1.0 : 0 }
    // A number in `Double`, none in `Float`; behind the rows that are looked at first.
    x[701] = 1e300
    try NumPyArray.write(Matrix(rows: rows, columns: 2, values: x), to: folder("x.npy"))
    try NumPyArray.write(Matrix(rows: rows, columns: 1, values: y), to: folder("y.npy"))
    try refuse(
      [
        "train", "--inputs", folder("x.npy"), "--targets", folder("y.npy"), "--memory", "4KB",
        "--scale", "none", "--validation", "0", "--epochs", "5", "--out", folder("model"),
      ], 1, "training stopped, the best model so far is in \(folder("model"))")
    x[701] = 1
    try NumPyArray.write(Matrix(rows: rows, columns: 2, values: x), to: folder("x.npy"))
    #expect(try run(["predict", folder("model"), folder("x.npy")]).out.hasPrefix("prediction"))
  }

  @Test("a record of runs, a diagnosis, and a word about a checkpoint that is replaced")
  func beside() throws {
    let folder = try TemporaryFolder()
    _ = try run(["convert", Command.penguins, "--target", "species", "--out", folder("rows")])
    let training = [
      "train", folder("rows"), "--epochs", "2", "--out", folder("model"), "--checkpoint",
      folder("state"), "--runs", folder("runs.jsonl"), "--diagnose", folder("layers.csv"), "--live",
    ]
    let first = try run(training)
    #expect(first.err.contains("--live draws on terminals only"), "\(first.err)")
    let second = try run(training)
    #expect(second.err.contains("overwriting \(folder("state"))"), "\(second.err)")
    let runs = try String(contentsOfFile: folder("runs.jsonl"), encoding: .utf8)
      .split(separator: "\n").map { try JSON.parse(Array($0.utf8)) }
    try #require(runs.count == 2)
    #expect(runs[0]["train"]?["loss"] == runs[1]["train"]?["loss"])
    #expect(runs[0]["options"]?["training rows"]?.string == "306")
    #expect(runs[0]["data"]?.string == folder("rows"))
    let layers = try String(contentsOfFile: folder("layers.csv"), encoding: .utf8)
    // Three layers in two epochs, and the header.
    #expect(layers.split(separator: "\n").count == 7, "\(layers)")
    #expect(FileSystem.exists(folder("layers.svg")))
  }

  @Test("before an epoch is done, a model that was there before stays")
  func firstEpoch() throws {
    let folder = try TemporaryFolder()
    _ = try run(["convert", Command.penguins, "--target", "species", "--out", folder("rows")])
    let training = ["train", folder("rows"), "--epochs", "2", "--quiet", "--out", folder("model")]
    _ = try run(training)
    let before = try FileSystem.read(folder("model"))
    var inputs = try FileSystem.read(folder("rows/inputs.npy"))
    // Behind the rows that are looked at first: row 300 is no number.
    for place in 0..<4 { inputs[128 + 300 * 12 * 4 + place] = 0xFF }
    try FileSystem.writeAtomically(inputs, to: folder("rows/inputs.npy"))
    try refuse(training, 1, "first epoch, \(folder("model")) is as it was")
    #expect(try FileSystem.read(folder("model")) == before)
  }

  @Test("what a model says of its loss, its scale and its outputs holds when it is trained on")
  func kept() throws {
    let folder = try TemporaryFolder()
    let text =
      "a,b,w,k,n\n"
      + (0..<80).map { "\($0 % 9),\($0 * 7 % 13),\($0 % 4),\($0 * 5 % 7 % 2),\($0 % 6)\n" }.joined()
    try FileSystem.writeAtomically(Array(text.utf8), to: folder("t.csv"))
    func train(_ options: [String], _ out: String) throws -> String {
      _ = try run(["train"] + options + ["--epochs", "1", "--quiet", "--out", folder(out)])
      return try run(["inspect", folder(out)]).out
    }
    func line(_ name: String, _ text: String) -> [Substring]? {
      text.split(separator: "\n").first { $0.hasPrefix(name + " ") }?.split(separator: " ")
    }
    let table = folder("t.csv")
    let byRows = try train(
      [table, "--target", "k", "--drop", "n", "--weight-column", "w", "--weight-divisor", "rows"],
      "a")
    let on = try train([table, "--from", folder("a")], "b")
    #expect(line("weighted sum", byRows)?.last == "rows")
    #expect(line("weighted sum", on) == line("weighted sum", byRows))
    let summed = try train([table, "--from", folder("a"), "--reduction", "sum"], "b")
    #expect(
      line("reduction", summed)?.last == "sum" && line("reduction", on) == line("reduction", byRows)
    )

    // Two classes with an output each; converted for it, arrays too.
    _ = try train(
      [
        table, "--target", "k", "--drop", "n", "--drop", "w", "--scale", "none", "--layers",
        "4:relu,2:softmax",
      ],
      "two")
    _ = try run(["convert", table, "--from", folder("two"), "--out", folder("rows")])
    #expect(
      line("scale", try train([folder("rows"), "--from", folder("two")], "c"))?.last == "none")
    #expect(line("scale", try train([folder("rows"), "--hidden", "3"], "c"))?.last == "none")
    let x = (0..<80).flatMap { [Double($0 % 9), Double($0 * 7 % 13)] }
    let y = (0..<80).map { Double($0 * 5 % 7 % 2) }
    try NumPyArray.write(Matrix(rows: 80, columns: 2, values: x), to: folder("x.npy"))
    try NumPyArray.write(Matrix(rows: 80, columns: 1, values: y), to: folder("y.npy"))
    _ = try train(
      [
        "--inputs", folder("x.npy"), "--targets", folder("y.npy"), "--memory", "1MB", "--from",
        folder("two"),
      ], "c")
    // Another loss wants the targets in another form.
    _ = try train(
      [table, "--target", "n", "--task", "regression", "--drop", "w", "--scale", "none"], "number")
    _ = try run(["convert", table, "--from", folder("number"), "--out", folder("rows")])
    let counts = try train([folder("rows"), "--from", folder("number"), "--loss", "poisson"], "c")
    #expect(line("loss", counts)?.last == "poisson")
  }

  @Test("a table that cannot be converted leaves the rows that were there")
  func badCell() throws {
    let folder = try TemporaryFolder()
    _ = try run([
      "train", Command.penguins, "--target", "species", "--epochs", "1", "--out", folder("model"),
    ])
    let convert = ["--from", folder("model"), "--out", folder("rows")]
    _ = try run(["convert", Command.penguins] + convert)
    let bad = try tail(300).replacingOccurrences(of: "Chinstrap", with: "Emperor")
    try FileSystem.writeAtomically(Array(bad.utf8), to: folder("bad.csv"))
    try refuse(["convert", folder("bad.csv")] + convert, 1, "\"Emperor\"")
    _ = try run(["train", folder("rows"), "--epochs", "1", "--out", folder("again")])
  }
}
