import Perceptron

/// Draws the learning curve of a training into an SVG file when it ends, also by Ctrl-C.
final class LearningCurveFile: TrainingCallback {
  private let path: String

  init(_ path: String) { self.path = path }

  func trainingEnded(_ history: TrainingHistory) throws {
    try FileSystem.writeAtomically(Array(Self.chart(history).svg().utf8), to: path)
  }

  /// The losses, and the monitored value where it lies between 0 and 1 and can share their axis.
  static func chart(_ history: TrainingHistory) -> LineChart {
    func line(_ name: String, _ value: (EpochRecord) -> Double?) -> LineChart.Series? {
      let points = history.epochs.compactMap { record in
        value(record).map { (x: Double(record.epoch), y: $0) }
      }
      return points.isEmpty ? nil : LineChart.Series(name: name, points: points)
    }
    var series = [
      line("training loss") { $0.training?.loss ?? $0.loss },
      line("validation loss") { $0.validation?.loss },
    ].compactMap(\.self)
    if let accuracy = line("validation accuracy", { $0.validation?.accuracy }) {
      series.append(accuracy)
    }
    let values = series.prefix(2).flatMap { $0.points.map(\.y) }.filter(\.isFinite)
    let (low, high) = (values.min() ?? 0, values.max() ?? 0)
    // Losses that fall by orders of magnitude.
    let isLogarithmic = low > 0 && high / low > 100
    return LineChart(
      title: "learning curve, best epoch \(history.bestEpoch)", xLabel: "epoch", yLabel: "loss",
      series: series, yScale: isLogarithmic ? .log : .linear)
  }
}
