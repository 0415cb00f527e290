import Foundation
import Testing

/// What `train` refuses: exit code 1, one line that names the place, nothing written.
@Suite struct TrainRefusalTests {
  struct Case: Sendable, CustomTestStringConvertible {
    let testDescription: String
    let table: String
    let target: String
    let options: [String]
    let says: [String]

    init(
      _ name: String, _ options: String = "", table: String = Tables.flowers,
      target: String = "kind", says: [String]
    ) {
      testDescription = name
      self.table = table
      self.target = target
      self.options = options.split(separator: " ").map(String.init)
      self.says = says
    }
  }

  /// A table of numbers with one cell replaced.
  private static func numbers(line: Int, _ cell: String) -> String {
    Tables.table("a,b,kind", rows: 30) { i in
      "\(i),\(i + 2 == line ? cell : "\(i * i % 7)"),\(i % 2 == 0 ? "x" : "y")"
    }
  }

  static let tables = [
    Case("an empty file", table: "", says: ["data.csv", "empty"]),
    Case("a blank file", table: "\n\n \n", says: ["data.csv", "empty"]),
    Case("a header only", table: "a,kind\n", says: ["data.csv", "no data rows"]),
    Case("one row", table: "a,kind\n1,x\n", says: ["data.csv", "1 row"]),
    Case("a short row", table: "a,b,kind\n1,2,x\n3,y\n", says: ["data.csv, line 3"]),
    Case("a long row", table: "a,b,kind\n1,2,x\n3,4,5,y\n", says: ["data.csv, line 3"]),
    Case("an open quote", table: "a,kind\n1,x\n2,\"y\n3,x\n", says: ["data.csv, line 3"]),
    Case("a column twice", table: "a,a,kind\n1,2,x\n3,4,y\n", says: ["line 1", "\"a\""]),
    Case("nothing but the target", table: "kind\nx\ny\nx\n", says: ["no column", "\"kind\""]),
    Case(
      "a target that is not there", target: "knid", says: ["data.csv", "did you mean \"kind\"?"]),
    Case(
      "a target without a value", table: "a,kind\n1,\n2,NA\n3,?\n",
      says: ["data.csv", "column \"kind\"", "missing in every row"]),
    Case(
      "a constant target", table: "a,kind\n1,x\n2,x\n3,x\n",
      says: ["column \"kind\"", "\"x\" in every row"]),
    Case(
      "a constant number", "--task regression", table: "a,kind\n1,7\n2,7\n3,7\n",
      says: ["column \"kind\"", "\"7\" in every row"]),
    Case(
      "a constant number in two spellings", "--task regression",
      table: "a,kind\n1,7\n2,7.0\n3,7\n4,7.0\n", says: ["column \"kind\"", "in every row"]),
    Case(
      "all texts differ", table: Tables.table("a,kind", rows: 9) { "\($0),name \($0)" },
      says: ["column \"kind\"", "differ"]),
    Case(
      "more classes than half the rows",
      table: Tables.table("a,kind", rows: 9) { "\($0),name \($0 % 7)" },
      says: ["7 classes in 9 rows"]),
    Case(
      "all numbers differ", "--task classification",
      table: Tables.table("a,kind", rows: 9) { "\($0 % 2),\($0)" }, says: ["\"kind\"", "differ"]),
    Case(
      "an infinite value", table: numbers(line: 12, "inf"),
      says: ["data.csv, line 12, column \"b\"", "\"inf\" is not a finite number"]),
    Case(
      "a value too large for Float", "--scale none", table: numbers(line: 9, "1e39"),
      says: ["data.csv, line 9, column \"b\"", "1e39"]),
    Case(
      "a value too large for Double", "--precision double", table: numbers(line: 9, "-1e309"),
      says: ["data.csv, line 9, column \"b\"", "-1e309"]),
    Case(
      "an infinite target", "--task regression", table: "a,kind\n1,2\n2,inf\n3,4\n5,6\n",
      says: ["data.csv, line 3, column \"kind\"", "inf"]),
    Case(
      "a stray text", table: numbers(line: 20, "twelve"),
      says: ["data.csv, line 20, column \"b\"", "\"twelve\" is not a number"]),
    Case(
      "a text for regression", "--task regression",
      says: ["data.csv, line 2, column \"kind\"", "not a number"]),
    Case(
      "names", table: Tables.table("name,a,kind", rows: 30) { "n\($0),\($0),\($0 % 2)" },
      says: ["column \"name\"", "--drop name"]),
    Case(
      "a column without a value", table: Tables.table("a,b,kind", rows: 30) { "\($0),,\($0 % 2)" },
      says: ["column \"b\"", "missing", "--drop b"]),
  ]

  static let options = [
    Case("unknown activation", "--hidden 4:rleu", says: ["\"rleu\"", "did you mean relu?"]),
    Case("unknown loss", "--loss cross-entrpy", says: ["did you mean cross-entropy?"]),
    Case("unknown reduction", "--loss mse --reduction row", says: ["did you mean rows?"]),
    Case("unknown optimizer", "--optimizer adma", says: ["did you mean adam?"]),
    Case("unknown scale", "--scale standrad", says: ["did you mean standard?"]),
    Case("unknown task", "--task regresion", says: ["did you mean regression?"]),
    Case("unknown initialiser", "--init he-unifrom", says: ["did you mean he-uniform?"]),
    Case("unknown separator", "--separator coma", says: ["did you mean comma?"]),
    Case("unknown precision", "--precision flaot", says: ["did you mean float?"]),
    Case("wrong separator", "--separator pipe", says: ["data.csv", "\"kind\""]),
    Case("no unit", "--hidden 0:relu", says: ["0:relu", "at least 1 unit"]),
    Case("negative units", "--hidden=-3:relu", says: ["-3:relu", "at least 1 unit"]),
    Case("an empty layer", "--hidden 4:relu,", says: ["4:relu,"]),
    Case("no number of units", "--hidden relu:4", says: ["relu:4"]),
    Case("too large", "--hidden 9000000000000:relu", says: ["layer 1", "larger"]),
    Case("beyond Int", "--hidden 9223372036854775807:relu,9:relu", says: ["layer 1", "larger"]),
    Case(
      "one output for three classes", "--layers 4:relu,1:sigmoid", says: ["3 classes", "has 1"]),
    Case("four outputs for three classes", "--layers 4:softmax", says: ["3 classes", "has 4"]),
    Case(
      "three outputs for two classes", "--layers 3:softmax", table: Tables.coins, target: "side",
      says: ["2 classes", "has 3"]),
    Case(
      "two outputs for a number", "--layers 2:identity", table: Tables.houses, target: "price",
      says: ["1 output", "has 2"]),
    Case("softmax over one unit", "--layers 1:softmax", says: ["softmax"]),
    Case("no epoch", "--epochs 0", says: ["epochs", "0"]),
    Case("a negative number of epochs", "--epochs=-1", says: ["epochs", "-1"]),
    Case("no row in a batch", "--batch-size 0", says: ["batch size", "0"]),
    Case("a negative batch", "--batch-size=-1", says: ["batch size", "-1"]),
    Case("no learning rate", "--learning-rate 0", says: ["learning rate"]),
    Case("a negative learning rate", "--learning-rate=-0.1", says: ["learning rate", "-0.1"]),
    Case("a learning rate of NaN", "--learning-rate nan", says: ["learning rate", "nan"]),
    Case("an infinite learning rate", "--learning-rate inf", says: ["learning rate", "inf"]),
    Case("a momentum of 1", "--optimizer nesterov --momentum 1", says: ["momentum", "below 1"]),
    Case("no patience", "--early-stopping 0", says: ["patience"]),
    Case("sign", "--hidden 4:sign", says: ["layer 1", "sign", "derivative"]),
    Case(
      "heaviside", "--layers 4:relu,3:heaviside --loss mse",
      says: ["layer 2", "heaviside", "derivative"]),
    Case(
      "cross-entropy of numbers", "--layers 3:identity --loss cross-entropy",
      says: ["cross-entropy", "softmax", "identity"]),
    Case(
      "cross-entropy for a number", "--loss cross-entropy", table: Tables.houses, target: "price",
      says: ["cross-entropy", "mse"]),
    Case(
      "binary cross-entropy of softmax", "--layers 3:softmax --loss bce",
      says: ["binary-cross-entropy", "sigmoid"]),
    Case("more than all for validation", "--validation 1.5", says: ["--validation", "1.5"]),
    Case("all for validation", "--validation 1", says: ["--validation", "1"]),
    Case("less than nothing for validation", "--validation=-0.2", says: ["--validation", "-0.2"]),
    Case("NaN for validation", "--validation nan", says: ["--validation", "nan"]),
    Case("a validation file that is not there", "--validation @none.csv", says: ["none.csv"]),
    Case(
      "early stopping with too few rows", "--early-stopping 2",
      table: "a,kind\n1,x\n2,x\n3,x\n4,y\n",
      says: ["data.csv", "--early-stopping"]),
    Case("dropping what is not there", "--drop lenght", says: ["did you mean \"length\"?"]),
    Case("dropping the target", "--drop kind", says: ["\"kind\"", "dropped"]),
    Case("unknown category", "--categorical lenght", says: ["did you mean \"length\"?"]),
    Case("a category dropped", "--drop width --categorical width", says: ["no effect"]),
    Case("no interval", "--checkpoint @c --checkpoint-every often", says: ["often", "500steps"]),
    Case("an interval of 0", "--checkpoint @c --checkpoint-every 0", says: ["\"0\""]),
    Case("a negative interval", "--checkpoint @c --checkpoint-every=-2s", says: ["-2s"]),
  ]

  @Test("A table that cannot be learned is refused", arguments: tables)
  func refusesTable(_ call: Case) throws { try check(call) }

  @Test("An option that cannot be is refused", arguments: options)
  func refusesOption(_ call: Case) throws { try check(call) }

  private func check(_ call: Case) throws {
    let place = try Workplace(["data.csv": call.table])
    try place.write(Models.coins.get(), to: "model.safetensors")
    try place.refuse(
      ["train", "@data.csv", "--target", call.target, "--out", "@model.safetensors"]
        + call.options, says: call.says)
  }

  @Test(
    "A number too large for a clock or a sum does not end in a crash",
    arguments: [
      "--checkpoint-every 1e30s", "--checkpoint-every 1e308m",
      "--checkpoint-every 9223372036854775807steps", "--batch-size 9223372036854775807",
      "--early-stopping 9223372036854775807", "--threads 9223372036854775807",
    ])
  func largeNumbers(_ option: String) throws {
    let place = try Workplace(["data.csv": Tables.flowers])
    let outcome = try place.run(
      ["train", "@data.csv", "--target", "kind", "--out", "@m", "--epochs", "2", "--checkpoint"]
        + ["@c"] + option.split(separator: " ").map(String.init))
    #expect(outcome.code == 0 || outcome.code == 1, "\(outcome.err)")
  }
}
