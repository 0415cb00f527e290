import Foundation
import Testing

@testable import Perceptron

/// Model files whose description, shapes or numbers are not true.
@Suite("Model files that lie")
struct ModelFileLieTests {
  private let folder: TemporaryFolder
  private let model: MLP<Float>

  init() throws {
    folder = try TemporaryFolder()
    let rows = try table("a,b,c\n1,x,n\n2.5,y,y\n?,x,n\n5,?,y\n")
    var model: MLP<Float> = try Draw.network(inputs: 4, [(3, .tanh), (2, .softmax)], seed: 4)
    model.preprocessing = try Dataset<Float>(rows, target: "c").preprocessing
    model.note([ProvenanceEntry("seed", "4")])
    self.model = model
  }

  private typealias Tensors = [(name: String, shape: [Int], values: Safetensors.TensorValues)]

  /// Loads the model from a file whose description or tensors have been changed.
  private func load(
    description change: (inout String) throws -> Void = { _ in },
    tensors changeTensors: (inout Tensors) -> Void = { _ in }
  ) throws {
    var text = model.description.text()
    try change(&text)
    var tensors = ModelFile.tensors(model.architecture, model.parameters)
    changeTensors(&tensors)
    try FileSystem.writeAtomically(
      Safetensors.encode(
        tensors: tensors, metadata: [("format", "pt"), (ModelFile.metadataKey, text)]),
      to: folder("model"))
    _ = try MLP<Float>(contentsOf: folder("model"))
  }

  /// Refused when `old`, which must be there, is `new` in the description.
  private func refused(
    _ old: String, _ new: String, _ part: String, sourceLocation: SourceLocation = #_sourceLocation
  ) {
    expectRefusal(.modelFile, folder("model"), part, sourceLocation: sourceLocation) {
      try load(description: { text in
        let range = try #require(text.range(of: old), "\(old)", sourceLocation: sourceLocation)
        text.replaceSubrange(range, with: new)
      })
    }
  }

  @Test("unchanged it is read")
  func unchanged() throws {
    try load()
    #expect(try MLP<Float>(contentsOf: folder("model")) == model)
  }

  @Test("versions")
  func versions() {
    refused("\"version\":1", "\"version\":2", "version 2")
    refused("\"version\":1", "\"version\":0", "no version")
    refused("\"version\":1", "\"version\":\"1\"", "no version")
    refused("\"version\":1,", "", "no version")
    refused("{\"version\"", "\"version\"", "not JSON")
  }

  @Test("fields that are missing or of another kind")
  func fields() {
    refused("\"inputs\":4", "\"inputs\":0", "\"inputs\"")
    refused("\"inputs\":4", "\"inputs\":\"4\"", "\"inputs\"")
    refused("\"inputs\":4,", "", "\"inputs\"")
    refused("\"layers\":[", "\"layer\":[", "\"layers\"")
    for key in ["kind", "units", "activation", "bias", "initializer"] {
      refused("\"\(key)\":", "\"_\(key)\":", "\"layers\"")
    }
    refused("\"kind\":\"dense\"", "\"kind\":\"sparse\"", "\"layers\"")
    refused("\"tanh\"", "\"tan\"", "\"layers\"")
    refused("\"units\":3", "\"units\":-3", "\"layers\"")
    refused("\"units\":3", "\"units\":3.5", "\"layers\"")
    refused("\"bias\":true", "\"bias\":1", "\"layers\"")
    refused("{\"seed\":\"4\"}", "{\"seed\":4}", "\"provenance\"")
    refused("{\"seed\":\"4\"}", "[\"seed\"]", "\"provenance\"")
    refused("\"precision\":\"float\"", "\"precision\":\"half\"", "\"precision\"")
  }

  @Test("sizes too large to be true")
  func sizes() {
    refused("\"inputs\":4", "\"inputs\":500000000", "parameters")
    refused("\"units\":3", "\"units\":300000000", "parameters")
    refused("\"units\":3", "\"units\":9223372036854775807", "parameters")
    refused("\"inputs\":4", "\"inputs\":9223372036854775807", "parameters")
    refused("\"units\":3", "\"units\":92233720368547758070", "\"layers\"")
  }

  @Test("an encoding that does not fit the network")
  func preprocessing() {
    let key = "\"preprocessing\""
    refused("\"categories\":[\"x\",\"y\"]", "\"categories\":[\"x\",\"y\",\"z\"]", key)
    refused("\"categories\":[\"x\",\"y\"]", "\"categories\":[]", key)
    refused("\"categories\":[\"x\",\"y\"]", "\"categories\":[\"x\",7]", key)
    refused("\"categories\":[\"x\",\"y\"]", "\"categories\":[\"x\",\"x\"]", key)
    refused("\"classes\":[\"n\",\"y\"]", "\"classes\":[\"n\",\"y\",\"z\"]", key)
    refused("\"classes\":[\"n\",\"y\"]", "\"classes\":[\"n\"]", key)
    refused("\"classes\":[\"n\",\"y\"]", "\"classes\":[\"n\",\"n\"]", key)
    refused("\"most_frequent\":0", "\"most_frequent\":2", key)
    refused("\"most_frequent\":0", "\"most_frequent\":-1", key)
    refused("\"name\":\"a\"", "\"name\":\"b\"", key)
    refused("\"name\":\"a\"", "\"name\":\"c\"", key)
    refused("\"scale\":", "\"scale\":0,\"was\":", key)
    refused("\"shift\":", "\"shift\":\"inf\",\"was\":", key)
    refused("\"imputed\":", "\"_imputed\":", key)
    refused("\"kind\":\"numeric\"", "\"kind\":\"text\"", key)
    refused(
      "\"kind\":\"classes\",\"classes\":[\"n\",\"y\"]",
      "\"kind\":\"number\",\"shift\":0,\"scale\":1", key)
    refused("\"preprocessing\":{", "\"preprocessing\":7,\"was\":{", key)
  }

  @Test("tensors that are missing, left over, of another shape, or not finite")
  func tensors() {
    func refused(_ parts: String..., change: (inout Tensors) -> Void) {
      let error = #expect(throws: PerceptronError.self) { try load(tensors: change) }
      #expect(error?.kind == .modelFile && error?.file == folder("model"))
      for part in parts {
        #expect(error?.message.contains(part) == true, "\(String(describing: error))")
      }
    }
    refused("layer 2", "\"2.weight\" is missing") { $0.removeAll { $0.name == "2.weight" } }
    refused("layer 1", "\"0.bias\" is missing") { $0.removeAll { $0.name == "0.bias" } }
    refused("\"9.weight\" belongs to no layer") {
      $0.append(("9.weight", [1], .float([0])))
    }
    refused("layer 1", "\"0.weight\" should be [3, 4]", "[4, 3]") { $0[0].shape = [4, 3] }
    refused("layer 1", "\"0.weight\" should be [3, 4]", "[12]") { $0[0].shape = [12] }
    refused("\"0.bias\"", "index 2", "not a finite number") {
      $0[1].values = .float([0, 1, .infinity])
    }
    refused("\"2.weight\"", "nan", "index 4") {
      $0[2].values = .float([0, 1, 2, 3, .nan, 5])
    }
    refused("\"0.bias\"", "U64") { $0[1].values = .integers([0, 1, 2]) }
    // Finite in Double, not in Float.
    refused("\"0.bias\"", "not a finite number") { $0[1].values = .double([0, 1e39, 2]) }
  }

  @Test("cut anywhere it is refused")
  func truncated() throws {
    let bytes = try model.encoded()
    var generator = SeededGenerator(seed: 5)
    for _ in 0..<50 {
      let length = Int.random(in: 0..<bytes.count, using: &generator)
      try FileSystem.writeAtomically(Array(bytes.prefix(length)), to: folder("model"))
      expectRefusal(.modelFile, folder("model")) {
        _ = try MLP<Float>(contentsOf: folder("model"))
      }
    }
  }

  @Test("activations are refused where the file says its own")
  func activations() throws {
    try model.save(to: folder("model"))
    expectRefusal(.option, "activations") {
      _ = try MLP<Float>(contentsOf: folder("model"), activations: [.relu, .relu])
    }
  }
}
