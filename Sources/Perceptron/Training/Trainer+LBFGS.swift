extension Trainer {
  /// One iteration of L-BFGS on all training rows; its parameters are those of the step then.
  ///
  /// What it minimises is the loss and, where asked for, ½λ‖w‖² of what decays.
  ///
  /// - Returns: the loss, without the penalty, before the iteration.
  mutating func iterate() -> Double {
    guard case .lbfgs(let rate, let history, let tolerance) = options.optimizer else { return 0 }
    let decays = decays
    let rows = train.rows
    var loss = 0.0
    func evaluate(_ x: inout [Double]) -> (value: Double, gradient: [Double]) {
      step.memory.workspace.write(x.map { Element($0) }, to: .parameters)
      for k in x.indices { x[k] = Double(Element(x[k])) }
      loss = Double(
        order.withUnsafeBufferPointer {
          step.differentiate(train, rows: rows, order: $0.baseAddress!)
        })
      var values: [Element] = []
      step.memory.workspace.read(.gradient, into: &values)
      var gradient = values.map { Double($0) }
      var penalty = 0.0
      for (range, decay) in decays {
        for k in range {
          penalty += x[k] * x[k] * decay / 2
          gradient[k] += decay * x[k]
        }
      }
      return (loss + penalty, gradient)
    }
    var values: [Element] = []
    step.memory.workspace.read(.parameters, into: &values)
    var x = values.map { Double($0) }
    let (value, gradient) = evaluate(&x)
    let before = loss
    step.clock.advance(options.optimizer)
    let point = LBFGS.Point(x: x, value: value, gradient: gradient)
    guard before.isFinite else { return before }
    if point.slope <= tolerance {
      end(at: point, "the largest entry of the gradient is", tolerance)
      return before
    }
    var memory = state.lbfgs
    let next = memory.iterate(
      from: point, first: rate, history: history, evaluate: evaluate)
    state.lbfgs = memory
    guard let next else {
      // The search has left the parameters somewhere near.
      step.memory.workspace.write(values, to: .parameters)
      end(at: point, "no step lowers the loss any more; the largest entry of the gradient is", nil)
      return before
    }
    if next.slope <= tolerance { end(at: next, "the largest entry of the gradient is", tolerance) }
    return before
  }

  /// The stretches of parameters with a squared penalty, and its factor.
  private var decays: [(Range<Int>, Double)] {
    let regularization = options.regularization
    let decay = regularization.weightDecay ?? 0
    return architecture.parameters.compactMap { parameter in
      var factor = 0.0
      if parameter.role == .weights { factor = regularization.l2 + decay }
      if parameter.role == .bias, regularization.decaysBiases { factor = decay }
      return factor > 0 ? (parameter.range, factor) : nil
    }
  }

  private mutating func end(at point: LBFGS.Point, _ what: String, _ tolerance: Double?) {
    state.hasConverged = true
    state.message =
      "converged in epoch \(state.epoch + 1): \(what) \(decimal(point.slope, digits: 6))"
      + (tolerance.map { ", at most \($0)" } ?? "")
  }
}
