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
  /// Shown beside the loss and the first metric.
  var monitor = Monitor.loss
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

  /// Whether a schedule changes the learning rate.
  var showsRate = false

  /// Accuracy or root mean squared error, and the monitored one where it is another.
  private func metrics(_ record: EpochRecord) -> [(monitor: Monitor, value: Double)] {
    let usual: Monitor = record.validation?.accuracy == nil ? .rmse : .accuracy
    let shown = [usual] + (monitor == .loss || monitor == usual ? [] : [monitor])
    return shown.compactMap { shown in record.validation?[shown].map { (shown, $0) } }
  }

  private func text(_ record: EpochRecord) -> String {
    let width = String(epochs).count
    let number = String(record.epoch)
    var line =
      "epoch " + String(repeating: " ", count: width - min(width, number.count)) + number
      + "/\(epochs)  loss \(decimal(record.loss, digits: 6))"
    if showsRate { line += "  rate \(decimal(record.learningRate, digits: 6))" }
    if let loss = record.validationLoss {
      line += "  validation loss \(decimal(loss, digits: 6))"
    }
    for metric in metrics(record) {
      line += "  \(metric.monitor.title) \(decimal(metric.value, digits: 4))"
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
    for metric in metrics(record) {
      tail += "  \(metric.monitor.rawValue) \(decimal(metric.value, digits: 3))"
    }
    tail += "  \(Int(elapsed / share - elapsed + 0.5)) s left"
    let room = max(10, min(30, Output.width - tail.count - 2))
    let full = Int(share * Double(room))
    let bar =
      String(repeating: "█", count: full) + String(repeating: "░", count: room - full)
    Output.progress("\r" + String((bar + tail).prefix(Output.width - 1)) + "\u{1B}[K")
  }
}
