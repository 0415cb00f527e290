import Perceptron

/// A forward pass as it is written down, layer after layer.
struct ForwardWriter {
  let layout: Layout
  let biasForm: BiasForm
  let mode: Mode
  /// m, or 1.
  let examples: Dimension
  /// What the next layer takes: X, A₁, …
  private(set) var values: Symbol
  /// Masks, statistics and parameters in the order in which they are needed.
  private(set) var given: [Symbol] = []
  private(set) var definitions: [Program.Definition] = []
  private(set) var layers: [NetworkProgram.LayerSymbols] = []
  /// What is computed from given numbers alone: its adjoint says nothing.
  private(set) var constants: Set<Symbol> = []
  /// ε₂, … by name.
  private(set) var numbers: [String: Double] = [:]

  init(
    inputs: Symbol, examples: Dimension, _ layout: Layout, _ biasForm: BiasForm, _ mode: Mode
  ) {
    (values, self.examples) = (inputs, examples)
    (self.layout, self.biasForm, self.mode) = (layout, biasForm, mode)
  }

  /// The number of the layer that is being written.
  var number: Int { layers.count + 1 }
  /// How many numbers an example has here.
  var units: Dimension { layout.units(of: values.shape) }
  /// One number for each unit.
  var unitShape: Shape { layout.batch(.one, units) }
  /// One number for each example.
  var exampleShape: Shape { layout.batch(examples, .one) }

  /// - Throws: `PerceptronError` for a layer that only its author can derive.
  mutating func add(_ layer: Layer, to units: Dimension) throws {
    switch layer {
    case .dense(let dense): add(dense, to: units)
    case .activation(let function):
      let output = output()
      define(output, function.applied(to: .symbol(values), layout), function.name)
      finish(.init(layer: layer, preActivation: values, activation: output))
    case .dropout(let dropout): add(dropout)
    case .batchNormalization(let norm): add(norm)
    case .layerNormalization(let norm): add(norm)
    case .prelu: add(prelu: layer)
    case .custom(let custom):
      throw PerceptronError(
        .network,
        "layer \(number), \(custom.layer.name), cannot be derived: a custom layer is known by its "
          + "values alone; gradcheck compares its gradient with differences")
    }
  }

  /// A of the layer, of as many units as enter it unless told otherwise.
  func output(_ units: Dimension? = nil) -> Symbol {
    symbol("A", layout.batch(examples, units ?? self.units))
  }

  func symbol(_ name: String, _ shape: Shape, _ kind: Symbol.Kind = .value) -> Symbol {
    Symbol(name, number, shape, kind)
  }

  /// A symbol whose numbers are given or learned.
  mutating func give(_ name: String, _ shape: Shape, _ kind: Symbol.Kind) -> Symbol {
    let symbol = symbol(name, shape, kind)
    given.append(symbol)
    if kind == .data { constants.insert(symbol) }
    return symbol
  }

  /// - Parameter what: what the line is to its layer.
  mutating func define(
    _ symbol: Symbol, _ expression: Expression, _ what: String, isConstant: Bool = false
  ) {
    definitions.append(
      Program.Definition(symbol, expression, note: "layer \(number), \(what)"))
    if isConstant { constants.insert(symbol) }
  }

  /// A number by its name and the layer's number.
  mutating func constant(_ name: String, _ value: Double) -> Coefficient {
    numbers["\(name)_\(number)"] = value
    return .constant("\(name)_\(number)")
  }

  mutating func finish(_ layer: NetworkProgram.LayerSymbols) {
    layers.append(layer)
    values = layer.activation
  }

  /// Tensors of the layer that was finished last.
  mutating func addTensors(_ tensors: [NetworkProgram.LayerSymbols.Tensor]) {
    layers[layers.count - 1].tensors += tensors
  }
}

extension ForwardWriter {
  /// A = X ⊙ M, or A = X where nothing is left out.
  private mutating func add(_ dropout: Dropout) {
    let output = output()
    var symbols = NetworkProgram.LayerSymbols(
      layer: .dropout(dropout), preActivation: values, activation: output)
    if mode == .training, dropout.rate > 0 {
      let mask = give("M", values.shape, .data)
      symbols.mask = mask
      define(output, Expression.symbol(values).times(.symbol(mask)), "dropout")
    } else {
      define(output, .symbol(values), "dropout: nothing is left out")
    }
    finish(symbols)
  }

  /// A = relu(X) + 1 a ⊙ (X − relu(X)): max(0, X), and a times min(0, X).
  private mutating func add(prelu layer: Layer) {
    let slope = give(Parameter.Role.slope.symbol, unitShape, .parameter)
    let output = output()
    let x = Expression.symbol(values)
    let positive = x.mapped(.relu)
    let slopes = layout.inEveryExample(.symbol(slope), examples)
    define(output, positive + slopes.times(x - positive), "prelu")
    var symbols = NetworkProgram.LayerSymbols(
      layer: layer, preActivation: values, activation: output)
    symbols.tensors = [.init(role: .slope, symbol: slope)]
    finish(symbols)
  }

  /// Z = X W + 1 b, A = g(Z).
  private mutating func add(_ dense: Dense, to units: Dimension) {
    let isAugmented = dense.bias && biasForm == .augmented
    let rows = isAugmented ? self.units.plusOne : self.units
    let weights = give(
      isAugmented ? "Ŵ" : "W", layout == .columnsOutIn ? Shape(units, rows) : Shape(rows, units),
      .parameter)
    let bias =
      dense.bias && !isAugmented ? give("b", layout.batch(.one, units), .parameter) : nil
    let preActivation = symbol("Z", layout.batch(examples, units))
    let x = Expression.symbol(values)
    let entering = isAugmented ? Expression.appending(.ones, to: x, along: layout.axis) : x
    let product: Expression =
      switch layout {
      case .rows: entering * .symbol(weights)
      case .columnsInOut: .transpose(.symbol(weights)) * entering
      case .columnsOutIn: .symbol(weights) * entering
      }
    define(
      preActivation,
      bias.map { product + layout.inEveryExample(.symbol($0), examples) } ?? product,
      "pre-activation")
    let output = output(units)
    define(
      output, dense.activation.applied(to: .symbol(preActivation), layout),
      "activation: \(dense.activation.name)")
    var symbols = NetworkProgram.LayerSymbols(
      layer: .dense(dense), preActivation: preActivation, activation: output)
    symbols.tensors =
      [.init(role: .weights, symbol: weights)]
      + (bias.map { [.init(role: .bias, symbol: $0)] } ?? [])
    finish(symbols)
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
