/// Lines of text of one width, one of which is the baseline: what formulas are put together from.
struct UnicodeBox {
  var lines: [String]
  var baseline: Int
  var width: Int

  init(_ text: String) {
    lines = [text]
    baseline = 0
    width = displayWidth(text)
  }

  private init(lines: [String], baseline: Int, width: Int) {
    self.lines = lines
    self.baseline = baseline
    self.width = width
  }

  /// Lines above the baseline.
  var above: Int { baseline }

  /// Lines below the baseline.
  var below: Int { lines.count - 1 - baseline }

  /// Boxes side by side, baseline at baseline.
  static func beside(_ boxes: [UnicodeBox]) -> UnicodeBox {
    let above = boxes.map(\.above).max() ?? 0
    let below = boxes.map(\.below).max() ?? 0
    var lines = Array(repeating: "", count: above + 1 + below)
    for box in boxes {
      let blank = String(repeating: " ", count: box.width)
      for line in lines.indices {
        let own = line - above + box.baseline
        lines[line] += box.lines.indices.contains(own) ? box.lines[own] : blank
      }
    }
    return UnicodeBox(
      lines: lines, baseline: above, width: boxes.reduce(0) { $0 + $1.width })
  }

  /// Cells in rows and columns, set to the right; rows of one line each follow without a gap.
  static func grid(_ cells: [[UnicodeBox]]) -> UnicodeBox {
    let columns = cells.map(\.count).max() ?? 0
    let widths = (0..<columns).map { column in
      cells.map { column < $0.count ? $0[column].width : 0 }.max() ?? 0
    }
    var lines: [String] = []
    for row in cells {
      let boxes = row.enumerated().flatMap { column, box in
        let space = widths[column] - box.width + (column > 0 ? 2 : 0)
        return [UnicodeBox(String(repeating: " ", count: space)), box]
      }
      lines += beside(boxes).lines
    }
    let width = widths.reduce(0, +) + 2 * max(0, columns - 1)
    if lines.isEmpty { lines = [""] }
    return UnicodeBox(lines: lines, baseline: (lines.count - 1) / 2, width: width)
  }

  /// The box in brackets as high as it is.
  func enclosed(_ brackets: Formula.Brackets) -> UnicodeBox {
    let signs = brackets.signs
    guard lines.count > 1, brackets != .angle else {
      return Self.beside([UnicodeBox(signs.left), self, UnicodeBox(signs.right)])
    }
    let parts: (left: [String], right: [String]) =
      switch brackets {
      case .round: (["⎛", "⎜", "⎝"], ["⎞", "⎟", "⎠"])
      case .square: (["⎡", "⎢", "⎣"], ["⎤", "⎥", "⎦"])
      case .norm: (["‖", "‖", "‖"], ["‖", "‖", "‖"])
      case .bars, .angle: (["│", "│", "│"], ["│", "│", "│"])
      }
    func side(_ part: [String], _ line: Int) -> String {
      line == 0 ? part[0] : line == lines.count - 1 ? part[2] : part[1]
    }
    var result = self
    for line in lines.indices {
      result.lines[line] = "\(side(parts.left, line)) \(lines[line]) \(side(parts.right, line))"
    }
    result.width += 4
    return result
  }

  /// The box with `text` at the right end of its first line or of its last.
  func marked(_ text: String, atTop: Bool) -> UnicodeBox {
    let place = atTop ? 0 : lines.count - 1
    let size = displayWidth(text)
    var result = self
    for line in lines.indices {
      result.lines[line] += line == place ? text : String(repeating: " ", count: size)
    }
    result.width += size
    return result
  }
}
