import Foundation
import Testing

@testable import Perceptron
@testable import PerceptronInterchange

/// Arrays as data, `import` and `export`, from the command line.
@Suite struct ExchangeTests {
  /// y = x₀ − 2 x₁ and whether it is above 0, in 40 rows.
  private static func place() throws -> Workplace {
    let place = try Workplace()
    let inputs = (0..<80).map { Double($0 * 7 % 23) / 4 - 2.5 }
    let numbers = (0..<40).map { inputs[2 * $0] - 2 * inputs[2 * $0 + 1] }
    let classes = numbers.map { $0 > 0 ? 1.0 : 0 }
    let x = NumPyArray.encode(inputs, shape: [40, 2])
    try place.write(x, to: "x.npy")
    try place.write(NumPyArray.encode(numbers, shape: [40]), to: "y.npy")
    let both = [(name: "X", array: x), (name: "y", array: NumPyArray.encode(classes, shape: [40]))]
    try place.write(NumPyArchive.encode(both), to: "data.npz")
    return place
  }

  @Test("Arrays are trained on, judged and predicted, to an array too")
  func arrays() throws {
    let place = try Self.place()
    let options = ["--epochs", "2", "--quiet", "--hidden", "3:tanh"]
    try place.succeed(
      ["train", "--inputs", "@x.npy", "--targets", "@y.npy", "--out", "@m"] + options)
    try place.succeed(["evaluate", "@m", "--inputs", "@x.npy", "--targets", "@y.npy"])
    try place.succeed(["predict", "@m", "@x.npy", "--out", "@p.npy"])
    let csv = try place.succeed(["predict", "@m", "@x.npy"]).out.split(separator: "\n").dropFirst()
    let array = try NumPyArray(contentsOf: place.folder("p.npy"))
    #expect(array.shape == [40] && array.type == .float32)
    #expect(try array.values(as: Float.self) == csv.map { Float($0) })
    try place.succeed(["train", "@data.npz", "--out", "@c"] + options)
    let judged = try place.succeed(["evaluate", "@c", "@data.npz", "--json"]).out
    #expect(judged.contains("\"accuracy\"") && judged.contains("\"classes\":[\"0\",\"1\"]"))
    try place.succeed(["predict", "@c", "@data.npz", "--out", "@p.npy"])
    #expect(try NumPyArray(contentsOf: place.folder("p.npy")).shape == [40, 2])
    // Columns of a table by the same names.
    let x = try NumPyArray(contentsOf: place.folder("x.npy")).values(as: Double.self)
    let lines = stride(from: 0, to: 80, by: 2).map { "\(x[$0 + 1]),\(x[$0])\n" }
    try place.write("x1,x0\n" + lines.joined(), to: "t.csv")
    let ofTable = try place.succeed(["predict", "@c", "@t.csv"]).out
    #expect(try place.succeed(["predict", "@c", "@data.npz"]).out == ofTable)
    // Column by column, so that it has to be held.
    var columns = try place.bytes("x.npy")
    let word = Array("False".utf8)
    let flag = try #require((0..<100).first { Array(columns[$0..<$0 + 5]) == word })
    columns.replaceSubrange(flag..<flag + 5, with: Array("True ".utf8))
    for (place, number) in ((0..<40).map { x[2 * $0] } + (0..<40).map { x[2 * $0 + 1] })
      .enumerated()
    {
      withUnsafeBytes(of: number) {
        columns.replaceSubrange(128 + 8 * place..<136 + 8 * place, with: $0)
      }
    }
    try place.write(columns, to: "fortran.npy")
    #expect(try place.succeed(["predict", "@c", "@fortran.npy"]).out == ofTable)
    try place.write(NumPyArray.encode([1.0, 2, 3], shape: [1, 3]), to: "wide.npy")
    try place.refuse(["predict", "@c", "@wide.npy"], says: ["3 columns", "takes 2"])
    try place.refuse(["evaluate", "@c", "@x.npy"], says: ["target"])
    try place.refuse(["train", "@x.npy", "--out", "@n"], says: ["no targets"])
  }

  @Test("A table's predictions go to an array piece by piece: shape, numbers, standard input")
  func streams() throws {
    // A column that nobody reads makes two pieces of few rows.
    let long = String(repeating: "long ", count: 400)
    for (table, target, shape) in [
      (Tables.flowers, "kind", [600, 3]), (Tables.houses, "price", [400]),
    ] {
      let lines = table.split(separator: "\n").map(String.init)
      let rows = (0..<10).flatMap { _ in lines.dropFirst() }.map { "\($0),\(long)" }
      let place = try Workplace(["data.csv": table])
      try place.write(([lines[0] + ",note"] + rows).joined(separator: "\n"), to: "long.csv")
      try place.succeed([
        "train", "@data.csv", "--target", target, "--epochs", "1", "--quiet", "--out", "@m",
      ])
      let model = try MLP<Float>(ModelFile(place.folder("m")))
      let expected = try model.predict(Table(contentsOf: place.folder("long.csv")))
      for threads in ["1", "2"] {
        let options = ["--threads", threads, "--out", "@p.npy"]
        try place.succeed(["predict", "@m", "@long.csv"] + options)
        #expect(try place.bytes("p.npy") == expected.array(as: Float.self))
        let file = open(place.folder("long.csv"), O_RDONLY | O_CLOEXEC)
        defer { close(file) }
        let piped = try RunningCommand(
          ["predict", place.folder("m"), "-", "--threads", threads], inputFile: file
        ).outcome()
        let written = try place.succeed(["predict", "@m", "@long.csv"])
        #expect(piped.out == written.out && piped.err == written.err)
        #expect(piped.out.split(separator: "\n").count == shape[0] + 1)
      }
      #expect(try NumPyArray(contentsOf: place.folder("p.npy")).shape == shape)
    }
  }

  @Test("A model goes out in every format and comes back from other tools")
  func exports() throws {
    let place = try Self.place()
    try place.succeed(
      ["train", "@data.npz", "--out", "@m", "--epochs", "1", "--quiet", "--hidden", "3:tanh"])
    for format in ["c", "swift", "json"] {
      try place.succeed(["export", "@m", "--format", format, "--out", "@m.\(format)"])
    }
    let json = try JSON.parse(place.bytes("m.json"))
    #expect(json["layers"]?.array?.count == 4 && json["inputs"]?.int == 2)
    try place.succeed([
      "export", "@m", "--format", "safetensors", "--dtype", "bf16", "--out", "@small",
    ])
    #expect(try ModelFile(place.folder("small")).file.tensors.allSatisfy { $0.dtype == .BF16 })
    try place.succeed(["evaluate", "@small", "@data.npz"])
    try place.refuse(
      ["export", "@m", "--format", "c", "--dtype", "f16", "--out", "@x.c"], says: ["no effect"])
    try place.refuse(
      ["export", "@m", "--format", "cc", "--out", "@x.c"], says: ["unknown format"])
    try place.write(
      Fixtures.bytes("interop/sklearn/mlp_multiclass_relu.npz"), to: "mlp.npz")
    try place.succeed(["import", "@mlp.npz", "--activation", "relu", "--out", "@i"])
    try place.succeed(["predict", "@i", "@mlp.npz"])
    try place.refuse(
      ["import", "@mlp.npz", "--activation", "sigmoid", "--out", "@j"], says: ["logistic"])
    try place.refuse(
      ["import", "@x.npy", "--activations", "relu", "--out", "@j"], says: [".npz, .safetensors"])
  }
}
