import Perceptron

/// Normalisations as means, differences and quotients, so that nothing about them need be known:
///
///     μ = mean of X      C = X − 1 μ      v = mean of C²      s = √(v + ε)
///     X̂ = C ⊘ 1 s        A = X̂ ⊙ 1 γ + 1 β
///
/// The mean is a product with ones, (1/m) 1ᵀ X over the examples or (1/n) X 1 over the units.
extension ForwardWriter {
  /// Over the batch while training; for use, and in a batch of one example, with the running
  /// statistics, which are given.
  mutating func add(_ norm: BatchNormalization) {
    let isFixed = mode == .inference || examples == .one
    let (gamma, beta) = scaleAndShift()
    var mean = symbol("μ", unitShape)
    var variance = symbol("v", unitShape)
    let (layout, examples) = (layout, examples)
    let spread = { (x: Expression) in layout.inEveryExample(x, examples) }
    if isFixed {
      mean = give(mean.name, unitShape, .data)
      variance = give(variance.name, unitShape, .data)
    } else {
      define(
        mean, layout.overExamples(.symbol(values)).divided(by: examples),
        "batch-norm: mean over the batch")
    }
    let centered = symbol("C", values.shape)
    define(centered, .symbol(values) - spread(.symbol(mean)), "batch-norm: centred")
    if !isFixed {
      define(
        variance,
        layout.overExamples(Expression.symbol(centered).mapped(.square)).divided(by: examples),
        "batch-norm: variance over the batch")
    }
    finish(
      .batchNormalization(norm), norm.epsilon, gamma, beta, centered, variance, spread, isFixed)
    guard isFixed else { return }
    addTensors([
      .init(role: .runningMean, symbol: mean), .init(role: .runningVariance, symbol: variance),
    ])
  }

  /// Over the units of every example.
  mutating func add(_ norm: LayerNormalization) {
    let (gamma, beta) = scaleAndShift()
    let (layout, units) = (layout, units)
    let spread = { (x: Expression) in layout.inEveryUnit(x, units) }
    let mean = symbol("μ", exampleShape)
    define(
      mean, layout.overUnits(.symbol(values)).divided(by: units),
      "layer-norm: mean of every example")
    let centered = symbol("C", values.shape)
    define(centered, .symbol(values) - spread(.symbol(mean)), "layer-norm: centred")
    let variance = symbol("v", exampleShape)
    define(
      variance,
      layout.overUnits(Expression.symbol(centered).mapped(.square)).divided(by: units),
      "layer-norm: variance of every example")
    finish(
      .layerNormalization(norm), norm.epsilon, gamma, beta, centered, variance, spread, false)
  }

  private mutating func scaleAndShift() -> (gamma: Symbol, beta: Symbol) {
    (
      give(Parameter.Role.scale.symbol, unitShape, .parameter),
      give(Parameter.Role.shift.symbol, unitShape, .parameter)
    )
  }

  /// s, X̂ and A.
  private mutating func finish(
    _ layer: Layer, _ epsilon: Double, _ gamma: Symbol, _ beta: Symbol, _ centered: Symbol,
    _ variance: Symbol, _ spread: (Expression) -> Expression, _ isFixed: Bool
  ) {
    let name = LayerStack.text([layer])
    let deviation = symbol("s", variance.shape)
    define(
      deviation,
      (.symbol(variance) + .scale(constant("ε", epsilon), .ones(variance.shape)))
        .mapped(.squareRoot),
      "\(name): deviation", isConstant: isFixed)
    let normalized = symbol("X\u{302}", values.shape)
    define(
      normalized, Expression.symbol(centered).over(spread(.symbol(deviation))),
      "\(name): normalised")
    let output = output()
    define(
      output,
      Expression.symbol(normalized).times(layout.inEveryExample(.symbol(gamma), examples))
        + layout.inEveryExample(.symbol(beta), examples), "\(name): scaled and shifted")
    var symbols = NetworkProgram.LayerSymbols(
      layer: layer, preActivation: values, activation: output)
    symbols.tensors = [
      .init(role: .scale, symbol: gamma), .init(role: .shift, symbol: beta),
    ]
    symbols.normalization = .init(
      normalized: normalized, deviation: deviation, isFixed: isFixed)
    finish(symbols)
  }
}

extension Expression {
  /// X/n, and X where n is 1.
  func divided(by count: Dimension) -> Expression {
    count == .one ? self : .scale(.reciprocal(count), self)
  }
}
