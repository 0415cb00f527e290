/// A layer that a user brings: forward, and the hand-derived backward.
///
/// ```swift
/// struct Scaling: CustomLayer {
///   var name: String { "scaling" }
///   func parameters(inputs: Int) -> [CustomParameter] {
///     [CustomParameter("scale", rows: 1, columns: inputs, start: .constant(1))]
///   }
///   func forward<Element: Scalar>(
///     _ input: Matrix<Element>, parameters: [Matrix<Element>]
///   ) -> Matrix<Element> { … }
///   func backward<Element: Scalar>(
///     input: Matrix<Element>, output: Matrix<Element>, outputGradient: Matrix<Element>,
///     parameters: [Matrix<Element>]
///   ) -> (input: Matrix<Element>, parameters: [Matrix<Element>]) { … }
/// }
/// try Scaling().checkGradient(inputs: 3)
/// let model = try MLP<Float>(inputs: 4, layers: [.dense(8, .relu), .custom(Scaling()), .dense(1)])
/// ```
///
/// It is called for a whole batch, on one thread, and may allocate: a step with one is not free of
/// allocations, all others are. A model file holds its name, and is read with the layer at hand:
/// `MLP(contentsOf: path, customLayers: [Scaling()])`.
public protocol CustomLayer: Sendable, Hashable {
  /// What it is called in files and messages.
  var name: String { get }

  /// The columns of its output; as many as the input's unless told otherwise.
  ///
  /// - Throws: where there is no such layer.
  func units(inputs: Int) throws -> Int

  /// Its parameters for so many columns of input, in the order of the buffer; none unless told
  /// otherwise.
  func parameters(inputs: Int) -> [CustomParameter]

  /// A `[m × units]` from X `[m × inputs]`.
  func forward<Element: Scalar>(_ input: Matrix<Element>, parameters: [Matrix<Element>])
    -> Matrix<Element>

  /// X̄ `[m × inputs]` and a gradient for every parameter, of its shape, from Ā `[m × units]`.
  func backward<Element: Scalar>(
    input: Matrix<Element>, output: Matrix<Element>, outputGradient: Matrix<Element>,
    parameters: [Matrix<Element>]
  ) -> (input: Matrix<Element>, parameters: [Matrix<Element>])
}

extension CustomLayer {
  // What they are stands in the protocol.
  // swift-format-ignore: AllPublicDeclarationsHaveDocumentation
  public func units(inputs: Int) throws -> Int { inputs }
  // swift-format-ignore: AllPublicDeclarationsHaveDocumentation
  public func parameters(inputs: Int) -> [CustomParameter] { [] }
}

/// A tensor of a `CustomLayer`.
public struct CustomParameter: Sendable, Hashable {
  /// The name in files.
  public let name: String
  /// `[rows × columns]`
  public let rows: Int
  /// `[rows × columns]`
  public let columns: Int
  /// What its entries are drawn from.
  public let start: Initializer.Distribution

  /// A tensor `[rows × columns]`, 0 at first unless told otherwise.
  public init(
    _ name: String, rows: Int, columns: Int, start: Initializer.Distribution = .constant(0)
  ) {
    self.name = name
    self.rows = rows
    self.columns = columns
    self.start = start
  }
}

/// A `CustomLayer` of any type, as a value.
public struct AnyCustomLayer: PlannedLayer, Sendable, Hashable {
  /// The layer.
  public let layer: any CustomLayer

  /// - Parameter layer: the layer.
  public init(_ layer: some CustomLayer) { self.layer = layer }

  // swift-format-ignore: AllPublicDeclarationsHaveDocumentation
  public static func == (a: AnyCustomLayer, b: AnyCustomLayer) -> Bool {
    AnyHashable(a.layer) == AnyHashable(b.layer)
  }

  // swift-format-ignore: AllPublicDeclarationsHaveDocumentation
  public func hash(into hasher: inout Hasher) { layer.hash(into: &hasher) }

  func units(inputs: Int) throws -> Int { try layer.units(inputs: inputs) }

  func parameters(inputs: Int, layer place: Int, offset: Int) -> [Parameter] {
    var next = offset
    return layer.parameters(inputs: inputs).map { parameter in
      defer { next += parameter.rows * parameter.columns }
      return Parameter(
        layer: place, role: .custom(parameter.name), rows: parameter.rows,
        columns: parameter.columns, offset: next)
    }
  }

  func forward(_ plan: inout Plan, input: Operand, layer place: Int, activates: Bool)
    -> LayerValues
  {
    let output = plan.batch(columns: plan.architecture.widths[place])
    let pass = pass(plan, input: input, output: output, layer: place)
    plan.add(.loop(.custom(pass)))
    return LayerValues(input: input, preActivation: output, activation: output)
  }

  func backward(
    _ plan: inout Plan, values: LayerValues, outputGradient: LayerGradient, layer place: Int,
    needsInput: Bool
  ) -> LayerAdjoints {
    let pass = pass(plan, input: values.input, output: values.activation, layer: place)
    let result = plan.batch(columns: values.input.columns)
    plan.add(
      .loop(
        .customGradient(
          pass, outputGradient: outputGradient.operand,
          gradients: plan.tensors(of: place, in: .gradient), into: result)))
    return LayerAdjoints(
      preActivationGradient: outputGradient.operand, inputGradient: result)
  }

  private func pass(_ plan: Plan, input: Operand, output: Operand, layer place: Int) -> Pass {
    Pass(
      layer: self, input: input, output: output,
      parameters: plan.tensors(of: place, in: .parameters))
  }

  /// The operands of a layer in a plan.
  struct Pass: Sendable, Hashable {
    let layer: AnyCustomLayer
    let input: Operand
    let output: Operand
    let parameters: [Operand]

    func run<Element: Scalar>(_ memory: PlanMemory<Element>, rows m: Int) {
      let result = layer.layer.forward(
        memory.matrix(input, batch: m), parameters: parameters.map { memory.matrix($0, batch: m) })
      memory.write(result, to: output, batch: m, from: layer.layer.name)
    }

    func differentiate<Element: Scalar>(
      _ memory: PlanMemory<Element>, rows m: Int, outputGradient: Operand, gradients: [Operand],
      into inputGradient: Operand
    ) {
      let result = layer.layer.backward(
        input: memory.matrix(input, batch: m), output: memory.matrix(output, batch: m),
        outputGradient: memory.matrix(outputGradient, batch: m),
        parameters: parameters.map { memory.matrix($0, batch: m) })
      guard result.parameters.count == gradients.count else {
        misuse(
          "\(layer.layer.name): \(result.parameters.count) gradients for \(gradients.count) parameters"
        )
      }
      memory.write(result.input, to: inputGradient, batch: m, from: layer.layer.name)
      for (gradient, operand) in zip(result.parameters, gradients) {
        memory.write(gradient, to: operand, batch: m, from: layer.layer.name)
      }
    }
  }
}

extension CustomLayer {
  /// Compares the layer's backward with central differences, on a network of this layer alone, the
  /// loss Σ(A − T)² and random numbers.
  ///
  /// - Parameters:
  ///   - inputs: columns of its input.
  ///   - rows: m.
  ///   - seed: of parameters, inputs and targets.
  /// - Returns: what is compared for every parameter and for X; look at `passed`.
  /// - Throws: where there is no such layer.
  public func checkGradient(inputs: Int, rows: Int = 5, seed: UInt64 = 0) throws -> GradientCheck {
    let architecture = try Architecture(inputs: inputs, layers: [.custom(self)])
    let loss = Loss(.squaredError, reduction: .sum)
    let batch = try RandomBatch(architecture, loss: loss, rows: rows, seed: seed)
    return try GradientCheck(
      batch.model, inputs: batch.inputs, targets: batch.targets, loss: loss)
  }
}
