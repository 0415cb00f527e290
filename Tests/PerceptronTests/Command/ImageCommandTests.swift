import Perceptron
import Testing

/// `train` and `evaluate` on files of images, plain and compressed.
@Suite struct ImageCommandTests {
  private static let names = [
    "train-images-idx3-ubyte", "train-labels-idx1-ubyte", "t10k-images-idx3-ubyte",
    "t10k-labels-idx1-ubyte",
  ]

  /// A folder with the four files, some compressed.
  private func workplace(compressed: Set<Int> = []) throws -> Workplace {
    let place = try Workplace()
    let (train, test) = (Images.files(count: 60), Images.files(count: 30, seed: 2))
    let contents = [train.images, train.labels, test.images, test.labels]
    for (index, content) in contents.enumerated() {
      if compressed.contains(index) {
        try place.write(IDXTests.stored(content), to: Self.names[index] + ".gz")
      } else {
        try place.write(content, to: Self.names[index])
      }
    }
    return place
  }

  private static let options = [
    "--hidden", "8:relu", "--epochs", "30", "--learning-rate", "0.01", "--batch-size", "8",
    "--json", "--out", "@model.safetensors",
  ]

  @Test("a folder of four files: trained, judged by the second pair, evaluated")
  func folder() throws {
    let place = try workplace(compressed: [0, 3])
    let result = try JSON.parse(
      Array(place.succeed(["train", "@"] + Self.options).out.utf8))
    #expect(result["inputs"]?.int == 20)
    #expect(result["train"]?["rows"]?.int == 54)
    #expect(result["validation"]?["rows"]?.int == 6)
    #expect(result["test"]?["rows"]?.int == 30)
    #expect(result["test"]?["accuracy"]?.double == 1)
    #expect(result["test"]?["classes"]?.array?.count == 10)
    let evaluated = try JSON.parse(
      Array(place.succeed(["evaluate", "@model.safetensors", "@", "--json"]).out.utf8))
    // What train says of the test images, evaluate says too, and more.
    for member in try #require(result["test"]?.object) {
      #expect(evaluated[member.key] == member.value, "\(member.key)")
    }
  }

  @Test("a pair of files is the same as the folder, compressed or not")
  func pair() throws {
    let place = try workplace()
    try place.succeed(["train", "@"] + Self.options)
    let model = try place.bytes("model.safetensors")
    let files = [
      "--images", "@train-images-idx3-ubyte", "--labels", "@train-labels-idx1-ubyte",
    ]
    let result = try JSON.parse(
      Array(place.succeed(["train"] + files + Self.options).out.utf8))
    #expect(result["test"] == nil)
    #expect(try place.bytes("model.safetensors") == model)
    let said = try place.succeed(["evaluate", "@model.safetensors"] + files).out
    #expect(said.contains("confusion matrix"))
    let other = try workplace(compressed: [0, 1, 2, 3])
    try other.succeed(["train", "@"] + Self.options)
    let compressed = try MLP<Float>(contentsOf: other.folder("model.safetensors"))
    #expect(
      compressed.parameters
        == (try MLP<Float>(contentsOf: place.folder("model.safetensors")))
        .parameters)
  }

  @Test("the table for people names the test rows")
  func report() throws {
    let place = try workplace()
    let outcome = try place.succeed([
      "train", "@", "--epochs", "1", "--out", "@model.safetensors",
    ])
    #expect(outcome.out.contains("\ntest "))
    #expect(outcome.out.contains("confusion matrix, test rows"))
    #expect(outcome.err.contains("54 training rows, 6 validation rows, 30 test rows"))
    #expect(outcome.err.contains("inputs: 20 pixels, kept as bytes"))
  }

  @Test("what is missing or does not belong is said in one line")
  func refusals() throws {
    let place = try workplace()
    try place.write(Images.idx([2], [1, 2]), to: "short-labels")
    try place.write(Images.idx([30, 2, 2], Array(repeating: 7, count: 120)), to: "small")
    try place.refuse(
      [
        "train", "--images", "@train-images-idx3-ubyte", "--labels", "@short-labels", "--out",
        "@m.safetensors",
      ], says: ["short-labels", "2 labels for the 60 images"])
    try place.refuse(
      [
        "train", "--images", "@train-images-idx3-ubyte", "--labels", "@none", "--out",
        "@m.safetensors",
      ], says: ["none", "no such file"])
    try place.refuse(
      [
        "train", "--images", "@train-images-idx3-ubyte", "--labels", "@train-labels-idx1-ubyte",
        "--out", "@train-images-idx3-ubyte",
      ], says: ["not a model"])
    let empty = try Workplace()
    try empty.refuse(
      ["train", "@", "--out", "@m.safetensors"], says: ["no train-images-idx3-ubyte"])
    try place.succeed(["train", "@", "--epochs", "1", "--out", "@m.safetensors"])
    try place.refuse(
      ["evaluate", "@m.safetensors", "--images", "@small", "--labels", "@t10k-labels-idx1-ubyte"],
      says: ["small", "4 pixels do not fit 20 inputs"])
  }

  @Test(
    "what has no effect or is missing is exit code 64",
    arguments: [
      ("train --images a", "--labels"), ("train --labels a", "--images"),
      ("train @ --images a --labels b", "not both"),
      ("train --images a --labels b --target label", "--target"),
      ("train @ --drop x", "--drop"), ("train @ --scale none", "--scale"),
      ("train @ --validation rows.csv", "--validation"), ("train", "<data>"),
      ("evaluate m.safetensors --images a", "--labels"),
    ])
  func usage(_ call: String, _ says: String) throws {
    let outcome = try Workplace().run(
      call.split(separator: " ").map { $0 == "@" ? "/" : String($0) })
    #expect(outcome.code == 64)
    #expect(outcome.err.contains(says), "\(outcome.err)")
  }
}
