public import Perceptron

/// A network of the library with its loss as a program: Z_l, A_l for every layer, then L.
public struct NetworkProgram: Sendable {
  /// The symbols of one layer.
  public struct LayerSymbols: Sendable, Hashable {
    /// W, or Ŵ with the bias in its last row (or column).
    public let weights: Symbol
    /// nil without bias, or where Ŵ holds it.
    public let bias: Symbol?
    /// Z, of one row (or column) for each example.
    public let preActivation: Symbol
    /// A = g(Z), of Z's shape.
    public let activation: Symbol
    /// The layer's activation function.
    public let function: Activation
  }

  /// What is minimised.
  public enum Objective: Sendable, Hashable {
    /// A loss of the library.
    case loss(Loss)
    /// One's own; training does not know it.
    case formula(LossFormula)
  }

  /// The network.
  public let architecture: Architecture
  /// What is minimised.
  public let objective: Objective
  /// Where examples stand and which way weights lie.
  public let layout: Layout
  /// Where the bias stands.
  public let biasForm: BiasForm
  /// The forward pass: Z₁, A₁, …, L.
  public let program: Program
  /// X `[m × n₀]`, turned in layouts of columns.
  public let inputs: Symbol
  /// T `[m × n_L]`, turned in layouts of columns.
  public let targets: Symbol
  /// The symbols of every layer, the first one first.
  public let layers: [LayerSymbols]
  /// m, or 1.
  public let examples: Dimension
  /// n₀, n₁, …
  public let widths: [Dimension]

  /// - Parameters:
  ///   - architecture: the network.
  ///   - objective: L.
  ///   - rows: examples in the batch; 1 makes the dimension m the number 1, nil leaves it open.
  ///   - layout: how it is written down.
  ///   - biasForm: where the bias stands.
  /// - Throws: `PerceptronError` when the loss does not fit the network or it cannot be trained.
  public init(
    _ architecture: Architecture, objective: Objective, rows: Int? = nil, layout: Layout = .rows,
    biasForm: BiasForm = .separate
  ) throws {
    // Every loss of one's own takes any output, as mse does.
    try architecture.validate(training: objective.loss ?? .mse)
    try objective.loss?.validateForDerivation()
    self.architecture = architecture
    self.objective = objective
    self.layout = layout
    self.biasForm = biasForm
    examples = rows == 1 ? .one : .named("m")
    let counts = [architecture.inputs] + architecture.widths
    widths = counts.enumerated().map { $1 == 1 ? .one : .named("n", index: $0) }
    inputs = Symbol("X", nil, layout.batch(examples, widths[0]), .data)
    targets = Symbol("T", nil, layout.batch(examples, widths[counts.count - 1]), .data)
    var parameters: [Symbol] = []
    var definitions: [Program.Definition] = []
    var layers: [LayerSymbols] = []
    var values = inputs
    for (index, layer) in architecture.layers.enumerated() {
      switch layer {
      case .dense(let dense):
        let symbols = LayerSymbols(
          dense, number: index + 1, from: widths[index], to: widths[index + 1], examples, layout,
          biasForm)
        parameters += [symbols.weights] + (symbols.bias.map { [$0] } ?? [])
        definitions.append(
          Program.Definition(
            symbols.preActivation,
            symbols.affine(.symbol(values), hasBias: dense.bias, examples, layout),
            note: "layer \(index + 1), pre-activation"))
        definitions.append(
          Program.Definition(
            symbols.activation,
            dense.activation.applied(to: .symbol(symbols.preActivation), layout),
            note: "layer \(index + 1), activation: \(dense.activation.name)"))
        layers.append(symbols)
        values = symbols.activation
      case .activation, .dropout, .batchNormalization, .layerNormalization, .prelu, .custom:
        throw PerceptronError(
          .network,
          "layer \(index + 1), \(LayerStack.text([layer])): networks of dense layers are derived")
      }
    }
    self.layers = layers
    let total = Symbol("L", nil, .scalar, .value)
    definitions.append(
      Program.Definition(
        total,
        try objective.expression(
          output: .symbol(values), targets: .symbol(targets), examples, layout),
        note: "loss: \(objective.name)"))
    let needsSums = objective.loss?.kind.targets == .distributions
    program = try Program(
      inputs: [inputs, targets] + parameters, definitions: definitions,
      assumptions: needsSums ? [.init(sumsToOne: targets, along: layout.axis)] : [],
      constants: [targets])
  }

  /// The numbers of n₀, n₁, … and of m.
  public func sizes(rows: Int) -> [Dimension: Int] {
    var sizes: [Dimension: Int] = [:]
    let counts = [architecture.inputs] + architecture.widths
    for (width, count) in zip(widths, counts) { sizes[width] = count }
    sizes[examples] = rows
    return sizes
  }
}

extension NetworkProgram.LayerSymbols {
  init(
    _ dense: Dense, number: Int, from inputs: Dimension, to units: Dimension,
    _ examples: Dimension, _ layout: Layout, _ biasForm: BiasForm
  ) {
    let isAugmented = dense.bias && biasForm == .augmented
    let rows = isAugmented ? inputs.plusOne : inputs
    weights = Symbol(
      isAugmented ? "Ŵ" : "W", number,
      layout == .columnsOutIn ? Shape(units, rows) : Shape(rows, units), .parameter)
    bias =
      dense.bias && !isAugmented
      ? Symbol(
        "b", number, layout.examplesAreRows ? Shape(.one, units) : Shape(units, .one), .parameter)
      : nil
    preActivation = Symbol("Z", number, layout.batch(examples, units), .value)
    activation = Symbol("A", number, layout.batch(examples, units), .value)
    function = dense.activation
  }

  /// Z in terms of what enters the layer.
  func affine(
    _ x: Expression, hasBias: Bool, _ examples: Dimension, _ layout: Layout
  ) -> Expression {
    let isAugmented = hasBias && bias == nil
    let entering = isAugmented ? Expression.appending(.ones, to: x, along: layout.axis) : x
    let product: Expression =
      switch layout {
      case .rows: entering * .symbol(weights)
      case .columnsInOut: .transpose(.symbol(weights)) * entering
      case .columnsOutIn: .symbol(weights) * entering
      }
    guard let bias else { return product }
    return product
      + (layout.examplesAreRows
        ? Expression.symbol(bias).inEveryRow(examples)
        : Expression.symbol(bias).inEveryColumn(examples))
  }
}

extension Activation {
  /// A = g(Z) as an expression.
  func applied(to z: Expression, _ layout: Layout) -> Expression {
    switch self {
    case .identity: z
    case .softmax: .softmax(z, along: layout.axis)
    default: Function(self).map { .map($0, z) } ?? z
    }
  }
}

extension NetworkProgram.Objective {
  /// The library's loss, if it is one.
  public var loss: Loss? { if case .loss(let loss) = self { loss } else { nil } }

  /// The loss's name, or the formula.
  public var name: String {
    switch self {
    case .loss(let loss): loss.name
    case .formula(let formula): formula.text
    }
  }

  func expression(
    output: Expression, targets: Expression, _ examples: Dimension, _ layout: Layout
  ) throws -> Expression {
    switch self {
    case .loss(let loss):
      loss.expression(output: output, targets: targets, examples, layout)
    case .formula(let formula):
      try formula.expression(
        output: output, targets: targets, examples: examples,
        units: layout.examplesAreRows ? output.shape.columns : output.shape.rows)
    }
  }
}
