import Foundation
import Testing

/// Files that `train`, `predict`, `evaluate` and `inspect` cannot take or must not replace.
@Suite struct FileRefusalTests {
  struct Case: Sendable, CustomTestStringConvertible {
    let testDescription: String
    let options: [String]
    let says: [String]

    init(_ name: String, _ options: String, says: [String]) {
      testDescription = name
      self.options = options.split(separator: " ").map(String.init)
      self.says = says
    }
  }

  /// A folder with a table, a model, a checkpoint of it, a text, a link to the model.
  private func place() throws -> Workplace {
    let place = try Workplace(["data.csv": Tables.flowers, "notes.txt": "mine\n"])
    try place.write(Models.flowers.get(), to: "model.safetensors")
    try FileManager.default.createSymbolicLink(
      atPath: place.folder("link"), withDestinationPath: "model.safetensors")
    return place
  }

  static let outputs = [
    Case("in a folder that is not there", "--out @none/m", says: ["none/m", "does not exist"]),
    Case("below a file", "--out @notes.txt/m", says: ["notes.txt/m", "not a folder"]),
    Case("a folder", "--out @.", says: ["is a folder"]),
    Case("a text", "--out @notes.txt", says: ["notes.txt", "not a model"]),
    Case("the table", "--out @data.csv", says: ["data.csv", "not a model"]),
    Case("checkpoint below a file", "--checkpoint @notes.txt/c", says: ["not a folder"]),
    Case("checkpoint over a text", "--checkpoint @notes.txt", says: ["not a checkpoint"]),
    Case("checkpoint over the table", "--checkpoint @data.csv", says: ["not a checkpoint"]),
    Case(
      "checkpoint over a model", "--out @m --checkpoint @model.safetensors",
      says: ["model.safetensors", "not a checkpoint"]),
    Case(
      "checkpoint over a model, to resume", "--out @m --checkpoint @model.safetensors --resume",
      says: ["model.safetensors", "not a checkpoint"]),
    Case("checkpoint is out", "--out @new --checkpoint @new", says: ["--checkpoint", "--out"]),
    Case(
      "checkpoint is out, written otherwise", "--out @new --checkpoint @./new",
      says: ["--checkpoint", "--out"]),
    Case(
      "checkpoint is out, by a link", "--out @link --checkpoint @model.safetensors",
      says: ["model.safetensors"]),
    Case("history below a file", "--history @notes.txt/h", says: ["not a folder"]),
    Case("history is out", "--out @new --history @new", says: ["--history", "--out"]),
    Case(
      "history is checkpoint", "--out @m --checkpoint @new --history @new",
      says: ["--history", "--checkpoint"]),
    Case("history over the table", "--out @m --history @data.csv", says: ["data.csv"]),
    Case(
      "history over the table, written otherwise", "--out @m --history @./data.csv",
      says: ["data.csv"]),
    Case(
      "history over a model", "--out @m --history @model.safetensors", says: ["model.safetensors"]),
  ]

  @Test("A place that nothing can be written to is refused at once", arguments: outputs)
  func refusesOutput(_ call: Case) throws {
    let place = try place()
    try place.refuse(
      ["train", "@data.csv", "--target", "kind", "--epochs", "1"]
        + (call.options.contains("--out") ? [] : ["--out", "@m"]) + call.options, says: call.says)
  }

  @Test("A table that cannot be opened is refused")
  func refusesTable() throws {
    let place = try place()
    let options = ["--target", "kind", "--out", "@m"]
    try place.refuse(["train", "@none.csv"] + options, says: ["none.csv", "no such file"])
    try place.refuse(["train", "@."] + options, says: ["is a folder"])
    try place.refuse(["train", "@notes.txt/x"] + options, says: ["not a folder"])
    try place.refuse(["train", "@model.safetensors"] + options, says: ["model.safetensors"])
    try place.refuse(["train", ""] + options, says: ["not a file name"])
    try place.refuse(
      ["train", "@data.csv", "--target", "kind", "--out", ""], says: ["not a file name"])
  }

  @Test("A pipe as --out is refused and not read")
  func pipe() throws {
    let place = try place()
    #expect(mkfifo(place.folder("pipe"), 0o600) == 0)
    try place.refuse(
      ["train", "@data.csv", "--target", "kind", "--out", "@pipe"], says: ["pipe"], limit: 20)
  }

  @Test(
    "A model that cannot be opened is refused",
    arguments: ["evaluate", "predict", "inspect"])
  func refusesModel(_ command: String) throws {
    let place = try place()
    let rest = command == "inspect" ? [] : ["@data.csv"]
    try place.refuse([command, "@none"] + rest, says: ["none", "no such file"])
    try place.refuse([command, "@."] + rest, says: ["is a folder"])
    try place.refuse([command, "@data.csv"] + rest, says: ["data.csv"])
    try place.write([], to: "empty")
    try place.refuse([command, "@empty"] + rest, says: ["empty"])
  }

  @Test("Predictions that cannot be written leave everything as it was")
  func predictions() throws {
    let place = try place()
    let command = ["predict", "@model.safetensors", "@data.csv", "--out"]
    try place.refuse(command + ["@none/p.csv"], says: ["none", "does not exist"])
    try place.refuse(command + ["@notes.txt/p.csv"], says: ["not a folder"])
    try place.refuse(command + ["@."], says: ["is a folder"])
    #if os(Linux)
      try place.refuse(command + ["/dev/full"], says: ["/dev/full", "no space left"])
    #endif
  }

  @Test("A file name cannot write to the terminal or make a second line")
  func hostileFileName() throws {
    let place = try place()
    let name = "@a\u{1B}[31m\nb\u{7}.csv"
    try place.refuse(["train", name, "--target", "kind", "--out", "@m"], says: ["no such file"])
    try place.refuse(["predict", "@model.safetensors", name], says: ["no such file"])
    try place.refuse(["inspect", name], says: ["no such file"])
    try place.write(Tables.flowers, to: String(name.dropFirst()))
    let outcome = try place.succeed([
      "train", name, "--target", "kind", "--epochs", "1", "--out", "@m\u{1B}\n", "--checkpoint",
      "@c\u{1B}",
    ])
    expectPrintable(outcome.out)
    expectPrintable(outcome.err)
    #expect(!outcome.err.contains("\nb"))
  }
}
