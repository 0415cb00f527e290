import Perceptron
import Testing

/// `train --from MODEL`.
@Suite struct WarmStartTests {
  private static let more =
    "length,width,colour,kind\n"
    + (0..<12).map {
      "\($0 % 5),\($0 % 3),\(["red", "green"][$0 % 2]),\(["iris", "rose"][$0 % 2])\n"
    }
    .joined()

  private func place() throws -> Workplace {
    let place = try Workplace(["data.csv": Tables.flowers, "more.csv": Self.more])
    try place.write(Models.flowers.get(), to: "m")
    return place
  }

  @Test("Network, columns, classes and encoding are the model's; it goes on from its weights")
  func goesOn() throws {
    let place = try place()
    let command = ["train", "@more.csv", "--from", "@m", "--out", "@n", "--validation", "0"]
    let outcome = try place.succeed(
      command + ["--epochs", "1", "--learning-rate", "1e-30", "--json"])
    let json = try JSON.parse(Array(outcome.out.utf8))
    #expect(json["layers"]?.string == "5:relu,3:softmax")
    #expect(json["target"]?.string == "kind")
    // A step of next to nothing: the model that was there.
    let before = try MLP<Float>(contentsOf: place.folder("m"))
    let after = try MLP<Float>(contentsOf: place.folder("n"))
    #expect(before.parameters == after.parameters)
    #expect(before.preprocessing == after.preprocessing)
    try place.succeed(command + ["--epochs", "3"])
    let trained = try MLP<Float>(contentsOf: place.folder("n"))
    #expect(trained.parameters != before.parameters)
    #expect(trained.provenance.contains { $0.key == "from" && $0.value == "m" })
  }

  @Test("It may replace its own model, and resumes to the same bytes")
  func resumes() throws {
    let place = try place()
    let command = ["train", "@data.csv", "--from", "@m", "--epochs", "6", "--quiet"]
    try place.succeed(command + ["--out", "@whole"])
    try place.succeed(command + ["--out", "@n", "--checkpoint", "@c"])
    #expect(try place.bytes("n") == place.bytes("whole"))
    try place.succeed(command + ["--out", "@n", "--checkpoint", "@c", "--resume"])
    #expect(try place.bytes("n") == place.bytes("whole"))
    try place.write(Models.coins.get(), to: "coins")
    try place.refuse(
      ["train", "@data.csv", "--from", "@coins", "--out", "@x", "--checkpoint", "@c", "--resume"],
      says: ["\"side\""])
  }

  @Test("What does not fit the model is refused")
  func refused() throws {
    let place = try place()
    try place.write("length,width,colour,kind\n1,2,red,tulip\n", to: "new.csv")
    try place.write("length,colour,kind\n1,red,rose\n2,red,rose\n", to: "less.csv")
    func command(_ data: String, _ options: String...) -> [String] {
      ["train", data, "--from", "@m", "--out", "@n"] + options
    }
    try place.refuse(
      command("@new.csv"), says: ["new.csv, line 2, column \"kind\"", "does not know", "tulip"])
    try place.refuse(command("@less.csv"), says: ["needs the column \"width\""])
    try place.refuse(
      command("@more.csv", "--target", "colour"), says: ["predicts \"kind\", not \"colour\""])
    try place.refuse(
      command("@more.csv", "--loss", "mse", "--monitor", "rmse"), says: ["rmse", "class"])
    try place.refuse(
      ["train", "@more.csv", "--from", "@more.csv", "--out", "@n"], says: ["more.csv"])
    for option in [
      "--hidden 4:relu", "--layers 3:softmax", "--scale none", "--no-bias", "--drop width",
    ] {
      let outcome = try place.run(
        command("@more.csv") + option.split(separator: " ").map(String.init))
      #expect(outcome.code == 64 && outcome.err.contains("--from"), "\(option): \(outcome.err)")
    }
  }
}
