import Foundation
import Perceptron
import Testing

/// What `train` says and writes when it runs.
@Suite struct TrainOutcomeTests {
  private static let train = ["train", "@data.csv", "--out", "@model.safetensors"]

  // MARK: Result and progress

  struct Task: Sendable, CustomTestStringConvertible {
    let testDescription: String
    let table: String
    let options: [String]
    let task: String
    let metrics: [String]

    init(_ name: String, _ table: String, _ options: [String], metrics: [String]) {
      (testDescription, self.table, self.options) = (name, table, options)
      task = metrics.contains("rmse") ? "regression" : "classification"
      self.metrics = ["rows", "loss"] + metrics
    }
  }

  private static let scores = [
    "accuracy", "precision", "recall", "f1", "roc_auc", "confusion_matrix",
  ]

  static let tasks = [
    Task("three classes", Tables.flowers, ["--target", "kind"], metrics: scores),
    Task("two classes", Tables.coins, ["--target", "side"], metrics: scores),
    Task(
      "two classes, two outputs", Tables.coins, ["--target", "side", "--layers", "2:softmax"],
      metrics: scores),
    Task(
      "classes by squares", Tables.flowers,
      ["--target", "kind", "--layers", "3:identity", "--loss", "squared-error"], metrics: scores),
    Task("a number", Tables.houses, ["--target", "price"], metrics: ["mae", "rmse", "r2"]),
    Task(
      "a number as it is, in double precision", Tables.houses,
      ["--target", "price", "--scale", "none", "--precision", "double", "--learning-rate", "1e-9"],
      metrics: ["mae", "rmse", "r2"]),
  ]

  @Test(
    "--json is one object with every key, and nothing else on standard output", arguments: tasks)
  func json(_ task: Task) throws {
    let place = try Workplace(["data.csv": task.table])
    let outcome = try place.succeed(
      Self.train + task.options + ["--epochs", "2", "--seed", "7", "--json"])
    #expect(outcome.out.last == "\n" && outcome.out.dropLast().last == "}")
    let json = try JSON.parse(Array(outcome.out.utf8))
    let keys = [
      "model", "task", "target", "inputs", "layers", "parameters", "epochs", "best_epoch",
      "stopped", "train", "validation", "seconds", "samples_per_second", "threads", "seed",
    ]
    for key in keys { #expect(json[key] != nil, "\(key)") }
    #expect(json["model"]?.string == place.folder("model.safetensors"))
    #expect(json["task"]?.string == task.task)
    #expect(json["target"]?.string == task.options[1])
    #expect(json["epochs"]?.int == 2)
    #expect(json["seed"]?.int == 7)
    #expect(json["stopped"]?.string == "epochs")
    for part in ["train", "validation"] {
      for key in task.metrics { #expect(json[part]?[key] != nil, "\(part) \(key)") }
    }
    #expect(try place.folder.content == ["data.csv", "model.safetensors"])
  }

  @Test("Without validation rows JSON says null, and the last epoch's weights are kept")
  func noValidation() throws {
    let place = try Workplace(["data.csv": Tables.flowers])
    let outcome = try place.succeed(
      Self.train + ["--target", "kind", "--validation", "0", "--epochs", "3", "--json"])
    let json = try JSON.parse(Array(outcome.out.utf8))
    #expect(json["validation"]?.isNull == true)
    #expect(json["best_epoch"]?.int == 3)
    #expect(json["train"]?["rows"]?.int == 60)
  }

  @Test("Off a terminal there is one line an epoch and no movement of the cursor")
  func progress() throws {
    let place = try Workplace(["data.csv": Tables.flowers])
    let outcome = try place.succeed(Self.train + ["--target", "kind", "--epochs", "12"])
    let lines = outcome.err.split(separator: "\n").filter { $0.hasPrefix("epoch ") }
    #expect(lines.count == 12)
    for (index, line) in lines.enumerated() {
      #expect(line.split(separator: " ")[1] == "\(index + 1)/12")
      #expect(line.contains("  loss ") && line.contains("  validation loss "))
    }
    expectPrintable(outcome.err)
    expectPrintable(outcome.out)
    #expect(outcome.out.contains("confusion matrix"))
    #expect(outcome.out.contains(place.folder("model.safetensors")))
  }

  @Test("--quiet leaves only notes on standard error", arguments: [[], ["--json"]])
  func quiet(_ options: [String]) throws {
    let place = try Workplace(["data.csv": Tables.flowers])
    let command = Self.train + ["--target", "kind", "--epochs", "2", "--quiet"] + options
    #expect(try place.succeed(command).err == "")
    let resumed = try place.succeed(command + ["--checkpoint", "@c", "--resume"])
    let lines = resumed.err.split(separator: "\n")
    #expect(lines.count == 1, "\(resumed.err)")
    #expect(lines.allSatisfy { $0.hasPrefix("note: ") }, "\(resumed.err)")
  }

  @Test("--history is a table of the epochs")
  func history() throws {
    let place = try Workplace(["data.csv": Tables.flowers])
    try place.succeed(Self.train + ["--target", "kind", "--epochs", "4", "--history", "@h.csv"])
    let table = try Table(contentsOf: place.folder("h.csv"))
    #expect(table.rowCount == 4)
    let names = [
      "epoch", "loss", "learning_rate", "validation_loss", "validation_accuracy", "validation_f1",
      "validation_roc_auc", "best",
    ]
    #expect(table.columns.map(\.name) == names)
    #expect(try table.numbers(column: 0, rows: [0, 1, 2, 3], as: Double.self) == [1, 2, 3, 4])
  }

  @Test("Classes that are one number in several spellings are one class")
  func spellings() throws {
    let table = Tables.table("a,y", rows: 40) { "\($0 % 5),\(["0", "1", "0.0", "1.0"][$0 % 4])" }
    let place = try Workplace(["data.csv": table])
    let outcome = try place.succeed(
      Self.train + ["--target", "y", "--epochs", "1", "--json"])
    let json = try JSON.parse(Array(outcome.out.utf8))
    #expect(json["train"]?["classes"]?.array?.count == 2, "\(outcome.out)")
  }

  @Test("A model may replace a model, and one row of each class is enough for a run")
  func replaces() throws {
    let place = try Workplace(["data.csv": "a,y\n1,x\n2,z\n3,x\n4,z\n"])
    let command = Self.train + ["--target", "y", "--epochs", "1"]
    try place.succeed(command)
    let first = try place.bytes("model.safetensors")
    try place.succeed(command + ["--seed", "1"])
    #expect(try place.bytes("model.safetensors") != first)
    #expect(try place.folder.content == ["data.csv", "model.safetensors"])
  }

  // MARK: A loss that is no number

  struct Divergence: Sendable, CustomTestStringConvertible {
    let testDescription: String
    let table: String
    let options: [String]
    let advice: String
  }

  private static let wild = Tables.table("a,b,y", rows: 40) { i in
    "\(i * 50_000 - 900_000),\(i * i * 7_000),\(i % 7)\(i % 5).5"
  }

  static let divergences = [
    Divergence(
      testDescription: "adam, classes", table: Tables.flowers,
      options: ["--target", "kind", "--learning-rate", "1e30"], advice: "learning rate"),
    Divergence(
      testDescription: "adam, a number, no validation", table: Tables.houses,
      options: ["--target", "price", "--learning-rate", "1e30", "--validation", "0"],
      advice: "learning rate"),
    Divergence(
      testDescription: "raw columns with sgd", table: wild,
      options: [
        "--target", "y", "--task", "regression", "--scale", "none", "--optimizer", "sgd",
        "--learning-rate", "0.1",
      ], advice: "standardise"),
    Divergence(
      testDescription: "double precision", table: wild,
      options: [
        "--target", "y", "--task", "regression", "--scale", "none", "--optimizer", "momentum",
        "--precision", "double", "--epochs", "2000",
      ], advice: "standardise"),
  ]

  @Test("Divergence names the place and a remedy and leaves a finite model", arguments: divergences)
  func diverges(_ run: Divergence) throws {
    let place = try Workplace(["data.csv": run.table])
    let outcome = try place.run(
      Self.train + ["--quiet", "--json"] + run.options)
    #expect(outcome.code == 1)
    expectOneLine(
      outcome.err,
      says: ["epoch ", "step ", "layer ", run.advice, place.folder("model.safetensors")])
    let json = try JSON.parse(Array(outcome.out.utf8))
    #expect(json["stopped"]?.string == "diverged")
    #expect(try place.folder.content == ["data.csv", "model.safetensors"])
    let inspected = try place.succeed(["inspect", "@model.safetensors", "--json", "--values"])
    let layers = try #require(try JSON.parse(Array(inspected.out.utf8))["layers"]?.array)
    for layer in layers {
      let rows = try #require(layer["weights"]?.array)
      for value in rows.flatMap({ $0.array ?? [] }) + (layer["bias_values"]?.array ?? []) {
        #expect(value.double?.isFinite == true)
      }
    }
    try place.succeed(["evaluate", "@model.safetensors", "@data.csv"])
  }

  @Test("A diverged run that is resumed says the same again")
  func resumesDivergence() throws {
    let place = try Workplace(["data.csv": Tables.houses])
    let command =
      Self.train + [
        "--target", "price", "--learning-rate", "1e30", "--checkpoint", "@c", "--quiet",
      ]
    let first = try place.run(command)
    let model = try place.bytes("model.safetensors")
    let second = try place.run(command + ["--resume"])
    #expect(first.code == 1 && second.code == 1)
    #expect(second.err.hasSuffix(first.err), "\(second.err)")
    #expect(try place.bytes("model.safetensors") == model)
  }
}
