import ArgumentParser
import Perceptron
import PerceptronAutodiff

/// `perceptron gradcheck`: the options; what is checked is in `NetworkProblem`, what is said about
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

  @OptionGroup var network: NetworkOptions

  @OptionGroup var threads: ThreadOptions

  @Option(help: "Rows to check with.")
  var batch = 8

  @Flag(help: "Check second derivatives too: the Hessian in a random direction.")
  var secondOrder = false

  @Flag(help: "Show how large the gradient is in every layer, and what makes it so.")
  var flow = false

  @Option(help: "Write a picture of the gradient's flow to this file.")
  var svg: String?

  @Flag(help: "Print the result as one JSON object.")
  var json = false

  func validate() throws {
    if svg != nil, !flow { throw ValidationError("--svg has no effect without --flow.") }
    guard batch >= 1 else { throw ValidationError("--batch must be at least 1, not \(batch).") }
  }

  func run() throws {
    Interruption.ignoreWriteSignals()
    try threads.limit(check)
  }

  private func check() throws {
    _ = try InstructionSet.selected()
    if let svg { try checkPicture(svg) }
    let problem = try NetworkProblem(network, rows: .drawn(batch))
    let (batch, numeric) = try problem.check()
    let check = try ThreeWayCheck(
      numeric, of: batch.model, inputs: batch.inputs, targets: batch.targets, loss: problem.loss,
      secondOrder: secondOrder, seed: network.seed)
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
    for used in [network.model, network.data].compactMap(\.self) where FileSystem.isSame(used, path)
    {
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
