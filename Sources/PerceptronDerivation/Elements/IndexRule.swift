/// Why one line of a derivation entry by entry follows from the line above.
public enum IndexRule: Sendable, Hashable {
  /// Where a δ sends an index: i = k.
  public struct Choice: Sendable, Hashable {
    /// The index that its Σ runs over.
    public let index: EntryIndex
    /// Where the δ sends it.
    public let value: EntryIndex
  }

  /// Derived term by term; the symbols do not depend on what it is derived by.
  case linearity(fixed: [Symbol])
  /// ∂g(z) = g′(z) ∂z
  case chain
  /// ∂w_pj/∂w_kl is 1 for the same entry, else 0.
  case kronecker
  /// Σ_p δ_pk f(p) = f(k)
  case contraction([Choice])
  /// g′ written out, and what the program calls by a name called so.
  case names([Symbol])
  /// What terms share is taken out.
  case gathering
  /// p̄ = Σ v̄ ∂v/∂p, over all entries of V.
  case chainRule(Symbol)
  /// The adjoint of the loss is 1.
  case loss
  /// ∂v/∂p as derived above.
  case derivative
  /// The parts that arrive from several definitions are added.
  case uses
  /// A line of the matrix derivation, for one entry.
  case matrix(Rule)
  /// The entry of the derived matrix formula.
  case formula

  /// The rule's name in JSON: `chain-rule`.
  public var name: String {
    let label = String(describing: self).prefix { $0 != "(" }
    return label.reduce(into: "") { text, letter in
      if letter.isUppercase { text += "-" }
      text += letter.lowercased()
    }
  }
}

/// One line: an expression equal to the one in the line above, and why.
public struct IndexStep: Sendable, Hashable {
  /// The line.
  public let expression: IndexExpression
  /// More than one where a line takes several.
  public let rules: [IndexRule]

  /// A line and its reasons.
  ///
  /// - Parameters:
  ///   - expression: the line.
  ///   - rules: why it is equal to the line above.
  public init(_ expression: IndexExpression, _ rules: [IndexRule]) {
    self.expression = expression
    self.rules = rules
  }
}

extension Rule {
  /// Whether a line that it leads to is worth showing though it is the same for one entry.
  var isSaid: Bool {
    switch self {
    case .adjoint, .definition, .derivative, .rowsSumToOne, .cancel, .expand, .factor: true
    default: false
    }
  }
}
