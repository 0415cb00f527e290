/// Equations as text, one below the other: aligned at the relation sign, with the shape and the
/// reason in columns at the right.
struct EquationText {
  private let equations: [Document.Equation]
  private let width: Int
  private let left: Int
  private let relation: Int
  /// The column of the right-hand sides.
  private let start: Int
  /// The widest right-hand side that leaves room for the columns beside it.
  private let right: Int
  private let shape: Int

  private static let indent = 2
  private static let gap = 3
  /// What a reason has beside an equation at least, if it is as long.
  private static let reasonRoom = 24

  init(_ equations: [Document.Equation], width: Int) {
    self.equations = equations
    self.width = width
    left = equations.compactMap { $0.left.map(UnicodeMath.width) }.max() ?? 0
    relation = equations.map { displayWidth(visible($0.relation)) }.max() ?? 1
    start = Self.indent + left + 1 + relation + 1
    shape = equations.compactMap { $0.shape.map(UnicodeMath.width) }.max() ?? 0
    let columns = start + (shape > 0 ? shape + Self.gap : 0)
    right =
      equations.map { equation in
        let size = UnicodeMath.width(equation.right)
        let reason = min(equation.reason.width, Self.reasonRoom)
        return columns + size + (reason > 0 ? reason + Self.gap : 0) <= width ? size : 0
      }.max() ?? 0
  }

  var lines: [String] { equations.flatMap(lines) }

  private func lines(_ equation: Document.Equation) -> [String] {
    let room = max(20, width - start)
    let parts = equation.right.broken(to: room).map(UnicodeMath.box)
      .flatMap { Self.cut($0, to: room) }
    let first = parts[0]
    let name = equation.left.map(UnicodeMath.box) ?? UnicodeBox("")
    var boxes = [
      space(Self.indent + left - name.width), name,
      UnicodeBox(" " + padded(left: visible(equation.relation), to: relation) + " "), first,
    ]
    var below: [String] = []
    let shape = equation.shape.map(UnicodeMath.line) ?? ""
    if parts.count == 1, first.width <= right {
      boxes += [space(right - first.width + (self.shape > 0 ? Self.gap : 0))]
      boxes += [UnicodeBox(padded(right: shape, to: self.shape)), space(Self.gap)]
      let end = boxes.reduce(0) { $0 + $1.width }
      if end + equation.reason.width <= width {
        boxes.append(UnicodeBox(TextWriter.wrapped(equation.reason, .max).joined()))
      } else {
        below = explained(equation.reason)
      }
    } else {
      let inlines: [Document.Inline] = shape.isEmpty ? [] : [.text(shape)]
      let divider: [Document.Inline] =
        shape.isEmpty || equation.reason.isEmpty ? [] : [.text(" · ")]
      below = explained(inlines + divider + equation.reason)
    }
    let rest = parts.dropFirst().flatMap { UnicodeBox.beside([space(start + 2), $0]).lines }
    return UnicodeBox.beside(boxes).lines + rest + below
  }

  /// A long sum in brackets on several lines, before its signs; matrices stay whole.
  private static func cut(_ box: UnicodeBox, to width: Int) -> [UnicodeBox] {
    guard box.width > width, box.lines.count == 1 else { return [box] }
    var lines = [""]
    for (place, term) in box.lines[0].split(separator: " + ").enumerated() {
      let next = (place == 0 ? "" : " + ") + term
      // Lines after the first begin further to the right.
      let room = lines.count == 1 ? width : width - 2
      if lines[lines.count - 1].isEmpty || displayWidth(lines[lines.count - 1] + next) <= room {
        lines[lines.count - 1] += next
      } else {
        lines.append(next)
      }
    }
    return lines.map { UnicodeBox($0) }
  }

  /// On lines of their own below the equation.
  private func explained(_ inlines: [Document.Inline]) -> [String] {
    let indent = start + 2 < width / 2 ? start + 2 : Self.indent + 4
    return TextWriter.wrapped(inlines, width - indent).map {
      String(repeating: " ", count: indent) + $0
    }
  }

  private func space(_ count: Int) -> UnicodeBox {
    UnicodeBox(String(repeating: " ", count: max(0, count)))
  }
}
