/// Why one line of a derivation follows from the line above.
public enum Rule: Sendable, Hashable {
  /// dL = ⟨V̄, dV⟩: what an adjoint is.
  case meaningOfAdjoint(Symbol)
  /// V = …, as the forward program has it, in either direction.
  case definition(Symbol)
  /// d(A + B) = dA + dB, and d of what is held fixed is 0.
  case differentialOfSum
  /// d(cA) = c dA
  case differentialOfMultiple
  /// d(AB) = dA·B + A·dB
  case differentialOfProduct
  /// d(A ⊙ B) = dA ⊙ B + A ⊙ dB
  case differentialOfHadamard
  /// d(1 ⊘ A) = −1 ⊘ (A ⊙ A) ⊙ dA
  case differentialOfReciprocal
  /// d(Aᵀ) = (dA)ᵀ
  case differentialOfTranspose
  /// d g(Z) = g′(Z) ⊙ dZ
  case differentialOfFunction(Function)
  /// dA = A ⊙ (dZ − ((A ⊙ dZ) 1) 1ᵀ)
  case differentialOfSoftmax
  /// d lse(Z) = (softmax(Z) ⊙ dZ) 1
  case differentialOfLogSumExp
  /// d⟨A, B⟩ = ⟨dA, B⟩ + ⟨A, dB⟩
  case differentialOfInner
  /// d[A 1] = [dA 0]
  case differentialOfAppending
  /// d diag(a) = diag(da)
  case differentialOfDiagonal
  /// ⟨G, A + B⟩ = ⟨G, A⟩ + ⟨G, B⟩
  case innerOfSum
  /// ⟨G, cA⟩ = ⟨cG, A⟩
  case innerOfMultiple
  /// ⟨A, BC⟩ = ⟨BᵀA, C⟩
  case moveLeftFactor
  /// ⟨A, BC⟩ = ⟨ACᵀ, B⟩
  case moveRightFactor
  /// ⟨A, B ⊙ C⟩ = ⟨A ⊙ B, C⟩
  case moveHadamard
  /// ⟨A, Bᵀ⟩ = ⟨Aᵀ, B⟩
  case moveTranspose
  /// ⟨A, [B 0]⟩ = ⟨A without its last column, B⟩, and the reverse.
  case moveAppending
  /// ⟨A, diag(b)⟩ = ⟨the diagonal of A, b⟩
  case moveDiagonal
  /// ⟨A, B⟩ = ⟨B, A⟩
  case symmetry
  /// ⟨P, dV⟩ + ⟨Q, dV⟩ = ⟨P + Q, dV⟩
  case collect
  /// ⟨?, dV⟩ stands alone: the "?" is V̄.
  case readOff(Symbol)
  /// The adjoints that arrive from several places are added.
  case sumOverUses(Symbol)
  /// V̄ = …, as derived above.
  case adjoint(Symbol)
  /// g′ written out.
  case derivative(Function)
  /// A number commutes with everything.
  case scalars
  /// (Aᵀ)ᵀ = A, (AB)ᵀ = BᵀAᵀ
  case transposes
  /// A ⊙ 1 = A, and 1 1ᵀ is the matrix of ones.
  case ones
  /// Each row of T sums to 1.
  case rowsSumToOne(Symbol)
  /// A ⊙ (1 ⊘ A) = 1
  case cancel
  /// A ⊙ (B + C) = A ⊙ B + A ⊙ C
  case expand
  /// Equal terms are added.
  case likeTerms
  /// What all terms share is taken out.
  case factor
  /// diag(v) x = v ⊙ x
  case diagonalProduct
  /// Every adjoint replaced by its own formula.
  case together

  /// The rule's name in JSON: `move-left-factor`.
  public var name: String {
    let label = String(describing: self).prefix { $0 != "(" }
    return label.reduce(into: "") { text, letter in
      if letter.isUppercase { text += "-" }
      text += letter.lowercased()
    }
  }
}

/// One line of a derivation: an expression equal to the one in the line above, and why.
public struct Step: Sendable, Hashable {
  /// The line.
  public let expression: Expression
  /// Why it is equal to the line above.
  public let rule: Rule

  /// A line and its reason.
  ///
  /// - Parameters:
  ///   - expression: the line.
  ///   - rule: why it is equal to the line above.
  public init(_ expression: Expression, _ rule: Rule) {
    self.expression = expression
    self.rule = rule
  }
}
