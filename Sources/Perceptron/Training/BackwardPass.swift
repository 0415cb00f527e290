/// Everything one forward and backward pass computes, by name.
public struct BackwardPass<Element: Scalar>: Sendable, Hashable {
  /// One layer's values and adjoints.
  public struct LayerPass: Sendable, Hashable {
    /// Z `[m × n_l]`
    public let preActivation: Matrix<Element>
    /// A `[m × n_l]`
    public let activation: Matrix<Element>
    /// Ā `[m × n_l]`; nil in the last layer where loss and activation are differentiated in one
    /// step.
    public let outputGradient: Matrix<Element>?
    /// Z̄ `[m × n_l]`
    public let preActivationGradient: Matrix<Element>
    /// The gradient of every tensor of the layer that is trained, in the buffer's order.
    public let tensors: [TensorGradient]

    /// W̄ `[n_{l−1} × n_l]`; stops the program in a layer that is not dense.
    public var weightsGradient: Matrix<Element> {
      guard let gradient = gradient(of: .weights) else { misuse("the layer has no weights") }
      return gradient
    }
    /// b̄ `[1 × n_l]`; nil without bias.
    public var biasGradient: Matrix<Element>? { gradient(of: .bias) }

    /// The gradient of one tensor; nil where the layer has none of that role.
    public func gradient(of role: Parameter.Role) -> Matrix<Element>? {
      tensors.first { $0.role == role }?.values
    }
  }

  /// ∂L/∂(a tensor of a layer).
  public struct TensorGradient: Sendable, Hashable {
    /// Which of the layer's tensors.
    public let role: Parameter.Role
    /// Of the tensor's shape.
    public let values: Matrix<Element>
  }

  /// L
  public let loss: Element
  /// In the order of the network, from the first to the output layer.
  public let layers: [LayerPass]
  /// X̄ `[m × n₀]`
  public let inputGradient: Matrix<Element>
  /// ∂L/∂parameters, in the buffer's order.
  public let parameterGradient: [Element]
}

extension MLP {
  /// Runs the network forward and backward on a batch and keeps every value.
  ///
  /// - Parameters:
  ///   - inputs: X `[m × n₀]`.
  ///   - targets: T `[m × n_L]`.
  ///   - loss: L.
  ///   - weights: how much each row counts, m numbers; nil where each counts once.
  ///   - mode: how `Dropout` and `BatchNormalization` behave.
  ///   - executor: who runs the plan.
  ///   - instructionSet: which kernels run it; nil takes `InstructionSet.selected()`.
  /// - Throws: `PerceptronError` when the loss does not fit the network.
  public func backwardPass(
    inputs: Matrix<Element>, targets: Matrix<Element>, loss: Loss, weights: [Element]? = nil,
    mode: Mode = .training, executor: Executor = .kernels, instructionSet: InstructionSet? = nil
  ) throws -> BackwardPass<Element> {
    try architecture.validate(training: loss)
    try checkShapes(inputs: inputs, targets: targets)
    let rows = inputs.rows
    try checkWeights(weights, rows: rows)
    let plan = Plan(
      architecture, .differentiate(loss), largestBatch: rows, keepsEverything: true,
      hasSampleWeights: weights != nil, mode: mode)
    let runner = try PlanRunner<Element>(
      plan, executor: executor, threads: .exactly(1), instructionSet: instructionSet)
    runner.workspace.write(parameters, to: .parameters)
    let value = runner.run(inputs, targets, weights)
    var gradient: [Element] = []
    runner.workspace.read(.gradient, into: &gradient)
    var layers: [BackwardPass<Element>.LayerPass] = []
    for (index, values) in plan.layers.enumerated() {
      let adjoints = plan.gradients[index]
      var outputGradient: Matrix<Element>? = nil
      if let operand = adjoints.outputGradient {
        outputGradient = runner.workspace.matrix(operand, batch: rows)
      }
      layers.append(
        BackwardPass<Element>.LayerPass(
          preActivation: runner.workspace.matrix(values.preActivation, batch: rows),
          activation: runner.workspace.matrix(values.activation, batch: rows),
          outputGradient: outputGradient,
          preActivationGradient: runner.workspace.matrix(
            adjoints.preActivationGradient, batch: rows),
          tensors: architecture.parameters.filter { $0.layer == index && $0.role.isTrained }.map {
            BackwardPass<Element>.TensorGradient(
              role: $0.role,
              values: runner.workspace.matrix(plan.gradient($0.role, layer: index), batch: rows))
          }))
    }
    guard let entering = plan.inputGradient else { misuse("the plan keeps no input gradient") }
    return BackwardPass(
      loss: value, layers: layers,
      inputGradient: runner.workspace.matrix(entering, batch: rows), parameterGradient: gradient)
  }

  /// The loss of a batch, in `mode`: as it is used, unless told otherwise.
  ///
  /// - Throws: `PerceptronError` when the loss does not fit the network.
  public func loss(
    inputs: Matrix<Element>, targets: Matrix<Element>, loss: Loss, weights: [Element]? = nil,
    mode: Mode = .inference, executor: Executor = .kernels
  ) throws -> Element {
    try loss.validate(output: architecture.outputActivation, units: outputs)
    try checkShapes(inputs: inputs, targets: targets)
    let runner = try PlanRunner<Element>(
      Plan(
        architecture, .evaluate(loss), largestBatch: inputs.rows, hasSampleWeights: weights != nil,
        mode: mode),
      executor: executor)
    runner.workspace.write(parameters, to: .parameters)
    try checkWeights(weights, rows: inputs.rows)
    return runner.run(inputs, targets, weights)
  }

  private func checkWeights(_ weights: [Element]?, rows: Int) throws {
    guard let weights else { return }
    guard weights.count == rows, weights.allSatisfy({ $0 >= 0 && $0.isFinite }) else {
      throw PerceptronError(
        .dataset,
        "\(rows) rows have \(rows) weights, finite and not negative; "
          + "\(weights.count) were given")
    }
  }

  func checkShapes(inputs: Matrix<Element>, targets: Matrix<Element>) throws {
    try checkShapes((inputs.rows, inputs.columns), (targets.rows, targets.columns))
  }

  func checkShapes(_ examples: Examples<Element>) throws {
    try checkShapes(
      (examples.rows, examples.columns), (examples.rows, examples.targetColumns))
  }

  private func checkShapes(
    _ inputs: (rows: Int, columns: Int), _ targets: (rows: Int, columns: Int)
  ) throws {
    guard inputs.columns == architecture.inputs, targets.columns == outputs,
      inputs.rows == targets.rows, inputs.rows > 0
    else {
      throw PerceptronError(
        .network,
        "\(architecture.summary) takes inputs [m × \(architecture.inputs)] and targets "
          + "[m × \(outputs)] with m ≥ 1, got [\(inputs.rows) × \(inputs.columns)] and "
          + "[\(targets.rows) × \(targets.columns)]")
    }
  }
}

extension PlanRunner {
  /// Runs the plan on all rows of two matrices.
  @discardableResult
  func run(
    _ inputs: Matrix<Element>, _ targets: Matrix<Element>, _ weights: [Element]? = nil
  ) -> Element {
    guard let weights else { return runUnweighted(inputs, targets) }
    return weights.withUnsafeBufferPointer { weights in
      workspace.point(.sampleWeights, at: weights.baseAddress)
      return runUnweighted(inputs, targets)
    }
  }

  @inline(__always)
  private func runUnweighted(_ inputs: Matrix<Element>, _ targets: Matrix<Element>) -> Element {
    inputs.values.withUnsafeBufferPointer { x in
      targets.values.withUnsafeBufferPointer { y in
        workspace.point(.inputs, at: x.baseAddress)
        workspace.point(.targets, at: y.baseAddress)
        return run(PlanCall(rows: inputs.rows))
      }
    }
  }
}
