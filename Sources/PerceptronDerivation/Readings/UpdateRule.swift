public import Perceptron

/// One parameter's update as formulas: the optimizer's state first, then the parameter.
public struct UpdateRule: Sendable, Hashable {
  /// symbol ← expression
  public struct Line: Sendable, Hashable {
    /// What is assigned: a state of the parameter (m_{W₁}, v_{W₁}) or the parameter itself.
    public let symbol: Symbol
    /// What is assigned, in the parameter, its adjoint, states and the optimizer's constants by name.
    public let expression: Expression
    /// The symbol's value before the line; 0 for a state.
    public let before: Matrix<Double>
    /// Its value after the line.
    public let after: Matrix<Double>
  }

  /// W or b.
  public let parameter: Symbol
  /// The states in the order of their computation, then the parameter.
  public let lines: [Line]

  /// The first step of an optimizer (its state is 0 before it) on one parameter.
  ///
  /// - Parameters:
  ///   - optimizer: the rule.
  ///   - parameter: W or b.
  ///   - evaluation: holds the parameter and its adjoint.
  public init(_ optimizer: Optimizer, of parameter: Symbol, _ evaluation: Evaluation) {
    self.parameter = parameter
    var at = evaluation
    let w = Expression.symbol(parameter)
    let formulas = UpdateFormulas(optimizer, of: parameter)
    at.constants.merge(formulas.constants) { _, new in new }
    let rules = formulas.lines
    for (symbol, _) in rules where symbol != parameter {
      at.set(symbol, to: at.value(of: .zeros(symbol.shape)))
    }
    var lines: [Line] = []
    for (symbol, expression) in rules where symbol != parameter {
      let before = at.value(of: .symbol(symbol))
      let after = at.value(of: expression)
      at.set(symbol, to: after)
      lines.append(Line(symbol: symbol, expression: expression, before: before, after: after))
    }
    if let (symbol, expression) = rules.last {
      lines.append(
        Line(
          symbol: symbol, expression: expression, before: at.value(of: w),
          after: at.value(of: expression)))
    }
    self.lines = lines
  }

  /// The parameter after the step.
  public var result: Matrix<Double> { lines[lines.count - 1].after }
}

extension NetworkNumbers {
  /// The first update of every parameter, each compared with what a training step makes of it, where
  /// training knows the loss; none for a network as it is used, which learns nothing.
  ///
  /// - Throws: `PerceptronError` when a formula and the training step disagree.
  public func update(_ optimizer: Optimizer) throws -> [UpdateRule] {
    guard network.mode == .training else { return [] }
    let trained = try network.objective.loss.map { loss in
      var step = try TrainingStep(
        model, loss: loss, optimizer: optimizer, largestBatch: inputs.rows,
        hasSampleWeights: weights != nil)
      if let weights {
        step.run(inputs, targets, weights: weights)
      } else {
        step.run(inputs, targets)
      }
      var trained = model
      step.snapshot(into: &trained)
      return network.parameters(of: trained)
    }
    // A training's first step leaves out other units than a pass by itself.
    let isDrawn = network.layers.contains { $0.mask != nil }
    let first =
      isDrawn
      ? try Self.evaluation(network, derivation, model, inputs, targets, weights, step: 1)
      : evaluation
    return try network.layers.flatMap(\.parameters).map { symbol in
      let rule = UpdateRule(optimizer, of: symbol, evaluation)
      guard let after = trained?[symbol] else { return rule }
      let result = isDrawn ? UpdateRule(optimizer, of: symbol, first).result : rule.result
      let error = result.error(to: after, scale: max(after.largest, 1e-3))
      guard error < AdjointCheck.exactTolerance else {
        throw PerceptronError(
          .network,
          "the update of \(symbol.text) by \(optimizer.name) is off by \(error) from the training "
            + "step's; this is a mistake in the program, please report it")
      }
      return rule
    }
  }
}
