/// What every notation asks about a formula: where a gap belongs, where brackets are needed, where
/// a long line may break.
extension Formula {
  /// How a sign stands to its neighbours.
  enum Spacing: Sendable {
    /// A gap on both sides: `=`, `+`, `⊙`.
    case between
    /// A gap after it: the comma.
    case after
    /// None before what follows: `∂`, a leading `−`.
    case prefix
    /// None after what it follows: `′`.
    case postfix
  }

  /// The spacing of `sign`, by itself: a `−` that leads is found by `spacing(in:at:)`.
  static func spacing(_ sign: String) -> Spacing {
    switch sign {
    case ",", ";", ":": .after
    case "∂", "d", "∇", "¬", "√", "∀", "∃", invisibleTimes: .prefix
    case "′", "″", "!": .postfix
    default: .between
    }
  }

  /// The spacing of the sign at `index`, or nil if there is none: `+` and `−` after nothing, or
  /// after another sign, belong to what follows.
  static func spacing(in row: [Formula], at index: Int) -> Spacing? {
    guard case .sign(let sign) = row[index] else { return nil }
    guard ["+", "−", "-", "±"].contains(sign) else { return spacing(sign) }
    guard index > 0 else { return .prefix }
    if case .sign(let before) = row[index - 1], spacing(before) != .postfix { return .prefix }
    return .between
  }

  /// Whether a gap stands before the item at `index` of `row`.
  static func hasGap(in row: [Formula], before index: Int) -> Bool {
    guard index > 0 else { return false }
    let left = spacing(in: row, at: index - 1)
    let right = spacing(in: row, at: index)
    if left == .prefix || right == .postfix || right == .after { return false }
    if left == nil, right == nil, case .group(.round, _) = row[index] {
      return !row[index - 1].isFunction
    }
    return true
  }

  /// Whether the gap before the item at `index` is one between factors, which mathematics set by
  /// signs alone would not have.
  static func hasThinSpace(in row: [Formula], before index: Int) -> Bool {
    guard hasGap(in: row, before: index) else { return false }
    let left = spacing(in: row, at: index - 1)
    let right = spacing(in: row, at: index)
    return (left == nil || left == .postfix) && (right == nil || right == .prefix)
      && row[index] != .sign(invisibleTimes)
  }

  /// Whether brackets after it hold its argument: `relu`, `f₁`, `σ′`, but not `Xᵀ`, nor the entry
  /// `a⁽¹⁾₂` or the learning rate `η`.
  private var isFunction: Bool {
    switch self {
    case .word: true
    case .name(let name):
      name.unicodeScalars.first.map { "fghθσφψ".unicodeScalars.contains($0) } ?? false
    case .power(_, .group(.round, _)): false
    case .indexed(let base, _), .power(let base, _): base.isFunction
    default: false
    }
  }

  var isWord: Bool { if case .word = self { true } else { false } }

  /// Its items without rows inside rows.
  var items: [Formula] {
    if case .row(let items) = self { return items.flatMap(\.items) }
    return [self]
  }

  /// Whether what stands above or below it would be read as belonging to its last part only.
  var needsBracketsAsBase: Bool {
    switch self {
    case .row(let items): items.count == 1 ? items[0].needsBracketsAsBase : !items.isEmpty
    case .fraction, .sum, .cases: true
    case .number(let digits): digits.hasPrefix("-") || digits.hasPrefix("−")
    default: false
    }
  }

  /// Whether an index below it would be read as a part of one that is there: (W₁)₂₃. A mark in
  /// brackets above, as in w⁽¹⁾₂₁, is no power and leaves room.
  var needsBracketsBeforeIndex: Bool {
    switch spread {
    case .power(_, .group(.round, _)): false
    case .indexed, .transpose, .power: true
    case let other: other.needsBracketsAsBase
    }
  }

  /// Whether it is a sum or a difference, which Σ takes in brackets only.
  var needsBracketsInSum: Bool {
    let row = items
    return row.indices.contains { index in
      guard case .sign(let sign) = row[index], index > 0 else { return false }
      return ["+", "−", "-", "±"].contains(sign) && Self.spacing(in: row, at: index) == .between
    }
  }

  /// Whether it is higher than a line of text, so that brackets around it have to grow.
  var isTall: Bool {
    switch self {
    case .fraction, .sum, .matrix, .cases: true
    case .row(let items): items.contains(where: \.isTall)
    case .group(_, let inner), .overline(let inner), .transpose(let inner), .boxed(let inner),
      .power(let inner, _), .indexed(let inner, _):
      inner.isTall
    case .name, .number, .word, .sign: false
    }
  }

  /// The adjoint as it is set: the line stands over the letter alone, W̄₁.
  static func adjoint(of formula: Formula) -> Formula {
    switch formula {
    case .indexed(let base, let index): .indexed(adjoint(of: base), index)
    case .row(let items) where items.count == 1: adjoint(of: items[0])
    default: .overline(formula)
    }
  }

  /// An adjoint with its line over the letter alone; any other formula as it is.
  var spread: Formula {
    if case .overline(let inner) = self { return Self.adjoint(of: inner) }
    return self
  }

  /// The formula as lines of at most `width` characters where it may break: before `+`, `−` and
  /// signs of relation. What cannot break stays as long as it is. Lines after the first are
  /// shorter: they are set to the right of its beginning.
  func broken(to width: Int) -> [Formula] {
    let row = items
    guard row.count > 1, UnicodeMath.width(self) > width else { return [self] }
    var parts: [[Formula]] = [[]]
    for (index, item) in row.enumerated() {
      if index > 0, case .sign(let sign) = item, Self.spacing(in: row, at: index) == .between,
        ["+", "−", "-", "±", "=", "⇒"].contains(sign)
      {
        parts.append([])
      }
      parts[parts.count - 1].append(item)
    }
    var lines: [[Formula]] = []
    var used = 0
    for part in parts {
      // The empty word keeps a leading sign from being read as a prefix.
      let next = lines.isEmpty ? part : [.word("")] + part
      let size = UnicodeMath.width(.row(next))
      if let last = lines.indices.last, used + size <= width {
        lines[last] += part
        used += size
      } else {
        used = lines.isEmpty ? size : size + 2
        lines.append(next)
      }
    }
    return lines.map { .row($0) }
  }

  /// For an index: factors side by side without a gap, as the row and the column in Wᵢⱼ.
  var tight: Formula {
    guard case .row = self else { return self }
    let row = items
    var result: [Formula] = []
    for (index, item) in row.enumerated() {
      if index > 0, Self.spacing(in: row, at: index) == nil,
        Self.spacing(in: row, at: index - 1) == nil
      {
        result.append(.sign(Self.invisibleTimes))
      }
      result.append(item)
    }
    return .row(result)
  }

  static let invisibleTimes = "\u{2062}"

  /// Whether the condition is that of all other cases.
  static func isOtherwise(_ condition: String) -> Bool {
    condition == "otherwise" || condition == "else"
  }
}

extension Formula.Choice {
  /// The condition in pieces, words and mathematics, with the spaces that stand at words:
  /// `if `, `z>0`, ` and `, `y=1`.
  var conditionParts: [(text: String, isMath: Bool)] {
    var words = condition.split(separator: " ").map(String.init)
    if !Formula.isOtherwise(condition) { words.insert("if", at: 0) }
    var parts: [(text: String, isMath: Bool)] = []
    for word in words {
      let letters = word.unicodeScalars.map { $0.properties.isAlphabetic }
      let isMath = !zip(letters, letters.dropFirst()).contains { $0 && $1 }
      if let last = parts.last, last.isMath == isMath {
        parts[parts.count - 1].text += (isMath ? "" : " ") + word
      } else if let last = parts.indices.last {
        if isMath { parts[last].text += " " }
        parts.append((isMath ? word : " " + word, isMath))
      } else {
        parts.append((word, isMath))
      }
    }
    return parts
  }
}

extension Formula.Brackets {
  /// Left and right.
  var signs: (left: String, right: String) {
    switch self {
    case .round: ("(", ")")
    case .square: ("[", "]")
    case .angle: ("⟨", "⟩")
    case .bars: ("|", "|")
    case .norm: ("‖", "‖")
    }
  }
}
