/// A named matrix of a program.
public struct Symbol: Sendable, Hashable {
  /// Where its numbers come from.
  public enum Kind: String, Sendable, Hashable {
    /// Given with the examples: X, T, a dropout mask.
    case data
    /// Learned: W, b.
    case parameter
    /// Computed: Z, A, L.
    case value
  }

  /// The letter, and behind an underscore what stands below it: `m_W` is the state m of W.
  public let name: String
  /// The number below the name: 1 in W₁.
  public let index: Int?
  /// Rows × columns.
  public let shape: Shape
  /// Where its numbers come from.
  public let kind: Kind

  /// A matrix with a name; symbols are equal when everything about them is.
  ///
  /// - Parameters:
  ///   - name: the letter.
  ///   - index: the number below it.
  ///   - shape: rows × columns.
  ///   - kind: where its numbers come from.
  public init(_ name: String, _ index: Int? = nil, _ shape: Shape, _ kind: Kind) {
    self.name = name
    self.index = index
    self.shape = shape
    self.kind = kind
  }

  /// `W1`
  public var text: String { name + (index.map(String.init) ?? "") }
}
