import Testing

@testable import Perceptron

/// A case of `networks.json`.
struct GoldenNetwork: Sendable, CustomTestStringConvertible {
  struct Layer: Sendable {
    let Z: Matrix<Double>
    let A: Matrix<Double>
    let dZ: Matrix<Double>
    let dA: Matrix<Double>
    let dW: Matrix<Double>
    let db: Matrix<Double>?

    init(_ gold: Gold) throws {
      Z = try gold["Z"].tensor
      A = try gold["A"].tensor
      dZ = try gold["dZ"].tensor
      dA = try gold["dA"].tensor
      dW = try gold["dW"].tensor
      db = try gold.optional("db")?.tensor
    }
  }

  let name: String
  let group: String
  let architecture: Architecture
  let parameters: [Double]
  /// Every loss that must give these numbers.
  let losses: [Loss]
  let X: Matrix<Double>
  let T: Matrix<Double>
  /// A weight for each row, where given.
  let weights: [Double]?
  let layers: [Layer]
  let loss: Double
  let dX: Matrix<Double>
  /// Frobenius norms of dW and Euclidean norms of db, layer by layer, where given.
  let norms: [(dW: Double, db: Double)]
  /// What the loss would be under usual slips.
  let mistakes: [(name: String, loss: Double)]

  var testDescription: String { name }

  private init(_ gold: Gold) throws {
    name = try gold["name"].text
    group = try gold["group"].text
    (architecture, parameters) = try gold["layers"].network(inputs: gold["input_size"].integer)
    losses = try gold["loss"].losses
    X = try gold["X"].tensor
    if let classes = gold.optional("class_targets") {
      var targets = Matrix<Double>(rows: X.rows, columns: architecture.outputs)
      for (i, label) in try classes.elements.enumerated() { targets[i, try label.integer] = 1 }
      T = targets
    } else {
      T = try gold["targets"].tensor
    }
    weights = try gold.optional("sample_weights")?.tensor.values
    let expected = try gold["expected"]
    layers = try expected["layers"].elements.map(Layer.init)
    loss = try expected["loss"].number
    dX = try expected["dX"].tensor
    norms =
      try expected.optional("gradient_norms")?.elements.map {
        (try $0["dW"].number, try $0["db"].number)
      } ?? []
    mistakes =
      try gold.optional("common_mistakes").map { gold in
        try gold.keys.map { ($0, try gold[$0].number) }
      } ?? []
  }

  func model<Element: Scalar>(as: Element.Type = Element.self) throws -> MLP<Element> {
    try MLP(architecture, parameters: parameters.map { Element($0) })
  }

  /// The gradient in the parameters' order, by leaf.
  var leaves: [(parameter: Parameter, gradient: Matrix<Double>)] {
    get throws {
      try architecture.parameters.map { parameter in
        let layer = layers[parameter.layer]
        return (parameter, parameter.role == .weights ? layer.dW : try #require(layer.db))
      }
    }
  }

  /// The slips that would give this loss.
  func slips(_ value: Double, within limit: Double) -> String {
    let names = mistakes.filter { abs($0.loss - value) <= limit * max(1, abs($0.loss)) }
      .map(\.name)
    return names.isEmpty ? "" : "; this is what comes of: " + names.joined(separator: ", ")
  }
}

extension GoldenNetwork {
  private static let file = Result { try read() }

  /// The cases whose parts the library has.
  static func covered() throws -> [GoldenNetwork] { try file.get().covered }

  /// The other cases, and what they lack.
  static func skipped() throws -> [String: String] { try file.get().skipped }

  private static func read() throws -> (covered: [GoldenNetwork], skipped: [String: String]) {
    var covered: [GoldenNetwork] = []
    var skipped: [String: String] = [:]
    for gold in try Gold(file: "networks.json")["cases"].elements {
      // Normalisation and dropout: LayerGoldenTests.
      if try gold["group"].text == "i" { continue }
      let missing =
        try gold["layers"].partsMissingInLayers + gold["loss"].partsMissingInLoss
      if missing.isEmpty {
        covered.append(try GoldenNetwork(gold))
      } else {
        skipped[try gold["name"].text] = missing.joined(separator: ", ")
      }
    }
    return (covered, skipped)
  }
}
