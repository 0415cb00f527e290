import Foundation
import Perceptron

/// Models of every kind that is served, trained for a moment on a small table, in a folder of their
/// own that is gone with the last reference.
final class Models: Sendable {
  let folder: String

  /// Numbers and texts, missing values among them, and two things to predict.
  static let table = """
    size,colour,weight,kind,price
    1.5,red,10,apple,3.25
    2.5,green,12.5,apple,2.5
    ,red,11,apple,3
    5.25,yellow,30,melon,8
    6,green,28,melon,9.5
    5.5,green,,melon,8.25
    0.5,blue,1,berry,1
    0.75,blue,1.25,berry,1.5
    0.6,red,0.9,berry,0.75
    1.25,,9.5,apple,2.75
    5.75,yellow,31.5,melon,8.75
    0.55,blue,1.1,berry,1.25

    """

  /// - Throws: when the folder cannot be written.
  init() throws {
    folder = NSTemporaryDirectory() + "perceptron-server-" + UUID().uuidString
    try FileManager.default.createDirectory(atPath: folder, withIntermediateDirectories: true)
  }

  deinit { try? FileManager.default.removeItem(atPath: folder) }

  func path(_ name: String) -> String { "\(folder)/\(name).safetensors" }

  /// The rows of the table.
  static func rows(_ text: String = table) throws -> Table {
    try Table(bytes: Array(text.utf8), name: "table.csv")
  }

  /// Trains a model on the table and saves it.
  ///
  /// - Returns: its path.
  @discardableResult
  func save<Element: Scalar>(
    _ name: String, target: String, drop: [String], layers: [(Int, Activation)], loss: Loss,
    scaling: Preprocessing.Scaling = .standard, seed: UInt64 = 1, as: Element.Type
  ) throws -> String {
    var options = DatasetOptions()
    options.drop = drop
    options.scaling = scaling
    let data = try Dataset<Element>(Self.rows(), target: target, options: options)
    var model = try MLP<Element>(
      inputs: data.inputs, layers.map { (units: $0.0, activation: $0.1) }, seed: seed)
    _ = try model.fit(data, loss: loss, epochs: 3, batchSize: 4, validation: .none)
    try model.save(to: path(name))
    return path(name)
  }

  /// One of three classes, by texts and numbers.
  func saveKinds<Element: Scalar>(_ name: String = "kinds", seed: UInt64 = 1, as: Element.Type)
    throws -> String
  {
    try save(
      name, target: "kind", drop: ["price"], layers: [(5, .tanh), (3, .softmax)],
      loss: .crossEntropy, seed: seed, as: Element.self)
  }

  /// A number, by numbers alone.
  func savePrices(_ name: String = "prices", seed: UInt64 = 1) throws -> String {
    try save(
      name, target: "price", drop: ["kind", "colour"], layers: [(5, .tanh), (1, .identity)],
      loss: .mse, seed: seed, as: Float.self)
  }

  /// A network that knows no columns.
  func savePlain(_ name: String = "plain") throws -> String {
    try MLP<Float>(inputs: 2, [(3, .relu), (2, .identity)], seed: 4).save(to: path(name))
    return path(name)
  }
}
