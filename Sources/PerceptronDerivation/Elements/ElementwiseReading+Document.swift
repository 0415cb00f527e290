extension ElementwiseReading {
  /// The whole reading, as blocks of a document.
  public var blocks: [Document.Block] {
    [.heading("Entry by entry", level: 1)] + opening + [.heading("Forward", level: 2)]
      + forwardBlocks + [.heading("Backward", level: 2)] + backwardBlocks()
  }

  /// What the letters mean, and what is left out of a large network.
  var opening: [Document.Block] {
    guard !isExpanded else { return [introduction] }
    return [
      introduction,
      .note([
        .text(
          "The network has \(weightCount) weights; up to \(Self.largestExpansion) are written out "
            + "one by one. Here are the index forms alone, which hold for every entry; the vectorized "
            + "form says the same in one line for each matrix.")
      ]),
    ]
  }

  /// Every definition in index form, and entry by entry.
  var forwardBlocks: [Document.Block] { forward.flatMap(document) }

  /// Every adjoint, from the derivative of one entry by another to the equations of its entries.
  ///
  /// - Parameter checks: what each adjoint was compared with, said below it.
  func backwardBlocks(checks: [Symbol: AdjointCheck] = [:]) -> [Document.Block] {
    var blocks: [Document.Block] = []
    var hasBlocks = false
    for adjoint in backward {
      blocks += document(adjoint)
      if let check = checks[adjoint.derivation.symbol] {
        blocks.append(
          .paragraph(
            [.formula(.overline(adjoint.derivation.symbol.formula)), .text(" ")]
              + Values.agreement(check)))
      }
      // The pattern of the blocks is shown once, where it is small enough to be seen.
      guard !hasBlocks, isExpanded, let use = adjoint.element.uses.first,
        use.derivative.variable.indices.count == 2, use.consumer != derivation.program.loss,
        adjoint.derivation.symbol.kind == .parameter,
        let all = DerivativeBlocks(use.derivative, indexing)
      else { continue }
      hasBlocks = true
      blocks += all.document(indexing)
    }
    return blocks
  }

  private var introduction: Document.Block {
    let letters = indexing.letters.map { Formula.name($0) }
    return .paragraph([
      .text(
        "A small letter with indices is one entry of a matrix, row before column"
          + (hasCapitals ? " (a capital, where the small letter is taken)" : "")
          + "; a dimension of"),
      .text(" 1 has no index. The bar is the derivative of the loss by that entry. "),
      .formula(.indexed(.name("δ"), .row([letters[0], letters[2]]))),
      .text(", the Kronecker delta, is 1 where "),
      .formula(.row([letters[0], .equals, letters[2]])), .text(" and 0 elsewhere."),
    ])
  }

  /// Whether an entry has its matrix's own letter, as those of a mask M have beside m examples.
  private var hasCapitals: Bool {
    let symbols = derivation.program.symbols.filter { $0 != derivation.program.loss }
    return symbols.contains { indexing.name(of: $0) != $0.name.lowercased() }
  }

  private func document(_ item: Definition) -> [Document.Block] {
    let symbol = item.definition.symbol
    guard let form = item.form else {
      return [
        .note([
          .formula(symbol.formula), .text(" is known by its values alone: it has no index form."),
        ])
      ]
    }
    let entry = indexing.entry(symbol)
    var reason = ranges(entry)
    if !item.definition.note.isEmpty {
      reason = [.text(item.definition.note)] + (reason.isEmpty ? [] : [.text(", ")]) + reason
    }
    let first = Document.Equation(
      indexing.formula(entry), "=", indexing.formula(form, withRanges: true), reason: reason)
    return [.equations([first] + equations(item.entries, below: form))]
  }

  private func document(_ item: Adjoint) -> [Document.Block] {
    let element = item.element
    let target = indexing.entry(element.symbol, asTarget: true)
    guard element.formula != nil else {
      return [
        .note([
          .text("Nothing can be derived for "), .formula(indexing.formula(element.entry)),
          .text(item.derivation.unknown.isEmpty ? "." : ": the derivative of "),
          .text(item.derivation.unknown.joined(separator: ", ")),
          .text(item.derivation.unknown.isEmpty ? "" : " is not known."),
        ])
      ]
    }
    let ranges = ranges(target)
    var blocks: [Document.Block] = [
      .paragraph(
        [.strong("The derivative with respect to "), .formula(indexing.formula(target))]
          + (ranges.isEmpty ? [] : [.text(", ")]) + ranges + [.text(":")])
    ]
    for use in element.uses { blocks.append(.equations(lines(use.derivative))) }
    var lines: [Document.Equation] = []
    for use in element.uses {
      let isAlone = element.uses.count == 1
      for (place, step) in use.steps.enumerated() {
        let left: Formula? =
          place > 0 ? nil : isAlone ? indexing.formula(element.entry) : part(element, use)
        lines.append(
          Document.Equation(
            left, "=", indexing.formula(step.expression), reason: reason(step, use, item.derivation)
          ))
      }
    }
    for (place, step) in element.steps.enumerated() {
      let isFirst = place == 0 && element.uses.count > 1
      lines.append(
        Document.Equation(
          isFirst ? indexing.formula(element.entry) : nil, "=", indexing.formula(step.expression),
          reason: reason(step, nil, item.derivation)))
    }
    // What has no index has its numbers at once; entries stand one by one.
    let isOne = element.entry.indices.isEmpty
    let entries = equations(item.entries, below: isOne ? element.formula : nil)
    blocks.append(.equations(lines + (isOne ? entries : [])))
    if !isOne, !entries.isEmpty { blocks.append(.equations(entries)) }
    return blocks
  }

  private func lines(_ derivative: EntryDerivative) -> [Document.Equation] {
    let quotient = IndexExpression.derivative(derivative.entry, by: derivative.variable)
    return derivative.steps.enumerated().map { place, step in
      Document.Equation(
        place == 0 ? indexing.formula(quotient) : nil, "=", indexing.formula(step.expression),
        reason: indexing.reason(step, of: derivative.variable))
    }
  }

  /// w̄_kl from z: the part that one of several uses gives.
  private func part(_ element: EntryAdjoint, _ use: EntryAdjoint.Use) -> Formula {
    .row([
      indexing.formula(element.entry), .word("from"),
      indexing.formula(Entry(use.consumer, row: nil, column: nil)),
    ])
  }

  /// One line an entry, its numbers on the two below; no line for any entry at all, it stands above.
  ///
  /// - Parameter form: the line above, if the numbers may follow it at once.
  private func equations(
    _ entries: [EntryEquation], below form: IndexExpression?
  ) -> [Document.Equation] {
    entries.flatMap { equation -> [Document.Equation] in
      let isOpen = equation.left.indices.contains {
        if case .variable = $0 { true } else { false }
      }
      let isAny = isOpen && entries.count == 1
      if isAny || equation.left.indices.isEmpty, equation.value == nil { return [] }
      let right = indexing.formula(equation.right)
      let isAbove = equation.left.indices.isEmpty && equation.right == form
      var lines =
        isAbove ? [] : [Document.Equation(indexing.formula(equation.left), "=", right)]
      let result = equation.value.map { indexing.formula(.number($0 == 0 ? 0 : $0)) }
      if let substituted = equation.substituted.map({ indexing.formula($0) }), substituted != result
      {
        lines.append(Document.Equation(nil, "=", substituted))
      }
      if let result, result != right { lines.append(Document.Equation(nil, "=", result)) }
      return lines
    }
  }

  /// i = 1 … m, j = 1 … n₁
  private func ranges(_ entry: Entry) -> [Document.Inline] {
    let all = indexing.ranges(of: entry)
    let parts = entry.indices.enumerated().flatMap { place, index -> [Formula] in
      guard case .variable(let name) = index, let range = all[name] else { return [] }
      return (place == 0 ? [] : [.sign(",")]) + [
        .name(name), .equals, .number("1"), .sign("…"), range.formula,
      ]
    }
    return parts.isEmpty ? [] : [.formula(.row(parts))]
  }

  /// The rules' reasons, and what a reader asks at this line.
  private func reason(
    _ step: IndexStep, _ use: EntryAdjoint.Use?, _ adjoint: AdjointDerivation
  ) -> [Document.Inline] {
    let target = indexing.entry(adjoint.symbol, asTarget: true)
    var parts = [indexing.reason(step, of: target)]
    if let use, step == use.steps.last { parts.append(question(use)) }
    if step.rules.contains(.formula), let formula = adjoint.formula {
      let place = indexing.places(target)
      parts.append(
        target.indices.isEmpty
          ? [.text("the matrix formula "), .formula(formula.formula)]
          : [
            .text("entry "), .formula(target.indices.count == 1 ? place : .group(.round, place)),
            .text(" of "), .formula(formula.formula),
          ]
            + (formula.dropped.map { [.text(", without the last \($0): that of the ones")] } ?? []))
    }
    let said = parts.filter { !$0.isEmpty }
    return said.enumerated().flatMap { $0 == 0 ? $1 : [.text("; ")] + $1 }
  }

  /// Why rows are added, and where 1/m comes from.
  private func question(_ use: EntryAdjoint.Use) -> [Document.Inline] {
    let result = use.derivative.result
    if use.consumer == derivation.program.loss {
      guard case .coefficient(let c)? = result.factors.first else { return [] }
      let powers = c.powers.filter { $0.exponent < 0 }.map { ($0.base, $0.exponent) }
      guard let mean = Coefficient(1, powers).formula() else { return [] }
      return [.formula(mean), .text(" comes from the loss; nothing further back divides again")]
    }
    let free = result.freeIndices
    let entry = use.derivative.entry
    for (index, word) in [(entry.row, "row"), (entry.column, "column")] {
      guard case .variable(let name)? = index, !free.contains(name) else { continue }
      return [
        .formula(indexing.formula(use.derivative.variable)), .text(" stands in every \(word) "),
        .formula(.name(name)), .text(" alike: the \(word)s add up"),
      ]
    }
    return []
  }
}
