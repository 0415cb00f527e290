extension Activation {
  /// A = g(Z) as an operation of a plan.
  ///
  /// - Parameters:
  ///   - preActivation: Z.
  ///   - inPlace: whether A may take Z's place, where nobody reads Z again: so without a backward
  ///     pass, or with a derivative in A.
  /// - Returns: A, which is Z for `identity`.
  func addForward(
    to plan: inout Plan, _ preActivation: Operand, inPlace: Bool = true
  ) -> Operand {
    if self == .identity { return preActivation }
    let isReadAgain = plan.hasBackward && derivativeForm == .ofPreActivation
    let keeps = plan.keepsEverything || !inPlace || isReadAgain
    let output = keeps ? plan.batch(columns: preActivation.columns) : preActivation
    plan.add(.activate(self, preActivation, into: output))
    return output
  }

  /// Z̄ = Ā ⊙ g′ as an operation of a plan; it takes Ā's place unless the plan keeps everything.
  ///
  /// - Parameters:
  ///   - outputGradient: Ā.
  ///   - preActivation: Z, read where `derivativeForm` says so.
  ///   - output: A, read otherwise.
  /// - Returns: Z̄, which is Ā for `identity`.
  func addBackward(
    to plan: inout Plan, outputGradient: Operand, preActivation: Operand,
    output: Operand
  ) -> Operand {
    if self == .identity { return outputGradient }
    let result = plan.keepsEverything ? plan.batch(columns: output.columns) : outputGradient
    plan.add(
      .differentiate(
        self, outputGradient: outputGradient,
        reading: derivativeForm == .ofOutput ? output : preActivation, into: result))
    return result
  }
}

extension Plan {
  /// Whether gradients are computed.
  fileprivate var hasBackward: Bool {
    switch purpose {
    case .predict, .evaluate: false
    case .differentiate, .train: true
    }
  }
}
