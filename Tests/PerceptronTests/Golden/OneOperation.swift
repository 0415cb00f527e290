import Testing

@testable import Perceptron

/// Someone who can run a plan: the plain loops, or the kernels of one instruction set.
struct Runner: Sendable, CustomTestStringConvertible {
  let executor: Executor
  let instructionSet: InstructionSet?

  static let all =
    [Runner(executor: .plain, instructionSet: nil)]
    + InstructionSet.available.map { Runner(executor: .kernels, instructionSet: $0) }

  var testDescription: String { instructionSet.map { "kernels on \($0)" } ?? "plain loops" }
}

/// Runs one operation of a plan on given numbers, infinities among them, which no weights could
/// pass on.
extension Runner {
  /// g(Z), row by row.
  func activate<Element: Scalar>(
    _ activation: Activation, _ z: Matrix<Element>
  ) throws -> Matrix<Element> {
    try run(z, z) { plan, z, _ in
      let result = plan.batch(columns: z.columns)
      plan.add(.activate(activation, z, into: result))
      return [result]
    }[0]
  }

  /// Ā ⊙ g′, with g′ written in the values given: the outputs, or the pre-activations.
  func differentiate<Element: Scalar>(
    _ activation: Activation, outputGradient: Matrix<Element>, reading values: Matrix<Element>
  ) throws -> Matrix<Element> {
    try run(outputGradient, values) { plan, gradient, values in
      let result = plan.batch(columns: gradient.columns)
      plan.add(
        .differentiate(activation, outputGradient: gradient, reading: values, into: result))
      return [result]
    }[0]
  }

  /// The loss of an output as it stands: probabilities are not taken back to logits.
  func loss<Element: Scalar>(
    _ loss: Loss, output: Matrix<Element>, targets: Matrix<Element>
  ) throws -> (total: Element, losses: Matrix<Element>, gradient: Matrix<Element>) {
    let results = try run(output, targets) { plan, output, targets in
      let columns = output.columns
      let losses = plan.batch(columns: loss.kind.isPerRow ? 1 : columns)
      let gradient = plan.batch(columns: columns)
      let total = plan.batch(columns: 1)
      plan.add(
        .loss(loss, output: output, targets: targets, losses: losses, gradient: gradient))
      plan.add(.total(loss, columns: columns, losses: losses, into: total))
      return [losses, gradient, total]
    }
    return (results[2].values[0], results[0], results[1])
  }

  private func run<Element: Scalar>(
    _ first: Matrix<Element>, _ second: Matrix<Element>,
    _ extend: (inout Plan, Operand, Operand) -> [Operand]
  ) throws -> [Matrix<Element>] {
    let architecture = try Architecture(inputs: first.columns, layers: [.dense(1)])
    var plan = Plan(architecture, .predict, largestBatch: first.rows)
    let source = Operand(
      region: .targets, offset: 0, rows: .batch, columns: second.columns, stride: second.columns)
    let input = plan.input
    let partner = plan.batch(columns: second.columns)
    plan.add(.gather(source, into: partner))
    let results = extend(&plan, input, partner)
    let runner = try PlanRunner<Element>(
      plan, executor: executor, threads: .exactly(1), instructionSet: instructionSet)
    runner.run(first, second)
    return results.map { runner.workspace.matrix($0, batch: first.rows) }
  }
}
