public import Perceptron

/// A network of the library with its loss as a program: Z_l, A_l for every layer, then L.
public struct NetworkProgram: Sendable {
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
  /// How dropout and batch normalisation behave.
  public let mode: Mode
  /// The forward pass: Z₁, A₁, …, L.
  public let program: Program
  /// X `[m × n₀]`, turned in layouts of columns.
  public let inputs: Symbol
  /// T `[m × n_L]`, turned in layouts of columns.
  public let targets: Symbol
  /// What the loss compares with, and what weighs its terms.
  let compared: ComparedTargets
  /// The symbols of every layer, the first one first.
  public let layers: [LayerSymbols]
  /// m, or 1.
  public let examples: Dimension
  /// n₀, n₁, …; a layer that keeps the number of units has the dimension of the one before it.
  public let widths: [Dimension]
  /// The numbers that formulas have by name: ε₂, …
  public let constants: [String: Double]

  /// - Parameters:
  ///   - architecture: the network.
  ///   - objective: L.
  ///   - rows: examples in the batch; 1 makes the dimension m the number 1, nil leaves it open. In a
  ///     batch of one, batch normalisation takes the running statistics, as training does.
  ///   - layout: how it is written down.
  ///   - biasForm: where the bias stands.
  ///   - mode: how dropout and batch normalisation behave.
  ///   - hasRowWeights: whether every row has a weight of its own.
  /// - Throws: `PerceptronError` when the loss does not fit the network, it cannot be trained, or has
  ///   a custom layer.
  public init(
    _ architecture: Architecture, objective: Objective, rows: Int? = nil, layout: Layout = .rows,
    biasForm: BiasForm = .separate, mode: Mode = .training, hasRowWeights: Bool = false
  ) throws {
    // Every loss of one's own takes any output, as mse does.
    try architecture.validate(training: objective.loss ?? .mse)
    guard !hasRowWeights || objective.loss != nil else {
      throw PerceptronError(
        .option, "rows can be weighed in a loss of the library, not in a formula")
    }
    self.architecture = architecture
    self.objective = objective
    self.layout = layout
    self.biasForm = biasForm
    self.mode = mode
    examples = rows == 1 ? .one : .named("m")
    var widths = [architecture.inputs == 1 ? Dimension.one : .named("n", index: 0)]
    for (index, layer) in architecture.layers.enumerated() {
      let own: Dimension =
        architecture.widths[index] == 1 ? .one : .named("n", index: index + 1)
      widths.append(layer.isDense ? own : widths[index])
    }
    self.widths = widths
    inputs = Symbol("X", nil, layout.batch(examples, widths[0]), .data)
    targets = Symbol("T", nil, layout.batch(examples, widths[widths.count - 1]), .data)
    var forward = ForwardWriter(inputs: inputs, examples: examples, layout, biasForm, mode)
    for (layer, units) in zip(architecture.layers, widths.dropFirst()) {
      try forward.add(layer, to: units)
    }
    layers = forward.layers
    constants = forward.numbers
    let compared = ComparedTargets(
      objective.loss, targets, examples, layout, hasRowWeights: hasRowWeights)
    self.compared = compared
    let loss = Program.Definition(
      Symbol("L", nil, .scalar, .value),
      try objective.expression(
        output: .symbol(forward.values), targets: compared, examples, layout),
      note: "loss: \(objective.name)")
    program = try Program(
      inputs: [inputs, targets] + compared.given + forward.given,
      definitions: forward.definitions + (compared.definition.map { [$0] } ?? []) + [loss],
      assumptions: compared.sumToOne
        ? [.init(sumsToOne: compared.symbol, along: layout.axis)] : [],
      constants: forward.constants.union([targets, compared.symbol] + compared.given))
  }

  /// The numbers of n₀, n₁, … and of m.
  public func sizes(rows: Int) -> [Dimension: Int] {
    var sizes: [Dimension: Int] = [:]
    let counts = [architecture.inputs] + architecture.widths
    for (width, count) in zip(widths, counts) { sizes[width] = count }
    sizes[examples] = rows
    return sizes
  }

  /// n₀ and the units of every layer that has a number of its own, by the layer's number.
  var counts: [(number: Int, size: Int)] {
    [(0, architecture.inputs)]
      + architecture.layers.enumerated().filter { $1.isDense }.map { index, _ in
        (index + 1, architecture.widths[index])
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
    output: Expression, targets: ComparedTargets, _ examples: Dimension, _ layout: Layout
  ) throws -> Expression {
    switch self {
    case .loss(let loss): loss.expression(output: output, targets: targets, layout)
    case .formula(let formula):
      try formula.expression(
        output: output, targets: .symbol(targets.symbol), examples: examples,
        units: layout.units(of: output.shape))
    }
  }
}
