/// A formula as it is set, apart from any notation for writing it down: `UnicodeMath`, `LaTeXMath`
/// and `MathML` write the same tree.
public indirect enum Formula: Sendable, Hashable {
  /// A variable: `X`, `η`; one letter as a rule.
  case name(String)
  /// A number, already in the digits that are to be shown: `0.5`, `1e-3`.
  case number(String)
  /// A function or word set upright: `relu`, `log`.
  case word(String)
  /// A sign between its neighbours: `=`, `+`, `−`, `⊙`, `⊘`, `·`, `←`.
  case sign(String)
  /// Formulas that follow one another.
  case row([Formula])
  /// A formula in brackets that grow with it.
  case group(Brackets, Formula)
  /// One above the other.
  case fraction(Formula, Formula)
  /// What stands above: x².
  case power(Formula, Formula)
  /// What stands below: W₁.
  case indexed(Formula, Formula)
  /// V̄, the adjoint.
  case overline(Formula)
  /// Xᵀ
  case transpose(Formula)
  /// Σ with what it runs over below and, if not nil, its end above.
  case sum(from: Formula, to: Formula?, Formula)
  /// Entries in square brackets, row by row; every row has as many.
  case matrix([[Formula]])
  /// A choice by condition: relu′(z) = 1 if z > 0, 0 otherwise.
  case cases([Choice])
  /// What a box stands around: the "?" of ⟨?, dV⟩.
  case boxed(Formula)

  /// One line of `cases`.
  public struct Choice: Sendable, Hashable {
    /// What it is then.
    public let value: Formula
    /// When: `z > 0`.
    public let condition: String

    /// One line behind the brace.
    ///
    /// - Parameters:
    ///   - value: what it is.
    ///   - condition: when.
    public init(_ value: Formula, if condition: String) {
      self.value = value
      self.condition = condition
    }
  }

  /// The brackets of a group.
  public enum Brackets: Sendable, Hashable, CaseIterable {
    /// ( )
    case round
    /// [ ]
    case square
    /// ⟨ ⟩
    case angle
    /// |x|
    case bars
    /// ‖x‖
    case norm
  }

  /// `=` as a sign.
  public static let equals = Formula.sign("=")

  /// A name with a number below: W₁.
  public static func variable(_ name: String, _ index: Int) -> Formula {
    .indexed(.name(name), .number(String(index)))
  }
}
