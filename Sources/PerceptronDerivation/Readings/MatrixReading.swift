import Perceptron

/// The readings that keep matrices whole: `vectorized` and `differentials`. They know programs, not
/// networks.
struct MatrixReading {
  let derivation: Derivation
  /// Values to show.
  let numbers: NetworkNumbers?
  let reasons: Reasons

  init(_ derivation: Derivation, numbers: NetworkNumbers? = nil) {
    self.derivation = derivation
    self.numbers = numbers
    reasons = Reasons(derivation: derivation)
  }

  /// Every definition, with its numbers.
  var forward: [Document.Block] {
    let blocks = derivation.program.definitions.map { definition -> [Document.Equation] in
      var lines = [
        Document.Equation(
          definition.symbol.formula, definition.expression.formula,
          shape: definition.symbol.shape.formula,
          reason: definition.note.isEmpty ? [] : [.text(definition.note)])
      ]
      if let numbers {
        lines += Values(numbers: numbers).lines(
          definition.expression, result: numbers.evaluation.values[definition.symbol])
      }
      return lines
    }
    // Without numbers one line a definition, aligned.
    return numbers == nil
      ? [.equations(blocks.flatMap(\.self))] : blocks.map { .equations($0) }
  }

  /// Every adjoint: its formula as it comes out of the moves, and as simplified; the parameters' at
  /// last with everything put in.
  var vectorized: [Document.Block] {
    var blocks: [Document.Block] = [.equations([lossAdjoint])]
    for adjoint in derivation.adjoints {
      let left = Formula.overline(adjoint.symbol.formula)
      guard let formula = adjoint.formula else {
        blocks.append(note(adjoint))
        continue
      }
      var lines: [Document.Equation] = []
      for (index, expression) in adjoint.landmarks.enumerated() {
        let isFirst = index == 0
        lines.append(
          Document.Equation(
            isFirst ? left : nil, expression.formula,
            shape: isFirst ? adjoint.symbol.shape.formula : nil,
            reason: isFirst ? reasons.why(adjoint) : []))
      }
      lines += values(adjoint, formula)
      blocks.append(.equations(lines))
    }
    return blocks + together
  }

  /// Every line: from ⟨V̄, dV⟩ to ⟨?, dP⟩, and the algebra after it; the parameters' at last with
  /// everything put in.
  var differentials: [Document.Block] {
    var blocks: [Document.Block] = [.equations([lossAdjoint])]
    for adjoint in derivation.adjoints {
      let left = Formula.overline(adjoint.symbol.formula)
      blocks.append(.paragraph([.strong("The adjoint of "), .formula(adjoint.symbol.formula)]))
      for use in adjoint.uses {
        var lines: [Document.Equation] = []
        for step in use.steps.distinct {
          lines.append(
            lines.isEmpty
              ? Document.Equation(
                Self.change(use.consumer, isLoss: use.consumer == derivation.program.loss),
                step.expression.formula, reason: step.rule.statement)
              : Document.Equation(nil, step.expression.formula, reason: step.rule.statement))
        }
        blocks.append(.equations(lines))
      }
      guard let formula = adjoint.formula else {
        blocks.append(note(adjoint))
        continue
      }
      let parts = Expression.adding(adjoint.uses.map(\.part), shape: adjoint.symbol.shape)
      var lines = [
        Document.Equation(
          left, parts.formula, shape: adjoint.symbol.shape.formula,
          reason: Rule.readOff(adjoint.symbol).statement)
      ]
      var shown = parts.formula
      for step in adjoint.simplification where step.expression.formula != shown {
        shown = step.expression.formula
        lines.append(Document.Equation(nil, shown, reason: step.rule.statement))
      }
      lines += values(adjoint, formula)
      blocks.append(.equations(lines))
    }
    return blocks + together
  }

  /// L̄ = 1
  private var lossAdjoint: Document.Equation {
    Document.Equation(
      .overline(derivation.program.loss.formula), .number("1"), shape: Shape.scalar.formula,
      reason: [.text("L changes as fast as itself: where the backward pass starts")])
  }

  /// dL, or ⟨V̄, dV⟩: what the first line of a chain says.
  private static func change(_ consumer: Symbol, isLoss: Bool) -> Formula {
    let variation = Expression.differential(.symbol(consumer))
    return (isLoss ? variation : .inner(.adjoint(consumer), variation)).formula
  }

  private func values(
    _ adjoint: AdjointDerivation, _ formula: Expression
  ) -> [Document.Equation] {
    guard let numbers else { return [] }
    return Values(numbers: numbers).lines(
      formula, result: numbers.evaluation.adjoints[adjoint.symbol],
      check: numbers.checks[adjoint.symbol])
  }

  private func note(_ adjoint: AdjointDerivation) -> Document.Block {
    .note([
      .formula(.overline(adjoint.symbol.formula)),
      .text(
        " is not derived: \(adjoint.unknown.joined(separator: ", ")) has no known derivative. "
          + "Everything else is."),
    ])
  }
}

extension AdjointDerivation {
  /// The expressions worth showing without every step: as the moves leave it, with derivatives
  /// written out, and at the end.
  var landmarks: [Expression] {
    guard let formula else { return [] }
    let start = Expression.adding(uses.map(\.part), shape: symbol.shape)
    let beforeMerge = simplification.prefix { if case .adjoint = $0.rule { false } else { true } }
    let raw = simplification.prefix { $0.rule == .scalars || $0.rule == .transposes }
    let candidates = [
      raw.last?.expression ?? start.tidied, beforeMerge.last?.expression, formula,
    ].compactMap(\.self)
    var shown: [Expression] = []
    for candidate in candidates where !shown.contains(where: { $0.formula == candidate.formula }) {
      shown.append(candidate)
    }
    return shown
  }
}

extension [Step] {
  /// Without the first line, ⟨V̄, dV⟩ itself, and without lines that look like the one above.
  fileprivate var distinct: [Step] {
    var kept: [Step] = []
    for step in dropFirst() where kept.last?.expression.formula != step.expression.formula {
      kept.append(step)
    }
    return kept
  }
}
