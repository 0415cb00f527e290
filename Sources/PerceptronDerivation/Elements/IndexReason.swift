extension Indexing {
  /// Why a line holds, in a few words.
  func reason(_ step: IndexStep, of variable: Entry) -> [Document.Inline] {
    var parts: [Document.Inline] = []
    for rule in step.rules {
      let reason = reason(rule, of: variable)
      if !reason.isEmpty { parts += (parts.isEmpty ? [] : [.text("; ")]) + reason }
    }
    return parts
  }

  private func reason(_ rule: IndexRule, of variable: Entry) -> [Document.Inline] {
    switch rule {
    case .linearity(let fixed):
      guard !fixed.isEmpty else { return [] }
      return list(fixed.map(letter)) + [
        .text(fixed.count == 1 ? " does not depend on " : " do not depend on "),
        letter(variable.symbol),
      ]
    case .chain: return [.text("chain rule")]
    case .kronecker: return [.text("an entry changes with itself alone")]
    case .contraction(let choices):
      return choices.sorted { "\($0.index)" < "\($1.index)" }.enumerated().flatMap {
        place, choice -> [Document.Inline] in
        (place == 0 ? [] : [.text(", ")]) + [
          .formula(formula(.delta(choice.index, choice.value))), .text(" leaves only "),
          .formula(.row([indices([choice.index]), .equals, indices([choice.value])])),
        ]
      }
    case .names(let symbols):
      return symbols.isEmpty
        ? [.text("the derivative written out")]
        : list(symbols.map(letter)) + [.text(" is known from the forward pass")]
    case .gathering: return [.text("what the terms share, taken out")]
    case .chainRule(let consumer):
      let entry = entry(consumer)
      return entry.indices.isEmpty
        ? [.text("chain rule")] : [.text("chain rule over every "), .formula(formula(entry))]
    case .loss:
      return [
        .formula(.row([.overline(.name(name(of: program.loss))), .equals, .number("1")]))
      ]
    case .derivative: return []
    case .uses: return [.text("what arrives from each use is added")]
    case .matrix(let rule): return reason(rule)
    case .formula: return []
    }
  }

  /// The rules of matrix formulas that change an entry.
  private func reason(_ rule: Rule) -> [Document.Inline] {
    switch rule {
    case .adjoint(let symbol):
      [.formula(formula(entry(symbol, isAdjoint: true))), .text(" put in")]
    case .definition(let symbol): [letter(symbol), .text(" is known from the forward pass")]
    case .derivative: [.text("the derivative written out")]
    case .rowsSumToOne(let symbol): [.text("the entries of "), letter(symbol), .text(" sum to 1")]
    case .cancel: [.text("cancelled")]
    case .expand: [.text("multiplied out")]
    case .likeTerms: [.text("equal terms added")]
    case .factor: [.text("what the terms share, taken out")]
    default: [.text("tidied")]
    }
  }

  private func letter(_ symbol: Symbol) -> Document.Inline {
    .formula(formula(Entry(symbol, row: nil, column: nil)))
  }

  private func list(_ items: [Document.Inline]) -> [Document.Inline] {
    items.enumerated().flatMap { place, item -> [Document.Inline] in
      place == 0 ? [item] : [.text(place == items.count - 1 ? " and " : ", "), item]
    }
  }
}
