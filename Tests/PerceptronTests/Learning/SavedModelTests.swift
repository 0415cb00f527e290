import Foundation
import Perceptron
import Testing

@Suite struct SavedModelTests {
  @Test("A model comes back in the precision it was trained in")
  func precision() throws {
    let place = try Workplace()
    let path = place.folder("model.safetensors")
    let float = try MLP<Float>(inputs: 2, [(3, .tanh), (1, .identity)], seed: 1)
    try float.save(to: path)
    #expect(try SavedModel(contentsOf: path) == .float(float))
    let double = try MLP<Double>(inputs: 2, [(3, .tanh), (1, .identity)], seed: 1)
    try double.save(to: path)
    #expect(try SavedModel(contentsOf: path) == .double(double))
    try Data("no model".utf8).write(to: URL(filePath: path))
    #expect(throws: PerceptronError.self) { try SavedModel(contentsOf: path) }
  }
}
