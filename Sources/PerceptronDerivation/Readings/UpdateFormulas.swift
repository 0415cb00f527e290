import Perceptron

/// The rules of all optimizers as formulas of one parameter w and its gradient g, in the form they
/// have in the first step (t = 1).
///
/// The larger of two is written with relu: max(a, b) = a + relu(b − a).
struct UpdateFormulas {
  /// The parameter and its gradient.
  private let w: Expression
  private let g: Expression
  private let parameter: Symbol
  /// The optimizer's numbers by the names they have in the formulas.
  private(set) var constants: [String: Double] = [:]
  /// What is assigned, states first, the parameter last.
  private(set) var lines: [(symbol: Symbol, expression: Expression)] = []

  init(_ optimizer: Optimizer, of parameter: Symbol) {
    self.parameter = parameter
    let gradient = Expression.adjoint(parameter)
    (w, g) = (.symbol(parameter), gradient)
    let rate = optimizer.learningRate
    switch optimizer {
    case .sgd: step(eta(rate), g)
    case .momentum(_, let momentum, _):
      // The dampening is left out of the first step.
      let mu = c("μ", momentum)
      let v = assign("v") { .scale(mu, $0) + gradient }
      step(eta(rate), v)
    case .nesterov(_, let momentum):
      let mu = c("μ", momentum)
      let v = assign("v") { .scale(mu, $0) + gradient }
      step(eta(rate), gradient + .scale(mu, v))
    case .adam(_, let beta1, let beta2, let epsilon, let amsgrad),
      .adamw(_, let beta1, let beta2, let epsilon, let amsgrad):
      let m = first(beta1)
      var v = second(beta2)
      if amsgrad { v = assign("u") { $0 + .map(.relu, v - $0) } }
      let correction = c("1 − β_2^t", 1 - beta2, -1)
      step(
        eta(rate) * c("1 − β_1^t", 1 - beta1, -1),
        m.over(root(.scale(correction, v)) + ones("ε", epsilon)), of: decayed(optimizer))
    case .adamax(_, let beta1, let beta2, let epsilon):
      let m = first(beta1)
      let (keep, floor) = (c("β_2", beta2), ones("ε", epsilon))
      let u = assign("u") {
        let faded = Expression.scale(keep, $0)
        return faded + .map(.relu, .map(.absolute, gradient) + floor - faded)
      }
      step(eta(rate) * c("1 − β_1^t", 1 - beta1, -1), m.over(u))
    case .nadam(_, let beta1, let beta2, let epsilon, let decay):
      nadam(rate, beta1, beta2, epsilon, decay)
    case .radam(_, let beta1, let beta2, _):
      // ρ₁ = 1: the first steps are not adaptive.
      let m = first(beta1)
      _ = second(beta2)
      step(eta(rate) * c("1 − β_1^t", 1 - beta1, -1), m)
    case .rmsprop(_, let alpha, let epsilon, let momentum, let centered):
      let (keep, share) = (c("α", alpha), c("1 − α", 1 - alpha))
      var v = assign("v") { .scale(keep, $0) + .scale(share, gradient.times(gradient)) }
      if centered {
        let mean = assign("a") { .scale(keep, $0) + .scale(share, gradient) }
        v = v - mean.times(mean)
      }
      var direction = g.over(root(v) + ones("ε", epsilon))
      if momentum > 0 {
        let (mu, u) = (c("μ", momentum), direction)
        direction = assign("m") { .scale(mu, $0) + u }
      }
      step(eta(rate), direction)
    case .adagrad(_, _, let initial, let epsilon):
      let v = assign("v") { $0 + gradient.times(gradient) }
      let sum = initial > 0 ? v + ones("v_0", initial) : v
      step(eta(rate), g.over(root(sum) + ones("ε", epsilon)))
    case .adadelta(_, let rho, let epsilon):
      adadelta(rate, rho, epsilon)
    case .lion(_, let beta1, let beta2):
      lion(optimizer, beta1, beta2)
    case .lbfgs:
      // Its first direction is −g, and its first step tried no longer than 1.
      step(eta(rate), g)
    }
  }

  private mutating func nadam(
    _ rate: Double, _ beta1: Double, _ beta2: Double, _ epsilon: Double, _ decay: Double
  ) {
    let m = first(beta1)
    let v = second(beta2)
    func momentum(_ step: Double) -> Double {
      beta1 * (1 - 0.5 * Double.exp(step * decay * Double.log(0.96)))
    }
    let (now, next) = (momentum(1), momentum(2))
    let direction =
      Expression.scale(c("1 − μ_t", 1 - now) * c("1 − Π_t", 1 - now, -1), g)
      + .scale(c("μ_t+1", next) * c("1 − Π_t+1", 1 - now * next, -1), m)
    let correction = c("1 − β_2^t", 1 - beta2, -1)
    step(eta(rate), direction.over(root(.scale(correction, v)) + ones("ε", epsilon)))
  }

  private mutating func adadelta(_ rate: Double, _ rho: Double, _ epsilon: Double) {
    let keep = c("ρ", rho)
    let share = c("1 − ρ", 1 - rho)
    let floor = ones("ε", epsilon)
    let squares = g.times(g)
    let v = assign("v") { .scale(keep, $0) + .scale(share, squares) }
    let above = root(.symbol(state("u")) + floor)
    let quotient = g.times(above).over(root(v + floor))
    let d = assign("d") { _ in quotient }
    _ = assign("u") { .scale(keep, $0) + .scale(share, d.times(d)) }
    step(eta(rate), d)
  }

  private mutating func lion(_ optimizer: Optimizer, _ beta1: Double, _ beta2: Double) {
    let before = Expression.symbol(state("m"))
    let (keep, share) = (c("β_1", beta1), c("1 − β_1", 1 - beta1))
    let change = Expression.scale(share, g)
    let s = assign("s") { _ in .map(.signum, .scale(keep, before) + change) }
    let (keep2, change2) = (c("β_2", beta2), Expression.scale(c("1 − β_2", 1 - beta2), g))
    _ = assign("m") { .scale(keep2, $0) + change2 }
    step(eta(optimizer.learningRate), s, of: decayed(optimizer))
  }

  /// m ← β₁m + (1−β₁)g
  private mutating func first(_ beta1: Double) -> Expression {
    let (keep, change) = (c("β_1", beta1), Expression.scale(c("1 − β_1", 1 - beta1), g))
    return assign("m") { .scale(keep, $0) + change }
  }

  /// v ← β₂v + (1−β₂)g²
  private mutating func second(_ beta2: Double) -> Expression {
    let keep = c("β_2", beta2)
    let change = Expression.scale(c("1 − β_2", 1 - beta2), g.times(g))
    return assign("v") { .scale(keep, $0) + change }
  }

  /// w(1 − ηλ) where the decay is decoupled and not 0.
  private mutating func decayed(_ optimizer: Optimizer) -> Expression {
    let decay = optimizer.usualWeightDecay
    guard decay > 0, optimizer.decouplesWeightDecay else { return w }
    return .scale(c("1 − η λ", 1 - optimizer.learningRate * decay), w)
  }

  // Each parameter has states of its own, and m alone is the number of examples.
  private func state(_ name: String) -> Symbol {
    Symbol("\(name)_\(parameter.name)", parameter.index, parameter.shape, .value)
  }

  private mutating func assign(
    _ name: String, _ next: (Expression) -> Expression
  ) -> Expression {
    let symbol = state(name)
    lines.append((symbol, next(.symbol(symbol))))
    return .symbol(symbol)
  }

  /// w ← w − s d
  private mutating func step(
    _ size: Coefficient, _ direction: Expression, of start: Expression? = nil
  ) {
    lines.append((parameter, (start ?? w) - .scale(size, direction)))
  }

  private mutating func c(_ name: String, _ value: Double, _ exponent: Int = 1) -> Coefficient {
    constants[name] = value
    return Coefficient(1, [(.constant(name), exponent)])
  }

  private mutating func eta(_ rate: Double) -> Coefficient { c("η", rate) }

  private func root(_ x: Expression) -> Expression { .map(.squareRoot, x) }

  /// A number in every entry.
  private mutating func ones(_ name: String, _ value: Double) -> Expression {
    .scale(c(name, value), .ones(parameter.shape))
  }
}
