/// A matrix of counts as a field of cells, darker where more of a row's sum is, as one
/// self-contained SVG: a confusion matrix.
package struct HeatChart: Sendable {
  let title: String
  /// What the rows and the columns are.
  let rowLabel: String
  let columnLabel: String
  /// A name for every row and column; any text.
  let names: [String]
  let counts: [[Int]]

  package init(
    title: String, rowLabel: String, columnLabel: String, names: [String], counts: [[Int]]
  ) {
    self.title = title
    self.rowLabel = rowLabel
    self.columnLabel = columnLabel
    self.names = names
    self.counts = counts
  }

  /// The picture, as large as it needs to be.
  package func svg() -> String {
    let shown = names.map { printable($0, limit: 14) }
    let room = 8 * (shown.map(\.count).max() ?? 1) + 12
    let digits = counts.joined().map { grouped($0).count }.max() ?? 1
    let cell = max(8 * digits + 10, names.count > 8 ? 34 : 46)
    // Names across are written upwards where they are wider than their column.
    let isUpright = room > cell
    let above = 62 + (isUpright ? room : 22)
    let left = 34 + room
    let width = max(left + cell * names.count + 20, 300)
    let height = above + cell * names.count + 20
    var lines = ChartStyle.head(title, width: width, height: height)
    lines.append(
      "<text class=\"middle\" x=\"\(left + cell * names.count / 2)\" y=\"50\">"
        + "\(ChartStyle.text(columnLabel, width: 200))</text>")
    lines.append(
      "<text class=\"middle\" transform=\"translate(20 \(above + cell * names.count / 2)) "
        + "rotate(-90)\">\(ChartStyle.text(rowLabel, width: 200))</text>")
    for (i, row) in counts.enumerated() {
      let y = above + cell * i
      let middle = left + cell * i + cell / 2
      lines.append(
        "<text class=\"right\" x=\"\(left - 8)\" y=\"\(y + cell / 2 + 4)\">"
          + "\(xmlEscaped(shown[i]))</text>")
      lines.append(
        isUpright
          ? "<text transform=\"translate(\(middle + 4) \(above - 8)) rotate(-90)\">"
            + "\(xmlEscaped(shown[i]))</text>"
          : "<text class=\"middle\" x=\"\(middle)\" y=\"\(above - 8)\">"
            + "\(xmlEscaped(shown[i]))</text>")
      let sum = row.reduce(0, +)
      for (j, count) in row.enumerated() {
        let share = sum == 0 ? 0 : Double(count) / Double(sum)
        lines.append(
          "<g><title>\(xmlEscaped(shown[i])) as \(xmlEscaped(shown[j])): \(grouped(count)), "
            + "\(decimal(100 * share, digits: 1)) % of the row</title>"
            + "<rect class=\"cell\" x=\"\(left + cell * j)\" y=\"\(y)\" width=\"\(cell)\" "
            + "height=\"\(cell)\" fill-opacity=\"\(decimal(share, digits: 3))\"/>"
            + "<text class=\"middle\(share > 0.65 ? " on" : "")\" "
            + "x=\"\(left + cell * j + cell / 2)\" y=\"\(y + cell / 2 + 4)\">\(grouped(count))"
            + "</text></g>")
      }
    }
    lines.append("</svg>\n")
    return lines.joined(separator: "\n")
  }
}
