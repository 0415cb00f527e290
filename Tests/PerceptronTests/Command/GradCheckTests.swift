import Foundation
import Perceptron
import Testing

@Suite struct GradCheckTests {
  private static let small = ["gradcheck", "--inputs", "3", "--layers"]

  private func json(_ text: String) throws -> JSON { try JSON.parse(Array(text.utf8)) }

  @Test("Every loss passes, by every reduction", arguments: Loss.Kind.allCases)
  func losses(_ kind: Loss.Kind) throws {
    let output = kind.requiredActivation?.name ?? "identity"
    for reduction in Loss.Reduction.allCases {
      let outcome = try Command.run(
        Self.small + [
          "4:tanh,3:\(output)", "--loss", kind.rawValue, "--reduction", reduction.rawValue,
        ])
      #expect(outcome.code == 0, "\(outcome.err)")
      #expect(outcome.err == "")
      #expect(outcome.out.contains("passed: largest relative error"))
      for name in ["W1", "b1", "W2", "b2", "X"] {
        #expect(outcome.out.contains("\n\(name) "), "\(outcome.out)")
      }
    }
  }

  @Test("The keys of the JSON, numbers that round-trip, no bias")
  func keys() throws {
    let outcome = try Command.run(Self.small + ["4:relu,2:softmax", "--no-bias", "--json"])
    #expect(outcome.code == 0, "\(outcome.err)")
    let json = try json(outcome.out)
    #expect(json.object?.map(\.key) == ["passed", "max_relative_error", "parameters"])
    #expect(json["passed"]?.bool == true)
    let leaves = try #require(json["parameters"]?.array)
    #expect(leaves.map { $0["name"]?.string } == ["W1", "W2", "X"])
    #expect(leaves[0]["shape"]?.array?.map { $0.int } == [3, 4])
    #expect(leaves[2]["shape"]?.array?.map { $0.int } == [8, 3])
    for leaf in leaves {
      #expect(
        leaf.object?.map(\.key) == [
          "name", "shape", "tested", "tried", "max_relative_error", "worst_index", "analytic",
          "numeric", "tape_error", "kinks",
        ])
      #expect(try #require(leaf["tape_error"]?.double) < 1e-12)
      #expect(leaf["tested"]?.bool == true)
      let error = try #require(leaf["max_relative_error"]?.double)
      #expect(error >= 0 && error < 1e-6)
      #expect(leaf["worst_index"]?.array?.count == 2)
      let (analytic, numeric) = (leaf["analytic"]?.double, leaf["numeric"]?.double)
      #expect(abs(try #require(analytic) - (try #require(numeric))) < 1e-6)
    }
    #expect(
      json["max_relative_error"]?.double
        == leaves.compactMap { $0["max_relative_error"]?.double }
        .max())
  }

  @Test("Second derivatives too, when asked for")
  func secondOrder() throws {
    let outcome = try Command.run(
      Self.small + ["4:tanh,2:softmax", "--second-order", "--json"])
    #expect(outcome.code == 0, "\(outcome.err)")
    let error = try #require(try json(outcome.out)["second_order_error"]?.double)
    #expect(error > 0 && error < 1e-6)
  }

  @Test("The same seed gives the same text, another seed another")
  func seeds() throws {
    let call = Self.small + ["4:relu,4:tanh,1", "--json"]
    let outcomes = try ["3", "3", "4"].map { try Command.run(call + ["--seed", $0]).out }
    #expect(outcomes[0] == outcomes[1])
    #expect(outcomes[0] != outcomes[2])
  }

  @Test("Zero weights put every unit on the kink: counted, untested, and not passed")
  func kinks() throws {
    let outcome = try Command.run(Self.small + ["2:relu,1:relu", "--init", "zeros", "--json"])
    #expect(outcome.code == 1)
    expectOneLine(outcome.err, says: ["nothing could be tested"])
    let json = try json(outcome.out)
    #expect(json["passed"]?.bool == false)
    #expect(json["max_relative_error"]?.isNull == true)
    let leaves = try #require(json["parameters"]?.array)
    #expect(leaves.map { $0["tested"]?.bool } == Array(repeating: false, count: 5))
    // b1, b2 move a unit over the kink; W2, whose inputs are 0, does not.
    #expect(leaves.map { $0["kinks"]?.int } == [6, 2, 0, 1, 0])
  }

  @Test("A model on rows of a table; the rows come from the seed")
  func model() throws {
    let place = try Workplace(["data.csv": Tables.flowers])
    try place.write(try Models.flowers.get(), to: "m")
    let call = ["gradcheck", "@m", "--data", "@data.csv"]
    let outcome = try place.succeed(call)
    #expect(outcome.out.contains("8 of 60 rows of data.csv (seed 0)"))
    #expect(outcome.out.contains("loss: cross-entropy"))
    let first = try place.succeed(call + ["--json", "--batch", "3"]).out
    #expect(try json(first)["parameters"]?.array?.last?["shape"]?.array?[0].int == 3)
    #expect(try place.succeed(call + ["--json", "--batch", "3"]).out == first)
    #expect(try place.succeed(call + ["--json", "--batch", "3", "--seed", "5"]).out != first)
    #expect(
      try json(try place.succeed(call + ["--json", "--batch", "999"]).out)["parameters"]?.array?
        .last?["shape"]?.array?[0].int == 60)
    // Random rows, another loss, and the table on standard input.
    try place.succeed(["gradcheck", "@m", "--loss", "mse", "--reduction", "sum"])
    try place.succeed(["gradcheck", "@m", "--data", "-"], input: Tables.flowers)
    #expect(try place.folder.content.sorted() == ["data.csv", "m"])
  }

  @Test("Rows of a table for a network that is drawn")
  func table() throws {
    let place = try Workplace(["data.csv": Tables.flowers, "houses.csv": Tables.houses])
    try place.succeed([
      "gradcheck", "--layers", "4:tanh,3:softmax", "--data", "@data.csv", "--target", "kind",
    ])
    let houses = ["gradcheck", "--data", "@houses.csv", "--target", "price", "--layers"]
    try place.succeed(houses + ["3:sigmoid,1"])
    try place.refuse(houses + ["3:sigmoid,2"], says: ["price", "2 outputs"])
    try place.refuse(houses + ["3:sigmoid,1:sigmoid"], says: ["binary-cross-entropy", "0 to 1"])
  }

  @Test("A gradient that is no number fails, and the place is said")
  func fails() throws {
    let place = try Workplace()
    var model = try MLP<Double>(inputs: 2, [(2, .tanh), (1, .identity)], seed: 1)
    model.setBias(1, [1e300])
    try model.save(to: place.folder("m"))
    let outcome = try place.run(["gradcheck", "@m", "--json"])
    #expect(outcome.code == 1)
    expectOneLine(outcome.err, says: ["the gradient is wrong", "[0, 0]"])
    #expect(try json(outcome.out)["passed"]?.bool == false)
  }

  @Test("The flow as table, JSON and picture; a picture replaces only a picture")
  func flow() throws {
    let place = try Workplace(["notes.txt": "mine\n"])
    let deep = Array(repeating: "6:sigmoid", count: 9).joined(separator: ",")
    let call = Self.small + [deep + ",1", "--flow", "--init", "xavier-uniform"]
    let outcome = try place.succeed(call + ["--svg", "@flow.svg"])
    #expect(outcome.out.contains("starving"))
    #expect(outcome.out.contains("10 identity"))
    #expect(try place.text("flow.svg").hasPrefix("<svg "))
    try place.succeed(call + ["--svg", "@flow.svg"])
    try place.refuse(call + ["--svg", "@notes.txt"], says: ["notes.txt", "no picture"])
    let json = try json(try place.succeed(call + ["--json"]).out)
    #expect(
      json.object?.map(\.key) == ["passed", "max_relative_error", "parameters", "flow"])
    let flow = try #require(json["flow"])
    #expect(flow["verdict"]?.string == "starving")
    #expect(flow["layers"]?.array?.count == 10)
    #expect(flow["layers"]?.array?[0]["ratio"]?.isNull == true)
    let slope = try #require(flow["layers"]?.array?[5]["slope"]?.double)
    #expect(slope <= 0.25)
  }

  @Test("Of a large tensor a sample is tried, and said")
  func sampled() throws {
    let call = ["gradcheck", "--inputs", "150", "--layers", "150:tanh,2", "--batch", "2"]
    let outcome = try Command.run(call)
    #expect(outcome.code == 0, "\(outcome.err)")
    #expect(outcome.out.contains("200 of 22,500"))
    #expect(try Command.run(call).out == outcome.out)
    #expect(try Command.run(call + ["--seed", "1"]).out != outcome.out)
  }

  @Test(
    "What cannot be checked is refused",
    arguments: [
      ("4:relu,1:sign", ["sign", "cannot be trained"]),
      ("4:relu,1:softmax", ["softmax"]),
      ("4:rleu,1", ["relu"]),
      ("4:relu,0", ["0"]),
    ])
  func refuses(_ layers: String, _ says: [String]) throws {
    try Workplace().refuse(Self.small + [layers], says: says)
  }

  @Test("A loss that does not fit, a model that is not there, a batch too large")
  func refusesMore() throws {
    let place = try Workplace(["data.csv": Tables.flowers])
    try place.refuse(Self.small + ["1", "--loss", "cross-entropy"], says: ["softmax"])
    try place.refuse(["gradcheck", "@none"], says: ["none"])
    try place.refuse(["gradcheck", "@data.csv"], says: ["data.csv"])
    try place.refuse(Self.small + ["1", "--batch", "9999999999"], says: ["--batch"])
    try place.refuse(["gradcheck", "--inputs", "0", "--layers", "1"], says: ["input"])
  }

  @Test(
    "A wrong call is exit code 64",
    arguments: [
      ("", "--layers"), ("--layers 1", "--inputs"), ("--inputs 2", "--layers"),
      ("@m --layers 1", "--layers"), ("@m --inputs 2", "--inputs"), ("@m --no-bias", "--no-bias"),
      ("@m --init zeros", "--init"), ("@m --target y --data @d", "--target"),
      ("--layers 1 --data @d", "--target"), ("--layers 1 --inputs 1 --target y", "--target"),
      ("--layers 1 --inputs 1 --separator tab", "--separator"),
      ("--layers 1 --inputs 2 --data @d --target y", "--inputs"),
      ("--layers 1 --inputs 2 --svg @f", "--flow"), ("--layers 1 --inputs 2 --batch 0", "--batch"),
      ("--layers 1 --inputs 2 --seed=-1", "-1"), ("@m @m", "m"),
    ])
  func usage(_ arguments: String, _ says: String) throws {
    let place = try Workplace()
    let outcome = try place.run(
      ["gradcheck"] + arguments.split(separator: " ").map(String.init))
    #expect(outcome.code == 64, "\(outcome.err)")
    #expect(outcome.out == "")
    #expect(outcome.err.contains(says), "\(outcome.err)")
    #expect(try place.folder.content.isEmpty)
  }
}
