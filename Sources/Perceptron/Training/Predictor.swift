/// The one way from inputs to outputs: `predict` and everything else that only uses a model goes
/// through it.
///
/// Made once for a network: its weights are laid out as the kernels read them, and that is the only
/// copy. A call of `outputs(_:into:)` does not allocate.
///
/// ```swift
/// let predictor = try Predictor(model)
/// var y = Matrix<Float>(rows: 0, columns: model.outputs)
/// for x in batches { predictor.outputs(x, into: &y) }
/// ```
///
/// Threads: by default a call runs on the caller's thread, and on more when that pays: a batch of
/// some size, or single rows of a network of about 100,000 weights and more that follow one another
/// closely. Threads that find the cores taken are left alone for a while, and a call now and then
/// never waits for one to wake up. A server that answers on every core makes one predictor for each
/// of its threads with `threads: .exactly(1)`: more would only take the cores from one another.
/// A predictor is used by one thread at a time.
public struct Predictor<Element: Scalar>: ~Copyable {
  private let inputs: Int
  private let columns: Int
  private let folding: Folding
  private let kernels: PackedNetwork?
  private let plain: PlannedPrediction<Element>?

  /// - Parameters:
  ///   - model: the network; later changes to it are not seen.
  ///   - largestBatch: rows that memory is held for; more rows are taken in blocks.
  ///   - threads: how many threads may run it, see above; the result does not depend on it.
  ///   - executor: who runs it; the result does not depend on it.
  ///   - instructionSet: which kernels run it; nil takes `InstructionSet.selected()`.
  /// - Throws: `PerceptronError` when `PERCEPTRON_ISA` names what the processor lacks.
  public init(
    _ model: MLP<Element>, largestBatch: Int = 256, threads: Threads = .automatic,
    executor: Executor = .kernels, instructionSet: InstructionSet? = nil
  ) throws {
    let folding = Folding(model.architecture)
    let plan = Plan(folding.result, .predict, largestBatch: largestBatch)
    let kernels: PackedNetwork?
    let plain: PlannedPrediction<Element>?
    switch executor {
    case .kernels where !PackedNetwork.canRun(plan):
      kernels = nil
      plain = try PlannedPrediction(
        plan, executor: executor, threads: threads, instructionSet: instructionSet)
    case .kernels:
      kernels = PackedNetwork(
        plan, precision: Element.precision,
        instructionSet: try instructionSet ?? InstructionSet.selected(), threads: threads)
      plain = nil
    case .plain:
      kernels = nil
      plain = try PlannedPrediction(plan, executor: executor)
    }
    self.folding = folding
    inputs = model.inputs
    columns = model.outputs
    self.kernels = kernels
    self.plain = plain
    update(parameters: model.parameters)
  }

  /// The most threads that run a call, the caller's among them.
  public var threads: Int { kernels?.threads ?? plain?.runner.threads ?? 1 }

  /// Takes other parameters of the same network.
  func update(parameters: [Element]) {
    guard parameters.count == folding.source.parameterCount else {
      misuse("\(parameters.count) values for \(folding.source.parameterCount) parameters")
    }
    let folded = folding.parameters(parameters)
    kernels?.pack(folded)
    plain?.runner.workspace.write(folded, to: .parameters)
  }

  /// The outputs `[rows × n_L]` for inputs `[rows × n₀]`.
  ///
  /// Stops the program when the inputs have another number of columns.
  @specialized(where Element == Float)
  @specialized(where Element == Double)
  public func outputs(_ inputs: Matrix<Element>) -> Matrix<Element> {
    var result = Matrix<Element>(rows: inputs.rows, columns: columns)
    outputs(inputs, into: &result)
    return result
  }

  /// Writes the outputs `[rows × n_L]` for inputs `[rows × n₀]` into `result`, which keeps its memory
  /// when it has that shape already, and otherwise is made anew.
  ///
  /// Stops the program when the inputs have another number of columns.
  @specialized(where Element == Float)
  @specialized(where Element == Double)
  public func outputs(_ inputs: Matrix<Element>, into result: inout Matrix<Element>) {
    guard inputs.columns == self.inputs else {
      misuse("\(folding.source.summary) was given inputs \(inputs.shape)")
    }
    if result.rows != inputs.rows || result.columns != columns {
      result = Matrix(rows: inputs.rows, columns: columns)
    }
    inputs.values.withUnsafeBufferPointer { x in
      result.values.withUnsafeMutableBufferPointer { y in
        run(x.baseAddress, into: y.baseAddress, rows: inputs.rows)
      }
    }
  }

  /// Writes the outputs of the rows in `inputs`, n₀ numbers each without a gap, into `result`: n_L
  /// numbers for each row. For those who keep their numbers in memory of their own, such as a server.
  ///
  /// Stops the program when `inputs` is not a whole number of rows, or `result` has not room for
  /// just as many.
  @specialized(where Element == Float)
  @specialized(where Element == Double)
  public func outputs(
    _ inputs: UnsafeBufferPointer<Element>, into result: UnsafeMutableBufferPointer<Element>
  ) {
    // The division is slow beside a small network, and a single row needs none.
    let rows = inputs.count == self.inputs ? 1 : inputs.count / self.inputs
    guard rows * self.inputs == inputs.count, rows * columns == result.count else {
      misuse("\(folding.source.summary): \(inputs.count) inputs for \(result.count) outputs")
    }
    run(inputs.baseAddress, into: result.baseAddress, rows: rows)
  }

  @inline(__always)
  private func run(
    _ inputs: UnsafePointer<Element>?, into outputs: UnsafeMutablePointer<Element>?, rows: Int
  ) {
    guard rows > 0, let inputs, let outputs else { return }
    if let kernels {
      kernels.run(inputs, into: outputs, rows: rows)
    } else {
      plain?.run(inputs, into: outputs, rows: rows)
    }
  }
}

/// The forward pass operation by operation: by plain loops, and for layers that the packed kernels do
/// not have.
private final class PlannedPrediction<Element: Scalar> {
  let runner: PlanRunner<Element>

  init(
    _ plan: Plan, executor: Executor, threads: Threads = .exactly(1),
    instructionSet: InstructionSet? = nil
  ) throws {
    runner = try PlanRunner(
      plan, executor: executor, threads: threads, instructionSet: instructionSet)
  }

  func run(
    _ inputs: UnsafePointer<Element>, into outputs: UnsafeMutablePointer<Element>, rows: Int
  ) {
    let plan = runner.plan
    runner.workspace.point(.inputs, at: inputs)
    var first = 0
    while first < rows {
      let count = min(plan.largestBatch, rows - first)
      runner.run(PlanCall(rows: count, firstRow: first))
      (outputs + first * plan.output.columns).update(
        from: runner.workspace.memory[plan.output], count: count * plan.output.columns)
      first += count
    }
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
