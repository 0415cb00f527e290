import Perceptron

extension Loss {
  /// L = c ΣE as an expression in the output A and what it is compared with.
  func expression(
    output a: Expression, targets: ComparedTargets, _ layout: Layout
  ) -> Expression {
    let units = layout.units(of: a.shape)
    let divisor = Coefficient(1, targets.divisor.powers.map { ($0.base, -$0.exponent) })
    let factor: Coefficient =
      switch reduction {
      case .rows: divisor
      case .elements: divisor * .reciprocal(units)
      case .sum: .one
      }
    func scaled(_ number: Double, _ x: Expression) -> Expression {
      let c = Coefficient(number) * factor
      return c == .one ? x : .scale(c, x)
    }
    let one = Expression.ones(a.shape)
    let t = Expression.symbol(targets.symbol)
    let d = a - t
    /// ⟨x, y⟩, the rows by their weights.
    func total(_ x: Expression, _ y: Expression) -> Expression {
      guard let rows = targets.rows else { return .inner(x, y) }
      return .inner(x == one ? rows : rows.times(x), y)
    }
    /// The terms of T and of 1 − T, with their weights.
    func yes(_ x: Expression) -> Expression {
      let weight = (positiveWeights.count == 1 ? positiveWeights[0] : 1) * (classWeights.last ?? 1)
      return weighed(weight, total(targets.positives.map { $0.times(t) } ?? t, x))
    }
    func no(_ x: Expression) -> Expression {
      weighed(classWeights.first ?? 1, total(one - t, x))
    }
    switch kind {
    case .halfSquaredError: return scaled(0.5, total(d, d))
    case .squaredError, .meanSquaredError: return scaled(1, total(d, d))
    case .absoluteError: return scaled(1, total(one, .map(.absolute, d)))
    case .quantile:
      return scaled(1 - parameter, total(one, .map(.relu, d)))
        + scaled(parameter, total(one, .map(.relu, t - a)))
    case .huber:
      // ½D², less ½(|D| − δ)² beyond δ.
      let beyond = Expression.map(
        .relu, .map(.absolute, d) - .scale(Coefficient(parameter), one))
      return scaled(0.5, total(d, d)) - scaled(0.5, total(beyond, beyond))
    case .logCosh: return scaled(1, total(one, .map(.logCosh, d)))
    case .poisson: return scaled(1, total(one, .map(.exp, a)) - total(t, a))
    case .hinge: return scaled(1, total(one, .map(.relu, one - t.times(a))))
    case .squaredHinge:
      let shortfall = Expression.map(.relu, one - t.times(a))
      return scaled(1, total(shortfall, shortfall))
    case .binaryCrossEntropy: return scaled(-1, yes(.map(.log, a)) + no(.map(.log, one - a)))
    case .binaryCrossEntropyFromLogits:
      guard positiveWeights.isEmpty, classWeights.isEmpty else {
        return scaled(1, yes(.map(.softplus, -1 * a)) + no(.map(.softplus, a)))
      }
      return scaled(1, total(one, .map(.softplus, a)) - total(t, a))
    case .binaryFocal:
      return scaled(
        -1,
        yes(power(one - a).times(.map(.log, a))) + no(power(a).times(.map(.log, one - a))))
    case .binaryFocalFromLogits:
      let p = Expression.map(.sigmoid, a)
      return scaled(
        1,
        yes(power(one - p).times(.map(.softplus, -1 * a)))
          + no(power(p).times(.map(.softplus, a))))
    case .crossEntropy: return scaled(-1, total(t, .map(.log, a)))
    case .crossEntropyFromLogits: return scaled(1, total(t, surprise(a, units, layout)))
    case .klDivergence:
      return scaled(1, total(one, .map(.timesLog, t)) - total(t, .map(.log, a)))
    case .klDivergenceFromLogits:
      return scaled(1, total(one, .map(.timesLog, t)) + total(t, surprise(a, units, layout)))
    case .focal: return scaled(-1, total(t, power(one - a).times(.map(.log, a))))
    case .focalFromLogits:
      let rest = one - .softmax(a, along: layout.axis)
      return scaled(1, total(t, power(rest).times(surprise(a, units, layout))))
    }
  }

  private func weighed(_ weight: Double, _ x: Expression) -> Expression {
    weight == 1 ? x : .scale(Coefficient(weight), x)
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
