import Perceptron

/// The last lines of a reading: every parameter's gradient in one formula.
extension MatrixReading {
  /// A parameter and its gradient in forward values and data alone.
  struct Claim {
    let symbol: Symbol
    let formula: Expression
    /// W̄ = …, as it is written.
    var equation: Document.Equation {
      Document.Equation(
        .overline(symbol.formula), formula.formula, shape: symbol.shape.formula)
    }
  }

  /// What a line of text has room for.
  private static let width = 96

  /// One for every parameter whose formula fits on a line, in the order of the program.
  var claims: [Claim] {
    derivation.program.inputs.filter { $0.kind == .parameter }.compactMap { symbol in
      guard let formula = derivation.together(symbol) else { return nil }
      let claim = Claim(symbol: symbol, formula: formula)
      let width = UnicodeMath.line(formula.formula).count + symbol.text.count
      return width <= Self.width ? claim : nil
    }
  }

  /// What is put together; nothing where no formula fits.
  var together: [Document.Block] {
    let claims = claims
    guard !claims.isEmpty else { return [] }
    let isWhole =
      claims.count == derivation.program.inputs.count { $0.kind == .parameter }
    return [
      .paragraph([
        .strong("Put together"),
        .text(
          ": every adjoint replaced by its formula, until forward values and data alone are left"
            + (isWhole ? "." : "; what is longer than a line is left out.")),
      ]),
      .equations(claims.map(\.equation)),
    ]
  }

  /// Compares what is put together with the adjoints, which were computed one from the other.
  ///
  /// - Parameters:
  ///   - evaluation: the program's values and adjoints.
  ///   - claims: what is shown; nil for all of it.
  func check(_ evaluation: Evaluation, _ claims: [Claim]? = nil) -> StepCheck {
    StepCheck(
      (claims ?? self.claims).compactMap { claim in
        evaluation.adjoints[claim.symbol].map {
          (claim.symbol, .together, evaluation.value(of: claim.formula).distance(to: $0))
        }
      })
  }
}
