public import Perceptron

extension Evaluation {
  /// Computes every adjoint by its derived formula; one that could not be derived is taken from
  /// differences, so that those before it have something to start from.
  public mutating func addAdjoints(of derivation: Derivation) {
    for adjoint in derivation.adjoints {
      if let formula = adjoint.formula {
        adjoints[adjoint.symbol] = value(of: formula)
      } else {
        adjoints[adjoint.symbol] = differences(of: adjoint.symbol, derivation.program).values
      }
    }
  }

  /// ∂L/∂V by fourth-order central differences, entry by entry, from the forward program alone:
  /// everything that follows V is computed again.
  ///
  /// - Parameters:
  ///   - symbol: V, given or computed.
  ///   - program: what computed the values.
  ///   - h: the step.
  ///   - entries: which entries, in row order; nil tries all.
  /// - Returns: the adjoint `[shape of V]`, 0 where nothing was tried, and the entries where 2h
  ///   reaches over a kink.
  public func differences(
    of symbol: Symbol, _ program: Program, step h: Double = 1e-3, entries: [Int]? = nil
  ) -> (values: Matrix<Double>, kinks: [Int]) {
    guard let start = values[symbol] else { misuse("\(symbol.text) has no value") }
    let later = program.definitions.drop { !$0.expression.contains(symbol) }
    let sides = kinkSides(program)
    let margins = margins(of: symbol, program)
    var result = Matrix<Double>(rows: start.rows, columns: start.columns)
    var kinks: [Int] = []
    for k in entries ?? Array(start.values.indices) {
      let h = min(h, 0.01 * margins[k])
      var losses: [Double] = []
      var isKink = false
      for steps in [1.0, -1, 2, -2] {
        var other = self
        var moved = start
        moved.values[k] += steps * h
        other.set(symbol, to: moved)
        for definition in later where definition.symbol != symbol {
          other.set(definition.symbol, to: other.value(of: definition.expression))
        }
        isKink = isKink || other.kinkSides(program) != sides
        losses.append(other.values[program.loss]?.values[0] ?? .nan)
      }
      if isKink { kinks.append(k) }
      result.values[k] = (8 * (losses[0] - losses[1]) - (losses[2] - losses[3])) / (12 * h)
    }
    return (result, kinks)
  }

  /// How far each entry is from where a logarithm, a quotient or a root that uses the symbol ends:
  /// differences must not reach over it.
  ///
  /// The nearest counts for all. Only where it is so near that nothing could be measured elsewhere, as
  /// behind a softmax that is nearly 0 somewhere, has each entry its own, if the function is of every
  /// entry by itself.
  func margins(of symbol: Symbol, _ program: Program) -> [Double] {
    let arguments = program.uses(of: symbol).flatMap(\.expression.bounded).filter {
      $0.contains(symbol)
    }
    let distances = arguments.map { value(of: $0).values.map(abs) }
    let count = values[symbol]?.values.count ?? 0
    let nearest = distances.flatMap(\.self).min() ?? .infinity
    guard nearest < 1e-6, arguments.allSatisfy({ $0.isEntrywise(in: symbol) }) else {
      return Array(repeating: nearest, count: count)
    }
    return (0..<count).map { k in distances.map { $0[k] }.min() ?? .infinity }
  }

  /// Whether the variation carries an argument of a function with a kink to its other side, or one
  /// stands on it.
  func crossesKink(_ program: Program) -> Bool {
    guard let variation, let start = values[variation.symbol] else { return false }
    let arguments = program.uses(of: variation.symbol).flatMap(\.expression.kinked)
    guard !arguments.isEmpty else { return false }
    func sides(_ steps: Double) -> [Int] {
      var other = self
      other.set(
        variation.symbol,
        to: start.combined(with: variation.direction) { $0 + steps * variation.step * $1 })
      return other.sides(arguments)
    }
    return sides(-2) != sides(2)
  }

  /// How many kinks every entry is beyond to which a function with kinks is applied.
  private func kinkSides(_ program: Program) -> [Int] {
    program.definitions.flatMap { definition -> [Int] in
      guard definition.expression.hasKink else { return [] }
      return sides(definition.expression.kinked)
    }
  }

  private func sides(_ arguments: [(x: Expression, kinks: [Double])]) -> [Int] {
    arguments.flatMap { x, kinks in
      value(of: x).values.map { entry in kinks.reduce(0) { $0 + (entry > $1 ? 1 : 0) } }
    }
  }
}

extension Expression {
  /// The arguments of functions with kinks, and where these are.
  fileprivate var kinked: [(x: Expression, kinks: [Double])] {
    parts {
      if case .map(let function, let part) = $0, !function.kinks.isEmpty {
        (part, function.kinks)
      } else {
        nil
      }
    }
  }

  /// What must stay on its side of 0: arguments of logarithms and roots, and what divides.
  fileprivate var bounded: [Expression] {
    parts {
      switch $0 {
      case .map(.log, let part), .map(.squareRoot, let part), .reciprocal(let part): part
      default: nil
      }
    }
  }

  /// Whether an entry of it depends on the same entry of a symbol alone.
  fileprivate func isEntrywise(in symbol: Symbol) -> Bool {
    guard contains(symbol) else { return true }
    switch self {
    case .symbol, .scale, .sum, .hadamard, .reciprocal, .map:
      return children.allSatisfy { $0.isEntrywise(in: symbol) }
    default: return false
    }
  }

  private func parts<Part>(_ pick: (Expression) -> Part?) -> [Part] {
    (pick(self).map { [$0] } ?? []) + children.flatMap { $0.parts(pick) }
  }

  fileprivate var hasKink: Bool {
    contains { if case .map(let function, _) = $0 { !function.kinks.isEmpty } else { false } }
  }
}
