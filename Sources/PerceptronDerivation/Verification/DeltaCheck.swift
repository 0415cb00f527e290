import Perceptron

extension DeltaReading {
  /// What the reading shows of an adjoint beyond the derivation's own lines.
  struct Claim {
    let symbol: Symbol
    /// δ_l as it is shown, with Ā_l put in.
    let formula: Expression
    /// The line above it for one example, with the Jacobian as a diagonal matrix, if there is one.
    let diagonal: Expression?
  }

  /// One for every adjoint that is known.
  var claims: [Claim] {
    derivation.adjoints.compactMap { adjoint in
      expression(adjoint).map {
        Claim(symbol: adjoint.symbol, formula: $0, diagonal: diagonal(adjoint))
      }
    }
  }

  /// Compares what is shown with numbers: a formula that was put together with the derivation's
  /// adjoint, and a product with a diagonal matrix, example by example, with the row (or column) of the
  /// ⊙ product below it.
  ///
  /// - Parameters:
  ///   - evaluation: the program's values and adjoints.
  ///   - claims: what is shown; nil for all of it.
  func check(_ evaluation: Evaluation, _ claims: [Claim]? = nil) -> StepCheck {
    let one = OneExample(examples: network.examples)
    var errors: [(symbol: Symbol, rule: Rule, error: Double)] = []
    for claim in claims ?? self.claims {
      guard let adjoint = evaluation.adjoints[claim.symbol] else { continue }
      let value = evaluation.value(of: claim.formula)
      if claim.formula != derivation.adjoint(of: claim.symbol)?.formula {
        errors.append((claim.symbol, .adjoint(claim.symbol), value.distance(to: adjoint)))
      }
      guard let diagonal = claim.diagonal else { continue }
      let shape = claim.symbol.shape
      let count = evaluation.size(network.examples)
      let distances = (0..<count).map { example in
        one.evaluation(evaluation, network.program, example).value(of: diagonal)
          .distance(to: one.matrix(value, shape, example))
      }
      errors.append((claim.symbol, .diagonalProduct, distances.max() ?? 0))
    }
    return StepCheck(errors)
  }
}
