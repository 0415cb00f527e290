import Perceptron

/// Draws the losses in the terminal while they come, the same lines again and again.
final class LiveCurve: TrainingCallback {
  private let epochs: Int
  private var records: [EpochRecord] = []
  private var drawnLines = 0
  private var lastDraw: ContinuousClock.Instant?

  init(epochs: Int) { self.epochs = epochs }

  func trainingStarted(_ history: [EpochRecord]) { records = history }

  func epochEnded(_ epoch: EpochRecord) -> TrainingControl {
    records.append(epoch)
    let now = ContinuousClock.now
    if let lastDraw, now - lastDraw < .milliseconds(100) { return .proceed }
    lastDraw = now
    draw()
    return .proceed
  }

  func trainingEnded(_ history: TrainingHistory) { draw() }

  private func draw() {
    let lines = Self.lines(records, epochs: epochs, width: Output.width - 1, height: 10)
    var text = drawnLines > 0 ? "\u{1B}[\(drawnLines)A" : ""
    for line in lines { text += "\r" + line + "\u{1B}[K\n" }
    Output.progress(text)
    drawnLines = lines.count
  }

  /// A status line and the curves, no line longer than `width` characters (beside colours): the
  /// training loss in the terminal's colour, the validation loss in another.
  static func lines(
    _ records: [EpochRecord], epochs: Int, width: Int, height: Int
  ) -> [String] {
    guard let last = records.last else { return [] }
    let losses = records.map { $0.training?.loss ?? $0.loss }
    let held = records.map { $0.validation?.loss ?? .nan }
    var status = "epoch \(last.epoch)/\(epochs)  loss \(decimal(losses.last ?? .nan, digits: 4))"
    if let value = last.validation?.loss { status += "  validation \(decimal(value, digits: 4))" }
    let finite = (losses + held).filter(\.isFinite)
    guard let low = finite.min(), let high = finite.max(), width > 24 else {
      return [String(status.prefix(max(width, 1)))]
    }
    // Losses that fall by orders of magnitude.
    let isLogarithmic = low > 0 && high / low > 20
    let labels = [decimal(high, digits: 4), decimal(low, digits: 4)]
    let margin = min((labels.map(\.count).max() ?? 0) + 1, width / 2)
    var canvas = BrailleCanvas(columns: width - margin - 1, rows: height)
    canvas.draw(held, low: low, high: high, isLogarithmic: isLogarithmic, layer: 1)
    canvas.draw(losses, low: low, high: high, isLogarithmic: isLogarithmic, layer: 0)
    let rows = canvas.lines.enumerated().map { row, line in
      let label = row == 0 ? labels[0] : row == height - 1 ? labels[1] : ""
      let cut = String(label.prefix(margin - 1))
      return String(repeating: " ", count: margin - 1 - cut.count) + cut + " │" + line
    }
    guard status.count <= width, let value = last.validation?.loss else {
      return rows + [String(status.prefix(width))]
    }
    // The word in the colour of its line.
    let word = "validation \(decimal(value, digits: 4))"
    return rows + [String(status.dropLast(word.count)) + "\u{1B}[33m\(word)\u{1B}[39m"]
  }
}

/// A drawing of dots, eight to a character: Unicode's braille patterns.
struct BrailleCanvas {
  private let columns: Int
  private let rows: Int
  /// The dots of two layers, character by character.
  private var cells: [[UInt8]]

  init(columns: Int, rows: Int) {
    self.columns = max(columns, 1)
    self.rows = max(rows, 1)
    cells = Array(repeating: Array(repeating: 0, count: self.columns * self.rows), count: 2)
  }

  /// Draws a line through `values`, the first at the left edge and the last at the right, gaps where
  /// they are not finite.
  mutating func draw(
    _ values: [Double], low: Double, high: Double, isLogarithmic: Bool, layer: Int
  ) {
    let (width, height) = (columns * 2, rows * 4)
    func place(_ value: Double) -> Int? {
      guard value.isFinite, !isLogarithmic || value > 0 else { return nil }
      func scaled(_ x: Double) -> Double { isLogarithmic ? Double.log(x) : x }
      let span = scaled(high) - scaled(low)
      let share = span > 0 ? (scaled(value) - scaled(low)) / span : 0.5
      return Int(min(max((1 - share) * Double(height - 1), 0), Double(height - 1)).rounded())
    }
    var before: Int?
    for x in 0..<width {
      let index = values.count < 2 ? 0 : (x * (values.count - 1) + (width - 1) / 2) / (width - 1)
      guard values.indices.contains(index), let y = place(values[index]) else {
        before = nil
        continue
      }
      for dot in min(before ?? y, y)...max(before ?? y, y) { set(x, dot, layer) }
      before = y
    }
  }

  private mutating func set(_ x: Int, _ y: Int, _ layer: Int) {
    let bits: [[UInt8]] = [[0x01, 0x08], [0x02, 0x10], [0x04, 0x20], [0x40, 0x80]]
    cells[layer][y / 4 * columns + x / 2] |= bits[y % 4][x % 2]
  }

  /// The characters; where the second layer has dots they are coloured.
  var lines: [String] {
    (0..<rows).map { row in
      var line = ""
      for column in 0..<columns {
        let place = row * columns + column
        let (first, second) = (cells[0][place], cells[1][place])
        let text = String(Character(Unicode.Scalar(0x2800 + UInt32(first | second)) ?? " "))
        line += second != 0 ? "\u{1B}[33m\(text)\u{1B}[39m" : first != 0 ? text : " "
      }
      while line.last == " " { line.removeLast() }
      return line
    }
  }
}
