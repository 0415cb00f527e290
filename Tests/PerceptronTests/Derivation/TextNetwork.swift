import Perceptron
import PerceptronDerivation
import Testing

/// A network that one of the five source texts derives by hand, written as the text writes it.
struct TextNetwork: CustomTestStringConvertible {
  /// `000` … `004`
  let name: String
  let inputs: Int
  let layers: String
  var bias = true
  let loss: String
  var layout = Layout.rows
  var biasForm = BiasForm.separate
  /// Examples in the batch.
  var rows: Int
  /// Chosen so that most units are alive.
  let seed: UInt64
  var optimizer = "sgd"
  var learningRate = 0.01
  /// The text's own reading.
  let form: Explanation.Form

  var testDescription: String { name }

  static let all = [
    // Equations 2–11: W units × inputs, one example, no bias.
    TextNetwork(
      name: "000", inputs: 2, layers: "2:relu,2:relu,1:sigmoid", bias: false,
      loss: "half-squared-error", layout: .columnsOutIn, rows: 1, seed: 2, form: .elementwise),
    // Two rows, and a loss divided by rows.
    TextNetwork(
      name: "001", inputs: 3, layers: "4:relu,2", loss: "squared-error", rows: 2, seed: 12,
      form: .vectorized),
    // One layer for a single row, the bias in the weights.
    TextNetwork(
      name: "002", inputs: 3, layers: "2:sigmoid", loss: "squared-error", biasForm: .augmented,
      rows: 1, seed: 2, form: .elementwise),
    TextNetwork(
      name: "003", inputs: 2, layers: "4:tanh,1:sigmoid", loss: "bce", rows: 3, seed: 3,
      form: .differentials),
    // y = x² with 1-8-8-1, W inputs × units.
    TextNetwork(
      name: "004", inputs: 1, layers: "8:relu,8:relu,1", loss: "mse", layout: .columnsInOut,
      rows: 4, seed: 43, optimizer: "adam", learningRate: 0.1, form: .delta),
  ]

  /// The same layer for a batch: text `002` goes from one row to several.
  static var batch: TextNetwork {
    var network = all[2]
    network.rows = 3
    return network
  }

  /// With one example where every entry of more would fill pages.
  func sized(for form: Explanation.Form) -> TextNetwork {
    var network = self
    if form == .elementwise, name == "004" { network.rows = 1 }
    return network
  }

  /// The command that explains it.
  func arguments(_ form: Explanation.Form, _ format: String) -> [String] {
    ["explain", "--inputs", "\(inputs)", "--layers", layers] + (bias ? [] : ["--no-bias"]) + [
      "--loss", loss, "--layout", layout.rawValue, "--bias-form", biasForm.rawValue, "--batch",
      "\(rows)", "--seed", "\(seed)", "--optimizer", optimizer, "--learning-rate",
      "\(learningRate)", "--form", form.rawValue, "--format", format,
    ]
  }

  /// What that command explains, or the same in symbols alone.
  func explanation(_ form: Explanation.Form, withNumbers: Bool) throws -> Explanation {
    let architecture = try Architecture(
      inputs: inputs, layers: try LayerStack.parse(layers, bias: bias))
    let loss = try Loss(named: loss)
    let drawn = try RandomBatch(architecture, loss: loss, rows: rows, seed: seed)
    return try Explanation(
      architecture, objective: .loss(loss), form: form, layout: layout, biasForm: biasForm,
      batch: withNumbers
        ? .init(model: drawn.model, inputs: drawn.inputs, targets: drawn.targets) : nil,
      optimizer: try Optimizer(named: optimizer, learningRate: learningRate), seed: seed)
  }
}
