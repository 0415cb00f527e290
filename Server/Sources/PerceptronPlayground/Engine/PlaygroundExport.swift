import Perceptron
import PerceptronDerivation
import PerceptronInterchange

/// What a network can leave the playground as.
enum PlaygroundExport: String, Sendable, CaseIterable {
  /// The model's own file.
  case safetensors
  /// A graph of operators, for other runtimes.
  case onnx
  /// One file of Swift.
  case swift
  /// The rows it was trained and tested on, as a table.
  case csv

  /// The name a browser saves it under.
  var fileName: String { self == .csv ? "playground-data.csv" : "playground.\(rawValue)" }

  /// Its bytes.
  ///
  /// - Throws: `PerceptronError` when the network cannot be written so.
  func bytes(_ model: MLP<Double>, table: Table) throws -> [UInt8] {
    switch self {
    case .safetensors: return try model.safetensors()
    case .onnx: return try model.onnx()
    case .swift: return Array(try model.swiftSource().utf8)
    case .csv: return Array(Self.text(table).utf8)
    }
  }

  private static func text(_ table: Table) -> String {
    func cell(_ text: String) -> String {
      let needsQuotes = text.utf8.contains { [0x22, 0x2C, 0x0A, 0x0D].contains($0) }
      return needsQuotes ? "\"" + text.replacing("\"", with: "\"\"") + "\"" : text
    }
    var lines = [table.columns.map { cell($0.name) }.joined(separator: ",")]
    for row in 0..<table.rowCount {
      lines.append(
        table.columns.indices.map { cell(table.text(row: row, column: $0) ?? "") }
          .joined(separator: ","))
    }
    return lines.joined(separator: "\n") + "\n"
  }
}

/// A network and a batch to derive the gradient of.
struct DerivationRequest: Sendable {
  let model: MLP<Double>
  let inputs: Matrix<Double>
  let targets: Matrix<Double>
  let loss: Loss
  let optimizer: Optimizer
  let seed: UInt64

  /// The derivation of exactly this network on exactly this batch, every line checked.
  ///
  /// - Throws: `PerceptronError` when it cannot be derived.
  func explanation() throws -> Explanation {
    try Explanation(
      model.architecture, objective: .loss(loss),
      batch: Explanation.Batch(model: model, inputs: inputs, targets: targets),
      optimizer: optimizer, seed: seed)
  }

  /// Its page.
  func page() throws -> String { HTMLWriter.text(try explanation().document) }
}

extension PlaygroundTraining {
  /// What is derived: the network as it is, on the rows of the next update.
  mutating func derivationRequest() throws -> DerivationRequest {
    try refreshModel()
    let (x, t) = nextBatch
    return DerivationRequest(
      model: model, inputs: x, targets: t, loss: loss, optimizer: optimizer,
      seed: UInt64(settings.seed))
  }
}
