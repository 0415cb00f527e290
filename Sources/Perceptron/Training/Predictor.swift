/// The one way from inputs to outputs: `predict`, `evaluate` and everything else that uses a model
/// goes through it.
///
/// Planned once for a network; a call does not allocate beyond its result.
public struct Predictor<Element: Scalar>: ~Copyable {
  private let runner: PlanRunner<Element>

  /// - Parameters:
  ///   - model: the network; later changes to it are not seen.
  ///   - largestBatch: rows computed at a time; more rows are taken in blocks.
  ///   - threads: how many threads may run it; the result does not depend on it.
  ///   - executor: who runs it; the result does not depend on it.
  /// - Throws: `PerceptronError` when `PERCEPTRON_ISA` names what the processor lacks.
  public init(
    _ model: MLP<Element>, largestBatch: Int = 256, threads: Threads = .automatic,
    executor: Executor = .kernels
  ) throws {
    runner = try PlanRunner(
      Plan(model.architecture, .predict, largestBatch: largestBatch), executor: executor,
      threads: threads)
    runner.workspace.write(model.parameters, to: .parameters)
  }

  /// Takes other parameters of the same network.
  func update(parameters: [Element]) { runner.workspace.write(parameters, to: .parameters) }

  /// The outputs `[rows × n_L]` for inputs `[rows × n₀]`.
  @specialized(where Element == Float)
  @specialized(where Element == Double)
  public func outputs(_ inputs: Matrix<Element>) -> Matrix<Element> {
    let plan = runner.plan
    guard inputs.columns == plan.architecture.inputs else {
      misuse("\(plan.architecture.summary) was given inputs \(inputs.shape)")
    }
    let columns = plan.architecture.outputs
    var values: [Element] = []
    values.reserveCapacity(inputs.rows * columns)
    inputs.values.withUnsafeBufferPointer { x in
      runner.workspace.point(.inputs, at: x.baseAddress)
      var first = 0
      while first < inputs.rows {
        let rows = min(plan.largestBatch, inputs.rows - first)
        runner.run(PlanCall(rows: rows, firstRow: first))
        values.append(
          contentsOf: UnsafeBufferPointer(
            start: runner.workspace.memory[plan.output], count: rows * columns))
        first += rows
      }
    }
    return Matrix(rows: inputs.rows, columns: columns, values: values)
  }
}

extension MLP {
  /// The network's outputs `[rows × n_L]` for inputs `[rows × n₀]` that need no preprocessing.
  ///
  /// - Throws: `PerceptronError` when the number of columns is not the network's.
  public func outputs(_ inputs: Matrix<Element>, executor: Executor = .kernels) throws
    -> Matrix<Element>
  {
    guard inputs.columns == self.inputs else {
      throw PerceptronError(
        .network, "\(architecture.summary) takes \(self.inputs) columns, got \(inputs.shape)")
    }
    return try Predictor(self, executor: executor).outputs(inputs)
  }
}
