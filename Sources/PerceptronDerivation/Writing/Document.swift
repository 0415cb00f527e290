/// An explanation as a sequence of blocks, apart from the format it is written in: `TextWriter`,
/// `MarkdownWriter`, `LaTeXWriter` and `HTMLWriter` write the same document.
public struct Document: Sendable, Hashable {
  public var title: String
  public var blocks: [Block]

  public init(title: String, blocks: [Block] = []) {
    self.title = title
    self.blocks = blocks
  }
}

extension Document {
  public enum Block: Sendable, Hashable {
    /// Level 1 is a section, level 2 a part of one.
    case heading(String, level: Int)
    case paragraph([Inline])
    /// Lines set one below the other, aligned at their relation sign.
    case equations([Equation])
    case list([[Inline]])
    /// Cells row by row; the first row is the header.
    case table([[[Inline]]])
    case graph(Graph)
    /// Something the reader must know: what was left out, what could not be derived.
    case note([Inline])
  }

  public enum Inline: Sendable, Hashable {
    case text(String)
    case strong(String)
    case code(String)
    case formula(Formula)
  }

  /// One line of a derivation: `left = right`, with what is said at its right margin.
  public struct Equation: Sendable, Hashable {
    /// nil continues the line above: only `= right` is shown.
    public var left: Formula?
    /// `=`, `←`, `⇒` …
    public var relation: String
    public var right: Formula
    /// The shape of the left-hand side: `m × n₁`.
    public var shape: Formula?
    /// Why the line holds.
    public var reason: [Inline]

    public init(
      _ left: Formula?, _ relation: String, _ right: Formula, shape: Formula? = nil,
      reason: [Inline] = []
    ) {
      self.left = left
      self.relation = relation
      self.right = right
      self.shape = shape
      self.reason = reason
    }

    /// `left = right`
    public init(
      _ left: Formula?, _ right: Formula, shape: Formula? = nil, reason: [Inline] = []
    ) {
      self.init(left, "=", right, shape: shape, reason: reason)
    }
  }

  /// The computation graph: its nodes in topological order.
  public struct Graph: Sendable, Hashable {
    public struct Node: Sendable, Hashable {
      public enum Kind: String, Sendable, Hashable, CaseIterable {
        case data
        case parameter
        case value
        case loss
      }

      public var name: Formula
      public var kind: Kind
      /// What computes it; nil for what is given.
      public var formula: Formula?
      public var shape: Formula
      /// Indices of the nodes it is computed from.
      public var parents: [Int]
      /// Its numbers and its gradient's, row by row; nil where there is no data.
      public var value: [[Double]]?
      public var gradient: [[Double]]?

      public init(
        name: Formula, kind: Kind, formula: Formula? = nil, shape: Formula, parents: [Int] = [],
        value: [[Double]]? = nil, gradient: [[Double]]? = nil
      ) {
        self.name = name
        self.kind = kind
        self.formula = formula
        self.shape = shape
        self.parents = parents
        self.value = value
        self.gradient = gradient
      }
    }

    public var nodes: [Node]

    public init(nodes: [Node]) { self.nodes = nodes }
  }
}
