import ArgumentParser
import Perceptron
import PerceptronAutodiff

/// `perceptron gradcheck`: the options; what is checked is in `GradCheckProblem`, what is said about
/// it in `GradCheckReport`.
struct GradCheck: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "gradcheck",
    abstract: "Hold the gradient of a network against finite differences and a tape.",
    discussion: """
      Every parameter, and the inputs: a parameter passes when the gradient that training uses agrees \
      with fourth-order central differences in double precision to 1e-6 of its largest entry, and with \
      automatic differentiation to 1e-10. \
      Without a model, weights, biases and inputs are drawn from N(0, 1).

      Examples:
        perceptron gradcheck --inputs 2 --layers 2:relu,2:relu,1:sigmoid --loss half-squared-error
        perceptron gradcheck model.safetensors --data Examples/penguins.csv
        perceptron gradcheck --inputs 8 --layers 8:sigmoid,8:sigmoid,8:sigmoid,1 --flow --svg flow.svg
      """)

  @Argument(help: "A model; without one, --layers describes the network.")
  var model: String?

  @Option(help: "The number of inputs, where neither a model nor a table says it.")
  var inputs: Int?

  @Option(help: "The whole network, output layer included.")
  var layers: String?

  @Option(help: "The loss. (default: the model's, or what the last activation calls for)")
  var loss: String?

  @Option(
    help: "What the loss is divided by: rows, elements or sum (nothing). (default: the loss's own)")
  var reduction: String?

  @Option(help: "A table to take rows from, in place of random inputs; - reads standard input.")
  var data: String?

  @Option(help: "The column to predict, for --layers with --data.")
  var target: String?

  @Option(help: "The table's separator: auto, comma, semicolon, tab or pipe. (default: auto)")
  var separator: String?

  @Option(help: "Rows to check with.")
  var batch = 8

  @Option(help: "What is drawn: the network, the inputs, the rows of a table, samples.")
  var seed: UInt64 = 0

  @Option(
    name: .customLong("init"),
    help: "Weights start as in train, biases at 0; the names are train's. (default: all N(0, 1))")
  var initializer: String?

  @Flag(help: "Layers without a bias.")
  var noBias = false

  @Flag(help: "Check second derivatives too: the Hessian in a random direction.")
  var secondOrder = false

  @Flag(help: "Show how large the gradient is in every layer, and what makes it so.")
  var flow = false

  @Option(help: "Write a picture of the gradient's flow to this file.")
  var svg: String?

  @Flag(help: "Print the result as one JSON object.")
  var json = false

  func validate() throws {
    if model != nil {
      let useless: [(String, Bool)] = [
        ("--layers", layers != nil), ("--inputs", inputs != nil), ("--target", target != nil),
        ("--init", initializer != nil), ("--no-bias", noBias),
      ]
      for (name, isGiven) in useless where isGiven {
        throw ValidationError("\(name) has no effect with a model, which says it itself.")
      }
    } else if layers == nil {
      throw ValidationError("Give a model, or --layers with --inputs or --data.")
    } else if data == nil, inputs == nil {
      throw ValidationError("Give --inputs, or --data with --target.")
    } else if data != nil, inputs != nil {
      throw ValidationError("--inputs has no effect with --data, whose columns are the inputs.")
    } else if data != nil, target == nil {
      throw ValidationError("--data needs --target: the column to predict.")
    }
    if data == nil, target != nil || separator != nil {
      throw ValidationError(
        "\(target != nil ? "--target" : "--separator") has no effect without --data.")
    }
    if svg != nil, !flow { throw ValidationError("--svg has no effect without --flow.") }
    guard batch >= 1 else { throw ValidationError("--batch must be at least 1, not \(batch).") }
  }

  func run() throws {
    Interruption.ignoreWriteSignals()
    _ = try InstructionSet.selected()
    if let svg { try checkPicture(svg) }
    let problem = try GradCheckProblem(self)
    let (batch, numeric) = try problem.check()
    let check = try ThreeWayCheck(
      numeric, of: batch.model, inputs: batch.inputs, targets: batch.targets, loss: problem.loss,
      secondOrder: secondOrder, seed: seed)
    let flow =
      flow
      ? try GradientFlow(
        batch.model, inputs: batch.inputs, targets: batch.targets, loss: problem.loss) : nil
    let report = GradCheckReport(problem: problem, batch: batch, threeWay: check, flow: flow)
    if let svg, let flow {
      let title = "Gradient flow: \(batch.model.architecture.summary)"
      try FileSystem.writeAtomically(Array(flow.svg(title: title).utf8), to: svg)
    }
    if json { Output.result(report.json.text()) } else { report.printTables(svg: svg) }
    if !check.passed { throw report.failure }
  }

  /// A picture replaces nothing but a picture.
  private func checkPicture(_ path: String) throws {
    try FileSystem.checkWritable(path)
    for used in [model, data].compactMap(\.self) where FileSystem.isSame(used, path) {
      throw PerceptronError(
        .file, "the picture would replace what is checked; choose another --svg", file: path)
    }
    guard FileSystem.exists(path) else { return }
    guard FileSystem.isRegular(path),
      try FileSystem.read(path).starts(with: "<svg ".utf8)
    else {
      throw PerceptronError(.file, "it exists and is no picture; choose another --svg", file: path)
    }
  }
}
