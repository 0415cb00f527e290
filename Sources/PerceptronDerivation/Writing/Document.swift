/// An explanation as a sequence of blocks, apart from the format it is written in: `TextWriter`,
/// `MarkdownWriter`, `LaTeXWriter` and `HTMLWriter` write the same document, and so does the JSON of
/// an explanation.
public struct Document: Sendable, Hashable {
  /// What the document is about, in a line.
  public var title: String
  /// What it says, from top to bottom.
  public var blocks: [Block]

  /// A document.
  ///
  /// - Parameters:
  ///   - title: what it is about, in a line.
  ///   - blocks: what it says.
  public init(title: String, blocks: [Block] = []) {
    self.title = title
    self.blocks = blocks
  }
}

extension Document {
  /// What stands below one another.
  public enum Block: Sendable, Hashable {
    /// Level 1 is a section, level 2 a part of one.
    case heading(String, level: Int)
    /// Running text.
    case paragraph([Inline])
    /// Lines set one below the other, aligned at their relation sign.
    case equations([Equation])
    /// Items, one below the other.
    case list([[Inline]])
    /// Cells row by row; the first row is the header.
    case table([[[Inline]]])
    /// A picture of what is computed from what.
    case graph(Graph)
    /// Something the reader must know: what was left out, what could not be derived.
    case note([Inline])
  }

  /// What stands in a line of text.
  public enum Inline: Sendable, Hashable {
    /// As it is.
    case text(String)
    /// Stressed.
    case strong(String)
    /// A command, or a name in one.
    case code(String)
    /// A formula in the line.
    case formula(Formula)
  }

  /// One line of a derivation: `left = right`, with what is said at its right margin.
  public struct Equation: Sendable, Hashable {
    /// nil continues the line above: only `= right` is shown.
    public var left: Formula?
    /// `=`, `←`, `⇒` …
    public var relation: String
    /// Behind the sign.
    public var right: Formula
    /// The shape of the left-hand side: `m × n₁`.
    public var shape: Formula?
    /// Why the line holds.
    public var reason: [Inline]

    /// `left relation right`, with what is said at its margin.
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
    /// A box of the picture.
    public struct Node: Sendable, Hashable {
      /// What is in it.
      public enum Kind: String, Sendable, Hashable, CaseIterable {
        /// Given: X, T.
        case data
        /// Learned: W, b.
        case parameter
        /// Computed: Z, A.
        case value
        /// L
        case loss
      }

      /// What it is called.
      public var name: Formula
      /// What is in it.
      public var kind: Kind
      /// What computes it; nil for what is given.
      public var formula: Formula?
      /// Its rows × columns.
      public var shape: Formula
      /// Indices of the nodes it is computed from.
      public var parents: [Int]
      /// Its numbers, row by row; nil where there is no data.
      public var value: [[Double]]?
      /// Its gradient's numbers, row by row; nil where there is no data.
      public var gradient: [[Double]]?

      /// A box; its parents stand before it in the graph.
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

    /// In the order in which they are computed.
    public var nodes: [Node]

    /// A picture.
    ///
    /// - Parameter nodes: in the order in which they are computed.
    public init(nodes: [Node]) { self.nodes = nodes }
  }
}
