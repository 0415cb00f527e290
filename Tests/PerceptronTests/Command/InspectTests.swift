import Foundation
import Perceptron
import Testing

/// `inspect` on good files and on files that lie.
@Suite struct InspectTests {
  @Test("Everything is shown, as text and as JSON")
  func shows() throws {
    let place = try Workplace()
    try place.write(Models.flowers.get(), to: "model")
    let text = try place.succeed(["inspect", "@model"])
    for part in ["relu", "softmax", "length", "colour", "kind", "iris", "seed", "fingerprint"] {
      #expect(text.out.contains(part), "\(part)")
    }
    expectPrintable(text.out)
    #expect(text.err == "")
    let json = try JSON.parse(Array(try place.succeed(["inspect", "@model", "--json"]).out.utf8))
    #expect(json["inputs"]?.int == 5)
    #expect(json["outputs"]?.int == 3)
    #expect(json["parameters"]?.int == 5 * 5 + 5 + 5 * 3 + 3)
    #expect(json["layers"]?.array?.count == 2)
    #expect(json["target"]?.string == "kind")
    #expect(json["classes"]?.array?.compactMap(\.string) == ["iris", "lily", "rose"])
    #expect(json["provenance"]?["seed"]?.string == "0")
  }

  @Test("The values printed are the parameters, to the bit", arguments: [Precision.float, .double])
  func values(_ precision: Precision) throws {
    let options = ["--target", "kind", "--hidden", "3:tanh", "--epochs", "2"]
    let place = try Workplace()
    try place.write(
      Models.train(Tables.flowers, options + ["--precision", precision.rawValue]), to: "model")
    let text = try place.succeed(["inspect", "@model", "--values"]).out
    let json = try JSON.parse(
      Array(try place.succeed(["inspect", "@model", "--values", "--json"]).out.utf8))
    func check<Element: Scalar & LosslessStringConvertible>(_ model: MLP<Element>) throws {
      let start = try #require(text.range(of: "W1 "))
      let printed = text[start.lowerBound...].split(separator: "\n")
        .filter { !$0.hasPrefix("W") && !$0.hasPrefix("b") }
        .flatMap { $0.split(separator: " ") }.map { Element(String($0)) }
      #expect(printed == model.parameters)
      let layers = try #require(json["layers"]?.array)
      let inJSON = layers.flatMap { layer in
        (layer["weights"]?.array ?? []).flatMap { $0.array ?? [] }
          + (layer["bias_values"]?.array ?? [])
      }
      let literals = inJSON.map { literal -> Element? in
        if case .number(let text) = literal { Element(text) } else { nil }
      }
      #expect(literals == model.parameters)
    }
    switch precision {
    case .float: try check(MLP<Float>(contentsOf: place.folder("model")))
    case .double: try check(MLP<Double>(contentsOf: place.folder("model")))
    }
  }

  @Test("A model of another tool is shown once the activations are said")
  func otherTool() throws {
    for name in ["mlp", "mlp_f64"] {
      let path = Fixtures.path("interop/model/\(name).safetensors")
      let outcome = try Command.run(["inspect", path, "--activations", "relu,tanh,identity"])
      #expect(outcome.code == 0, "\(outcome.err)")
      #expect(outcome.out.contains("5-7-5-3 relu, tanh, identity"))
      let cases: [(String?, String)] = [
        (nil, "--activations"), ("relu,tanh", "3 dense layers"),
        ("relu,tnah,identity", "did you mean tanh?"), ("identity,tanh,identity", "module"),
        ("", "activation"),
      ]
      for (activations, says) in cases {
        let refused = try Command.run(
          ["inspect", path] + (activations.map { ["--activations", $0] } ?? []))
        #expect(refused.code == 1)
        #expect(refused.out == "")
        expectOneLine(refused.err, says: [says])
      }
      for command in ["predict", "evaluate"] {
        let refused = try Command.run([command, path, "-"], input: "a\n1\n")
        #expect(refused.code == 1)
        expectOneLine(refused.err, says: [])
      }
    }
  }

  @Test("Activations for a model that has its own would have no effect")
  func activationsWithoutEffect() throws {
    let place = try Workplace()
    try place.write(Models.flowers.get(), to: "model")
    try place.refuse(["inspect", "@model", "--activations", "tanh"], says: ["--activations"])
  }

  // MARK: Files that lie

  static let malformed: [String] = {
    let files = (try? Fixtures.json("interop/manifest.json"))?["files"]?.array ?? []
    return files.compactMap { file in
      guard file["format"]?.string == "safetensors", let name = file["file"]?.string else {
        return nil
      }
      return name
    }
  }()

  @Test("A malformed file is refused in a line", arguments: malformed)
  func refuses(_ file: String) throws {
    // Well-formed ones hold no network, or one that does not fit together.
    let isWellFormed = !file.contains("/bad_")
    let outcome = try Command.run(
      ["inspect", Fixtures.path("interop/" + file)]
        + (isWellFormed ? ["--activations", "relu,tanh,identity"] : []))
    #expect(outcome.code == 1)
    #expect(outcome.out == "")
    expectOneLine(outcome.err, says: [".safetensors"])
  }

  private func survives(_ place: Workplace, _ what: String) throws {
    let outcome = try place.run(["inspect", "@damaged", "--values"], limit: 30)
    #expect(outcome.code == 0 || outcome.code == 1, "\(what): \(outcome.code) \(outcome.err)")
    if outcome.code != 0 {
      #expect(outcome.out == "", "\(what)")
      expectOneLine(outcome.err, says: ["damaged"])
    }
  }

  @Test("A truncated model is refused")
  func truncated() throws {
    let bytes = try Models.coins.get()
    let place = try Workplace()
    for part in 0..<20 {
      try place.write(Array(bytes.prefix(bytes.count * part / 20)), to: "damaged")
      try place.refuse(["inspect", "@damaged"], says: ["damaged"])
    }
    try place.write(bytes.dropLast(), to: "damaged")
    try place.refuse(["predict", "@damaged", "-"], says: ["damaged"])
    try place.write(bytes + [0], to: "damaged")
    try place.refuse(["inspect", "@damaged"], says: ["damaged"])
  }

  @Test(
    "A model with a byte changed is refused or read, and never crashes", arguments: UInt64(0)..<8)
  func changed(seed: UInt64) throws {
    let bytes = try Models.coins.get()
    let place = try Workplace()
    var generator = SeededGenerator(seed: seed)
    for _ in 0..<25 {
      var damaged = bytes
      let position = Int.random(in: 0..<bytes.count, using: &generator)
      let mask = UInt8.random(in: 1...255, using: &generator)
      damaged[position] ^= mask
      try place.write(damaged, to: "damaged")
      try survives(place, "byte \(position) ^ \(mask)")
    }
  }

  /// Texts in a model's description and what they are changed to, of the same length.
  static let lies = [
    ("\\\"version\\\":1", "\\\"version\\\":9"), ("\\\"version\\\":1", "\\\"version\\\":0"),
    ("\\\"version\\\":1", "\\\"wersion\\\":1"), ("\\\"units\\\":4", "\\\"units\\\":0"),
    ("\\\"units\\\":4", "\\\"units\\\":5"), ("\\\"inputs\\\":2", "\\\"inputs\\\":3"),
    ("\\\"inputs\\\":2", "\\\"inputs\\\":-"), ("\\\"inputs\\\":2", "\\\"inputs\\\":0"),
    ("tanh", "sign"), ("tanh", "tahn"), ("sigmoid", "softmax"), ("dense", "sense"),
    ("\\\"float\\\"", "\\\"bloat\\\""), ("heads", "tails"), ("weight\\\"", "size\\\"  "),
    ("classes", "numbers"), ("\"F32\"", "\"I32\""), ("\"F32\"", "\"BF16"),
  ]

  @Test("A description that lies is refused or harmless", arguments: lies)
  func lied(_ lie: (String, String)) throws {
    let (old, new) = lie
    let bytes = try Models.coins.get()
    let place = try Workplace()
    let count = bytes.prefix(8).reversed().reduce(0) { $0 << 8 | Int($1) }
    let header = String(decoding: bytes[8..<8 + count], as: UTF8.self)
    try #require(header.contains(old), "\(header)")
    let changed = Array(header.replacingOccurrences(of: old, with: new).utf8)
    let length = (0..<8).map { UInt8(truncatingIfNeeded: changed.count >> (8 * $0)) }
    try place.write(length + changed + bytes[(8 + count)...], to: "damaged")
    try survives(place, "\(old) → \(new)")
    let outcome = try place.run(
      ["predict", "@damaged", "-"], input: "weight,size\n1,2\n")
    #expect(outcome.code == 0 || outcome.code == 1, "\(outcome.code) \(outcome.err)")
  }

  @Test("Names in a file of unknown origin do not reach the terminal raw")
  func hostileDescription() throws {
    let bytes = try Models.coins.get()
    let place = try Workplace()
    // In the description, itself JSON in a JSON string, this is the escape of ESC.
    let text = String(decoding: bytes, as: Unicode.ASCII.self)
    let start = try #require(text.range(of: "program"))
    let offset = text.distance(from: text.startIndex, to: start.lowerBound)
    let escape = Array("\\\\u001b".utf8)
    try place.write(
      bytes[..<offset] + escape + bytes[(offset + escape.count)...], to: "model")
    let outcome = try place.succeed(["inspect", "@model"])
    #expect(outcome.out.contains("perceptron 0."))
    expectPrintable(outcome.out)
    expectPrintable(outcome.err)
  }
}
