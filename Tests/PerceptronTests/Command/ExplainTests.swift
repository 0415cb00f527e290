import Foundation
import Perceptron
import Testing

@Suite struct ExplainTests {
  private static let small = ["explain", "--inputs", "2", "--layers"]
  private static let forms = ["vectorized", "elementwise", "differentials", "delta"]

  private func json(_ text: String) throws -> JSON { try JSON.parse(Array(text.utf8)) }

  @Test("Every form in every layout and format", arguments: forms)
  func everything(_ form: String) throws {
    for layout in ["rows", "columns-in-out", "columns-out-in"] {
      for format in ["text", "markdown", "latex", "html", "json"] {
        for batch in [[], ["--batch", "2"]] {
          let call =
            Self.small + ["2:tanh,3:softmax", "--form", form, "--layout", layout]
            + ["--format", format] + batch
          let outcome = try Command.run(call)
          #expect(outcome.code == 0, "\(call) \(outcome.err)")
          #expect(outcome.err == "")
          #expect(outcome.out.count > 1500)
          #expect(!outcome.out.contains("NaN"), "\(call)")
        }
      }
    }
  }

  @Test(
    "Every kind of layer in every form and mode",
    arguments: ["tanh,4,batch-norm,relu,3:softmax", "3,layer-norm,prelu,dropout:0.3,1"])
  func layers(_ layers: String) throws {
    for form in Self.forms {
      for (mode, format) in [("training", "markdown"), ("inference", "html")] {
        let call = Self.small + [layers, "--form", form, "--mode", mode, "--format", format]
        let outcome = try Command.run(call)
        #expect(outcome.code == 0 && outcome.err == "", "\(call) \(outcome.err)")
        #expect(outcome.out.contains("Update: sgd") == (mode == "training"))
      }
    }
    let update = try json(
      try Command.run(Self.small + [layers, "--batch", "3", "--format", "json"]).out)["update"]
    let names = try #require(update?.array).map { $0["name"]?.string }
    #expect(
      names
        == (layers.contains("prelu")
          ? ["W1", "b1", "γ2", "β2", "a3", "W5", "b5"] : ["W2", "b2", "γ3", "β3", "W5", "b5"]))
  }

  @Test("The keys of the JSON: numbers where there is a batch, names where there is none")
  func keys() throws {
    let call = Self.small + ["3:relu,1", "--loss", "mse", "--format", "json"]
    let symbolic = try json(try Command.run(call).out)
    let numeric = try json(try Command.run(call + ["--batch", "5"]).out)
    for (result, hasNumbers) in [(symbolic, false), (numeric, true)] {
      #expect(result["network"]?.string == "2-3-1 relu, identity")
      #expect(result["loss"]?.string == "mse")
      let forward = try #require(result["forward"]?.array)
      #expect(forward.map { $0["name"]?.string } == ["Z1", "A1", "Z2", "A2", "L"])
      for entry in forward {
        #expect((entry["value"] != nil) == hasNumbers)
        for key in ["formula", "latex"] { #expect(entry[key]?.string?.isEmpty == false) }
        #expect(entry["shape"]?.array?.count == 2)
      }
      let backward = try #require(result["backward"]?.array)
      #expect(
        backward.map { $0["name"]?.string } == [
          "A2", "Z2", "W2", "b2", "A1", "Z1", "W1", "b1", "X",
        ])
      for entry in backward {
        #expect((entry["value"] != nil) == hasNumbers)
        #expect(try #require(entry["steps"]?.array?.count) >= 3)
        #expect(entry["rule"]?.string?.isEmpty == false)
        #expect(try #require(entry["checks"]?["numeric"]?.double) < 1e-6)
        #expect(try #require(entry["checks"]?["tape"]?.double) < 1e-10)
        #expect(try #require(entry["checks"]?["training_step"]?.double) < 1e-10)
      }
      let update = try #require(result["update"]?.array)
      #expect(update.map { $0["name"]?.string } == ["W1", "b1", "W2", "b2"])
      #expect((update[0]["before"] != nil) == hasNumbers)
    }
    #expect(symbolic["backward"]?.array?[6]["shape"]?.array?.map { $0.string } == ["n0", "n1"])
    #expect(numeric["backward"]?.array?[6]["shape"]?.array?.map { $0.int } == [2, 3])
    #expect(symbolic["backward"]?.array?[6]["formula"]?.string == "W̄₁ = Xᵀ Z̄₁")
    #expect(numeric["backward"]?.array?[6]["value"]?.array?.count == 2)
  }

  @Test("The optimizer's state has its parameter's name in every format, and is no other's")
  func stateNames() throws {
    let call = Self.small + ["3:tanh,1", "--optimizer", "adam", "--form", "delta"]
    let wanted = [
      "text": ["m_{W₁} ← β₁ m_{W₁} + (1 − β₁) W̄₁", "v_{b₂} ← β₂ v_{b₂} + (1 − β₂)"],
      "markdown": [#"m_{W_{1}} &\leftarrow"#, #"\beta_{2}\,v_{b_{2}}"#],
      "latex": [#"m_{W_{1}} &\leftarrow"#, #"\beta_{2}\,v_{b_{2}}"#],
      "html": [
        "<msub><mi>m</mi><msub><mi>W</mi><mn>1</mn></msub></msub>",
        "<msub><mi>v</mi><msub><mi>b</mi><mn>2</mn></msub></msub>",
      ],
    ]
    for (format, texts) in wanted {
      let text = try Command.run(call + ["--format", format]).out
      for wanted in texts { #expect(text.contains(wanted), "\(format): \(wanted)") }
    }
    let update = try #require(
      try json(try Command.run(call + ["--format", "json"]).out)["update"]?.array)
    let names = update.compactMap { $0["name"]?.string }
    #expect(names.count == 12 && Set(names).count == 12)
  }

  @Test("The optimizer's state stands before its parameter, and starts at 0")
  func update() throws {
    let call = Self.small + ["1", "--batch", "2", "--optimizer", "adam", "--format", "json"]
    let update = try #require(try json(try Command.run(call).out)["update"]?.array)
    #expect(update.map { $0["name"]?.string } == ["m_W1", "v_W1", "W1", "m_b1", "v_b1", "b1"])
    #expect(update.map { $0["of"]?.string } == ["W1", "W1", "W1", "b1", "b1", "b1"])
    #expect(update[0]["before"]?.array?[0].array?[0].double == 0)
    #expect(update[0]["after"]?.array?[0].array?[0].double != 0)
  }

  @Test("A model and a row of its table; the same seed gives the same text")
  func modelAndRow() throws {
    let place = try Workplace(["data.csv": Tables.flowers])
    try place.succeed([
      "train", "@data.csv", "--target", "kind", "--hidden", "3:tanh", "--epochs", "2", "--out",
      "@m.safetensors", "--quiet",
    ])
    let call = ["explain", "@m.safetensors", "--data", "@data.csv"]
    let first = try place.succeed(call).out
    #expect(first.contains("m = 1 example"))
    #expect(try place.succeed(call + ["--row", "1"]).out == first)
    #expect(try place.succeed(call + ["--row", "2"]).out != first)
    let batch = try place.succeed(call + ["--batch", "3", "--seed", "4"]).out
    #expect(batch.contains("m = 3 examples"))
    #expect(try place.succeed(call + ["--batch", "3", "--seed", "4"]).out == batch)
    try place.refuse(call + ["--row", "100000"], says: ["row 100000", "rows 1 to"])
  }

  @Test("A file is written whole, and replaces only an explanation")
  func output() throws {
    let place = try Workplace(["notes.txt": "mine"])
    let call = Self.small + ["2,1"]
    let text = try place.succeed(call).out
    for _ in 0..<2 {
      let outcome = try place.succeed(call + ["--out", "@out.txt"])
      #expect(outcome.out == "")
      #expect(try place.text("out.txt") == text)
    }
    for format in ["html", "latex", "markdown"] {
      for _ in 0..<2 {
        try place.succeed(call + ["--format", format, "--out", "@out.\(format)"])
      }
    }
    try place.refuse(call + ["--out", "@notes.txt"], says: ["notes.txt", "--out"])
    #expect(try place.text("notes.txt") == "mine")
    try place.refuse(call + ["--out", "@none/x.txt"], says: ["none"])
  }

  @Test("Networks too large to print weight by weight: said, with the other form offered")
  func tooLarge() throws {
    let outcome = try Command.run([
      "explain", "--inputs", "30", "--layers", "20:relu,2:softmax", "--form", "elementwise",
    ])
    #expect(outcome.code == 0, "\(outcome.err)")
    #expect(outcome.out.contains("662"))
    #expect(outcome.out.contains("vectorized"))
    #expect(outcome.out.count < 40_000)
  }

  @Test("A wide network is drawn so that it is not saturated, and explained")
  func wide() throws {
    let outcome = try Command.run([
      "explain", "--inputs", "300", "--layers", "60:relu,60:relu,60:relu,3:softmax",
    ])
    #expect(outcome.code == 0, "\(outcome.err)")
    #expect(outcome.out.contains("Z̄₄ = "))
  }

  @Test(
    "What cannot be explained is refused",
    arguments: [
      (["4:relu,1:sign"], ["sign", "cannot be trained"]),
      (["4:relu,1", "--form", "vectorised"], ["vectorized"]),
      (["4:relu,1", "--layout", "row"], ["rows"]),
      (["4:relu,1", "--format", "pdf"], ["pdf"]),
      (["4:relu,1", "--bias-form", "none"], ["separate"]),
      (["4:relu,1", "--mode", "test"], ["training"]),
      (["4:relu,1", "--optimizer", "adamm"], ["adam"]),
      (["4:relu,1", "--learning-rate", "0"], ["learning rate"]),
      (["4:relu,1", "--loss", "cross-entropy"], ["softmax"]),
    ])
  func refuses(_ arguments: [String], _ says: [String]) throws {
    try Workplace().refuse(Self.small + arguments, says: says)
  }

  @Test(
    "A wrong call is exit code 64",
    arguments: [
      ("", "--layers"), ("--layers 1", "--inputs"), ("@m --layers 1", "--layers"),
      ("--layers 1 --inputs 1 --row 1", "--row"),
      ("--layers 1 --data @d --target y --row 1 --batch 2", "--batch or --row"),
      ("--layers 1 --inputs 2 --batch 0", "--batch"),
      ("--layers 1 --data @d --target y --row 0", "--row"),
      ("--layers 1 --inputs 2 --init zeros", "--init"), ("--layers 1 --inputs 2 --flow", "flow"),
    ])
  func usage(_ arguments: String, _ says: String) throws {
    let place = try Workplace()
    let outcome = try place.run(
      ["explain"] + arguments.split(separator: " ").map(String.init))
    #expect(outcome.code == 64, "\(outcome.err)")
    #expect(outcome.out == "")
    #expect(outcome.err.contains(says), "\(outcome.err)")
  }
}
