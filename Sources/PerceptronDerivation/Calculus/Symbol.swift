/// A named matrix of a program.
public struct Symbol: Sendable, Hashable {
  public enum Kind: String, Sendable, Hashable {
    /// Given with the examples: X, T, a dropout mask.
    case data
    /// Learned: W, b.
    case parameter
    /// Computed: Z, A, L.
    case value
  }

  public let name: String
  /// The number below the name: 1 in W₁.
  public let index: Int?
  public let shape: Shape
  public let kind: Kind

  public init(_ name: String, _ index: Int? = nil, _ shape: Shape, _ kind: Kind) {
    self.name = name
    self.index = index
    self.shape = shape
    self.kind = kind
  }

  /// `W1`
  public var text: String { name + (index.map(String.init) ?? "") }
}
