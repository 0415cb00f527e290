/// Equations as the lines of amsmath's `alignat` and `aligned`: the left-hand side, the relation
/// with the right-hand side, the shape and the reason in columns.
///
/// Widths are in characters as a terminal shows the formulas, which is near enough.
struct LaTeXEquations {
  /// What the lines are made with.
  struct Form {
    let math: LaTeXForm
    /// Begins a column at the right.
    let column: String
    /// Makes a right-hand side as narrow as a share of the line, in percent.
    var fitted: (String, Int) -> String = { text, _ in text }
    /// Makes what stands in the column of the right-hand sides not widen it; nil if there is no
    /// way, and shapes and reasons then follow without columns.
    var overhanging: ((String) -> String)?
    /// The lines of a reason.
    let reason: ([Document.Inline]) -> [String]
  }

  private struct Line {
    let equation: Document.Equation
    let parts: [Formula]
    let size: Int
    let reason: [String]
    /// Whether the shape, or the reason too, has room beside the equation.
    var hasShapeBeside = false
    var hasReasonBeside = false
  }

  private let form: Form
  private let width: Int
  private let left: Int
  private let shape: Int
  private var lines: [Line] = []
  /// The widest right-hand side that has something beside it.
  private var right = 0

  /// - Parameter width: what fits on a line.
  init(_ equations: [Document.Equation], width: Int, form: Form) {
    self.form = form
    self.width = width
    left = equations.compactMap { $0.left.map(UnicodeMath.width) }.max() ?? 0
    shape = equations.compactMap { $0.shape.map(UnicodeMath.width) }.max() ?? 0
    let room = max(20, width - left - 4)
    let limit = room - (shape > 0 ? shape + 4 : 0)
    lines = equations.map { equation in
      Line(
        equation: equation, parts: equation.right.broken(to: room),
        size: UnicodeMath.width(equation.right),
        reason: equation.reason.isEmpty ? [] : form.reason(equation.reason))
    }
    for index in lines.indices where lines[index].parts.count == 1 && lines[index].size <= limit {
      lines[index].hasShapeBeside = true
      if lines[index].equation.shape != nil { right = max(right, lines[index].size) }
    }
    let start = left + 4 + (shape > 0 ? shape + 4 : 0) + 4
    for (index, line) in lines.enumerated() where line.reason.count == 1 && line.hasShapeBeside {
      let reason = line.equation.reason.width
      guard start + max(right, line.size) + reason <= width else { continue }
      right = max(right, line.size)
      lines[index].hasReasonBeside = true
    }
  }

  /// The lines, without what ends them.
  var text: [String] {
    let hasColumns =
      form.overhanging != nil
      || lines.allSatisfy { line in
        (line.hasReasonBeside || line.reason.isEmpty) && line.hasShapeBeside && line.size <= right
      }
    return lines.flatMap { hasColumns ? inColumns($0) : inSequence($0) }
  }

  private func inColumns(_ line: Line) -> [String] {
    let hang = form.overhanging ?? { $0 }
    let parts = rights(line)
    var result = [start(line) + (line.size > right ? hang(parts[0]) : parts[0])]
    result += parts.dropFirst().map { "&\\quad " + hang($0) }
    let own = line.equation.shape.map(form.math.text)
    if line.hasShapeBeside, let own { result[0] += " \(form.column) \(own)" }
    if line.hasReasonBeside {
      result[0] += own == nil && shape > 0 ? " \(form.column)" : ""
      result[0] += " \(form.column) \(line.reason[0])"
    }
    let below = (line.hasShapeBeside ? [] : [own].compactMap { $0 })
    return result
      + (below + (line.hasReasonBeside ? [] : line.reason)).map { "&\\quad " + hang($0) }
  }

  private func inSequence(_ line: Line) -> [String] {
    let parts = rights(line)
    var result = [start(line) + parts[0]] + parts.dropFirst().map { "&\\quad \($0)" }
    if let own = line.equation.shape.map(form.math.text) {
      result[result.count - 1] += " \\qquad \(own)"
    }
    let size = left + 4 + line.size + shape + 8 + line.equation.reason.width
    if line.reason.count == 1, size <= width {
      result[result.count - 1] += " \\qquad \(line.reason[0])"
      return result
    }
    return result + line.reason.map { "&\\quad \($0)" }
  }

  private func start(_ line: Line) -> String {
    let name = line.equation.left.map { form.math.text($0) + " " } ?? ""
    return "\(name)&\(form.math.sign(line.equation.relation)) "
  }

  private func rights(_ line: Line) -> [String] {
    let room = max(20, width - left - 4)
    return line.parts.map { part in
      let text = form.math.text(part)
      let isWide = UnicodeMath.width(part) > room * 7 / 8
      return isWide ? form.fitted(text, max(30, 90 - left * 110 / width)) : text
    }
  }
}
