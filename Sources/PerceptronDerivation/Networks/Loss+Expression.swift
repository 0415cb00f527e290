import Perceptron

extension Loss {
  /// Checks that it is one number c times a sum over elements, as the derivation writes losses.
  ///
  /// - Throws: `PerceptronError` for a loss with weights of classes or of single outputs.
  func validateForDerivation() throws {
    guard classWeights.isEmpty, positiveWeights.count <= 1 else {
      throw PerceptronError(
        .option,
        "the derivation is of losses without weights of classes and outputs; \(label) alone can be "
          + "asked for with --loss \(label)")
    }
  }

  /// L = c ΣE as an expression in the output A and the targets T.
  func expression(
    output a: Expression, targets: Expression, _ examples: Dimension, _ layout: Layout
  ) -> Expression {
    let units = layout.examplesAreRows ? a.shape.columns : a.shape.rows
    let factor: Coefficient =
      switch reduction {
      case .rows: .reciprocal(examples)
      case .elements: .reciprocal(examples) * .reciprocal(units)
      case .sum: .one
      }
    func scaled(_ number: Double, _ x: Expression) -> Expression {
      let c = Coefficient(number) * factor
      return c == .one ? x : .scale(c, x)
    }
    let one = Expression.ones(a.shape)
    let t = smoothed(targets, units)
    let d = a - t
    switch kind {
    case .halfSquaredError: return scaled(0.5, .inner(d, d))
    case .squaredError, .meanSquaredError: return scaled(1, .inner(d, d))
    case .absoluteError: return scaled(1, .inner(one, .map(.absolute, d)))
    case .quantile:
      return scaled(1 - parameter, .inner(one, .map(.relu, d)))
        + scaled(parameter, .inner(one, .map(.relu, t - a)))
    case .huber:
      // ½D², less ½(|D| − δ)² beyond δ.
      let beyond = Expression.map(
        .relu, .map(.absolute, d) - .scale(Coefficient(parameter), one))
      return scaled(0.5, .inner(d, d)) - scaled(0.5, .inner(beyond, beyond))
    case .logCosh: return scaled(1, .inner(one, .map(.logCosh, d)))
    case .poisson: return scaled(1, .inner(one, .map(.exp, a)) - .inner(t, a))
    case .hinge: return scaled(1, .inner(one, .map(.relu, one - t.times(a))))
    case .squaredHinge:
      let shortfall = Expression.map(.relu, one - t.times(a))
      return scaled(1, .inner(shortfall, shortfall))
    case .binaryCrossEntropy:
      return scaled(
        -1, positive(.inner(t, .map(.log, a))) + .inner(one - t, .map(.log, one - a)))
    case .binaryCrossEntropyFromLogits:
      guard positiveWeights.isEmpty else {
        let no = Expression.inner(one - t, .map(.softplus, a))
        return scaled(1, positive(.inner(t, .map(.softplus, -1 * a))) + no)
      }
      return scaled(1, .inner(one, .map(.softplus, a)) - .inner(t, a))
    case .binaryFocal:
      let yes = Expression.inner(t, power(one - a).times(.map(.log, a)))
      return scaled(
        -1, positive(yes) + .inner(one - t, power(a).times(.map(.log, one - a))))
    case .binaryFocalFromLogits:
      let p = Expression.map(.sigmoid, a)
      let yes = Expression.inner(t, power(one - p).times(.map(.softplus, -1 * a)))
      return scaled(
        1, positive(yes) + .inner(one - t, power(p).times(.map(.softplus, a))))
    case .crossEntropy: return scaled(-1, .inner(t, .map(.log, a)))
    case .crossEntropyFromLogits: return scaled(1, .inner(t, surprise(a, units, layout)))
    case .klDivergence:
      return scaled(1, .inner(one, .map(.timesLog, t)) - .inner(t, .map(.log, a)))
    case .klDivergenceFromLogits:
      return scaled(1, .inner(one, .map(.timesLog, t)) + .inner(t, surprise(a, units, layout)))
    case .focal: return scaled(-1, .inner(t, power(one - a).times(.map(.log, a))))
    case .focalFromLogits:
      let rest = one - .softmax(a, along: layout.axis)
      return scaled(1, .inner(t, power(rest).times(surprise(a, units, layout))))
    }
  }

  /// (1−ε)T + ε/K, or ε/2 for yes/no.
  private func smoothed(_ t: Expression, _ units: Dimension) -> Expression {
    guard labelSmoothing > 0 else { return t }
    let share =
      kind.isBinary
      ? Coefficient(labelSmoothing / 2) : Coefficient(labelSmoothing) * .reciprocal(units)
    return .scale(Coefficient(1 - labelSmoothing), t) + .scale(share, .ones(t.shape))
  }

  /// The term of T = 1 with its weight.
  private func positive(_ x: Expression) -> Expression {
    positiveWeights.first.map { .scale(Coefficient($0), x) } ?? x
  }

  /// −ln softmax of logits.
  private func surprise(_ a: Expression, _ units: Dimension, _ layout: Layout) -> Expression {
    let logarithm = Expression.logSumExp(a, along: layout.axis)
    let everywhere =
      layout.examplesAreRows ? logarithm.inEveryColumn(units) : logarithm.inEveryRow(units)
    return everywhere - a
  }

  /// x^γ: a product where γ is a small whole number, e^{γ ln x} otherwise.
  private func power(_ x: Expression) -> Expression {
    if parameter == 1 { return x }
    if parameter == 2 { return .map(.square, x) }
    guard let count = Int(exactly: parameter), count <= 16 else {
      return .map(.exp, .scale(Coefficient(parameter), .map(.log, x)))
    }
    return .hadamard(Array(repeating: x, count: count))
  }
}
