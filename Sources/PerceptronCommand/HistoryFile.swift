import Perceptron

/// The course of a training as CSV: what `--history` writes.
enum HistoryFile {
  static let header = "epoch,loss,validation_loss,validation_accuracy,best\n"
  /// How every history begins.
  static let beginning = header.dropLast()

  static func write(_ history: TrainingHistory, to path: String) throws {
    // A schedule adds its column.
    let hasRates = history.epochs.contains { $0.learningRate != nil }
    var text = hasRates ? header.dropLast() + ",learning_rate\n" : header
    for record in history.epochs {
      text += "\(record.epoch),\(record.loss),"
      text += (record.validationLoss.map { "\($0)" } ?? "") + ","
      text += (record.validationAccuracy.map { "\($0)" } ?? "") + ",\(record.isBest)"
      if hasRates { text += "," + (record.learningRate.map { "\($0)" } ?? "") }
      text += "\n"
    }
    try FileSystem.writeAtomically(Array(text.utf8), to: path)
  }
}
