import Perceptron

/// Lines that put numbers under a formula: the formula with numbers in it, and the result.
struct Values {
  let numbers: NetworkNumbers

  /// Under `P = expression`: `= numbers put in`, `= result`; only what fits on a page.
  func lines(
    _ expression: Expression, result: Matrix<Double>?, check: AdjointCheck? = nil
  ) -> [Document.Equation] {
    var lines: [Document.Equation] = []
    var names = Expression.Names()
    names.numbers = numbers.evaluation
    if expression.symbolsAndAdjointsFit(numbers.evaluation), !expression.isOneSymbol {
      lines.append(Document.Equation(nil, expression.formula(names)))
    }
    guard let result else { return lines }
    let agreement = check.map(Self.agreement) ?? []
    if let value = result.formula {
      lines.append(Document.Equation(nil, value, reason: agreement))
    } else {
      lines.append(
        Document.Equation(
          nil, .row([.word("matrix"), .sign("…")]),
          reason: [.text("\(result.rows) × \(result.columns) numbers, in the JSON output; ")]
            + agreement))
    }
    return lines
  }

  /// `agrees: differences to 9 digits, tape 16, training step 16`.
  static func agreement(_ check: AdjointCheck) -> [Document.Inline] {
    var parts: [String] = []
    if let error = check.numeric { parts.append("differences to \(digits(error)) digits") }
    if let error = check.tape { parts.append("tape to \(digits(error))") }
    if let error = check.trainingStep { parts.append("training step to \(digits(error))") }
    if check.kinks > 0 { parts.append("\(check.kinks) entries at a kink left out") }
    return parts.isEmpty ? [] : [.text("agrees: " + parts.joined(separator: ", "))]
  }

  /// To how many digits two numbers agree whose relative difference this is.
  static func digits(_ error: Double) -> Int {
    guard error > 0 else { return 16 }
    var digits = 0
    var rest = error
    while rest < 0.5, digits < 16 { (rest, digits) = (rest * 10, digits + 1) }
    return max(digits - 1, 0)
  }
}

extension Expression {
  fileprivate var isOneSymbol: Bool {
    switch self {
    case .symbol, .adjoint: true
    default: false
    }
  }

  /// Whether all numbers in it fit on a page.
  fileprivate func symbolsAndAdjointsFit(_ evaluation: Evaluation) -> Bool {
    var count = 0
    func visit(_ x: Expression) {
      switch x {
      case .symbol(let symbol): count += evaluation.values[symbol]?.values.count ?? 0
      case .adjoint(let symbol): count += evaluation.adjoints[symbol]?.values.count ?? 0
      default: x.children.forEach(visit)
      }
    }
    visit(self)
    return count <= 40
  }
}
