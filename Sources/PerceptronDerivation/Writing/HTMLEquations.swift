/// Equations as a grid of left-hand side, relation, right-hand side, shape and reason.
struct HTMLEquations {
  private let equations: [Document.Equation]
  private let left: Int
  private let shape: Int
  /// The widest right-hand side that has its shape and its reason beside it, in characters.
  private let room: Int
  /// The widest right-hand side before it is broken.
  private static let line = 96

  init(_ equations: [Document.Equation]) {
    self.equations = equations
    left = equations.compactMap { $0.left.map(UnicodeMath.width) }.max() ?? 0
    shape = equations.compactMap { $0.shape.map(UnicodeMath.width) }.max() ?? 0
    let hasReason = equations.contains { !$0.reason.isEmpty }
    room = max(16, (hasReason ? 58 : 84) - left - shape)
  }

  var html: String {
    guard !equations.isEmpty else { return "" }
    let widest = equations.map { UnicodeMath.width($0.right) }.filter { $0 <= room }.max() ?? 0
    // On paper there is less room for reasons.
    let kind = left + widest + shape > 40 ? "equations dense" : "equations"
    return """
      <div class="scroll" tabindex="0" role="region" aria-label="Equations">
      <div class="\(kind)">
      \(equations.map(row).joined(separator: "\n"))
      </div>
      </div>
      """
  }

  private func row(_ equation: Document.Equation) -> String {
    let left = equation.left.map { MathML.text($0, isDisplayed: true) } ?? ""
    let start =
      "<div class=\"left\">\(left)</div>"
      + "<div class=\"relation\">\(MathML.text(.sign(equation.relation)))</div>"
    let reason = HTMLWriter.inlines(equation.reason)
    let shape = equation.shape.map { MathML.text($0) } ?? ""
    if UnicodeMath.width(equation.right) <= room {
      return start + "<div class=\"right\">\(MathML.text(equation.right, isDisplayed: true))</div>"
        + (shape.isEmpty ? "" : "<div class=\"shape\">\(shape)</div>")
        + (reason.isEmpty ? "" : "<div class=\"reason\">\(reason)</div>")
    }
    let parts = equation.right.broken(to: max(40, Self.line - self.left)).enumerated().map {
      // On paper it becomes as small as it has to.
      "<div class=\"right long\(($0 > 0 ? " more" : ""))\" "
        + "style=\"--width: \(UnicodeMath.width($1) + self.left + 8)\">"
        + "\(MathML.text($1, isDisplayed: true))</div>"
    }
    let divider = shape.isEmpty || reason.isEmpty ? "" : " · "
    let below = shape + divider + reason
    return start + parts.joined()
      + (below.isEmpty ? "" : "<div class=\"reason below\">\(below)</div>")
  }
}
