import Testing

/// What the argument parser refuses: exit code 64, nothing done.
@Suite struct UsageTests {
  struct Case: Sendable, CustomTestStringConvertible {
    let testDescription: String
    let arguments: [String]
    let says: String

    init(_ name: String, _ arguments: String, says: String) {
      testDescription = name
      self.arguments = arguments.split(separator: " ").map(String.init)
      self.says = says
    }
  }

  private static let train = "train @data.csv --target kind --out @model.safetensors "

  static let refused = [
    Case("no table", "train --target kind", says: "data"),
    Case("no target", "train @data.csv", says: "--target"),
    Case("unknown flag", train + "--colour", says: "--colour"),
    Case("unknown command", "tarin @data.csv", says: "tarin"),
    Case("a table too many", "train @data.csv @data.csv --target kind", says: "data.csv"),
    Case("an option without value", train + "--epochs", says: "--epochs"),
    Case("no number", train + "--epochs many", says: "many"),
    Case("a fraction of an epoch", train + "--epochs 1.5", says: "1.5"),
    Case("more epochs than a number holds", train + "--epochs 9223372036854775808", says: "epochs"),
    Case("a negative seed", train + "--seed=-1", says: "-1"),
    Case("hidden and layers", train + "--hidden 4:relu --layers 3:softmax", says: "--layers"),
    Case("resume without checkpoint", train + "--resume", says: "--checkpoint"),
    Case("interval without checkpoint", train + "--checkpoint-every 3", says: "--checkpoint"),
    Case("momentum for adam", train + "--momentum 0.9", says: "adam"),
    Case("momentum for sgd", train + "--momentum 0.9 --optimizer sgd", says: "sgd"),
    Case("beta for momentum", train + "--beta2 0.9 --optimizer momentum", says: "lion"),
    Case("two ways to clip", train + "--clip-norm 1 --clip-value 1", says: "--clip-value"),
    Case("biases of no decay", train + "--no-bias-decay", says: "--weight-decay"),
    Case(
      "a rate to find a rate", "find-lr @data.csv --target kind --learning-rate 0.1",
      says: "--learning-rate"),
    Case("a sweep downwards", "find-lr @data.csv --target kind --from 1 --to 0.1", says: "--from"),
    Case("a sweep without target", "find-lr @data.csv", says: "--target"),
    Case(
      "early stopping without validation", train + "--early-stopping 3 --validation 0",
      says: "--validation"),
    Case(
      "early stopping without validation, written otherwise",
      train + "--early-stopping 3 --validation 0.0", says: "--validation"),
    Case("no thread", train + "--threads 0", says: "--threads must be at least 1, not 0"),
    Case("fewer threads than none", train + "--threads=-2", says: "at least 1, not -2"),
    Case("a negative number of threads", train + "--threads -2", says: "--threads"),
    Case("no thread to evaluate", "evaluate @m @data.csv --threads 0", says: "at least 1, not 0"),
    Case("no thread to predict", "predict @m @data.csv --threads=-1", says: "at least 1, not -1"),
    Case("no thread to check", "gradcheck @m --threads 0", says: "at least 1, not 0"),
    Case("no thread to explain", "explain @m --threads 0", says: "at least 1, not 0"),
    Case("evaluate without table", "evaluate @data.csv", says: "data"),
    Case("predict without anything", "predict", says: "model"),
    Case("inspect without model", "inspect", says: "model"),
    Case("inspect with an unknown flag", "inspect @data.csv --value", says: "--value"),
  ]

  @Test("A wrong call is exit code 64", arguments: refused)
  func refuses(_ call: Case) throws {
    let place = try Workplace(["data.csv": Tables.flowers])
    let outcome = try place.run(call.arguments)
    #expect(outcome.code == 64)
    #expect(outcome.out == "")
    #expect(outcome.err.contains(call.says), "\(outcome.err)")
    #expect(try place.folder.content == ["data.csv"])
  }

  @Test(
    "Help is no error and has an example",
    arguments: [
      "train", "cross-validate", "tune", "find-lr", "evaluate", "predict", "inspect", "importance",
      "gradcheck",
    ])
  func help(_ command: String) throws {
    let outcome = try Command.run([command, "--help"])
    #expect(outcome.code == 0)
    #expect(outcome.out.contains("Example"))
    #expect(outcome.out.contains("perceptron \(command) "))
    #expect(outcome.err == "")
  }

  @Test("The version is one line")
  func version() throws {
    let outcome = try Command.run(["--version"])
    #expect(outcome.code == 0)
    #expect(outcome.out.split(separator: "\n").count == 1)
    #expect(outcome.err == "")
  }

  @Test("The name of an optimizer counts in any case where it is given to --optimizer")
  func momentumInCapitals() throws {
    let place = try Workplace(["data.csv": Tables.flowers])
    try place.succeed([
      "train", "@data.csv", "--target", "kind", "--out", "@model.safetensors", "--epochs", "1",
      "--optimizer", "Momentum", "--momentum", "0.8",
    ])
  }
}
