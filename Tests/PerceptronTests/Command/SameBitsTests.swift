import Foundation
import Perceptron
import Testing

/// The same seed gives the same file; and whatever interrupts a training, so does resuming it.
@Suite struct SameBitsTests {
  private static let train = [
    "train", "@data.csv", "--target", "kind", "--hidden", "6:relu,5:tanh", "--batch-size", "7",
    "--quiet",
  ]

  private func place() throws -> Workplace { try Workplace(["data.csv": Tables.flowers]) }

  @Test("The same seed gives the same bytes, another seed others")
  func seed() throws {
    let place = try place()
    let train = Self.train + ["--epochs", "5"]
    try place.succeed(train + ["--out", "@a"])
    try place.succeed(train + ["--out", "@b"])
    try place.succeed(train + ["--out", "@c", "--seed", "18446744073709551615"])
    #expect(try place.bytes("a") == place.bytes("b"))
    let values = ["--values"]
    let first = try place.succeed(["inspect", "@a"] + values).out
    let other = try place.succeed(["inspect", "@c"] + values).out
    #expect(first.components(separatedBy: "W1 ")[1] != other.components(separatedBy: "W1 ")[1])
  }

  @Test("Every instruction set and number of threads gives the same bytes")
  func instructionSets() throws {
    let place = try place()
    for precision in ["float", "double"] {
      let train = Self.train + ["--epochs", "3", "--precision", precision, "--out"]
      try place.succeed(train + ["@expected"])
      let expected = try place.bytes("expected")
      for set in InstructionSet.available {
        try place.succeed(train + ["@m"], environment: ["PERCEPTRON_ISA": set.description])
        #expect(try place.bytes("m") == expected, "\(set)")
      }
      for threads in ["1", "2", "3"] {
        try place.succeed(train + ["@m", "--threads", threads])
        #expect(try place.bytes("m") == expected, "\(threads) threads")
      }
      for set in InstructionSet.allCases where !InstructionSet.available.contains(set) {
        try place.refuse(
          train + ["@none"], says: ["PERCEPTRON_ISA", set.description],
          environment: ["PERCEPTRON_ISA": set.description])
      }
    }
    for command in [Self.train + ["--out", "@none"], ["predict", "@m", "@data.csv"]] {
      try place.refuse(
        command, says: ["PERCEPTRON_ISA", "nonsense", "portable"],
        environment: ["PERCEPTRON_ISA": "nonsense"])
    }
  }

  // MARK: Checkpoints

  private static let long = [
    "train", "@data.csv", "--target", "kind", "--hidden", "6:relu,5:tanh", "--batch-size", "7",
    "--epochs", "20", "--out", "@m",
  ]
  private static let saving = long + ["--checkpoint", "@c", "--checkpoint-every", "3steps"]

  /// The bytes of the model that nothing interrupted.
  private static let uninterrupted = Result {
    let place = try Workplace(["data.csv": Tables.flowers])
    try place.succeed(long + ["--quiet"])
    return try place.bytes("m")
  }

  @Test("Killed and resumed, a training ends in the same bytes", arguments: [1, 4, 9])
  func killed(afterEpoch epoch: Int) throws {
    let place = try place()
    for _ in 0..<2 {
      let command = try place.start(Self.saving + ["--resume"])
      try command.waitForLine("epoch \(epoch < 10 ? " " : "")\(epoch)/20")
      command.send(SIGKILL)
      _ = try command.outcome()
      #expect(try place.folder.content.isSuperset(of: ["c"]))
    }
    let outcome = try place.succeed(Self.saving + ["--resume"])
    #expect(outcome.err.contains("note: resumed from"))
    #expect(try place.bytes("m") == Self.uninterrupted.get())
  }

  @Test("Ctrl-C ends with 130, model and checkpoint written, and can be resumed")
  func interrupted() throws {
    let place = try place()
    // More epochs than can pass before the signal arrives; resumed with the same.
    let train = Self.saving.map { $0 == "20" ? "400" : $0 }
    let command = try place.start(train + ["--json"])
    try command.waitForLine("epoch   2/400")
    command.send(SIGINT)
    let outcome = try command.outcome()
    #expect(outcome.code == 130)
    let json = try JSON.parse(Array(outcome.out.utf8))
    #expect(json["stopped"]?.string == "interrupted")
    #expect(try place.folder.content == ["data.csv", "m", "c"])
    try place.succeed(["evaluate", "@m", "@data.csv"])
    try place.succeed(["inspect", "@c"])
    let resumed = try place.succeed(train + ["--resume", "--json"])
    #expect(try JSON.parse(Array(resumed.out.utf8))["stopped"]?.string == "epochs")
    let bytes = try place.bytes("m")
    try place.succeed(Self.long.map { $0 == "20" ? "400" : $0 == "@m" ? "@n" : $0 })
    #expect(try place.bytes("n") == bytes)
  }

  @Test("A polite kill ends with 143 and writes the model")
  func terminated() throws {
    let place = try place()
    let command = try place.start(Self.long.map { $0 == "20" ? "10000000" : $0 })
    try command.waitForLine("epoch        2/10000000")
    command.send(SIGTERM)
    #expect(try command.outcome().code == 143)
    try place.succeed(["evaluate", "@m", "@data.csv"])
    #expect(try place.folder.content == ["data.csv", "m"])
  }

  @Test("Resuming a finished training writes the same model")
  func finished() throws {
    let place = try place()
    try place.succeed(Self.saving)
    #expect(try place.bytes("m") == Self.uninterrupted.get())
    let checkpoint = try place.bytes("c")
    try FileManager.default.removeItem(atPath: place.folder("m"))
    try place.succeed(Self.saving + ["--resume", "--json"])
    #expect(try place.bytes("m") == Self.uninterrupted.get())
    #expect(try place.bytes("c") == checkpoint)
    #expect(try place.folder.content == ["data.csv", "m", "c"])
  }

  @Test("Resuming without a checkpoint begins and says so; an old one is replaced and said")
  func fresh() throws {
    let place = try place()
    let first = try place.succeed(Self.saving + ["--resume", "--quiet"])
    #expect(first.err.contains("note: no checkpoint"))
    #expect(try place.bytes("m") == Self.uninterrupted.get())
    let second = try place.succeed(Self.saving + ["--quiet"])
    #expect(second.err.contains("note: overwriting"))
    #expect(try place.bytes("m") == Self.uninterrupted.get())
  }

  struct Difference: Sendable, CustomTestStringConvertible {
    let testDescription: String
    let options: [String]
    let says: [String]

    init(_ name: String, _ options: String, says: String...) {
      testDescription = name
      self.options = options.split(separator: " ").map(String.init)
      self.says = says
    }
  }

  static let differences = [
    Difference("epochs", "--epochs 5", says: "epochs", "2", "5"),
    Difference("seed", "--epochs 2 --seed 1", says: "seed", "0", "1"),
    Difference("batch", "--epochs 2 --batch-size 8", says: "batch size", "7", "8"),
    Difference("rate", "--epochs 2 --learning-rate 0.01", says: "0.001", "0.01"),
    Difference("optimizer", "--epochs 2 --optimizer sgd", says: "optimizer", "adam", "sgd"),
    Difference("network", "--epochs 2 --layers 3:softmax", says: "network", "6-5-3"),
    Difference("bias", "--epochs 2 --no-bias", says: "bias", "another training"),
    Difference("precision", "--epochs 2 --precision double", says: "precision"),
    Difference("initialiser", "--epochs 2 --init he-normal", says: "initialiser", "he-normal"),
    Difference("scale", "--epochs 2 --scale minmax", says: "scale", "minmax"),
    Difference("columns", "--epochs 2 --drop width", says: "drop", "width"),
    Difference("category", "--epochs 2 --categorical width", says: "categorical", "width"),
    Difference("validation", "--epochs 2 --validation 0.3", says: "validation", "0.3"),
    Difference("patience", "--epochs 2 --early-stopping 9", says: "early stopping", "9"),
    Difference("loss", "--epochs 2 --loss mse", says: "mse"),
  ]

  @Test("A checkpoint of another training is refused, the difference named", arguments: differences)
  func refuses(_ difference: Difference) throws {
    let place = try place()
    let network = difference.options.contains("--layers") ? [] : ["--hidden", "6:relu,5:tanh"]
    let common = [
      "train", "@data.csv", "--target", "kind", "--out", "@m", "--checkpoint", "@c", "--quiet",
    ]
    let batch = difference.options.contains("--batch-size") ? [] : ["--batch-size", "7"]
    try place.succeed(
      common + ["--hidden", "6:relu,5:tanh", "--batch-size", "7", "--epochs", "2"])
    try place.refuse(
      common + network + batch + ["--resume"] + difference.options,
      says: ["c", "another training"]
        + difference.says)
  }

  @Test("A checkpoint of other data or of no training, or a part of one, is refused")
  func refusesFile() throws {
    let place = try place()
    let train = Self.saving.map { $0 == "20" ? "2" : $0 }
    try place.succeed(train)
    let whole = try place.bytes("c")
    try place.write(Tables.flowers.replacingOccurrences(of: "rose", with: "tulip"), to: "data.csv")
    try place.refuse(train + ["--resume"], says: ["another training", "data"])
    try place.write(
      Tables.flowers.replacingOccurrences(of: "red,iris", with: "blue,iris"), to: "data.csv")
    try place.refuse(train + ["--resume"], says: ["another training", "data"])
    try place.write(Tables.flowers, to: "data.csv")
    for count in [0, 7, 100, whole.count / 2, whole.count - 1] {
      try place.write(Array(whole.prefix(count)), to: "c")
      try place.refuse(train + ["--resume"], says: [place.folder("c")])
    }
    try place.write(place.bytes("m"), to: "c")
    try place.refuse(train + ["--resume"], says: ["not a checkpoint"])
  }
}
