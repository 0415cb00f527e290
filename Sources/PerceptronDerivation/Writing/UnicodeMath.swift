/// Formulas in Unicode text, for terminals: `Z₁ = X W₁ + 1 b₁`.
///
/// Matrices of more than one row stand as brackets of several lines; everything else is written on
/// one line. Widths count a combining mark as 0 and any other character as 1.
public enum UnicodeMath {
  /// The formula in as many lines as its matrices need, all of the same width.
  public static func lines(_ formula: Formula) -> [String] { box(formula).lines }

  /// The formula on one line; a matrix's rows are divided by semicolons.
  public static func line(_ formula: Formula) -> String {
    UnicodeLayout(isInline: true).box(formula).lines[0]
  }

  /// The width of the formula's lines.
  static func width(_ formula: Formula) -> Int { box(formula).width }

  static func box(_ formula: Formula) -> UnicodeBox { UnicodeLayout(isInline: false).box(formula) }
}

/// Puts a formula together from boxes.
private struct UnicodeLayout {
  /// Whether everything has to be on one line.
  let isInline: Bool

  func box(_ formula: Formula) -> UnicodeBox {
    switch formula {
    case .name(let text), .number(let text), .word(let text), .sign(let text):
      UnicodeBox(visible(text))
    case .row: row(formula.items)
    case .group(let brackets, let inner): box(inner).enclosed(brackets)
    case .fraction(let above, let below):
      UnicodeBox.beside([part(above), UnicodeBox("/"), part(below)])
    case .power(let base, let exponent):
      self.base(base).marked(
        script(exponent, "^", UnicodeScripts.superscript), atTop: true)
    case .indexed(let base, let index):
      enclosed(base, if: base.needsBracketsBeforeIndex).marked(
        script(index, "_", UnicodeScripts.subscript), atTop: false)
    case .overline(let inner): overline(inner)
    case .transpose(let inner): self.base(inner).marked("ᵀ", atTop: true)
    case .sum(let from, let to, let body): sum(from, to, body)
    case .matrix(let rows): matrix(rows)
    case .cases(let choices): cases(choices)
    case .boxed(let inner): box(inner).enclosed(.square)
    }
  }

  private func row(_ items: [Formula]) -> UnicodeBox {
    var boxes: [UnicodeBox] = []
    for (index, item) in items.enumerated() {
      if Formula.hasGap(in: items, before: index) { boxes.append(UnicodeBox(" ")) }
      let own = box(item)
      switch item {
      // a/b beside a factor could be read as a/(b c).
      case .fraction where hasFactorBeside(items, index): boxes.append(own.enclosed(.round))
      case .cases where index < items.count - 1:
        boxes += [UnicodeBox("{"), own, UnicodeBox("}")]
      default: boxes.append(own)
      }
    }
    return UnicodeBox.beside(boxes)
  }

  private func hasFactorBeside(_ items: [Formula], _ index: Int) -> Bool {
    [index - 1, index + 1].contains { neighbour in
      guard items.indices.contains(neighbour) else { return false }
      if case .sign(let sign) = items[neighbour] {
        return Formula.spacing(sign) == .prefix || ["/", "⊘"].contains(sign)
      }
      if case .word("") = items[neighbour] { return false }
      return true
    }
  }

  /// What may stand above or below the line of a fraction as it is; anything else gets brackets.
  private func part(_ formula: Formula) -> UnicodeBox {
    let items = formula.items
    var isPlain = items.count == 1
    if items.count == 2 {
      // ∂L, and f(x): a function with its argument.
      if Formula.spacing(in: items, at: 0) == .prefix { isPlain = true }
      if case .group = items[1] { isPlain = !Formula.hasGap(in: items, before: 1) }
    }
    if let last = items.last {
      switch last {
      case .fraction, .sum, .cases: isPlain = false
      default: break
      }
    }
    let box = box(formula)
    return isPlain ? box : box.enclosed(.round)
  }

  private func base(_ formula: Formula) -> UnicodeBox {
    enclosed(formula, if: formula.needsBracketsAsBase)
  }

  private func enclosed(_ formula: Formula, if isNeeded: Bool) -> UnicodeBox {
    isNeeded ? box(formula).enclosed(.round) : box(formula)
  }

  private func script(
    _ formula: Formula, _ mark: String, _ image: (String) -> String?
  ) -> String {
    let text = compact(formula)
    return image(text) ?? "\(mark){\(text)}"
  }

  /// On one line and without gaps: `k=1`.
  private func compact(_ formula: Formula) -> String {
    let text = UnicodeLayout(isInline: true).box(formula).lines[0]
    return String(text.unicodeScalars.filter { $0 != " " })
  }

  private func overline(_ inner: Formula) -> UnicodeBox {
    switch Formula.adjoint(of: inner) {
    case .overline(.name("𝓛")), .overline(.name("ℒ")): return UnicodeBox("L\u{304}")
    case .overline(.name(let name)), .overline(.word(let name)):
      // Above the first letter and what it has above itself.
      let letters = visible(name)
      let first = letters.first.map { String($0) + "\u{304}" } ?? "\u{304}"
      return UnicodeBox(first + letters.dropFirst())
    case .overline(let other):
      // A line over everything.
      var box = box(other)
      var line = String.UnicodeScalarView()
      for scalar in box.lines[0].unicodeScalars { line += [scalar, "\u{305}"] }
      box.lines[0] = String(line)
      return box
    case let spread: return box(spread)
    }
  }

  private func sum(_ from: Formula, _ to: Formula?, _ body: Formula) -> UnicodeBox {
    var sign = "Σ"
    if let to {
      sign += "_{\(compact(from))}^{\(compact(to))}"
    } else {
      sign += script(from, "_", UnicodeScripts.subscript)
    }
    return UnicodeBox.beside([
      UnicodeBox(sign + " "), enclosed(body, if: body.needsBracketsInSum),
    ])
  }

  private func matrix(_ rows: [[Formula]]) -> UnicodeBox {
    let cells = rows.map { $0.map(box) }
    guard isInline else { return UnicodeBox.grid(cells).enclosed(.square) }
    let lines = cells.map { $0.map { $0.lines[0] }.joined(separator: "  ") }
    return UnicodeBox("[\(lines.joined(separator: "; "))]")
  }

  private func cases(_ choices: [Formula.Choice]) -> UnicodeBox {
    var boxes: [UnicodeBox] = []
    for choice in choices {
      if !boxes.isEmpty { boxes.append(UnicodeBox(", ")) }
      if Formula.isOtherwise(choice.condition) {
        boxes += [UnicodeBox("else "), box(choice.value)]
      } else {
        boxes += [box(choice.value), UnicodeBox(" if " + visible(choice.condition))]
      }
    }
    return UnicodeBox.beside(boxes)
  }
}
