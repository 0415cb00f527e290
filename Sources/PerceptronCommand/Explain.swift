import ArgumentParser
import Perceptron
import PerceptronDerivation

/// `perceptron explain`: backpropagation derived, with every line checked before it is shown.
struct Explain: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "explain",
    abstract: "Derive the backpropagation of a network, step by step, with every line checked.",
    discussion: """
      The gradient of the loss in every parameter, derived from the forward pass alone. Before a \
      formula is shown it is evaluated and compared with the training step, with automatic \
      differentiation and with finite differences; one that disagrees is not shown.

      Without a model, --data or --batch the derivation is in symbols; with one of them numbers stand \
      under every formula.

      Examples:
        perceptron explain --inputs 2 --layers 2:relu,2:relu,1:sigmoid --loss half-squared-error
        perceptron explain --inputs 2 --layers 4:tanh,1:sigmoid --form differentials --batch 3
        perceptron explain model.safetensors --data Examples/penguins.csv --row 1
        perceptron explain --inputs 2 --layers 3,batch-norm,relu,1 --form delta
        perceptron explain --inputs 2 --layers 2,1 --format html --out explain.html
      """)

  @OptionGroup var network: NetworkOptions

  @OptionGroup var threads: ThreadOptions

  @Option(
    help: """
      The reading: vectorized, elementwise (every weight by its indices), differentials (every line) \
      or delta (the recursion of δ).
      """)
  var form = "vectorized"

  @Option(
    help: """
      How the network is written: rows (Z = X W), columns-in-out (Z = Wᵀ X) or columns-out-in \
      (Z = W X).
      """)
  var layout = "rows"

  @Option(help: "Where the bias stands: separate, or augmented (the last row of W, for a 1 in X).")
  var biasForm = "separate"

  @Option(
    help: """
      How dropout and batch-norm behave: training (masks of the seed 0, statistics of the batch) or \
      inference (nothing left out, running statistics).
      """)
  var mode = "training"

  @Option(
    help: """
      A loss of your own in place of --loss, in the output A, the targets T, m examples and K outputs: \
      "sum((A - T)^4) / m".
      """)
  var lossFormula: String?

  @Option(help: "Show numbers for so many rows, random ones or drawn from --data.")
  var batch: Int?

  @Option(help: "Show numbers for this row of --data, counted from 1. (default: 1)")
  var row: Int?

  @Option(help: "The optimizer whose first update is shown: sgd, momentum, nesterov or adam.")
  var optimizer = "sgd"

  @Option(help: "The optimizer's learning rate. (default: 0.001 for adam, else 0.01)")
  var learningRate: Double?

  @Option(help: "What is written: text, markdown, latex, html or json.")
  var format = "text"

  @Option(help: "Write to this file, not to standard output.")
  var out: String?

  func validate() throws {
    if network.data == nil, row != nil {
      throw ValidationError("--row has no effect without --data.")
    }
    if lossFormula != nil, network.loss != nil || network.reduction != nil {
      throw ValidationError("--loss-formula stands in place of --loss and --reduction.")
    }
    if batch != nil, row != nil { throw ValidationError("Give --batch or --row, not both.") }
    if let batch, batch < 1 { throw ValidationError("--batch must be at least 1, not \(batch).") }
    if let row, row < 1 { throw ValidationError("--row must be at least 1, not \(row).") }
    if network.initializer != nil, batch == nil, network.data == nil {
      throw ValidationError("--init has no effect without numbers to show: give --batch.")
    }
  }

  private enum Format: String, CaseIterable {
    case text
    case markdown
    case latex
    case html
    case json
  }

  func run() throws {
    Interruption.ignoreWriteSignals()
    try threads.limit(explain)
  }

  private func explain() throws {
    let format = try named(format, Format.self, "format")
    let form = try named(form, Explanation.Form.self, "form")
    let layout = try named(layout, Layout.self, "layout")
    let biasForm = try named(biasForm, BiasForm.self, "bias form")
    let mode = try named(mode, Mode.self, "mode")
    let optimizer = try Optimizer(named: optimizer, learningRate: learningRate)
    guard !optimizer.isFullBatch else {
      throw PerceptronError(
        .option, "lbfgs has no rule of single updates to explain: its step comes from a line search"
      )
    }
    _ = try InstructionSet.selected()
    if let out { try checkOutput(out) }
    let rows: NetworkProblem.Rows =
      network.data != nil && batch == nil ? .number(row ?? 1) : .drawn(batch ?? 4)
    let problem = try NetworkProblem(network, rows: rows)
    let objective =
      try lossFormula.map { NetworkProgram.Objective.formula(try LossFormula($0)) }
      ?? .loss(problem.loss)
    let hasNumbers = network.model != nil || network.data != nil || batch != nil
    let isDrawn = network.data == nil
    var explanation: Explanation
    var draw = 0
    repeat {
      explanation = try Explanation(
        problem.architecture, objective: objective, form: form, layout: layout, biasForm: biasForm,
        mode: mode, batch: hasNumbers ? try numbers(problem, draw: draw) : nil,
        optimizer: optimizer, seed: network.seed, draw: draw)
      draw += 1
      // A draw on the kink of a ReLU, or with all units silent, proves less than another.
    } while explanation.hasUntested && isDrawn && draw < 10
    let text =
      switch format {
      case .text:
        TextWriter.text(explanation.document, width: Output.isTerminal ? Output.width : 100)
      case .markdown: MarkdownWriter.text(explanation.document)
      case .latex: LaTeXWriter.text(explanation.document)
      case .html: HTMLWriter.text(explanation.document)
      case .json: explanation.json.text() + "\n"
      }
    if let out {
      try FileSystem.writeAtomically(Array(text.utf8), to: out)
      Output.message("written to \(printable(out, limit: 1000))")
    } else {
      Output.text(text)
    }
  }

  private func numbers(_ problem: NetworkProblem, draw: Int) throws -> Explanation.Batch {
    let batch = try problem.batch(draw: draw)
    return Explanation.Batch(model: batch.model, inputs: batch.inputs, targets: batch.targets)
  }

  /// An explanation replaces nothing but an explanation.
  private func checkOutput(_ path: String) throws {
    try FileSystem.checkWritable(path)
    guard FileSystem.exists(path) else { return }
    let mark = Array("Backpropagation of ".utf8)
    let isOurs =
      try FileSystem.isRegular(path)
      && FileSystem.read(path).prefix(4000).split(separator: 10).contains { line in
        line.indices.contains { line[$0...].starts(with: mark) }
      }
    guard isOurs || format.lowercased() == "json" else {
      throw PerceptronError(
        .file, "it exists and is no explanation; choose another --out", file: path)
    }
  }
}
