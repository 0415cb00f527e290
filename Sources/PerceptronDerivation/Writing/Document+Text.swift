extension Document.Inline {
  /// The width it takes in a line of text, roughly: what columns and line breaks are judged by.
  var width: Int {
    switch self {
    case .text(let text), .strong(let text): displayWidth(visible(text))
    case .code(let text): displayWidth(visible(text)) + 2
    case .formula(let formula): displayWidth(UnicodeMath.line(formula))
    }
  }
}

extension [Document.Inline] {
  /// As plain text on one line, without marks of any language.
  var plain: String {
    map {
      switch $0 {
      case .text(let text), .strong(let text), .code(let text): visible(text)
      case .formula(let formula): UnicodeMath.line(formula)
      }
    }.joined()
  }

  var width: Int { reduce(0) { $0 + $1.width } }
}

/// The cells of a table, as many in every row, and what its columns hold.
struct TableLayout {
  let rows: [[[Document.Inline]]]
  /// Whether the column holds numbers, which are set to the right.
  let isNumeric: [Bool]
  /// The columns' widths, roughly.
  let widths: [Int]

  init(_ rows: [[[Document.Inline]]]) {
    let columns = rows.map(\.count).max() ?? 0
    self.rows = rows.map { $0 + Array(repeating: [], count: columns - $0.count) }
    let cells = self.rows
    isNumeric = (0..<columns).map { column in
      let texts = cells.dropFirst().map { $0[column].plain }.filter { !$0.isEmpty }
      return !texts.isEmpty && texts.allSatisfy(Self.isNumber)
    }
    widths = (0..<columns).map { column in cells.map { $0[column].width }.max() ?? 0 }
  }

  private static func isNumber(_ text: String) -> Bool {
    let digits = text.replacing("−", with: "-").replacing(",", with: "")
    return Double(digits.hasSuffix("%") ? String(digits.dropLast()) : digits) != nil
  }
}

extension Document.Graph {
  /// `Z₁ = X W₁ + 1 b₁`, or the name alone for what is given.
  func definition(_ node: Node) -> Formula {
    guard let formula = node.formula else { return node.name }
    return .row([node.name, .equals, formula])
  }

  /// The names of a node's parents; indices of no node are left out.
  func parents(_ node: Node) -> [Formula] {
    node.parents.filter(nodes.indices.contains).map { nodes[$0].name }
  }
}

extension Document.Graph.Node.Kind {
  /// As a word for the reader.
  var title: String {
    switch self {
    case .data: "data"
    case .parameter: "parameter"
    case .value: "computed"
    case .loss: "loss"
    }
  }
}
