import Perceptron

/// Shows how a training goes: a bar on a terminal, a line per epoch elsewhere, nothing if quiet.
struct Progress {
  enum Style: Sendable {
    case bar
    case lines
    case silent
  }

  private let style: Style
  private let epochs: Int
  private var lastDraw: ContinuousClock.Instant?
  private let start = ContinuousClock.now

  init(_ style: Style, epochs: Int) {
    self.style = style
    self.epochs = epochs
  }

  static func style(quiet: Bool) -> Style {
    quiet ? .silent : Output.isTerminal ? .bar : .lines
  }

  /// Shows an epoch.
  mutating func show(_ record: EpochRecord) {
    switch style {
    case .silent: return
    case .lines: Output.message(text(record))
    case .bar:
      let now = ContinuousClock.now
      if let lastDraw, now - lastDraw < .milliseconds(80), record.epoch < epochs { return }
      lastDraw = now
      draw(record, now)
    }
  }

  /// Leaves the terminal on a fresh line.
  func finish() {
    if style == .bar, lastDraw != nil { Output.progress("\r\u{1B}[K") }
  }

  private func text(_ record: EpochRecord) -> String {
    let width = String(epochs).count
    let number = String(record.epoch)
    var line =
      "epoch " + String(repeating: " ", count: width - min(width, number.count)) + number
      + "/\(epochs)  loss \(decimal(record.loss, digits: 6))"
    if let rate = record.learningRate { line += "  rate \(decimal(rate, digits: 6))" }
    if let loss = record.validationLoss {
      line += "  validation loss \(decimal(loss, digits: 6))"
    }
    if let accuracy = record.validationAccuracy {
      line += "  validation accuracy \(decimal(accuracy, digits: 4))"
    }
    return line
  }

  private func draw(_ record: EpochRecord, _ now: ContinuousClock.Instant) {
    let share = Double(record.epoch) / Double(epochs)
    let elapsed = Double((now - start) / .milliseconds(1)) / 1000
    var tail = "  \(record.epoch)/\(epochs)  loss \(decimal(record.loss, digits: 4))"
    if let loss = record.validationLoss {
      tail += "  validation \(decimal(loss, digits: 4))"
    }
    if let accuracy = record.validationAccuracy {
      tail += "  accuracy \(decimal(accuracy, digits: 3))"
    }
    tail += "  \(Int(elapsed / share - elapsed + 0.5)) s left"
    let room = max(10, min(30, Output.width - tail.count - 2))
    let full = Int(share * Double(room))
    let bar =
      String(repeating: "█", count: full) + String(repeating: "░", count: room - full)
    Output.progress("\r" + String((bar + tail).prefix(Output.width - 1)) + "\u{1B}[K")
  }
}
